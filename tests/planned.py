"""What becomes of every AWS operation that is not performed yet: planned or not planned, by rules over names.

Kept by hand, read by `tests/documents.py` for docs/operations.md. An operation that no rule names makes
`make check` fail, so that a new botocore cannot bring one in unseen. The first rule that fits counts.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

PLANNED: Final = "planned"
NOT_PLANNED: Final = "not planned"
SERVICES: Final = ("iam", "sts", "acm", "elb", "elbv2")


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
    _planned("iam", "signing in with a password", "ChangePassword"),
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
    _not_planned("iam", "compute instances", "*InstanceProfile*"),
    _not_planned("iam", "token forms of AWS's global endpoint", "SetSecurityTokenServicePreferences"),
    _not_planned(
        "iam",
        "reports; the audit log records every call instead",
        *("*ServiceLastAccessed*", "ListPoliciesGrantingServiceAccess"),
    ),
    _planned("iam", "permissions boundaries", "*PermissionsBoundary"),
    _planned("iam", "all of the account in one answer", "GetAccountAuthorizationDetails"),
    _planned(
        "iam",
        "roles and their trust",
        *("*Role", "*Roles", "*RolePolicy", "*RolePolicies", "ListRoleTags", "UpdateRoleDescription"),
    ),
    _planned("iam", "the policy simulator", "Simulate*", "GetContextKeysFor*"),
    # --- STS ---
    _planned("sts", "roles and their trust", "AssumeRole"),
    _planned("sts", "temporary credentials", "GetSessionToken", "GetFederationToken", "GetAccessKeyInfo"),
    _not_planned("sts", "federation with outside identity providers", "AssumeRoleWith*"),
    _not_planned("sts", "AWS Organizations: accounts here have no organization", "AssumeRoot"),
    _not_planned("sts", "denials here are never encoded", "DecodeAuthorizationMessage"),
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
    # --- ELB and ELBv2 ---
    _planned("elb", "listeners and their certificates", "*Listener*"),
    _planned("elb", "listeners' policies", "*Polic*"),
    _planned("elb", "recorded only: there is no network of subnets here", "*Subnets", "*AvailabilityZones*"),
    _planned("elb", "recorded only: there are no security groups here", "ApplySecurityGroups*"),
    _planned("elb", "targets and their health", "*Instance*", "ConfigureHealthCheck"),
    _planned("elb", "tags", "*Tags"),
    _planned("elb", "load balancers", "*LoadBalancer", "*LoadBalancers", "*Attributes", "DescribeAccountLimits"),
    _not_planned("elbv2", "capacity that AWS reserves", "*CapacityReservation"),
    _not_planned("elbv2", "address pools of AWS", "ModifyIpPools"),
    _not_planned("elbv2", "sharing between accounts of AWS", "GetResourcePolicy", "DeleteSharedTrustStoreAssociation"),
    _planned("elbv2", "mutual TLS", "*TrustStore*"),
    _planned("elbv2", "listeners and their certificates", "*Listener*", "DescribeSSLPolicies"),
    _planned("elbv2", "rules", "*Rule", "*Rules", "SetRulePriorities"),
    _planned("elbv2", "targets and their health", "*Target*"),
    _planned("elbv2", "tags", "*Tags"),
    _planned("elbv2", "recorded only: there is no network of subnets here", "SetSubnets", "SetIpAddressType"),
    _planned("elbv2", "recorded only: there are no security groups here", "SetSecurityGroups"),
    _planned("elbv2", "load balancers", "*LoadBalancer", "*LoadBalancers", "*Attributes", "DescribeAccountLimits"),
)


def rule_for(service: str, name: str) -> Rule:
    """The first rule that names the operation. Raises Unclassified."""
    for rule in RULES:
        if rule.names_operation(service, name):
            return rule
    raise Unclassified(f"{service}:{name} is neither performed nor named by a rule in tests/planned.py")
