"""Who decides on load balancing: the caller's policies, which see what a request asks for, and ask about its tags.

Source: service authorization reference, Elastic Load Balancing and Elastic Load Balancing V2, condition keys; load
balancing user guide, "API permissions to tag resources during creation". Which keys a request fills is known to the
services themselves (`elb.condition_keys`, `elbv2.condition_keys`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from sealstone.operations.authorization import permit
from sealstone.operations.call import Call
from sealstone.operations.operation import Judge, Resources

CREATE_ACTION: Final = "elasticloadbalancing:createaction"
LISTENER_PROTOCOL: Final = "elasticloadbalancing:listenerprotocol"
SCHEME: Final = "elasticloadbalancing:scheme"
SECURITY_GROUP: Final = "elasticloadbalancing:securitygroup"
SECURITY_POLICY: Final = "elasticloadbalancing:securitypolicy"
SUBNET: Final = "elasticloadbalancing:subnet"
INTERNET_FACING: Final = "internet-facing"
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
        permit(call, action, call.resources, more={key: values for key, values in filled.items() if values})
        if tagging and call.parameters.get("Tags"):
            permit(call, ADD_TAGS, tagging(call), more={CREATE_ACTION: (call.operation,)})

    return decide


def of_scheme(call: Call) -> Keys:
    """Of what creates a load balancer."""
    return {SCHEME: (str(call.parameters.get("Scheme") or INTERNET_FACING),)}


def of_security_groups(call: Call) -> Keys:
    """Of what names security groups."""
    return {SECURITY_GROUP: texts(call, "SecurityGroups")}


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
