"""The documents of the managed policies that bound a session by their ARNs."""

from sealstone.model import aws_policies
from sealstone.store import managed_policies
from sealstone.store.engine import Tx


def document(tx: Tx, account_id: str, policy_arn: str) -> str | None:
    """The default version of the account's or AWS's policy of this ARN, to the letter; None when there is none."""
    amazons = aws_policies.by_arn(policy_arn)
    if amazons:
        return aws_policies.version(amazons).document
    policy = managed_policies.find(tx, account_id, policy_arn.rpartition("/")[2])
    if policy is None or policy.arn != policy_arn:
        return None
    versions = managed_policies.versions(tx, policy)
    return next(version.document for version in versions if version.number == policy.default_version)
