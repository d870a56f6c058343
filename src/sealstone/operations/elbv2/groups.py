"""The target group that a call names by ARN: the resource for authorization, its record, and its document as a record.

Which load balancers send to it is found here too: that is written in their listeners and rules, not in the group.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sealstone.model import arn as arns
from sealstone.model.application_detail import read_listener, read_rule
from sealstone.model.instance import TargetGroup
from sealstone.model.load_balancer import Generation
from sealstone.model.target_group_detail import TargetGroupDetail, document_of, read_target_group
from sealstone.operations.call import Call, Resource
from sealstone.operations.elbv2.errors import TargetGroupNotFound
from sealstone.operations.elbv2.named import future
from sealstone.store import listeners, load_balancers, rules, target_groups

_ARN: Final = re.compile(
    r"arn:aws:elasticloadbalancing:[a-z0-9-]{1,64}:[0-9]{12}:targetgroup/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Group:
    """A target group with what its document says."""

    record: TargetGroup
    detail: TargetGroupDetail

    @classmethod
    def of(cls, record: TargetGroup) -> "Group":
        """A record with its document read."""
        return cls(record, read_target_group(record.document))

    @property
    def arn(self) -> str:
        """Name and id."""
        return self.record.arn


# --- what a call acts on ---


def new_target_group(call: Call) -> tuple[Resource, ...]:
    """What CreateTargetGroup makes; the place of the id that it will have is held by a star.

    The name is that of the one that is there, however it was sent: names are found without regard to case.
    """
    name = str(call.parameters.get("Name") or "*")
    there = target_groups.find(call.tx, call.account_id, call.region, name)
    return (future(lambda one: arns.target_group(call.region, call.account_id, one, "*"), name, there),)


def named_target_group(call: Call) -> tuple[Resource, ...]:
    """The ARN as it was sent, with the tags of what it names, if that is there."""
    sent = str(call.parameters.get("TargetGroupArn") or "*")
    found = lookup_target_group(call, sent)
    return (Resource(sent, found.detail.tags if found else {}),)


# --- finding and keeping ---


def lookup_target_group(call: Call, arn: str) -> Group | None:
    """By ARN in the account and region of the call, one query a call however often it is asked."""
    if arn not in call.found:
        record = target_groups.with_id(call.tx, call.account_id, arn[-16:]) if _ARN.fullmatch(arn) else None
        here = record if record and record.arn == arn and record.region == call.region else None
        call.found[arn] = Group.of(here) if here else None
    found: Group | None = call.found[arn]
    return found


def find_target_group(call: Call, arn: str) -> Group:
    """By ARN. Raises TargetGroupNotFound."""
    found = lookup_target_group(call, arn)
    if found is None:
        raise TargetGroupNotFound("One or more target groups not found")
    return found


def keep_target_group(call: Call, found: Group, detail: TargetGroupDetail) -> Group:
    """Store what has changed; nothing is written, and nothing deployed, when nothing has."""
    changed = Group(found.record.documented(document_of(detail)), detail)
    if detail != found.detail:
        target_groups.save(call.tx, changed.record)
    return changed


# --- who sends to it ---


def load_balancers_by_group(call: Call) -> Mapping[str, tuple[str, ...]]:
    """The ARNs of the account's load balancers that listeners and rules send from, by the id of the target group.

    Read once a call, all of them: no column names the target groups of a listener or rule.
    """
    key = "load balancers by target group"
    if key not in call.found:
        call.found[key] = _senders(call)
    found: Mapping[str, tuple[str, ...]] = call.found[key]
    return found


def _senders(call: Call) -> dict[str, tuple[str, ...]]:
    balancers = {
        one.unique_id: one.arn
        for one in load_balancers.every(call.tx)
        if one.account_id == call.account_id and one.generation is Generation.V2
    }
    owners: dict[str, str] = {}
    found: dict[str, dict[str, None]] = {}
    for listener in listeners.every(call.tx):
        if listener.account_id == call.account_id and listener.load_balancer_id in balancers:
            owners[listener.listener_id] = balancers[listener.load_balancer_id]
            for name in read_listener(listener.document).target_groups:
                found.setdefault(name, {})[owners[listener.listener_id]] = None
    for rule in rules.every(call.tx):
        if rule.account_id == call.account_id and rule.listener_id in owners:
            for name in read_rule(rule.document).target_groups:
                found.setdefault(name, {})[owners[rule.listener_id]] = None
    return {name: tuple(sorted(those)) for name, those in found.items()}
