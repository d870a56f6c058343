"""The rows of `tests/bad_uploads.py` that are about the private key."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests import forged
from tests.pki import EC_PARAMETERS_PEM, ec_key, key_pem, public_key_pem, rsa_key, self_signed
from tests.uploads import MALFORMED, MISMATCH, VALIDATION, Scene, Upload

from sealstone.x509 import problems
from sealstone.x509.problems import X509Problem

_EC_ALGORITHM: Final = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")


def uploads(scene: Scene) -> Iterator[Upload]:
    """All of them."""
    yield from _texts(scene)
    yield from _kinds(scene)
    yield from _damaged(scene)
    yield from _mismatches(scene)


def _key(
    scene: Scene, id_: str, description: str, key: str, problem: type[X509Problem], *words: str, code: str = MALFORMED
) -> Upload:
    """A private key field that is refused, with a good EC certificate and no chain."""
    return Upload(id_, description, scene.leaf.certificate_pem, key, None, problem, code=code, words=words)


def _texts(scene: Scene) -> Iterator[Upload]:
    leaf = scene.leaf
    sec1, pkcs8 = leaf.traditional_private_key_pem, leaf.private_key_pem
    not_pem, several = problems.NotPEM, problems.SeveralPrivateKeys
    parameters = problems.ECParametersPresent
    yield _key(scene, "key-empty", "an empty field", "", not_pem, "empty", code=VALIDATION)
    yield _key(scene, "key-nul", "NUL within", pkcs8.replace("MI", "\x00I", 1), not_pem, code=VALIDATION)
    yield _key(scene, "key-file-name", "file:// forgotten", "PrivateKey.pem", not_pem, "name of a file", "file://")
    yield _key(scene, "key-hello", "any text", "world", not_pem, "no BEGIN line")
    yield _key(scene, "key-der", "DER read as Latin-1", "0\u0081\u0087" + "x" * 90, not_pem, "openssl pkey -inform DER")
    yield _key(scene, "key-cut", "cut off", pkcs8[:100], not_pem, "without its END")
    encrypted = problems.KeyEncrypted
    yield _key(scene, "key-encrypted", "PKCS #8", leaf.encrypted_private_key_pem(), encrypted, "openssl pkey")
    old = leaf.traditional_encrypted_private_key_pem()
    yield _key(scene, "key-encrypted-traditional", "Proc-Type", old, encrypted, "password")
    with_parameters = leaf.private_key_with_parameters_pem
    yield _key(scene, "ec-parameters", "as openssl writes it", with_parameters, parameters, "EC PARAMETERS")
    yield _key(scene, "ec-parameters-after", "behind the key", sec1 + EC_PARAMETERS_PEM, parameters, "EC PARAMETERS")
    yield _key(scene, "ec-parameters-only", "no key", EC_PARAMETERS_PEM, parameters, "EC PARAMETERS")
    yield _key(scene, "two-keys", "two keys", pkcs8 + key_pem(ec_key()), several, "2 PEM blocks")
    certificate = leaf.certificate_pem
    wrong = problems.WrongBlock
    yield _key(scene, "certificate-as-key", "fields swapped", certificate, wrong, "certificate")
    yield _key(scene, "key-and-certificate", "a combined file", pkcs8 + certificate, wrong, "certificate")
    yield _key(scene, "public-key-as-key", "the public half", public_key_pem(leaf.key), wrong, "public key")
    around = problems.TextAroundPEM
    yield _key(scene, "bag-attributes", "openssl pkcs12", f"Bag Attributes\n  x: y\n{pkcs8}", around, "before")
    header = sec1.replace("KEY-----\n", "KEY-----\nComment: mine\n\n", 1)
    yield _key(scene, "key-with-header", "a header that is not Proc-Type", header, not_pem, "a header")


def _kinds(scene: Scene) -> Iterator[Upload]:
    unsupported = problems.UnsupportedKey
    edwards = key_pem(ed25519.Ed25519PrivateKey.generate())
    yield _key(scene, "ed25519", "a curve that AWS does not take (inferred)", edwards, unsupported, "Ed25519")
    digital = dsa.generate_private_key(1024)  # noqa: S505 - it must be refused
    traditional = digital.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    new = digital.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    yield _key(scene, "dsa", "DSA (inferred)", traditional, unsupported, "DSA")
    yield _key(scene, "dsa-pkcs8", "DSA in PKCS #8 (inferred)", new, unsupported, "DSA")
    koblitz = key_pem(ec_key(ec.SECP256K1()))
    yield _key(scene, "secp256k1", "another curve (inferred)", koblitz, unsupported, "secp256k1")
    brainpool = key_pem(ec_key(ec.BrainpoolP384R1()), PrivateFormat.TraditionalOpenSSL)
    yield _key(scene, "brainpool", "another curve (inferred)", brainpool, unsupported, "brainpool")
    ssh = key_pem(ec_key(), PrivateFormat.OpenSSH)
    yield _key(scene, "openssh", "OpenSSH's own form", ssh, problems.WrongBlock, "ssh-keygen")
    explicit = forged.ec_private_key(b"\x01" * 32, parameters=forged.sequence(forged.integer(1)))
    yield _key(scene, "key-explicit-curve", "explicit parameters", explicit, unsupported, "explicit curve")
    numbers = forged.RSANumbers.of(rsa_key(1024, 7))
    for id_, changed, word in (
        ("key-modulus-20000", replace(numbers, n=(1 << 19999) + 1), "20000"),
        ("key-exponent-huge", replace(numbers, e=(1 << 64) + 1), "exponent"),
        ("key-exponent-2", replace(numbers, e=2), "exponent"),
        ("key-rsa-512", replace(numbers, n=(1 << 511) + 1), "512"),
        ("key-modulus-negative", replace(numbers, n=-numbers.n), "RSA"),
    ):
        yield _key(scene, id_, "out of bounds", forged.rsa_private_key(changed), unsupported, word)


def _damaged(scene: Scene) -> Iterator[Upload]:
    unreadable, number = problems.KeyUnreadable, forged.RSANumbers.of(rsa_key(1024, 7))
    order = (number.p - 1) * (number.q - 1)
    body = self_signed("rsa.example.com", key=rsa_key(1024, 7), valid_at=scene.at).certificate_pem
    for id_, changed, word in (
        ("primes-wrong", replace(number, p=number.p + 2), "primes"),
        ("prime-1", replace(number, p=1, q=number.n), "primes"),
        ("d-wrong", replace(number, d=number.d + 2), "contradict"),
        ("d-right-for-p-only", replace(number, d=(number.d + number.p - 1) % order), "contradict"),
        ("d-right-for-q-only", replace(number, d=(number.d + number.q - 1) % order), "contradict"),
        ("d-negative", replace(number, d=-number.d), "contradict"),
        ("dp-wrong", replace(number, d_p=number.d_p + 2), "contradict"),
        ("dq-wrong", replace(number, d_q=number.d_q + 2), "contradict"),
        ("q-inverse-wrong", replace(number, q_inverse=number.q_inverse + 1), "contradict"),
        ("other-d", _for_other_exponent(number), "contradict"),
        ("multi-prime", replace(number, version=1), "two primes"),
    ):
        key = forged.rsa_private_key(changed)
        yield Upload(
            id_, "the right modulus, the wrong private half", body, key, None, unreadable, code=MALFORMED, words=(word,)
        )
    empty = forged.pem(b"\x30\x00", "RSA PRIVATE KEY")
    yield _key(scene, "key-no-numbers", "an empty structure", empty, unreadable, "nine numbers")
    yield _key(scene, "key-no-der", "text as base64", forged.pem(b"hello", "PRIVATE KEY"), unreadable, "cannot be read")
    no_curve = forged.ec_private_key(b"\x01" * 32, parameters=b"")
    yield _key(scene, "key-no-curve", "SEC 1 without a curve", no_curve, unreadable, "no curve")
    zero = forged.ec_private_key(b"\x00" * 32)
    yield _key(scene, "ec-zero", "the scalar 0", zero, unreadable, "damaged")
    short = forged.pem(forged.sequence(forged.integer(0)), "PRIVATE KEY")
    yield _key(scene, "pkcs8-short", "PKCS #8 without a key", short, unreadable, "PKCS #8")
    other = public_half_of_another()
    yield _key(scene, "ec-other-public-half", "its public half is another's", other, unreadable, "damaged")


def _for_other_exponent(number: forged.RSANumbers) -> forged.RSANumbers:
    """Consistent with itself, but made for the exponent 3 or 5 or 17."""
    order = (number.p - 1) * (number.q - 1)
    exponent = next(prime for prime in (257, 263, 269, 271) if order % prime)
    d = pow(exponent, -1, order)
    return replace(number, d=d, d_p=d % (number.p - 1), d_q=d % (number.q - 1))


def public_half_of_another() -> str:
    """An EC key that carries the public point of another key."""
    scalar = ec_key().private_numbers().private_value.to_bytes(32, "big")
    point = ec_key().public_key().public_numbers()
    encoded = b"\x04" + point.x.to_bytes(32, "big") + point.y.to_bytes(32, "big")
    inner = forged.sequence(forged.integer(1), forged.octets(scalar), forged.tlv(0xA1, forged.bits(encoded)))
    return forged.pkcs8(_EC_ALGORITHM, inner)


def _mismatches(scene: Scene) -> Iterator[Upload]:
    leaf, mismatch = scene.leaf, problems.KeyMismatch
    yield _key(scene, "other-key", "another key", key_pem(ec_key()), mismatch, "build.example.com", code=MISMATCH)
    yield _key(scene, "issuer-s-key", "the issuer's", scene.lower.private_key_pem, mismatch, "EC P-256", code=MISMATCH)
    yield _key(scene, "other-kind", "RSA for EC", key_pem(rsa_key()), mismatch, "RSA 2048", "EC P-256", code=MISMATCH)
    other_curve = key_pem(ec_key(ec.SECP384R1()))
    yield _key(scene, "other-curve", "P-384 for P-256", other_curve, mismatch, "EC P-384", code=MISMATCH)
    words = ("chain certificate 0", "mixed up")
    yield Upload(
        "body-and-chain-swapped",
        "the issuer in the certificate field, the leaf in the chain",
        scene.lower.certificate_pem,
        leaf.private_key_pem,
        leaf.certificate_pem,
        mismatch,
        code=MISMATCH,
        words=words,
    )
    yield Upload(
        "other-key-and-bad-chain",
        "the key is judged before the chain (inferred)",
        leaf.certificate_pem,
        key_pem(ec_key()),
        "no chain",
        mismatch,
        code=MISMATCH,
    )
    yield Upload(
        "other-rsa-key",
        "RSA of the same size",
        scene.rsa_leaf.certificate_pem,
        key_pem(rsa_key(2048, 1)),
        leaf.chain_pem,
        mismatch,
        code=MISMATCH,
        words=("rsa.example.com", "RSA 2048"),
    )
