"""The trust store that a call names by ARN: the resource for authorization, its record, its document as a record.

Which listeners verify by it is found here too.
"""

import re
from dataclasses import dataclass
from typing import Final

from sealstone.model import arn as arns
from sealstone.model.application_detail import read_listener
from sealstone.model.load_balancer import Generation
from sealstone.model.target_group_detail import TrustStoreDetail, document_of, read_trust_store
from sealstone.model.trust_store import TrustStore
from sealstone.operations.call import Call, Resource
from sealstone.operations.elbv2.errors import TrustStoreNotFound
from sealstone.operations.elbv2.named import future
from sealstone.store import listeners, load_balancers, trust_stores

_ARN: Final = re.compile(
    r"arn:aws:elasticloadbalancing:[a-z0-9-]{1,64}:[0-9]{12}:truststore/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Trust:
    """A trust store with what its document says."""

    record: TrustStore
    detail: TrustStoreDetail

    @classmethod
    def of(cls, record: TrustStore) -> "Trust":
        """A record with its document read."""
        return cls(record, read_trust_store(record.document))

    @property
    def arn(self) -> str:
        """Name and id."""
        return self.record.arn


# --- what a call acts on ---


def new_trust_store(call: Call) -> tuple[Resource, ...]:
    """What CreateTrustStore makes; the place of the id that it will have is held by a star.

    The name is that of the one that is there, however it was sent: names are found without regard to case.
    """
    name = str(call.parameters.get("Name") or "*")
    there = trust_stores.find(call.tx, call.account_id, call.region, name)
    return (future(lambda one: arns.trust_store(call.region, call.account_id, one, "*"), name, there),)


def named_trust_store(call: Call) -> tuple[Resource, ...]:
    """The ARN as it was sent, with the tags of what it names, if that is there."""
    sent = str(call.parameters.get("TrustStoreArn") or "*")
    found = lookup_trust_store(call, sent)
    return (Resource(sent, found.detail.tags if found else {}),)


# --- finding and keeping ---


def lookup_trust_store(call: Call, arn: str) -> Trust | None:
    """By ARN in the account and region of the call, one query a call however often it is asked."""
    if arn not in call.found:
        record = trust_stores.with_id(call.tx, call.account_id, arn[-16:]) if _ARN.fullmatch(arn) else None
        here = record if record and record.arn == arn and record.region == call.region else None
        call.found[arn] = Trust.of(here) if here else None
    found: Trust | None = call.found[arn]
    return found


def find_trust_store(call: Call, arn: str) -> Trust:
    """By ARN. Raises TrustStoreNotFound."""
    found = lookup_trust_store(call, arn)
    if found is None:
        raise TrustStoreNotFound(f"Trust store '{arn[:200]}' not found")
    return found


def keep_trust_store(call: Call, found: Trust, detail: TrustStoreDetail, bundle: str | None = None) -> Trust:
    """Store a changed document, and another bundle when there is one."""
    record = found.record.documented(document_of(detail)).rebundled(bundle or found.record.bundle)
    if (detail, record.bundle) != (found.detail, found.record.bundle):
        trust_stores.save(call.tx, record)
    return Trust(record, detail)


def verifying(call: Call, found: Trust) -> tuple[str, ...]:
    """The ARNs of the listeners that verify clients by it, in order."""
    balancers = {
        one.unique_id: one.arn
        for one in load_balancers.every(call.tx)
        if one.account_id == call.account_id and one.generation is Generation.V2
    }
    users = []
    for listener in listeners.every(call.tx):
        if listener.account_id == call.account_id and listener.load_balancer_id in balancers:
            mutual = read_listener(listener.document).mutual
            if mutual is not None and mutual.trust_store_id == found.record.unique_id:
                balancer = balancers[listener.load_balancer_id].replace(":loadbalancer/", ":listener/")
                users.append(f"{balancer}/{listener.listener_id}")
    return tuple(sorted(users))
