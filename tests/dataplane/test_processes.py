"""HAProxy as a process: new listeners by reload, refusals rolled back, killed and back, found again, never twice."""

import os
import shutil
import signal
import socket
from dataclasses import replace
from errno import ENOSPC
from pathlib import Path
from threading import Thread

import pytest
from tests.dataplane.rig import LOOPBACK, Backend, Load, asked, certificate, free_port, listener, pool, presented
from tests.pki import Authority, Leaf

from sealstone.dataplane.data_plane import Outcome
from sealstone.dataplane.directory import Directory, place_for
from sealstone.dataplane.haproxy import HAProxy
from sealstone.dataplane.problems import NotUsable
from sealstone.dataplane.processes import running
from sealstone.dataplane.wanted import Certificate, FixedResponse, Forward, HealthCheck, Listener, Server, Wanted
from sealstone.model.secret import Secret


def masters(place: Path) -> int:
    """Each is the child of a process that is not one of them."""
    found = running(place)
    return sum(int(Path(f"/proc/{process}/stat").read_text().split()[3]) not in found for process in found)


def killed(process: int, place: Path) -> None:
    """Gone, with all the others that it takes along."""
    os.kill(process, signal.SIGKILL)
    while running(place):
        os.sched_yield()


@pytest.fixture
def base(one: Backend, leaf: Leaf) -> Wanted:
    """One HTTPS listener."""
    made = listener(free_port(), protocol="HTTPS")
    return Wanted(1, (made,), (pool(one),), {"c1": certificate("c1", leaf)})


def and_also(wanted: Wanted, *listeners: Listener) -> Wanted:
    return replace(wanted, listeners=(*wanted.listeners, *listeners))


def test_listeners_come_and_go_under_load(plane: HAProxy, place: Path, base: Wanted) -> None:
    plane.apply(base)
    with Load(base.listeners[0].port) as load:
        for _ in range(3):
            other = listener(free_port(), "l2")
            assert plane.apply(and_also(base, other)) == Outcome(applied=True, reloaded=True)
            assert asked(other.port).status == 200
            load.go_on(20)
            assert plane.apply(base) == Outcome(applied=True, reloaded=True)
            with pytest.raises(OSError, match="refused"):
                asked(other.port)
            load.go_on(20)
    assert not load.failures
    assert masters(place) == 1


def test_the_same_again_does_nothing(plane: HAProxy, place: Path, base: Wanted) -> None:
    plane.apply(base)
    processes = running(place)
    assert plane.apply(base) == Outcome(applied=True)
    assert running(place) == processes


def test_a_key_of_another_certificate_changes_nothing(
    plane: HAProxy, base: Wanted, root: Authority, leaf: Leaf
) -> None:
    """HAProxy refuses the swap; the old one is served on, the file is as it was, and other listeners change."""
    plane.apply(base)
    stranger = root.leaf("b.example.com")
    bad = Certificate("c1", stranger.certificate_pem, None, Secret(leaf.private_key_der))
    other = listener(free_port(), "l2")
    outcome = plane.apply(and_also(replace(base, certificates={"c1": bad}), other))
    assert outcome.applied
    assert outcome.failed.keys() == {"l1"}
    assert "private key" in outcome.failed["l1"]
    assert presented(base.listeners[0].port) == leaf.certificate
    assert asked(other.port).status == 200
    assert not plane.apply(and_also(base, other)).failed


def test_a_bad_certificate_while_only_certificates_change(
    plane: HAProxy, base: Wanted, root: Authority, leaf: Leaf
) -> None:
    plane.apply(base)
    bad = Certificate("c1", root.leaf("b.example.com").certificate_pem, None, Secret(leaf.private_key_der))
    assert plane.apply(replace(base, certificates={"c1": bad})).failed.keys() == {"l1"}
    assert presented(base.listeners[0].port) == leaf.certificate
    assert plane.apply(base) == Outcome(applied=True)


def test_what_is_refused_at_first_is_left_out(plane: HAProxy, base: Wanted, root: Authority, leaf: Leaf) -> None:
    bad = Certificate("c2", root.leaf("b.example.com").certificate_pem, None, Secret(leaf.private_key_der))
    broken = listener(free_port(), "l2", protocol="HTTPS", default_certificate_id="c2")
    wanted = replace(and_also(base, broken), certificates={**base.certificates, "c2": bad})
    outcome = plane.apply(wanted)
    assert outcome.applied
    assert outcome.failed.keys() == {"l2"}
    assert presented(base.listeners[0].port) == leaf.certificate


def test_a_refusal_that_names_nobody_leaves_all_as_it_was(
    place: Path, plane: HAProxy, base: Wanted, leaf: Leaf, haproxy_binary: Path, tmp_path: Path
) -> None:
    plane.apply(base)
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    refusing = tmp_path / "haproxy"
    refusing.write_text("#!/bin/sh\necho '[ALERT]    (1) : config : injected'\nexit 1\n")
    refusing.chmod(0o700)
    other = HAProxy(Directory(place), lambda: refusing)
    outcome = other.apply(and_also(base, listener(free_port(), "l2")))
    assert outcome == Outcome(applied=False, reason="HAProxy refused it: injected")
    assert presented(base.listeners[0].port) == leaf.certificate
    assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before


def test_a_port_that_is_taken_names_its_listener(plane: HAProxy, base: Wanted) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        blocked = listener(taken.getsockname()[1], "l2")
        outcome = plane.apply(and_also(base, blocked))
        assert outcome.applied
        assert outcome.failed == {"l2": f"cannot listen on {LOOPBACK} port {blocked.port}: Address already in use"}
        assert asked_tls(base) == 200
    assert plane.apply(and_also(base, blocked)) == Outcome(applied=True, reloaded=True)
    assert asked(blocked.port).status == 200


def test_a_port_that_is_taken_at_the_last_moment(place: Path, haproxy_binary: Path, base: Wanted) -> None:
    """HAProxy itself finds it: at the start, and at a reload."""
    plane = HAProxy(Directory(place), lambda: haproxy_binary, unavailable=lambda _: "")
    with socket.create_server((LOOPBACK, 0)) as taken:
        blocked = listener(taken.getsockname()[1], "l2")
        first = plane.apply(and_also(base, blocked))
        assert first.applied
        assert "cannot bind socket" in first.failed["l2"]
        assert plane.apply(and_also(base, blocked)).failed.keys() == {"l2"}
        assert asked_tls(base) == 200
    plane.stop()


def asked_tls(base: Wanted) -> int:
    presented(base.listeners[0].port)
    return 200


@pytest.mark.parametrize("which", [0, -1], ids=["the master", "the worker"])
def test_killed_and_back_with_the_same_certificate(
    plane: HAProxy, place: Path, base: Wanted, leaf: Leaf, which: int
) -> None:
    plane.apply(base)
    assert not plane.ensure()
    killed(running(place)[which], place)
    assert not plane.alive()
    assert plane.ensure()
    assert presented(base.listeners[0].port) == leaf.certificate
    assert masters(place) == 1
    assert plane.apply(base) == Outcome(applied=True)


def test_killed_while_nobody_watched(
    plane: HAProxy, place: Path, base: Wanted, leaf: Leaf, haproxy_binary: Path
) -> None:
    """A new control plane, which has not been told yet what is wanted, starts what was there."""
    plane.apply(base)
    killed(running(place)[0], place)
    later = HAProxy(Directory(place), lambda: haproxy_binary)
    assert later.ensure()
    assert presented(base.listeners[0].port) == leaf.certificate


def test_nothing_to_bring_back(plane: HAProxy) -> None:
    assert not plane.alive()
    assert not plane.ensure()


def test_a_new_control_plane_finds_it_again(
    plane: HAProxy, place: Path, base: Wanted, root: Authority, haproxy_binary: Path
) -> None:
    plane.apply(base)
    processes = running(place)
    later = HAProxy(Directory(place), lambda: haproxy_binary)
    assert later.alive()
    assert not later.ensure()
    assert later.apply(base) == Outcome(applied=True)
    renewed = root.leaf("a.example.com")
    assert later.apply(replace(base, certificates={"c1": certificate("c1", renewed)})) == Outcome(applied=True)
    assert presented(base.listeners[0].port) == renewed.certificate
    assert running(place) == processes


def test_many_at_once_start_one(place: Path, plane: HAProxy, base: Wanted, haproxy_binary: Path) -> None:
    outcomes: list[Outcome] = []
    planes = [HAProxy(Directory(place), lambda: haproxy_binary) for _ in range(4)]
    threads = [Thread(target=lambda one=one: outcomes.append(one.apply(base))) for one in planes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [outcome.reloaded for outcome in outcomes].count(True) == 1
    assert masters(place) == 1


def test_a_failed_change_and_a_restart_leave_it_serving(
    plane: HAProxy, place: Path, base: Wanted, root: Authority, leaf: Leaf, haproxy_binary: Path
) -> None:
    """A new control plane knows what was served from the directory alone: for a certificate that HAProxy refuses, for
    one that is not there any more, and for a listener that is to stay as it is.
    """
    plane.apply(base)
    made = base.listeners[0]
    bad = Certificate("c1", root.leaf("b.example.com").certificate_pem, None, Secret(leaf.private_key_der))
    refused, lacking = replace(base, certificates={"c1": bad}), replace(base, certificates={})
    assert plane.apply(refused).failed.keys() == {"l1"}
    with Load(made.port) as load:
        for wanted, keep in ((refused, ()), (lacking, ()), (lacking, ("l1",))):
            later = HAProxy(Directory(place), lambda: haproxy_binary)
            other = listener(free_port(), "l2")
            outcome = later.apply(and_also(wanted, other), keep)
            assert outcome.applied
            assert set(outcome.failed) == (set() if keep else {"l1"})
            assert asked(other.port).status == 200
            assert presented(made.port) == leaf.certificate
            load.go_on(10)
    assert not load.failures
    killed(running(place)[0], place)
    later = HAProxy(Directory(place), lambda: haproxy_binary)
    assert later.apply(lacking, {"l1"}) == Outcome(applied=True, reloaded=True)
    assert presented(made.port) == leaf.certificate


def test_the_directory_is_removed_under_it(
    plane: HAProxy, place: Path, base: Wanted, root: Authority, haproxy_binary: Path
) -> None:
    """By who watches it, and by a new control plane that is told another certificate."""
    plane.apply(base)
    before = running(place)
    shutil.rmtree(place)
    assert not plane.alive()
    assert plane.ensure()
    assert asked_tls(base) == 200
    assert not set(running(place)) & set(before)
    shutil.rmtree(place)
    renewed = root.leaf("a.example.com")
    later = HAProxy(Directory(place), lambda: haproxy_binary)
    assert later.apply(replace(base, certificates={"c1": certificate("c1", renewed)})).applied
    assert presented(base.listeners[0].port) == renewed.certificate
    assert masters(place) == 1
    shutil.rmtree(place)
    assert HAProxy(Directory(place), lambda: haproxy_binary).apply(Wanted(3)) == Outcome(applied=True)
    assert not running(place)


def test_two_never_share_a_port(
    place: Path, plane: HAProxy, base: Wanted, haproxy_binary: Path, tmp_path: Path
) -> None:
    """Both look before either listens; the kernel lets one of them have it, at a start as at a reload."""
    second = place_for(tmp_path / "second")
    other = HAProxy(Directory(second), lambda: haproxy_binary, unavailable=lambda _: "")
    try:
        plane.apply(base)
        mine = listener(free_port(), "l2")
        assert other.apply(replace(base, listeners=(*base.listeners, mine))).failed.keys() == {"l1"}
        stolen = replace(base, listeners=(mine, listener(base.listeners[0].port, "l3")))
        assert other.apply(stolen).failed.keys() == {"l3"}
    finally:
        other.stop()


def test_without_room_the_old_serves_on(
    plane: HAProxy, place: Path, base: Wanted, root: Authority, leaf: Leaf, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane.apply(base)
    renewed = replace(base, certificates={"c1": certificate("c1", root.leaf("a.example.com"))})

    def full(*_: object, **__: object) -> None:
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Directory, "_stage", full)
        with pytest.raises(NotUsable, match="No space left"):
            plane.apply(renewed)
        killed(running(place)[0], place)
        with pytest.raises(NotUsable, match="No space left"):
            plane.ensure()
        assert presented(base.listeners[0].port) == leaf.certificate
    assert plane.apply(renewed).applied
    assert presented(base.listeners[0].port) != leaf.certificate


def test_a_change_that_was_cut_off_is_made_whole(plane: HAProxy, place: Path, base: Wanted, root: Authority) -> None:
    """The files are new, HAProxy was not told: what it serves is not known, so that a reload settles it."""
    plane.apply(base)
    renewed = root.leaf("a.example.com")
    Directory(place).changing()
    wanted = replace(base, certificates={"c1": certificate("c1", renewed)})
    assert plane.apply(wanted) == Outcome(applied=True, reloaded=True)
    assert presented(base.listeners[0].port) == renewed.certificate


def test_stopped_and_no_key_left(plane: HAProxy, place: Path, base: Wanted) -> None:
    plane.apply(base)
    plane.stop()
    assert not plane.alive()
    assert not running(place)
    assert not place.exists()
    assert not plane.ensure()
    plane.stop()
    assert not place.exists()
    assert plane.apply(base) == Outcome(applied=True, reloaded=True)
    assert asked_tls(base) == 200


def test_keys_are_for_us_alone(plane: HAProxy, place: Path, base: Wanted) -> None:
    plane.apply(base)
    assert {path.lstat().st_mode & 0o077 for path in (place, *place.rglob("*"))} == {0}
    limits = Path(f"/proc/{running(place)[-1]}/limits").read_text().splitlines()
    assert next(line for line in limits if "core file" in line).split()[4:6] == ["0", "0"]


def test_health_is_told_and_survives_a_reload(plane: HAProxy, base: Wanted, one: Backend, two: Backend) -> None:
    two.status = 500
    check = HealthCheck("HTTP", interval=1, timeout=1, healthy=10, unhealthy=1)
    checked = replace(base, pools=(pool(one, two, health=check),))
    plane.apply(checked)
    while (states := {state.server_id: state for state in plane.states()})["two"].health != "down":
        os.sched_yield()
    assert (states["two"].reason, states["one"].health) == ("L7STS 500", "up")
    plane.apply(and_also(checked, listener(free_port(), "l2")))
    assert {state.server_id: state.health for state in plane.states()} == {"one": "up", "two": "down"}


def test_servers_move_drain_and_come_back(plane: HAProxy, base: Wanted, one: Backend, two: Backend) -> None:
    """What is remembered of a server over a reload is its health, and nothing that is wanted otherwise now."""
    plain = listener(free_port(), "l2")

    def serve(*servers: Server) -> set[str]:
        pools = (replace(pool(one), servers=servers),)
        assert plane.apply(and_also(replace(base, pools=pools), plain)).applied
        answers = [asked(plain.port) for _ in range(6)]
        return {answer.seen["by"] if answer.status == 200 else "503" for answer in answers}

    first, second = Server("s1", LOOPBACK, one.port), Server("s2", LOOPBACK, two.port)
    assert serve(first, second) == {"one", "two"}
    assert serve(replace(first, draining=True), second) == {"two"}
    assert {state.server_id: state.health for state in plane.states()} == {"s1": "draining", "s2": "unchecked"}
    assert serve(first, second) == {"one", "two"}
    assert serve(replace(first, port=two.port), second) == {"two"}
    assert serve(replace(first, weight=0), second) == {"two"}
    assert serve(first) == {"one"}
    assert serve() == {"503"}


def test_what_is_no_longer_used_leaves_no_file(plane: HAProxy, place: Path, base: Wanted) -> None:
    fixed = listener(free_port(), "l2", action=FixedResponse(200, "text/plain", "still here"))
    plane.apply(and_also(base, fixed))
    assert asked(fixed.port).body == b"still here"
    plane.apply(replace(base, listeners=(listener(fixed.port, action=Forward((("p1", 1),))),)))
    assert not [path for folder in ("certificates", "lists", "responses") for path in (place / folder).iterdir()]


def test_the_last_listener_goes_and_one_comes_back(plane: HAProxy, place: Path, base: Wanted) -> None:
    assert plane.apply(Wanted(0)) == Outcome(applied=True)
    plane.apply(base)
    assert plane.apply(Wanted(2)) == Outcome(applied=True)
    assert not running(place)
    assert not list(place.rglob("*.pem"))
    assert plane.apply(base) == Outcome(applied=True, reloaded=True)
    presented(base.listeners[0].port)
