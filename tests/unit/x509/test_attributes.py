"""Attributes of certificates: which become values, under which names."""

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from tests.pki import Authority, Leaf, self_signed
from tests.rest_json import workload

from sealstone.model.profile import DEFAULT_MAPPINGS
from sealstone.x509 import anchored, attributes
from sealstone.x509.description import CertificateDescription

ROOT = Authority("Example Root")


def described(leaf: Leaf | Authority) -> CertificateDescription:
    return anchored.stored(leaf.certificate_pem)[0]


def name(*pairs: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in pairs])


SUBJECT = name(
    (NameOID.COUNTRY_NAME, "DE"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "a"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "b"),
    (NameOID.COMMON_NAME, "büild, 1"),
    (NameOID.STREET_ADDRESS, "x\ny"),
    (NameOID.INN, "1"),
)


@pytest.fixture
def leaf() -> CertificateDescription:
    directory = x509.DirectoryName(name((NameOID.COMMON_NAME, "first"), (NameOID.ORGANIZATION_NAME, "O")))
    second = x509.DirectoryName(name((NameOID.COMMON_NAME, "second")))
    names = [
        x509.RFC822Name("a@b.example"),
        x509.DNSName("a.example"),
        x509.DNSName("b.example"),
        directory,
        second,
        x509.UniformResourceIdentifier("spiffe://x/y"),
    ]
    extension = x509.SubjectAlternativeName(names)
    return described(workload(ROOT, subject=SUBJECT, alternative_names=[], extensions=[extension]))


def test_by_default(leaf: CertificateDescription) -> None:
    assert attributes.mapped(leaf, DEFAULT_MAPPINGS) == {
        "x509Subject/C": "DE",
        "x509Subject/OU": "a/b",
        "x509Subject/CN": "büild, 1",
        "x509Issuer/O": "Example",
        "x509Issuer/CN": "Example Root",
        "x509SAN/DNS": "a.example",
        "x509SAN/URI": "spiffe://x/y",
        "x509SAN/Name/CN": "first",
        "x509SAN/Name/O": "O",
    }
    assert attributes.common_name(leaf) == "büild, 1"


@pytest.mark.parametrize(
    ("field", "specifiers", "expected"),
    [
        ("x509Subject", ["CN", "OU", "X"], {"x509Subject/CN", "x509Subject/OU"}),
        ("x509SAN", ["Name/CN"], {"x509SAN/Name/CN"}),
        ("x509SAN", ["Name"], {"x509SAN/Name/CN", "x509SAN/Name/O"}),
        ("x509SAN", ["Name/"], {"x509SAN/Name/CN", "x509SAN/Name/O"}),
        ("x509SAN", ["*"], set()),
        ("x509Subject", [], set()),
    ],
)
def test_rules(leaf: CertificateDescription, field: str, specifiers: list[str], expected: set[str]) -> None:
    assert attributes.mapped(leaf, {field: specifiers}).keys() == expected


def test_nothing_to_say() -> None:
    plain = described(self_signed(alternative_names=[], is_authority=True))
    found = replace(plain, subject_name=b"\x30\x00", issuer_name=b"\x30\x00")
    assert attributes.mapped(found, DEFAULT_MAPPINGS) == {}
    assert attributes.common_name(found) == ""


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\x05\x00",
        bytes.fromhex("300b3109300706035504030c00"),  # an empty text
        bytes.fromhex("300c310a300806035504030c01ff"),  # no UTF-8
        bytes.fromhex("300c310a3008060355040304017a"),  # no kind of text
        bytes.fromhex("30093107300506035504 03".replace(" ", "")),  # no pair
    ],
)
def test_names_that_cannot_be_read(leaf: CertificateDescription, broken: bytes) -> None:
    found = replace(leaf, subject_name=broken, issuer_name=broken)
    assert attributes.mapped(found, {"x509Subject": ("CN",), "x509Issuer": ("CN",)}) == {}
    with pytest.raises(attributes.UntoldName):
        attributes.common_name(found)


@pytest.mark.parametrize(
    "text",
    [
        "admin\n",
        "admin\0.example",
        "admin\u200b",
        "\u202eadmin",
        "admin\ufe0f",
        "\u3164",
        "ad\u2800min",
        " ",
        "a\u00a0b",
    ],
)
def test_a_common_name_that_is_not_seen_whole(text: str) -> None:
    with pytest.raises(attributes.UntoldName, match="not seen"):
        attributes.common_name(with_subject((NameOID.COMMON_NAME, text)))


def test_several_common_names() -> None:
    with pytest.raises(attributes.UntoldName, match="2 common names"):
        attributes.common_name(with_subject((NameOID.COMMON_NAME, "a"), (NameOID.COMMON_NAME, "b")))
    assert attributes.common_name(with_subject((NameOID.COMMON_NAME, "HTTP/a"), (NameOID.INN, "\n"))) == "HTTP/a"


def with_subject(*pairs: tuple[x509.ObjectIdentifier, str]) -> CertificateDescription:
    return described(workload(ROOT, subject=name(*pairs), alternative_names=[]))


def test_without_alternative_names() -> None:
    plain = described(workload(ROOT, alternative_names=[]))
    assert attributes.mapped(plain, {"x509SAN": ("DNS", "URI", "Name/*")}) == {}
    assert attributes.mapped(described(ROOT), {"x509SAN": ("DNS",)}) == {}
    with_id = replace(plain, signed=replace(plain.signed, values=(*plain.signed.values[:6], plain.signed.values[0])))
    assert attributes.mapped(with_id, {"x509SAN": ("DNS",)}) == {}


def with_names(leaf: CertificateDescription, old: bytes, new: bytes) -> CertificateDescription:
    data = leaf.signed.data.replace(old, new)
    assert data != leaf.signed.data
    return replace(leaf, signed=replace(leaf.signed, data=data))


def test_alternative_names_that_cannot_be_read(leaf: CertificateDescription) -> None:
    rules = {"x509SAN": ("DNS", "URI")}
    assert attributes.mapped(with_names(leaf, b"a.example", b"a\xffexample"), rules) == {}
    assert attributes.mapped(with_names(leaf, b"\x82\x09a.ex", b"\x82\x79a.ex"), rules) == {}
    control = attributes.mapped(with_names(leaf, b"a.example", b"a\nexample"), rules)
    assert control["x509SAN/DNS"] == "b.example"
