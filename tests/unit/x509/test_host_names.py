"""For which hosts a certificate is (RFC 9525), read from its bytes."""

import pytest
from cryptography import x509
from tests.pki import Authority

from sealstone.x509 import der, host_names
from sealstone.x509.host_names import HostNames, UnreadableNames

ROOT = Authority("Root")


@pytest.mark.parametrize(
    ("name", "host", "covered"),
    [
        ("a.example", "a.example", True),
        ("A.Example", "a.eXample", True),
        ("a.example", "a.example.", True),
        ("a.example", "b.example", False),
        ("a.example", "x.a.example", False),
        ("*.a.example", "x.a.example", True),
        ("*.a.example", "X.A.example.", True),
        ("*.a.example", "xn--bcher-kva.a.example", True),
        ("*.a.example", "a.example", False),
        ("*.a.example", "y.x.a.example", False),
        ("*.a.example", ".a.example", False),
        ("*.example", "a.example", False),
        ("*", "example", False),
        ("*.", "example.", False),
        ("x*.a.example", "xy.a.example", False),
        ("*x.a.example", "yx.a.example", False),
        ("x.*.example", "x.a.example", False),
        ("*.*.a.example", "y.x.a.example", False),
        ("x.*.example", "x.*.example", False),
        ("a.example\x00.evil.org", "a.example", False),
        ("", "", False),
    ],
)
def test_names(name: str, host: str, covered: bool) -> None:
    assert HostNames((name.encode(),), ()).include(host) is covered


@pytest.mark.parametrize(
    ("names", "host", "covered"),
    [
        (["10.0.0.1"], "10.0.0.1", True),
        (["10.0.0.1"], "10.0.0.2", False),
        (["2001:db8::1"], "2001:DB8:0::1", True),
        (["2001:db8::1"], "[2001:db8::1]", True),
        (["::ffff:10.0.0.1"], "10.0.0.1", False),
        (["a.example", "10.0.0.1"], "a.example", True),
    ],
)
def test_addresses(names: list[str], host: str, covered: bool) -> None:
    leaf = ROOT.leaf("build.example.com", alternative_names=names)
    assert host_names.of(leaf.certificate_der).include(host) is covered


def test_an_address_as_a_dns_name_does_not_count() -> None:
    extension = x509.SubjectAlternativeName([x509.DNSName("10.0.0.1"), x509.RFC822Name("a@a.example")])
    leaf = ROOT.leaf("10.0.0.1", alternative_names=[], extensions=[extension])
    found = host_names.of(leaf.certificate_der)
    assert found == HostNames((b"10.0.0.1",), ())
    assert not found.include("10.0.0.1")


def test_without_names() -> None:
    assert host_names.of(ROOT.leaf("a.example", alternative_names=[]).certificate_der) == HostNames((), ())
    bare = ROOT.leaf("a.example", alternative_names=[], extensions=[x509.ExtendedKeyUsage([x509.OID_SERVER_AUTH])])
    assert not host_names.of(bare.certificate_der).include("a.example")


def test_addresses_as_they_may_be_found() -> None:
    assert str(host_names.address_from(bytes((10, 0, 0, 1)))) == "10.0.0.1"
    assert str(host_names.address_from(bytes(15) + b"\x01")) == "::1"
    assert host_names.address_from(b"123") is None


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"\x30\x03\x02\x01\x01", b"nonsense"])
def test_what_is_no_certificate(data: bytes) -> None:
    with pytest.raises(der.Malformed) as raised:
        host_names.of(data)
    assert not isinstance(raised.value, UnreadableNames)


DNS_NAME = b"\x82\x09a.example"


@pytest.mark.parametrize(
    "value",
    [b"garbage", b"\x30\x81" + bytes([len(DNS_NAME)]) + DNS_NAME, b"\x30\x80" + DNS_NAME + b"\0\0", b"\x04\x00"],
    ids=["garbage", "a long length", "an indefinite length", "no sequence"],
)
def test_names_that_cannot_be_read(value: bytes) -> None:
    extension = x509.UnrecognizedExtension(x509.OID_SUBJECT_ALTERNATIVE_NAME, value)
    leaf = ROOT.leaf("a.example", alternative_names=[], extensions=[extension])
    with pytest.raises(UnreadableNames):
        host_names.of(leaf.certificate_der)
