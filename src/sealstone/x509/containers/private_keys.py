"""Private keys of any kind, made whole PKCS #8 DER; nothing is judged here but that they can be read.

Sizes are bounded first: `cryptography` computes with the numbers of DSA and DH keys when it loads them.
"""

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from sealstone.model.secret import Secret
from sealstone.x509 import der
from sealstone.x509.border import Otherwise
from sealstone.x509.containers import ber
from sealstone.x509.containers.problems import Damaged, SeveralPrimes

WHAT: Final = "the private key"
_RSA: Final = bytes.fromhex("2a864886f70d010101")
_RSA_PSS: Final = bytes.fromhex("2a864886f70d01010a")
_EC: Final = bytes.fromhex("2a8648ce3d0201")
_LONGEST_RSA: Final = 16 * 1024  # RSA of 16,384 bits has 9,300 bytes
_LONGEST: Final = 8 * 1024  # ML-DSA-87 has 5,000
_LONGEST_OF_PRIMES: Final = 3 * 1024  # DSA and Diffie-Hellman: groups of 8,192 bits
_DISCRETE_LOGARITHM: Final = (  # its numbers are computed with
    bytes.fromhex("2a8648ce380401"),  # 1.2.840.10040.4.1: DSA
    bytes.fromhex("2a864886f70d010301"),  # 1.2.840.113549.1.3.1: PKCS #3 Diffie-Hellman
    bytes.fromhex("2a8648ce3e0201"),  # 1.2.840.10046.2.1: X9.42 Diffie-Hellman
)
# `cryptography` would write RSASSA-PSS keys as plain RSA, and warns that it will forget Diffie-Hellman.
_KEPT_AS_FOUND: Final = (_RSA_PSS, *_DISCRETE_LOGARITHM[1:])
_SEC1_CURVE: Final = 0xA0


class _NotKnownHere(Damaged):
    """`cryptography` does not know the algorithm or the curve."""


def normalised(data: bytes) -> tuple[Secret, tuple[str, ...]]:
    """PKCS #8 DER of a key in PKCS #8, PKCS #1, SEC 1 or OpenSSL's form of DSA, and remarks.

    Raises Damaged, SeveralPrimes.
    """
    try:
        fields = der.whole_sequence(data)
        algorithm = _algorithm(data, fields)
        _check_size(data, fields, algorithm)
        _check_two_primes(data, fields, algorithm)
    except der.Malformed as fault:
        raise Damaged(WHAT, str(fault)) from None
    try:
        if algorithm in _KEPT_AS_FOUND:
            return Secret(data), ()
        return _loaded(data), _about_curve(data, fields, algorithm)
    except _NotKnownHere:
        raw = data if algorithm else _wrapped(data, fields)
        return Secret(raw), ("its algorithm or curve is not known here, so its numbers were not checked",)


def _loaded(data: bytes) -> Secret:
    """Written anew, so that nothing that was sent lies hidden in it. Raises Damaged, _NotKnownHere."""
    with Otherwise(
        lambda fault: (_NotKnownHere if isinstance(fault, UnsupportedAlgorithm) else Damaged)(
            WHAT, "its structure or its numbers are damaged"
        )
    ):
        handle = load_der_private_key(data, None, unsafe_skip_rsa_key_validation=True)
        if isinstance(handle, rsa.RSAPrivateKey):
            _check_primes(handle.private_numbers())
        return Secret(handle.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def _check_primes(numbers: rsa.RSAPrivateNumbers) -> None:
    """RFC 8017 3.2, in place of the engine's own validation, which takes longer than all the rest."""
    if numbers.p < 2 or numbers.q < 2 or numbers.p * numbers.q != numbers.public_numbers.n:
        raise Damaged(WHAT, "its primes do not make up its modulus")


def _algorithm(data: bytes, fields: list[der.Element]) -> bytes:
    """The algorithm's identifier when it is PKCS #8 (RFC 5958 section 2), otherwise nothing. Raises der.Malformed."""
    if [value.tag for value in fields[:3]] != [der.INTEGER, der.SEQUENCE, der.OCTET_STRING]:
        return b""
    named = der.children(data, fields[1], 2)
    if not named:
        raise der.Malformed("it names no algorithm")
    return der.content(data, der.expect(named[0], der.OBJECT_IDENTIFIER))


def _check_size(data: bytes, fields: list[der.Element], algorithm: bytes) -> None:
    is_rsa = algorithm in {_RSA, _RSA_PSS} or len(fields) >= 9
    is_dsa = algorithm in _DISCRETE_LOGARITHM or len(fields) == 6
    limit = _LONGEST_RSA if is_rsa else _LONGEST_OF_PRIMES if is_dsa else _LONGEST
    if len(data) > limit:
        raise der.Malformed(f"it has {len(data):,} bytes, and {limit:,} is the most for a key of its kind")


def _check_two_primes(data: bytes, fields: list[der.Element], algorithm: bytes) -> None:
    """RFC 8017 A.1.2: further primes stand behind the nine numbers. Raises SeveralPrimes."""
    if algorithm in {_RSA, _RSA_PSS}:
        data = der.content(data, fields[2])
        try:
            fields = der.whole_sequence(data)
        except der.Malformed:
            return  # the engine judges it
    if [value.tag for value in fields] == [der.INTEGER] * 9 + [der.SEQUENCE]:
        raise SeveralPrimes(2 + len(der.children(data, fields[9], _LONGEST_RSA)))


def _about_curve(data: bytes, fields: list[der.Element], algorithm: bytes) -> tuple[str, ...]:
    """Explicit curves (RFC 3279 2.3.5) are refused everywhere; written anew, the curve is named (RFC 5480 2.1.1)."""
    if algorithm == _EC:
        curves = der.children(data, fields[1], 2)[1:]
    else:
        curves = [der.element(data, value.content, value.end) for value in fields if value.tag == _SEC1_CURVE]
    explicit = any(curve.tag == der.SEQUENCE for curve in curves)
    return ("its curve is written out in numbers instead of named",) if explicit else ()


def _wrapped(data: bytes, fields: list[der.Element]) -> bytes:
    """SEC 1 (RFC 5915) as PKCS #8: the curve moves out. Raises Damaged."""
    for value in fields:
        if value.tag == _SEC1_CURVE:
            curve = data[value.content : value.end]
            algorithm = ber.written(der.SEQUENCE, ber.written(der.OBJECT_IDENTIFIER, _EC) + curve)
            key = ber.written(der.OCTET_STRING, data)
            return ber.written(der.SEQUENCE, b"\x02\x01\x00" + algorithm + key)
    raise Damaged(WHAT, "it is of a kind that is not known here")
