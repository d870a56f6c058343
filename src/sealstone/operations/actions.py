"""The names of actions: what policies can speak of in the services that are here.

An action is an operation of the service, performed here or not, or a permission that no operation has for a name.
Source: service authorization reference, of each service.
"""

from typing import Final

from sealstone.operations.service_model import service as service_model

SERVICES: Final = {
    "acm": ("acm",),
    "elasticloadbalancing": ("elb", "elbv2"),
    "iam": ("iam",),
    "rolesanywhere": ("rolesanywhere",),
    "sts": ("sts",),
}
"""Names in actions, and botocore's names of the services behind each."""
_PERMISSIONS: Final = {
    "elasticloadbalancing": ("SetWebAcl",),
    "iam": ("PassRole",),
    "sts": ("GetServiceBearerToken", "SetContext", "SetSourceIdentity", "TagGetWebIdentityToken", "TagSession"),
}


def exists(action: str) -> bool:
    """Whether there is such an action, without regard to case, as in policies."""
    service, _, name = action.lower().partition(":")
    return name in {known.lower() for known in _names(service)}


def _names(service: str) -> tuple[str, ...]:
    of_models = (name for model in SERVICES.get(service, ()) for name in service_model(model).operation_names)
    return (*of_models, *_PERMISSIONS.get(service, ()))
