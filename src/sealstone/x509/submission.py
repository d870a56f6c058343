"""Files as they would be uploaded as they stand: which would be sent as certificate, which as key, which as chain.

The roles follow from what the files hold, as a person would choose them; nothing is repaired, cut out or reordered.
What can be made of files is `conversion`'s affair, and whether they would be taken is `explanation`'s.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sealstone.x509 import paths
from sealstone.x509.description import CertificateDescription, KeyDescription, describe
from sealstone.x509.material import Form, Kind, Piece, Unreadable
from sealstone.x509.problems import X509Problem

_KEY_FORMS: Final = frozenset({Form.ENCRYPTED_PKCS8, Form.ENCRYPTED_PEM, Form.OPENSSH})
_BUNDLE_FORMS: Final = frozenset({Form.PKCS12, Form.JKS, Form.JCEKS})
_KEY_LABEL: Final = "PRIVATE KEY-----"


@dataclass(frozen=True, slots=True)
class File:
    """A file, read: its bytes, and what `containers` made of them."""

    name: str
    data: bytes = field(repr=False)
    items: tuple[Piece | Unreadable, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One of the three texts, with the files it comes from and what they hold."""

    text: str = field(repr=False)
    files: tuple[str, ...]
    items: tuple[Piece | Unreadable, ...]

    def pieces(self, kind: Kind) -> tuple[Piece, ...]:
        """The readable things of one kind, in the order of the text."""
        return tuple(item for item in self.items if isinstance(item, Piece) and item.kind is kind)


@dataclass(frozen=True, slots=True)
class Submission:
    """The three texts of an upload, as far as they were given."""

    certificate_body: Field | None
    private_key: Field | None
    certificate_chain: Field | None = None
    unused: tuple[str, ...] = ()
    """Files that have no role."""
    not_looked_at: int = 0
    """Certificates beyond the most that roles are told from."""


def assigned(files: Sequence[File]) -> Submission:
    """The roles of files. A file may have two: a PKCS #12 file stands for certificate and key."""
    key_file = _key_file(files)
    body_file = _body_file(files, key_file)
    rest = [file for file in files if file is not body_file and file is not key_file]
    key_file = key_file or (_take(rest, "key") if body_file else None)
    body_file = body_file or _take(rest, "cert")
    chain_files = _chain_files(rest, body_file)
    used = {id(file) for file in (body_file, key_file, *chain_files)}
    return Submission(
        certificate_body=_field([body_file]) if body_file else None,
        private_key=_field([key_file]) if key_file else None,
        certificate_chain=_field(chain_files) if chain_files else None,
        unused=tuple(file.name for file in files if id(file) not in used),
        not_looked_at=paths.not_looked_at(one for file in files for one in _certificates(file)),
    )


def as_text(data: bytes) -> str:
    """The bytes as the aws command sends them: UTF-8; what is not, byte by byte, so that it can be told what it is."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _field(files: Sequence[File]) -> Field:
    """The files one after the other; a line break is added where a file lacks its last one."""
    texts = [as_text(file.data) for file in files]
    joined = "".join(text if text.endswith(("\n", "\r")) else f"{text}\n" for text in texts[:-1])
    return Field(
        text=joined + texts[-1],
        files=tuple(file.name for file in files),
        items=tuple(item for file in files for item in file.items),
    )


def _key_file(files: Sequence[File]) -> File | None:
    """The file with the private key: rather one without certificates, rather one that belongs to a certificate."""
    holding = [file for file in files if _holds_key(file)]
    certified = {certificate.public_key_fingerprint for file in files for certificate in _certificates(file)}
    holding.sort(key=lambda file: (bool(_certificates(file)), certified.isdisjoint(_key_fingerprints(file))))
    return holding[0] if holding else None


def _body_file(files: Sequence[File], key_file: File | None) -> File | None:
    """The file with the server's certificate: rather one with nothing else in it."""
    certificates = [certificate for file in files for certificate in _certificates(file)]
    if not certificates:
        return key_file if key_file and _is_bundle(key_file) else None
    leaf = _leaf(certificates, files)
    holding = [file for file in files if leaf.fingerprint in _fingerprints(file)]
    holding.sort(key=lambda file: (_holds_key(file), len(_fingerprints(file))))
    return holding[0]


def _leaf(certificates: Sequence[CertificateDescription], files: Sequence[File]) -> CertificateDescription:
    """The server's certificate, or the first one when it cannot be told."""
    keys = [key for file in files for key in _keys(file)]
    try:
        return paths.leaf_of(certificates, keys)
    except X509Problem:
        return certificates[0]


def _chain_files(rest: Sequence[File], body_file: File | None) -> list[File]:
    """All others with certificates; one that repeats the server's own only when there is no other."""
    own = _fingerprints(body_file) if body_file else frozenset()
    candidates = [file for file in rest if _certificates(file) or not file.items or _is_unreadable(file)]
    candidates = [file for file in candidates if not _holds_key(file)]
    apart = [file for file in candidates if own.isdisjoint(_fingerprints(file))]
    return apart or candidates[:1]


def _take(rest: list[File], hint: str) -> File | None:
    """Takes a file out of which nothing could be read for a role that nobody has: by its name, else the first."""
    unreadable = [file for file in rest if _is_unreadable(file)]
    unreadable.sort(key=lambda file: hint not in file.name.lower())
    if not unreadable:
        return None
    rest.remove(unreadable[0])
    return unreadable[0]


def _is_unreadable(file: File) -> bool:
    return not any(isinstance(item, Piece) for item in file.items)


def _is_bundle(file: File) -> bool:
    return any(not _BUNDLE_FORMS.isdisjoint(item.origin.forms) for item in file.items)


def _holds_key(file: File) -> bool:
    """Whether a private key is there, be it one that could not be opened."""
    locked = any(not (_KEY_FORMS | _BUNDLE_FORMS).isdisjoint(item.origin.forms) for item in file.items)
    return bool(_keys(file)) or locked or _KEY_LABEL in as_text(file.data)


def _described(file: File, kind: Kind) -> Iterable[object]:
    return (describe(item) for item in file.items if isinstance(item, Piece) and item.kind is kind)


def _certificates(file: File) -> tuple[CertificateDescription, ...]:
    found = _described(file, Kind.CERTIFICATE)
    return tuple(item for item in found if isinstance(item, CertificateDescription))


def _keys(file: File) -> tuple[KeyDescription, ...]:
    found = _described(file, Kind.PRIVATE_KEY)
    return tuple(item for item in found if isinstance(item, KeyDescription))


def _fingerprints(file: File) -> frozenset[str]:
    return frozenset(certificate.fingerprint for certificate in _certificates(file))


def _key_fingerprints(file: File) -> frozenset[str]:
    return frozenset(key.public_key_fingerprint for key in _keys(file))
