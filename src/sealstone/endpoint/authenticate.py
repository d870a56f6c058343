"""Who signed this request: claim, key, signature, in that order, before anything of the request is decoded.

The only module that opens a sealed secret access key. What it works out is kept in memory only for as long as
the identities in the store have not changed, so that a deactivated key or a changed policy counts at the next
request, whichever process wrote it.
"""

import threading
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from sealstone.endpoint import sigv4
from sealstone.endpoint.request import Request
from sealstone.model.identity import LastUse, Status
from sealstone.model.secret import Secret
from sealstone.operations.call import Caller, House
from sealstone.policy import document
from sealstone.store import access_keys

_KEPT: Final = 4096
_ABSENT: Final = b"\0" * 40


@dataclass(frozen=True, slots=True)
class _Identity:
    caller: Caller
    secret: Secret
    active: bool


class Authenticator(threading.local):
    """Checks signatures; holds what it read from the store, a memory of its own for each thread."""

    def __init__(self, house: House, services: tuple[str, ...], window: int) -> None:
        """`services` are the names a credential scope may have; `window` is the clock tolerance in seconds."""
        self._house = house
        self._services = services
        self._window = window
        self._version: int | None = None
        self._identities: dict[str, _Identity | None] = {}
        self._uses: set[tuple[str, str, str, datetime]] = set()
        self._second: datetime | None = None
        self._signing_keys: dict[tuple[str, str, str, str], bytes] = {}

    def claim(self, request: Request) -> sigv4.Claim:
        """Who the request says it is from, its scope found to be one of ours; nothing is proven yet.

        Raises MissingAuthenticationToken, IncompleteSignature, InvalidClientTokenId, SignatureDoesNotMatch.
        """
        claim = sigv4.read_claim(request)
        sigv4.check_scope(claim, self._services)
        return claim

    def authenticate(self, request: Request, claim: sigv4.Claim, now: datetime) -> Caller:
        """The caller, proven: the time is right, the key is there and active, the signature is its own.

        Raises InvalidClientTokenId, SignatureDoesNotMatch and RequestExpired. An unknown key costs the same work as
        a wrong signature.
        """
        sigv4.check_time(claim, now, self._window)
        identity = self._identity(claim.access_key_id)
        if identity is None or not identity.active or claim.session_token is not None:
            decoy = sigv4.signing_key(_ABSENT, claim.date, claim.region, claim.service)
            sigv4.matches(request, claim, decoy)
            raise sigv4.unknown_key(claim.service)
        sigv4.verify(request, claim, self._signing_key(claim, identity.secret))
        self._note_use(claim, now)
        return identity.caller

    def _note_use(self, claim: sigv4.Claim, now: datetime) -> None:
        """Last uses are kept to the second: within one second a thread tells the recorder once of each key."""
        use = (claim.access_key_id, claim.service, claim.region, now.replace(microsecond=0))
        if use not in self._uses:
            if len(self._uses) > _KEPT or self._second != use[3]:
                self._uses.clear()
                self._second = use[3]
            self._uses.add(use)
            self._house.recorder.used(LastUse(claim.access_key_id, now, claim.service, claim.region))

    def _identity(self, access_key_id: str) -> _Identity | None:
        version = self._house.store.identity_version()
        if version != self._version or len(self._identities) > _KEPT:
            self._identities.clear()
            self._version = version
        if access_key_id not in self._identities:
            self._identities[access_key_id] = self._read(access_key_id)
        return self._identities[access_key_id]

    def _read(self, access_key_id: str) -> _Identity | None:
        with self._house.store.reading() as tx:
            found = access_keys.credentials(tx, access_key_id)
        if found is None:
            return None
        key = found.key
        secret = self._house.keyring.unseal(found.sealed_secret, bound_to=key.bound_to)
        caller = Caller(
            account_id=key.account_id,
            access_key_id=key.access_key_id,
            user=found.user,
            policies=tuple(_compiled(policy.document) for policy in found.policies),
        )
        return _Identity(caller, secret, key.status is Status.ACTIVE)

    def _signing_key(self, claim: sigv4.Claim, secret: Secret) -> bytes:
        if len(self._signing_keys) > _KEPT:
            self._signing_keys.clear()
        name = (claim.access_key_id, claim.date, claim.region, claim.service)
        if name not in self._signing_keys:
            self._signing_keys[name] = sigv4.signing_key(secret.reveal(), claim.date, claim.region, claim.service)
        return self._signing_keys[name]


@lru_cache(maxsize=_KEPT)
def _compiled(text: str) -> document.Document:
    """Compiled once, whoever has it: a document is a function of its text alone, and never changes."""
    return document.stored(text)
