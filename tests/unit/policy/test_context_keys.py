"""Which keys a policy asks for, and how they are written."""

import json
from collections.abc import Mapping

import pytest

from sealstone.policy.context_keys import of_statements, once
from sealstone.policy.problems import MalformedPolicyDocument


def text(*statements: Mapping[str, object], version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": statements})


def statement(resource: str = "*", **condition: dict[str, object]) -> dict[str, object]:
    return {"Effect": "Allow", "Action": "iam:*", "Resource": resource, "Condition": condition}


def test_the_documents_example() -> None:
    """AWS CLI reference, get-context-keys-for-custom-policy."""
    table = "arn:aws:dynamodb:us-west-2:123456789012:table/${aws:username}"
    one = statement(table, DateGreaterThan={"aws:CurrentTime": "2015-08-16T12:00:00Z"})
    assert of_statements(text(one)) == (("aws:username", "aws:CurrentTime"),)


def test_each_statement_has_its_own_and_each_key_once_whatever_its_case() -> None:
    first = statement(
        "arn:aws:iam::*:user/${ AWS:UserName }",
        StringEquals={"aws:username": "${aws:PrincipalTag/Team, 'x'}"},
        Null={"aws:TagKeys": "true"},
    )
    found = of_statements(text(first, statement()))
    assert found == (("AWS:UserName", "aws:PrincipalTag/Team", "aws:TagKeys"), ())


def test_what_is_no_variable_is_no_key() -> None:
    assert of_statements(text(statement("arn:aws:iam::*:user/${*}${$}{aws:a}"))) == ((),)
    assert of_statements(text(statement("arn:aws:iam::*:user/${aws:username"))) == ((),)
    old = statement("arn:aws:iam::*:user/${aws:username}", StringLike={"aws:userid": "${aws:username}"})
    assert of_statements(text(old, version="2008-10-17")) == (("aws:userid",),)
    without = {"Effect": "Allow", "Action": "iam:*"}
    assert of_statements(text(without)) == ((),)


def test_no_policy_has_no_keys() -> None:
    with pytest.raises(MalformedPolicyDocument):
        of_statements("{}")


def test_the_first_spelling_stays() -> None:
    assert once(iter(("aws:A", "aws:b", "AWS:a"))) == ("aws:A", "aws:b")
