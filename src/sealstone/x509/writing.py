"""From DER to the files that others read: PEM, PKCS #12, PKCS #7, encrypted keys. The other direction of `containers`.

Whoever writes what holds a private key, encrypted or not, to a file keeps it from everybody else.
Nothing is chosen or ordered here (`conversion` does), and nothing is made (`making` does).
"""

import binascii
import warnings
from collections.abc import Callable, Sequence
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    KeySerializationEncryption,
    PrivateFormat,
    load_der_private_key,
)
from cryptography.hazmat.primitives.serialization import pkcs7 as pkcs7_library
from cryptography.hazmat.primitives.serialization import pkcs12 as pkcs12_library

from sealstone.model.secret import Secret
from sealstone.x509 import der
from sealstone.x509.border import Otherwise
from sealstone.x509.containers.ber import written
from sealstone.x509.problems import Part, X509Problem

CERTIFICATE: Final = "CERTIFICATE"  # RFC 7468 section 5
REQUEST: Final = "CERTIFICATE REQUEST"  # RFC 7468 section 7
PRIVATE_KEY: Final = "PRIVATE KEY"  # RFC 7468 section 10
ENCRYPTED_PRIVATE_KEY: Final = "ENCRYPTED PRIVATE KEY"  # RFC 7468 section 11
_PKCS7: Final = "PKCS7"  # RFC 7468 section 8

ROUNDS: Final = 600_000
"""Of PBKDF2 with HMAC-SHA-256 for an encrypted key, as OWASP recommends; OpenSSL's own default is 2,048."""
ROUNDS_OF_PKCS12: Final = 50_000
"""Java's and OpenSSL's defaults are 10,000 and 2,048. `cryptography` leaves those of the file's MAC at 2,048, so a
guess at the password costs no more than that: the file is as safe as its password is long."""

_WIDTH: Final = 64  # RFC 7468 section 2: lines of exactly 64 characters
_PBES2: Final = bytes.fromhex("2a864886f70d01050d")  # RFC 8018 appendix A.4
_PBKDF2: Final = bytes.fromhex("2a864886f70d01050c")  # RFC 8018 appendix A.2
_HMAC_SHA256: Final = bytes.fromhex("2a864886f70d0209")  # RFC 8018 appendix B.1.2
_AES_256_CBC: Final = bytes.fromhex("60864801650304012a")  # RFC 8018 appendix B.2.5


class CannotBeWritten(X509Problem):
    """The thing is whole as far as known, but the format asked for has no place for it."""

    def __init__(self, what: str, reason: str, cure: str) -> None:
        super().__init__(Part.FILE, f"{what} cannot be written: {reason}", cure)


def pem(label: str, content: bytes) -> str:
    """One block (RFC 7468, strict form): lines of 64 characters, a line feed after each, the last one too."""
    digits = binascii.b2a_base64(content, newline=False).decode("ascii")
    lines = (digits[at : at + _WIDTH] for at in range(0, len(digits), _WIDTH))
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""))


def certificates_pem(certificates: Sequence[bytes]) -> str:
    """Certificates in DER as blocks one after the other, in the order given."""
    return "".join(pem(CERTIFICATE, certificate) for certificate in certificates)


def private_key_pem(key: Secret) -> Secret:
    """PKCS #8 DER as a block PRIVATE KEY, unencrypted."""
    return Secret(pem(PRIVATE_KEY, key.reveal()).encode("ascii"))


def combined_pem(certificates: Sequence[bytes], key: Secret) -> Secret:
    """One file, as HAProxy's `crt` wants it: the certificate, those above it, then the private key; all in DER."""
    return Secret(certificates_pem(certificates).encode("ascii") + private_key_pem(key).reveal())


def encrypted_key_pem(
    key: Secret,
    password: Secret,
    random: Callable[[int], bytes],
    *,
    rounds: int = ROUNDS,
    with_sha1: bool = False,
) -> Secret:
    """PKCS #8 DER as a block ENCRYPTED PRIVATE KEY: PBES2, PBKDF2 with HMAC-SHA-256, AES-256-CBC (RFC 5958, 8018).

    `with_sha1`: with HMAC-SHA-1, which is all that old readers know, and which ACM writes.
    Written here and not by `cryptography`, which cannot be told the number of rounds (2,048) for this format, and
    which knows fewer kinds of keys than may be stored in it. Raises CannotBeWritten for an empty password.
    """
    if not password.reveal():
        raise CannotBeWritten("the encrypted private key", "the password is empty", "choose a long one")
    salt, vector = random(16), random(16)
    digest = SHA1() if with_sha1 else SHA256()  # noqa: S303 - a pseudo-random function, for which SHA-1 will do
    cipher = Cipher(AES(PBKDF2HMAC(digest, 32, salt, rounds).derive(password.reveal())), CBC(vector)).encryptor()
    padder = PKCS7(128).padder()
    content = cipher.update(padder.update(key.reveal()) + padder.finalize()) + cipher.finalize()
    count = written(der.INTEGER, rounds.to_bytes(rounds.bit_length() // 8 + 1, "big"))
    # RFC 8018 appendix A.2: HMAC-SHA-1 is the default, and DER leaves defaults out (X.690 11.5).
    function = b"" if with_sha1 else _algorithm(_HMAC_SHA256, written(der.NULL, b""))
    derivation = _algorithm(_PBKDF2, _sequence(written(der.OCTET_STRING, salt), count, function))
    scheme = _sequence(derivation, _algorithm(_AES_256_CBC, written(der.OCTET_STRING, vector)))
    whole = _sequence(_algorithm(_PBES2, scheme), written(der.OCTET_STRING, content))
    return Secret(pem(ENCRYPTED_PRIVATE_KEY, whole).encode("ascii"))


def pkcs12(
    leaf: bytes, key: Secret, chain: Sequence[bytes], alias: str, password: Secret, *, for_java8: bool = False
) -> bytes:
    """A PKCS #12 file of one certificate, its key and those above it, all in DER. `alias` is the friendly name.

    AES-256 and HMAC-SHA-256; with `for_java8` 3DES and SHA-1, which is all that Java before 8u301, Windows before
    Server 2019 and old macOS can read. Raises CannotBeWritten for what `cryptography` does not take.
    """
    _check(password, for_java8=for_java8)
    with Otherwise(lambda _: CannotBeWritten("the PKCS #12 file", "the key or a certificate does not fit in", _DOES)):
        content: bytes = pkcs12_library.serialize_key_and_certificates(
            alias.encode(),
            load_der_private_key(key.reveal(), None, unsafe_skip_rsa_key_validation=True),  # type: ignore[arg-type]
            _loaded(leaf),
            [_loaded(certificate) for certificate in chain],
            _protection(password, for_java8=for_java8),
        )
    return content


def pkcs7(certificates: Sequence[bytes], *, pem: bool) -> bytes:
    """Certificates as a SignedData without signatures (RFC 5652 section 5): `.p7b`. Its order is DER's, not ours.

    Raises CannotBeWritten for certificates that `cryptography` does not take, or when there is none.
    """
    with Otherwise(lambda _: CannotBeWritten("the PKCS #7 file", "a certificate does not fit in", _DOES)):
        content = pkcs7_library.serialize_certificates([_loaded(each) for each in certificates], Encoding.DER)
    return _pem(_PKCS7, content).encode("ascii") if pem else content


def _check(password: Secret, *, for_java8: bool) -> None:
    """That whoever opens the file can say the password. Raises CannotBeWritten."""
    what = "the PKCS #12 file"
    if not password.reveal():
        raise CannotBeWritten(what, "the password is empty", "choose a long one")
    try:
        text = password.reveal().decode()
    except UnicodeDecodeError:
        cure = "save the password as UTF-8, or choose one of ASCII characters"
        raise CannotBeWritten(what, "the password is not text in UTF-8", cure) from None  # RFC 7292 B.1 wants text
    if for_java8 and not (text.isascii() and text.isprintable()):
        # javax.crypto.spec.PBEKeySpec's keys: "Password is not ASCII", U+0020 to U+007E.
        cure = "choose one of letters, digits and signs of ASCII; a longer one is as strong"
        raise CannotBeWritten(
            what, "Java opens no keystore whose password has other characters than printable ASCII", cure
        )


_pem = pem
_DOES: Final = "RSA and EC keys and certificates of RFC 5280 do; sealstone inspect shows what these are"


def _protection(password: Secret, *, for_java8: bool) -> KeySerializationEncryption:
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(ROUNDS_OF_PKCS12)
    if for_java8:
        scheme, digest = pkcs12_library.PBES.PBESv1SHA1And3KeyTripleDESCBC, SHA1()  # noqa: S303  (what those readers know)
        return builder.key_cert_algorithm(scheme).hmac_hash(digest).build(password.reveal())
    scheme = pkcs12_library.PBES.PBESv2SHA256AndAES256CBC
    return builder.key_cert_algorithm(scheme).hmac_hash(SHA256()).build(password.reveal())


def _loaded(certificate: bytes) -> x509.Certificate:
    """Old roots have serial numbers that are not positive: no reason to warn about when they are only copied."""
    with warnings.catch_warnings(action="ignore"):
        return x509.load_der_x509_certificate(certificate)


def _sequence(*values: bytes) -> bytes:
    return written(der.SEQUENCE, b"".join(values))


def _algorithm(identifier: bytes, parameters: bytes) -> bytes:
    """AlgorithmIdentifier, RFC 5280 4.1.1.2."""
    return _sequence(written(der.OBJECT_IDENTIFIER, identifier), parameters)
