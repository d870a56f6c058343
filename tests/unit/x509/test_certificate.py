"""One certificate on its own: what is read from it, and structures that no decent builder makes."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from tests import forged
from tests.pki import NOW, Authority, Leaf, rsa_key, self_signed

from sealstone.x509 import certificate, pem
from sealstone.x509.acceptance import IAM
from sealstone.x509.certificate import Certificate
from sealstone.x509.problems import NOT_IN_CHAIN, NotCertificate, Part, UnsupportedKey

ALONE = self_signed("alone.example.com")


def read(text: str, at: int = NOT_IN_CHAIN) -> Certificate:
    (block,) = pem.blocks(text, Part.CERTIFICATE)
    return certificate.read(block, IAM, at)


def changed(original: Leaf = ALONE, **fields: bytes) -> Certificate:
    return read(forged.forged(original, original.key, **fields))


def test_what_is_read() -> None:
    found = read(ALONE.certificate_pem)
    assert found.der == ALONE.certificate_der
    assert found.serial_number == ALONE.certificate.serial_number
    assert found.subject == found.issuer == "CN=alone.example.com,O=Example"
    assert found.fingerprint == sha256(ALONE.certificate_der).hexdigest()
    assert (found.not_before, found.not_after) == (NOW - timedelta(days=30), NOW + timedelta(days=365))
    assert found.signature_algorithm == "1.2.840.10045.4.3.2"
    assert found.signed_part == ALONE.certificate.tbs_certificate_bytes
    assert str(found.key) == "EC P-256"
    assert found.at == NOT_IN_CHAIN
    assert len(repr(found)) < 600


def test_basic_constraints() -> None:
    root = Authority("Root")
    assert not read(root.certificate_pem).marked_as_no_ca
    assert not read(ALONE.certificate_pem).marked_as_no_ca
    assert read(root.leaf("a.example", is_authority=False).certificate_pem).marked_as_no_ca
    explicit = forged.extension("551d13", b"\x30\x03\x01\x01\x00")
    assert changed(extensions=forged.extensions(explicit)).marked_as_no_ca
    path_length_only = forged.extension("551d13", b"\x30\x03\x02\x01\x01")
    assert changed(extensions=forged.extensions(path_length_only)).marked_as_no_ca


def test_unique_identifiers_are_no_extensions() -> None:
    identifiers = forged.tlv(0x81, b"\x00x") + forged.tlv(0x82, b"\x00y")
    assert not changed(extensions=identifiers).marked_as_no_ca


@pytest.mark.parametrize("serial", [0, -1, -(2**63), 2**127])
def test_serial_numbers(serial: int) -> None:
    """Those that are not positive come without the warning that cryptography would give."""
    found = changed(serial=forged.integer(serial))
    assert found.serial_number == serial
    assert found.subject == ALONE.certificate.subject.rfc4514_string()


def test_names_are_kept_and_shown_escaped() -> None:
    found = changed(subject=forged.name(b"good.example\x00.evil.example"))
    assert found.subject == "CN=good.example\\00.evil.example"
    assert b"good.example\x00.evil.example" in found.subject_name
    long = changed(subject=forged.name(b"x" * 60_000))
    assert len(long.subject) == 60_003
    three_letters = changed(subject=forged.name(b"SWE", tag=19, kind="550406"))
    assert three_letters.subject == "C=SWE"


def test_extreme_dates() -> None:
    ends = forged.sequence(forged.tlv(0x18, b"00010101000000Z"), forged.tlv(0x18, b"99991231235959Z"))
    found = changed(validity=ends)
    assert found.not_before == datetime(1, 1, 1, tzinfo=UTC)
    assert found.not_after == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def refusal(text: str) -> str:
    with pytest.raises(NotCertificate) as caught:
        read(text, at=3)
    assert (caught.value.part, caught.value.at) == (Part.CHAIN, 3)
    return caught.value.reason


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"serial": b"\x05\x00"}, "tag 0x05"),
        ({"serial": b"\x02\x00"}, "shortest"),
        ({"extensions": forged.extensions(forged.sequence(forged.tlv(6, b"\x2a")))}, "two or three"),
        ({"extensions": forged.extensions(forged.extension("551d13", b"\x04\x00"))}, "tag 0x04"),
        ({"extensions": forged.tlv(0xA3, b"\x05\x00")}, "tag 0x05"),
        ({"extensions": b"\x05\x00" * 40}, "more than 32"),
        ({"extensions": forged.extensions(*[forged.extension("551d11", b"")] * 100)}, "twice"),
        ({"subject": b"\x05\x00"}, "tag 0x05"),
        ({"validity": b"\x30\x00"}, "dates"),
        ({"public_key": b"\x30\x00"}, "two values"),
        ({"public_key": forged.sequence(b"\x30\x00", forged.bits(b""))}, "one or two values"),
    ],
)
def test_refused_with_reason(fields: dict[str, bytes], reason: str) -> None:
    assert reason in refusal(forged.forged(ALONE, ALONE.key, **fields))


def test_refused_without_a_signature_algorithm() -> None:
    reason = refusal(forged.forged(ALONE, ALONE.key, signature=b"\x30\x00"))
    assert reason == "it names no signature algorithm"


def test_refused_with_too_few_values() -> None:
    algorithm = forged.ECDSA_SHA256
    for body in (forged.sequence(), forged.sequence(forged.integer(1))):
        assert "fewer values" in refusal(forged.pem(forged.sequence(body, algorithm, forged.bits(b""))))


def test_too_many_extensions() -> None:
    each = [forged.extension(f"5504{number:02x}", b"") for number in range(1, 120)]
    assert changed(extensions=forged.extensions(*each)).at == NOT_IN_CHAIN
    more = [forged.extension(f"5505{number:02x}", b"") for number in range(1, 120)]
    assert "more than 128" in refusal(forged.forged(ALONE, ALONE.key, extensions=forged.extensions(*each, *more)))


def test_keys_of_unknown_algorithms_are_named_by_number() -> None:
    info = forged.sequence(forged.sequence(forged.tlv(6, b"\x2a\x03\x04")), forged.bits(b"x"))
    with pytest.raises(UnsupportedKey) as caught:
        changed(public_key=info)
    assert caught.value.kind == "of the algorithm 1.2.3.4"


def test_rsa_pss_keys_are_another_kind() -> None:
    info = forged.sequence(forged.sequence(forged.tlv(6, bytes.fromhex("2a864886f70d01010a"))), forged.bits(b"x"))
    with pytest.raises(UnsupportedKey, match="RSASSA-PSS"):
        changed(public_key=info)


def test_curves() -> None:
    for parameters, kind in (
        (bytes.fromhex("06052b81040021"), "EC P-224"),
        (b"\x06\x03\x2a\x03\x04", "EC curve 1.2.3.4"),
    ):
        info = forged.sequence(forged.sequence(bytes.fromhex("06072a8648ce3d0201"), parameters), forged.bits(b"x"))
        with pytest.raises(UnsupportedKey) as caught:
            changed(public_key=info)
        assert caught.value.kind == kind
    none = forged.sequence(forged.sequence(bytes.fromhex("06072a8648ce3d0201")), forged.bits(b"x"))
    assert "names no curve" in refusal(forged.forged(ALONE, ALONE.key, public_key=none))


def test_smallest_and_largest_rsa() -> None:
    for bits in (1024, 16384):
        found = changed(public_key=forged.rsa_public_key((1 << (bits - 1)) + 1, 3))
        assert str(found.key) == f"RSA {bits}"
    for bits in (1023, 16385):
        with pytest.raises(UnsupportedKey, match=f"RSA of {bits} bits"):
            changed(public_key=forged.rsa_public_key((1 << (bits - 1)) + 1, 3))
    negative = forged.rsa_public_key(-(1 << 2047) - 1, 65537)
    with pytest.raises(UnsupportedKey):
        changed(public_key=negative)
    short = forged.sequence(
        bytes.fromhex("300d06092a864886f70d0101010500"), forged.bits(forged.sequence(forged.integer(1)))
    )
    assert "an RSA public key has not two values" in refusal(forged.forged(ALONE, ALONE.key, public_key=short))


def test_exponent_bounds() -> None:
    modulus = rsa_key().public_key().public_numbers().n
    assert changed(public_key=forged.rsa_public_key(modulus, 2**32 - 1)).key.bits == 2048
    for exponent in (2**32 + 1, 1, -3, 4):
        with pytest.raises(UnsupportedKey, match="exponent"):
            changed(public_key=forged.rsa_public_key(modulus, exponent))
