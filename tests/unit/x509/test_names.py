"""Names as RFC 4514 writes them, and names that nobody should have."""

from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from tests import forged

from sealstone.x509 import der
from sealstone.x509.names import as_text, comparable, relative_names, same, texts


def test_last_part_first() -> None:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "SE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example, Inc."),
            x509.NameAttribute(NameOID.COMMON_NAME, "build.example.com"),
        ]
    )
    assert as_text(name.public_bytes()) == "CN=build.example.com,O=Example\\, Inc.,C=SE"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"plain", "CN=plain"),
        (b' #"+,;<>\\ ', 'CN=\\ #\\"\\+\\,\\;\\<\\>\\\\\\ '),
        (b"#1", "CN=\\#1"),
        (b" ", "CN=\\ "),
        (b"", "CN="),
        (b"www.example.com\x00.evil.example", "CN=www.example.com\\00.evil.example"),
        ("\u202emoc".encode(), "CN=\\E2\\80\\AEmoc"),
        (b"\xff\xfe", "CN=#0c02fffe"),
    ],
)
def test_utf8_values(value: bytes, text: str) -> None:
    assert as_text(forged.name(value)) == text


def test_other_encodings() -> None:
    assert as_text(forged.name("ü".encode("utf-16-be"), tag=30)) == "CN=ü"
    assert as_text(forged.name(b"\xfc", tag=20)) == "CN=ü"
    assert as_text(forged.name(b"\x01", tag=2)) == "CN=#020101"
    assert as_text(forged.name(b"x", kind="2a0304")) == "1.2.3.4=x"


def test_several_attributes_in_one_part() -> None:
    def attribute(kind: str, value: bytes) -> bytes:
        return forged.sequence(forged.tlv(6, bytes.fromhex(kind)), forged.tlv(12, value))

    both = forged.sequence(forged.tlv(0x31, attribute("550403", b"a") + attribute("55040b", b"b")))
    assert as_text(both) == "CN=a+OU=b"


def test_no_name_at_all() -> None:
    assert as_text(forged.sequence()) == "(an empty name)"
    assert as_text(forged.sequence(forged.integer(1))) == "#3003020101"
    assert as_text(forged.sequence(forged.tlv(0x31, forged.sequence(forged.integer(1))))) == "#3007310530" + "03020101"
    assert as_text(b"junk" * 1000) == "#" + (b"junk" * 64).hex()


def test_sixty_thousand_bytes() -> None:
    assert len(as_text(forged.name(b"x" * 60_000))) == 60_003
    many = forged.sequence(forged.tlv(0x31, b"") * 60_000)
    assert as_text(many).startswith("#30")


@given(st.binary(max_size=100))
def test_any_bytes_give_printable_text(data: bytes) -> None:
    assert as_text(data).isprintable()
    assert as_text(forged.name(data)).isprintable()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (forged.name(b"Example CA", tag=12), forged.name(b"Example CA", tag=19)),
        (forged.name(b"Example CA"), forged.name(b"  eXAMPLE   ca ", tag=19)),
        (forged.name("Ü".encode()), forged.name("Ü".encode("utf-16-be"), tag=30)),
        (forged.name(b"x", tag=2), forged.name(b"x", tag=2)),
        (b"rubbish", b"rubbish"),
        (b"\x30\x00", b"\x30\x00"),
    ],
)
def test_names_that_are_the_same(one: bytes, other: bytes) -> None:
    """RFC 5280 7.1, as OpenSSL does it."""
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (forged.name(b"Example CA"), forged.name(b"Example CA 2")),
        (forged.name(b"Example CA"), forged.name(b"ExampleCA")),
        (forged.name("Ü".encode()), forged.name("ü".encode())),
        (forged.name(b"x", kind="550403"), forged.name(b"x", kind="55040a")),
        (forged.name(b"x", tag=2), forged.name(b"X", tag=2)),
        (forged.name(b"\xff"), forged.name(b"\xfe")),
        (forged.name(b"x"), b"rubbish"),
        (forged.sequence(forged.tlv(0x31, forged.sequence(forged.integer(1)))), forged.name(b"x")),
    ],
)
def test_names_that_are_not(one: bytes, other: bytes) -> None:
    assert not same(one, other)


def test_the_order_of_parts_matters_and_of_attributes_in_a_part_does_not() -> None:
    common, organization = (
        x509.NameAttribute(NameOID.COMMON_NAME, "a"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "b"),
    )
    two = x509.Name([x509.RelativeDistinguishedName([common]), x509.RelativeDistinguishedName([organization])])
    turned = x509.Name([x509.RelativeDistinguishedName([organization]), x509.RelativeDistinguishedName([common])])
    assert not same(two.public_bytes(), turned.public_bytes())
    pair = (
        forged.sequence(bytes.fromhex("0603550403"), forged.tlv(12, b"a")),
        forged.sequence(bytes.fromhex("060355040a"), forged.tlv(12, b"b")),
    )
    there, back = (forged.sequence(forged.tlv(0x31, first + second)) for first, second in (pair, pair[::-1]))
    assert comparable(there) == comparable(back)


def test_texts_as_they_stand_there() -> None:
    assert texts(forged.name(b"  Build ")) == ((bytes.fromhex("550403"), "  Build "),)
    assert texts(forged.name(b"\xff\xfe")) == ()
    assert texts(forged.name(b"\x01", tag=2)) == ()
    assert texts(forged.sequence()) == ()


def test_parts_that_are_compared() -> None:
    assert relative_names(forged.name(b"  Build ")) == (((bytes.fromhex("550403"), b"build"),),)
    assert relative_names(forged.sequence()) == ()


@pytest.mark.parametrize("read", [texts, relative_names])
@pytest.mark.parametrize("name", [b"", forged.sequence(b"\x05\x00"), forged.sequence(forged.tlv(0x31, b"\x30\x00"))])
def test_what_is_no_name(read: Callable[[bytes], object], name: bytes) -> None:
    with pytest.raises(der.Malformed):
        read(name)
