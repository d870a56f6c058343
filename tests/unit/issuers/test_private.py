"""The private authority as an issuer: what it signs, records and refuses, and in which words of ACM's."""

import os
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.authority import HOST, KEY, loaded, order_of
from tests.pki import NOW

from sealstone.issuers.issuer import IssuerAway, Order, OrderRefused
from sealstone.issuers.private import Above, PrivateIssuer
from sealstone.x509.making import authority, constraints, keys, names
from sealstone.x509.making.certificates import Points, Usage

DAYS = 500


@dataclass
class Records:
    """Remembers, or fails."""

    kept: list[tuple[int, Order, datetime]] = field(default_factory=list)
    away: bool = False

    def __call__(self, serial_number: int, order: Order, not_after: datetime) -> None:
        if self.away:
            raise IssuerAway("the disk is full")
        self.kept.append((serial_number, order, not_after))


@dataclass
class Scene:
    """A root, an intermediate below it that may name example.com only, and the issuer."""

    records: Records = field(default_factory=Records)

    def __post_init__(self) -> None:
        key, below = keys.new("p256"), keys.new("p256")
        root = authority.root(names.authority("CN=Root"), key, at=NOW, random=os.urandom)
        self.made = authority.intermediate(
            authority.opened((root.certificate,), key),
            names.authority("CN=Below"),
            below,
            at=NOW,
            days=DAYS,
            names=constraints.read(["DNS:example.com"], ()),
            random=os.urandom,
        )
        opened = authority.opened((self.made.certificate, root.certificate), below)
        self.issuer = PrivateIssuer(opened, self.records, os.urandom)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_the_names_are_the_order_s_and_the_key_the_request_s(scene: Scene) -> None:
    order = order_of(HOST, "*.example.com", "example.com")
    issued = scene.issuer.issue(order)
    found = loaded(issued.certificate)
    assert found.subject.rfc4514_string() == f"CN={HOST}"
    alternatives = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert alternatives.get_values_for_type(x509.DNSName) == [HOST, "*.example.com", "example.com"]
    assert found.public_key() == keys.loaded(KEY).public_key()
    assert found.not_valid_after_utc - found.not_valid_before_utc == timedelta(days=395) - timedelta(seconds=1)
    assert issued.chain == (scene.made.certificate,)
    found.verify_directly_issued_by(loaded(issued.chain[0]))


def test_it_is_recorded_before_it_is_handed_out(scene: Scene) -> None:
    order = order_of()
    found = loaded(scene.issuer.issue(order).certificate)
    assert scene.records.kept == [(found.serial_number, order, found.not_valid_after_utc)]
    scene.records.away = True
    with pytest.raises(IssuerAway, match="disk"):
        scene.issuer.issue(order)


def test_an_order_that_comes_twice_is_carried_out_twice(scene: Scene) -> None:
    first, second = (scene.issuer.issue(order_of()).certificate for _ in range(2))
    assert first != second
    assert len({serial for serial, _, _ in scene.records.kept}) == 2


@pytest.mark.parametrize(
    ("usages", "found"),
    [
        ((Usage.SERVER,), [ExtendedKeyUsageOID.SERVER_AUTH]),
        ((Usage.SERVER, Usage.CLIENT), [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
    ],
)
def test_usages_are_as_told(scene: Scene, usages: tuple[Usage, ...], found: list[x509.ObjectIdentifier]) -> None:
    issued = replace(scene.issuer, usages=usages, points=Points(status="http://a/ocsp")).issue(order_of())
    extensions = loaded(issued.certificate).extensions
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == found
    extensions.get_extension_for_class(x509.AuthorityInformationAccess)


def test_a_cross_certificate_is_sent_along_unless_it_ends_first(scene: Scene) -> None:
    end = NOW + timedelta(days=394)
    above = (Above(b"short", end), Above(b"long", end + timedelta(days=1)))
    assert replace(scene.issuer, above=above).issue(order_of()).chain == (scene.made.certificate, b"long")


def signed_wrongly() -> bytes:
    request = order_of().request
    return request[:-1] + bytes([request[-1] ^ 1])


@pytest.mark.parametrize(
    ("order", "reason", "words"),
    [
        (order_of(days=0), "PCA_INVALID_DURATION", "one day"),
        (order_of(days=DAYS + 1), "PCA_INVALID_DURATION", "until"),
        (order_of(request=b""), "PCA_INVALID_ARGS", "request"),
        (order_of(request=signed_wrongly()), "PCA_INVALID_ARGS", "request"),
        (order_of("www.example.org"), "PCA_NAME_CONSTRAINTS_VALIDATION", r"www\.example\.org"),
        (order_of(HOST, "*.example.org"), "PCA_NAME_CONSTRAINTS_VALIDATION", r"example\.org"),
        (order_of("no host at all"), "PCA_NAME_CONSTRAINTS_VALIDATION", "host"),
    ],
)
def test_what_is_refused_is_refused_in_acm_s_words(scene: Scene, order: Order, reason: str, words: str) -> None:
    with pytest.raises(OrderRefused, match=words) as refused:
        scene.issuer.issue(order)
    assert refused.value.reason == reason
    assert scene.records.kept == []


def test_an_expired_authority_is_away(scene: Scene) -> None:
    with pytest.raises(IssuerAway, match="valid"):
        scene.issuer.issue(order_of(at=NOW + timedelta(days=DAYS + 1)))
    assert scene.records.kept == []
