"""HAProxy as a process, played by scripts."""

import importlib.util
import itertools
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from sealstone.dataplane import processes
from sealstone.dataplane.problems import BinaryMissing, NotEnded, NotRunnable, NotUsable


def script(place: Path, text: str) -> Path:
    path = place / "haproxy"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return path


@contextmanager
def posing(
    directory: Path, *, stubborn: bool = False, forks: bool = False, name: str = "/x/haproxy"
) -> Iterator[subprocess.Popen[bytes]]:
    """A process with HAProxy's name and arguments; a stubborn one ignores being asked to end, another has a child."""
    code = "import os, signal, time\n" + "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" * stubborn
    code += "os.fork()\n" * forks
    arguments = [*name.split(), "-c", code + "print(flush=True)\ntime.sleep(600)", "-C", str(directory), "-W"]
    with subprocess.Popen(arguments, executable=sys.executable, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_the_binary_of_the_search_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = script(tmp_path, "")
    monkeypatch.setattr(shutil, "which", lambda name: str(found) if name == "haproxy" else None)
    assert processes.binary() == found
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shutil, "which", lambda _: "haproxy")
    assert processes.binary() == found


def test_the_binary_of_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    package: SimpleNamespace | None = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: package)
    with pytest.raises(BinaryMissing):
        processes.binary()
    (tmp_path / "bin").mkdir()
    found = script(tmp_path / "bin", "")
    assert processes.binary() == found
    package = None
    with pytest.raises(BinaryMissing, match="install HAProxy"):
        processes.binary()


def test_words_of_refusal(tmp_path: Path) -> None:
    said = script(tmp_path, 'echo "$@" >&2; exit 1')
    assert processes.checked(said, tmp_path) == f"-C {tmp_path} -c -f haproxy.cfg\n"
    assert processes.started(said, tmp_path).startswith(f"-C {tmp_path} -W -D -S unix@master.sock,mode,600 ")
    assert processes.checked(script(tmp_path, "exit 1"), tmp_path) == "it ended without a word"
    assert processes.checked(script(tmp_path, "echo fine"), tmp_path) == ""


def test_it_starts_without_core_files_and_without_our_environment(tmp_path: Path) -> None:
    told = script(tmp_path, 'ulimit -c; echo "[$HOME$SEALSTONE_X]"; exit 1')
    ours = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (ours[1], ours[1]))
    try:
        assert processes.started(told, tmp_path) == "0\n[]\n"
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, ours)


def test_processes_are_found_by_their_directory(tmp_path: Path) -> None:
    with posing(tmp_path) as mine, posing(tmp_path / "other"):
        assert processes.running(tmp_path) == (mine.pid,)
    assert processes.running(tmp_path) == ()


def test_who_only_says_the_same_is_none_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor, a tracer; what another user started; what is gone when it is looked at."""
    with posing(tmp_path, name="/x/tracer") as other:
        assert processes.program(other.pid) is None
        assert processes.running(tmp_path) == ()
    with posing(tmp_path) as mine:
        assert processes.program(mine.pid) == Path("/x/haproxy")
        assert processes.running(tmp_path) == (mine.pid,)
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(os, "getuid", lambda: 12345)
            assert processes.running(tmp_path) == ()
        seen = tmp_path / "proc"
        (seen / "7").mkdir(parents=True)
        (seen / "7" / "cmdline").write_bytes(Path(f"/proc/{mine.pid}/cmdline").read_bytes())
        monkeypatch.setattr(processes, "_PROC", seen)
        assert processes.running(tmp_path) == ()
        (seen / "7" / "status").write_bytes(f"Name:\tx\nUid:\t{os.getuid()}\t0\n".encode())
        assert processes.running(tmp_path) == (7,)
        (seen / "7" / "status").write_bytes(b"Name:\tx\n")
        assert processes.running(tmp_path) == ()
    assert processes.program(7_000_000) is None


def test_one_that_is_emulated_is_found(tmp_path: Path) -> None:
    """Where binaries of another machine run, the emulator stands before them."""
    arguments = ["/usr/bin/emulator", str(tmp_path / "haproxy"), "-C", str(tmp_path), "-W"]
    (tmp_path / "haproxy").write_text("print(flush=True)\nimport time\ntime.sleep(600)")
    with subprocess.Popen(arguments, executable=sys.executable, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            assert processes.running(tmp_path) == (process.pid,)
            assert processes.program(process.pid) == tmp_path / "haproxy"
        finally:
            process.kill()


def test_one_that_cannot_be_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for run in (processes.checked, processes.started):
        with pytest.raises(NotRunnable, match=r"(?i)no such file|not found"):
            run(tmp_path / "haproxy", tmp_path)
    (tmp_path / "haproxy").write_text("")
    for run in (processes.checked, processes.started):
        with pytest.raises(NotRunnable, match=r"(?i)permission denied"):
            run(tmp_path / "haproxy", tmp_path)
    monkeypatch.setattr(processes, "START_SECONDS", 0.01)
    with pytest.raises(NotRunnable, match="did not answer"):
        processes.checked(script(tmp_path, "exec sleep 60"), tmp_path)


def test_sockets_are_brought_back_when_no_other_took_them_over(tmp_path: Path) -> None:
    worker, master = tmp_path / "runtime.sock", tmp_path / "master.sock"
    for path in (worker, master):
        path.write_text("old")
    taking = f"for s in {worker} {master}; do echo new > $s.x; mv $s.x $s; done; exit"
    assert processes.started(script(tmp_path, f"{taking} 1"), tmp_path, after=worker)
    assert [path.read_text() for path in (worker, master)] == ["old", "old"]
    assert not processes.started(script(tmp_path, f"{taking} 0"), tmp_path, after=worker)
    assert [path.read_text() for path in (worker, master)] == ["new\n", "new\n"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["haproxy", "master.sock", "runtime.sock"]


def test_it_takes_over_from_those_that_run(tmp_path: Path) -> None:
    """They are told to finish when it has started, and not before."""
    worker = tmp_path / "runtime.sock"
    with posing(tmp_path) as one, posing(tmp_path) as two:
        told = script(tmp_path, 'echo "$@"; exit 1')
        assert "-x" not in processes.started(told, tmp_path)
        assert processes.started(told, tmp_path, after=worker).endswith(f" -x {worker}\n")
        assert processes.running(tmp_path) == tuple(sorted((one.pid, two.pid)))
        assert not processes.started(script(tmp_path, ""), tmp_path)
        assert len(processes.running(tmp_path)) == 2
        assert not processes.started(script(tmp_path, ""), tmp_path, after=worker)
        assert one.wait() == two.wait() == -signal.SIGUSR1


def test_whoever_finds_a_takeover_cut_off_leaves_the_one_that_answers(tmp_path: Path) -> None:
    """With its worker; the others go, with theirs."""
    assert not processes.is_unsettled(tmp_path)
    with posing(tmp_path, forks=True) as old, posing(tmp_path, forks=True) as new:
        for name in (processes.TAKEOVER, "master.sock.kept", "runtime.sock.kept", "master.sock"):
            (tmp_path / name).touch()
        before = processes.running(tmp_path)
        processes.settle(tmp_path, 7_000_000)
        assert processes.is_unsettled(tmp_path)
        assert processes.running(tmp_path) == before
        processes.settle(tmp_path, new.pid)
        assert old.wait() == -signal.SIGUSR1
        while len(left := processes.running(tmp_path)) > 2:
            pass
        assert new.pid in left
        assert [path.name for path in tmp_path.iterdir()] == ["master.sock"]
        processes.ended(tmp_path, within=5)


def test_who_is_killed_in_a_takeover_leaves_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as it lasts, and until somebody has ended those that were to go."""
    told = script(tmp_path, f"test -e {tmp_path / processes.TAKEOVER} || echo none")
    seen: list[bool] = []
    monkeypatch.setattr(processes, "_signal", lambda *_: seen.append(processes.is_unsettled(tmp_path)))
    assert processes.started(told, tmp_path, after=tmp_path / "runtime.sock") == ""
    assert seen == [True]
    assert not processes.is_unsettled(tmp_path)
    (tmp_path / processes.TAKEOVER).touch()
    processes.ended(tmp_path, within=1)
    assert not processes.is_unsettled(tmp_path)
    with pytest.raises(NotUsable):
        processes.started(told, tmp_path / "gone", after=tmp_path / "runtime.sock")


_LEFT_BEHIND = """#!{python}
import os, time
os.unlink({socket!r})
open({socket!r}, "x").write("new")
if os.fork():
    os._exit(1)
os.dup2(os.open(os.devnull, os.O_RDWR), 1)
os.dup2(1, 2)
time.sleep(600)
"""


@pytest.mark.parametrize("in_time", [True, False])
def test_one_that_was_given_up_does_not_come_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, in_time: bool
) -> None:
    """It is on its way, apart from us, and has taken the socket already."""
    worker, told, run = tmp_path / "runtime.sock", tmp_path / "haproxy", processes._run
    worker.write_text("old")
    told.write_text(_LEFT_BEHIND.format(python=sys.executable, socket=str(worker)))
    told.chmod(0o700)

    def slow(haproxy: Path, command: list[str]) -> str:
        said = run(haproxy, command)
        if not in_time:
            raise NotRunnable("it did not answer in 120 seconds")
        return said

    monkeypatch.setattr(processes, "_run", slow)
    with posing(tmp_path) as old:
        with nullcontext() if in_time else pytest.raises(NotRunnable):
            assert processes.started(told, tmp_path, after=worker) == "it ended without a word"
        assert processes.running(tmp_path) == (old.pid,)
    assert worker.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["haproxy", "runtime.sock"]


@pytest.mark.parametrize("stubborn", [False, True])
def test_processes_are_ended(tmp_path: Path, *, stubborn: bool) -> None:
    with posing(tmp_path, stubborn=stubborn) as process:
        processes.ended(tmp_path, within=0.1)
        assert process.wait() == (-9 if stubborn else -15)
    processes.ended(tmp_path, within=0.1)


def test_one_that_is_gone_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_process: int, _number: int) -> None:
        raise ProcessLookupError

    answers = iter([(1,), ()])
    monkeypatch.setattr(processes, "running", lambda _: next(answers))
    monkeypatch.setattr(os, "kill", gone)
    processes.ended(tmp_path, within=0.1)


def test_one_that_does_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_process: int, _number: int) -> None:
        raise PermissionError

    times = itertools.count(0, 4)
    monkeypatch.setattr(processes, "running", lambda _: (1, 2))
    monkeypatch.setattr(os, "kill", denied)
    monkeypatch.setattr(time, "monotonic", lambda: next(times))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with pytest.raises(NotEnded, match="process 1, 2"):
        processes.ended(tmp_path, within=5)


def test_what_cannot_be_read_has_no_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "1").mkdir()
    monkeypatch.setattr(processes, "_PROC", tmp_path)
    assert processes.running(tmp_path) == ()
