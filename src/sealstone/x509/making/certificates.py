"""The certificate itself: its period, its extensions by role, its signature (RFC 5280 4). Strict verifiers take it.

Whoever issues and what it may issue is in `authority`; a certificate that signs itself is made here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from sealstone.model.secret import Secret
from sealstone.x509.border import Otherwise
from sealstone.x509.making import keys
from sealstone.x509.making.names import Subject

Chance = Callable[[int], bytes]
Extension = tuple[x509.ExtensionType, bool]
"""With whether it is critical."""

DAYS: Final = 365
BACKDATED: Final = timedelta(hours=1)
"""How long before now a certificate begins, for clients whose clocks are slow; Let's Encrypt does the same."""
SECOND: Final = timedelta(seconds=1)
"""Certificates know no smaller time; the last one belongs to the period."""


class Usage(Enum):
    """What a certificate that is no authority's is for (RFC 5280 4.2.1.12)."""

    SERVER = ExtendedKeyUsageOID.SERVER_AUTH
    CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH


@dataclass(frozen=True, slots=True)
class Points:
    """Where an issuer answers for what it issued, as URLs; an empty one is left out. RFC 5280 section 8 wants http."""

    revocation_list: str = ""
    """Of its list in DER (RFC 5280 4.2.1.13)."""
    status: str = ""
    """Of its OCSP responder (RFC 5280 4.2.2.1, RFC 6960 3.1)."""
    certificate: str = ""
    """Of its own certificate in DER (RFC 5280 4.2.2.1)."""

    @property
    def extensions(self) -> tuple[Extension, ...]:
        """None of them critical, as RFC 5280 wants it."""
        found: list[Extension] = []
        if self.revocation_list:
            place = x509.UniformResourceIdentifier(self.revocation_list)
            found.append((x509.CRLDistributionPoints([x509.DistributionPoint([place], None, None, None)]), False))
        ways = (
            (AuthorityInformationAccessOID.OCSP, self.status),
            (AuthorityInformationAccessOID.CA_ISSUERS, self.certificate),
        )
        told = [x509.AccessDescription(how, x509.UniformResourceIdentifier(url)) for how, url in ways if url]
        return (*found, (x509.AuthorityInformationAccess(told), False)) if told else tuple(found)


NOWHERE: Final = Points()


@dataclass(frozen=True, slots=True)
class Period:
    """From when until when a certificate is valid; both ends belong to it (RFC 5280 4.1.2.5)."""

    not_before: datetime
    not_after: datetime

    @classmethod
    def of(cls, at: datetime, days: int) -> "Period":
        """Exactly so many days, the hour before `at` included: rules such as "at most 47 days" count it too."""
        start = at.replace(microsecond=0) - BACKDATED
        return cls(start, start + timedelta(days=days) - SECOND)


@dataclass(frozen=True, slots=True)
class Issuer:
    """In whose name and with whose key a certificate is signed."""

    name: x509.Name
    key: keys.Handle = field(repr=False)
    identifier: x509.AuthorityKeyIdentifier

    @classmethod
    def itself(cls, name: x509.Name, key: keys.Handle) -> "Issuer":
        """The issuer of a certificate that signs itself."""
        return cls(name, key, x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()))


def self_signed(
    subject: Subject, key: Secret, *, at: datetime, days: int = DAYS, usages: Sequence[Usage], random: Chance
) -> bytes:
    """A certificate, DER, that signs itself: for trying out, and for whoever is told to trust just this one.

    It is no authority, so nobody who trusts it trusts more than this host. Raises UnusableKey, UnsupportedKey.
    """
    handle = keys.loaded(key)
    return signed(
        subject,
        handle.public_key(),
        Issuer.itself(subject.name, handle),
        Period.of(at, days),
        for_leaf(subject, handle.public_key(), usages),
        random,
    )


def for_leaf(subject: Subject, public_key: keys.PublicHandle, usages: Sequence[Usage]) -> tuple[Extension, ...]:
    """The extensions of a server's or client's certificate."""
    extensions: list[Extension] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        # An RSA key decrypts too, for the RSA key exchange of TLS 1.2 and older (RFC 5246 7.4.2).
        (_key_usage(digital_signature=True, key_encipherment=isinstance(public_key, RSAPublicKey)), True),
        (x509.ExtendedKeyUsage([usage.value for usage in usages]), False),
    ]
    if subject.alternatives:
        # RFC 5280 4.2.1.6: critical exactly when the subject is empty.
        extensions.append((x509.SubjectAlternativeName(subject.alternatives), not subject.name.rdns))
    return tuple(extensions)


def for_authority(path_length: int | None, constraints: x509.NameConstraints | None) -> tuple[Extension, ...]:
    """The extensions of an authority's certificate; RFC 5280 4.2.1.3, 4.2.1.9 and 4.2.1.10 want them critical."""
    extensions: list[Extension] = [
        (x509.BasicConstraints(ca=True, path_length=path_length), True),
        (_key_usage(key_cert_sign=True, crl_sign=True), True),
    ]
    return (*extensions, (constraints, True)) if constraints else tuple(extensions)


def for_responder() -> tuple[Extension, ...]:
    """The extensions of a delegated responder: its status is not asked for (RFC 6960 4.2.2.2.1)."""
    return (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_key_usage(digital_signature=True), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False),
        (x509.OCSPNoCheck(), False),
    )


def signed(
    subject: Subject,
    public_key: keys.PublicHandle,
    issuer: Issuer,
    period: Period,
    extensions: Sequence[Extension],
    random: Chance,
) -> bytes:
    """The certificate, DER, with both key identifiers (RFC 5280 4.2.1.1, 4.2.1.2). Raises UnusableKey."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject.name)
        .issuer_name(issuer.name)
        .public_key(public_key)
        .serial_number(_serial_number(random))
        .not_valid_before(period.not_before)
        .not_valid_after(period.not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(issuer.identifier, critical=False)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    with Otherwise(keys.damaged):
        made = builder.sign(issuer.key, keys.digest_for(issuer.key))
        keys.verify(issuer.key, made.signature, made.tbs_certificate_bytes)
    return made.public_bytes(Encoding.DER)


def _serial_number(random: Chance) -> int:
    """RFC 5280 4.1.2.2: positive and 20 octets at most. 158 bits of chance below a one, so that all are as long."""
    return int.from_bytes(random(20), "big") >> 2 | 1 << 158


def _key_usage(**used: bool) -> x509.KeyUsage:
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: used.get(name, False) for name in every})
