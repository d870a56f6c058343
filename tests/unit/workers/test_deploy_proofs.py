"""When the deploy worker looks at what is served, and what counts as proof: by time that passes, for each listener."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from threading import Event, current_thread

import pytest
from tests.deploying import Later, Scene, deploying
from tests.house_fixture import ACCOUNT

from sealstone.dataplane.data_plane import Outcome
from sealstone.dataplane.problems import NotAnswered
from sealstone.dataplane.wanted import Listener
from sealstone.model.listener import CertificateUse
from sealstone.store import certificate_uses
from sealstone.store.faults import StoreBusy
from sealstone.workers.certificates import Opened
from sealstone.workers.proof import Proof


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with deploying(tmp_path) as made:
        yield made


def test_a_clock_set_back_holds_nothing_up(scene: Scene) -> None:
    """What died is started, what fails is tried again, and what is looked at is told with the new time."""
    scene.listener("l1", 80)
    scene.listener("l2", 81)
    scene.plane.fails["l2"] = "the port is taken"
    scene.deployer.round()
    scene.clock.advance(-2 * 86_400)
    scene.plane.stop()
    scene.plane.fails.clear()
    scene.seconds += 1
    scene.deployer.round()
    assert scene.plane.alive()
    assert scene.looked_at() == {scene.clock()}
    scene.seconds += 30
    scene.deployer.round()
    assert scene.states()["l2"][:2] == ("serving", "")
    scene.proofs.clear()
    scene.seconds += 31
    scene.deployer.round()
    assert scene.proofs == ["l1", "l2"]


def test_a_clock_set_forward_makes_nothing_seem_old(scene: Scene) -> None:
    scene.listener("l1", 80)
    scene.deployer.round()
    scene.clock.advance(86_400)
    scene.deployer.round()
    assert scene.looked_at() == {scene.clock()}


def test_a_proof_that_breaks_fails_its_listener_alone(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    prove = scene.prove

    def breaking(listener: Listener, opened: Mapping[str, Opened], beginning: int = 0) -> Proof:
        if listener.listener_id == "l1":
            raise UnicodeError("label too long")
        return prove(listener, opened, beginning)

    monkeypatch.setattr(scene, "prove", breaking)
    scene.deployer = scene.another()
    for number in (1, 2):
        scene.listener(f"l{number}", 80 + number)
    scene.deployer.round()
    states = scene.states()
    assert states["l1"][:2] == ("failed", "it could not be proven, by a fault of ours: UnicodeError")
    assert states["l2"][:2] == ("serving", "")
    assert "label too long" in caplog.text
    scene.passed(61)
    scene.deployer.round()
    assert scene.states()["l1"][0] == "failed"
    assert scene.looked_at() == {scene.clock()}


def test_what_is_not_proven_yet_does_not_serve(scene: Scene) -> None:
    """While a proof takes its time, the next change is made, served and proven."""
    later = Later()
    scene.deployer = scene.another()
    scene.deployer.executor = later
    scene.listener("l1", 80)
    scene.deployer.round()
    assert scene.states() == {}
    scene.listener("l2", 81)
    scene.deployer.round()
    assert [len(wanted.listeners) for wanted in scene.plane.applied] == [1, 2]
    later.end(-1)
    scene.deployer.round()
    second = scene.plane.applied[-1].generation
    assert scene.states() == {"l2": ("serving", "", second)}
    scene.listener("l3", 82)
    scene.deployer.round()
    later.end(0)
    scene.deployer.round()
    assert scene.states() == dict.fromkeys(("l1", "l2"), ("serving", "", second + 1))


def test_a_proof_of_what_was_before_is_none(scene: Scene) -> None:
    later = Later()
    scene.deployer.executor = later
    scene.certificate("ASCA1")
    scene.certificate("ASCA2")
    scene.listener("l1", 443, "ASCA1")
    scene.deployer.round()
    scene.write(lambda tx: certificate_uses.remove_all(tx, ACCOUNT, "l1"))
    scene.write(lambda tx: certificate_uses.add(tx, CertificateUse(ACCOUNT, "l1", "ASCA2")))
    scene.deployer.round()
    later.end(0)
    scene.deployer.round()
    assert scene.states() == {}
    later.end(0)
    scene.deployer.round()
    assert scene.served() == {"l1": "fingerprint of ASCA2"}
    assert scene.deployer.differences == 0


def test_what_was_proven_stays_so_until_it_is_proven_anew(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """New processes serve all listeners: each is asked for again, and until then of an older generation."""
    scene.listener("l1", 80)
    scene.deployer.round()
    first = scene.states()["l1"]
    apply = scene.plane.apply
    monkeypatch.setattr(scene.plane, "apply", lambda *given: replace(apply(*given), reloaded=True))
    scene.deployer.executor = later = Later()
    scene.listener("l2", 81)
    scene.deployer.round()
    assert scene.states() == {"l1": first}
    assert scene.proofs == ["l1"]
    later.end(0)
    later.end(0)
    assert scene.proofs == ["l1", "l2", "l1"]
    scene.deployer.round()
    assert scene.states() == dict.fromkeys(("l1", "l2"), ("serving", "", first[2] + 1))


def test_what_was_seen_is_not_lost_when_the_store_is_busy(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.listener("l1", 80)

    def busy() -> None:
        raise StoreBusy("busy")

    with monkeypatch.context() as patched:
        patched.setattr(scene.store, "writing", busy)
        with pytest.raises(StoreBusy):
            scene.deployer.round()
    scene.deployer.round()
    assert scene.proofs == ["l1"]
    assert scene.states()["l1"][:2] == ("serving", "")


def test_what_serves_is_looked_after_though_no_change_can_be_made(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.listener("l1", 80)
    scene.deployer.round()
    scene.listener("l2", 81)

    def fault(*_given: object) -> Outcome:
        raise KeyError("a fault of ours")

    monkeypatch.setattr(scene.plane, "apply", fault)
    scene.plane.stop()
    scene.passed(1)
    with pytest.raises(KeyError):
        scene.deployer.round()
    assert scene.plane.alive()


def test_what_cannot_be_started_again_is_told_once_and_proven_to_be_gone(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scene.listener("l1", 80)
    scene.deployer.round()

    def fail() -> bool:
        raise NotAnswered("no")

    monkeypatch.setattr(scene.plane, "ensure", fail)
    scene.broken["l1"] = "no connection"
    for _ in range(2):
        scene.passed(1)
        scene.deployer.round()
    assert caplog.text.count("cannot be started") == 1
    assert scene.states()["l1"][:2] == ("failed", "no connection")


def test_threads_prove_while_the_loop_runs(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped, provers = Event(), set[str]()
    prove = scene.prove

    def noting(listener: Listener, opened: Mapping[str, Opened], beginning: int = 0) -> Proof:
        provers.add(current_thread().name.partition("_")[0])
        return prove(listener, opened, beginning)

    monkeypatch.setattr(scene, "prove", noting)
    scene.deployer = scene.another()
    scene.listener("l1", 80)
    round_ = scene.deployer.round

    def until_it_serves() -> None:
        round_()
        if scene.states():
            stopped.set()

    monkeypatch.setattr(scene.deployer, "round", until_it_serves)
    scene.deployer.run(stopped)
    assert provers == {"proof"}
    assert scene.states()["l1"][:2] == ("serving", "")
