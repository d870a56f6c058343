"""The master key file: made once, private, whole; and what is refused."""

import base64
import errno
import os
import stat
from pathlib import Path

import pytest

from sealstone.seal.faults import MasterKeyUnusable
from sealstone.seal.key_file import KeyFile


def test_a_new_file_is_private_and_holds_a_key(tmp_path: Path) -> None:
    path = tmp_path / "private" / "master.key"
    KeyFile(path).create(os.urandom)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["master.key"]
    keys = KeyFile(path).master_keys()
    assert len(keys.by_id[keys.primary].reveal()) == 32
    assert KeyFile(path).master_keys().by_id[keys.primary].reveal() == keys.by_id[keys.primary].reveal()


def test_an_existing_file_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    KeyFile(path).create(os.urandom)
    before = path.read_bytes()
    with pytest.raises(MasterKeyUnusable, match="cannot create"):
        KeyFile(path).create(os.urandom)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["master.key"]


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    KeyFile(path).create(os.urandom)
    path.chmod(0o640)
    with pytest.raises(MasterKeyUnusable, match="chmod 600"):
        KeyFile(path).master_keys()


def test_links_folders_and_missing_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    KeyFile(path).create(os.urandom)
    link = tmp_path / "link"
    link.symlink_to(path)
    for other in (link, tmp_path / "none"):
        with pytest.raises(MasterKeyUnusable, match="cannot read"):
            KeyFile(other).master_keys()
    with pytest.raises(MasterKeyUnusable, match="not a regular file"):
        KeyFile(tmp_path).master_keys()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    with pytest.raises(MasterKeyUnusable, match="not a regular file"):
        KeyFile(pipe).master_keys()


KEY = base64.b64encode(b"k" * 32).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sealstone master key 1\n",
        f"other\nid = 0011223344556677\nkey = {KEY}\n",
        f"sealstone master key 1\nid = 00\nkey = {KEY}\n",
        f"sealstone master key 1\nid = zz11223344556677\nkey = {KEY}\n",
        f"sealstone master key 1\nid = 0011223344556677\nkey = {KEY[:20]}\n",
        "sealstone master key 1\nid = 0011223344556677\nkey = !!!\n",
        f"sealstone master key 1\nkey = {KEY}\n",
    ],
)
def test_what_is_no_master_key_is_refused_without_showing_it(text: str, tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(MasterKeyUnusable) as refused:
        KeyFile(path).master_keys()
    assert str(refused.value) == f"{path} is not a master key file of Sealstone"


def test_new_directories_are_private_at_every_level(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "master.key"
    KeyFile(path).create(os.urandom)
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (tmp_path / "a", tmp_path / "a" / "b")} == {0o700}


def test_file_and_directories_are_on_the_disk_before_it_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def noting(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()).removeprefix(str(tmp_path)))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", noting)
    KeyFile(tmp_path / "a" / "b" / "master.key").create(lambda length: b"\x00" * length)
    assert synced == ["", "/a", "/a/b/.master.key.000000000000", "/a/b"]


def test_a_full_disk_leaves_no_half_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MasterKeyUnusable, match="No space left"):
        KeyFile(tmp_path / "master.key").create(os.urandom)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_cannot_be_read_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "master.key"
    KeyFile(path).create(os.urandom)

    def failing(_descriptor: int, _length: int) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "read", failing)
    with pytest.raises(MasterKeyUnusable, match="Input/output error"):
        KeyFile(path).master_keys()


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777])
def test_a_directory_where_others_may_exchange_it_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "shared" / "master.key"
    KeyFile(path).create(os.urandom)
    path.parent.chmod(mode)
    with pytest.raises(MasterKeyUnusable, match="chmod go-w"):
        KeyFile(path).master_keys()
    path.parent.chmod(mode | stat.S_ISVTX)
    KeyFile(path).master_keys()
