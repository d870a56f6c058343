"""How Java's own keystores protect a key: Sun's key protector (JKS) and PBEWithMD5AndTripleDES (JCEKS).

As OpenJDK has them in sun.security.provider.KeyProtector and com.sun.crypto.provider.PBES1Core. Both are weak, and
are read here so that people can leave them.
"""

import hashlib
import hmac
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES

from sealstone.x509 import der
from sealstone.x509.containers import derivation, schemes
from sealstone.x509.containers.passwords import Password
from sealstone.x509.containers.problems import UnsupportedContainer, WrongPassword
from sealstone.x509.containers.schemes import Sealed

_SUN: Final = "1.3.6.1.4.1.42.2.17.1.1"
_MD5_TRIPLE_DES: Final = "1.3.6.1.4.1.42.2.19.1"
_SALT: Final = 20
_CHECK: Final = 20
_HALF: Final = 4


def plain(data: bytes, password: Password, what: str) -> bytes:
    """The PKCS #8 DER in an EncryptedPrivateKeyInfo of Java.

    Raises WrongPassword, TooManyRounds, UnsupportedContainer, der.Malformed.
    """
    fields = der.whole_sequence(data)
    if [value.tag for value in fields] != [der.SEQUENCE, der.OCTET_STRING]:
        raise der.Malformed("it is no encrypted PKCS #8 structure")
    identifier, parameters = schemes.algorithm(data, fields[0])
    protected = der.content(data, fields[1])
    if identifier == _SUN:
        return _sun(protected, password, what)
    if identifier == _MD5_TRIPLE_DES:
        return _md5_triple_des(parameters, protected, password, what)
    raise UnsupportedContainer(
        what,
        f"it is encrypted with the algorithm {identifier}",
        "convert the keystore: keytool -importkeystore -srckeystore FILE -destkeystore NEW.p12 -deststoretype PKCS12",
    )


def _sun(protected: bytes, password: Password, what: str) -> bytes:
    """A stream of SHA-1 digests, each of the password and the one before, the salt first; then a digest as check."""
    if len(protected) < _SALT + _CHECK:
        raise der.Malformed("it is cut short")
    secret, step = password.utf16, protected[:_SALT]
    hidden, check = protected[_SALT:-_CHECK], protected[-_CHECK:]
    stream = bytearray()
    while len(stream) < len(hidden):
        step = hashlib.sha1(secret + step, usedforsecurity=False).digest()
        stream += step
    found = bytes(a ^ b for a, b in zip(hidden, stream, strict=False))
    if not hmac.compare_digest(hashlib.sha1(secret + found, usedforsecurity=False).digest(), check):
        raise WrongPassword(what)
    return found


def _md5_triple_des(parameters: bytes, protected: bytes, password: Password, what: str) -> bytes:
    """MD5 over each half of the salt and the password, again and again: key and initialization vector."""
    fields = der.whole_sequence(parameters)
    if len(fields) != 2:
        raise der.Malformed("the parameters of its encryption are not a salt and a number of rounds")
    salt = der.content(parameters, der.expect(fields[0], der.OCTET_STRING))
    rounds = derivation.checked(der.integer(parameters, fields[1]))
    if len(salt) != 2 * _HALF:
        raise der.Malformed("its salt has not 8 bytes")
    first, second = salt[:_HALF], salt[_HALF:]
    if first == second:
        # OpenJDK means to turn the first half around, and writes one byte to the wrong place; files depend on it.
        first = bytes((first[3], first[0], first[1], first[3]))
    derived = b""
    for step in (first, second):
        for _ in range(rounds):
            step = hashlib.md5(step + password.utf8, usedforsecurity=False).digest()  # noqa: PLW2901
        derived += step
    found = Sealed(what, b"", protected).cbc(TripleDES(derived[:24]), derived[24:])
    if not schemes.is_sequence(found):
        raise WrongPassword(what)
    return found
