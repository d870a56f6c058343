"""Which names of actions there are."""

import pytest

from sealstone.operations import actions
from sealstone.operations.catalog import operations


def test_what_is_performed_is_an_action() -> None:
    assert all(actions.exists(one.action) for one in operations())


@pytest.mark.parametrize(
    "name",
    ["iam:getuser", "IAM:PassRole", "sts:TagSession", "iam:CreateSAMLProvider", "elasticloadbalancing:SetWebAcl"],
)
def test_cases_permissions_and_what_is_not_performed(name: str) -> None:
    assert actions.exists(name)


@pytest.mark.parametrize(
    "name", ["iam:", "iam", "", "iam:GetUsers", "elb:DescribeTags", "s3:GetObject", "acm:PassRole"]
)
def test_what_is_no_action(name: str) -> None:
    assert not actions.exists(name)
