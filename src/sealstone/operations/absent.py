"""What becomes of every AWS operation that is not performed here: planned or not planned, by rules over names.

Kept by hand. docs/operations.md is generated from it, and the endpoint answers from it whoever asks for such an
operation. An operation that no rule names makes `make check` fail, so that a new botocore cannot bring one in unseen.
The first rule that fits counts.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from sealstone.operations.service_model import service as service_model

PLANNED: Final = "planned"
NOT_PLANNED: Final = "not planned"
SERVICES: Final = ("iam", "sts", "rolesanywhere", "acm", "elb", "elbv2")
PAGE: Final = "docs/operations.md"
"""Where every operation stands with its state."""


class Unclassified(Exception):
    """An operation of the service models is neither performed nor named by a rule."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Names (`*` stands for any run of characters) of one service, their state and what stands beside it."""

    service: str
    state: str
    remark: str
    names: tuple[str, ...]

    def names_operation(self, service: str, name: str) -> bool:
        """Whether this rule is about the operation."""
        return service == self.service and any(fnmatchcase(name, pattern) for pattern in self.names)


def _planned(service: str, remark: str, *names: str) -> Rule:
    return Rule(service, PLANNED, remark, names)


def _not_planned(service: str, remark: str, *names: str) -> Rule:
    return Rule(service, NOT_PLANNED, remark, names)


RULES: Final = (
    # --- IAM ---
    _not_planned("iam", "multi-factor devices: there are no sign-in pages here", "*MFADevice*"),
    _not_planned("iam", "keys for a source repository service that is not here", "*SSHPublicKey"),
    _not_planned("iam", "credentials of services that are not here", "*ServiceSpecificCredential"),
    _not_planned("iam", "federation with outside identity providers", "*SAMLProvider*", "*OpenIDConnectProvider*"),
    _not_planned("iam", "identity tokens for services outside", "*OutboundWebIdentityFederation*"),
    _not_planned("iam", "AWS Organizations: accounts here have no organization", "*Organizations*"),
    _not_planned(
        "iam", "delegation to partners of AWS", "*DelegationRequest*", "SendDelegationToken", "GetHumanReadableSummary"
    ),
    _not_planned("iam", "role templates of AWS", "AcquireRole", "GetRoleTemplateVersion", "*AccountProperties"),
    _not_planned("iam", "roles that AWS services make for themselves", "*ServiceLinkedRole*"),
    _not_planned("iam", "token forms of AWS's global endpoint", "SetSecurityTokenServicePreferences"),
    _not_planned(
        "iam",
        "reports; the audit log records every call instead",
        *("*ServiceLastAccessed*", "ListPoliciesGrantingServiceAccess"),
    ),
    # --- STS ---
    _not_planned("sts", "federation with outside identity providers", "AssumeRoleWith*"),
    _not_planned("sts", "AWS Organizations: accounts here have no organization", "AssumeRoot"),
    _not_planned("sts", "delegation to partners of AWS", "GetDelegatedAccessToken"),
    _not_planned("sts", "identity tokens for services outside", "GetWebIdentityToken"),
    # --- ACM ---
    _planned("acm", "issuing over ACME", "*Acme*"),
    # --- ELBv2 (of ELB every operation is performed) ---
    _not_planned("elbv2", "capacity that AWS reserves", "ModifyCapacityReservation"),
    _not_planned("elbv2", "address pools of AWS", "ModifyIpPools"),
    _not_planned("elbv2", "sharing between accounts of AWS", "GetResourcePolicy", "DeleteSharedTrustStoreAssociation"),
)


def rule_for(service: str, name: str) -> Rule:
    """The first rule that names the operation. Raises Unclassified."""
    for rule in RULES:
        if rule.names_operation(service, name):
            return rule
    raise Unclassified(f"{service}:{name} is neither performed nor named by a rule in operations/absent.py")


def told(service: str, name: str) -> str:
    """The end of the refusal of an operation of the service (botocore's name) that is not performed.

    Empty when AWS has no operation of this name either.
    """
    if name not in service_model(service).operation_names:
        return ""
    try:
        rule = rule_for(service, name)
    except Unclassified:
        return f": AWS has {name}, but it is not performed here. See {PAGE}."
    state = "it is planned, and not performed yet" if rule.state == PLANNED else "it is not performed here"
    return f": AWS has {name}, but {state} ({rule.remark}). See {PAGE}."
