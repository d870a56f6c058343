"""The certificate of someone who signs requests: one text, judged on its own as UploadSigningCertificate demands.

In order: the text's size (API model), PEM with exactly one certificate, a key that request signatures are made with,
a serial number that a request can name, validity now. Not here: issuer, chain, usages and names; AWS looks at none of
them (recorded: an issuer that never signed it, and no extensions, are accepted), and trust in such a certificate is
trust in its every byte.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from sealstone.x509 import certificate, mistakes, pem
from sealstone.x509.acceptance import IAM
from sealstone.x509.certificate import Certificate
from sealstone.x509.problems import NotCertificate, Part, TooLong, WrongBlock, X509Problem

# 2048 bits are recorded; NIST SP 800-131A has fewer make no signatures any more, and each request costs a proof by
# the key: both bounds are inferred.
SIGNING: Final = replace(IAM, rsa_bits_min=2048, rsa_bits_max=4096)

_CERTIFICATE: Final = "CERTIFICATE"
_PRIVATE_KEY: Final = "PRIVATE KEY"


def read(certificate_body: str, *, at: datetime) -> Certificate:
    """The one certificate of the text, valid at `at` (with a zone). Raises X509Problem, and nothing else."""
    if len(certificate_body) > SIGNING.max_certificate_body:
        raise TooLong(Part.CERTIFICATE, len(certificate_body), SIGNING.max_certificate_body)
    blocks = list(pem.blocks(pem.normalised(certificate_body), Part.CERTIFICATE))
    for block in blocks:
        if block.label != _CERTIFICATE:
            raise _wrong_block(block.label)
    if len(blocks) > 1:
        raise X509Problem(
            Part.CERTIFICATE,
            f"the text holds {len(blocks)} certificates, and it must hold exactly one",
            "send the certificate whose private key signs, without its authorities: no chain is looked at",
        )
    found = certificate.read(blocks[0], SIGNING)
    if found.serial_number <= 0:
        raise NotCertificate(Part.CERTIFICATE, "its serial number is not positive, against RFC 5280 4.1.2.2")
    certificate.check_validity(found, at)
    return found


def _wrong_block(label: str) -> WrongBlock:
    """A private key does not leave its owner for this, whatever the mistake was."""
    if not label.endswith(_PRIVATE_KEY):
        return mistakes.wrong_block(label, Part.CERTIFICATE)
    return WrongBlock(
        Part.CERTIFICATE,
        "",
        "the text holds a private key",
        "send the certificate alone; the private key stays where requests are signed, and since this one has now been "
        "sent, make a new pair",
    )
