"""What DER is, told from its structure, whatever its label says."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from tests.pki import rsa_key
from tests.unit.x509.containers.samples import (
    CERTIFICATE,
    KEY,
    NULL,
    algorithm,
    explicit,
    identifier,
    number,
    octets,
    recorded,
    sequence,
)

from sealstone.x509.containers import ber, structures
from sealstone.x509.material import Container, Form, Kind, Origin, Piece, Unreadable

ORIGIN = Origin("file", "", (Form.DER,))
BITS = b"\x03\x01\x00"
ALGORITHM = algorithm("1.2.3")
NAME = sequence()
UTC_TIME = b"\x17\x00"
PUBLIC = rsa_key(2048).public_key()
PKCS1_PUBLIC = PUBLIC.public_bytes(Encoding.DER, PublicFormat.PKCS1)
INFO = PUBLIC.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def signed(*fields: bytes) -> bytes:
    return sequence(sequence(*fields), ALGORITHM, BITS)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (CERTIFICATE, Kind.CERTIFICATE),
        (signed(number(1), ALGORITHM, NAME, NAME, NAME, NAME), Kind.CERTIFICATE),
        (signed(explicit(0, number(2)), number(1)), Kind.CERTIFICATE),
        (signed(number(1), ALGORITHM, NAME, UTC_TIME), Kind.REVOCATION_LIST),
        (signed(ALGORITHM, NAME, UTC_TIME, b"\x17\x00"), Kind.REVOCATION_LIST),
        (signed(number(0), NAME, INFO, explicit(0, b"")), Kind.REQUEST),
        (signed(number(0), NAME, INFO), Kind.REQUEST),
        (KEY, Kind.PRIVATE_KEY),
        (rsa_key().private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()), Kind.PRIVATE_KEY),
        (INFO, Kind.PUBLIC_KEY),
        (PKCS1_PUBLIC, Kind.PUBLIC_KEY),
        (identifier("1.2.840.10045.3.1.7"), Kind.PARAMETERS),
        (sequence(number(2**64), number(2)), Kind.PARAMETERS),
        (sequence(number(7), number(2), number(256)), Kind.PARAMETERS),
        (sequence(number(1), ALGORITHM, NAME, octets(b"")), Kind.PARAMETERS),
    ],
)
def test_a_piece_is_told_by_its_structure(data: bytes, kind: Kind) -> None:
    found = structures.item(data, ORIGIN, "LABEL")
    assert isinstance(found, Piece)
    assert (found.kind, found.label, found.origin, found.remarks) == (kind, "LABEL", ORIGIN, ())
    assert (found.der == b"") is (kind is Kind.PRIVATE_KEY) is (found.secret is not None)


@pytest.mark.parametrize("data", [PKCS1_PUBLIC, INFO])
def test_public_keys_are_made_alike(data: bytes) -> None:
    found = structures.item(data, ORIGIN)
    assert isinstance(found, Piece)
    assert found.der == INFO


def test_two_numbers_are_what_their_label_says() -> None:
    large = rsa.RSAPublicNumbers(2**40 + 15, PUBLIC.public_numbers().n).public_key()
    data = large.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    for expected, kind in ((Kind.PUBLIC_KEY, Kind.PUBLIC_KEY), (None, Kind.PARAMETERS), (Kind.PARAMETERS,) * 2):
        found = structures.item(data, ORIGIN, "", expected)
        assert isinstance(found, Piece)
        assert found.kind is kind


@pytest.mark.parametrize(
    ("data", "expected", "words"),
    [
        (b"\x30\x05\x00", None, "the value cannot be read: it is cut short"),
        (b"\x30\x05\x00", Kind.CERTIFICATE, "the certificate cannot be read: it is cut short"),
        (NULL, None, "not known here"),
        (NULL, Kind.REQUEST, "the certificate request cannot be read: it has another structure"),
        (sequence(), None, "not known here"),
        (sequence(NULL * 3), Kind.PARAMETERS, "another structure"),
        (signed(), None, "not known here"),
        (signed(NULL, NULL, NULL), None, "not known here"),
        (signed(number(1), ALGORITHM, NAME), Kind.CERTIFICATE, "request"),
        (sequence(*[NULL] * 65), None, "more than 64"),
        (sequence(number(0), ALGORITHM, octets(b"")), None, "the private key cannot be read|kind"),
        (sequence(b"\x02\x01\xff", number(3)), None, "the public key cannot be read: its numbers are damaged"),
        (sequence(number(2 ** (8 * 9000)), number(3)), None, "8,192"),
    ],
)
def test_what_is_nothing_known(data: bytes, expected: Kind | None, words: str) -> None:
    found = structures.item(data, ORIGIN, "", expected)
    if isinstance(found, Piece):
        assert found.kind in {Kind.REQUEST, Kind.PRIVATE_KEY}  # what it is, and not what was expected
        return
    assert isinstance(found, Unreadable)
    assert any(word in str(found.problem) for word in words.split("|"))


@pytest.mark.parametrize(
    ("data", "form", "needed"),
    [
        (recorded("modern.p12"), Form.PKCS12, True),
        (recorded("two.p7b"), Form.PKCS7, False),
        (recorded("stream.p7m"), Form.PKCS7, False),
        (recorded("scrypt.p8"), Form.ENCRYPTED_PKCS8, True),
    ],
)
def test_containers_are_told(data: bytes, form: Form, needed: bool) -> None:
    for before, forms in (((Form.DER,), (form,)), ((Form.PEM,), (Form.PEM, form))):
        found = structures.item(data, Origin("file", "", before))
        assert isinstance(found, Container)
        assert (found.form, found.data, found.origin.forms, found.password_needed) == (form, data, forms, needed)


def test_a_container_in_ber_is_told() -> None:
    data = b"\x30\x80\x02\x01\x03\x30\x80" + identifier("1.2.840.113549.1.7.1")
    assert structures.container_form(data) is Form.PKCS12
    assert structures.container_form(b"\x30\x80" + identifier("1.2.840.113549.1.7.2")) is Form.PKCS7


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        NULL,
        sequence(),
        sequence(ALGORITHM),
        b"\x30\x80\x02\x01\x03\x30\x80",
        sequence(number(3), ALGORITHM),
    ],
)
def test_other_starts_are_no_containers(data: bytes) -> None:
    assert structures.container_form(data) is None


def test_bytes_behind_a_value_are_remarked_on() -> None:
    found = structures.item(CERTIFICATE + b"rest", ORIGIN)
    assert isinstance(found, Piece)
    assert (found.der, found.remarks) == (CERTIFICATE, ("4 bytes follow its end",))


# --- whole files ---


def kinds(found: tuple[structures.Item, ...]) -> list[object]:
    return [one.kind if isinstance(one, Piece) else type(one).__name__ for one in found]


def test_values_that_follow_one_another() -> None:
    found = structures.contents(CERTIFICATE + KEY + CERTIFICATE, Origin("file"))
    assert kinds(found) == [Kind.CERTIFICATE, Kind.PRIVATE_KEY, Kind.CERTIFICATE]
    assert [one.origin.place for one in found] == ["value 1", "value 2", "value 3"]


@pytest.mark.parametrize(("rest", "remarks"), [(b"\r\n", ()), (b"\nhello", ("6 bytes follow its end",))])
def test_what_follows_the_last_value(rest: bytes, remarks: tuple[str, ...]) -> None:
    (found,) = structures.contents(CERTIFICATE + rest, Origin("file"))
    assert isinstance(found, Piece)
    assert found.remarks == remarks


def test_what_follows_something_unreadable_is_not_told() -> None:
    (found,) = structures.contents(sequence(sequence()) + b"hello", Origin("file"))
    assert isinstance(found, Unreadable)


def test_a_file_cut_short() -> None:
    assert kinds(structures.contents(CERTIFICATE[:-1], Origin("file"))) == ["Unreadable"]
    whole_and_cut = structures.contents(CERTIFICATE + CERTIFICATE[:-1], Origin("file"))
    assert kinds(whole_and_cut) == [Kind.CERTIFICATE, "Unreadable"]
    assert isinstance(whole_and_cut[1], Unreadable)
    assert "what follows" in str(whole_and_cut[1].problem)


def test_a_flood_of_values_is_stopped() -> None:
    found = structures.contents(sequence() * 2000, Origin("file"))
    assert len(found) == structures.MOST_PIECES + 1
    assert isinstance(found[-1], Unreadable)
    assert "more than 1,000" in str(found[-1].problem)


@pytest.mark.parametrize(
    ("data", "is_der"),
    [
        (CERTIFICATE, True),
        (CERTIFICATE[:40], True),
        (sequence(), True),
        (sequence() + b"\r\n", True),
        (identifier("1.2.3"), True),
        (b"0123456789", False),
        (b"0", False),
        (b"", False),
        (octets(b"abc"), False),
        (b"-----BEGIN", False),
    ],
)
def test_der_is_told_from_text(data: bytes, is_der: bool) -> None:
    assert structures.looks_like_der(data) is is_der


@given(st.binary(max_size=80))
def test_any_value_is_something(data: bytes) -> None:
    assert structures.item(ber.written(0x30, data), ORIGIN).origin.file == "file"
