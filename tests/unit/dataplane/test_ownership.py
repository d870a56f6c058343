"""Whose a directory in memory is: known again by a note, and never taken from a data directory that is there."""

import json
import os
from pathlib import Path

import pytest

from sealstone.dataplane.ownership import NOTE, Owner, abandoned, noted


class World:
    """Data directories, and directories in memory."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def owner(self, name: str, installation: str = "i") -> Owner:
        return Owner(installation, self.root / name / "store.db")

    def data(self, name: str) -> Owner:
        """One with a store."""
        owner = self.owner(name)
        owner.store.parent.mkdir()
        owner.store.write_bytes(b"")
        return owner

    def place(self, name: str, owner: Owner | None, note: str = "") -> Path:
        place = self.root / f"ours-{name}"
        place.mkdir()
        if owner or note:
            (place / NOTE).write_text(owner.note() if owner else note)
        return place


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_note_is_read_as_it_was_written(world: World) -> None:
    owner = world.owner("data")
    assert noted(world.place("1", owner)) == owner


@pytest.mark.parametrize("note", ["", "{", "[]", "{}", '{"installation": "i", "store": 1}'])
def test_anything_else_is_no_note(world: World, note: str) -> None:
    assert noted(world.place("1", None, note)) is None


@pytest.mark.parametrize("note", ["[" * 60_000, json.dumps({"installation": "i", "store": "x" * 70_000})])
def test_what_is_too_much_is_no_note(world: World, note: str) -> None:
    assert noted(world.place("1", None, note)) is None


@pytest.mark.parametrize("path", ["/x\0y", "/\ud800"])
def test_a_path_that_can_be_none_is_left_alone(world: World, path: str) -> None:
    world.place("1", None, json.dumps({"installation": "i", "store": path}))
    assert abandoned(world.data("now"), world.root / "ours-2") == ()


def test_only_a_file_is_a_note(world: World) -> None:
    """Nothing is waited for, and nothing is read without an end."""
    owner = world.owner("before")
    pipe, endless, linked, folder = (world.place(name, None) for name in ("pipe", "endless", "linked", "folder"))
    os.mkfifo(pipe / NOTE)
    (endless / NOTE).symlink_to("/dev/zero")
    (linked / NOTE).symlink_to(world.place("1", owner) / NOTE)
    (folder / NOTE).mkdir()
    (world.root / "ours-other").symlink_to(world.root / "ours-1")
    assert abandoned(world.data("now"), world.root / "ours-2") == (world.root / "ours-1",)


def test_the_directories_of_others_are_not_looked_into(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    place = world.place("1", world.owner("before"))
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert noted(place) is None


def test_what_served_from_where_the_data_directory_was(world: World) -> None:
    mine = world.data("now")
    own = world.place("own", mine)
    gone = world.place("gone", world.owner("before"))
    world.place("silent", None)
    world.place("of another installation", world.owner("before", "j"))
    (world.root / "theirs-x").mkdir()
    (world.root / "theirs-x" / NOTE).write_text(world.owner("before").note())
    assert abandoned(mine, own) == (gone,)
    own.rename(world.root / "away")
    assert abandoned(mine, own) == (gone,)


def test_a_copy_leaves_the_original_alone(world: World) -> None:
    original, copy = world.data("data"), world.data("copy")
    places = world.place("1", original), world.place("2", copy)
    assert abandoned(original, places[0]) == abandoned(copy, places[1]) == ()


def test_a_store_that_is_there_under_two_names_is_one(world: World) -> None:
    mine = world.data("now")
    (world.root / "before").symlink_to(world.root / "now")
    before = world.place("1", world.owner("before"))
    assert abandoned(mine, world.root / "ours-2") == (before,)


def test_what_cannot_be_told_is_left_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = world.data("now")
    world.place("1", world.owner("before"))
    world.place("2", Owner("i", mine.store / "below a file"))
    without = world.owner("never")
    assert abandoned(without, world.root / "ours-3") == ()
    assert len(abandoned(mine, world.root / "ours-3")) == 1

    def denied(*_: object, **__: object) -> bool:
        raise PermissionError

    monkeypatch.setattr(Path, "samefile", denied)
    assert abandoned(mine, world.root / "ours-3") == ()
