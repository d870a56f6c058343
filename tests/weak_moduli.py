"""RSA moduli that anybody can factor: with close primes, and as the faulty generator of CVE-2017-15361 made them.

Made here by the published recipes, for tests of what finds them. Nobody has keys of these.
"""

from math import isqrt, prod
from typing import Final


def product_of_primes(last: int) -> int:
    """Of all primes up to one."""
    return prod(one for one in range(2, last + 1) if all(one % other for other in range(2, isqrt(one) + 1)))


def is_prime(number: int) -> bool:
    """Miller and Rabin, to a few bases: good enough to make test data."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5, 7, 11, 13):
        power = pow(base, odd, number)
        if power not in {1, number - 1} and all((power := power * power % number) != number - 1 for _ in range(twos)):
            return False
    return True


def prime_from(number: int) -> int:
    """The next prime."""
    number |= 1
    while not is_prime(number):
        number += 2
    return number


def prime_of_the_faulty_generator(power: int, start: int) -> int:
    """A prime kM + (65537^a mod M), as the chips made them; for 512-bit keys M has the primes up to 167."""
    m = product_of_primes(167)
    rest = pow(65537, power, m)
    while not is_prime(start * m + rest):
        start += 1
    return start * m + rest


P: Final = prime_from(7 << 509)
CLOSE: Final = P * prime_from(P + (1 << 200))
FAULTY: Final = prime_of_the_faulty_generator(1234567, 1 << 36) * prime_of_the_faulty_generator(7654321, 1 << 37)
