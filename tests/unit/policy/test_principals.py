"""Whom the Principal element of a trust policy reaches."""

import pytest

from sealstone.policy import principals
from sealstone.policy.principals import Principals, Reach, TrustPrincipal
from sealstone.policy.problems import MalformedPolicyDocument

A, B = "123456789012", "210987654321"
BOB = f"arn:aws:iam::{A}:user/a/bob"
ROLE = f"arn:aws:iam::{A}:role/ops"
SESSION = f"arn:aws:sts::{A}:assumed-role/ops/s1"
ROOT = f"arn:aws:iam::{A}:root"
IDS = {BOB: "AIDABOB", ROLE: "AROAOPS", "AIDAEVEEVEEVEEVEEVEEV": "AIDAEVEEVEEVEEVEEVEEV"}
AS_BOB = TrustPrincipal(A, (BOB,), unique_id="AIDABOB")
AS_ROLE = TrustPrincipal(A, (ROLE, SESSION), unique_id="AROAOPS")
AS_ROOT = TrustPrincipal(A, (ROOT,))
AS_OTHER_ROOT = TrustPrincipal(B, (f"arn:aws:iam::{B}:root",))
AS_SERVICE = TrustPrincipal(A, (), service="rolesanywhere.amazonaws.com")


def of(element: object, *, negated: bool = False) -> Principals:
    found = principals.entries(element)
    principals.check(found)
    return principals.compiled(found, IDS, negated=negated)


DIRECT, EVERYONE, ACCOUNT = Reach.DIRECT, Reach.EVERYONE, Reach.ACCOUNT


@pytest.mark.parametrize(
    ("element", "principal", "reach"),
    [
        ({"AWS": BOB}, AS_BOB, DIRECT),
        ({"AWS": [ROLE, BOB]}, AS_BOB, DIRECT),
        ({"AWS": BOB}, AS_ROLE, None),
        # Another user under the old name, or the same user under another: only the id counts.
        ({"AWS": BOB}, TrustPrincipal(A, (BOB,), unique_id="AIDANEW"), None),
        ({"AWS": BOB}, TrustPrincipal(A, (f"arn:aws:iam::{A}:user/robert",), unique_id="AIDABOB"), DIRECT),
        ({"AWS": f"arn:aws:iam::{A}:user/gone"}, TrustPrincipal(A, (f"arn:aws:iam::{A}:user/gone",)), None),
        ({"AWS": "AIDAEVEEVEEVEEVEEVEEV"}, TrustPrincipal(A, (), unique_id="AIDAEVEEVEEVEEVEEVEEV"), DIRECT),
        ({"AWS": ROLE}, AS_ROLE, DIRECT),
        ({"AWS": SESSION}, AS_ROLE, DIRECT),
        ({"AWS": SESSION}, TrustPrincipal(A, (ROLE, SESSION + "2"), unique_id="AROAOPS"), None),
        ({"AWS": A}, AS_BOB, ACCOUNT),
        ({"AWS": ROOT}, AS_ROLE, ACCOUNT),
        ({"AWS": ROOT}, AS_ROOT, ACCOUNT),
        ({"AWS": B}, AS_BOB, None),
        ({"AWS": [ROOT, BOB]}, AS_BOB, DIRECT),
        ("*", AS_OTHER_ROOT, EVERYONE),
        ({"AWS": "*"}, AS_BOB, EVERYONE),
        ("*", AS_SERVICE, None),
        ({"AWS": A}, AS_SERVICE, None),
        ({"Service": "rolesanywhere.amazonaws.com"}, AS_SERVICE, DIRECT),
        ({"Service": ["ec2.amazonaws.com"]}, AS_SERVICE, None),
        ({"Service": "rolesanywhere.amazonaws.com"}, AS_BOB, None),
        ({"Federated": "accounts.example.com"}, AS_BOB, None),
        ({"Federated": A, "AWS": B}, AS_BOB, None),
    ],
)
def test_whom_a_principal_reaches(element: object, principal: TrustPrincipal, reach: Reach | None) -> None:
    assert of(element).reach(principal, allows=True) is reach


def test_a_deny_for_everyone_means_services_too() -> None:
    assert of("*").reach(AS_SERVICE, allows=False) is EVERYONE


@pytest.mark.parametrize(
    ("element", "principal", "spared"),
    [
        ({"AWS": BOB}, AS_BOB, True),
        ({"AWS": BOB}, AS_ROLE, False),
        ({"AWS": ROOT}, AS_ROOT, True),
        # Naming the account beside one of its users must not spare all the others.
        ({"AWS": [ROOT, BOB]}, AS_ROLE, False),
        ("*", AS_BOB, True),
        ({"Service": "rolesanywhere.amazonaws.com"}, AS_SERVICE, True),
    ],
)
def test_whom_a_not_principal_spares(element: object, principal: TrustPrincipal, spared: bool) -> None:
    assert of(element, negated=True).reach(principal, allows=False) is (None if spared else EVERYONE)


@pytest.mark.parametrize(
    ("element", "cause"),
    [
        ({"AWS": f"arn:aws:iam::{A}:user/*"}, f'Invalid principal in policy: "AWS":"arn:aws:iam::{A}:user/*"'),
        ({"AWS": f"arn:aws:iam::{A}:user/b?b"}, f'Invalid principal in policy: "AWS":"arn:aws:iam::{A}:user/b?b"'),
        ({"AWS": f"arn:aws:iam::{A}:group/x"}, f'Invalid principal in policy: "AWS":"arn:aws:iam::{A}:group/x"'),
        ({"AWS": f"arn:aws:iam::{A}"}, f'Invalid principal in policy: "AWS":"arn:aws:iam::{A}"'),
        ({"AWS": f"arn:aws:iam::{A}:root\n"}, 'Invalid principal in policy: "AWS":'),
        ({"AWS": "1" * 13}, 'Invalid principal in policy: "AWS":"1111111111111"'),
        ({"AWS": "\uff11" * 12}, 'Invalid principal in policy: "AWS":'),
        ({"AWS": ""}, 'Invalid principal in policy: "AWS":""'),
        ({"AWS": 1}, 'Invalid principal in policy: "AWS":""'),
        ({"AWS": [["x"]]}, 'Invalid principal in policy: "AWS":""'),
        ({"Service": "*"}, 'Invalid principal in policy: "SERVICE":"*"'),
        ({"Service": "a b"}, 'Invalid principal in policy: "SERVICE":"a b"'),
        ({"Federated": " "}, 'Invalid principal in policy: "FEDERATED":" "'),
        ({"CanonicalUser": "x"}, 'Invalid principal in policy: "CANONICALUSER":""'),
        ({}, "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in policy has"),
        ({"AWS": []}, "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in"),
        ("bob", "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in policy"),
        (None, "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in policy has"),
    ],
)
def test_what_names_nobody_is_refused(element: object, cause: str) -> None:
    with pytest.raises(MalformedPolicyDocument) as refusal:
        of(element)
    assert refusal.value.cause.startswith(cause)


def test_users_and_roles_must_exist_and_nothing_else() -> None:
    names = [BOB, ROLE, SESSION, ROOT, A, "*", "AROAOPSOPSOPSOPSOPSOP"]
    found = principals.entries({"AWS": names, "Service": "ec2.amazonaws.com"})
    assert principals.must_exist(found) == (BOB, ROLE, "AROAOPSOPSOPSOPSOPSOP")
    assert principals.unknown(BOB).cause == f'Invalid principal in policy: "AWS":"{BOB}"'
