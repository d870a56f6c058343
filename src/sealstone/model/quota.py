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
# The same page: 1,000 roles and instance profiles, 10 managed policies attached to a role (up to 20), 10,240 characters
# of inline policy on a role, 2,048 of trust policy. The names stand in recorded refusals.
ROLES: Final = Quota("RolesPerAccount", "RolesQuota", 1_000, 1_000_000)
INSTANCE_PROFILES: Final = Quota("InstanceProfilesPerAccount", "InstanceProfilesQuota", 1_000, 1_000_000)
POLICIES_PER_ROLE: Final = Quota("PoliciesPerRole", "AttachedPoliciesPerRoleQuota", 10, 20)
ROLE_POLICY_SIZE: Final = Quota("RolePolicySize", "RolePolicySizeQuota", 10_240, 131_072)
TRUST_POLICY_SIZE: Final = Quota("ACLSizePerRole", "AssumeRolePolicySizeQuota", 2_048, 131_072)
ROLES_PER_INSTANCE_PROFILE: Final = Quota("InstanceSessionsPerInstanceProfile", "", 1, 1)
TAGS_PER_ROLE: Final = Quota("TagsPerRole", "", 50, 50)
TAGS_PER_INSTANCE_PROFILE: Final = Quota("TagsPerInstanceProfile", "", 50, 50)
TAGS_PER_POLICY: Final = Quota("TagsPerPolicy", "", 50, 50)
TAGS: Final = Quota("TagsPerServerCertificate", "", 50, 50)
USER_TAGS: Final = Quota("TagsPerUser", "", 50, 50)
# IAM Roles Anywhere user guide, "Quotas": 50 trust anchors of up to 2 certificates, 250 profiles, 2 revocation lists
# for a trust anchor; of tags the model says 200.
TRUST_ANCHORS: Final = Quota("TrustAnchorsPerAccount", "", 50, 1_000)
PROFILES: Final = Quota("ProfilesPerAccount", "", 250, 10_000)
REVOCATION_LISTS: Final = Quota("RevocationListsPerTrustAnchor", "", 2, 20)
ROLES_ANYWHERE_TAGS: Final = Quota("TagsPerResource", "", 200, 200)
# Classic load balancer guide, "Quotas": 20 in a region, each with 100 listeners, 1,000 instances and 50 tags.
CLASSIC_LOAD_BALANCERS: Final = Quota("ClassicLoadBalancersPerRegion", "", 20, 100_000)
CLASSIC_LISTENERS: Final = Quota("ListenersPerClassicLoadBalancer", "", 100, 1_000)
CLASSIC_INSTANCES: Final = Quota("InstancesPerClassicLoadBalancer", "", 1_000, 10_000)
CLASSIC_POLICIES: Final = Quota("PoliciesPerClassicLoadBalancer", "", 100, 1_000)
CLASSIC_TAGS: Final = Quota("TagsPerClassicLoadBalancer", "", 50, 50)

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
        TRUST_ANCHORS,
        PROFILES,
        REVOCATION_LISTS,
        ROLES,
        INSTANCE_PROFILES,
        POLICIES_PER_ROLE,
        ROLE_POLICY_SIZE,
        TRUST_POLICY_SIZE,
        CLASSIC_LOAD_BALANCERS,
        CLASSIC_LISTENERS,
        CLASSIC_INSTANCES,
        CLASSIC_POLICIES,
    )
}
