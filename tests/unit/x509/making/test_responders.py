"""What an authority writes for its own service: where it answers, who answers in its name, whom it may name."""

import os
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID
from tests.pki import NOW

from sealstone.x509.making import authority, constraints, keys, names
from sealstone.x509.making.authority import Authority
from sealstone.x509.making.certificates import NOWHERE, Period, Points
from sealstone.x509.making.problems import IssuerRefused

SUBJECT = names.authority("CN=Responder")
ALL = Points("http://a/x.crl", "http://a/ocsp", "http://a/x.cer")


@pytest.fixture(scope="module")
def root() -> Authority:
    key = keys.new("p256")
    limits = constraints.read(["DNS:example.com"], ())
    made = authority.root(names.authority("CN=Root"), key, at=NOW, names=limits, random=os.urandom)
    return authority.opened((made.certificate,), key)


def issued(root: Authority, points: Points) -> x509.Certificate:
    public_key = keys.loaded(keys.new("p256")).public_key()
    subject = names.server("", ["www.example.com"])
    made = authority.issue(root, subject, public_key, at=NOW, points=points, random=os.urandom)
    found = x509.load_der_x509_certificate(made.certificate)
    assert made.serial_number == found.serial_number
    return found


def test_a_certificate_names_where_its_issuer_answers(root: Authority) -> None:
    found = issued(root, ALL).extensions
    lists = found.get_extension_for_class(x509.CRLDistributionPoints)
    access = found.get_extension_for_class(x509.AuthorityInformationAccess)
    assert not lists.critical
    assert not access.critical
    (point,) = lists.value
    assert point.full_name == [x509.UniformResourceIdentifier("http://a/x.crl")]
    assert {each.access_method: each.access_location.value for each in access.value} == {
        AuthorityInformationAccessOID.OCSP: "http://a/ocsp",
        AuthorityInformationAccessOID.CA_ISSUERS: "http://a/x.cer",
    }


def test_an_intermediate_does_too(root: Authority) -> None:
    made = authority.intermediate(
        root, names.authority("CN=Below"), keys.new("p256"), at=NOW, points=ALL, random=os.urandom
    )
    found = x509.load_der_x509_certificate(made.certificate)
    found.extensions.get_extension_for_class(x509.CRLDistributionPoints)


@pytest.mark.parametrize(
    ("points", "kinds"),
    [
        (NOWHERE, []),
        (Points(revocation_list="http://a/x.crl"), [x509.CRLDistributionPoints]),
        (Points(status="http://a/ocsp"), [x509.AuthorityInformationAccess]),
    ],
)
def test_what_is_nowhere_is_left_out(root: Authority, points: Points, kinds: list[type]) -> None:
    asked = (x509.CRLDistributionPoints, x509.AuthorityInformationAccess)
    assert [type(one.value) for one in issued(root, points).extensions if isinstance(one.value, asked)] == kinds


def test_a_responder_is_short_lived_and_signs_answers_alone(root: Authority) -> None:
    made = authority.responder(root, SUBJECT, keys.new("p256"), at=NOW, random=os.urandom)
    found = x509.load_der_x509_certificate(made.certificate)
    found.verify_directly_issued_by(root.certificates[0])
    assert list(found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [
        ExtendedKeyUsageOID.OCSP_SIGNING
    ]
    assert not found.extensions.get_extension_for_class(x509.OCSPNoCheck).critical
    assert not found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert made.period == Period.of(NOW, authority.RESPONDER_DAYS)


def test_a_responder_ends_with_its_authority(root: Authority) -> None:
    end = root.period.not_after
    near = authority.responder(root, SUBJECT, keys.new("p256"), at=end - timedelta(hours=3), random=os.urandom)
    assert near.period.not_after == end
    with pytest.raises(IssuerRefused):
        authority.responder(root, SUBJECT, keys.new("p256"), at=end + timedelta(hours=1), random=os.urandom)


def test_names_are_checked_before_anything_is_made(root: Authority) -> None:
    authority.check_names(root, names.server("", ["www.example.com"]))
    with pytest.raises(IssuerRefused, match=r"www\.example\.org"):
        authority.check_names(root, names.server("", ["www.example.org"]))
