"""Certificate, private key and chain as one accepted whole: the demands of UploadServerCertificate, in order.

Sources: "Managing server certificates in IAM" (G), "SSL certificates for Elastic Load Balancing" (E), the API model
(M), and recordings of AWS (R, listed in docs/divergences.md where we decided for ourselves). The order is inferred:

1. Sizes of the three texts (M).
2. The certificate: PEM (G), exactly one (E), readable, its key of an accepted kind (E).
3. The private key: PEM, unencrypted (G), without EC PARAMETERS (E), of an accepted kind.
4. The key matches the certificate (E), proven by a signature.
5. The chain, if there is one: PEM (G), in order, each certifying the one before (G, E). A certificate that is not
   self-signed is taken without a chain all the same (R), although (G) says that it must have one.
6. Validity: now, between NotBefore and NotAfter (G).

Not here: names, usages, trust. IAM looks at none of them (R: keyCertSign without BasicConstraints is accepted).
"""

from dataclasses import dataclass
from datetime import datetime

from sealstone.x509 import certificate, chain, keys, mistakes, pem
from sealstone.x509.acceptance import Acceptance
from sealstone.x509.certificate import Certificate
from sealstone.x509.keys import PrivateKey
from sealstone.x509.problems import (
    KeyMismatch,
    Part,
    SeveralCertificates,
    TooLong,
    X509Problem,
)


@dataclass(frozen=True, slots=True)
class CertificateBundle:
    """Proof that the three texts hold together. The texts are what was sent, with LF and without outer white space."""

    certificate_body: str
    certificate_chain: str | None
    private_key: PrivateKey
    subject: str
    issuer: str
    """RFC 4514, with everything unprintable escaped: for showing."""
    not_before: datetime
    not_after: datetime
    """UTC, both inclusive (RFC 5280 4.1.2.5)."""
    serial_number: int
    """May be zero or negative: RFC 5280 4.1.2.2 forbids it, and certificates have it."""
    fingerprint: str
    """SHA-256 over the DER, lower-case hex."""
    key_kind: str
    """`RSA` or `EC`."""
    key_bits: int


def read(
    certificate_body: str,
    private_key: str,
    certificate_chain: str | None,
    *,
    at: datetime,
    acceptance: Acceptance,
) -> CertificateBundle:
    """The accepted whole. `at` is the time of the upload, with a zone. Raises X509Problem, and nothing else."""
    _check_sizes(certificate_body, private_key, certificate_chain, acceptance)
    body = pem.normalised(certificate_body)
    leaf = _read_certificate(body, acceptance)
    key = keys.read(pem.normalised(private_key), acceptance)
    chain_text = None if certificate_chain is None else pem.normalised(certificate_chain)
    try:
        keys.prove(key, leaf)
    except KeyMismatch:
        raise keys.mismatch(key, leaf, _if_readable(chain_text, acceptance)) from None
    if chain_text is not None:
        chain.prove(leaf, chain.read(chain_text, acceptance), acceptance)
    certificate.check_validity(leaf, at)
    return CertificateBundle(
        certificate_body=body,
        certificate_chain=chain_text,
        private_key=key,
        subject=leaf.subject,
        issuer=leaf.issuer,
        not_before=leaf.not_before,
        not_after=leaf.not_after,
        serial_number=leaf.serial_number,
        fingerprint=leaf.fingerprint,
        key_kind=leaf.key.name,
        key_bits=leaf.key.bits,
    )


def _check_sizes(body: str, private_key: str, chain_text: str | None, acceptance: Acceptance) -> None:
    """Before any work, so that work is bounded whoever calls."""
    for part, text, limit in (
        (Part.CERTIFICATE, body, acceptance.max_certificate_body),
        (Part.PRIVATE_KEY, private_key, acceptance.max_private_key),
        (Part.CHAIN, chain_text or "", acceptance.max_certificate_chain),
    ):
        if len(text) > limit:
            raise TooLong(part, len(text), limit)


def _read_certificate(body: str, acceptance: Acceptance) -> Certificate:
    """Exactly one certificate (E); in 2015 AWS took several and moved the further ones to the chain (R)."""
    blocks = list(pem.blocks(body, Part.CERTIFICATE, acceptance.sending))
    for block in blocks:
        if block.label != "CERTIFICATE":
            raise mistakes.wrong_block(block.label, Part.CERTIFICATE)
    if len(blocks) > 1:
        raise SeveralCertificates(len(blocks))
    return certificate.read(blocks[0], acceptance)


def _if_readable(chain_text: str | None, acceptance: Acceptance) -> tuple[Certificate, ...]:
    """The chain's certificates, to explain something else that is wrong: none when it cannot be read."""
    try:
        return chain.read(chain_text or "", acceptance)
    except X509Problem:
        return ()
