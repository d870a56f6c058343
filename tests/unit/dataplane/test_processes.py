"""HAProxy as a process, played by scripts."""

import importlib.util
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from sealstone.dataplane import processes
from sealstone.dataplane.problems import BinaryMissing


def script(place: Path, text: str) -> Path:
    path = place / "haproxy"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return path


@contextmanager
def posing(directory: Path, *, stubborn: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    """A process with HAProxy's arguments; a stubborn one ignores being asked to end."""
    code = "import signal, time\n" + "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" * stubborn
    arguments = [sys.executable, "-c", code + "print(flush=True)\ntime.sleep(600)", "-C", str(directory), "-W"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_the_binary_of_the_search_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = script(tmp_path, "")
    monkeypatch.setattr(shutil, "which", lambda name: str(found) if name == "haproxy" else None)
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


def test_what_cannot_be_read_has_no_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "1").mkdir()
    monkeypatch.setattr(processes, "_PROC", tmp_path)
    assert processes.running(tmp_path) == ()
