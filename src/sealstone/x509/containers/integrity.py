"""Whether the password proves a PKCS #12 file whole: its MAC (RFC 7292 section 4 and B.4; PBMAC1 by RFC 9579)."""

import hmac
from collections.abc import Mapping
from typing import Final

from sealstone.x509 import der
from sealstone.x509.containers import derivation, schemes
from sealstone.x509.containers.passwords import Password
from sealstone.x509.containers.problems import UnsupportedContainer

_PBMAC1: Final = "1.2.840.113549.1.5.14"
_PBKDF2: Final = "1.2.840.113549.1.5.12"
_CURE: Final = "export it anew with SHA-256"
_DIGESTS: Final[Mapping[str, str]] = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_HMACS: Final[Mapping[str, tuple[str, int]]] = {  # the digest, and the size of the key that RFC 9579 section 4 asks for
    "1.2.840.113549.2.9": ("sha256", 32),
    "1.2.840.113549.2.10": ("sha384", 48),
    "1.2.840.113549.2.11": ("sha512", 64),
}


def holds(what: str, mac: bytes, content: bytes, password: Password) -> bool:
    """Whether `mac`, a MacData, is that of the content under the password.

    Raises TooManyRounds, UnsupportedContainer, der.Malformed.
    """
    fields = der.whole_sequence(mac)
    if not 2 <= len(fields) <= 3:
        raise der.Malformed("its MAC does not consist of two or three values")
    info = der.children(mac, der.expect(fields[0], der.SEQUENCE), 2)
    if len(info) != 2:
        raise der.Malformed("its MAC names no digest")
    identifier, parameters = schemes.algorithm(mac, info[0])
    digest = der.content(mac, der.expect(info[1], der.OCTET_STRING))
    if identifier == _PBMAC1:
        name, key = _pbmac1(what, parameters, password)
    elif identifier in _DIGESTS:
        name = _DIGESTS[identifier]
        salt = der.content(mac, der.expect(fields[1], der.OCTET_STRING))
        rounds = der.integer(mac, fields[2]) if len(fields) == 3 else 1
        size = len(hmac.digest(b"", b"", name))
        key = derivation.pkcs12(name, password.bmp, salt, rounds, derivation.MAC, size)
    else:
        raise UnsupportedContainer(what, f"its MAC uses the algorithm {identifier}", _CURE)
    return hmac.compare_digest(hmac.digest(key, content, name), digest)


def _pbmac1(what: str, parameters: bytes, password: Password) -> tuple[str, bytes]:
    """PBMAC1-params (RFC 8018 A.5): the digest and the key. Raises UnsupportedContainer, TooManyRounds, Malformed."""
    fields = der.whole_sequence(parameters)
    if len(fields) != 2:
        raise der.Malformed("its MAC has not a derivation and a digest")
    function, of_function = schemes.algorithm(parameters, fields[0])
    scheme, _ = schemes.algorithm(parameters, fields[1])
    if function != _PBKDF2 or scheme not in _HMACS:
        raise UnsupportedContainer(what, f"its MAC uses the algorithms {function} and {scheme}", _CURE)
    name, size = _HMACS[scheme]
    return name, schemes.pbkdf2(what, of_function, password, size)
