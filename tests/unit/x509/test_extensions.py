"""Extensions as they should be, and everything that must not keep the rest of a certificate from being told."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from tests import forged
from tests.forged import bits, integer, name, octets, sequence, tlv

from sealstone.x509 import der, extensions
from sealstone.x509.extensions import Extensions

CRITICAL = b"\x01\x01\xff"
ALTERNATIVE_NAMES, BASIC_CONSTRAINTS, KEY_USAGE = "551d11", "551d13", "551d0f"
EXTENDED_USAGE, KEY_IDENTIFIER, AUTHORITY_KEY = "551d25", "551d0e", "551d23"
DISTRIBUTION_POINTS, INFORMATION_ACCESS = "551d1f", "2b06010505070101"


def read(*each: bytes) -> Extensions:
    data = sequence(*each)
    return extensions.read(data, der.element(data, 0, len(data)))


def written(value: x509.ExtensionType, identifier: str) -> bytes:
    return forged.extension(identifier, value.public_bytes())


def faults(identifier: str, value: bytes) -> tuple[str, ...]:
    found = read(forged.extension(identifier, value))
    assert found == Extensions(faults=found.faults)
    return found.faults


def test_what_a_server_has() -> None:
    access = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(AuthorityInformationAccessOID.OCSP, uri("http://ocsp.example")),
            x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, uri("http://ca.example/i.der")),
            x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.DNSName("ca.example")),
            x509.AccessDescription(x509.ObjectIdentifier("1.2.3"), uri("http://other.example")),
        ]
    )
    points = x509.CRLDistributionPoints(
        [
            x509.DistributionPoint([uri("http://crl.example"), x509.DNSName("crl.example")], None, None, None),
            x509.DistributionPoint(None, x509.RelativeDistinguishedName([common_name("x")]), None, None),
            x509.DistributionPoint(None, None, None, [x509.DirectoryName(x509.Name([common_name("i")]))]),
        ]
    )
    usage = x509.ExtendedKeyUsage(
        [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE, x509.ObjectIdentifier("1.2.3")]
    )
    found = read(
        written(access, INFORMATION_ACCESS),
        written(points, DISTRIBUTION_POINTS),
        written(usage, EXTENDED_USAGE),
        written(x509.SubjectKeyIdentifier(b"\x01\xab"), KEY_IDENTIFIER),
        written(x509.AuthorityKeyIdentifier(b"\x02\xcd", None, None), AUTHORITY_KEY),
        written(x509.BasicConstraints(ca=False, path_length=None), BASIC_CONSTRAINTS),
    )
    assert found == Extensions(
        extended_usages=("serverAuth", "any", "1.2.3"),
        authority=False,
        key_identifier="01ab",
        authority_key_identifier="02cd",
        issuer_urls=("http://ca.example/i.der",),
        responder_urls=("http://ocsp.example",),
        longest_responder_url=19,
        revocation_list_urls=("http://crl.example",),
    )


def uri(text: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(text)


def common_name(text: str) -> x509.NameAttribute[str]:
    return x509.NameAttribute(NameOID.COMMON_NAME, text)


def test_alternative_names() -> None:
    names = x509.SubjectAlternativeName(
        [
            x509.DNSName("a.example"),
            x509.IPAddress(IPv4Address("10.0.0.1")),
            x509.IPAddress(IPv6Address("2001:db8::1")),
            uri("spiffe://a"),
            x509.RFC822Name("a@example"),
            x509.DirectoryName(x509.Name([common_name("a")])),
            x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
            x509.OtherName(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"),
        ]
    )
    assert read(written(names, ALTERNATIVE_NAMES)).alternative_names == (
        "DNS:a.example",
        "IP:10.0.0.1",
        "IP:2001:db8::1",
        "URI:spiffe://a",
        "email:a@example",
        "dirName:CN=a",
        "RID:1.2.3",
        "otherName:1.2.3.4",
    )


@pytest.mark.parametrize(
    ("name_der", "expected"),
    [
        (tlv(0x82, b"a\x00b"), "DNS:a\\00b"),
        (tlv(0x82, b"\x1b[31m"), "DNS:\\1B[31m"),
        (tlv(0x82, "bücher".encode()), "DNS:bücher"),
        (tlv(0x82, b"b\xfccher"), "DNS:bücher"),
        (tlv(0x82, b"x" * 60_000), "DNS:" + "x" * 999 + "…"),
        (tlv(0x87, b"\x0a\x00\x00"), "IP:#0a0000"),
        (tlv(0xA0, b""), "otherName:"),
        (tlv(0xA3, b"\x05\x00"), "[3]:#0500"),
        (tlv(0xA5, b"\x05\x00"), "[5]:#0500"),
    ],
)
def test_odd_names_are_shown(name_der: bytes, expected: str) -> None:
    assert read(forged.extension(ALTERNATIVE_NAMES, sequence(name_der))).alternative_names == (expected,)


def test_all_usages() -> None:
    found = read(forged.extension(KEY_USAGE, tlv(3, b"\x07\xff\x80")))
    assert found.usages[0] == "digitalSignature"
    assert found.usages[5] == "keyCertSign"
    assert found.usages[8] == "decipherOnly"
    assert read(forged.extension(KEY_USAGE, tlv(3, b"\x05\xa0"))).usages == ("digitalSignature", "keyEncipherment")


def test_an_authority_and_its_path_length() -> None:
    found = read(forged.extension(BASIC_CONSTRAINTS, sequence(CRITICAL, integer(3))))
    assert (found.authority, found.path_length) == (True, 3)
    huge = read(forged.extension(BASIC_CONSTRAINTS, sequence(CRITICAL, integer(2**800))))
    assert huge.path_length == 2**31


def test_an_authority_key_without_identifier() -> None:
    found = read(forged.extension(AUTHORITY_KEY, sequence(tlv(0x82, b"\x01"))))
    assert found == Extensions(authority_serial_number=1)


def test_what_is_not_told_is_named() -> None:
    critical = sequence(tlv(6, bytes.fromhex("551d1e")), CRITICAL, octets(b""))
    found = read(critical, forged.extension("2a0304", b""))
    assert found.others == ("nameConstraints (critical)", "1.2.3.4")


@pytest.mark.parametrize(
    ("identifier", "value"),
    [
        (ALTERNATIVE_NAMES, b""),
        (ALTERNATIVE_NAMES, sequence() + b"\x00"),
        (ALTERNATIVE_NAMES, octets(b"")),
        (ALTERNATIVE_NAMES, sequence(*[tlv(0x82, b"a")] * 10_001)),
        (ALTERNATIVE_NAMES, sequence(tlv(0xA0, integer(1)))),
        (BASIC_CONSTRAINTS, sequence(octets(b""))),
        (KEY_USAGE, integer(1)),
        (EXTENDED_USAGE, sequence(integer(1))),
        (KEY_IDENTIFIER, bits(b"")),
        (AUTHORITY_KEY, integer(1)),
        (INFORMATION_ACCESS, sequence(integer(1))),
        (INFORMATION_ACCESS, sequence(sequence(integer(1)))),
        (DISTRIBUTION_POINTS, sequence(integer(1))),
    ],
)
def test_what_cannot_be_read_is_a_fault(identifier: str, value: bytes) -> None:
    (fault,) = faults(identifier, value)
    assert fault.startswith("the extension ")
    assert "cannot be read: " in fault


def test_urls_of_responders_are_measured_whole() -> None:
    """They are cut when they are told, and somebody limits how long they may be."""
    urls = [uri(f"http://{'x' * size}.example") for size in (20, 2000, 30)]
    access = [x509.AccessDescription(AuthorityInformationAccessOID.OCSP, one) for one in urls]
    access.append(x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, uri(f"http://{'x' * 3000}")))
    found = read(written(x509.AuthorityInformationAccess(access), INFORMATION_ACCESS))
    assert found.longest_responder_url == len("http://.example") + 2000
    assert [len(url) for url in found.responder_urls] == [35, 1000, 45]


def critical(identifier: str, value: bytes) -> bytes:
    return sequence(tlv(6, bytes.fromhex(identifier)), CRITICAL, octets(value))


@pytest.mark.parametrize(
    ("extension", "unprocessed"),
    [
        (critical("2a0304", b""), ("1.2.3.4",)),
        (forged.extension("2a0304", b""), ()),
        (critical(KEY_IDENTIFIER, octets(b"\x01")), ("subjectKeyIdentifier",)),
        (critical(BASIC_CONSTRAINTS, sequence()), ()),
        (critical("551d1e", b""), ()),
        (critical(BASIC_CONSTRAINTS, b""), ("basicConstraints",)),
        (forged.extension(BASIC_CONSTRAINTS, b""), ()),
    ],
)
def test_what_clients_must_refuse_for_not_knowing_it(extension: bytes, unprocessed: tuple[str, ...]) -> None:
    assert read(extension).unprocessed == unprocessed


def test_an_extension_without_form_does_not_hide_the_next() -> None:
    good = forged.extension(KEY_IDENTIFIER, octets(b"\x01"))
    found = read(sequence(), integer(1), sequence(integer(1), octets(b"")), good)
    assert found.key_identifier == "01"
    assert len(found.faults) == 3
    assert all(fault.startswith("an extension cannot be read") for fault in found.faults)


def test_the_first_of_two_counts() -> None:
    """Attack X5: clients differ in which they take, so it is said."""
    found = read(*(forged.extension(ALTERNATIVE_NAMES, sequence(tlv(0x82, dns))) for dns in (b"a", b"b")))
    assert found.alternative_names == ("DNS:a",)
    assert found.faults == ("the extension subjectAltName is there twice",)


def test_what_are_no_extensions() -> None:
    assert read(*[b"\x05\x00"] * 1001).faults[0].startswith("its extensions cannot be read")
    data = name(b"a", 12)
    assert extensions.read(data[2:], der.element(data[2:], 0, len(data) - 2)).faults
