"""The secret that signs webhooks: made once, private, long enough."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from sealstone.server import webhook_secret as module
from sealstone.server.faults import StartError
from sealstone.server.webhook_secret import webhook_secret


def test_it_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "webhook-secret"
    secret = webhook_secret(path, os.urandom).reveal()
    assert len(secret) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert webhook_secret(path, os.urandom).reveal() == secret
    assert [one.name for one in path.parent.iterdir()] == ["webhook-secret"]


def test_the_operator_may_choose_it(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"  " + b"x" * 32 + b"\n")
    path.chmod(0o400)
    assert webhook_secret(path, os.urandom).reveal() == b"x" * 32


@pytest.mark.parametrize(
    ("content", "mode", "part"),
    [(b"x" * 32, 0o640, "open to others"), (b"x" * 31, 0o600, "at least 32 bytes"), (b"\n", 0o600, "at least 32")],
)
def test_what_protects_nothing_is_refused(tmp_path: Path, content: bytes, mode: int, part: str) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(StartError, match=part) as refused:
        webhook_secret(path, os.urandom)
    assert "xxx" not in str(refused.value)


def test_what_cannot_be_made_or_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="cannot read or make"):
        webhook_secret(tmp_path / "file" / "secret", os.urandom)
    with pytest.raises(StartError, match="cannot read or make"):
        webhook_secret(tmp_path, os.urandom)


def test_of_two_first_starts_both_have_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret"
    link = os.link

    def late(source: Any, target: Any) -> None:
        monkeypatch.setattr(os, "link", link)
        module._make(path, os.urandom)
        link(source, target)

    monkeypatch.setattr(os, "link", late)
    first = webhook_secret(path, os.urandom).reveal()
    assert webhook_secret(path, os.urandom).reveal() == first
    assert len(list(tmp_path.iterdir())) == 1
