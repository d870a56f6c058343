"""The clock of tests and drills: which directories may have one, how it is moved, how a server follows."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from tests.house_fixture import Clock
from tests.pki import NOW

from sealstone.server import moved_clock
from sealstone.server.clock import system_clock
from sealstone.server.faults import ClockError
from sealstone.server.moved_clock import MovedClock, Offset, advance, check_start, clock_of, duration, offset_of
from sealstone.server.settings import Settings, read

DAY = timedelta(days=1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a data directory that is there and empty."""
    (tmp_path / "data").mkdir()
    return read({"data": str(tmp_path / "data")}, {})


def start(settings: Settings, *, test_clock: bool) -> object:
    """What a start does: the check, the store, the clock."""
    check_start(settings, test_clock=test_clock)
    settings.database.touch()
    return moved_clock.started(settings, test_clock=test_clock)


def file(settings: Settings) -> Path:
    return settings.data_directory / moved_clock.NAME


class Ticks:
    """Seconds that pass when they are told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


# --- which directories ---


def test_only_a_new_directory_gets_one(settings: Settings) -> None:
    clock = start(settings, test_clock=True)
    assert isinstance(clock, MovedClock)
    assert offset_of(settings) == Offset()
    advance(settings, DAY)
    again = start(settings, test_clock=True)
    assert isinstance(again, MovedClock)
    assert offset_of(settings) == Offset(86_400, 86_400)
    assert abs(again() - system_clock() - DAY) < timedelta(minutes=1)


def test_a_directory_that_was_started_without_it_never_gets_one(settings: Settings) -> None:
    assert start(settings, test_clock=False) is system_clock
    with pytest.raises(ClockError, match="was started without --test-clock before"):
        start(settings, test_clock=True)
    assert not file(settings).exists()
    with pytest.raises(ClockError, match="cannot be moved"):
        advance(settings, DAY)
    assert clock_of(settings) is system_clock


@pytest.mark.parametrize("back", [False, True])
def test_a_directory_whose_clock_was_moved_needs_the_flag(settings: Settings, back: bool) -> None:
    """Also when it was moved back since: its rows lie in the future all the same."""
    start(settings, test_clock=True)
    advance(settings, DAY)
    if back:
        assert advance(settings, -DAY) == Offset(0, 86_400)
    with pytest.raises(ClockError, match="may lie in the future; start it with --test-clock"):
        start(settings, test_clock=False)
    assert isinstance(clock_of(settings), MovedClock)


def test_one_that_was_never_moved_becomes_an_ordinary_directory(settings: Settings) -> None:
    start(settings, test_clock=True)
    assert start(settings, test_clock=False) is system_clock
    assert not file(settings).exists()
    with pytest.raises(ClockError):
        start(settings, test_clock=True)


# --- moving ---


def test_moves_add_up_and_the_furthest_is_remembered(settings: Settings) -> None:
    start(settings, test_clock=True)
    assert advance(settings, 2 * DAY) == Offset(172_800, 172_800)
    assert advance(settings, -3 * DAY) == Offset(-86_400, 172_800)
    assert moved_clock.moved(NOW, offset_of(settings)) == NOW - DAY


def test_those_who_move_it_at_once_all_do(settings: Settings) -> None:
    start(settings, test_clock=True)
    threads = [threading.Thread(target=advance, args=(settings, DAY)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert offset_of(settings).offset_seconds == 8 * 86_400


def test_a_century_is_the_end(settings: Settings) -> None:
    start(settings, test_clock=True)
    advance(settings, timedelta(days=36_525))
    with pytest.raises(ClockError, match="further than a century"):
        advance(settings, timedelta(seconds=1))
    assert offset_of(settings).offset_seconds == 36_525 * 86_400
    file(settings).write_text('{"offset_seconds": 99999999999}')
    with pytest.raises(ClockError, match="further than a century"):
        offset_of(settings)


def test_a_directory_that_is_not_there_has_no_clock(tmp_path: Path) -> None:
    with pytest.raises(ClockError, match="cannot open the data directory"):
        advance(read({"data": str(tmp_path / "none")}, {}), DAY)


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"offset_seconds": "1"}', '{"offset_seconds": 1.5}'])
def test_a_file_that_says_nothing_is_refused_at_every_start(settings: Settings, text: str) -> None:
    file(settings).write_text(text)
    for test_clock in (False, True):
        with pytest.raises(ClockError, match="cannot read the test clock"):
            start(settings, test_clock=test_clock)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30d", 30 * 86_400), ("12h", 43_200), ("5m", 300), ("90s", 90), ("1d12h30m5s", 131_405), ("0s", 0)],
)
def test_durations_are_numbers_with_units(text: str, seconds: int) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "30", "d", "-1d", "1w", "1.5d", "1 d", "1D", "٣d", "9999999999d", "1d\n"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ClockError, match="a duration is a number with"):
        duration(text)


def test_a_duration_of_millennia_is_refused() -> None:
    with pytest.raises(ClockError, match="further than a century"):
        duration("999999999d")


# --- the clock of a server ---


def test_it_follows_within_its_look(settings: Settings) -> None:
    start(settings, test_clock=True)
    real, ticks = Clock(), Ticks()
    clock = MovedClock(file(settings), real, ticks)
    assert clock() == NOW
    advance(settings, DAY)
    assert clock() == NOW
    ticks.now += 0.05
    assert clock() == NOW + DAY
    real.advance(5)
    assert clock() == NOW + DAY + timedelta(seconds=5)
    ticks.now += 1
    assert clock() == NOW + DAY + timedelta(seconds=5)


def test_what_happens_to_the_file_never_takes_it_back(settings: Settings) -> None:
    start(settings, test_clock=True)
    advance(settings, DAY)
    ticks = Ticks()
    clock = MovedClock(file(settings), Clock(), ticks)
    file(settings).write_text("half a fi")
    ticks.now += 1
    assert clock() == NOW + DAY
    file(settings).unlink()
    ticks.now += 1
    assert clock() == NOW + DAY
    file(settings).write_text('{"offset_seconds": 172800}')
    ticks.now += 1
    assert clock() == NOW + 2 * DAY


def test_without_its_file_there_is_no_such_clock(tmp_path: Path) -> None:
    with pytest.raises(ClockError):
        MovedClock(tmp_path / "none")
