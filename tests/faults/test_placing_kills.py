"""Files that commands write: a kill at each step, two runs at once, and file systems without hard links.

The child counts its own calls of the file system and kills itself before the n-th, for each n there is; what it left
must be whole files, and the next run must bring back the set that was there, or have nothing to bring back.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from sealstone.cli import files
from sealstone.cli.files import settle
from sealstone.cli.placing import held

OLD: Final = {"Certificate.pem": "old certificate", "CertificateChain.pem": "old chain", "PrivateKey.pem": "old key"}
FRESH: Final = {"Certificate.pem": "new certificate", "PrivateKey.pem": "new key"}
NOTHING: Final[dict[str, str]] = {}
CHILD: Final = """
import os, signal, sys
from sealstone.cli import files, renaming
from sealstone.model.secret import Secret
folder, number, has_links, force = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "True", sys.argv[4] == "True"
def no_links(*_, **__):
    raise PermissionError(1, "Operation not permitted")
if not has_links:
    os.link = no_links
counted = iter(range(1, 1000))
def counting(original):
    def step(*arguments, **options):
        if next(counted) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*arguments, **options)
    return step
for name in ("open", "write", "fsync", "link", "rename", "replace", "unlink", "close"):
    setattr(os, name, counting(getattr(os, name)))
renaming._renameat2 = counting(renaming._renameat2)
contents = {"PrivateKey.pem": Secret(b"new key"), "Certificate.pem": b"new certificate"}
files.write_all(folder, contents, force, lambda: ("CertificateChain.pem",))
"""


def there(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


def laid(folder: Path, contents: dict[str, str]) -> Path:
    folder.mkdir()
    for name, text in contents.items():
        (folder / name).write_text(text)
    return folder


def killed(folder: Path, number: int, *, has_links: bool, force: bool) -> bool:
    """Whether it came to that step at all."""
    arguments = [sys.executable, "-c", CHILD, str(folder), str(number), str(has_links), str(force)]
    ended = subprocess.run(arguments, check=False, capture_output=True, text=True)
    assert ended.returncode in {0, -signal.SIGKILL}, ended.stderr
    return ended.returncode != 0


@pytest.mark.parametrize("has_links", [True, False])
@pytest.mark.parametrize("before", [OLD, NOTHING], ids=["over an old set", "where nothing was"])
def test_a_kill_at_any_step_is_undone_by_the_next_run(tmp_path: Path, before: dict[str, str], has_links: bool) -> None:
    outcomes = []
    for number in range(1, 100):
        folder = laid(tmp_path / str(number), before)
        if not killed(folder, number, has_links=has_links, force=bool(before)):
            break
        seen = {name: text for name, text in there(folder).items() if not name.startswith(".")}
        assert all(text in {OLD.get(name), FRESH.get(name)} for name, text in seen.items()), "no part of a file, ever"
        settle(folder)
        assert there(folder) in (before, FRESH), f"killed at step {number}"
        outcomes.append(there(folder) == FRESH)
        files.write_all(folder, {"Note.txt": b"note"})
        assert there(folder) == {**(FRESH if outcomes[-1] else before), "Note.txt": "note"}
    else:
        pytest.fail("it never ended")
    assert outcomes == sorted(outcomes), "once it is done it is never undone"
    assert len(outcomes) > 20
    assert True in outcomes


@pytest.mark.parametrize("number", range(2, 40, 5))
def test_a_kill_while_undoing_is_undone_too(tmp_path: Path, number: int) -> None:
    """The second child is killed somewhere in its recovery or in its own pass, on what the first one left."""
    folder = laid(tmp_path / "folder", OLD)
    assert killed(folder, 26, has_links=True, force=True)
    assert killed(folder, number, has_links=True, force=True)
    settle(folder)
    assert there(folder) == OLD


RACER: Final = """
import sys
from sealstone.cli import files
from sealstone.model.secret import Secret
folder, who = sys.argv[1:]
sys.stdin.readline()
for number in range(40):
    own = f"{who} {number}"
    contents = {"Certificate.pem": own.encode() * 1000, "PrivateKey.pem": Secret(own.encode())}
    files.write_all(folder, contents, True)
"""


def test_of_two_runs_at_once_one_is_whole(tmp_path: Path) -> None:
    """The pair is looked at under the lock while both write: always of one run, and nothing of a living one goes."""
    folder = laid(tmp_path / "folder", {})
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(folder), who],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for who in "ab"
    ]
    for racer in racers:
        assert racer.stdin
        racer.stdin.write("go\n")
        racer.stdin.flush()
    looked = 0
    while any(racer.poll() is None for racer in racers):
        with held([folder]):
            found = there(folder)
        if found:
            assert found == {
                "Certificate.pem": found["PrivateKey.pem"] * 1000,
                "PrivateKey.pem": found["PrivateKey.pem"],
            }
            looked += 1
    for racer in racers:
        _, complaints = racer.communicate()
        assert (racer.returncode, complaints) == (0, "")
    assert looked
    assert sorted(os.listdir(folder)) == ["Certificate.pem", "PrivateKey.pem"]  # noqa: PTH208
