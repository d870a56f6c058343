"""What a submission comes to when one looks through its faults: the certificate, the key and the chain meant.

Everything here is for finding more than the first fault. Whether a submission is accepted is never decided from it.
"""

from base64 import encodebytes
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from sealstone.x509 import acceptance, certificate, keys, pem
from sealstone.x509.acceptance import Acceptance
from sealstone.x509.certificate import Certificate
from sealstone.x509.description import CertificateDescription, describe
from sealstone.x509.keys import PrivateKey
from sealstone.x509.material import Kind, Piece
from sealstone.x509.pem import Block
from sealstone.x509.problems import NOT_IN_CHAIN, Part, X509Problem
from sealstone.x509.submission import Submission
from sealstone.x509.writing import private_key_pem

_NO_LIMIT: Final = 2**31
ANY: Final = replace(
    acceptance.IAM,
    rsa_bits_min=1,
    max_chain_certificates=_NO_LIMIT,
    max_certificate_body=_NO_LIMIT,
    max_private_key=_NO_LIMIT,
    max_certificate_chain=_NO_LIMIT,
)
"""Every key that can be worked with at all, so that the findings behind an unwelcome one are seen too."""


@dataclass(frozen=True)
class Subject:
    """What is judged. Each is None or empty when it is not there or nothing can be read of it."""

    leaf: Piece | None
    chain: tuple[Piece, ...]
    key: Piece | None
    chain_given: bool
    """Whether there was a chain field, readable or not."""
    leaf_read: Certificate | None = field(repr=False)
    chain_read: tuple[Certificate, ...] = field(repr=False)
    key_read: PrivateKey | None = field(repr=False)

    @cached_property
    def leaf_description(self) -> CertificateDescription | None:
        """Of the server's certificate."""
        return _described(self.leaf) if self.leaf else None

    @cached_property
    def chain_descriptions(self) -> tuple[CertificateDescription, ...]:
        """Of the chain, in its order; those that cannot be described are left out."""
        found = (_described(piece) for piece in self.chain)
        return tuple(description for description in found if description)


def of(submission: Submission) -> Subject:
    """The subject of a submission: a certificate field with several holds the chain too, unless one was given."""
    body, chain_field, key_field = submission.certificate_body, submission.certificate_chain, submission.private_key
    key = _first(key_field.pieces(Kind.PRIVATE_KEY) if key_field else ())
    key_read = read_key(key, ANY) if key else None
    key_read = None if isinstance(key_read, X509Problem) else key_read
    certificates = body.pieces(Kind.CERTIFICATE) if body else ()
    leaf = _matching(certificates, key_read)
    chain = chain_field.pieces(Kind.CERTIFICATE) if chain_field else tuple(c for c in certificates if c is not leaf)
    leaf_read = read_certificate(leaf, ANY) if leaf else None
    chain_read = [read_certificate(piece, ANY, at) for at, piece in enumerate(chain)]
    return Subject(
        leaf=leaf,
        chain=chain,
        key=key,
        chain_given=chain_field is not None,
        leaf_read=None if isinstance(leaf_read, X509Problem) else leaf_read,
        chain_read=tuple(found for found in chain_read if isinstance(found, Certificate)),
        key_read=key_read,
    )


def read_certificate(piece: Piece, accepted: Acceptance, at: int = NOT_IN_CHAIN) -> Certificate | X509Problem:
    """The certificate as the engine reads it, or why it does not."""
    part = Part.CERTIFICATE if at == NOT_IN_CHAIN else Part.CHAIN
    try:
        return certificate.read(Block(part, max(at, 0), "CERTIFICATE", encodebytes(piece.der).decode()), accepted, at)
    except X509Problem as problem:
        return problem


def read_key(piece: Piece, accepted: Acceptance) -> PrivateKey | X509Problem:
    """The key as the engine reads it, or why it does not."""
    try:
        return keys.read(pem.normalised(key_pem(piece)), accepted)
    except X509Problem as problem:
        return problem


def key_pem(piece: Piece) -> str:
    """The key of a piece as PKCS #8 PEM; empty for a piece without one."""
    return private_key_pem(piece.secret).reveal().decode("ascii") if piece.secret else ""


def _matching(certificates: Sequence[Piece], key: PrivateKey | None) -> Piece | None:
    """The certificate that the key belongs to, or the first."""
    if key:
        public_key = key.handle.public_key()
        for piece in certificates:
            found = read_certificate(piece, ANY)
            if isinstance(found, Certificate) and found.handle.public_key() == public_key:
                return piece
    return _first(certificates)


def _first(pieces: Sequence[Piece]) -> Piece | None:
    return pieces[0] if pieces else None


def _described(piece: Piece) -> CertificateDescription | None:
    description = describe(piece)
    return description if isinstance(description, CertificateDescription) else None
