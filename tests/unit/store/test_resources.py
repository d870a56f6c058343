"""Accounts, users, keys, policies and certificates as they are kept and found."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.store.conftest import ACCOUNT, NOW, certificate

from sealstone.model import quota
from sealstone.model.identity import AccessKey, InlinePolicy, LastUse, Status, User
from sealstone.model.managed_policy import EffectivePolicy
from sealstone.model.page import PageRequest
from sealstone.model.secret import Sealed
from sealstone.store import access_keys, accounts, installation, quotas, server_certificates, user_policies, users
from sealstone.store.engine import Store
from sealstone.store.faults import NameTaken

BOB = User(ACCOUNT, "AIDABOB", "Bob", "/dev/", NOW, {"team": "é"})
KEY = AccessKey(ACCOUNT, "AKIAKEY", BOB.unique_id, Status.ACTIVE, NOW)
SEALED = Sealed(b"sealed")


def test_accounts_are_found_and_listed(store: Store) -> None:
    with store.reading() as tx:
        account = accounts.find(tx, ACCOUNT)
        assert account is not None
        assert account.create_date == NOW
        assert accounts.every(tx) == (account,)
        assert accounts.find(tx, "000000000000") is None
        assert accounts.count_users(tx, "000000000000") == 0
        assert accounts.count_server_certificates(tx, "000000000000") == 0


def test_quotas_have_defaults_and_values_of_their_own(store: Store) -> None:
    with store.writing() as tx:
        assert quotas.value(tx, ACCOUNT, quota.USERS) == 5000
        quotas.set_value(tx, ACCOUNT, quota.USERS, 7)
        quotas.set_value(tx, ACCOUNT, quota.USERS, 8)
        assert quotas.value(tx, ACCOUNT, quota.USERS) == 8


def test_a_store_is_bound_to_one_master_key(store: Store) -> None:
    with store.writing() as tx:
        assert installation.check_value(tx) is None
        installation.add(tx, "value", NOW)
        assert installation.check_value(tx) == "value"
    with pytest.raises(NameTaken), store.writing() as tx:
        installation.add(tx, "other", NOW)


def test_a_user_is_found_by_any_case_and_by_id(store: Store) -> None:
    with store.writing() as tx:
        users.add(tx, BOB)
        assert users.find(tx, ACCOUNT, "bOB") == BOB
        assert users.find_by_id(tx, ACCOUNT, BOB.unique_id) == BOB
        assert users.find(tx, "000000000000", "Bob") is None
        assert users.find_by_id(tx, ACCOUNT, "none") is None
        assert users.count(tx, ACCOUNT) == 1
        users.save(tx, BOB.moved(name="Rob", path="/"))
        assert users.find(tx, ACCOUNT, "rob") == BOB.moved(name="Rob", path="/")
        users.remove(tx, BOB)
        assert users.find(tx, ACCOUNT, "Rob") is None
        assert users.count(tx, ACCOUNT) == 0


def test_names_of_users_are_unique_without_regard_to_case(store: Store) -> None:
    with store.writing() as tx:
        users.add(tx, BOB)
    with pytest.raises(NameTaken), store.writing() as tx:
        users.add(tx, replace(BOB, unique_id="AIDAOTHER", name="BOB"))


def test_users_are_listed_by_name_under_a_prefix(store: Store) -> None:
    with store.writing() as tx:
        for number, path in enumerate(("/", "/dev/", "/development/", "/dev/ops/")):
            users.add(tx, User(ACCOUNT, f"AIDA{number}", f"User{number}", path, NOW))
        names = [user.name for user in users.page(tx, ACCOUNT, "/dev", PageRequest()).items]
        assert names == ["User1", "User2", "User3"]
        first = users.page(tx, ACCOUNT, "/", PageRequest(size=3))
        assert first.last == "user2"
        rest = users.page(tx, ACCOUNT, "/", PageRequest(size=3, after=first.last))
        assert [user.name for user in rest.items] == ["User3"]
        assert rest.last is None


def test_policies_are_put_in_place_of_their_name(store: Store) -> None:
    with store.writing() as tx:
        for name, document in (("Own", "{1}"), ("other", "{2}"), ("OWN", "{3}")):
            user_policies.put(tx, InlinePolicy(ACCOUNT, BOB.unique_id, name, document))
        own = user_policies.find(tx, ACCOUNT, BOB.unique_id, "own")
        assert own == InlinePolicy(ACCOUNT, BOB.unique_id, "OWN", "{3}")
        assert [item.name for item in user_policies.all_of(tx, ACCOUNT, BOB.unique_id)] == ["other", "OWN"]
        first = user_policies.names_page(tx, ACCOUNT, BOB.unique_id, PageRequest(size=1))
        assert (first.items, first.last) == (("other",), "other")
        user_policies.remove(tx, own)
        assert user_policies.find(tx, ACCOUNT, BOB.unique_id, "own") is None


def test_keys_are_kept_with_their_secret_and_switched(store: Store) -> None:
    root = AccessKey(ACCOUNT, "AKIAROOT", None, Status.ACTIVE, NOW)
    with store.writing() as tx:
        access_keys.add(tx, KEY, SEALED)
        access_keys.add(tx, root, SEALED)
        assert access_keys.find(tx, "AKIAKEY") == KEY
        assert access_keys.find(tx, "AKIANONE") is None
        assert access_keys.of_user(tx, ACCOUNT, BOB.unique_id) == (KEY,)
        assert access_keys.of_user(tx, ACCOUNT, None) == (root,)
        access_keys.set_status(tx, "AKIAKEY", Status.INACTIVE)
        assert access_keys.find(tx, "AKIAKEY") == replace(KEY, status=Status.INACTIVE)
        access_keys.remove(tx, "AKIAKEY")
        assert access_keys.find(tx, "AKIAKEY") is None


def test_one_query_answers_all_that_authentication_needs(store: Store) -> None:
    own, other = (InlinePolicy(ACCOUNT, BOB.unique_id, name, "{}") for name in ("a", "b"))
    with store.writing() as tx:
        users.add(tx, BOB)
        access_keys.add(tx, KEY, SEALED)
        found = access_keys.credentials(tx, "AKIAKEY")
        assert found is not None
        assert (found.key, found.user, found.policies) == (KEY, BOB, ())
        user_policies.put(tx, own)
        user_policies.put(tx, other)
        found = access_keys.credentials(tx, "AKIAKEY")
        assert found is not None
        assert found.policies == (EffectivePolicy("a", "{}"), EffectivePolicy("b", "{}"))
        assert found.sealed_secret.reveal() == b"sealed"
        access_keys.add(tx, AccessKey(ACCOUNT, "AKIAROOT", None, Status.ACTIVE, NOW), SEALED)
        root = access_keys.credentials(tx, "AKIAROOT")
        assert root is not None
        assert (root.user, root.policies) == (None, ())
        assert access_keys.credentials(tx, "AKIANONE") is None


def test_the_last_use_of_a_key_is_the_newest(store: Store) -> None:
    use = LastUse("AKIAKEY", NOW, "iam", "us-east-1")
    later = replace(use, at=NOW + timedelta(seconds=5), service="sts")
    with store.writing() as tx:
        access_keys.record_uses(tx, ())
        assert access_keys.last_use(tx, "AKIAKEY") is None
        access_keys.record_uses(tx, (use,))
        access_keys.record_uses(tx, (later,))
        assert access_keys.last_use(tx, "AKIAKEY") == later


def test_a_certificate_is_kept_apart_from_its_key(store: Store) -> None:
    kept = certificate(1, name="Build", path="/abc/certs/").tagged({"k": "v", "K": "ü"})
    with store.writing() as tx:
        server_certificates.add(tx, kept, SEALED)
        assert server_certificates.find(tx, ACCOUNT, "build") == kept
        assert list(server_certificates.every(tx)) == [kept]
        sealed = server_certificates.sealed_key(tx, ACCOUNT, kept.unique_id)
        assert sealed is not None
        assert sealed.reveal() == b"sealed"
        assert server_certificates.sealed_key(tx, ACCOUNT, "none") is None
        moved = kept.moved(name="build_01", path="/").untagged(frozenset({"k"}))
        server_certificates.save(tx, moved)
        assert server_certificates.find(tx, ACCOUNT, "build_01") == moved
        assert server_certificates.find(tx, ACCOUNT, "build") is None
        assert server_certificates.count(tx, ACCOUNT) == 1
        server_certificates.remove(tx, moved)
        assert server_certificates.find(tx, ACCOUNT, "build_01") is None
        assert server_certificates.sealed_key(tx, ACCOUNT, kept.unique_id) is None
        assert server_certificates.count(tx, ACCOUNT) == 0


def test_names_of_certificates_are_unique_in_an_account_whatever_the_path(store: Store) -> None:
    with store.writing() as tx:
        server_certificates.add(tx, certificate(1, name="a"), SEALED)
        server_certificates.add(tx, certificate(2, name="b"), SEALED)
    with pytest.raises(NameTaken), store.writing() as tx:
        server_certificates.add(tx, certificate(3, name="A", path="/x/"), SEALED)
    with pytest.raises(NameTaken), store.writing() as tx:
        server_certificates.save(tx, certificate(2, name="a"))


def test_pages_of_certificates_follow_on(store: Store) -> None:
    with store.writing() as tx:
        for number in range(25):
            server_certificates.add(tx, certificate(number, path="/even/" if number % 2 == 0 else "/"), SEALED)
    found: list[str] = []
    after: str | None = None
    with store.reading() as tx:
        for _ in range(10):
            page = server_certificates.page(tx, ACCOUNT, "/even", PageRequest(size=5, after=after))
            found += [item.name for item in page.items]
            after = page.last
            if after is None:
                break
    assert found == [f"name-{number:05d}" for number in range(0, 25, 2)]


def test_a_listing_reads_its_index_alone_and_sorts_nothing(store: Store) -> None:
    texts = store._texts.of(server_certificates._PAGE)
    values = {"account": ACCOUNT, "after": "", "prefix": "/", "length": 1, "size": 101, **texts[2]}
    with store.reading() as tx:
        plan = tx._driver.execute(f"EXPLAIN QUERY PLAN {texts[0]}", [values[name] for name in texts[1]]).fetchall()
    assert [row[3] for row in plan] == [
        "SEARCH server_certificates USING COVERING INDEX server_certificates_listing (account_id=? AND name_folded>?)"
    ]


def test_counters_are_exact_when_threads_race(store: Store) -> None:
    store_of_each = store

    def add(first: int) -> None:
        for number in range(first, first + 10):
            done = False
            while not done:
                try:
                    with store_of_each.writing() as tx:
                        server_certificates.add(tx, certificate(number), SEALED)
                    done = True
                except NameTaken:
                    raise
                except Exception:  # noqa: BLE001, S112 - busy: try again
                    continue

    threads = [threading.Thread(target=add, args=(start,)) for start in (0, 100, 200, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as tx:
        assert server_certificates.count(tx, ACCOUNT) == 40
        assert len(list(server_certificates.every(tx))) == 40
