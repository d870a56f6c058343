"""AWS's own policies: there under their ARNs, legal, and of services that are here."""

import json

import pytest

from sealstone.model import aws_policies
from sealstone.model.managed_policy import AWS, ManagedPolicy

NAMES = {
    "AdministratorAccess",
    "AWSCertificateManagerFullAccess",
    "AWSCertificateManagerReadOnly",
    "ElasticLoadBalancingFullAccess",
    "ElasticLoadBalancingReadOnly",
    "IAMFullAccess",
    "IAMReadOnlyAccess",
    "SecurityAudit",
}


def test_they_are_all_there_by_name() -> None:
    names = [policy.name for policy in aws_policies.ALL]
    assert set(names) == NAMES
    assert names == sorted(names, key=str.lower)


@pytest.mark.parametrize("policy", aws_policies.ALL, ids=lambda policy: policy.name)
def test_each_is_found_and_its_document_speaks_of_services_that_are_here(policy: ManagedPolicy) -> None:
    assert policy.arn == f"arn:aws:iam::aws:policy/{policy.name}"
    assert aws_policies.by_arn(policy.arn) == policy
    assert aws_policies.by_id(policy.unique_id) == policy
    version = aws_policies.version(policy)
    assert (version.account_id, version.version_id, version.policy_id) == (AWS, "v1", policy.unique_id)
    (statement,) = json.loads(version.document)["Statement"]
    actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
    assert {action.partition(":")[0] for action in actions} <= {"*", "iam", "acm", "elasticloadbalancing"}
    if "ReadOnly" in policy.name or policy.name == "SecurityAudit":
        verbs = ("Describe", "Get", "List", "Generate", "Simulate")
        assert all(action.partition(":")[2].startswith(verbs) for action in actions)


def test_an_arn_is_taken_to_the_letter() -> None:
    assert aws_policies.by_arn("arn:aws:iam::aws:policy/iamfullaccess") is None
    assert aws_policies.by_arn("arn:aws:iam::123456789012:policy/IAMFullAccess") is None
    assert aws_policies.by_id("ANPANONE") is None
