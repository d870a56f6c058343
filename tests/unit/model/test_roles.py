"""Roles and instance profiles as records."""

from datetime import UTC, datetime

from sealstone.model import arn, ids
from sealstone.model.instance_profile import InstanceProfile
from sealstone.model.role import Role

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACCOUNT = "123456789012"
ROLE = Role(ACCOUNT, "AROA1", "ops", "/a/", NOW, "{}")
PROFILE = InstanceProfile(ACCOUNT, "AIPA1", "web", "/a/", NOW)


def test_a_session_has_the_name_of_its_role_without_the_path() -> None:
    assert ROLE.arn == f"arn:aws:iam::{ACCOUNT}:role/a/ops"
    assert ROLE.session_arn("s1") == f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/s1"
    assert arn.role_session(ACCOUNT, "ops", "s1") == ROLE.session_arn("s1")
    assert PROFILE.arn == f"arn:aws:iam::{ACCOUNT}:instance-profile/a/web"


def test_another_trust_policy_comes_with_its_own_ids() -> None:
    changed = ROLE.trusting("new", {"arn": "AIDA1"})
    assert (changed.assume_role_policy_document, changed.principal_ids) == ("new", {"arn": "AIDA1"})
    assert changed.trusting("newer", {}).principal_ids == {}


def test_tags_of_both_ignore_the_case_of_keys() -> None:
    role, profile = ROLE.tagged({"Env": "1", "b": "2"}), PROFILE.tagged({"Env": "1", "b": "2"})
    assert role.tagged({"ENV": "3"}).tags == profile.tagged({"ENV": "3"}).tags == {"b": "2", "ENV": "3"}
    assert role.untagged(["env", "none"]).tags == profile.untagged(["env", "none"]).tags == {"b": "2"}


def test_an_instance_profile_holds_one_role_or_none() -> None:
    assert PROFILE.role_id is None
    assert PROFILE.holding("AROA1").role_id == "AROA1"
    assert PROFILE.holding("AROA1").holding(None) == PROFILE


def test_ids_of_roles_have_the_length_of_entities_and_temporary_keys_that_of_keys() -> None:
    made = [ids.new(prefix, ACCOUNT, bytes) for prefix in (ids.ROLE, ids.INSTANCE_PROFILE, ids.TEMPORARY_KEY)]
    assert [(one[:4], len(one)) for one in made] == [("AROA", 21), ("AIPA", 21), ("ASIA", 20)]
    assert {ids.account_of(one) for one in made} == {ACCOUNT}
