"""Whether anything has an ARN now: for those who explain what may be done to it, not for the operations themselves."""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from sealstone.model import aws_policies
from sealstone.model.load_balancer import Generation
from sealstone.operations.rolesanywhere.resources import SHELVES
from sealstone.store import (
    certificates,
    groups,
    instance_profiles,
    listeners,
    load_balancers,
    managed_policies,
    roles,
    rules,
    server_certificates,
    target_groups,
    trust_stores,
    users,
)
from sealstone.store.engine import Tx

_ARN_PARTS: Final = 6
_WILD: Final = frozenset("*?")


class _Named(Protocol):
    @property
    def arn(self) -> str:
        """The present one."""


_Find = Callable[[Tx, str, str], _Named | None]
_IAM: Final[Mapping[str, _Find]] = {
    "user": users.find,
    "group": groups.find,
    "role": roles.find,
    "policy": managed_policies.find,
    "instance-profile": instance_profiles.find,
    "server-certificate": server_certificates.find,
}


def known_absent(tx: Tx, arn: str) -> bool:
    """True when nothing has this ARN; False for what exists, what is no single ARN, and what is of no kind kept here.

    Listeners and rules are told by their ids alone.
    """
    parts = arn.split(":", _ARN_PARTS - 1)
    if len(parts) != _ARN_PARTS or not _WILD.isdisjoint(arn):
        return False
    _, _, service, region, account_id, resource = parts
    kind, _, rest = resource.partition("/")
    name = rest.rpartition("/")[2]
    if not name:
        return False
    if service == "iam":
        return kind in _IAM and not _in_iam(tx, account_id, kind, name, arn)
    if service == "elasticloadbalancing":
        return _balancing_absent(tx, region, account_id, kind, rest)
    if service == "rolesanywhere":
        return kind in SHELVES and SHELVES[kind].find(tx, account_id, region, name) is None
    return service == "acm" and kind == "certificate" and certificates.find(tx, account_id, region, name) is None


def _in_iam(tx: Tx, account_id: str, kind: str, name: str, arn: str) -> bool:
    found = _IAM[kind](tx, account_id, name)
    return (found is not None and found.arn == arn) or (kind == "policy" and aws_policies.by_arn(arn) is not None)


def _balancing_absent(tx: Tx, region: str, account_id: str, kind: str, rest: str) -> bool:
    name = rest.rpartition("/")[2]
    if kind == "loadbalancer" and "/" not in rest:
        return load_balancers.find(tx, account_id, region, Generation.CLASSIC, name) is None
    find = _BALANCING.get(kind)
    return find is not None and find(tx, account_id, name) is None


_BALANCING: Final[Mapping[str, Callable[[Tx, str, str], object | None]]] = {
    "loadbalancer": load_balancers.with_id,
    "targetgroup": target_groups.with_id,
    "truststore": trust_stores.with_id,
    "listener": listeners.with_id,
    "listener-rule": rules.with_id,
}
