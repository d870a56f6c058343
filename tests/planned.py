"""What becomes of every AWS operation that is not performed yet: planned or not planned, by rules over names.

Kept by hand, read by `tests/documents.py` for docs/operations.md. An operation that no rule names makes
`make check` fail, so that a new botocore cannot bring one in unseen. The first rule that fits counts.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

PLANNED: Final = "planned"
NOT_PLANNED: Final = "not planned"
SERVICES: Final = ("iam", "sts", "rolesanywhere", "acm", "elb", "elbv2")


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
    _not_planned("acm", "no mail is sent to the owners of domains", "ResendValidationEmail"),
    _planned("acm", "issuing over ACME", "*Acme*"),
    _planned("acm", "imported certificates", "ImportCertificate", "ExportCertificate", "*CertificateOptions"),
    _planned(
        "acm",
        "requested certificates",
        *("RequestCertificate", "RenewCertificate", "RevokeCertificate", "ListCertificateDomainValidations"),
    ),
    _planned(
        "acm",
        "certificates of both kinds",
        *("DescribeCertificate", "GetCertificate", "DeleteCertificate", "ListCertificates", "SearchCertificates"),
    ),
    _planned("acm", "tags", "*TagsToCertificate", "*TagsFromCertificate", "ListTagsFor*", "*Resource"),
    _planned("acm", "warnings before expiry", "*AccountConfiguration"),
    # --- ELBv2 (of ELB every operation is performed) ---
    _not_planned("elbv2", "capacity that AWS reserves", "*CapacityReservation"),
    _not_planned("elbv2", "address pools of AWS", "ModifyIpPools"),
    _not_planned("elbv2", "sharing between accounts of AWS", "GetResourcePolicy", "DeleteSharedTrustStoreAssociation"),
)


def rule_for(service: str, name: str) -> Rule:
    """The first rule that names the operation. Raises Unclassified."""
    for rule in RULES:
        if rule.names_operation(service, name):
            return rule
    raise Unclassified(f"{service}:{name} is neither performed nor named by a rule in tests/planned.py")
