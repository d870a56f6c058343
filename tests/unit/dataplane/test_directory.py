"""The private directory: what is refused, and how files come and go."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from errno import ENOSPC
from fcntl import flock
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from sealstone.dataplane.directory import Directory, Served, filesystem_of, place_for, served_by
from sealstone.dataplane.haproxy_config import Rendered
from sealstone.dataplane.ownership import Owner, noted
from sealstone.dataplane.problems import DirectoryRefused, NotUsable
from sealstone.model.secret import Secret

CERTIFICATE = "certificates/l.default.pem"
LIST = "lists/l.list"


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    return Directory(tmp_path / "private", disk_allowed=True)


def rendered(key: bytes = b"key", **texts: str) -> Rendered:
    return Rendered({LIST: f"{CERTIFICATE} l.default.invalid\n", **texts}, {CERTIFICATE: Secret(key)}, {})


def mounts(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "mountinfo"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def on(point: object, kind: str) -> str:
    return f"36 35 98:0 / {point} rw,noatime shared:1 - {kind} none rw"


def test_the_file_system_is_the_innermost_and_latest(tmp_path: Path) -> None:
    spaced = tmp_path / "a b"
    spaced.mkdir()
    found = mounts(tmp_path, on("/", "ext4"), on(str(spaced).replace(" ", "\\040"), "ext4"), on(tmp_path, "tmpfs"))
    assert filesystem_of(tmp_path, found) == "tmpfs"
    assert filesystem_of(spaced, found) == "ext4"
    assert filesystem_of(Path("/"), found) == "ext4"
    assert filesystem_of(tmp_path, mounts(tmp_path, on(tmp_path, "tmpfs"), on(tmp_path, "ext4"))) == "ext4"
    assert filesystem_of(tmp_path, tmp_path / "none") == ""


def test_only_memory_will_do_unless_a_disk_is_allowed(tmp_path: Path) -> None:
    disk, memory = (mounts(tmp_path, on("/", kind)) for kind in ("ext4",)), tmp_path
    with pytest.raises(DirectoryRefused, match="it is not in memory"):
        Directory(memory / "a", mounts=next(disk))
    assert Directory(tmp_path / "b", mounts=mounts(tmp_path, on("/", "tmpfs"))).path.is_dir()
    assert Directory(tmp_path / "c" / "d", disk_allowed=True).path.is_dir()


def test_a_place_that_others_could_have_made(tmp_path: Path) -> None:
    loose = tmp_path / "loose"
    loose.mkdir(mode=0o700)
    loose.chmod(0o750)
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    for place in (loose, link):
        with pytest.raises(DirectoryRefused, match="ours alone"):
            Directory(place, disk_allowed=True)
    with pytest.raises(DirectoryRefused, match="cannot be made"):
        Directory(tmp_path / "none" / "x")


def test_whose_it_is_is_noted_in_it_for_as_long_as_it_is_there(tmp_path: Path) -> None:
    path = tmp_path / "private"
    assert noted(Directory(path, disk_allowed=True).path) is None
    owner = Owner("i", tmp_path / "data" / "store.db")
    directory = Directory(path, disk_allowed=True, owner=owner)
    assert noted(path) == owner
    shutil.rmtree(path)
    with directory.locked():
        assert noted(path) == owner
        directory.clear()
    assert noted(Directory(path, disk_allowed=True).path) == owner
    assert noted(Directory(path, disk_allowed=True, owner=replace(owner, installation="j")).path) != owner
    assert (path / "owner.json").stat().st_mode & 0o077 == 0


def test_one_place_for_each_data_directory(tmp_path: Path) -> None:
    place = place_for(tmp_path)
    assert place == place_for(tmp_path / "x" / "..")
    assert place != place_for(tmp_path / "x")
    assert place.name.startswith(f"sealstone-{os.getuid()}-")


def files_in(directory: Directory) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory.path)): path.read_bytes()
        for path in directory.path.rglob("*")
        if path.is_file() and path.name != "lock"
    }


def test_files_are_written_once_and_undone(directory: Directory) -> None:
    path = directory.path / CERTIFICATE
    directory.write(rendered())
    first = path.stat()
    assert first.st_mode & 0o777 == 0o600
    directory.settled(served_by(rendered()))
    before = files_in(directory)
    assert before.keys() == {LIST, CERTIFICATE, "served.json"}
    directory.write(rendered())
    assert path.stat().st_ino == first.st_ino
    directory.settled(served_by(rendered()))
    directory.write(rendered(b"other", **{"trust/l.pem": "x"}))
    assert path.read_bytes() == b"other"
    directory.restore()
    assert directory.served() is None
    assert files_in(directory) == {name: content for name, content in before.items() if name != "served.json"}


def test_a_change_that_was_cut_off_is_undone_by_who_comes_next(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every step of it, and when the undoing is cut off too."""
    directory.write(rendered())
    directory.settled(served_by(rendered()))
    before = {name: content for name, content in files_in(directory).items() if name != "served.json"}

    class CutOffError(BaseException):
        pass

    def cut(after: int) -> None:
        steps = iter(range(100))

        def counted(original: Callable[..., Any]) -> Callable[..., Any]:
            def step(*arguments: Any, **options: Any) -> Any:
                if next(steps) == after:
                    raise CutOffError
                return original(*arguments, **options)

            return step

        for owner, name in ((Path, "rename"), (Path, "replace"), (Path, "unlink"), (os, "link")):
            monkeypatch.setattr(owner, name, counted(getattr(owner, name)))

    cuts = 0
    for after in range(100):
        try:
            with monkeypatch.context():
                cut(after)
                directory.write(rendered(b"other", **{"trust/l.pem": "x"}))
                directory.restore()
            break
        except CutOffError:
            cuts += 1
        finally:
            monkeypatch.undo()
        with directory.locked():
            directory.sweep(rendered())
        found = files_in(directory)
        assert {name: content for name, content in found.items() if name != "served.json"} == before
    assert cuts > 10


@pytest.mark.parametrize("content", ["", "{", "[]", "\udcff"])
def test_an_illegible_note_of_a_change_is_the_end_of_it(directory: Directory, content: str) -> None:
    """It is not known what is served; what was put by goes with the next change."""
    directory.write(rendered())
    directory.settled(served_by(rendered()))
    directory.write(rendered(b"other"))
    (directory.path / "undo.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with directory.locked():
        assert directory.served() is None
        directory.write(rendered())
        directory.sweep(rendered())
    assert files_in(directory) == {name: content.encode() for name, content in rendered().texts.items()} | {
        CERTIFICATE: b"key"
    }


def test_without_room_nothing_is_changed(directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    directory.write(rendered())
    directory.settled(served_by(rendered()))
    before = files_in(directory)

    def full(*_: object, **__: object) -> None:
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    for name in ("fdopen", "link", "open"):
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(os, name, full)
            with pytest.raises(NotUsable, match="No space left on device"):
                directory.write(rendered(b"other", **{"trust/l.pem": "x"}))
        assert files_in(directory) == before
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(os, "open", full)
        with pytest.raises(NotUsable), directory.locked():
            pytest.fail("there is no lock")
        directory.settled(served_by(rendered()))
        with pytest.raises(NotUsable):
            directory.write_text("servers.state", "x")
    assert directory.served() == served_by(rendered())


def test_who_removed_it_finds_it_made_anew(directory: Directory) -> None:
    shutil.rmtree(directory.path)
    with directory.locked():
        directory.write(rendered())
    assert directory.read(CERTIFICATE) == b"key"
    assert directory.read("none") is None
    directory.write_text("servers.state", "x")
    directory.remove("servers.state")
    directory.remove("servers.state")
    assert directory.read("servers.state") is None


def test_what_is_not_wanted_goes(directory: Directory) -> None:
    directory.write(rendered(b"key", **{"responses/l.body": "x", "haproxy.cfg": "global"}))
    (directory.path / "certificates/.old.default.pem.new").write_bytes(b"half a key")
    directory.sweep(rendered())
    assert [path.name for path in (directory.path / "certificates").iterdir()] == ["l.default.pem"]
    assert not list((directory.path / "responses").iterdir())
    assert (directory.path / CERTIFICATE).exists()
    directory.clear()
    assert not list(directory.path.glob("*/*"))
    assert not (directory.path / "haproxy.cfg").exists()


def test_what_is_served_is_known_unless_a_change_was_cut_off(directory: Directory) -> None:
    served = served_by(rendered())
    assert served.lists == {LIST: (f"{CERTIFICATE} l.default.invalid",)}
    assert directory.served() is None
    directory.settled(served)
    assert directory.served() == served
    directory.changing()
    assert directory.served() is None
    directory.write_text("served.json", "[]")
    assert directory.served() is None
    assert served != Served({}, {})


def test_one_at_a_time(directory: Directory) -> None:
    entered: list[str] = []

    def second() -> None:
        with directory.locked():
            entered.append("second")

    thread = Thread(target=second)
    with directory.locked():
        thread.start()
        entered.append("first")
    thread.join()
    assert entered == ["first", "second"]


def test_removed_whole_and_made_anew(directory: Directory) -> None:
    directory.write(rendered())
    (directory.path / "master.sock").touch()
    with directory.locked():
        directory.remove_all()
        assert not directory.path.exists()
    with directory.locked():
        directory.write(rendered())
    assert directory.read(CERTIFICATE) == b"key"


def test_who_is_killed_while_removing_leaves_what_can_be_used(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off at each removal in turn: the next one serves, or removes the rest."""
    directory.write(rendered())
    steps = 0
    for name in ("unlink", "rmdir"):
        done = getattr(os, name)

        def cut(*arguments: Any, done: Callable[..., None] = done, **options: Any) -> None:
            nonlocal steps
            steps -= 1
            if steps < 0:
                raise KeyboardInterrupt
            done(*arguments, **options)

        monkeypatch.setattr(os, name, cut)
    finished, most = False, 0
    while not finished:
        steps = 1000
        with directory.locked():
            directory.write(rendered())
            assert directory.read(CERTIFICATE) == b"key"
            directory.settled(Served({}, {}))
            steps = most
            try:
                directory.remove_all()
                finished = True
            except KeyboardInterrupt:
                most += 1
    assert most >= 5
    assert not directory.path.exists()


@pytest.mark.parametrize("gone", ["all", "lock"])
def test_who_waited_for_the_lock_of_a_removed_directory_takes_the_new_one(
    directory: Directory, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    got: list[int] = []

    def meanwhile(descriptor: int, operation: int) -> None:
        got.append(os.fstat(descriptor).st_ino)
        if len(got) == 1:
            shutil.rmtree(directory.path)
            if gone == "lock":
                directory.path.mkdir(mode=0o700)
                (directory.path / "lock").touch()
        flock(descriptor, operation)

    monkeypatch.setattr("sealstone.dataplane.directory.flock", meanwhile)
    with directory.locked():
        assert (directory.path / "lock").stat().st_ino == got[-1]
        assert (directory.path / "certificates").is_dir()
    assert len(got) == 2


def test_a_lock_that_somebody_else_made_keeps_the_directory(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the removal of the lock and that of the directory."""
    unlink = Path.unlink

    def and_made(path: Path, missing_ok: bool = False) -> None:
        unlink(path, missing_ok)
        if path.name == "lock":
            path.touch()

    with directory.locked():
        monkeypatch.setattr(Path, "unlink", and_made)
        directory.remove_all()
        monkeypatch.undo()
    assert [path.name for path in directory.path.iterdir()] == ["lock"]
    with directory.locked():
        assert (directory.path / "certificates").is_dir()


def test_the_lock_is_let_go_when_it_cannot_be_had(directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))

    def fail(*_: object) -> None:
        raise OSError(ENOSPC, "no locks")

    monkeypatch.setattr("sealstone.dataplane.directory.flock", fail)
    with pytest.raises(NotUsable, match="no locks"), directory.locked():
        pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before
