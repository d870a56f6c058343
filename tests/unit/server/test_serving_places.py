"""What serves from a directory in memory whose data directory has moved is ended, or it is told why not."""

import logging
from pathlib import Path

import pytest

from sealstone.dataplane import directory, processes
from sealstone.dataplane.directory import Directory, place_for
from sealstone.dataplane.haproxy import HAProxy
from sealstone.dataplane.ownership import Owner, noted
from sealstone.dataplane.problems import BinaryMissing
from sealstone.dataplane.wanted import FixedResponse, Listener, Wanted
from sealstone.server import serving
from sealstone.server.settings import Settings

SOMETHING = Wanted(1, (Listener("l1", "127.0.0.1", 80, "HTTP", FixedResponse(200)),))


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Instead of the memory of this machine."""
    made = tmp_path / "room"
    made.mkdir()
    monkeypatch.setattr(directory, "_ROOM", made)
    monkeypatch.setattr(directory, "filesystem_of", lambda *_: "tmpfs")
    return made


def test_the_former_place_is_removed(room: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    now, before = tmp_path / "now", tmp_path / "before"
    now.mkdir()
    (now / "sealstone.db").write_bytes(b"")
    Directory(former := place_for(before), owner=Owner("i", before / "sealstone.db"))
    with caplog.at_level(logging.WARNING, "sealstone.deploy"):
        serving._end_abandoned(Owner("i", now / "sealstone.db"), place_for(now))
    assert not former.exists()
    assert "was ended" in caplog.text
    Directory(former, owner=Owner("i", before / "sealstone.db"))
    former.chmod(0o750)
    serving._end_abandoned(Owner("i", now / "sealstone.db"), place_for(now))
    assert "cannot be ended" in caplog.text
    assert former.exists()
    assert former.parent == room


def test_nothing_is_made_for_a_haproxy_that_is_not_there(
    room: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Path:
        raise BinaryMissing

    monkeypatch.setattr(processes, "binary", missing)
    settings = Settings(data=str(tmp_path / "data"))
    owner = Owner("i", settings.database)
    with pytest.raises(BinaryMissing):
        serving.data_plane(settings, owner).apply(SOMETHING)
    assert not list(room.iterdir())
    place = place_for(settings.data_directory)
    place.mkdir(mode=0o700)
    with pytest.raises(BinaryMissing):
        serving.data_plane(settings, owner).apply(SOMETHING)
    assert noted(place) == owner
    serving.data_plane(settings).stop()
    assert not place.exists()


def test_whatever_is_found_there_it_goes_on(
    room: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The place that cannot be dealt with, by a fault of ours, keeps neither the others nor the deploy worker."""

    def broken(plane: HAProxy) -> None:
        if plane._directory.path == places[0]:
            raise ValueError("odd")
        stop(plane)

    now, stop = tmp_path / "now", HAProxy.stop
    now.mkdir()
    (now / "sealstone.db").write_bytes(b"")
    owner = Owner("i", now / "sealstone.db")
    places = sorted(place_for(tmp_path / name) for name in ("before", "earlier"))
    for place in places:
        Directory(place, owner=Owner("i", tmp_path / "before" / "sealstone.db"))
    monkeypatch.setattr(HAProxy, "stop", broken)
    serving._end_abandoned(owner, place_for(now))
    assert "a fault of ours in ending" in caplog.text
    assert list(room.iterdir()) == places[:1]

    def unsearchable(*_: object) -> tuple[Path, ...]:
        raise ValueError("odd")

    monkeypatch.setattr(serving, "abandoned", unsearchable)
    serving._end_abandoned(owner, place_for(now))
    assert "a fault of ours in the search" in caplog.text
