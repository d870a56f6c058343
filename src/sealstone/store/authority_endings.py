"""The private authority's own certificates among what ends: whoever trusts its root must learn of the next one.

Those that issue, and every root that clients may still trust. They are the installation's, and told to its first
account.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

from sealstone.model.authority import AuthorityCertificate, Role, State, authority_arn
from sealstone.model.ending import EXPLANATION, Ending, Kind
from sealstone.store import accounts, authorities
from sealstone.store.engine import Tx
from sealstone.store.expiry_notices import IAM_REGION, Source, Span
from sealstone.x509 import writing

_EXPLANATIONS: Final[Mapping[tuple[Role, State], str]] = {
    (Role.ROOT, State.ACTIVE): (
        "The root that clients trust. The server makes the next one years before this one ends, so look in its log for "
        "what hinders it. To make one now: sealstone ca rotate --root."
    ),
    (Role.ROOT, State.RETIRED): (
        "A root that has been replaced. Clients that trust it alone refuse every certificate of the authority from its "
        "end on: give them the present root, sealstone ca export."
    ),
    (Role.CROSS, State.ACTIVE): (
        "The present root, as the root before it vouches for it: not that root itself, which stays. Clients that trust "
        "only the root before refuse what the authority issues from then on: give them the present root, sealstone ca "
        "export."
    ),
    (Role.INTERMEDIATE, State.ACTIVE): (
        "What the authority issues with. The server makes the next one years before this one ends, so look in its log "
        "for what hinders it. To make one now: sealstone ca rotate."
    ),
}


def _page(tx: Tx, span: Span, _after: Sequence[str] | None) -> tuple[None, Sequence[Ending]]:
    """All on one page: there are few."""
    owners = accounts.every(tx)
    return None, [
        _ending(one, owners[0].account_id)
        for one in authorities.every(tx)
        if owners and _counts(one) and span.since <= one.not_after <= span.until
    ]


def _counts(one: AuthorityCertificate) -> bool:
    """A retired root is one that clients were given: nobody can tell whether they have the next."""
    return one.state is State.ACTIVE or one.role is Role.ROOT


def _ending(one: AuthorityCertificate, account_id: str) -> Ending:
    return Ending(
        kind=Kind.AUTHORITY,
        key=(one.certificate_id,),
        arn=authority_arn(IAM_REGION, account_id, one.authority_id),
        account_id=account_id,
        region=IAM_REGION,
        fingerprint=_fingerprint(one),
        not_after=one.not_after,
        certificate_body=writing.certificates_pem([one.certificate]),
        detail={
            "CertificateId": one.certificate_id,
            "Role": one.role.value,
            EXPLANATION: _EXPLANATIONS[one.role, one.state],
        },
    )


def _present(tx: Tx, ending: Ending) -> str | None:
    found = authorities.find(tx, ending.key[0])
    return _fingerprint(found) if found and _counts(found) else None


def _fingerprint(one: AuthorityCertificate) -> str:
    return sha256(one.certificate).hexdigest()


AUTHORITIES: Final = Source(_page, _present)
