"""Who signed this request: claim, key, signature, in that order, before anything of the request is decoded.

The only module that opens a sealed secret access key. What it works out is kept in memory only for as long as
the identities in the store have not changed, so that a deactivated key, a deleted role or a changed policy counts at
the next request, whichever process wrote it. Who the owner of a key, certificate or session is and what binds them
is read in `principals`.
"""

import threading
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sealstone.endpoint import principals, sigv4, x509_signature
from sealstone.endpoint.claim import Claim, check_scope, check_time, read_claim, unknown_key
from sealstone.endpoint.request import Request
from sealstone.model.identity import LastUse, Status
from sealstone.model.secret import Secret
from sealstone.model.signing_certificate import SigningCertificate
from sealstone.operations.call import Caller, House
from sealstone.operations.errors import ExpiredToken
from sealstone.seal import session_token
from sealstone.store import access_keys, signing_certificates
from sealstone.x509.request_signatures import Verifier

_KEPT: Final = 4096
# Sessions are kept with their tokens, which are up to 4 kB each.
_KEPT_SESSIONS: Final = 1024
_ABSENT: Final = b"\0" * 40


@dataclass(frozen=True, slots=True)
class _Identity:
    caller: Caller
    secret: Secret
    active: bool


@dataclass(frozen=True, slots=True)
class _Signer:
    """A signing certificate that somebody has."""

    caller: Caller
    certificate: SigningCertificate
    verifier: Verifier


class Authenticator(threading.local):
    """Checks signatures; holds what it read from the store, a memory of its own for each thread."""

    def __init__(self, house: House, services: tuple[str, ...], window: int) -> None:
        """`services` are the names a credential scope may have; `window` is the clock tolerance in seconds."""
        self._house = house
        self._services = services
        self._window = window
        self._version: int | None = None
        self._identities: dict[str, _Identity | None] = {}
        self._sessions: dict[tuple[str, str], _Identity] = {}
        self._signers: dict[str, _Signer | None] = {}
        self._uses: set[tuple[str, str, str, datetime]] = set()
        self._second: datetime | None = None
        self._signing_keys: dict[tuple[str, str, str, str], bytes] = {}

    def claim(self, request: Request) -> Claim:
        """Who the request says it is from, its scope found to be one of ours; nothing is proven yet.

        Raises MissingAuthenticationToken, IncompleteSignature, InvalidClientTokenId, SignatureDoesNotMatch.
        """
        claim = read_claim(request)
        check_scope(claim, self._services)
        return claim

    def authenticate(self, request: Request, claim: Claim, now: datetime, wall: datetime | None = None) -> Caller:
        """The caller, proven: the time is right, the key is there and active, the signature is its own.

        `wall` is the real time, by which clients sign, where `now` may be another one (`House.wall`).

        Raises InvalidClientTokenId, SignatureDoesNotMatch, RequestExpired and ExpiredToken. An unknown access key costs
        the same work as a wrong signature; an unknown certificate is refused unread. That a session has ended is told
        only to who has its secret.
        """
        check_time(claim, wall or now, self._window)
        if claim.by_certificate:
            return self._by_certificate(request, claim, now)
        if claim.session_token is None:
            identity = self._identity(claim.access_key_id)
        else:
            identity = self._session(claim.access_key_id, claim.session_token)
        if identity is None or not identity.active:
            decoy = sigv4.signing_key(_ABSENT, claim.date, claim.region, claim.service)
            sigv4.matches(request, claim, decoy)
            raise unknown_key(claim.service)
        sigv4.verify(request, claim, self._signing_key(claim, identity.secret))
        session = identity.caller.session
        if session is not None and now >= session.expires_at:
            raise ExpiredToken("The security token included in the request is expired")
        self._note_use(claim, identity.caller, now)
        return identity.caller

    def _by_certificate(self, request: Request, claim: Claim, now: datetime) -> Caller:
        """The user who has the signing certificate that the request shows, and whose key signed it.

        That it is out of its validity is told only to who has the key.
        """
        der = x509_signature.certificate(request)
        signer = self._signer(der)
        if (
            signer is None
            or signer.certificate.status is not Status.ACTIVE
            or str(signer.certificate.serial_number) != claim.access_key_id
            or claim.session_token is not None
        ):
            raise unknown_key(claim.service)
        x509_signature.verify(request, claim, signer.verifier)
        if not signer.certificate.not_before <= now.replace(microsecond=0) <= signer.certificate.not_after:
            refusal = unknown_key(claim.service)
            raise type(refusal)(
                f"{refusal.message.rstrip('.')}: the signing certificate {signer.certificate.certificate_id} is valid "
                f"from {signer.certificate.not_before:%Y-%m-%dT%H:%M:%SZ} to "
                f"{signer.certificate.not_after:%Y-%m-%dT%H:%M:%SZ}; upload another one and delete it."
            )
        return signer.caller

    def _note_use(self, claim: Claim, caller: Caller, now: datetime) -> None:
        """Last uses are kept to the second: within one second a thread tells the recorder once of each key.

        A session's use is its role's, under the role's id; a session of a user has no key that anybody could look up.
        """
        if caller.session is not None and caller.role is None:
            return
        used = caller.role.unique_id if caller.role else claim.access_key_id
        # IAM is a global service: its Region is us-east-1, whichever one the client signed for (recorded).
        region = "us-east-1" if claim.service == "iam" else claim.region
        use = (used, claim.service, region, now.replace(microsecond=0))
        if use not in self._uses:
            if len(self._uses) > _KEPT or self._second != use[3]:
                self._uses.clear()
                self._second = use[3]
            self._uses.add(use)
            self._house.recorder.used(LastUse(used, now, claim.service, region))

    def _forget_what_changed(self) -> None:
        version = self._house.store.identity_version()
        if version != self._version or len(self._identities) + len(self._signers) > _KEPT:
            self._identities.clear()
            self._sessions.clear()
            self._signers.clear()
            self._version = version

    def _identity(self, access_key_id: str) -> _Identity | None:
        self._forget_what_changed()
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
        caller = principals.of_user(key.account_id, key.access_key_id, found.user, found.policies)
        return _Identity(self._dated(caller), secret, key.status is Status.ACTIVE)

    def _session(self, access_key_id: str, token: str) -> _Identity | None:
        """The session of this key and token; a token that is not one is forgotten, as it could be any text.

        Kept under both: what is read here follows from them alone, so that it does not matter who sent them first, and
        nothing that an unproven request shows is in the place of what the session's owner shows.
        """
        self._forget_what_changed()
        kept = self._sessions.get((access_key_id, token))
        if kept is None:
            kept = self._read_session(access_key_id, token)
            if kept is None:
                return None
            if len(self._sessions) >= _KEPT_SESSIONS:
                self._sessions.clear()
            self._sessions[access_key_id, token] = kept
        return kept

    def _read_session(self, access_key_id: str, token: str) -> _Identity | None:
        opened = session_token.opened(self._house.keyring, access_key_id, token)
        if opened is None:
            return None
        session, secret = opened
        with self._house.store.reading() as tx:
            caller = principals.of_session(tx, session)
        return _Identity(self._dated(caller), secret, active=True) if caller else None

    def _signer(self, der: bytes) -> _Signer | None:
        self._forget_what_changed()
        fingerprint = x509_signature.fingerprint(der)
        if fingerprint not in self._signers:
            self._signers[fingerprint] = self._read_signer(fingerprint, der)
        return self._signers[fingerprint]

    def _read_signer(self, fingerprint: str, der: bytes) -> _Signer | None:
        """Nothing of the certificate is parsed before it is found to be one that was uploaded."""
        with self._house.store.reading() as tx:
            found = signing_certificates.signer(tx, fingerprint)
        if found is None:
            return None
        certificate = found.certificate
        caller = principals.of_user(certificate.account_id, certificate.certificate_id, found.user, found.policies)
        return _Signer(self._dated(caller), certificate, Verifier(der))

    def _dated(self, caller: Caller) -> Caller:
        """With the identity version that was asked for before it was read: it may be newer, never older."""
        return replace(caller, identities_at=self._version)

    def _signing_key(self, claim: Claim, secret: Secret) -> bytes:
        if len(self._signing_keys) > _KEPT:
            self._signing_keys.clear()
        name = (claim.access_key_id, claim.date, claim.region, claim.service)
        if name not in self._signing_keys:
            self._signing_keys[name] = sigv4.signing_key(secret.reveal(), claim.date, claim.region, claim.service)
        return self._signing_keys[name]
