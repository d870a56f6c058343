"""Forged requests by certificate, through the door: each is refused, and the genuine one beside it is not."""

import base64
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.x509 import AuthorityKeyIdentifier, CertificateBuilder, SubjectKeyIdentifier
from tests.house_fixture import Key, World, allow
from tests.pki import NOW, Leaf, PrivateKey, ec_key, named, rsa_key, self_signed
from tests.protocol.by_certificate import (
    BOB,
    BOB_RSA,
    EVE,
    INCOMPLETE,
    MISMATCH,
    UNKNOWN,
    answered,
    ask,
    bob_of,
    outcome,
    rewritten,
    shown,
    signed,
    upload,
    with_header,
    with_signature,
)

from sealstone.endpoint.request import Request
from sealstone.signer import X509Auth
from sealstone.x509.request_signatures import BY_ECDSA, BY_RSA


@pytest.fixture
def bob(world: World) -> str:
    """The id of his certificate."""
    return bob_of(world)


# --- forged certificates ---


def twin(leaf: Leaf, key: PrivateKey) -> Leaf:
    """Everything of the other certificate but the key: serial number, names, dates, key identifiers."""
    original = leaf.certificate
    builder = (
        CertificateBuilder(original.issuer, original.subject, key.public_key(), original.serial_number)
        .not_valid_before(original.not_valid_before_utc)
        .not_valid_after(original.not_valid_after_utc)
    )
    for extension in original.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return Leaf(leaf.name, builder.sign(key, hashes.SHA256()), key)


@pytest.fixture
def issued(world: World, bob: str) -> Leaf:
    """Another certificate of Bob's, with key identifiers."""
    assert bob
    key = ec_key()
    identifiers = (
        SubjectKeyIdentifier.from_public_key(key.public_key()),
        AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()),
    )
    leaf = self_signed("bob", key=key, extensions=identifiers)
    upload(world, leaf)
    return leaf


def test_all_the_same_but_the_key(world: World, issued: Leaf) -> None:
    forged = twin(issued, ec_key())
    assert forged.certificate.serial_number == issued.certificate.serial_number
    assert forged.certificate.subject == issued.certificate.subject == named("bob")
    assert list(forged.certificate.extensions) == list(issued.certificate.extensions)
    assert ask(world, issued).status == 200
    assert outcome(ask(world, forged)) == UNKNOWN
    assert outcome(answered(world, with_header(signed(forged), "x-amz-x509", shown(issued)))) == MISMATCH


def test_the_same_key_in_another_certificate(world: World, issued: Leaf) -> None:
    """A renewed certificate is another one: it must be uploaded."""
    assert outcome(ask(world, twin(issued, issued.key))) == UNKNOWN


def test_another_serial_number_in_the_credential(world: World, bob: str) -> None:
    """Signed by the right key, and over what is claimed: still no claim that names this certificate."""
    number = BOB.certificate.serial_number
    assert answered(world, signed(BOB, serial_number=str(number))).status == 200
    for wrong in (f"0{number}", f"{number:x}", str(number + 1), str(-number), bob, "1"):
        assert outcome(answered(world, signed(BOB, serial_number=wrong))) == UNKNOWN


@pytest.mark.usefixtures("bob")
def test_a_certificate_and_a_session_token(world: World) -> None:
    request = with_header(signed(BOB), "x-amz-security-token", "token")
    assert outcome(answered(world, request)) == UNKNOWN


# --- forged headers ---


@pytest.mark.usefixtures("bob")
def test_a_swapped_body(world: World) -> None:
    request = signed(BOB)
    for forged in (
        replace(request, body=request.body.replace(b"GetUser", b"ListUsers")),
        replace(request, query="UserName=ann"),
        replace(request, method="GET", query=request.body.decode(), body=b""),
        rewritten(request, "/x-1/", "/x-2/"),
        with_header(request, "host", "sts.example.com"),
        with_header(request, "x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
    ):
        assert outcome(answered(world, forged)) == MISMATCH


@pytest.mark.usefixtures("bob")
def test_the_header_of_the_certificate(world: World) -> None:
    request = signed(BOB)
    value = shown(BOB)
    for expected, forged in (
        (MISMATCH, rewritten(request, ";x-amz-x509", "")),
        (INCOMPLETE, with_header(request, "x-amz-x509")),
        (INCOMPLETE, with_header(request, "x-amz-x509", value, value)),
        (INCOMPLETE, with_header(request, "x-amz-x509", value, shown(EVE))),
        (INCOMPLETE, with_header(request, "x-amz-x509", f"{value},{value}")),
        (INCOMPLETE, with_header(request, "x-amz-x509", value[:-3])),
        (UNKNOWN, with_header(request, "x-amz-x509", value[:-4])),
        (INCOMPLETE, with_header(request, "x-amz-x509", BOB.certificate_pem.replace("\n", " "))),
        (INCOMPLETE, with_header(request, "x-amz-x509-chain", value)),
        (UNKNOWN, with_header(request, "x-amz-x509", base64.b64encode(BOB.certificate_der[:-1]).decode())),
        (UNKNOWN, with_header(request, "x-amz-x509", base64.b64encode(BOB.certificate_der + b"\0").decode())),
    ):
        assert outcome(answered(world, forged)) == expected


@pytest.mark.usefixtures("bob")
def test_header_and_query_at_once(world: World) -> None:
    both = replace(signed(BOB), query=f"X-Amz-Algorithm={BY_ECDSA}")
    assert answered(world, both).code == "IncompleteSignature"
    twice = replace(signed(BOB), headers=(*signed(BOB).headers, ("authorization", "AWS4-HMAC-SHA256 x")))
    assert answered(world, twice).code == "IncompleteSignature"


@pytest.mark.usefixtures("bob")
def test_presigned_it_is_refused(world: World) -> None:
    header = dict(part.split("=", 1) for part in signed(BOB).header("authorization").partition(" ")[2].split(", "))
    query = f"X-Amz-Algorithm={BY_ECDSA}&X-Amz-Date={NOW:%Y%m%dT%H%M%SZ}&X-Amz-Expires=60&" + "&".join(
        f"X-Amz-{name}={value}" for name, value in header.items()
    )
    request = with_header(replace(signed(BOB), query=query), "authorization")
    assert answered(world, request).code == "IncompleteSignature"


# --- forged signatures ---


def unsigned_text(request: Request) -> bytes:
    """The string to sign of a request, by the signer's own way."""
    texts: list[bytes] = []

    class Listening(X509Auth):
        def signature(self, string_to_sign: str, request: Any) -> str:
            texts.append(string_to_sign.encode())
            return super().signature(string_to_sign, request)

    with patch("sealstone.signer.X509Auth", Listening):
        assert signed(BOB).headers[:-1] == request.headers[:-1]
    return texts[0]


@pytest.fixture
def text(world: World, bob: str) -> bytes:
    """What Bob signs; a signature made here over it is good."""
    assert bob
    request = signed(BOB)
    made = unsigned_text(request)
    assert isinstance(BOB.key, ec.EllipticCurvePrivateKey)
    good = BOB.key.sign(made, ec.ECDSA(hashes.SHA256()))
    assert answered(world, with_signature(request, good)).status == 200
    return made


def test_another_hash(world: World, text: bytes) -> None:
    assert isinstance(BOB.key, ec.EllipticCurvePrivateKey)
    for algorithm in (hashes.SHA1(), hashes.SHA384(), hashes.SHA512()):  # noqa: S303 - it must be refused
        forged = with_signature(signed(BOB), BOB.key.sign(text, ec.ECDSA(algorithm)))
        assert outcome(answered(world, forged)) == MISMATCH


def test_numbers_of_no_signature(world: World, text: bytes) -> None:
    assert isinstance(BOB.key, ec.EllipticCurvePrivateKey)
    r, s = decode_dss_signature(BOB.key.sign(text, ec.ECDSA(hashes.SHA256())))
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    for pair in ((0, 0), (r, 0), (0, s), (order, s), (r, order), (r + order, s), (r, s + order), (s, r)):
        forged = with_signature(signed(BOB), encode_dss_signature(*pair))
        assert outcome(answered(world, forged)) == MISMATCH, pair


def test_the_mirrored_signature_proves_the_same(world: World, text: bytes) -> None:
    """(r, n - s) is one more signature over the same text (SEC 1, 4.1.4): nothing here is known by its signature."""
    assert isinstance(BOB.key, ec.EllipticCurvePrivateKey)
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    r, s = decode_dss_signature(BOB.key.sign(text, ec.ECDSA(hashes.SHA256())))
    assert answered(world, with_signature(signed(BOB), encode_dss_signature(r, order - s))).status == 200


def test_a_damaged_signature(world: World, text: bytes) -> None:
    assert isinstance(BOB.key, ec.EllipticCurvePrivateKey)
    good = BOB.key.sign(text, ec.ECDSA(hashes.SHA256()))
    r, s = (number.to_bytes(32, "big") for number in decode_dss_signature(good))
    for forged in (
        good[:-1],
        good + b"\0",
        good[:1] + b"\x81" + good[1:],
        r + s,
        good.hex().upper(),
        good.hex()[:-1],
        f"{good.hex()[:2]}\t{good.hex()[2:]}",
        f"0x{good.hex()}",
        base64.b64encode(good).decode().rstrip("="),
    ):
        assert outcome(answered(world, with_signature(signed(BOB), forged))) == MISMATCH, forged


@pytest.mark.usefixtures("bob")
def test_a_key_s_signature_is_none_by_a_certificate(world: World) -> None:
    forged = rewritten(signed(BOB), BY_ECDSA, "AWS4-HMAC-SHA256")
    assert outcome(answered(world, forged)) == UNKNOWN
    serial = f"={BOB.certificate.serial_number}/"
    key_id = Key.made_up("bob").access_key_id
    assert outcome(answered(world, rewritten(forged, serial, f"={key_id}/"))) == MISMATCH


@pytest.mark.parametrize("leaf", [BOB, BOB_RSA], ids=["EC", "RSA"])
def test_each_key_has_its_algorithm(world: World, leaf: Leaf) -> None:
    world.user("bob", allow("iam:GetUser", "*"))
    upload(world, leaf)
    own, other = (BY_ECDSA, BY_RSA) if leaf is BOB else (BY_RSA, BY_ECDSA)
    assert ask(world, leaf).status == 200
    assert outcome(answered(world, rewritten(signed(leaf), own, other))) == MISMATCH
    for unknown in (own.replace("256", "1"), own.replace("SHA256", "MD5"), own.replace("X509", "X5O9"), own.lower()):
        assert answered(world, rewritten(signed(leaf), own, unknown)).code == "IncompleteSignature"


@pytest.mark.parametrize(("leaf", "other"), [(BOB, BY_RSA), (BOB_RSA, BY_ECDSA)], ids=["EC", "RSA"])
def test_signed_under_the_other_algorithm_s_name(world: World, leaf: Leaf, other: str) -> None:
    """Not only the label is another: the text signed says so too."""
    world.user("bob", allow("iam:GetUser", "*"))
    upload(world, leaf)
    with patch("sealstone.x509.request_signatures.algorithm", return_value=other):
        request = signed(leaf)
    assert request.header("authorization").startswith(other)
    assert outcome(answered(world, request)) == MISMATCH


def test_rsa_padding_and_hash(world: World) -> None:
    world.user("bob", allow("iam:GetUser", "*"))
    upload(world, BOB_RSA)
    request = signed(BOB_RSA)
    key = rsa_key(2048)
    texts: list[bytes] = []

    def kept(_key: object, message: bytes) -> bytes:
        texts.append(message)
        return b""

    with patch("sealstone.x509.request_signatures.signed", kept):
        signed(BOB_RSA)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    good = key.sign(texts[0], padding.PKCS1v15(), hashes.SHA256())
    assert answered(world, with_signature(request, good)).status == 200
    for forged in (
        key.sign(texts[0], padding.PKCS1v15(), hashes.SHA1()),  # noqa: S303 - it must be refused
        key.sign(texts[0], padding.PKCS1v15(), hashes.SHA512()),
        key.sign(texts[0], pss, hashes.SHA256()),
        bytes(256),
        b"\0" * 255 + b"\1",
        b"\0" + good,
        good[:-1],
    ):
        assert outcome(answered(world, with_signature(request, forged))) == MISMATCH


@pytest.mark.usefixtures("bob")
def test_a_flood_of_unknown_certificates_is_throttled(world: World) -> None:
    """As for keys; who has a certificate is not locked out by those who have none."""
    forged = with_header(signed(BOB), "x-amz-x509", base64.b64encode(b"0" * 300).decode())
    codes = {answered(world, forged).code for _ in range(700)}
    assert codes == {"InvalidClientTokenId", "Throttling"}
    assert ask(world, BOB).status == 200
