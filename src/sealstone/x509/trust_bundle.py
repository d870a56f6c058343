"""What verifies the certificates of TLS clients: a bundle of authorities, and the revocation lists that these made.

Source: application load balancer guide, "Mutual authentication with TLS" (X.509 version 3, RSA from 2,048 to 8,192
bits or a NIST curve, SHA-256 or better) and RFC 5280 4.2.1.9 and 4.2.1.3 for who is an authority. Dates are not
judged: a listener may be told to take what has expired, and a handshake looks at the time itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography import x509

from sealstone.x509 import algorithms as named
from sealstone.x509 import pem, public_halves, revocation, writing
from sealstone.x509.border import Otherwise
from sealstone.x509.description import CertificateDescription, describe
from sealstone.x509.material import Kind, Origin, Piece
from sealstone.x509.problems import Part, X509Problem
from sealstone.x509.revocation import RevocationList

LONGEST_CERTIFICATE: Final = 16 * 1024
"""Bytes of DER ("Quotas": the size of a CA certificate)."""

_CURVES: Final = frozenset({"P-256", "P-384", "P-521"})
_LEAST_RSA: Final = 2048
_MOST_RSA: Final = 8192
_TOO_SHORT: Final = "SHA-224"
_CURE: Final = "send certificates of authorities only, whole and in PEM"


class UnusableBundle(X509Problem):
    """The text is no bundle of certificates of authorities."""

    def __init__(self, cause: str, cure: str = _CURE) -> None:
        super().__init__(Part.FILE, cause, cure)


class UnusableList(X509Problem):
    """The file is no revocation list that one of the authorities made."""

    def __init__(self, cause: str, cure: str) -> None:
        super().__init__(Part.FILE, cause, cure)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Authorities that are believed."""

    text: str = field(repr=False)
    """PEM, nothing between the blocks."""
    authorities: tuple[CertificateDescription, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class RevocationFile:
    """A revocation list of one of the authorities."""

    text: str = field(repr=False)
    """PEM, one block `X509 CRL`."""
    entries: int
    """How many certificates it revokes."""
    found: RevocationList = field(repr=False)
    """What it says."""


def read(data: bytes, most: int) -> Bundle:
    """A bundle of 1 to `most` authorities, in PEM; lines that begin with # are comments. Raises UnusableBundle."""
    text = _without_comments(data.decode("utf-8", "replace"))
    try:
        ders = [_content(block) for block in _some_blocks(text, most)]
    except UnusableBundle:
        raise
    except X509Problem as problem:  # its cure is about fields of an upload
        raise UnusableBundle(problem.cause) from None
    return _bundle(ders)


def stored(text: str) -> Bundle:
    """A bundle that `read` accepted once."""
    ders = [block.der() for block in pem.blocks(pem.normalised(text), Part.CERTIFICATE)]
    return Bundle(text, tuple(_described(content, number) for number, content in enumerate(ders, start=1)))


def read_list(data: bytes, authorities: Sequence[CertificateDescription]) -> RevocationFile:
    """A revocation list in PEM or DER, made by one of the authorities.

    Raises UnusableList, and UnusableRevocationList of `revocation` for what is no whole list of one authority.
    """
    found = revocation.read(data)
    if not any(found.is_of(one) for one in authorities):
        raise UnusableList(
            "no certificate of the trust store signed the revocation list",
            "add the list to the trust store that has its authority's certificate",
        )
    content = found.signed.data
    with Otherwise(lambda _: UnusableList("its structure is against RFC 5280", "send it as the authority made it")):
        x509.load_der_x509_crl(content)
    return RevocationFile(writing.pem(revocation.LABEL, content), len(found.serial_numbers), found)


def _without_comments(text: str) -> str:
    lines = pem.normalised(text.removeprefix("\ufeff")).split("\n")
    return pem.normalised("\n".join(line for line in lines if not line.startswith("#")))


def _some_blocks(text: str, most: int) -> Sequence[pem.Block]:
    found: list[pem.Block] = []
    for block in pem.blocks(text, Part.CERTIFICATE):
        if len(found) == most:
            raise UnusableBundle(
                f"there are more than {most} certificates", "send fewer, or have the quota of the account raised"
            )
        found.append(block)
    return found


def _content(block: pem.Block) -> bytes:
    if block.label != writing.CERTIFICATE:
        raise UnusableBundle(f"block {block.number + 1} is something else than a certificate")
    content = block.der()
    if len(content) > LONGEST_CERTIFICATE:
        raise UnusableBundle(
            f"certificate {block.number + 1} has {len(content)} bytes, and {LONGEST_CERTIFICATE} is the most"
        )
    return content


def _bundle(ders: Sequence[bytes]) -> Bundle:
    authorities = []
    for number, content in enumerate(ders, start=1):
        found = _described(content, number)
        _judge(found, f"certificate {number}, {found.subject[:200] or 'without a subject'},")
        _load(content, number)
        authorities.append(found)
    return Bundle(writing.certificates_pem(ders), tuple(authorities))


def _described(content: bytes, number: int) -> CertificateDescription:
    found = describe(Piece(Kind.CERTIFICATE, Origin("-"), content))
    if not isinstance(found, CertificateDescription):
        raise UnusableBundle(f"certificate {number} cannot be read")
    return found


def _load(content: bytes, number: int) -> None:
    """That other readers can read it too: the data plane takes all of a bundle, or nothing."""
    with Otherwise(lambda _: UnusableBundle(f"certificate {number} is against RFC 5280")):
        x509.load_der_x509_certificate(content).public_key()


def _judge(found: CertificateDescription, name: str) -> None:
    """Whether it may be an authority of clients. Raises UnusableBundle."""
    if found.version != 3:
        raise UnusableBundle(f"{name} is of version {found.version}, and it must be 3")
    if found.serial_number <= 0:
        raise UnusableBundle(f"{name} has a serial number that is not positive")
    if found.authority is not True:
        raise UnusableBundle(f"{name} is no certificate of an authority: its basic constraints do not say CA:TRUE")
    if found.usages and "keyCertSign" not in found.usages:
        raise UnusableBundle(f"{name} may not sign certificates: its key usage does not say keyCertSign")
    if found.unprocessed:
        raise UnusableBundle(f"{name} has a critical extension not known here: {found.unprocessed[0]}")
    _judge_strength(found, name)


def _judge_strength(found: CertificateDescription, name: str) -> None:
    key = named.public_key(found.key_info)
    fits = (key.kind == named.RSA and _LEAST_RSA <= key.bits <= _MOST_RSA and public_halves.is_usual(key)) or (
        key.kind == named.EC and key.curve in _CURVES
    )
    if not fits or found.weaknesses:
        raise UnusableBundle(
            f"{name} has the key {found.key}; RSA from {_LEAST_RSA} to {_MOST_RSA} bits and EC P-256 to P-521 are taken"
        )
    algorithm = found.signed.algorithm
    # A root is believed for being in the bundle, whatever it says with its own signature.
    if not found.is_self_issued and (algorithm.proves_nothing or algorithm.digest == _TOO_SHORT):
        raise UnusableBundle(f"{name} is signed by {found.signature}; SHA-256 or better is taken")
