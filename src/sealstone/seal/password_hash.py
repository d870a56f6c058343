"""What is kept of a password: a memory-hard hash, from which nobody gets the password back.

Making it takes a tenth of a second and 64 MiB, on purpose. Comparing takes the same.
"""

from typing import Final

from cryptography.exceptions import InvalidKey
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


def password_matches(password: str, hashed: str) -> bool:
    """Whether `hashed`, as `password_hash` made it, is of this password; takes as long as making it."""
    try:
        Argon2id.verify_phc_encoded(password.encode(), hashed)
    except InvalidKey:
        return False
    return True
