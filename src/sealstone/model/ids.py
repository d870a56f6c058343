"""Identifiers in AWS's forms. Chance is handed in as a function `n -> n random bytes`.

Modern AWS ids carry the account: characters 5 to 12 are the base32 of a 5-byte big-endian number
2**39 + account // 2, and character 13 is from A-P for an even account, from Q-7 for an odd one
(checked on a recorded pair: id `ASCAQXRQ45OGOXN4H7UIZ`, account 050568424332).
"""

import base64
from collections.abc import Callable
from typing import Final

Chance = Callable[[int], bytes]

SERVER_CERTIFICATE: Final = "ASCA"
USER: Final = "AIDA"
ACCESS_KEY: Final = "AKIA"
GROUP: Final = "AGPA"
POLICY: Final = "ANPA"
ROLE: Final = "AROA"
INSTANCE_PROFILE: Final = "AIPA"
TEMPORARY_KEY: Final = "ASIA"

_KEYS: Final = frozenset({ACCESS_KEY, TEMPORARY_KEY})
_BASE32: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_ACCOUNT_OFFSET: Final = 2**39
# IAM: the alphabet of secret access keys, 40 characters of [A-Za-z0-9/+].
_SECRET_BYTES: Final = 30
_SIGNING_CERTIFICATE_BYTES: Final = 20


def new(prefix: str, account_id: str, chance: Chance) -> str:
    """A fresh id: 21 characters for entities, 20 for access keys, upper-case base32, account encoded."""
    account = int(account_id)
    encoded = base64.b32encode((_ACCOUNT_OFFSET + account // 2).to_bytes(5, "big")).decode()
    length = 20 if prefix in _KEYS else 21
    tail = length - len(prefix) - len(encoded)
    random = chance(tail)
    half = random[0] % 16 + (16 if account % 2 else 0)
    return prefix + encoded + _BASE32[half] + "".join(_BASE32[byte % 32] for byte in random[1:])


def new_signing_certificate(chance: Chance) -> str:
    """A signing certificate's id: 32 upper-case characters of base32, and nothing of the account.

    The service model asks for 24 to 128 characters; documented examples have no prefix, unlike all other ids.
    """
    return base64.b32encode(chance(_SIGNING_CERTIFICATE_BYTES)).decode()


def new_balancing(chance: Chance) -> str:
    """The id of a load balancer, listener, rule, target group or trust store: 16 digits of hex."""
    return chance(8).hex()


def account_of(identifier: str) -> str:
    """The 12-digit account that an id of the modern form carries. Raises ValueError on any other text."""
    number = int.from_bytes(base64.b32decode(identifier[4:12]), "big") - _ACCOUNT_OFFSET
    return f"{number * 2 + (identifier[12] > 'P' or identifier[12].isdigit()):012d}"


def new_account(chance: Chance) -> str:
    """A 12-digit account id that does not begin with 0, so that no tool mistakes it for a smaller number."""
    return str(10**11 + int.from_bytes(chance(8), "big") % (9 * 10**11))


def new_secret(chance: Chance) -> bytes:
    """A secret access key: 40 characters of [A-Za-z0-9/+] from 240 random bits."""
    return base64.b64encode(chance(_SECRET_BYTES))


def new_request_id(chance: Chance) -> str:
    """A request id in the form of a version 4 UUID (RFC 9562, 5.4)."""
    digits = chance(16).hex()
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
