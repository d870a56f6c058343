"""The order of things around a HAProxy that is played here; the real one is in tests/dataplane."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.dataplane.played import MOVED, PLAIN, RENEWED, SECURE, WANTED, Played, alert, key_file

from sealstone.dataplane import control
from sealstone.dataplane.data_plane import Outcome
from sealstone.dataplane.directory import Directory
from sealstone.dataplane.haproxy import ATTEMPTS, HAProxy
from sealstone.dataplane.problems import ConfigurationRefused, NotAnswered, NotUsable
from sealstone.dataplane.wanted import FixedResponse, Token, Wanted


def test_start_then_nothing_then_a_step_then_a_reload(plane: HAProxy, played: Played) -> None:
    assert plane.apply(WANTED) == Outcome(applied=True, reloaded=True)
    assert plane.apply(WANTED) == Outcome(applied=True)
    assert plane.apply(RENEWED) == Outcome(applied=True)
    assert plane.apply(replace(RENEWED, listeners=(SECURE,))) == Outcome(applied=True, reloaded=True)
    assert played.done == ["end", "start", "replace", "check", "reload"]


def test_tokens_come_and_go_without_a_reload(plane: HAProxy, played: Played) -> None:
    plain = replace(PLAIN, protocol="HTTP", action=FixedResponse(200), account_id="123456789012")
    plane.apply(wanted := replace(WANTED, listeners=(plain, SECURE)))
    asked = replace(wanted, tokens=(Token("123456789012", "/a", "1"),))
    assert plane.apply(asked) == Outcome(applied=True)
    assert plane.apply(wanted) == Outcome(applied=True)
    assert played.done[2:] == ["tokens /a 123456789012:1", "tokens"]
    played.bad_steps, played.checks = 1, ["[ALERT] (1) : odd"]
    assert "Unknown map" in plane.apply(asked).reason
    assert plane.apply(asked) == Outcome(applied=True)
    assert (played.directory / "maps/tokens.map").read_text() == "/a 123456789012:1\n"


def test_what_a_running_one_refuses_comes_by_a_reload(plane: HAProxy, played: Played) -> None:
    plane.apply(WANTED)
    key = key_file(played)
    played.bad_steps = 1
    assert plane.apply(RENEWED) == Outcome(applied=True, reloaded=True)
    assert played.done[2:] == ["replace", "check", "reload"]
    assert key_file(played) != key
    assert plane.apply(RENEWED) == Outcome(applied=True)


def test_a_bad_step_is_taken_back_by_a_reload(plane: HAProxy, played: Played) -> None:
    plane.apply(WANTED)
    key = key_file(played)
    played.bad_steps, played.checks = 1, ["[ALERT] (1) : odd"]
    outcome = plane.apply(RENEWED)
    assert outcome.applied
    assert "Can't commit" in outcome.failed["l2"]
    assert played.done[2:] == ["replace", "check", "reload"]
    assert key_file(played) == key
    assert plane.apply(RENEWED) == Outcome(applied=True)
    assert key_file(played) != key


def test_a_bad_step_and_no_way_back_is_settled_by_the_next_reload(plane: HAProxy, played: Played) -> None:
    plane.apply(WANTED)
    played.bad_steps, played.checks, played.reloads = 1, ["odd"], ["odd"]
    assert plane.apply(RENEWED).applied
    assert played.done[2:] == ["replace", "check", "reload", "check", "reload"]


def test_a_refused_configuration_leaves_the_files(plane: HAProxy, played: Played) -> None:
    plane.apply(WANTED)
    before = {path: path.read_bytes() for path in played.directory.rglob("*") if path.is_file()}
    for played.checks, played.reloads in ((["[ALERT] (1) : odd"], []), ([], ["[ALERT] (1) : odd"])):
        outcome = plane.apply(replace(RENEWED, listeners=(SECURE,)))
        assert outcome == Outcome(applied=False, reason="HAProxy refused it: odd")
        assert {path: path.read_bytes() for path in before if path.name != "servers.state"} == {
            path: content for path, content in before.items() if path.name != "servers.state"
        }


def test_who_is_named_is_kept_as_it_was(plane: HAProxy, played: Played) -> None:
    plane.apply(WANTED)
    played.checks = [alert("l1")]
    assert plane.apply(MOVED).failed.keys() == {"l1"}
    assert "bind 127.0.0.1:1001\n" in (played.directory / "haproxy.cfg").read_text()


def again(played: Played) -> HAProxy:
    """As after a restart of the control plane: nothing is known but the directory."""
    directory = Directory(played.directory, disk_allowed=True)
    return HAProxy(directory, played.binary, unavailable=lambda _: "", pause=lambda _: None)


def files_of(played: Played) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in played.directory.rglob("*") if path.is_file()}


def test_after_a_restart_it_is_kept_too(plane: HAProxy, played: Played) -> None:
    plane.apply(WANTED)
    before, done = files_of(played), len(played.done)
    odd = replace(WANTED, listeners=(replace(PLAIN, address="x"), replace(SECURE, default_certificate_id="gone")))
    outcome = again(played).apply(odd)
    assert outcome == Outcome(applied=True, failed=outcome.failed)
    assert outcome.failed.keys() == {"l1", "l2"}
    assert files_of(played) == before
    assert played.done[done:] == []
    played.checks = [alert("l1")]
    assert again(played).apply(MOVED).failed.keys() == {"l1"}
    assert files_of(played) == before


def test_what_is_served_never_gives_way_to_nothing(plane: HAProxy, played: Played) -> None:
    """Refused as it was, too: nothing is changed. One that is dead is started without it."""
    plane.apply(WANTED)
    before = files_of(played)
    more = replace(MOVED, listeners=(*MOVED.listeners, replace(PLAIN, listener_id="l3", port=7)))
    played.checks = [alert("l1"), alert("l1")]
    outcome = plane.apply(more)
    assert not outcome.applied
    assert outcome.failed.keys() == {"l1"}
    assert files_of(played) == before
    played.up, played.starts = False, [alert("l1"), alert("l1")]
    assert plane.apply(more).applied
    assert "L-l1" not in (played.directory / "haproxy.cfg").read_text()


def test_who_is_to_be_kept_is_not_looked_at(plane: HAProxy, played: Played) -> None:
    plane.apply(WANTED)
    before = files_of(played)
    without = replace(WANTED, certificates={})
    assert plane.apply(without, {"l2"}) == Outcome(applied=True)
    assert again(played).apply(without, {"l2", "never"}) == Outcome(applied=True)
    assert files_of(played) == before
    played.up = False
    assert again(played).apply(without, {"l2"}) == Outcome(applied=True, reloaded=True)
    assert files_of(played) == before
    assert again(played).apply(replace(without, listeners=(PLAIN,))).applied
    assert again(played).apply(without, {"l2"}).applied
    assert "L-l2" not in (played.directory / "haproxy.cfg").read_text()


def test_a_removed_directory_is_made_anew(played: Played) -> None:
    """What runs has no socket any more, and the addresses: it is ended before they are judged."""
    directory = Directory(played.directory, disk_allowed=True)
    plane = HAProxy(directory, played.binary, unavailable=lambda _: "taken" if played.up else "", pause=lambda _: None)
    plane.apply(WANTED)
    shutil.rmtree(played.directory)
    played.refused_knocks = 10**6
    played.done.clear()
    assert plane.apply(replace(WANTED, certificates={}, listeners=(SECURE,))).failed.keys() == {"l2"}
    assert played.done == []  # it serves on: there is nothing to serve instead
    played.refused_knocks = 2
    assert plane.apply(WANTED) == Outcome(applied=True, reloaded=True)
    assert played.done == ["end", "start"]
    assert key_file(played)


def test_without_room_the_old_serves(plane: HAProxy, played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise NotUsable("x", "No space left on device")

    plane.apply(WANTED)
    before = files_of(played)
    other = replace(RENEWED, listeners=(SECURE,))
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Directory, "write_text", full)
        with pytest.raises(NotUsable):
            plane.apply(other)
        assert "reload" not in played.done
        meanwhile.setattr(Directory, "write", full)
        played.up = False
        with pytest.raises(NotUsable):
            plane.ensure()
        assert played.up
    assert {
        name: content for name, content in files_of(played).items() if name in before and "served" not in str(name)
    } == {name: content for name, content in before.items() if "served" not in str(name)}
    assert plane.apply(other) == Outcome(applied=True, reloaded=True)


def test_one_that_a_change_ended_is_started_as_it_was(plane: HAProxy, played: Played) -> None:
    plane.apply(WANTED)
    played.reloads, played.dies = [], True
    played.starts = []
    with pytest.raises(NotAnswered, match="ended at once"):
        plane.apply(MOVED)
    assert played.done[-2:] == ["end", "start"]
    assert "bind 127.0.0.1:1001\n" in (played.directory / "haproxy.cfg").read_text()


def test_it_does_not_try_for_ever(plane: HAProxy, played: Played) -> None:
    many = tuple(replace(PLAIN, listener_id=f"x{number}", port=number + 1) for number in range(ATTEMPTS + 1))
    played.starts = [alert(one.listener_id) for one in many]
    outcome = plane.apply(replace(WANTED, listeners=many))
    assert not outcome.applied
    assert "too many" in outcome.reason


def test_addresses_are_asked_for_only_when_they_are_not_ours(played: Played) -> None:
    asked: list[object] = []
    directory = Directory(played.directory, disk_allowed=True)

    def refuse(place: tuple[str, int]) -> str:
        asked.append(place)
        return "taken" if place[1] == 9 else ""

    plane = HAProxy(directory, played.binary, unavailable=refuse, pause=lambda _: None)
    bad = replace(PLAIN, listener_id="l3", address="x")
    plane.apply(replace(WANTED, listeners=(*WANTED.listeners, bad)))
    assert set(asked) == {("127.0.0.1", 1001), ("127.0.0.1", 1002)}
    asked.clear()
    outcome = plane.apply(replace(WANTED, listeners=(*WANTED.listeners, replace(PLAIN, listener_id="l3", port=9))))
    assert outcome == Outcome(applied=True, failed={"l3": "taken"})
    assert asked == [("127.0.0.1", 9)]


def test_alive(plane: HAProxy, played: Played) -> None:
    assert not plane.alive()
    plane.apply(WANTED)
    played.refused_knocks = 5
    assert plane.alive()
    played.refused_knocks = 10**6
    assert not plane.alive()
    played.silent = True
    assert plane.alive()


def test_ensure_starts_what_was_wanted(plane: HAProxy, played: Played) -> None:
    assert not plane.ensure()
    plane.apply(WANTED)
    assert not plane.ensure()
    played.up = False
    assert plane.ensure()
    played.up, played.starts = False, ["[ALERT] (1) : odd"]
    with pytest.raises(ConfigurationRefused, match="odd"):
        plane.ensure()


def test_ensure_starts_what_is_there(plane: HAProxy, played: Played) -> None:
    plane.apply(WANTED)
    played.up = False
    later = HAProxy(Directory(played.directory, disk_allowed=True), played.binary, pause=lambda _: None)
    played.starts = [alert("l1")]
    with pytest.raises(ConfigurationRefused) as caught:
        later.ensure()
    assert caught.value.listeners.keys() == {"l1"}
    assert later.ensure()


def test_two_who_find_it_dead_start_it_once(plane: HAProxy, played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    plane.apply(WANTED)
    seen = iter([False, True])  # the other one was quicker
    monkeypatch.setattr(plane, "alive", lambda: next(seen))
    assert not plane.ensure()
    assert played.done == ["end", "start"]


def test_one_that_ends_at_once(plane: HAProxy, played: Played) -> None:
    played.dies = True
    with pytest.raises(NotAnswered, match="ended at once"):
        plane.apply(WANTED)
    assert not list(played.directory.rglob("*.pem"))


def test_stop_leaves_no_key(plane: HAProxy, played: Played) -> None:
    plane.apply(WANTED)
    plane.stop()
    assert not list(played.directory.rglob("*.pem"))
    assert not plane.alive()


def test_states_come_from_the_worker(plane: HAProxy, played: Played) -> None:
    played.up = True
    assert plane.states() == ()


def test_nothing_wanted_is_no_process(plane: HAProxy, played: Played) -> None:
    assert plane.apply(Wanted(1)) == Outcome(applied=True)
    assert not plane.ensure()
    assert played.done == []
    plane.apply(WANTED)
    assert plane.apply(Wanted(2)) == Outcome(applied=True)
    assert played.done == ["end", "start", "end"]
    assert not list(played.directory.rglob("*.pem"))
    assert not plane.ensure()


def test_nothing_that_can_be_had_is_tried_again(played: Played) -> None:
    taken = ["taken", "taken", "taken", "taken"]
    directory = Directory(played.directory, disk_allowed=True)
    plane = HAProxy(
        directory, lambda: Path("x"), unavailable=lambda _: taken.pop() if taken else "", pause=lambda _: None
    )
    assert plane.apply(WANTED) == Outcome(applied=True, failed={"l1": "taken", "l2": "taken"})
    assert not plane.ensure()
    assert plane.ensure()
    assert played.done == ["end", "start"]


def test_without_an_answer_nothing_is_known(plane: HAProxy, played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_master: Path, _timeout: float) -> str:
        raise NotAnswered("it was silent", silent=True)

    plane.apply(WANTED)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(control, "reloaded", silent)
        with pytest.raises(NotAnswered):
            plane.apply(replace(WANTED, listeners=(SECURE,)))
    assert plane.apply(WANTED) == Outcome(applied=True, reloaded=True)
