"""Revocation lists that an authority signs: whole ones, over all that one of its certificates issued (RFC 5280, 5).

Reading foreign lists is the affair of `x509.revocation`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sealstone.x509.border import Otherwise
from sealstone.x509.making import authority, keys
from sealstone.x509.making.authority import Authority

# RFC 5280 5.3.1, without removeFromCRL (8), which is for delta lists alone.
_REASONS: Final[Mapping[int, x509.ReasonFlags]] = {
    1: x509.ReasonFlags.key_compromise,
    2: x509.ReasonFlags.ca_compromise,
    3: x509.ReasonFlags.affiliation_changed,
    4: x509.ReasonFlags.superseded,
    5: x509.ReasonFlags.cessation_of_operation,
    6: x509.ReasonFlags.certificate_hold,
    9: x509.ReasonFlags.privilege_withdrawn,
    10: x509.ReasonFlags.aa_compromise,
}


@dataclass(frozen=True, slots=True)
class Revoked:
    """One entry of a list."""

    serial_number: int
    at: datetime
    reason: int = 0
    """CRLReason; of 0, an unspecified one, nothing is said (RFC 5280 5.3.1)."""


def made(
    issuer: Authority, number: int, revoked: Iterable[Revoked], *, this_update: datetime, next_update: datetime
) -> bytes:
    """A version 2 list, DER, with its number and its issuer's identifier (RFC 5280 5.2.1, 5.2.3). Raises UnusableKey.

    Numbers must grow from list to list of one issuer.
    """
    own = issuer.certificates[0]
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(own.subject)
        .last_update(this_update)
        .next_update(next_update)
        .add_extension(authority.identifier(own), critical=False)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    for one in revoked:
        builder = builder.add_revoked_certificate(_entry(one))
    with Otherwise(keys.damaged):
        signed = builder.sign(issuer.key, keys.digest_for(issuer.key))
        keys.verify(issuer.key, signed.signature, signed.tbs_certlist_bytes)
    return signed.public_bytes(Encoding.DER)


def _entry(one: Revoked) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(one.serial_number).revocation_date(one.at)
    if one.reason:
        builder = builder.add_extension(x509.CRLReason(_REASONS[one.reason]), critical=False)
    return builder.build()
