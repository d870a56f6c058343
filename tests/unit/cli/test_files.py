"""Files are written whole or not at all, never over something else, and private keys for their owner only."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import click
import pytest

from sealstone.cli import files
from sealstone.model.secret import Secret

KEY = Secret(b"private key")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("usual_umask")
def test_what_is_private_is_for_its_owner_only(tmp_path: Path) -> None:
    files.write_private(tmp_path / "key", KEY)
    files.write_public(tmp_path / "certificate", b"certificate")
    assert (tmp_path / "key").read_bytes() == KEY.reveal()
    assert mode(tmp_path / "key") == 0o600
    assert mode(tmp_path / "certificate") == 0o644
    assert names(tmp_path) == ["certificate", "key"]


def test_a_private_file_is_private_from_its_first_byte(tmp_path: Path) -> None:
    modes: list[int] = []
    fsync = os.fsync

    def look(descriptor: int) -> None:
        modes.append(os.fstat(descriptor).st_mode & 0o777)
        fsync(descriptor)

    before = os.umask(0)
    try:
        with patch.object(os, "fsync", look):
            files.write_private(tmp_path / "key", KEY)
    finally:
        os.umask(before)
    assert modes[:2] == [0o600, 0o600]  # the file and the log
    assert all(each & 0o077 == 0 or each & 0o100 for each in modes), "the others are of the directory"


@pytest.mark.parametrize("there", ["file", "directory", "link", "dangling link"])
def test_nothing_is_overwritten(tmp_path: Path, there: str) -> None:
    target = tmp_path / "PrivateKey.pem"
    other = tmp_path / "other"
    if there == "directory":
        target.mkdir()
    elif there == "file":
        target.write_text("mine")
    else:
        target.symlink_to(other)
        if there == "link":
            other.write_text("mine")
    with pytest.raises(click.ClickException, match=r"PrivateKey.pem exists already; .* unless --force is given"):
        files.write_private(target, KEY)
    assert not other.exists() or other.read_text() == "mine"


def test_nothing_is_overwritten_that_came_at_the_last_moment(tmp_path: Path) -> None:
    target = tmp_path / "key"
    target.write_text("mine")
    with (
        patch.object(files, "vacant"),
        pytest.raises(click.ClickException, match="exists already"),
    ):
        files.write_private(target, KEY)
    assert target.read_text() == "mine"
    assert names(tmp_path) == ["key"]


def test_force_replaces_a_file_and_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "key"
    target.write_text("old")
    target.chmod(0o644)
    files.write_private(target, KEY, force=True)
    assert target.read_bytes() == KEY.reveal()
    assert mode(target) == 0o600
    assert names(tmp_path) == ["key"]


def test_force_replaces_a_link_and_not_what_it_points_to(tmp_path: Path) -> None:
    """Otherwise whoever may write the directory could have a key written elsewhere."""
    other = tmp_path / "other"
    other.write_text("mine")
    (tmp_path / "key").symlink_to(other)
    files.write_private(tmp_path / "key", KEY, force=True)
    assert other.read_text() == "mine"
    assert not (tmp_path / "key").is_symlink()


def test_force_replaces_no_directory(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()
    with pytest.raises(click.ClickException, match=r"cannot write .*key: it is a directory"):
        files.write_private(tmp_path / "key", KEY, force=True)
    assert names(tmp_path) == ["key"]


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match=r"cannot write .*: No such file or directory"):
        files.write_public(tmp_path / "none" / "file", b"")


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    with (
        patch.object(os, "fsync", side_effect=OSError(28, "No space left on device")),
        pytest.raises(click.ClickException, match=r"cannot write .*key: No space left on device"),
    ):
        files.write_private(tmp_path / "key", KEY)
    assert names(tmp_path) == []


def test_file_systems_without_links_are_written_to_all_the_same(tmp_path: Path) -> None:
    with patch.object(Path, "hardlink_to", side_effect=PermissionError(1, "Operation not permitted")):
        files.write_private(tmp_path / "key", KEY)
        assert mode(tmp_path / "key") == 0o600
        with patch.object(files, "vacant"), pytest.raises(click.ClickException, match="exists already"):
            files.write_private(tmp_path / "key", Secret(b"another"))
    assert (tmp_path / "key").read_bytes() == KEY.reveal()
    assert names(tmp_path) == ["key"]


def test_a_hyphen_is_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    files.write_private("-", KEY)
    files.write_public("-", b" and more")
    assert capfdbinary.readouterr().out == b"private key and more"


# --- several at once ---


@pytest.mark.usefixtures("usual_umask")
def test_several_files_make_their_directory(tmp_path: Path) -> None:
    paths = files.write_all(tmp_path / "a" / "b", {files.CERTIFICATE: b"c", files.PRIVATE_KEY: KEY})
    assert [path.name for path in paths] == ["Certificate.pem", "PrivateKey.pem"]
    assert [mode(path) for path in paths] == [0o644, 0o600]


def test_none_is_written_when_one_is_there(tmp_path: Path) -> None:
    (tmp_path / files.PRIVATE_KEY).write_text("mine")
    with pytest.raises(click.ClickException, match=r"PrivateKey.pem exists already"):
        files.write_all(tmp_path, {files.CERTIFICATE: b"c", files.PRIVATE_KEY: KEY})
    assert names(tmp_path) == [files.PRIVATE_KEY]
    files.write_all(tmp_path, {files.CERTIFICATE: b"c", files.PRIVATE_KEY: KEY}, force=True)
    assert (tmp_path / files.PRIVATE_KEY).read_bytes() == KEY.reveal()


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(click.ClickException, match="cannot make the directory"):
        files.write_all(tmp_path / "file", {files.CERTIFICATE: b"c"})


def test_the_key_gets_to_its_place_last(tmp_path: Path) -> None:
    """Until then the old one, which nobody can get again, is where it was."""
    for name in (files.CERTIFICATE, files.CHAIN, files.PRIVATE_KEY):
        (tmp_path / name).write_text("old")
    order: list[str] = []
    replace = os.replace

    def noted(source: Path, target: Path) -> None:
        order.append(Path(target).name)
        replace(source, target)

    with patch.object(os, "replace", noted):
        paths = files.write_all(
            tmp_path, {files.PRIVATE_KEY: KEY, files.CERTIFICATE: b"c", files.CHAIN: b"i"}, force=True
        )
    assert order == [files.CERTIFICATE, files.CHAIN, files.PRIVATE_KEY]
    assert [path.name for path in paths] == [files.PRIVATE_KEY, files.CERTIFICATE, files.CHAIN]


def test_a_set_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    files.write_all(tmp_path, {files.CERTIFICATE: b"old", files.CHAIN: b"old", files.PRIVATE_KEY: Secret(b"old")})
    write, calls = os.write, iter(range(9))

    def full(descriptor: int, data: bytes) -> int:
        if next(calls) == 1:
            raise OSError(28, "No space left on device")
        return write(descriptor, data)

    with patch.object(os, "write", full), pytest.raises(click.ClickException, match="No space left on device"):
        files.write_all(
            tmp_path, {files.CERTIFICATE: b"new", files.PRIVATE_KEY: KEY}, force=True, without=lambda: (files.CHAIN,)
        )
    assert names(tmp_path) == [files.CERTIFICATE, files.CHAIN, files.PRIVATE_KEY]
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"old"}


def test_what_must_not_stay_is_not_taken_away_unless_forced(tmp_path: Path) -> None:
    (tmp_path / files.CHAIN).write_text("mine")
    with pytest.raises(click.ClickException, match=r"CertificateChain\.pem exists already"):
        files.write_all(tmp_path, {files.CERTIFICATE: b"c"}, without=lambda: (files.CHAIN,))
    assert names(tmp_path) == [files.CHAIN]
    files.write_all(tmp_path, {files.CERTIFICATE: b"c"}, force=True, without=lambda: (files.CHAIN, "none"))
    assert names(tmp_path) == [files.CERTIFICATE]


def test_names_of_a_longer_numbered_chain(tmp_path: Path) -> None:
    others = ("CertificateChain-0.der", "CertificateChain-03.der", "CertificateChain-x.der", "xCertificateChain-3.der")
    chain = [f"CertificateChain-{number}.der" for number in (1, 2, 3)]
    for name in (*others, *chain):
        (tmp_path / name).write_text("old")
    assert files.numbered(tmp_path, ["Certificate.der", chain[0]]) == (chain[1], chain[2])
    assert files.numbered(tmp_path, [files.CERTIFICATE]) == (), "another form has nothing to do with them"
    assert files.numbered(tmp_path / "none", ["Certificate.der"]) == ()


def test_files_of_several_directories(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    files.write_each({str(tmp_path / "a" / "key"): KEY, str(tmp_path / "b" / "request"): b"request", "-": b"text"})
    assert (mode(tmp_path / "a" / "key"), names(tmp_path / "b")) == (0o600, ["request"])
    assert capfdbinary.readouterr().out == b"text"


def test_settling_takes_directories_that_are_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".PrivateKey.pem.0123456789ab.sealstone-new").write_text("half a key")
    files.settle(tmp_path / "none", tmp_path, str(tmp_path))
    assert "a run that was killed had left it" in capsys.readouterr().err
    assert names(tmp_path) == []


def test_what_a_killed_run_left_goes_even_when_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / files.CERTIFICATE).write_text("mine")
    (tmp_path / ".PrivateKey.pem.0123456789ab.sealstone-new").write_text("half a key")
    with pytest.raises(click.ClickException, match="exists already"):
        files.write_all(tmp_path, {files.CERTIFICATE: b"c", files.PRIVATE_KEY: KEY})
    assert names(tmp_path) == [files.CERTIFICATE]
    assert "a run that was killed had left it" in capsys.readouterr().err
