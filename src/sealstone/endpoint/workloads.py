"""Who asks for a session by certificate (CreateSession): known by no key, but by a certificate and who issued it.

1. the time is right                                                                      `claim.check_time`
2. the certificate is fit to sign and its key has signed this request                     `anchored`, `x509_signature`
3. the trust anchor that the request names is enabled, and the certificate stands under it, not revoked; or the request
   names the signing certificates of users, and this is one of them, Active and valid

Anybody can come as far as 2 with a certificate of their own making; so what is read before 3, the members of the
request, is short and not compressed, and who fails before 3 is nobody: throttled, and in no account's audit log.
Source: IAM Roles Anywhere user guide, "Signing process", "Trust model"; the sentences of refusals are recorded.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sealstone.endpoint import x509_signature
from sealstone.endpoint.claim import Claim, check_time
from sealstone.endpoint.request import Request
from sealstone.endpoint.route import Routes
from sealstone.model import arn, trust_anchor
from sealstone.model.identity import Status
from sealstone.model.trust_anchor import TrustAnchor
from sealstone.operations import session_model
from sealstone.operations.call import House
from sealstone.operations.errors import AccessDenied, AWSError, MalformedInput, SignatureDoesNotMatch
from sealstone.operations.rolesanywhere import resources
from sealstone.operations.rolesanywhere.create_session import OF_USERS, UNTRUSTED
from sealstone.operations.rolesanywhere.holder import CertificateHolder
from sealstone.store import revocation_lists, signing_certificates
from sealstone.store.trust_anchors import ANCHORS
from sealstone.x509 import anchored, revocation
from sealstone.x509.description import CertificateDescription
from sealstone.x509.escaping import shown
from sealstone.x509.problems import X509Problem
from sealstone.x509.request_signatures import Verifier

SERVICE: Final = "rolesanywhere"

_MISMATCH: Final = "Invalid signature"
# Bytes of a body: the members that CreateSession has, with 50 instance properties of 400 characters.
_LONGEST_BODY: Final = 65_536


def asks_for_session(request: Request, claim: Claim) -> bool:
    """Whether it is CreateSession."""
    return claim.service == SERVICE and (request.method, request.path) == (session_model.METHOD, session_model.PATH)


class Workloads:
    """Proves who asks for sessions. Keeps nothing: a session is asked for once an hour."""

    def __init__(self, house: House, routes: Routes, window: int) -> None:
        """`window` is the clock tolerance in seconds."""
        self._house, self._routes, self._window = house, routes, window

    def authenticate(
        self, request: Request, claim: Claim, now: datetime, wall: datetime | None = None
    ) -> CertificateHolder:
        """The holder, proven. Raises AccessDenied, IncompleteSignature, SignatureDoesNotMatch and MalformedInput.

        `wall` is the real time, by which clients sign, where `now` may be another one (`House.wall`).
        """
        check_time(claim, wall or now, self._window)
        own, chain = x509_signature.certificates(request)
        try:
            certificate = anchored.end_entity(own, now)
            self._prove_key(request, claim, certificate)
        except X509Problem as problem:
            raise _untrusted(problem) from problem
        sent = str(self._members(request).get("trustAnchorArn", ""))
        if sent.endswith(f":{trust_anchor.KIND}/{OF_USERS}"):
            return self._user(claim, certificate, sent)
        return self._under_anchor(claim, certificate, chain, sent, now)

    def _prove_key(self, request: Request, claim: Claim, certificate: CertificateDescription) -> None:
        if claim.session_token is not None or str(certificate.serial_number) != claim.access_key_id:
            raise AccessDenied(_MISMATCH)
        try:
            x509_signature.verify(request, claim, Verifier(certificate.piece.der))
        except SignatureDoesNotMatch as problem:
            raise AccessDenied(_MISMATCH) from problem

    def _members(self, request: Request) -> Mapping[str, Any]:
        """The decoded request, which `handle` decodes again."""
        if len(request.body) > _LONGEST_BODY or request.header("content-encoding"):
            raise MalformedInput(f"CreateSession takes a body of {_LONGEST_BODY} bytes at most, and not compressed.")
        route, sent = self._routes.at(SERVICE, request)
        return route.decode(sent)

    def _user(self, claim: Claim, certificate: CertificateDescription, sent: str) -> CertificateHolder:
        """The user who has the signing certificate, valid now; root has no session of this kind."""
        with self._house.store.reading() as tx:
            found = signing_certificates.signer(tx, certificate.fingerprint)
        if found is None or found.user is None or found.certificate.status is not Status.ACTIVE:
            raise AccessDenied(UNTRUSTED)
        account_id = found.certificate.account_id
        if sent != arn.roles_anywhere(trust_anchor.KIND, claim.region, account_id, OF_USERS):
            raise AccessDenied(UNTRUSTED)
        return CertificateHolder(
            account_id, found.certificate.certificate_id, found.user, certificate=certificate, region=claim.region
        )

    def _under_anchor(
        self, claim: Claim, certificate: CertificateDescription, chain: tuple[bytes, ...], sent: str, now: datetime
    ) -> CertificateHolder:
        """The holder of a certificate under the trust anchor of this ARN; its account is the anchor's.

        Why not is told to nobody of whom it is not known that the anchor is theirs.
        """
        place = resources.parsed(sent)
        if place is None or place[2] != trust_anchor.KIND:
            raise AccessDenied(UNTRUSTED)
        region, account_id, _, unique_id = place
        if region != claim.region:
            # Told from the request alone. A policy's word on aws:RequestedRegion must hold for what is acted on.
            signed_for = f"the request is signed for the Region {shown(claim.region)}"
            raise AccessDenied(f"{UNTRUSTED}: {signed_for}, and the trust anchor is of {region}.")
        with self._house.store.reading() as tx:
            anchor = ANCHORS.find(tx, account_id, region, unique_id)
            lists = revocation_lists.of_anchor(tx, anchor) if anchor else ()
        if anchor is None or not anchor.enabled:
            raise AccessDenied(UNTRUSTED)
        enabled = [one.data for one in lists if one.enabled]
        try:
            _prove(certificate, chain, anchor, enabled, now)
        except X509Problem as problem:
            raise _untrusted(problem) from problem
        key_id = certificate.serial.replace(":", "")
        return CertificateHolder(account_id, key_id, None, certificate=certificate, region=region, anchor=anchor)


def _prove(
    certificate: CertificateDescription,
    chain: tuple[bytes, ...],
    anchor: TrustAnchor,
    lists: list[bytes],
    now: datetime,
) -> None:
    """Raises X509Problem."""
    way = anchored.prove(certificate, chain, anchored.stored(anchor.certificates), now)
    anchored.check_revocation(way, [revocation.read(data) for data in lists], now)


def _untrusted(problem: X509Problem) -> AWSError:
    """The recorded sentence, then the cause: it tells of the certificate that was shown, and of dates of lists."""
    cure = f"; {problem.cure}" if problem.cure else ""
    return AccessDenied(f"{UNTRUSTED}: {problem.cause}{cure}.")
