"""RSA keys whose private half anybody can compute from the public one: what is seen of the modulus alone.

Three tests of fixed cost, as the Baseline Requirements ask of authorities (6.1.1.3) and Boulder makes them. Nothing is
refused here: AWS is not known to refuse such keys. Lists of known bad keys (CVE-2008-0166) and primes that keys share
are not looked for.
"""

from dataclasses import dataclass
from functools import cache
from math import gcd, isqrt, prod
from typing import Final

from sealstone.x509 import algorithms, der
from sealstone.x509.algorithms import RSA, RSA_PSS

_MOST_BITS: Final = 16_384  # larger ones are nobody's, and would cost time (attack X1)
_ROUNDS: Final = 100  # Baseline Requirements 6.1.1.3: "at least 100 rounds of Fermat's factorization method"
_SMALL: Final = 752  # Baseline Requirements 6.1.6: no factor below it
_GENERATOR: Final = 65_537
_LAST_OF_ROCA: Final = 167  # the primes up to it divide the M of the smallest keys, and so of all


@dataclass(frozen=True, slots=True)
class Weakness:
    """Why a key protects nothing. `clause` fits after "because"."""

    rule: str
    """Its name for scripts, which stays the same: `key-close-primes`."""
    clause: str
    source: str


SMALL_FACTOR: Final = Weakness(
    "key-small-factor",
    f"its RSA modulus has a prime factor below {_SMALL}: the private key can be computed from the public one",
    "CA/Browser Forum BR 6.1.6",
)
CLOSE_PRIMES: Final = Weakness(
    "key-close-primes",
    "the two primes of its RSA key are close together: Fermat's method computes the private key from the public one",
    "CVE-2022-26320; CA/Browser Forum BR 6.1.1.3",
)
ROCA: Final = Weakness(
    "key-roca",
    "its RSA modulus has the fingerprint of the ROCA fault in Infineon's chips: the private key can be computed from "
    "the public one",
    "CVE-2017-15361; CA/Browser Forum BR 6.1.1.3",
)


def of(info: bytes) -> tuple[Weakness, ...]:
    """The weaknesses of the key in a SubjectPublicKeyInfo; none for what is not RSA. Raises der.Malformed."""
    key = algorithms.public_key(info)
    if key.kind not in {RSA, RSA_PSS} or not 0 < key.bits <= _MOST_BITS:
        return ()
    bits = der.whole_sequence(info)[1]
    numbers = info[bits.content + 1 : bits.end]
    return of_modulus(der.integer(numbers, der.whole_sequence(numbers)[0]))


def of_modulus(modulus: int) -> tuple[Weakness, ...]:
    """The same, for a positive modulus of at most 16,384 bits."""
    if gcd(modulus, _product_of_primes(_SMALL)) > 1:
        return (SMALL_FACTOR,)  # the others say nothing of such a number
    close = (CLOSE_PRIMES,) if _has_close_primes(modulus) else ()
    return (*close, ROCA) if _has_fingerprint(modulus) else close


def _has_close_primes(modulus: int) -> bool:
    """Fermat's method: for n = pq, ((p+q)/2)^2 - n is a square; (p+q)/2 is tried from the root of n upwards."""
    half = isqrt(modulus - 1) + 1
    rest = half * half - modulus
    for _ in range(_ROUNDS):
        # Taking roots is dear: most numbers are told not to be squares by their last bits and small remainders.
        if rest & 0xFF in _squares(256) and rest % 45_045 in _squares(45_045) and isqrt(rest) ** 2 == rest:
            return True
        rest += 2 * half + 1
        half += 1
    return False


def _has_fingerprint(modulus: int) -> bool:
    """Whether the modulus is a power of 65537 for each small prime (Nemec, Sys, Svenda, Klinec, Matyas, 2017).

    Primes of the faulty generator are kM + (65537^a mod M) for a product M of small primes, so their product is such a
    power, too. One number in about 2^28 is by chance.
    """
    rest = modulus % _product_of_primes(_LAST_OF_ROCA + 1)
    return all(rest % prime in powers for prime, powers in _powers())


@cache
def _squares(of: int) -> frozenset[int]:
    return frozenset(number * number % of for number in range(of))


@cache
def _powers() -> tuple[tuple[int, frozenset[int]], ...]:
    """What the generator makes of each prime."""
    primes = [prime for prime in _primes(_LAST_OF_ROCA + 1) if prime > 2]
    return tuple((prime, frozenset(pow(_GENERATOR, power, prime) for power in range(prime))) for prime in primes)


@cache
def _product_of_primes(below: int) -> int:
    return prod(_primes(below))


def _primes(below: int) -> list[int]:
    return [number for number in range(2, below) if all(number % other for other in range(2, isqrt(number) + 1))]
