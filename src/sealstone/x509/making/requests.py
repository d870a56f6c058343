"""Certificate requests (PKCS #10, RFC 2986): made, and read with suspicion.

What a request asks for is its maker's wish. Its subject and its alternative names are taken over when they can be
read; every other extension it asks for, CA:TRUE first of all, is left out.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID

from sealstone.model.secret import Secret
from sealstone.x509 import der, weak_keys
from sealstone.x509.border import Otherwise
from sealstone.x509.making import alternatives, keys, names
from sealstone.x509.making.names import Subject
from sealstone.x509.making.problems import NameRefused, RequestRefused, UnusableKey
from sealstone.x509.problems import Part, UnsupportedKey

_NEW_KEY: Final = "make a new key with other software, and the request with it"
_SIGN_ANEW: Final = "make it anew with SHA-256 or better"
_MOST_BYTES: Final = 128 * 1024
_EXTENSIONS: Final[Mapping[x509.ObjectIdentifier, str]] = {
    ExtensionOID.BASIC_CONSTRAINTS: "basicConstraints",
    ExtensionOID.KEY_USAGE: "keyUsage",
    ExtensionOID.EXTENDED_KEY_USAGE: "extendedKeyUsage",
    ExtensionOID.NAME_CONSTRAINTS: "nameConstraints",
    ExtensionOID.SUBJECT_KEY_IDENTIFIER: "subjectKeyIdentifier",
    ExtensionOID.CERTIFICATE_POLICIES: "certificatePolicies",
    ExtensionOID.TLS_FEATURE: "TLS feature (OCSP must-staple)",
}
_KINDS: Final = (x509.DNSName, x509.IPAddress, x509.UniformResourceIdentifier, x509.RFC822Name)


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose signature holds, so that its maker has the private key."""

    subject: Subject
    public_key: keys.PublicHandle = field(repr=False)
    left_out: tuple[str, ...]
    """What it asks for and does not get, in words."""


def new(subject: Subject, key: Secret) -> bytes:
    """A request, DER, signed with SHA-256 or better. Raises UnusableKey, UnsupportedKey."""
    handle = keys.loaded(key)
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject.name)
    if subject.alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(subject.alternatives), not subject.name.rdns)
    with Otherwise(keys.damaged):
        request = builder.sign(handle, keys.digest_for(handle))
        keys.verify(handle, request.signature, request.tbs_certrequest_bytes)
    return request.public_bytes(Encoding.DER)


def read(data: bytes) -> Request:
    """A request in DER, judged. Raises RequestRefused."""
    if len(data) > _MOST_BYTES:
        raise RequestRefused(f"it has {len(data):,} bytes, and {_MOST_BYTES:,} is the most")
    with _strictly("it cannot be read"):
        request = x509.load_der_x509_csr(data)
        key = request.public_key()
        # The bytes that were sent: `cryptography` would write RSASSA-PSS and explicit curves anew as something else.
        sent = der.children(data, der.whole_sequence(data)[0])[2]
        info = data[sent.start : sent.end]
        digest = request.signature_hash_algorithm
    try:
        keys.judged(info, Part.FILE)
    except UnsupportedKey as problem:
        size = f" of {problem.bits} bits" if problem.bits else ""
        raise RequestRefused(
            f"its key is {problem.kind}{size}", f"make it with one of {', '.join(keys.KINDS)}"
        ) from None
    except UnusableKey as problem:
        raise RequestRefused(problem.cause) from None
    for weakness in weak_keys.of(info):  # Baseline Requirements 6.1.1.3: an authority refuses such a request
        raise RequestRefused(f"its key protects nothing: {weakness.clause}", _NEW_KEY)
    if isinstance(digest, hashes.SHA1 | hashes.MD5):
        raise RequestRefused(f"it is signed with {digest.name.upper()}, which proves nothing any more", _SIGN_ANEW)
    with _strictly("its signature cannot be checked"):
        holds = request.is_signature_valid
    if not holds:
        raise RequestRefused("its signature does not hold, so who made it may not have the private key")
    with _strictly("its subject or its extensions cannot be read"):
        subject, extensions = request.subject, request.extensions
    try:
        general, left_out = _names(extensions)
        return Request(_subject(subject, general), cast("keys.PublicHandle", key), left_out)
    except NameRefused as problem:
        raise RequestRefused(problem.cause, problem.cure) from None


def check_key(request: Request, key: Secret) -> None:
    """That the request was made with this private key. Raises RequestRefused, UnusableKey, UnsupportedKey."""
    if keys.loaded(key).public_key() != request.public_key:
        raise RequestRefused("it was made with another private key", "give the key that it was made with")


@contextmanager
def _strictly(reason: str) -> Iterator[None]:
    """Warnings of `cryptography`, about a name that is too long for example, are refusals too."""
    with Otherwise(lambda _: RequestRefused(reason)), warnings.catch_warnings(action="error"):
        yield


def _subject(name: x509.Name, general: Sequence[x509.GeneralName]) -> Subject:
    """Raises RequestRefused."""
    for attribute in name:
        if isinstance(attribute.value, str) and not attribute.value.isprintable():
            raise RequestRefused("its subject holds a control character")
    if not name.rdns and not general:
        raise RequestRefused("it has no subject and no alternative name", "make it anew, with a name in it")
    return names.completed(name, general)


def _names(extensions: x509.Extensions) -> tuple[list[x509.GeneralName], tuple[str, ...]]:
    """The alternative names of the kinds that a server has, read anew, and what is left out. Raises NameRefused."""
    found: list[x509.GeneralName] = []
    left_out = []
    for extension in extensions:
        if not isinstance(extension.value, x509.SubjectAlternativeName):
            left_out.append(f"the extension {_named(extension.oid)}")
            continue
        for name in extension.value:
            if isinstance(name, _KINDS):
                found.append(alternatives.read(alternatives.as_text(name)))
            else:
                left_out.append(f"an alternative name of the kind {type(name).__name__}")
    return found, tuple(dict.fromkeys(left_out))


def _named(identifier: x509.ObjectIdentifier) -> str:
    """`basicConstraints`, or the dotted identifier where it has no name."""
    return _EXTENSIONS.get(identifier, identifier.dotted_string)
