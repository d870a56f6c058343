"""The token of the metrics: made once, private, and refused when others could read or change it."""

import logging
import os
import re
import stat
from hashlib import sha256
from pathlib import Path

import pytest

from sealstone.server.faults import StartError
from sealstone.server.metrics_token import token_digest


def test_it_is_made_once_private_and_random(tmp_path: Path) -> None:
    path = tmp_path / "data.private" / "metrics-token"
    digest = token_digest(path, os.urandom)
    text = path.read_text()
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}\n", text)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert digest == sha256(text.strip().encode()).digest()
    assert token_digest(path, os.urandom) == digest
    assert [entry.name for entry in path.parent.iterdir()] == ["metrics-token"]


def test_of_two_first_starts_both_use_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "metrics-token"
    link = os.link

    def slower(source: Path, target: Path) -> None:
        path.write_text("t" * 43 + "\n")
        path.chmod(0o600)
        link(source, target)

    monkeypatch.setattr(os, "link", slower)
    assert token_digest(path, os.urandom) == sha256(b"t" * 43).digest()
    assert [entry.name for entry in tmp_path.iterdir()] == ["metrics-token"]


@pytest.mark.parametrize("mode", [0o604, 0o620, 0o610, 0o602])
def test_a_file_that_is_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "token"
    path.write_text("t" * 40)
    path.chmod(mode)
    with pytest.raises(StartError, match=rf"open to others \(mode {mode:04o}\); run: chmod 600"):
        token_digest(path, os.urandom)


def test_the_group_of_a_monitoring_system_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("t" * 20)
    path.chmod(0o640)
    assert token_digest(path, os.urandom) == sha256(b"t" * 20).digest()


@pytest.mark.parametrize(
    "text", ["", "short", "t" * 19, "t" * 1025, "two words of a token", "tökentökentökentöken", "t\x00" * 20]
)
def test_what_is_no_token_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "token"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(StartError, match="holds no token") as refused:
        token_digest(path, os.urandom)
    assert not text or text not in str(refused.value).removeprefix(str(path))


def test_one_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="cannot read the token file"):
        token_digest(tmp_path, os.urandom)


def test_a_place_that_cannot_be_written_leaves_the_server_running(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    with caplog.at_level(logging.WARNING):
        assert token_digest(tmp_path / "file" / "token", os.urandom) is None
    assert "answered to nobody" in caplog.text

    def taken(*_: object) -> None:
        raise FileExistsError(17, "there is something in the way")

    monkeypatch.setattr(os, "link", taken)
    assert token_digest(tmp_path / "token", os.urandom) is None
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
