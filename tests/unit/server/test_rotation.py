"""Rotation without a server: the deploy worker takes a round whenever the rotation waits."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.deploying import deploying
from tests.house_fixture import ACCOUNT
from tests.pki import NOW, Authority
from tests.rotating import Killed, Rotation, a_server, bundle_of, rotating

from sealstone.model.listener import CertificateUse, ListenerState, ListenerStatus
from sealstone.server import rotation
from sealstone.server.faults import RotationFailed
from sealstone.server.serving import LOCK
from sealstone.store import certificate_uses, listener_states, server_certificates
from sealstone.store.schema import AUDIT


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Rotation]:
    with rotating(tmp_path) as made:
        yield made


def test_all_listeners_and_then_the_name(here: Rotation) -> None:
    new = here.rotate()
    assert here.used() == {new}
    assert here.names() == {"ASCA1": here.bundle.fingerprint}
    assert here.told == ["site, port 443: proven", "site, port 8443: proven"]


def test_the_old_one_is_kept_under_a_free_name(here: Rotation) -> None:
    here.scene.certificate("ASCA2")
    with here.scene.store.writing() as tx:
        taken = server_certificates.find(tx, ACCOUNT, "ASCA2")
        assert taken
        server_certificates.save(tx, taken.moved(name=f"ASCA1-until-{NOW:%Y%m%d}", path=None))
    here.rotate(keep_old=True)
    assert set(here.names()) == {"ASCA1", f"ASCA1-until-{NOW:%Y%m%d}", f"ASCA1-until-{NOW:%Y%m%d}-2"}


def test_a_failure_brings_everything_back(here: Rotation) -> None:
    here.scene.broken["l2"] = "it serves something else"
    before = here.names()
    with pytest.raises(RotationFailed, match="site, port 8443: it serves something else; every listener has the old"):
        here.rotate()
    assert here.used() == {"ASCA1"}
    assert here.names() == before


def test_another_certificate_in_the_handshake_is_a_failure(here: Rotation) -> None:
    def wrong() -> None:
        here.scene.deployer.round()
        state = ListenerState("l1", 1_000_000, ListenerStatus.SERVING, "", "ab", NOW)
        here.scene.write(lambda tx: listener_states.put(tx, state))

    here.pause = wrong
    with pytest.raises(RotationFailed, match=r"^site, port 443: it serves ab, not the new certificate"):
        here.rotate()
    assert here.used() == {"ASCA1"}


def test_a_listener_that_is_not_looked_at_yet_is_waited_for(here: Rotation) -> None:
    """Whatever generation its state is of."""
    rounds: list[int] = []

    def pending() -> None:
        here.scene.deployer.round()
        rounds.append(1)
        state = ListenerState("l1", 1_000_000, ListenerStatus.PENDING, "", "", NOW)
        if len(rounds) == 1:
            here.scene.write(lambda tx: listener_states.put(tx, state))
        if len(rounds) == 2:
            proven = replace(state, status=ListenerStatus.SERVING, served_fingerprint=here.bundle.fingerprint)
            here.scene.write(lambda tx: listener_states.put(tx, proven))

    here.pause = pending
    here.rotate()
    assert len(rounds) == 2 + 1
    assert here.told == ["site, port 443: proven", "site, port 8443: proven"]


def test_a_worker_that_never_comes_is_a_failure(here: Rotation) -> None:
    here.pause = lambda: None
    with pytest.raises(RotationFailed, match="did not deploy it within 30 seconds"):
        here.rotate()
    assert here.used() == {"ASCA1"}


def test_a_listener_made_meanwhile_is_not_forgotten(here: Rotation) -> None:
    rounds: list[int] = []

    def meanwhile() -> None:
        rounds.append(1)
        if len(rounds) == 1:
            here.scene.listener("l3", 9443, "ASCA1")
        here.scene.deployer.round()

    here.pause = meanwhile
    before = here.names()
    with pytest.raises(RotationFailed, match=r"put on another listener meanwhile; .*; every listener has the old"):
        here.rotate()
    assert here.used() == {"ASCA1"}
    assert here.names() == before
    here.pause = here.scene.deployer.round
    new = here.rotate()
    assert here.used() == {new}


def test_an_owner_s_certificate_with_such_a_name_is_none_of_ours(here: Rotation) -> None:
    """It is neither removed, nor taken off its listener, nor in the way of the name that a rotation needs."""
    name = f"ASCA1-new-{NOW:%Y%m%d%H%M%S}"
    here.scene.certificate(name)
    here.scene.listener("l3", 9443, name)
    assert [used.listener.listener_id for used in here.planned().used] == ["l1", "l2"]
    new = here.rotate()
    assert here.used() == {new, name}
    assert here.names() == {"ASCA1": here.bundle.fingerprint, name: f"fingerprint of {name}"}


def test_an_owner_s_certificate_stays_when_a_rotation_fails(here: Rotation) -> None:
    name = f"ASCA1-new-{NOW:%Y%m%d%H%M%S}"
    here.scene.certificate(name)
    here.scene.broken["l2"] = "no"
    with pytest.raises(RotationFailed):
        here.rotate()
    assert set(here.names()) == {"ASCA1", name}


def test_what_was_left_and_then_renamed_is_its_owner_s(here: Rotation) -> None:
    def die() -> None:
        raise Killed

    here.pause = die
    with pytest.raises(Killed):
        here.rotate()
    (left,) = here.left()
    with here.scene.store.writing() as tx:
        found = server_certificates.find(tx, ACCOUNT, left)
        assert found
        server_certificates.save(tx, found.moved(name="mine", path=None))
    with here.scene.store.reading() as tx:
        on_it = {use.listener_id for use in certificate_uses.every(tx) if use.certificate_id != "ASCA1"}
    here.pause = here.scene.deployer.round
    here.another("other.example.com")
    here.rotate()
    assert set(here.names()) == {"ASCA1", "mine"}
    assert on_it == {"l1"}
    assert len(here.used()) == 2


def test_the_old_one_may_be_deleted_meanwhile(here: Rotation) -> None:
    """Nothing uses it any more: the new one has its name all the same."""

    def meanwhile() -> None:
        here.scene.deployer.round()
        if here.used() != {"ASCA1"} and "ASCA1" not in here.used():
            with here.scene.store.writing() as tx:
                old = server_certificates.find(tx, ACCOUNT, "ASCA1")
                if old and old.unique_id == "ASCA1":
                    server_certificates.remove(tx, old)

    here.pause = meanwhile
    here.rotate(keep_old=True)
    assert here.names() == {"ASCA1": here.bundle.fingerprint}


def test_what_is_gone_on_with_has_the_same_chain(here: Rotation) -> None:
    leaf = Authority("Example Root").leaf("next.example.com")

    def die() -> None:
        raise Killed

    here.bundle, here.pause = bundle_of(leaf), die
    with pytest.raises(Killed):
        here.rotate()
    here.bundle, here.pause = bundle_of(leaf, leaf.chain_pem), here.scene.deployer.round
    here.rotate()
    with here.scene.store.reading() as tx:
        (one,) = server_certificates.every(tx)
    assert one.certificate_chain == leaf.chain_pem.strip()


def test_the_same_certificate_is_no_rotation(here: Rotation) -> None:
    here.rotate()
    with pytest.raises(RotationFailed, match="this very certificate already"):
        here.rotate()


def test_too_many_names_are_told(here: Rotation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "_NAMES", 1)
    here.scene.certificate(f"ASCA1-new-{NOW:%Y%m%d%H%M%S}")
    with pytest.raises(RotationFailed, match="too many certificates named ASCA1-new-"):
        here.rotate()


def test_what_somebody_else_changes_meanwhile_is_left(here: Rotation) -> None:
    here.scene.certificate("ASCA2")
    rounds: list[int] = []

    def meanwhile() -> None:
        rounds.append(1)
        if len(rounds) == 1:
            use = CertificateUse(ACCOUNT, "l2", "ASCA2")
            here.scene.write(lambda tx: certificate_uses.add(tx, use))
        here.scene.deployer.round()

    here.pause = meanwhile
    new = here.rotate()
    assert here.used() == {new, "ASCA2"}
    assert here.told == ["site, port 443: proven", "site, port 8443: changed by somebody else meanwhile, left as it is"]


def test_a_listener_that_goes_meanwhile_is_passed_over(here: Rotation) -> None:
    def meanwhile() -> None:
        here.scene.without_listeners()

    here.pause = meanwhile
    here.rotate()
    assert here.told[0] == "site, port 443: changed by somebody else meanwhile, left as it is"
    assert here.names() == {"ASCA1": here.bundle.fingerprint}


def test_a_server_that_ends_is_told(tmp_path: Path) -> None:
    with deploying(tmp_path) as scene:
        with a_server(tmp_path):
            here = Rotation(scene, tmp_path)

        with contextlib.ExitStack() as server:
            server.enter_context(a_server(tmp_path))
            here.pause = server.close
            with pytest.raises(RotationFailed, match=r"did not deploy it .* served when a server runs"):
                here.rotate()
        assert here.used() == {"ASCA1"}


def test_tags_set_meanwhile_stay(here: Rotation) -> None:
    def meanwhile() -> None:
        with here.scene.store.writing() as tx:
            old = server_certificates.find(tx, ACCOUNT, "ASCA1")
            assert old
            server_certificates.save(tx, old.tagged({"team": "web"}))
        here.scene.deployer.round()

    here.pause = meanwhile
    here.rotate()
    with here.scene.store.reading() as tx:
        (one,) = server_certificates.every(tx)
    assert one.tags == {"team": "web"}


def test_without_a_server_nothing_begins(tmp_path: Path) -> None:
    with deploying(tmp_path) as scene:
        here = Rotation(scene, tmp_path)
        for _ in range(2):
            with pytest.raises(RotationFailed, match="sealstone up"):
                here.rotate()
            (tmp_path / LOCK).touch()
        assert list(here.names()) == ["ASCA1"]


def test_one_rotation_at_a_time(tmp_path: Path) -> None:
    with rotation.alone(tmp_path), pytest.raises(RotationFailed, match="another rotation"), rotation.alone(tmp_path):
        pass


def test_no_key_is_in_the_audit_log(here: Rotation) -> None:
    here.rotate()
    with here.scene.store.reading() as tx:
        records = [row[0] for row in tx.rows(AUDIT.select().with_only_columns(AUDIT.c.record), {})]
    assert [json.loads(record)["parameters"]["Step"] for record in records] == [
        "stored",
        "listener",
        "listener",
        "named",
    ]
    assert not any("KEY" in record for record in records)
