"""Files of trust stores: found beside the database, and nowhere else. More names stand in the protocol tests."""

import os
from pathlib import Path

import pytest
from tests.house_fixture import World

from sealstone.store import trust_files
from sealstone.store.trust_files import NoSuchFile, TooLarge


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    """The bucket `ca`."""
    place = tmp_path / "data" / "trust" / "ca"
    place.mkdir(parents=True)
    return place


@pytest.fixture
def world(tmp_path: Path, trust: Path) -> World:
    """A house whose database is in `data`."""
    assert trust.is_dir()
    return World(tmp_path / "data")


def read(world: World, key: str, bucket: str = "ca") -> bytes:
    try:
        with world.store.reading() as tx:
            return trust_files.read(tx, bucket, key)
    finally:
        world.close()


def test_a_file_in_a_folder(world: World, trust: Path) -> None:
    (trust / "a").mkdir()
    (trust / "a" / "b_1.PEM").write_bytes(b"text")
    assert read(world, "a/b_1.PEM") == b"text"


def test_the_largest_and_one_byte_more(world: World, trust: Path) -> None:
    file = trust / "f"
    file.write_bytes(b"x" * trust_files.LARGEST)
    with world.store.reading() as tx:
        assert len(trust_files.read(tx, "ca", "f")) == trust_files.LARGEST
    file.write_bytes(b"x" * (trust_files.LARGEST + 1))
    with pytest.raises(TooLarge, match="trust/ca/f has more than 8388608 bytes"):
        read(world, "f")


def test_a_pipe_keeps_nobody_waiting(world: World, trust: Path) -> None:
    os.mkfifo(trust / "pipe")
    with pytest.raises(NoSuchFile, match="no regular file"):
        read(world, "pipe")


def test_links_are_not_followed_not_even_for_the_whole_directory(world: World, trust: Path) -> None:
    (trust / "f").write_bytes(b"text")
    trust.parent.rename(trust.parent.with_name("elsewhere"))
    trust.parent.symlink_to("elsewhere")
    with pytest.raises(NoSuchFile, match="trust/ca/f in the data directory"):
        read(world, "f")


@pytest.mark.parametrize("key", ["", ".", "..", "a//b", "-a", ".a", "a/../b", "é", "a b", "x/" * 32 + "x", "a" * 256])
def test_names_that_are_none(world: World, key: str) -> None:
    with pytest.raises(NoSuchFile, match="names are letters"):
        read(world, key)


def test_no_file_is_left_open(world: World, trust: Path) -> None:
    (trust / "f").write_bytes(b"text")
    before = len(list(Path("/proc/self/fd").iterdir()))
    with world.store.reading() as tx:
        opened = len(list(Path("/proc/self/fd").iterdir()))
        for key in ("f", "none", "f/deeper"):
            try:
                trust_files.read(tx, "ca", key)
            except NoSuchFile:
                continue
        assert len(list(Path("/proc/self/fd").iterdir())) == opened
    assert opened >= before
    world.close()
