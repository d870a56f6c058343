"""Java's own keystores: JKS and JCEKS, as OpenJDK's JavaKeyStore and JceKeyStore write them. PKCS #12 is not here.

Certificates lie in the open; a digest with the password guards the whole, and each key has a protection of its own
(`java_keys`). No library that is kept reads them.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from sealstone.x509 import der
from sealstone.x509.containers import java_keys, structures
from sealstone.x509.containers.passwords import Password
from sealstone.x509.containers.problems import (
    CHANGED,
    OF_ITS_OWN,
    Damaged,
    FileProblem,
    PasswordNeeded,
    TooManyRounds,
    UnsupportedContainer,
    WrongPassword,
)
from sealstone.x509.escaping import shown
from sealstone.x509.material import UNCHECKED, Container, Form, Kind, Origin, Piece, Unreadable

WHAT: Final = "the Java keystore"
_MAGICS: Final[Mapping[bytes, Form]] = {b"\xfe\xed\xfe\xed": Form.JKS, b"\xce\xce\xce\xce": Form.JCEKS}
_KEY, _TRUSTED, _SECRET = 1, 2, 3
_DIGEST: Final = 20
_MOST_IN_CHAIN: Final = 100
_MOST_ENTRIES: Final = 10_000
_CUT: Final = "it is cut short"


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry: a protected key with its certificates, or a certificate alone."""

    alias: str
    key: bytes = field(default=b"", repr=False)
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    fault: FileProblem | None = None


def form_of(data: bytes) -> Form | None:
    """JKS or JCEKS by the first bytes, None for anything else."""
    return _MAGICS.get(data[:4])


def container(data: bytes, form: Form, origin: Origin) -> Container:
    """The keystore; without a key in it, nothing but its integrity needs the password."""
    try:
        has_keys = any(entry.key for entry in _entries(data))
    except der.Malformed:
        has_keys = False  # opening it will say what is wrong
    return Container(form, replace(origin, forms=(*origin.forms, form)), data, password_needed=has_keys)


def opened(container: Container, password: Password) -> tuple[Piece | Unreadable, ...]:
    """Each key before its certificates. Without a password the certificates only, and each key an Unreadable.

    The password must be that of the store; a key may have another one of those that stand beside it.

    Raises as `reading.opened` does, but no PasswordNeeded.
    """
    data = container.data
    entries = _entries(data)
    if password.given and not _is_whole(data, password):
        raise WrongPassword(WHAT, CHANGED)
    found: list[Piece | Unreadable] = []
    for entry in entries:
        origin = replace(container.origin, place=f"entry {shown(entry.alias)}")
        if entry.fault:
            found.append(Unreadable(origin, entry.fault, entry.alias))
        if entry.key:
            found.append(_key(entry, origin, password))
        found += _certificates(entry, origin, password)
    return tuple(found)


def _is_whole(data: bytes, password: Password) -> bool:
    """SHA-1 over the password, a phrase and all that stands before the digest."""
    digest = hashlib.sha1(password.utf16 + b"Mighty Aphrodite" + data[:-_DIGEST], usedforsecurity=False).digest()
    return hmac.compare_digest(digest, data[-_DIGEST:])


def _key(entry: _Entry, origin: Origin, password: Password) -> Piece | Unreadable:
    what = f"the key of the {origin.place}"
    if not password.given:
        return Unreadable(origin, PasswordNeeded(what), entry.alias)
    try:
        plain = password.any_opening(lambda one: java_keys.plain(entry.key, one, what))
    except TooManyRounds:
        raise
    except WrongPassword:
        return Unreadable(origin, WrongPassword(what, OF_ITS_OWN), entry.alias)
    except (FileProblem, der.Malformed) as fault:
        problem = fault if isinstance(fault, FileProblem) else Damaged(what, str(fault))
        return Unreadable(origin, problem, entry.alias)
    return structures.piece(plain, origin, entry.alias, Kind.PRIVATE_KEY)


def _certificates(entry: _Entry, origin: Origin, password: Password) -> list[Piece | Unreadable]:
    remarks = () if password.given else (UNCHECKED,)
    found: list[Piece | Unreadable] = []
    for certificate in entry.certificates:
        one = structures.piece(certificate, origin, entry.alias, Kind.CERTIFICATE)
        found.append(replace(one, remarks=(*one.remarks, *remarks)) if isinstance(one, Piece) else one)
    return found


def _entries(data: bytes) -> list[_Entry]:
    """Raises der.Malformed."""
    reader = _Reader(data[:-_DIGEST], 4)
    version, count = reader.number(4), reader.number(4)
    if version not in {1, 2}:
        raise der.Malformed(f"it is of version {version}, and 1 and 2 are known")
    if count > _MOST_ENTRIES:
        raise der.Malformed(f"it claims {count:,} entries, and {_MOST_ENTRIES:,} is the most")
    found = []
    for _ in range(count):
        tag, alias = reader.number(4), reader.text()
        reader.number(8)  # when it was made
        if tag == _SECRET:
            found.append(_Entry(alias, fault=_secret(alias)))
            return found  # a serialised Java object of unknown length: what follows cannot be found
        if tag not in {_KEY, _TRUSTED}:
            raise der.Malformed(f"an entry is of the kind {tag}, and 1 to 3 are known")
        key = reader.counted() if tag == _KEY else b""
        certificates = reader.number(4) if tag == _KEY else 1
        if certificates > _MOST_IN_CHAIN:
            raise der.Malformed(f"a chain in it claims {certificates:,} certificates, and {_MOST_IN_CHAIN} is the most")
        found.append(_Entry(alias, key, tuple(reader.certificate(version) for _ in range(certificates))))
    if reader.left:
        raise der.Malformed(f"{reader.left:,} bytes follow its last entry")
    return found


def _secret(alias: str) -> UnsupportedContainer:
    return UnsupportedContainer(
        f"the entry {shown(alias)}",
        "it is a secret key, a Java object, and entries behind it cannot be found",
        "convert the keystore: keytool -importkeystore -srckeystore FILE -destkeystore NEW.p12 -deststoretype PKCS12",
    )


class _Reader:
    """Java's DataInputStream: big-endian numbers, counted strings. Never reads beyond the end."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at

    @property
    def left(self) -> int:
        """Bytes that are not read yet."""
        return len(self._data) - self._at

    def take(self, size: int) -> bytes:
        """That many bytes. Raises der.Malformed when there are fewer."""
        if size > self.left:
            raise der.Malformed(_CUT)
        self._at += size
        return self._data[self._at - size : self._at]

    def number(self, size: int) -> int:
        """Of that many bytes, without a sign."""
        return int.from_bytes(self.take(size), "big")

    def counted(self) -> bytes:
        """Bytes behind their number."""
        return self.take(self.number(4))

    def text(self) -> str:
        """Java's modified UTF-8; what is none is replaced."""
        return self.take(self.number(2)).decode("utf-8", "replace")

    def certificate(self, version: int) -> bytes:
        """Its DER; version 2 says that it is X.509 first."""
        if version == 2 and (kind := self.text()) not in {"X.509", "X509"}:
            raise der.Malformed(f"a certificate is of the type {shown(kind, 20)}")
        return self.counted()
