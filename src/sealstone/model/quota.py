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
TAGS: Final = Quota("TagsPerServerCertificate", "", 50, 50)

ALL: Final = {
    quota.name: quota for quota in (SERVER_CERTIFICATES, USERS, ACCESS_KEYS, SIGNING_CERTIFICATES, USER_POLICY_SIZE)
}
