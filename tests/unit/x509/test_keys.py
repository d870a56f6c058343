"""Private keys: forms, what is kept of them, and the proof by signature. Refusals are in the upload tables."""

import contextlib
import pickle
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key
from tests import forged
from tests.bad_keys import public_half_of_another
from tests.pki import Issued, Leaf, ec_key, key_pem, rsa_key, self_signed

from sealstone.model.secret import Secret
from sealstone.x509 import certificate, keys, pem
from sealstone.x509.acceptance import IAM
from sealstone.x509.keys import PrivateKey
from sealstone.x509.problems import KeyMismatch, KeyUnreadable, NotPEM, Part
from sealstone.x509.public_keys import KeyKind

RSA_LEAF = self_signed("rsa.example.com", key=rsa_key())
EC_LEAF = self_signed("ec.example.com")
_EC = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")


def read(text: str) -> PrivateKey:
    return keys.read(pem.normalised(text), IAM)


def leaf_of(issued: Issued) -> certificate.Certificate:
    (block,) = pem.blocks(issued.certificate_pem.strip(), Part.CERTIFICATE)
    return certificate.read(block, IAM)


@pytest.mark.parametrize(
    ("leaf", "form", "shown"),
    [
        (RSA_LEAF, lambda leaf: leaf.traditional_private_key_pem, "PrivateKey(RSA 2048)"),
        (RSA_LEAF, lambda leaf: leaf.private_key_pem, "PrivateKey(RSA 2048)"),
        (EC_LEAF, lambda leaf: leaf.traditional_private_key_pem, "PrivateKey(EC P-256)"),
        (EC_LEAF, lambda leaf: leaf.private_key_pem, "PrivateKey(EC P-256)"),
    ],
)
def test_every_form_becomes_pkcs8(leaf: Leaf, form: Callable[[Leaf], str], shown: str) -> None:
    key = read(form(leaf))
    assert key.secret.reveal() == leaf.private_key_der
    assert repr(key) == str(key) == shown
    keys.prove(key, leaf_of(leaf))


def test_hides_and_does_not_pickle() -> None:
    key = read(EC_LEAF.private_key_pem)
    assert isinstance(key.secret, Secret)
    with pytest.raises(TypeError):
        pickle.dumps(key)


def test_nothing_sent_beside_the_key_is_kept() -> None:
    """PKCS #8 attributes could hide anything: what is kept is written anew."""
    fields = forged.split(EC_LEAF.private_key_der)
    attribute = forged.tlv(
        0xA0, forged.sequence(forged.tlv(6, b"\x2a\x03"), forged.tlv(0x31, forged.octets(b"hidden")))
    )
    key = read(forged.pem(forged.sequence(*fields, attribute), "PRIVATE KEY"))
    assert b"hidden" not in key.secret.reveal()
    assert key.secret.reveal() == EC_LEAF.private_key_der


def test_pkcs8_with_a_second_curve_inside() -> None:
    scalar = ec_key().private_numbers().private_value.to_bytes(32, "big")

    def inner(parameters: bytes) -> str:
        key = forged.sequence(forged.integer(1), forged.octets(scalar), forged.tlv(0xA0, parameters))
        return forged.pkcs8(_EC, key)

    assert read(inner(bytes.fromhex("06082a8648ce3d030107"))).kind == KeyKind("EC", 256, "P-256")
    with pytest.raises(KeyUnreadable, match="two curves"):
        read(inner(bytes.fromhex("06052b81040022")))


def test_a_blank_field_is_no_pem() -> None:
    with pytest.raises(NotPEM):
        read("")


def test_mismatch_names_both_keys_and_the_subject() -> None:
    with pytest.raises(KeyMismatch) as caught:
        keys.prove(read(key_pem(ec_key())), leaf_of(RSA_LEAF))
    for words in ("EC P-256", "RSA 2048", "rsa.example.com", "openssl"):
        assert words in str(caught.value)


def test_key_with_the_public_half_of_another() -> None:
    """Unless it is refused at once, the signature gives it away."""
    with pytest.raises(KeyUnreadable):
        read(public_half_of_another())


def _claiming(key: PrivateKey, other: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> PrivateKey:
    """The key, with a handle that claims to be its own and signs with another: a damaged private half."""

    class Claiming:
        def public_key(self) -> object:
            return key.handle.public_key()

        def sign(self, *arguments: object) -> bytes:
            return other.sign(*arguments)  # type: ignore[arg-type]

    return PrivateKey(key.kind, key.secret, Claiming())  # type: ignore[arg-type]


def test_wrong_signature_is_a_damaged_key_and_no_mismatch() -> None:
    damaged = _claiming(read(EC_LEAF.private_key_pem), ec_key())
    with pytest.raises(KeyUnreadable, match="valid signatures"):
        keys.prove(damaged, leaf_of(EC_LEAF))


def test_primes_that_are_none() -> None:
    """All equations hold for p = 3 * 5 and the like as long as nobody asks for primality: then the signature fails."""
    numbers = _carmichael_free()
    key = read(forged.rsa_private_key(numbers))
    body = forged.forged(
        RSA_LEAF, rsa_key(), public_key=forged.rsa_public_key(numbers.n, numbers.e), signature=forged.RSA_SHA256
    )
    (block,) = pem.blocks(body.strip(), Part.CERTIFICATE)
    with pytest.raises(KeyUnreadable, match="valid signatures"):
        keys.prove(key, certificate.read(block, IAM))


def _carmichael_free() -> forged.RSANumbers:
    """Consistent numbers whose p is the product of two primes; not every pair of keys gives some."""
    for number in range(7, 60):
        with contextlib.suppress(ValueError):
            return _composite(rsa_key(1024, number).private_numbers(), rsa_key(1024, number + 1).private_numbers())
    raise AssertionError("fifty pairs of keys without a common exponent")


def _composite(one: rsa.RSAPrivateNumbers, two: rsa.RSAPrivateNumbers) -> forged.RSANumbers:
    """Raises ValueError when an inverse that is needed does not exist."""
    p, q, exponent = one.p * one.q, two.p, 65537
    modulus = p * q
    d_p, d_q = pow(exponent, -1, p - 1), pow(exponent, -1, q - 1)
    d = _common(d_p, p - 1, d_q, q - 1)
    return forged.RSANumbers(0, modulus, exponent, d, p, q, d_p, d_q, pow(q, -1, p))


def _common(first: int, modulus: int, second: int, other: int) -> int:
    """A number with these remainders; both moduli are even, and both remainders odd."""
    half = other // 2
    steps = (second - first) // 2 * pow(modulus // 2, -1, half) % half
    found = first + steps * modulus
    assert found % modulus == first
    assert found % other == second
    return found


def test_what_is_kept_can_be_loaded() -> None:
    for leaf in (RSA_LEAF, EC_LEAF):
        loaded = load_der_private_key(read(leaf.private_key_pem).secret.reveal(), None)
        assert loaded.public_key() == leaf.key.public_key()
