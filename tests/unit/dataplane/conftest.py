"""The order of things around a HAProxy that is played; the real one is in tests/dataplane."""

from pathlib import Path

import pytest
from tests.unit.dataplane.played import Played

from sealstone.dataplane import control, processes
from sealstone.dataplane.directory import Directory
from sealstone.dataplane.haproxy import HAProxy


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Played:
    made = Played(tmp_path / "private")
    for name in ("running", "started", "checked", "ended"):
        monkeypatch.setattr(processes, name, getattr(made, name))
    monkeypatch.setattr(processes, "program", made.started_by)
    for name in ("asked", "exchanged", "reloaded", "performed"):
        monkeypatch.setattr(control, name, getattr(made, name))
    return made


@pytest.fixture
def plane(played: Played) -> HAProxy:
    directory = Directory(played.directory, disk_allowed=True)
    return HAProxy(directory, played.binary, unavailable=lambda _: "", pause=lambda _: None)
