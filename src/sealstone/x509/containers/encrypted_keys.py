"""Private keys under a password: PKCS #8 (RFC 5958 section 3), and OpenSSL's own PEM encryption (RFC 1421 4.6.1.3)."""

from collections.abc import Callable, Mapping
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import Camellia, TripleDES
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from sealstone.x509 import der
from sealstone.x509.border import Otherwise
from sealstone.x509.containers import derivation, pem_blocks, schemes, structures
from sealstone.x509.containers.passwords import Password
from sealstone.x509.containers.problems import (
    ContainerUnreadable,
    FileProblem,
    PasswordNeeded,
    UnsupportedContainer,
    WrongPassword,
)
from sealstone.x509.containers.schemes import Sealed
from sealstone.x509.material import Container, Kind, Origin, Piece, Unreadable

WHAT: Final = "the encrypted private key"
_CIPHERS: Final[Mapping[str, tuple[Callable[[bytes], BlockCipherAlgorithm], int]]] = {
    "AES-128-CBC": (AES, 16),
    "AES-192-CBC": (AES, 24),
    "AES-256-CBC": (AES, 32),
    "DES-EDE3-CBC": (TripleDES, 24),
    "DES-CBC": (schemes.single_des, 8),
    "CAMELLIA-128-CBC": (Camellia, 16),
    "CAMELLIA-192-CBC": (Camellia, 24),
    "CAMELLIA-256-CBC": (Camellia, 32),
}


def opened_pkcs8(container: Container, password: Password) -> tuple[Piece | Unreadable, ...]:
    """The key. Raises as `reading.opened` does."""
    if not password.given:
        raise PasswordNeeded(WHAT)
    return (key(container.data, password, container.origin, WHAT),)


def key(data: bytes, password: Password, origin: Origin, what: str) -> Piece:
    """The key of an EncryptedPrivateKeyInfo. Raises WrongPassword, ContainerUnreadable, der.Malformed and so on."""
    fields = der.whole_sequence(data)
    if [value.tag for value in fields] != [der.SEQUENCE, der.OCTET_STRING]:
        raise der.Malformed("it is no encrypted PKCS #8 structure")
    algorithm = data[fields[0].start : fields[0].end]
    return piece(Sealed(what, algorithm, der.content(data, fields[1])).opened(password), origin, what)


def piece(plain: bytes, origin: Origin, what: str, label: str = "") -> Piece:
    """The key in a plain text that is a SEQUENCE: if it is none, the password was the right one, and it is damaged."""
    found = structures.item(plain, origin, label, Kind.PRIVATE_KEY)
    if isinstance(found, Piece) and found.kind is Kind.PRIVATE_KEY:
        return found
    reason = "the password fits, but what it protects is no private key"
    if isinstance(found, Unreadable) and isinstance(found.problem, FileProblem):
        reason = f"the password fits, but {found.problem.cause}"
    raise ContainerUnreadable(what, reason)


def opened_traditional(container: Container, password: Password) -> tuple[Piece | Unreadable, ...]:
    """The key of a block with `DEK-Info`. Raises as `reading.opened` does."""
    block = next(pem_blocks.found(container.data.decode("utf-8", "replace")), None)
    if block is None:
        raise ContainerUnreadable(WHAT, "it is no PEM block")
    name, _, digits = block.headers.get("DEK-Info", "").partition(",")
    cipher = _CIPHERS.get(name.strip().upper())
    if cipher is None:
        raise UnsupportedContainer(
            WHAT, "its cipher is none of AES, Camellia, triple DES and DES in CBC mode", schemes.CURE
        )
    if not password.given:
        raise PasswordNeeded(WHAT)
    try:
        iv, (ciphertext, _) = bytes.fromhex(digits), block.decoded()
    except ValueError as fault:
        raise ContainerUnreadable(
            WHAT, str(fault) if str(fault).startswith("it") else "its DEK-Info is damaged"
        ) from None
    maker, size = cipher
    with Otherwise(lambda _: ContainerUnreadable(WHAT, "its DEK-Info is damaged")):
        algorithm = maker(derivation.openssl(password.utf8, iv[:8], size))
    plain = Sealed(WHAT, b"", ciphertext).cbc(algorithm, iv)
    if not schemes.is_sequence(plain):
        raise WrongPassword(WHAT)
    return (piece(plain, container.origin, WHAT, block.label),)
