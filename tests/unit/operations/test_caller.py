"""Callers of each kind: names, ids, and who is root."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.house_fixture import ACCOUNT

from sealstone.model.identity import User
from sealstone.model.role import Role
from sealstone.model.session import Session, SessionKind
from sealstone.operations.call import Caller

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BOB = User(ACCOUNT, "AIDABOB", "Bob", "/dev/", NOW, {"Team": "web"})
DEPLOYER = Role(ACCOUNT, "AROADEPLOYER", "deployer", "/ci/", NOW, "{}", tags={"Team": "ops", "Stage": "test"})


def session(kind: SessionKind, name: str = "night", tags: dict[str, str] | None = None) -> Session:
    return Session(ACCOUNT, "ASIA", kind, "owner", name, NOW, NOW, tags=tags or {})


ROOT = Caller(ACCOUNT, "AKIA", None)
USER = Caller(ACCOUNT, "AKIA", BOB)
ROOT_SESSION = replace(ROOT, session=session(SessionKind.SESSION_TOKEN, ""))
USER_SESSION = replace(USER, session=session(SessionKind.SESSION_TOKEN, ""))
ROLE = replace(ROOT, role=DEPLOYER, session=session(SessionKind.ASSUMED_ROLE))
FEDERATED = replace(ROOT, session=session(SessionKind.FEDERATED, "guest"))

ROOT_ARN = f"arn:aws:iam::{ACCOUNT}:root"
BOB_ARN = f"arn:aws:iam::{ACCOUNT}:user/dev/Bob"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/ci/deployer"
SESSION_ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/night"
GUEST_ARN = f"arn:aws:sts::{ACCOUNT}:federated-user/guest"


@pytest.mark.parametrize(
    ("caller", "arn", "principal_arn", "arns", "unique_id", "kind"),
    [
        (ROOT, ROOT_ARN, ROOT_ARN, (ROOT_ARN,), ACCOUNT, "Account"),
        (ROOT_SESSION, ROOT_ARN, ROOT_ARN, (ROOT_ARN,), ACCOUNT, "Account"),
        (USER, BOB_ARN, BOB_ARN, (BOB_ARN,), "AIDABOB", "User"),
        (USER_SESSION, BOB_ARN, BOB_ARN, (BOB_ARN,), "AIDABOB", "User"),
        (ROLE, SESSION_ARN, ROLE_ARN, (ROLE_ARN, SESSION_ARN), "AROADEPLOYER:night", "AssumedRole"),
        (FEDERATED, GUEST_ARN, GUEST_ARN, (GUEST_ARN,), f"{ACCOUNT}:guest", "FederatedUser"),
    ],
)
def test_what_a_caller_is_called(
    caller: Caller, arn: str, principal_arn: str, arns: tuple[str, ...], unique_id: str, kind: str
) -> None:
    assert (caller.arn, caller.principal_arn, caller.arns) == (arn, principal_arn, arns)
    assert (caller.unique_id, caller.principal_type.value) == (unique_id, kind)


def test_root_is_root_alone() -> None:
    callers = (ROOT, ROOT_SESSION, USER, USER_SESSION, ROLE, FEDERATED)
    assert [caller.is_root for caller in callers] == [True, True, False, False, False, False]
    assert [caller.is_federated for caller in callers] == [False] * 5 + [True]


def test_tags_of_a_session_are_in_the_place_of_its_role_s() -> None:
    assert ROOT.tags == {}
    assert USER.tags == {"Team": "web"}
    assert ROLE.tags == DEPLOYER.tags
    tagged = replace(ROLE, session=session(SessionKind.ASSUMED_ROLE, tags={"team": "x", "New": "y"}))
    assert tagged.tags == {"Stage": "test", "team": "x", "New": "y"}
    assert replace(FEDERATED, session=session(SessionKind.FEDERATED, tags={"a": "b"})).tags == {"a": "b"}


def test_tags_of_a_federated_user_are_those_of_the_user_who_vouches_for_it() -> None:
    vouched = replace(FEDERATED, vouched_by=BOB)
    assert vouched.tags == {"Team": "web"}
    assert replace(vouched, session=session(SessionKind.FEDERATED, tags={"TEAM": "x"})).tags == {"TEAM": "x"}
    assert (vouched.user, vouched.is_root, vouched.arn) == (None, False, GUEST_ARN)
