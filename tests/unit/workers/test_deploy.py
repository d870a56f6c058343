"""The deploy worker: what is wished is applied, proven and written down, and failures are told and tried again."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from tests.deploying import DETAIL, Scene, deploying
from tests.house_fixture import ACCOUNT
from tests.pki import NOW

from sealstone.dataplane.data_plane import Outcome, ServerState
from sealstone.dataplane.problems import NotAnswered
from sealstone.dataplane.wanted import Wanted
from sealstone.model.classic_detail import document_of
from sealstone.model.instance import TargetHealth
from sealstone.model.listener import CertificateUse, ListenerStatus
from sealstone.store import certificate_uses, listener_states, load_balancers
from sealstone.store.faults import StoreBusy


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with deploying(tmp_path) as made:
        yield made


def test_nothing_is_wished_and_nothing_served(scene: Scene) -> None:
    """The data plane is told so, too: what it had before must not come back when it is started again."""
    scene.deployer.round()
    assert [wanted.listeners for wanted in scene.plane.applied] == [()]
    assert scene.states() == {}


def test_what_is_new_waits_for_no_failure_of_somebody_else(scene: Scene) -> None:
    scene.listener("l1", 80)
    scene.plane.fails["l1"] = "the port is taken"
    scene.deployer.round()
    scene.listener("l2", 81)
    scene.deployer.round()
    assert scene.states()["l2"][:2] == ("serving", "")
    scene.deployer.round()
    assert len(scene.plane.applied) == 2


def test_without_pools_nobody_is_in_service(scene: Scene) -> None:
    scene.listener("l1", 80)
    scene.plane.server_states = (ServerState("lb-80-HTTP", "i-1", "up", "L7OK"),)
    scene.deployer.round()
    scene.without_listeners()
    scene.plane.server_states = ()
    scene.passed(3)
    scene.deployer.round()
    with scene.store.reading() as tx:
        assert listener_states.targets(tx, "lb") == ()


def test_what_is_wished_is_applied_proven_and_written_down(scene: Scene) -> None:
    scene.certificate("ASCA1")
    scene.listener("l1", 443, "ASCA1")
    scene.deployer.round()
    (wanted,) = scene.plane.applied
    assert [listener.port for listener in wanted.listeners] == [443]
    assert wanted.certificates["ASCA1"].private_key.reveal() == b"key of ASCA1"
    assert wanted.certificates["ASCA1"].names == ("asca1.example",)
    assert wanted.pools[0].servers[0].address == "192.0.2.1"
    assert scene.states() == {"l1": ("serving", "", wanted.generation)}
    assert scene.served() == {"l1": "fingerprint of ASCA1"}


def test_nothing_new_is_applied_twice(scene: Scene) -> None:
    scene.listener("l1", 80)
    for _ in range(3):
        scene.deployer.round()
    assert len(scene.plane.applied) == 1
    assert scene.proofs == ["l1"]


def test_only_what_changed_is_proven_again(scene: Scene) -> None:
    scene.certificate("ASCA1")
    scene.listener("l1", 443, "ASCA1")
    scene.listener("l2", 80)
    scene.deployer.round()
    scene.deployer.round()
    scene.proofs.clear()
    scene.certificate("ASCA2")
    scene.write(lambda tx: certificate_uses.remove_all(tx, ACCOUNT, "l1"))
    scene.write(lambda tx: certificate_uses.add(tx, CertificateUse(ACCOUNT, "l1", "ASCA2")))
    scene.deployer.round()
    assert scene.proofs == ["l1"]
    assert scene.served() == {"l1": "fingerprint of ASCA2", "l2": ""}
    assert {state[2] for state in scene.states().values()} == {scene.plane.applied[-1].generation}
    assert set(scene.plane.applied[-1].certificates) == {"ASCA2"}


def test_a_key_that_cannot_be_opened_fails_its_listener_alone(scene: Scene) -> None:
    scene.certificate("ASCA1", bound_to="something else")
    scene.listener("l1", 443, "ASCA1")
    scene.listener("l2", 80)
    scene.deployer.round()
    states = scene.states()
    assert states["l1"][0] == "failed"
    assert "private key of arn:aws:iam" in states["l1"][1]
    assert scene.plane.kept == [frozenset({"l1"})]
    # Left out, it would stop serving what it has: it stays wanted, and keeps that.
    assert {listener.listener_id for listener in scene.plane.applied[-1].listeners} == {"l1", "l2"}
    assert states["l2"][:2] == ("serving", "")


def test_a_certificate_that_is_gone_is_told(scene: Scene) -> None:
    scene.listener("l1", 443, "ASCA-gone")
    scene.deployer.round()
    assert scene.states()["l1"][:2] == ("failed", "its certificate ASCA-gone is not in the store")


def test_a_listener_that_fails_is_tried_again(scene: Scene) -> None:
    scene.listener("l1", 80)
    scene.plane.fails["l1"] = "the port is taken"
    scene.deployer.round()
    scene.deployer.round()
    assert scene.states()["l1"][:2] == ("failed", "the port is taken")
    assert len(scene.plane.applied) == 1
    assert (scene.deployer.deployments, scene.deployer.failures) == (1, 1)
    scene.plane.fails.clear()
    scene.passed(31)
    scene.deployer.round()
    assert scene.states()["l1"][:2] == ("serving", "")


def test_a_refusal_of_everything_keeps_its_reason_and_is_tried_ever_more_rarely(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Outcome | None] = [Outcome(applied=False, reason="no"), None]
    asked: list[int] = []
    apply = scene.plane.apply

    def refuse(wanted: Wanted, keep: Collection[str] = ()) -> Outcome:
        asked.append(wanted.generation)
        if not answers:
            return apply(wanted, keep)
        answer = answers.pop(0)
        if answer is None:
            raise NotAnswered("the socket is gone")
        return answer

    monkeypatch.setattr(scene.plane, "apply", refuse)
    scene.listener("l1", 80)
    scene.deployer.round()
    assert scene.states()["l1"][:2] == ("failed", "no")
    scene.deployer.round()
    scene.passed(1)
    scene.deployer.round()
    assert len(asked) == 1
    scene.passed(1)
    scene.deployer.round()
    assert "the socket is gone" in scene.states()["l1"][1]
    assert (scene.deployer.deployments, scene.deployer.failures) == (2, 2)
    scene.passed(3)
    scene.deployer.round()
    assert len(asked) == 2
    scene.passed(1)
    scene.deployer.round()
    assert scene.states()["l1"][:2] == ("serving", "")


def test_a_difference_is_counted_and_told_every_minute(scene: Scene) -> None:
    scene.listener("l1", 80)
    scene.deployer.round()
    scene.deployer.round()
    scene.broken["l1"] = "it serves another certificate"
    scene.passed(30)
    scene.deployer.round()
    assert scene.states()["l1"][0] == "serving"
    scene.passed(31)
    scene.deployer.round()
    assert scene.states()["l1"][:2] == ("failed", "it serves another certificate")
    assert scene.deployer.differences == 1
    assert scene.deployer.failures == 0
    scene.broken.clear()
    scene.passed(61)
    scene.deployer.round()
    assert scene.states()["l1"][:2] == ("serving", "")


def test_what_died_is_started_again_and_proven(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    scene.listener("l1", 80)
    scene.deployer.round()
    scene.deployer.round()
    scene.proofs.clear()
    scene.plane.stop()
    scene.passed(1)
    scene.deployer.round()
    assert scene.plane.alive()
    assert scene.proofs == ["l1"]
    assert "had died" in caplog.text
    assert (scene.deployer.restarts, scene.deployer.deployments, scene.deployer.failures) == (1, 1, 0)


def test_what_cannot_be_started_is_logged(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> bool:
        raise NotAnswered("no")

    monkeypatch.setattr(scene.plane, "ensure", fail)
    scene.listener("l1", 80)
    scene.deployer.round()
    assert "cannot be started" in caplog.text


def test_an_instance_that_leaves_is_gone_when_its_time_is_over(scene: Scene) -> None:
    scene.listener("l1", 80)
    leaving = replace(DETAIL, instances=(), leaving={"i-1": NOW + timedelta(seconds=10)})
    with scene.store.writing() as tx:
        (load_balancer,) = load_balancers.every(tx)
        load_balancers.save(tx, load_balancer.documented(document_of(leaving)))
    scene.deployer.round()
    assert [server.draining for server in scene.plane.applied[-1].pools[0].servers] == [True]
    scene.passed(10)
    scene.deployer.round()
    assert scene.plane.applied[-1].pools[0].servers == ()


def test_the_health_of_instances_is_kept(scene: Scene) -> None:
    scene.listener("l1", 80)
    scene.listener("l2", 81)
    (pool,) = {"lb-80-HTTP"}
    seen = [
        (ServerState(pool, "i-1", "up"), (TargetHealth.INITIAL, "")),
        (ServerState(pool, "i-1", "up", "L7OK 200"), (TargetHealth.HEALTHY, "")),
        (ServerState(pool, "i-1", "down", "L4CON"), (TargetHealth.UNHEALTHY, "L4CON")),
        (ServerState(pool, "i-1", "draining", "L4OK"), (TargetHealth.DRAINING, "L4OK")),
    ]
    for state, expected in seen:
        scene.plane.server_states = (state, ServerState(f"{pool}-sticky", "i-1", "up", "L7OK"))
        scene.deployer.round()
        scene.passed(2)
        with scene.store.reading() as tx:
            (target,) = listener_states.targets(tx, "lb")
        assert (target.health, target.reason) == expected
    scene.plane.server_states = ()
    scene.deployer.round()
    with scene.store.reading() as tx:
        assert listener_states.targets(tx, "lb") == ()


def test_a_silent_data_plane_changes_no_health(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent() -> tuple[ServerState, ...]:
        raise NotAnswered("silent")

    monkeypatch.setattr(scene.plane, "states", silent)
    scene.listener("l1", 80)
    scene.deployer.round()
    assert scene.states()["l1"][0] == ListenerStatus.SERVING


def test_another_worker_takes_over_from_what_it_finds(scene: Scene) -> None:
    scene.listener("l1", 80)
    scene.deployer.round()
    scene.another().round()
    assert len(scene.plane.applied) == 2
    assert scene.plane.applied[0] == scene.plane.applied[1]


@pytest.mark.parametrize("fault", [StoreBusy("busy"), ValueError("odd")])
def test_the_loop_outlives_faults(scene: Scene, fault: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = Event()
    rounds: list[int] = []

    def round_() -> None:
        rounds.append(1)
        if len(rounds) == 2:
            stopped.set()
        raise fault

    waits: list[float | None] = []

    def wait(seconds: float | None = None) -> bool:
        waits.append(seconds)
        return stopped.is_set()

    monkeypatch.setattr(stopped, "wait", wait)
    monkeypatch.setattr(scene.deployer, "round", round_)
    scene.deployer.run(stopped)
    assert len(rounds) == 2
    assert waits.count(1) == 2
