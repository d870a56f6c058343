"""The outermost structure; what the values mean is tested with the descriptions."""

import pytest
from tests.forged import ECDSA_SHA256, bits, integer, octets, sequence, tlv

from sealstone.x509 import der, signed
from sealstone.x509.extensions import Extensions
from sealstone.x509.signed import Asked, Signed

CHALLENGE = tlv(6, bytes.fromhex("2a864886f70d010907"))
REQUESTED = tlv(6, bytes.fromhex("2a864886f70d01090e"))
KEY_IDENTIFIER = sequence(tlv(6, bytes.fromhex("551d0e")), octets(octets(b"\x01")))


def structure(*values: bytes) -> bytes:
    return sequence(sequence(*values), ECDSA_SHA256, bits(b"signature"))


def read(data: bytes, least: int = 0) -> Signed:
    return signed.read(data, least, "a thing")


def asked(*attributes: bytes) -> Asked:
    found = read(structure(integer(0), *attributes))
    return signed.asked(found, found.values[1:])


@pytest.mark.parametrize(
    ("version", "number"),
    [(b"", 1), (tlv(0xA0, integer(2)), 3), (tlv(0xA0, integer(2**900)), 1001), (tlv(0xA0, integer(-(2**900))), 0)],
)
def test_the_structure(version: bytes, number: int) -> None:
    found = read(structure(version, integer(5)), 1)
    assert found.version == number
    assert found.part == sequence(version, integer(5))
    assert found.signature == b"signature"
    assert str(found.algorithm) == "SHA-256 with ECDSA"
    assert [found.raw(value) for value in found.values] == [integer(5)]


@pytest.mark.parametrize(
    ("data", "least"),
    [
        (sequence(), 0),
        (sequence(integer(1), ECDSA_SHA256, bits(b"")), 0),
        (sequence(sequence(), integer(1), bits(b"")), 0),
        (sequence(sequence(), ECDSA_SHA256, integer(1)), 0),
        (structure(tlv(0xA0, b"")), 0),
        (structure(integer(1)), 2),
        (structure() + b"\x00", 0),
    ],
)
def test_what_has_another_structure(data: bytes, least: int) -> None:
    with pytest.raises(der.Malformed):
        read(data, least)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (tlv(0xA3, sequence(KEY_IDENTIFIER)), Extensions(key_identifier="01")),
        (tlv(0xA1, b"\x00"), Extensions()),
        (tlv(0xA3, b""), Extensions(faults=("its extensions cannot be read: it ends in the middle of a value",))),
    ],
)
def test_extensions_of_a_certificate(value: bytes, expected: Extensions) -> None:
    found = read(structure(value))
    assert signed.certificate_extensions(found, found.values) == expected


def test_what_a_request_asks_for() -> None:
    requested = sequence(REQUESTED, tlv(0x31, sequence(KEY_IDENTIFIER)))
    password = sequence(CHALLENGE, tlv(0x31, tlv(12, b"secret")))
    expected = Asked(Extensions(key_identifier="01"), has_challenge_password=True)
    assert asked(tlv(0xA0, requested + password)) == expected
    assert asked(tlv(0xA0, password + requested)) == expected
    assert asked(tlv(0xA0, b"")) == asked() == Asked()


@pytest.mark.parametrize("attributes", [integer(1), tlv(0xA0, integer(1)), tlv(0xA0, sequence(REQUESTED))])
def test_attributes_without_form(attributes: bytes) -> None:
    (fault,) = asked(attributes).extensions.faults
    assert fault.startswith("its attributes cannot be read: ")


def test_counting() -> None:
    data = sequence(*[integer(1)] * 5000)
    assert signed.count(data, der.element(data, 0, len(data))) == 5000
    with pytest.raises(der.Malformed):
        signed.count(sequence(b"\x02"), der.element(sequence(b"\x02"), 0, 3))
