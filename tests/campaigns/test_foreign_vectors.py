"""The vectors of the authors of `cryptography`: read, opened and described; nothing crashes, hangs or warns.

Whatever is refused is refused with a cause. What must be readable is counted too, so that this proves more than that
everything is refused; `PASSWORDS` are those that stand in the library's own tests.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cryptography_vectors
import pytest

from sealstone.model.secret import Secret
from sealstone.x509.containers import reading
from sealstone.x509.containers.problems import PasswordNeeded, WrongPassword
from sealstone.x509.description import OtherDescription, describe
from sealstone.x509.material import Container, Kind, Piece, Unreadable
from sealstone.x509.problems import X509Problem

VECTORS: Final = Path(cryptography_vectors.__file__).parent
LARGEST: Final = 200_000
PASSWORDS: Final = ("password", "cryptography", "123456", "a123456", "hunter2", "changeit", "baz", "foobar", "test")

# Folder, and how many private keys and certificates at least must be found in it.
FOLDERS: Final = {
    "pkcs12": (20, 70),
    "pkcs7": (0, 8),
    "asymmetric/PKCS8": (35, 0),
    "asymmetric/Traditional_OpenSSL_Serialization": (7, 0),
    "asymmetric/PEM_Serialization": (6, 0),
    "asymmetric/DER_Serialization": (10, 0),
    "asymmetric/OpenSSH": (3, 0),
    "asymmetric/EC": (11, 0),
    "asymmetric/Ed25519": (4, 0),
    "asymmetric/Ed448": (4, 0),
    "asymmetric/X25519": (4, 0),
    "asymmetric/X448": (4, 0),
    "asymmetric/DH": (5, 0),
    "asymmetric/public": (0, 0),
    "x509": (400, 940),
}
UNTOLD: Final = frozenset({"crl_invalid_time.der"})
"""Of which no more is told than why."""
NOT_OURS: Final = frozenset({".rsp", ".txt", ".fax", ".py", ".pyc", ".sh", ".eml", ".cp"})
"""Tables of numbers, mails, and pairs of cross-certificates."""


def files_in(folder: str) -> list[Path]:
    return [
        path
        for path in sorted((VECTORS / folder).rglob("*"))
        if path.is_file() and path.suffix not in NOT_OURS and path.stat().st_size <= LARGEST
    ]


def everything_in(path: Path) -> Iterator[Piece | Unreadable]:
    found = reading.contents(path.read_bytes(), path.name)
    assert found
    for item in found:
        if isinstance(item, Container):
            yield from opened(item)
        else:
            yield item


def opened(container: Container) -> tuple[Piece | Unreadable, ...]:
    """With no password, then with those that are known."""
    problem: X509Problem | None = None
    for password in (None, *PASSWORDS):
        try:
            return reading.opened(container, None if password is None else Secret(password.encode()))
        except (PasswordNeeded, WrongPassword) as fault:
            problem = fault
        except X509Problem as fault:
            return (Unreadable(container.origin, fault),)
    assert problem is not None
    return (Unreadable(container.origin, problem),)


@pytest.mark.parametrize("folder", FOLDERS)
def test_vectors(folder: str) -> None:
    kinds: Counter[Kind] = Counter()
    for path in files_in(folder):
        for item in everything_in(path):
            told = describe(item)
            if isinstance(item, Unreadable):
                assert isinstance(item.problem, X509Problem)
                assert item.problem.cause
                assert str(item.problem).isprintable()
            else:
                kinds[item.kind] += 1
                if isinstance(told, OtherDescription) and item.kind is not Kind.PARAMETERS:
                    assert path.name in UNTOLD
                    assert told.reason
    keys, certificates = FOLDERS[folder]
    assert kinds[Kind.PRIVATE_KEY] >= keys
    assert kinds[Kind.CERTIFICATE] >= certificates
