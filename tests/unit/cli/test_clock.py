"""`sealstone clock`: shown, moved on, moved back only when told so."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.pki import NOW

from sealstone.cli import main
from sealstone.server import moved_clock
from sealstone.server.settings import Settings, read


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a data directory that was started with --test-clock."""
    monkeypatch.setattr("sealstone.cli.clock.system_clock", lambda: NOW)
    (tmp_path / "data").mkdir()
    found = read({"data": str(tmp_path / "data")}, {})
    moved_clock.started(found, test_clock=True)
    return found


def run(capsys: pytest.CaptureFixture[str], settings: Settings, *arguments: str) -> tuple[int, str, str]:
    status = main(["clock", *arguments, "--data", settings.data])
    captured = capsys.readouterr()
    return int(status), captured.out, captured.err


def test_it_is_shown_and_moved(capsys: pytest.CaptureFixture[str], settings: Settings) -> None:
    assert run(capsys, settings)[:2] == (0, f"{NOW:%Y-%m-%dT%H:%M:%SZ}  0 d 00:00:00 ahead of the real time\n")
    moved = NOW + timedelta(days=30, hours=1, minutes=2, seconds=3)
    expected = f"{moved:%Y-%m-%dT%H:%M:%SZ}  30 d 01:02:03 ahead of the real time\n"
    assert run(capsys, settings, "advance", "30d1h2m3s")[:2] == (0, expected)
    assert run(capsys, settings)[1] == expected
    back = run(capsys, settings, "advance", "--back", "31d1h2m3s")[1]
    assert back == f"{NOW - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}  1 d 00:00:00 behind the real time\n"


@pytest.mark.parametrize("wrong", ["30", "tomorrow"])
def test_what_is_no_duration_is_one_line(capsys: pytest.CaptureFixture[str], settings: Settings, wrong: str) -> None:
    status, out, err = run(capsys, settings, "advance", wrong)
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "such as 30d" in err


def test_back_is_never_said_by_a_sign(capsys: pytest.CaptureFixture[str], settings: Settings) -> None:
    assert run(capsys, settings, "advance", "-1d")[0] == 2
    assert moved_clock.offset_of(settings).offset_seconds == 0


def test_an_ordinary_directory_has_none(capsys: pytest.CaptureFixture[str], settings: Settings) -> None:
    moved_clock.started(settings, test_clock=False)
    for arguments in ((), ("advance", "1d")):
        status, out, err = run(capsys, settings, *arguments)
        assert (status, out, err.count("\n")) == (1, "", 1)
        assert "was not started with `sealstone up --test-clock`" in err
