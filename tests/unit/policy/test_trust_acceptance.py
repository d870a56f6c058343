"""What IAM refuses of a trust policy, and in which words."""

import json
from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealstone.policy import trust_acceptance
from sealstone.policy.acceptance import SID_CHARACTERS, SID_TWICE
from sealstone.policy.problems import LEGACY, SYNTAX, MalformedPolicyDocument
from sealstone.policy.trust import read

GOOD = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
ACTIONS = "AssumeRole policy may only specify STS AssumeRole actions."


def text(*statements: Mapping[str, object], **top: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **top})


def without(*names: str) -> dict[str, object]:
    return {name: value for name, value in GOOD.items() if name not in names}


@pytest.mark.parametrize(
    "document",
    [
        text(GOOD),
        text(GOOD, {**GOOD, "Sid": "Two", "Condition": {"StringEquals": {"sts:ExternalId": "x"}}}),
        text({**GOOD, "Sid": ""}, {**GOOD, "Sid": ""}),
        json.dumps({"Version": "2008-10-17", "Id": "x", "Statement": GOOD}),
        json.dumps({"Statement": GOOD}),
        text({**GOOD, "Action": ["sts:AssumeRole", "STS:tagsession", "sts:SetSourceIdentity", "sts:SetContext"]}),
        text({**GOOD, "Action": "sts:AssumeRole*"}),
        text({**GOOD, "Action": "sts:*"}),
        text({**without("Principal"), "Effect": "Deny", "NotPrincipal": {"AWS": "123456789012"}}),
        text({**GOOD, "Principal": {"Federated": "cognito-identity.amazonaws.com"}}),
    ],
)
def test_what_is_accepted(document: str) -> None:
    read(document)


@pytest.mark.parametrize(
    ("document", "cause"),
    [
        ("", "This policy contains invalid Json"),
        ("{", "This policy contains invalid Json"),
        ('{"a": 1, "a": 2}', "This policy contains invalid Json"),
        ("[]", SYNTAX),
        (text(), SYNTAX),
        (text(GOOD, Version="2020-01-01"), SYNTAX),
        (text({**GOOD, "Effect": "allow"}), LEGACY),
        (text({**GOOD, "Effect": "Perhaps"}), SYNTAX),
        (text({**GOOD, "Nonsense": 1}), SYNTAX),
        (text({**GOOD, "Resource": "*"}), "Has prohibited field Resource"),
        (text({**GOOD, "NotResource": "*"}), "Has prohibited field NotResource"),
        (text(without("Principal")), "Missing required field Principal"),
        (text(without("Action")), "Missing required field Action"),
        (text({**GOOD, "NotPrincipal": {"AWS": "123456789012"}}), "Has prohibited field NotPrincipal"),
        (text({**without("Principal"), "NotPrincipal": "*"}), "Has prohibited field NotPrincipal"),
        (text({**GOOD, "Action": "iam:PassRole"}), ACTIONS),
        (text({**GOOD, "Action": "sts:GetCallerIdentity"}), ACTIONS),
        (text({**GOOD, "Action": ["sts:AssumeRole", "*"]}), ACTIONS),
        (text({**GOOD, "Action": "s*:AssumeRole"}), ACTIONS),
        (text({**GOOD, "Action": []}), ACTIONS),
        (text({**without("Action"), "NotAction": "sts:AssumeRole"}), ACTIONS),
        (text({**GOOD, "Sid": "a b"}), SID_CHARACTERS),
        (text({**GOOD, "Sid": "é"}), SID_CHARACTERS),
        (text({**GOOD, "Sid": "a"}, {**GOOD, "Sid": "a"}), SID_TWICE),
        (text({**GOOD, "Principal": {"AWS": "nobody"}}), 'Invalid principal in policy: "AWS":"nobody"'),
        (text({**GOOD, "Condition": {"NoSuch": {"a": "b"}}}), SYNTAX),
        (text({**GOOD, "Condition": {"DateLessThan": {"aws:CurrentTime": "soon"}}}), LEGACY),
        (text({**GOOD, "Condition": {"StringEquals": {"aws:x": "${"}}}), SYNTAX),
    ],
)
def test_what_is_refused(document: str, cause: str) -> None:
    with pytest.raises(MalformedPolicyDocument) as refusal:
        read(document)
    assert refusal.value.cause == cause
    assert refusal.value.cure


@given(st.text())
def test_any_text_is_read_or_refused(document: str) -> None:
    with pytest.raises(MalformedPolicyDocument):
        read(document)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["Allow", "Deny", "*", "sts:AssumeRole", "AWS"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Statement", "Effect", "Principal", "NotPrincipal", "Action", "AWS", "Condition"]), inner
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_json_is_read_or_refused(value: object) -> None:
    with suppress(MalformedPolicyDocument):
        read(json.dumps({"Statement": value}))


def test_what_was_accepted_once_is_read_by_form_alone() -> None:
    """A later, stricter release must not lose a policy in force."""
    assert trust_acceptance.parsed(text({**GOOD, "Resource": "*", "Action": "x"})).statements
