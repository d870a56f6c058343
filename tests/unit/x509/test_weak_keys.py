"""Keys that anybody can break are seen by their modulus alone, and good ones are not accused."""

from math import isqrt

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests import forged
from tests.pki import PrivateKey, ec_key, rsa_key
from tests.weak_moduli import CLOSE, FAULTY, P, prime_from, prime_of_the_faulty_generator, product_of_primes

from sealstone.x509 import der, weak_keys
from sealstone.x509.weak_keys import CLOSE_PRIMES, ROCA, SMALL_FACTOR


def info(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("modulus", [CLOSE, P * P, P * prime_from(P + 2)], ids=["close", "same", "next"])
def test_close_primes(modulus: int) -> None:
    assert weak_keys.of_modulus(modulus) == (CLOSE_PRIMES,)


def test_the_rounds_are_bounded() -> None:
    """As many as (p+q)/2 is above the root of the modulus: the hundredth number that is tried is the last."""
    half, tried = 1 << 1024, []
    for above in range(96, 106):
        distance = isqrt(2 * half * above)
        modulus = half * half - distance * distance
        tried.append(half - isqrt(modulus - 1))
        assert weak_keys._has_close_primes(modulus) is (tried[-1] <= 100)
    assert {100, 101} <= set(tried)


def test_the_fingerprint_of_the_faulty_chips() -> None:
    assert weak_keys.of_modulus(FAULTY) == (ROCA,)
    assert weak_keys.of_modulus(FAULTY + 2) != (ROCA,)


def test_both_at_once() -> None:
    m = product_of_primes(167)
    one = prime_of_the_faulty_generator(5, 1 << 400)
    another = prime_of_the_faulty_generator(5, one // m + 1)
    assert weak_keys.of_modulus(one * another) == (CLOSE_PRIMES, ROCA)


@pytest.mark.parametrize("factor", [2, 3, 751])
def test_small_factors(factor: int) -> None:
    assert weak_keys.of_modulus(factor * P) == (SMALL_FACTOR,)
    assert weak_keys.of_modulus(757 * P) == ()


def test_good_keys_are_not_accused() -> None:
    for bits in (1024, 2048, 4096):
        assert weak_keys.of(info(rsa_key(bits))) == ()
    assert weak_keys.of(info(ec_key())) == ()


def test_keys_are_read() -> None:
    assert weak_keys.of(forged.rsa_public_key(CLOSE, 65537)) == (CLOSE_PRIMES,)
    padded = forged.rsa_public_key(FAULTY, 65537).replace(bytes.fromhex("0101010500"), bytes.fromhex("01010a0500"))
    assert weak_keys.of(padded) == (ROCA,)


@pytest.mark.parametrize("modulus", [-CLOSE, 0, 3 << 16_384], ids=["negative", "zero", "huge"])
def test_numbers_that_are_no_modulus_are_not_worked_with(modulus: int) -> None:
    assert weak_keys.of(forged.rsa_public_key(modulus, 65537)) == ()


def test_what_is_no_key() -> None:
    with pytest.raises(der.Malformed):
        weak_keys.of(b"\x30\x00")
