"""Where revocation lists are (RFC 5280 4.2.1.13): what OpenSSL cannot read makes a certificate damaged for it.

OpenSSL finds no issuer in such an authority, or refuses such a leaf, whether the extension is critical or not. We warn.
"""

from pathlib import Path
from typing import Final

import pytest
from tests.forged import integer, sequence, tlv
from tests.unit.x509.test_served_rules import INTERMEDIATE, LEAF, ROOT, der_of, judged, openssl_takes, with_extension

POINTS: Final = "551d1f"
URI: Final = tlv(0x86, b"http://crl.example/")
FULL: Final = tlv(0xA0, tlv(0xA0, URI))
ATTRIBUTE: Final = sequence(tlv(6, bytes.fromhex("550403")), tlv(12, b"x"))


def point(*fields: bytes) -> bytes:
    return sequence(sequence(*fields))


GOOD: Final = {
    "a URI": point(FULL),
    "none": sequence(),
    "with reasons": point(FULL, tlv(0x81, b"\x06\x40")),
    "an issuer only": point(tlv(0xA2, URI)),
    "a relative name": point(tlv(0xA0, tlv(0xA1, ATTRIBUTE))),
}
BAD: Final = {
    "no sequence": b"\x05\x00",
    "nothing": b"",
    "a point of nothing": point(),
    "reasons only": point(tlv(0x81, b"\x06\x40")),
    "an unknown field": point(tlv(0x85, b"x")),
    "a number": point(integer(1)),
    "a name of an unknown kind": point(tlv(0xA0, tlv(0xA5, URI))),
    "two names": point(tlv(0xA0, tlv(0xA0, URI) * 2)),
    "no name": point(tlv(0xA0, b"")),
    "a general name of an unknown kind": point(tlv(0xA0, tlv(0xA0, tlv(0x8F, b"x")))),
    "an issuer of an unknown kind": point(FULL, tlv(0xA2, sequence())),
    "a relative name that is none": point(tlv(0xA0, tlv(0xA1, b"\x05\x00"))),
    "reasons of nothing": point(FULL, tlv(0x81, b"")),
    "reasons of nine spare bits": point(FULL, tlv(0x81, b"\x09\x40")),
    "another order": point(tlv(0x81, b"\x06\x40"), FULL),
    "a field twice": point(FULL, FULL),
}


@pytest.mark.parametrize("place", ["leaf", "intermediate", "root"])
@pytest.mark.parametrize(
    ("value", "is_good"),
    [*((one, True) for one in GOOD.values()), *((one, False) for one in BAD.values())],
    ids=[*GOOD, *BAD],
)
def test_what_openssl_cannot_read_is_warned_of(tmp_path: Path, value: bytes, is_good: bool, place: str) -> None:
    leaf, upper, root = LEAF.certificate_pem, INTERMEDIATE.certificate_pem, ROOT.certificate_pem
    if place == "leaf":
        leaf = with_extension(LEAF, INTERMEDIATE, POINTS, value, critical=False)
    elif place == "intermediate":
        upper = with_extension(INTERMEDIATE, ROOT, POINTS, value, critical=False)
    else:
        root = with_extension(ROOT, ROOT, POINTS, value, critical=False)
    assert openssl_takes(tmp_path, leaf, upper, root) is is_good
    found = judged(der_of(leaf), der_of(upper), root=der_of(root)).findings
    assert [one.rule for one in found] == ([] if is_good else ["malformed"])
    assert is_good or "the extension cRLDistributionPoints cannot be read: " in found[0].cause
    assert is_good or ("the trusted authority" in found[0].cause) is (place == "root")
