"""The private authority's own certificates among what ends: whoever trusts its root must learn of the next one.

The installation's, so they are told to its first account.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from sealstone.model.authority import AuthorityCertificate, State, authority_arn
from sealstone.model.ending import Ending, Kind
from sealstone.store import accounts, authorities
from sealstone.store.engine import Tx
from sealstone.store.expiry_notices import IAM_REGION, Source, Span


def _page(tx: Tx, span: Span, _after: Sequence[str] | None) -> tuple[None, Sequence[Ending]]:
    """All on one page: there are few."""
    owners = accounts.every(tx)
    return None, [
        _ending(one, owners[0].account_id)
        for one in authorities.every(tx)
        if owners and one.state is State.ACTIVE and span.since <= one.not_after <= span.until
    ]


def _ending(one: AuthorityCertificate, account_id: str) -> Ending:
    return Ending(
        kind=Kind.AUTHORITY,
        key=(one.certificate_id,),
        arn=authority_arn(IAM_REGION, account_id, one.authority_id),
        account_id=account_id,
        region=IAM_REGION,
        fingerprint=_fingerprint(one),
        not_after=one.not_after,
        common_name=f"{one.role.value} {one.certificate_id}",
    )


def _present(tx: Tx, ending: Ending) -> str | None:
    found = authorities.find(tx, ending.key[0])
    return _fingerprint(found) if found and found.state is State.ACTIVE else None


def _fingerprint(one: AuthorityCertificate) -> str:
    return sha256(one.certificate).hexdigest()


AUTHORITIES: Final = Source(_page, _present)
