"""Login profiles, aliases, password policies and credential reports as they are kept."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.unit.store.conftest import ACCOUNT, NOW, signing

from sealstone.model.identity import AccessKey, LastUse, Status, User
from sealstone.model.password import LoginProfile, PasswordPolicy
from sealstone.model.secret import Sealed
from sealstone.store import (
    access_keys,
    account_aliases,
    credential_reports,
    login_profiles,
    password_policies,
    signing_certificates,
    users,
)
from sealstone.store.credential_reports import Dated, Report
from sealstone.store.engine import Store
from sealstone.store.faults import NameTaken

OTHER = "210987654321"
LATER = NOW + timedelta(hours=1)
PROFILE = LoginProfile(ACCOUNT, "AIDABOB", NOW, NOW, password_reset_required=False)
POLICY = PasswordPolicy(
    ACCOUNT,
    minimum_password_length=12,
    require_numbers=True,
    allow_users_to_change_password=True,
    max_password_age=1,
    password_reuse_prevention=1,
    hard_expiry=False,
)
HASHES = text("SELECT user_id, password_hash FROM login_profiles ORDER BY user_id")


def test_a_login_profile_comes_back_without_the_hash(store: Store) -> None:
    with store.writing() as tx:
        login_profiles.add(tx, PROFILE, "hash")
        assert login_profiles.find(tx, ACCOUNT, PROFILE.user_id) == PROFILE
        assert login_profiles.find(tx, OTHER, PROFILE.user_id) is None
        assert login_profiles.find(tx, ACCOUNT, "AIDAEVE") is None
        assert login_profiles.of_account(tx, ACCOUNT) == (PROFILE,)
        assert login_profiles.of_account(tx, OTHER) == ()
        with pytest.raises(NameTaken):
            login_profiles.add(tx, PROFILE, "second")


def test_a_login_profile_changes_alone(store: Store) -> None:
    other = replace(PROFILE, user_id="AIDAEVE")
    changed = replace(PROFILE, password_reset_required=True)
    with store.writing() as tx:
        login_profiles.add(tx, PROFILE, "old")
        login_profiles.add(tx, other, "hers")
        login_profiles.save(tx, changed, None)
        assert login_profiles.find(tx, ACCOUNT, PROFILE.user_id) == changed
        assert tx.rows(HASHES, {}) == [("AIDABOB", "old"), ("AIDAEVE", "hers")]
        changed = replace(changed, password_date=LATER, password_reset_required=False)
        login_profiles.save(tx, changed, "new")
        assert login_profiles.find(tx, ACCOUNT, PROFILE.user_id) == changed
        assert login_profiles.find(tx, ACCOUNT, other.user_id) == other
        assert tx.rows(HASHES, {}) == [("AIDABOB", "new"), ("AIDAEVE", "hers")]
        login_profiles.remove(tx, changed)
        assert tx.rows(HASHES, {}) == [("AIDAEVE", "hers")]


def test_an_account_has_one_alias_and_an_alias_one_account(store: Store) -> None:
    with store.writing() as tx:
        account_aliases.put(tx, ACCOUNT, "one")
        account_aliases.put(tx, ACCOUNT, "two")
        assert account_aliases.find(tx, ACCOUNT) == "two"
        assert account_aliases.find(tx, OTHER) is None
        assert [account_aliases.is_taken(tx, alias) for alias in ("one", "two")] == [False, True]
        account_aliases.put(tx, OTHER, "one")
        account_aliases.remove(tx, ACCOUNT)
        assert account_aliases.find(tx, ACCOUNT) is None
        assert account_aliases.find(tx, OTHER) == "one"
        with pytest.raises(NameTaken):
            account_aliases.put(tx, ACCOUNT, "one")


@pytest.mark.parametrize("policy", [POLICY, PasswordPolicy(ACCOUNT), replace(POLICY, hard_expiry=True)])
def test_a_password_policy_comes_back_as_it_was_put(store: Store, policy: PasswordPolicy) -> None:
    with store.writing() as tx:
        password_policies.put(tx, replace(POLICY, require_symbols=True))
        password_policies.put(tx, policy)
        found = password_policies.find(tx, ACCOUNT)
        assert found == policy
        # 1 == True: of the right type, too.
        assert repr(found) == repr(policy)
        assert password_policies.find(tx, OTHER) is None
        assert password_policies.remove(tx, OTHER) == 0
        assert password_policies.remove(tx, ACCOUNT) == 1
        assert password_policies.find(tx, ACCOUNT) is None


def test_the_last_report_is_kept(store: Store) -> None:
    with store.writing() as tx:
        credential_reports.put(tx, ACCOUNT, Report("old", NOW))
        credential_reports.put(tx, ACCOUNT, Report("new\n\u00e9", LATER))
        assert credential_reports.find(tx, ACCOUNT) == Report("new\n\u00e9", LATER)
        assert credential_reports.find(tx, OTHER) is None


def test_what_a_report_is_made_of(store: Store) -> None:
    bob, ann = (User(ACCOUNT, f"AIDA{name}", name, "/", NOW) for name in ("bob", "Ann"))
    new, old, root = (
        AccessKey(ACCOUNT, f"AKIA{number}", user_id, Status.ACTIVE, date)
        for number, user_id, date in ((1, bob.unique_id, LATER), (2, bob.unique_id, NOW), (3, None, NOW))
    )
    use = LastUse(old.access_key_id, LATER, "iam", "us-east-1")
    stranger = replace(new, account_id=OTHER, access_key_id="AKIA4")
    late = replace(signing(1, user_id=bob.unique_id), upload_date=LATER)
    with store.writing() as tx:
        for user in (bob, ann, replace(bob, account_id=OTHER)):
            users.add(tx, user)
        for key in (new, old, root, stranger):
            access_keys.add(tx, key, Sealed(b"sealed"))
        access_keys.record_uses(tx, [use])
        for certificate in (late, signing(2, user_id=bob.unique_id), signing(3, user_id=None)):
            signing_certificates.add(tx, certificate)
        assert credential_reports.every_user(tx, ACCOUNT) == (ann, bob)
        assert credential_reports.keys_by_owner(tx, ACCOUNT) == {
            bob.unique_id: [(old, use), (new, None)],
            None: [(root, None)],
        }
        assert credential_reports.certificates_by_owner(tx, ACCOUNT) == {
            bob.unique_id: [Dated(Status.ACTIVE, NOW), Dated(Status.ACTIVE, LATER)],
            None: [Dated(Status.ACTIVE, NOW)],
        }
        assert credential_reports.keys_by_owner(tx, "000000000000") == {}
