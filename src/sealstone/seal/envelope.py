"""Envelope encryption: one random data key for each secret, wrapped by a master key; AES-256-GCM for both.

Layout of a sealed secret, version 1:
  1 byte   version
  8 bytes  id of the master key
  12 bytes nonce, 48 bytes wrapped data key
  12 bytes nonce, ciphertext with its 16-byte tag

Associated data: version and what the secret is bound to, so that a ciphertext put into another row does not open;
for the wrapped data key the master key's id too. Nonces are random (96 bits): a data key is used once,
and a master key wraps far fewer than 2**32 data keys (NIST SP 800-38D, 8.3). A new master key re-wraps 48 bytes a
secret and leaves the ciphertext alone, which is why that knows nothing of master keys.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sealstone.model.ids import Chance
from sealstone.model.secret import Sealed, Secret
from sealstone.seal.faults import MasterKeyMissing, MasterKeyWrong, SealBroken

_VERSION: Final = b"\x01"
_ID: Final = 8
_NONCE: Final = 12
_KEY: Final = 32
_TAG: Final = 16
_WRAPPED: Final = _KEY + _TAG
_HEADER: Final = len(_VERSION) + _ID
OVERHEAD: Final = _HEADER + _NONCE + _WRAPPED + _NONCE + _TAG
"""Bytes that a sealed secret is longer than the secret."""


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """Master keys by id (16 hex digits); the primary one seals, all of them open."""

    by_id: Mapping[str, Secret]
    primary: str


class Keyring:
    """Seals and opens secrets under the master keys."""

    def __init__(self, keys: MasterKeys, chance: Chance) -> None:
        """Raises MasterKeyMissing when the primary key is not among the keys."""
        if keys.primary not in keys.by_id:
            raise MasterKeyMissing(f"the primary master key {keys.primary} is missing")
        self._ciphers = {bytes.fromhex(name): AESGCM(key.reveal()) for name, key in keys.by_id.items()}
        self._primary = bytes.fromhex(keys.primary)
        self._primary_key = keys.by_id[keys.primary]
        self._chance = chance

    def seal(self, secret: Secret, *, bound_to: str) -> Sealed:
        """Encrypt under a fresh data key. `bound_to` names the one row and field that may hold the result."""
        header = _VERSION + self._primary
        place = bound_to.encode()
        data_key, wrap_nonce, nonce = self._chance(_KEY), self._chance(_NONCE), self._chance(_NONCE)
        wrapped = self._ciphers[self._primary].encrypt(wrap_nonce, data_key, header + place)
        body = AESGCM(data_key).encrypt(nonce, secret.reveal(), _VERSION + place)
        return Sealed(b"".join((header, wrap_nonce, wrapped, nonce, body)))

    def unseal(self, sealed: Sealed, *, bound_to: str) -> Secret:
        """Decrypt. Raises SealBroken for altered or misplaced bytes, MasterKeyMissing for an unknown master key."""
        content = sealed.reveal()
        if len(content) < OVERHEAD or content[:1] != _VERSION:
            raise SealBroken(f"the sealed secret of {bound_to} is cut off or of an unknown version")
        header = content[:_HEADER]
        cipher = self._ciphers.get(header[1:])
        if cipher is None:
            raise MasterKeyMissing(f"the secret of {bound_to} needs master key {header[1:].hex()}, which is not here")
        place = bound_to.encode()
        wrap_nonce, wrapped, nonce, body = _split(content[_HEADER:])
        try:
            data_key = cipher.decrypt(wrap_nonce, wrapped, header + place)
            return Secret(AESGCM(data_key).decrypt(nonce, body, _VERSION + place))
        except InvalidTag as fault:
            raise SealBroken(f"the sealed secret of {bound_to} was altered or belongs to another row") from fault

    def derive(self, purpose: str) -> Secret:
        """A 32-byte key for another purpose, from the primary master key (HKDF-SHA-256, RFC 5869)."""
        kdf = HKDF(algorithm=SHA256(), length=_KEY, salt=None, info=b"sealstone|" + purpose.encode())
        return Secret(kdf.derive(self._primary_key.reveal()))

    def check_value(self) -> str:
        """What a store keeps to know its master key again: the key's id and a value that tells nothing of the key."""
        return f"{self._primary.hex()}:{self.derive('check value').reveal().hex()}"

    def verify(self, check_value: str) -> None:
        """Raises MasterKeyWrong when the store that holds `check_value` belongs to another master key."""
        if not hmac.compare_digest(check_value.encode(), self.check_value().encode()):
            wanted = check_value.partition(":")[0]
            raise MasterKeyWrong(
                f"the master key is {self._primary.hex()}, but this store was sealed with {wanted}: nothing was "
                "changed; start with the right master key file"
            )


def _split(rest: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    wrapped_end = _NONCE + _WRAPPED
    return (
        rest[:_NONCE],
        rest[_NONCE:wrapped_end],
        rest[wrapped_end : wrapped_end + _NONCE],
        rest[wrapped_end + _NONCE :],
    )
