"""Password-based encryption as an AlgorithmIdentifier names it: PBES2, PBES1 (RFC 8018) and PKCS #12's (RFC 7292 C).

Reads the identifier, bounds the work, decrypts. What the plain text is, its caller knows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4, Camellia, TripleDES
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.hashes import SHA1, HashAlgorithm

from sealstone.x509 import der
from sealstone.x509.border import Otherwise
from sealstone.x509.containers import derivation, rc2
from sealstone.x509.containers.passwords import Password
from sealstone.x509.containers.problems import ContainerUnreadable, UnsupportedContainer, WrongPassword

CURE: Final = (
    "open it with a tool that knows the cipher, such as openssl with -provider legacy -provider default, "
    "and write it anew with AES-256"
)
_PBES2: Final = "1.2.840.113549.1.5.13"
_PBKDF2: Final = "1.2.840.113549.1.5.12"
_SCRYPT: Final = "1.3.6.1.4.1.11591.4.11"
_RC2_40: Final = "1.2.840.113549.1.12.1.6"
_RC2_128: Final = "1.2.840.113549.1.12.1.5"


def single_des(key: bytes) -> BlockCipherAlgorithm:
    """DES is triple DES with three times the same key."""
    return TripleDES(key * 3)


def _double_des(key: bytes) -> BlockCipherAlgorithm:
    return TripleDES(key + key[:8])


_Maker = Callable[[bytes], BlockCipherAlgorithm]
_CBC: Final[Mapping[str, tuple[_Maker, int]]] = {  # PBES2: the cipher and the size of its key
    "2.16.840.1.101.3.4.1.2": (AES, 16),
    "2.16.840.1.101.3.4.1.22": (AES, 24),
    "2.16.840.1.101.3.4.1.42": (AES, 32),
    "1.2.840.113549.3.7": (TripleDES, 24),
    "1.3.14.3.2.7": (single_des, 8),
    "1.2.392.200011.61.1.1.1.2": (Camellia, 16),
    "1.2.392.200011.61.1.1.1.3": (Camellia, 24),
    "1.2.392.200011.61.1.1.1.4": (Camellia, 32),
}
_PKCS12_TRIPLE_DES: Final[Mapping[str, tuple[_Maker, int]]] = {
    "1.2.840.113549.1.12.1.3": (TripleDES, 24),
    "1.2.840.113549.1.12.1.4": (_double_des, 16),
}
_PKCS12_RC2: Final = {_RC2_128: 16, _RC2_40: 5}
_PKCS12_RC4: Final = {"1.2.840.113549.1.12.1.1": 16, "1.2.840.113549.1.12.1.2": 5}
_PBES1_DES: Final = {"1.2.840.113549.1.5.3": "md5", "1.2.840.113549.1.5.10": "sha1"}
_PBES1_RC2: Final = {"1.2.840.113549.1.5.6": "md5", "1.2.840.113549.1.5.11": "sha1"}


@dataclass(frozen=True, slots=True)
class Sealed:
    """Something under password-based encryption: `algorithm` is the AlgorithmIdentifier, in DER."""

    what: str
    """For messages: `the PKCS #12 file`."""
    algorithm: bytes
    ciphertext: bytes = field(repr=False)

    def opened(self, password: Password) -> bytes:
        """The plain text, which is one SEQUENCE: a password that makes something else of it is the wrong one.

        Raises WrongPassword, TooManyRounds, TooMuchMemory, UnsupportedContainer, der.Malformed.
        """
        plain = self._plain(password)
        if not is_sequence(plain):
            raise WrongPassword(self.what)
        return plain

    def _plain(self, password: Password) -> bytes:
        identifier, parameters = algorithm(self.algorithm, der.element(self.algorithm, 0, len(self.algorithm)))
        if identifier == _PBES2:
            return self._pbes2(parameters, password)
        salt, rounds = self._salt_and_rounds(identifier, parameters)
        if identifier in _PBES1_DES or identifier in _PBES1_RC2:
            return self._pbes1(identifier, password, salt, rounds)

        def derived(purpose: int, size: int) -> bytes:
            return derivation.pkcs12("sha1", password.bmp, salt, rounds, purpose, size)

        if size := _PKCS12_RC4.get(identifier):
            with self._otherwise():
                return Cipher(ARC4(derived(derivation.KEY, size)), None).decryptor().update(self.ciphertext)
        if size := _PKCS12_RC2.get(identifier):
            key, iv = derived(derivation.KEY, size), derived(derivation.IV, 8)
            return self._rc2(key, size * 8, iv)
        maker, size = _PKCS12_TRIPLE_DES[identifier]
        return self.cbc(maker(derived(derivation.KEY, size)), derived(derivation.IV, 8))

    def _salt_and_rounds(self, identifier: str, parameters: bytes) -> tuple[bytes, int]:
        """The parameters of all schemes but PBES2 (RFC 8018 A.3, RFC 7292 C). Raises UnsupportedContainer too."""
        known = (_PKCS12_RC4, _PKCS12_RC2, _PKCS12_TRIPLE_DES, _PBES1_DES, _PBES1_RC2)
        if not any(identifier in schemes for schemes in known):
            raise self._unsupported(identifier)
        fields = der.whole_sequence(parameters)
        if len(fields) != 2:
            raise der.Malformed("the parameters of its encryption are not a salt and a number of rounds")
        salt = der.content(parameters, der.expect(fields[0], der.OCTET_STRING))
        return salt, derivation.checked(der.integer(parameters, fields[1]))

    def _pbes1(self, identifier: str, password: Password, salt: bytes, rounds: int) -> bytes:
        """RFC 8018 6.1: the first eight bytes are the key, the next eight the initialization vector."""
        digest = _PBES1_DES.get(identifier) or _PBES1_RC2[identifier]
        derived = derivation.pbkdf1(digest, password.utf8, salt, rounds)
        if identifier in _PBES1_RC2:
            return self._rc2(derived[:8], 64, derived[8:16])
        return self.cbc(single_des(derived[:8]), derived[8:16])

    def _pbes2(self, parameters: bytes, password: Password) -> bytes:
        """RFC 8018 6.2 and A.4."""
        fields = der.whole_sequence(parameters)
        if len(fields) != 2:
            raise der.Malformed("the parameters of its encryption are not a derivation and a cipher")
        cipher, iv = algorithm(parameters, fields[1])
        if cipher not in _CBC:
            raise self._unsupported(cipher)
        maker, size = _CBC[cipher]
        key = self._derived(parameters, fields[0], password, size)
        vector = der.expect(der.element(iv, 0, len(iv)), der.OCTET_STRING)
        return self.cbc(maker(key), der.content(iv, vector))

    def _derived(self, data: bytes, identifier: der.Element, password: Password, size: int) -> bytes:
        function, parameters = algorithm(data, identifier)
        if function not in {_PBKDF2, _SCRYPT}:
            raise self._unsupported(function)
        if function == _PBKDF2:
            return pbkdf2(self.what, parameters, password, size)
        fields = der.whole_sequence(parameters)  # RFC 7914 section 7
        if not 4 <= len(fields) <= 5:
            raise der.Malformed("its scrypt parameters are not a salt and three numbers")
        salt = der.content(parameters, der.expect(fields[0], der.OCTET_STRING))
        n, r, p = (der.integer(parameters, value) for value in fields[1:4])
        return derivation.scrypt(password.utf8, salt, (n, r, p), size)

    def _rc2(self, key: bytes, effective_bits: int, iv: bytes) -> bytes:
        self._check_blocks(rc2.BLOCK)
        return self._unpadded(rc2.decrypt(key, effective_bits, iv, self.ciphertext), rc2.BLOCK)

    def cbc(self, algorithm: BlockCipherAlgorithm, iv: bytes) -> bytes:
        """The plain text of the cipher in CBC mode, without its padding. Raises WrongPassword, der.Malformed."""
        block = algorithm.block_size // 8
        self._check_blocks(block)
        if len(iv) != block:
            raise der.Malformed(f"its initialization vector has not {block} bytes")
        with self._otherwise():
            plain = Cipher(algorithm, modes.CBC(iv)).decryptor().update(self.ciphertext)
        return self._unpadded(plain, block)

    def _check_blocks(self, block: int) -> None:
        if not self.ciphertext or len(self.ciphertext) % block:
            raise der.Malformed("its encrypted part is cut short: it is not made of whole blocks")

    def _unpadded(self, plain: bytes, block: int) -> bytes:
        """RFC 8018 6.1.1 step 4. A password that leaves no padding is the wrong one."""
        count = plain[-1]
        if not 1 <= count <= block or plain[-count:] != bytes([count]) * count:
            raise WrongPassword(self.what)
        return plain[:-count]

    def _unsupported(self, identifier: str) -> UnsupportedContainer:
        return UnsupportedContainer(self.what, f"it is encrypted with the algorithm {identifier}", CURE)

    def _otherwise(self) -> Otherwise:
        return Otherwise(lambda _: ContainerUnreadable(self.what, "the parameters of its encryption are damaged"))


def pbkdf2(what: str, parameters: bytes, password: Password, size: int) -> bytes:
    """The key that PBKDF2-params (RFC 8018 A.2) make of a password. Raises TooManyRounds, der.Malformed."""
    fields = der.whole_sequence(parameters)
    if len(fields) < 2:
        raise der.Malformed("its key derivation names no salt or no rounds")
    salt = der.content(parameters, der.expect(fields[0], der.OCTET_STRING))
    rounds = der.integer(parameters, fields[1])
    digest: HashAlgorithm = SHA1()  # noqa: S303 - the default of RFC 8018 A.2
    for value in fields[2:]:
        if value.tag == der.SEQUENCE:
            identifier, _ = algorithm(parameters, value)
            if identifier not in derivation.HMACS:
                raise UnsupportedContainer(what, f"its key derivation uses {identifier}", CURE)
            digest = derivation.HMACS[identifier]()
        elif der.integer(parameters, value) != size:
            raise der.Malformed("its key derivation makes a key of another size than its cipher takes")
    return derivation.pbkdf2(password.utf8, salt, rounds, size, digest)


def algorithm(data: bytes, identifier: der.Element) -> tuple[str, bytes]:
    """The dotted identifier and the DER of the parameters, empty when there are none. Raises der.Malformed."""
    fields = der.children(data, der.expect(identifier, der.SEQUENCE), 2)
    if not fields:
        raise der.Malformed("an algorithm is not named")
    dotted = der.dotted(der.content(data, der.expect(fields[0], der.OBJECT_IDENTIFIER)))
    return dotted, data[fields[1].start : fields[1].end] if len(fields) == 2 else b""


def is_sequence(plain: bytes) -> bool:
    """Whether it is one SEQUENCE from the first byte to the last; with an open end as BER has it, too."""
    if plain[:2] == b"\x30\x80":
        return plain.endswith(b"\0\0")
    try:
        outer = der.element(plain, 0, len(plain))
    except der.Malformed:
        return False
    return outer.tag == der.SEQUENCE and outer.end == len(plain)
