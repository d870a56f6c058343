"""A certificate authority: made as a root or below another one, opened from its certificate and key, and issuing.

Every rule about what an authority may issue is here: path lengths, name constraints, dates (RFC 5280 6.1).
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Final, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sealstone.model.secret import Secret
from sealstone.x509.border import Otherwise
from sealstone.x509.making import certificates, constraints, keys
from sealstone.x509.making.certificates import NOWHERE, SECOND, Chance, Issuer, Period, Points, Usage
from sealstone.x509.making.names import Subject
from sealstone.x509.making.problems import IssuerRefused, OutlivesIssuer

ROOT_DAYS: Final = 3650
INTERMEDIATE_DAYS: Final = 1825
KEY_TYPE: Final = "p256"
"""Small in every handshake, and every client that is in use verifies it."""
RESPONDER_DAYS: Final = 2
"""A responder's certificate cannot be revoked, so it is short-lived (RFC 6960 4.2.2.2.1)."""
_LONGEST: Final = 10
_AGAIN: Final = "give its own certificate, those above it in order, and its private key"

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True)
class Issued:
    """A new certificate and those above it, all in DER."""

    certificate: bytes = field(repr=False)
    above: tuple[bytes, ...] = field(repr=False)
    """The immediate issuer first, the root last."""
    has_root: bool
    """Whether `above` ends with a root, that is, a certificate that signed itself."""
    period: Period

    @property
    def serial_number(self) -> int:
        """Of the certificate."""
        return x509.load_der_x509_certificate(self.certificate).serial_number

    def chain(self, *, with_root: bool) -> tuple[bytes, ...]:
        """What a server sends: without the root, unless that one is the immediate issuer."""
        return self.above if with_root or not self.has_root or len(self.above) < 2 else self.above[:-1]


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority that can issue: its certificate, those above it, and its key. See `opened`."""

    certificates: tuple[x509.Certificate, ...] = field(repr=False)
    """Its own first, then the immediate issuer, the root last."""
    key: keys.Handle = field(repr=False)

    @property
    def period(self) -> Period:
        """When it and all above it are valid."""
        return Period(
            max(each.not_valid_before_utc for each in self.certificates),
            min(each.not_valid_after_utc for each in self.certificates),
        )

    @property
    def authorities_below(self) -> int | None:
        """How many authorities may follow one below the other; None for any number (RFC 5280 4.2.1.9)."""
        limits = []
        for above, each in enumerate(self.certificates):
            own = _extension(each, x509.BasicConstraints)
            if own and own.path_length is not None:
                limits.append(max(own.path_length - above, 0))
        return min(limits, default=None)


def root(
    subject: Subject,
    key: Secret,
    *,
    at: datetime,
    days: int = ROOT_DAYS,
    path_length: int | None = None,
    names: x509.NameConstraints | None = None,
    random: Chance,
) -> Issued:
    """An authority that signs itself. Raises UnusableKey, UnsupportedKey."""
    handle = keys.loaded(key)
    period = Period.of(at, days)
    extensions = certificates.for_authority(path_length, names)
    issuer = Issuer.itself(subject.name, handle)
    made = certificates.signed(subject, handle.public_key(), issuer, period, extensions, random)
    return Issued(made, (), has_root=False, period=period)


def opened(ders: Sequence[bytes], key: Secret) -> Authority:
    """An authority from its own certificate, then those above it in order, and its key (PKCS #8).

    Raises IssuerRefused when that is no authority, UnusableKey, UnsupportedKey.
    """
    if not 1 <= len(ders) <= _LONGEST:
        raise IssuerRefused(f"there are {len(ders)} certificates, and 1 to {_LONGEST} belong to an authority", _AGAIN)
    with (
        Otherwise(lambda _: IssuerRefused("its certificates cannot be read", _AGAIN)),
        warnings.catch_warnings(action="ignore"),  # about old roots' serial numbers
    ):
        found = tuple(x509.load_der_x509_certificate(each) for each in ders)
        for each in found:
            _check_authority(each)
    handle = keys.loaded(key)
    if handle.public_key() != found[0].public_key():
        raise IssuerRefused("the private key is not the one of its certificate", _AGAIN)
    with Otherwise(lambda _: IssuerRefused("the certificates above it do not follow one from the other", _AGAIN)):
        for each, above in pairwise(found):
            each.verify_directly_issued_by(above)
    return Authority(found, handle)


def intermediate(
    issuer: Authority,
    subject: Subject,
    key: Secret,
    *,
    at: datetime,
    days: int | None = None,
    path_length: int = 0,
    names: x509.NameConstraints | None = None,
    points: Points = NOWHERE,
    random: Chance,
) -> Issued:
    """An authority below another. `days` and `points` as in `issue`.

    Raises IssuerRefused, OutlivesIssuer, and what `root` does.
    """
    most = issuer.authorities_below
    if most is not None and path_length >= most:
        allowed = f"authorities with a path length of {most - 1} at most" if most else "no authorities"
        raise IssuerRefused(
            f"its path length allows {allowed} below it",
            "make it with a larger --path-length, or ask for a smaller one",
        )
    handle = keys.loaded(key)
    extensions = (*certificates.for_authority(path_length, names), *points.extensions)
    return _signed(
        issuer, subject, handle.public_key(), _period(issuer, at, days, INTERMEDIATE_DAYS), extensions, random
    )


def issue(
    issuer: Authority,
    subject: Subject,
    public_key: keys.PublicHandle,
    *,
    at: datetime,
    days: int | None = None,
    usages: Sequence[Usage] = (Usage.SERVER,),
    points: Points = NOWHERE,
    random: Chance,
) -> Issued:
    """A certificate for a server or a client. `days` None: the usual number, or what the authority has left.

    `points` say where the issuer answers for it. Raises IssuerRefused (constraints, expired), OutlivesIssuer for more
    days than the authority has.
    """
    check_names(issuer, subject)
    extensions = (*certificates.for_leaf(subject, public_key, usages), *points.extensions)
    return _signed(issuer, subject, public_key, _period(issuer, at, days, certificates.DAYS), extensions, random)


def check_names(issuer: Authority, subject: Subject) -> None:
    """That the name constraints of the issuer and of all above it allow the subject. Raises IssuerRefused."""
    for each in issuer.certificates:
        names = _extension(each, x509.NameConstraints)
        if names:
            constraints.check(names, subject)


def responder(issuer: Authority, subject: Subject, key: Secret, *, at: datetime, random: Chance) -> Issued:
    """A certificate that may answer in the issuer's name for the status of what it issued (RFC 6960 4.2.2.2).

    It is valid for RESPONDER_DAYS, or as long as the issuer. Raises IssuerRefused, UnusableKey, UnsupportedKey.
    """
    public_key = keys.loaded(key).public_key()
    period = _period(issuer, at, None, RESPONDER_DAYS)
    return _signed(issuer, subject, public_key, period, certificates.for_responder(), random)


def _signed(
    issuer: Authority,
    subject: Subject,
    public_key: keys.PublicHandle,
    period: Period,
    extensions: Sequence[certificates.Extension],
    random: Chance,
) -> Issued:
    own = issuer.certificates[0]
    signer = Issuer(own.subject, issuer.key, identifier(own))
    made = certificates.signed(subject, public_key, signer, period, extensions, random)
    top = issuer.certificates[-1]
    return Issued(
        made,
        tuple(each.public_bytes(Encoding.DER) for each in issuer.certificates),
        has_root=top.subject == top.issuer,
        period=period,
    )


def identifier(own: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """RFC 5280 4.2.1.1: the issuer's own identifier, however it was made."""
    named = _extension(own, x509.SubjectKeyIdentifier)
    if named:
        return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(named)
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(own.public_key())  # type: ignore[arg-type]


def _check_authority(certificate: x509.Certificate) -> None:
    """RFC 5280 4.2.1.3, 4.2.1.9. Raises IssuerRefused."""
    basic = _extension(certificate, x509.BasicConstraints)
    usage = _extension(certificate, x509.KeyUsage)
    if not (basic and basic.ca) or (usage and not usage.key_cert_sign):
        raise IssuerRefused(
            "a certificate of its is no authority's: it is not marked as CA, or may not sign certificates",
            "make an authority with sealstone create ca",
        )


def _extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _period(issuer: Authority, at: datetime, days: int | None, usual: int) -> Period:
    """Within the authority's own, at both ends. Raises IssuerRefused, OutlivesIssuer."""
    limits = issuer.period
    if not limits.not_before <= at <= limits.not_after:
        raise IssuerRefused(
            f"it is valid from {limits.not_before:%Y-%m-%d} until {limits.not_after:%Y-%m-%d} only, which is not now",
            "renew the authority",
        )
    asked = Period.of(at, usual if days is None else days)
    if asked.not_after > limits.not_after and days is not None:
        left = limits.not_after - max(asked.not_before, limits.not_before) + SECOND
        raise OutlivesIssuer(asked.not_after, limits.not_after, left.days)
    return Period(max(asked.not_before, limits.not_before), min(asked.not_after, limits.not_after))
