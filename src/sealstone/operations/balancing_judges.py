"""Who decides on load balancing: the caller's policies, which see what a request asks for, and ask about its tags.

Source: service authorization reference, Elastic Load Balancing and Elastic Load Balancing V2, condition keys; load
balancing user guide, "API permissions to tag resources during creation". Which keys a request fills is known to the
services themselves (`elb.condition_keys`, `elbv2.condition_keys`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from sealstone.operations.authorization import denied, judged
from sealstone.operations.call import Call, Resource
from sealstone.operations.operation import Judge, Resources
from sealstone.policy.judgement import denial

CREATE_ACTION: Final = "elasticloadbalancing:createaction"
LISTENER_PROTOCOL: Final = "elasticloadbalancing:listenerprotocol"
SCHEME: Final = "elasticloadbalancing:scheme"
SECURITY_GROUP: Final = "elasticloadbalancing:securitygroup"
SECURITY_POLICY: Final = "elasticloadbalancing:securitypolicy"
SUBNET: Final = "elasticloadbalancing:subnet"
ADD_TAGS: Final = "elasticloadbalancing:AddTags"

Keys = Mapping[str, tuple[str, ...]]
"""Lower-case condition key to its values; one without values is one that the request does not have."""


def conditioned(keys: Callable[[Call], Keys] | None = None, *, tagging: Resources | None = None) -> Judge:
    """The judge of an operation that fills condition keys, creates `tagging` with tags, or both; raises AccessDenied.

    Who creates something with tags must be allowed elasticloadbalancing:AddTags on the new ARN, too (recorded:
    aws-ia/terraform-aws-eks-blueprints#717), and a policy may allow that during creation alone, by CreateAction.
    Root may do everything.
    """

    def decide(call: Call, action: str) -> None:
        if call.caller.is_root:
            return
        filled = keys(call) if keys else {}
        _permit(call, action, call.resources, {key: values for key, values in filled.items() if values})
        if tagging and call.parameters.get("Tags"):
            _permit(call, ADD_TAGS, tagging(call), {CREATE_ACTION: (call.operation,)})

    return decide


def texts(call: Call, parameter: str) -> tuple[str, ...]:
    """The values of a list of strings, each once; empty when it was not sent."""
    sent: Sequence[str] = call.parameters.get(parameter) or ()
    return once(sent)


def members(call: Call, parameter: str, member: str) -> tuple[str, ...]:
    """One member of a list of structures, each value once; structures without it are left out."""
    sent: Sequence[Mapping[str, Any]] = call.parameters.get(parameter) or ()
    return once(str(one.get(member) or "") for one in sent)


def once(values: Iterable[str]) -> tuple[str, ...]:
    """The values in order, each once, without empty ones."""
    return tuple(dict.fromkeys(value for value in values if value))


def _permit(call: Call, action: str, resources: Sequence[Resource], more: Keys) -> None:
    """Every resource must be allowed. Raises AccessDenied."""
    for resource in resources:
        judgement = judged(call, action, resource, more=more)
        if not judgement.allowed:
            raise denied(call, action, resource, denial(judgement, action))
