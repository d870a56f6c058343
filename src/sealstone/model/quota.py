"""Quotas: their names, what AWS gives by default, and how far each may be raised."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Quota:
    """One limit of an account: `name` as in error messages, `summary_key` as in GetAccountSummary."""

    name: str
    summary_key: str
    default: int
    ceiling: int


# IAM user guide, quotas page: 20 server certificates (up to 1,000), 5,000 users, 2 access keys and 2 signing
# certificates a user, 2,048 characters of inline policy on a user, white space not counted. A self-hosted account may
# raise further.
SERVER_CERTIFICATES: Final = Quota("ServerCertificatesPerAccount", "ServerCertificatesQuota", 20, 10_000_000)
USERS: Final = Quota("UsersPerAccount", "UsersQuota", 5_000, 10_000_000)
ACCESS_KEYS: Final = Quota("AccessKeysPerUser", "AccessKeysPerUserQuota", 2, 2)
SIGNING_CERTIFICATES: Final = Quota("CertificatesPerUser", "SigningCertificatesPerUserQuota", 2, 2)
USER_POLICY_SIZE: Final = Quota("UserPolicySize", "UserPolicySizeQuota", 2_048, 131_072)
# The same page: 300 groups, 10 groups a user, 5,120 characters of inline policy on a group; 1,500 customer managed
# policies of 6,144 characters, 5 versions each, 10 of them attached to a user (up to 20) or to a group.
GROUPS: Final = Quota("GroupsPerAccount", "GroupsQuota", 300, 1_000_000)
GROUPS_PER_USER: Final = Quota("GroupsPerUser", "GroupsPerUserQuota", 10, 10)
GROUP_POLICY_SIZE: Final = Quota("GroupPolicySize", "GroupPolicySizeQuota", 5_120, 131_072)
POLICIES: Final = Quota("PoliciesPerAccount", "PoliciesQuota", 1_500, 1_000_000)
POLICY_SIZE: Final = Quota("PolicySize", "PolicySizeQuota", 6_144, 131_072)
POLICIES_PER_USER: Final = Quota("PoliciesPerUser", "AttachedPoliciesPerUserQuota", 10, 20)
POLICIES_PER_GROUP: Final = Quota("PoliciesPerGroup", "AttachedPoliciesPerGroupQuota", 10, 20)
VERSIONS_PER_POLICY: Final = Quota("VersionsPerPolicy", "VersionsPerPolicyQuota", 5, 5)
TAGS_PER_POLICY: Final = Quota("TagsPerPolicy", "", 50, 50)
TAGS: Final = Quota("TagsPerServerCertificate", "", 50, 50)
USER_TAGS: Final = Quota("TagsPerUser", "", 50, 50)

ALL: Final = {
    quota.name: quota
    for quota in (
        SERVER_CERTIFICATES,
        USERS,
        ACCESS_KEYS,
        SIGNING_CERTIFICATES,
        USER_POLICY_SIZE,
        GROUPS,
        GROUPS_PER_USER,
        GROUP_POLICY_SIZE,
        POLICIES,
        POLICY_SIZE,
        POLICIES_PER_USER,
        POLICIES_PER_GROUP,
        VERSIONS_PER_POLICY,
    )
}
