"""The security policies that listeners may have."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sealstone.model.ssl_policies import POLICIES, SSLPolicy
from sealstone.operations.call import Call
from sealstone.operations.elbv2.errors import SSLPolicyNotFound
from sealstone.operations.elbv2.named import everything
from sealstone.operations.elbv2.wording import cut
from sealstone.operations.operation import operation

_KINDS: Final = ("application", "network")


@operation("elbv2", on=everything, access="Read")
def describe_ssl_policies(
    call: Call,  # noqa: ARG001
    *,
    names: Sequence[str] | None = None,
    marker: str | None = None,
    page_size: int | None = None,
    load_balancer_type: str | None = None,
) -> Mapping[str, Any]:
    """Those named, or all; each is for both types of load balancers, and none for gateways."""
    for name in names or ():
        if name not in POLICIES:
            raise SSLPolicyNotFound(f"SSL policy '{name}' not found")
    chosen = [POLICIES[name] for name in dict.fromkeys(names or POLICIES)]
    if load_balancer_type not in (None, *_KINDS):
        chosen = []
    order = {name: f"{number:03d}" for number, name in enumerate(POLICIES)}
    page, more = cut(sorted(chosen, key=lambda one: order[one.name]), marker, page_size, lambda one: order[one.name])
    return {"SslPolicies": [_member(policy) for policy in page]} | more


def _member(policy: SSLPolicy) -> dict[str, Any]:
    return {
        "SslProtocols": list(policy.protocols),
        "Ciphers": [{"Name": name, "Priority": number} for number, name in enumerate(policy.ciphers, start=1)],
        "Name": policy.name,
        "SupportedLoadBalancerTypes": list(_KINDS),
    }
