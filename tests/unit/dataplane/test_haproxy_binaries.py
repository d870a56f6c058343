"""HAProxy's binary is gone, or elsewhere than it was when the one that runs was started."""

from pathlib import Path

import pytest
from tests.unit.dataplane.played import MOVED, RENEWED, WANTED, Played, key_file

from sealstone.dataplane import control, processes
from sealstone.dataplane.data_plane import Outcome
from sealstone.dataplane.haproxy import HAProxy
from sealstone.dataplane.problems import BinaryMissing


def test_a_bad_step_and_no_binary_is_settled_when_there_is_one(plane: HAProxy, played: Played) -> None:
    plane.apply(WANTED)
    key = key_file(played)
    played.bad_steps, played.missing = 1, True
    with pytest.raises(BinaryMissing):
        plane.apply(RENEWED)
    assert key_file(played) == key
    played.missing = False
    assert plane.apply(WANTED) == Outcome(applied=True, reloaded=True)


def test_without_a_binary_nothing_is_begun(plane: HAProxy, played: Played) -> None:
    played.missing = True
    with pytest.raises(BinaryMissing):
        plane.apply(WANTED)
    assert not list(played.directory.rglob("*.pem"))
    played.missing = False
    plane.apply(WANTED)
    played.missing = True
    assert plane.apply(RENEWED) == Outcome(applied=True)
    with pytest.raises(BinaryMissing):
        plane.apply(MOVED)
    played.up, done = False, len(played.done)
    with pytest.raises(BinaryMissing):
        plane.ensure()
    assert played.done[done:] == []  # what may be left of it is not ended either
    plane.stop()
    assert not played.directory.exists()


def test_another_binary_takes_over(plane: HAProxy, played: Played) -> None:
    """A master runs itself anew, from where it was: it is not asked to when that is not where HAProxy is."""
    plane.apply(WANTED)
    for played.program, deed in ((Path("/gone/haproxy"), "take over"), (Path("haproxy"), "reload"), (None, "reload")):
        assert plane.apply(MOVED if deed == "take over" or played.program is None else WANTED).reloaded
        assert played.done[-2:] == ["check", deed]
    played.program, played.starts = Path("/gone/haproxy"), ["[ALERT] (1) : odd"]
    assert plane.apply(WANTED) == Outcome(applied=False, reason="HAProxy refused it: odd")
    assert played.up


@pytest.mark.parametrize("look", ["apply", "ensure"])
def test_a_takeover_that_was_cut_off_is_settled(
    plane: HAProxy, played: Played, monkeypatch: pytest.MonkeyPatch, look: str
) -> None:
    """By the next look; while nobody answers who could stay, by a later one."""
    settled: list[tuple[Path, int]] = []
    plane.apply(WANTED)
    note = played.directory / processes.TAKEOVER
    note.touch()

    def settle(directory: Path, master: int) -> None:
        settled.append((directory, master))
        note.unlink()

    monkeypatch.setattr(processes, "settle", settle)

    def looked() -> None:
        if look == "apply":
            assert plane.apply(WANTED) == Outcome(applied=True)
        else:
            assert not plane.ensure()

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(control, "master", lambda *_: None)
        looked()
    played.silent = True
    looked()
    assert not settled
    played.silent = False
    looked()
    assert settled == [(played.directory, 7)]
    looked()
    assert len(settled) == 1


def test_another_one_settles_it_meanwhile(plane: HAProxy, played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    plane.apply(WANTED)
    seen = iter([True, False])
    monkeypatch.setattr(processes, "is_unsettled", lambda _: next(seen))
    monkeypatch.setattr(processes, "settle", lambda *_: pytest.fail("it is settled"))
    assert not plane.ensure()
