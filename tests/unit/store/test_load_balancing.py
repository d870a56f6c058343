"""Load balancers and what hangs on them: each row as it was put, and the count of changes that deploying follows."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.store.conftest import ACCOUNT, NOW, certificate

from sealstone.model.identity import User
from sealstone.model.instance import Instance, TargetGroup, TargetHealth, TargetState
from sealstone.model.listener import CertificateUse, Listener, ListenerState, ListenerStatus
from sealstone.model.load_balancer import Generation, Kind, LoadBalancer
from sealstone.model.page import PageRequest
from sealstone.model.rule import Rule
from sealstone.model.secret import Sealed
from sealstone.model.trust_store import TrustStore
from sealstone.store import (
    certificate_uses,
    configuration,
    instances,
    listener_states,
    listeners,
    load_balancers,
    rules,
    server_certificates,
    target_groups,
    trust_stores,
    users,
)
from sealstone.store.engine import Store, Tx
from sealstone.store.faults import NameTaken
from sealstone.store.schema import CONFIGURES
from sealstone.store.tables import METADATA

OTHER = "210987654321"
REGION = "us-east-1"
CLASSIC, V2 = Generation.CLASSIC, Generation.V2
WEB = LoadBalancer(ACCOUNT, "a1", REGION, CLASSIC, Kind.CLASSIC, "Web", "127.0.0.1", NOW, {"z": [1], "a": "é"})
LISTENER = Listener(ACCOUNT, "b1", "a1", 443, "HTTPS", {"instance_port": 80})
USE = CertificateUse(ACCOUNT, "b1", "ASCA1")
INSTANCE = Instance(ACCOUNT, "i-1", "10.0.0.5")
GROUP = TargetGroup(ACCOUNT, "c1", REGION, "Group", NOW, {"port": 80})
RULE = Rule(ACCOUNT, "d1", "b1", 10, {"actions": []})
TRUST = TrustStore(ACCOUNT, "e1", REGION, "Trust", NOW, "PEM", {"revocations": []})
STATE = ListenerState("b1", 3, ListenerStatus.SERVING, "", "00ff", NOW)
TARGET = TargetState("a1", "i-1", TargetHealth.HEALTHY, "", NOW)

Change = Callable[[Tx], object]
CHANGES: dict[str, Change] = {
    "a load balancer": lambda tx: load_balancers.add(tx, replace(WEB, unique_id="a2", name="two")),
    "a changed load balancer": lambda tx: load_balancers.save(tx, WEB.documented({})),
    "a load balancer gone": lambda tx: load_balancers.remove(tx, WEB),
    "a listener": lambda tx: listeners.add(tx, replace(LISTENER, listener_id="b2", port=80)),
    "a changed listener": lambda tx: listeners.save(tx, LISTENER.documented({})),
    "a listener gone": lambda tx: listeners.remove(tx, LISTENER),
    "a use": lambda tx: certificate_uses.add(tx, replace(USE, certificate_id="ASCA2")),
    "a use gone": lambda tx: certificate_uses.remove(tx, USE),
    "all uses gone": lambda tx: certificate_uses.remove_all(tx, ACCOUNT, "b1"),
    "an instance": lambda tx: instances.add(tx, replace(INSTANCE, instance_id="i-2")),
    "an instance elsewhere": lambda tx: instances.save(tx, replace(INSTANCE, address="10.0.0.6")),
    "an instance gone": lambda tx: instances.remove(tx, INSTANCE),
    "a target group": lambda tx: target_groups.add(tx, replace(GROUP, unique_id="c2", name="two")),
    "a changed target group": lambda tx: target_groups.save(tx, GROUP.documented({})),
    "a target group gone": lambda tx: target_groups.remove(tx, GROUP),
    "a rule": lambda tx: rules.add(tx, replace(RULE, rule_id="d2")),
    "a rule elsewhere": lambda tx: rules.save(tx, RULE.prioritized(1)),
    "a rule gone": lambda tx: rules.remove(tx, RULE),
    "all rules gone": lambda tx: rules.remove_all(tx, ACCOUNT, "b1"),
    "a trust store": lambda tx: trust_stores.add(tx, replace(TRUST, unique_id="e2", name="two")),
    "a changed trust store": lambda tx: trust_stores.save(tx, TRUST.rebundled("")),
    "a trust store gone": lambda tx: trust_stores.remove(tx, TRUST),
}
OTHERS: dict[str, Change] = {
    "what was seen of a listener": lambda tx: listener_states.put(tx, STATE),
    "a listener forgotten": lambda tx: listener_states.remove(tx, "b1"),
    "what was seen of targets": lambda tx: listener_states.put_targets(tx, "a1", (TARGET,)),
    "targets forgotten": lambda tx: listener_states.remove_targets(tx, "a1"),
    "a certificate in nobody's use": lambda tx: server_certificates.add(tx, certificate(), Sealed(b"k")),
    "a user": lambda tx: users.add(tx, User(ACCOUNT, "AIDA1", "Bob", "/", NOW, {})),
}


@pytest.fixture
def full(store: Store) -> Store:
    with store.writing() as tx:
        load_balancers.add(tx, WEB)
        listeners.add(tx, LISTENER)
        certificate_uses.add(tx, USE)
        instances.add(tx, INSTANCE)
        target_groups.add(tx, GROUP)
        rules.add(tx, RULE)
        trust_stores.add(tx, TRUST)
    return store


def generation(store: Store) -> int:
    with store.reading() as tx:
        return configuration.generation(tx)


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_counted_once_a_unit(full: Store, what: str) -> None:
    before, identity = generation(full), full.identity_version()
    with full.writing() as tx:
        CHANGES[what](tx)
    assert generation(full) == before + 1
    assert full.identity_version() == identity


@pytest.mark.parametrize("what", OTHERS)
def test_nothing_else_is_counted(full: Store, what: str) -> None:
    before = generation(full)
    with full.writing() as tx:
        OTHERS[what](tx)
    assert generation(full) == before


def test_a_unit_that_changes_both_counts_both_and_one_that_fails_counts_nothing(full: Store) -> None:
    before, identity = generation(full), full.identity_version()
    with full.writing() as tx:
        OTHERS["a user"](tx)
        instances.remove(tx, INSTANCE)
        rules.remove(tx, RULE)
    assert (generation(full), full.identity_version()) == (before + 1, identity + 1)
    with pytest.raises(NameTaken), full.writing() as tx:
        load_balancers.add(tx, WEB)
    assert generation(full) == before + 1


def test_every_table_that_listeners_are_made_of_counts() -> None:
    marked = {name for name, table in METADATA.tables.items() if CONFIGURES.keys() <= table.info.keys()}
    assert marked >= {
        *("load_balancers", "listeners", "certificate_uses", "instances"),
        *("target_groups", "rules", "trust_stores"),
    }
    assert not marked & {"listener_states", "target_states", "configuration"}


def test_without_its_row_the_generation_is_0(store: Store) -> None:
    with store.writing() as tx:
        tx.connection.exec_driver_sql("DELETE FROM configuration")
    assert generation(store) == 0


def test_load_balancers_are_found_as_they_were_put(full: Store) -> None:
    with full.writing() as tx:
        assert load_balancers.find(tx, ACCOUNT, REGION, CLASSIC, "wEB") == WEB
        assert load_balancers.with_id(tx, ACCOUNT, "a1") == WEB
        assert load_balancers.with_id(tx, OTHER, "a1") is None
        for account, region, of in ((OTHER, REGION, CLASSIC), (ACCOUNT, "eu-west-1", CLASSIC), (ACCOUNT, REGION, V2)):
            assert load_balancers.find(tx, account, region, of, "Web") is None
            assert load_balancers.count(tx, account, region, of) == 0
        changed = WEB.documented({"b": None})
        load_balancers.save(tx, changed)
        assert load_balancers.with_id(tx, ACCOUNT, "a1") == changed
        twin = replace(WEB, unique_id="a2", generation=V2, kind=Kind.NETWORK, address="::1")
        load_balancers.add(tx, twin)
        assert load_balancers.every(tx) == (changed, twin)
        assert load_balancers.of_account(tx, ACCOUNT) == (changed, twin)
        assert load_balancers.of_account(tx, OTHER) == ()
        assert sorted(load_balancers.addresses(tx)) == ["127.0.0.1", "::1"]
        load_balancers.remove(tx, twin)
        assert load_balancers.count(tx, ACCOUNT, REGION, CLASSIC) == 1
    with pytest.raises(NameTaken), full.writing() as tx:
        load_balancers.add(tx, replace(WEB, unique_id="a3", name="WEB"))


def test_load_balancers_by_name_in_pages(full: Store) -> None:
    with full.writing() as tx:
        for number, name in enumerate(("b", "C", "a")):
            load_balancers.add(tx, replace(WEB, unique_id=f"f{number}", name=name))
        first = load_balancers.page(tx, ACCOUNT, REGION, CLASSIC, PageRequest(size=3))
        assert ([item.name for item in first.items], first.last) == (["a", "b", "C"], "c")
        rest = load_balancers.page(tx, ACCOUNT, REGION, CLASSIC, PageRequest(size=3, after=first.last))
        assert (rest.items, rest.last) == ((WEB,), None)


def test_listeners_and_the_ports_they_take(full: Store) -> None:
    with full.writing() as tx:
        assert listeners.with_id(tx, ACCOUNT, "b1") == LISTENER
        assert listeners.with_id(tx, OTHER, "b1") is None
        second = replace(LISTENER, listener_id="b2", port=80, protocol="HTTP")
        listeners.add(tx, second)
        assert listeners.of(tx, ACCOUNT, "a1") == (second, LISTENER)
        assert listeners.count(tx, ACCOUNT, "a1") == 2
        assert sorted(listeners.bound(tx)) == [("127.0.0.1", 80), ("127.0.0.1", 443)]
        assert listeners.bound(tx, but="a1") == ()
        moved = replace(second, port=81, protocol="TCP", document={})
        listeners.save(tx, moved)
        assert listeners.every(tx) == (LISTENER, moved)
        listeners.remove(tx, moved)
        assert listeners.every(tx) == (LISTENER,)
    with pytest.raises(NameTaken), full.writing() as tx:
        listeners.add(tx, replace(LISTENER, listener_id="b3"))


def test_uses_of_certificates(full: Store) -> None:
    listed = replace(USE, is_default=False)
    with full.writing() as tx:
        certificate_uses.add(tx, listed)
        certificate_uses.add(tx, listed)
        assert certificate_uses.of(tx, ACCOUNT, "b1") == certificate_uses.every(tx) == (USE, listed)
        assert certificate_uses.load_balancers(tx, ACCOUNT, "ASCA1") == ("a1",)
        assert certificate_uses.load_balancers(tx, OTHER, "ASCA1") == ()
        certificate_uses.remove(tx, USE)
        assert certificate_uses.of(tx, ACCOUNT, "b1") == (listed,)
        certificate_uses.remove_all(tx, ACCOUNT, "b1")
        assert certificate_uses.load_balancers(tx, ACCOUNT, "ASCA1") == ()


def test_instances(full: Store) -> None:
    with full.writing() as tx:
        assert instances.find(tx, ACCOUNT, "i-1") == INSTANCE
        assert instances.find(tx, OTHER, "i-1") is None
        foreign = replace(INSTANCE, account_id=OTHER)
        instances.add(tx, foreign)
        instances.save(tx, replace(INSTANCE, address="::1"))
        assert instances.of(tx, ACCOUNT) == (replace(INSTANCE, address="::1"),)
        assert len(instances.every(tx)) == 2
        instances.remove(tx, INSTANCE)
        assert instances.every(tx) == (foreign,)


def test_target_groups(full: Store) -> None:
    with full.writing() as tx:
        assert target_groups.find(tx, ACCOUNT, REGION, "group") == target_groups.with_id(tx, ACCOUNT, "c1") == GROUP
        assert target_groups.find(tx, ACCOUNT, "eu-west-1", "group") is None
        assert target_groups.with_id(tx, OTHER, "c1") is None
        second = replace(GROUP, unique_id="c2", name="a", document={})
        target_groups.add(tx, second)
        page = target_groups.page(tx, ACCOUNT, REGION, PageRequest(size=1))
        assert (page.items, page.last) == ((second,), "a")
        changed = GROUP.documented({"port": 81})
        target_groups.save(tx, changed)
        assert target_groups.every(tx) == (changed, second)
        assert target_groups.count(tx, ACCOUNT, REGION) == 2
        target_groups.remove(tx, second)
        assert target_groups.count(tx, ACCOUNT, REGION) == 1


def test_rules_by_priority(full: Store) -> None:
    with full.writing() as tx:
        assert rules.with_id(tx, ACCOUNT, "d1") == RULE
        assert rules.with_id(tx, OTHER, "d1") is None
        first = replace(RULE, rule_id="d2", priority=1)
        rules.add(tx, first)
        assert rules.of(tx, ACCOUNT, "b1") == rules.every(tx) == (first, RULE)
        last = first.prioritized(11).documented({"x": 1})
        rules.save(tx, last)
        assert rules.of(tx, ACCOUNT, "b1") == (RULE, last)
        rules.remove(tx, RULE)
        rules.remove_all(tx, ACCOUNT, "b1")
        assert rules.every(tx) == ()


def test_trust_stores(full: Store) -> None:
    with full.writing() as tx:
        assert trust_stores.find(tx, ACCOUNT, REGION, "trust") == trust_stores.with_id(tx, ACCOUNT, "e1") == TRUST
        assert trust_stores.find(tx, ACCOUNT, "eu-west-1", "trust") is None
        assert trust_stores.with_id(tx, OTHER, "e1") is None
        changed = TRUST.rebundled("other").documented({"x": 1})
        trust_stores.save(tx, changed)
        page = trust_stores.page(tx, ACCOUNT, REGION, PageRequest())
        assert (page.items, page.last) == ((changed,), None)
        assert trust_stores.every(tx) == (changed,)
        assert trust_stores.count(tx, ACCOUNT, REGION) == 1
        trust_stores.remove(tx, TRUST)
        assert trust_stores.every(tx) == ()


def test_what_was_seen_replaces_what_was_seen_before(full: Store) -> None:
    later = replace(STATE, generation=4, status=ListenerStatus.FAILED, reason="no", checked_at=NOW + timedelta(1))
    with full.writing() as tx:
        assert listener_states.find(tx, "b1") is None
        listener_states.put(tx, STATE)
        assert listener_states.find(tx, "b1") == STATE
        listener_states.put(tx, later)
        assert listener_states.every(tx) == (later,)
        others = [replace(later, listener_id=name) for name in ("b2", "b3", "b4")]
        listener_states.put_some(tx, [STATE, *others], ["gone"])
        listener_states.put_some(tx, [later], ["b2", "b3"])
        assert listener_states.every(tx) == (later, others[2])
        listener_states.put_some(tx, [], ["b4"])
        listener_states.put_some(tx, [later], [state.listener_id for state in listener_states.every(tx)])
        assert listener_states.every(tx) == (later,)
        listener_states.remove(tx, "b1")
        assert listener_states.every(tx) == ()
        other = replace(TARGET, target_id="i-0", health=TargetHealth.UNHEALTHY, reason="refused")
        listener_states.put_targets(tx, "a1", (TARGET, other))
        assert listener_states.targets(tx, "a1") == (other, TARGET)
        listener_states.put_targets(tx, "a1", ())
        assert listener_states.targets(tx, "a1") == ()
