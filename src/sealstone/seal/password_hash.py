"""What is kept of a password: a memory-hard hash, from which nobody gets the password back.

Making it takes a tenth of a second and 64 MiB, on purpose. Comparing belongs to who will sign users in.
"""

from typing import Final

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from sealstone.model.ids import Chance

# RFC 9106 section 4, the second recommended option: 3 passes, 4 lanes, 64 MiB, 128 bits of salt, 256 of tag.
_PASSES: Final = 3
_LANES: Final = 4
_MEMORY: Final = 2**16
_SALT: Final = 16
_TAG: Final = 32


def password_hash(password: str, chance: Chance) -> str:
    """The hash with salt and cost, as text in the PHC form `$argon2id$v=19$m=...$salt$tag`."""
    engine = Argon2id(salt=chance(_SALT), length=_TAG, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY)
    return engine.derive_phc_encoded(password.encode())
