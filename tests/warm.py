"""The `aws` and `sealstone` commands without the second that importing them takes: a process that has them forks.

    warm("aws").run(["iam", "list-users"], environment, cwd)

Each command is a process of its own all the same, with the arguments, environment, directory, input and output that it
is given, runs the unmodified `main` of the console script, and ends as an interpreter ends. What is not its own is the
start of the interpreter and the imports, so that nothing of them is tested here: `Server.aws(..., cold=True)` does.
No coverage is measured. `python -m tests.warm COMMAND SOCKET` is that process; it ends when its socket is closed.
"""

import atexit
import gc
import importlib
import io
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final, NoReturn

WITHIN: Final = 60.0
"""Seconds that a command may take."""
_MEASURING: Final = ("COVERAGE_", "COV_CORE_")
_ROOT: Final = Path(__file__).parent.parent
_BIN: Final = Path(sys.executable).parent
_MAINS: Final = {"aws": "awscli.clidriver", "sealstone": "sealstone.cli"}
_STREAMS: Final = 3


class Warm:
    """One such process."""

    def __init__(self, command: str) -> None:
        """Start it; it imports while this process goes on."""
        self._command = str(_BIN / command)
        self._asking, theirs = socket.socketpair()
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_MEASURING)}  # noqa: TID251
        with theirs:
            line = [sys.executable, "-m", "tests.warm", command, str(theirs.fileno())]
            self._process = subprocess.Popen(
                line,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=environment | {"AWS_EC2_METADATA_DISABLED": "true"},
                cwd=_ROOT,
            )
        atexit.register(self._end)

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], cwd: Path | None = None, given: bytes = b""
    ) -> "subprocess.CompletedProcess[bytes]":
        """What `subprocess.run` does with the captured console script. Raises TimeoutError."""
        argv = [self._command, *arguments]
        asked = {"argv": argv, "environment": dict(environment), "cwd": str(cwd or Path.cwd())}
        with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as error:
            stdin.write(given)
            stdin.seek(0)
            status = self._status(asked, [stdin.fileno(), out.fileno(), error.fileno()])
            out.seek(0)
            error.seek(0)
            return subprocess.CompletedProcess(argv, status, out.read(), error.read())

    def _status(self, asked: Mapping[str, Any], streams: Sequence[int]) -> int:
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                socket.send_fds(self._asking, [b"x"], [theirs.fileno(), *streams])
            ours.settimeout(WITHIN)
            ours.sendall(json.dumps(asked).encode())
            ours.shutdown(socket.SHUT_WR)
            answer = ours.recv(16)
        assert answer, f"{self._command} came to no end"
        return int(answer)

    def _end(self) -> None:
        self._asking.close()
        self._process.wait()


@cache
def warm(command: str) -> Warm:
    """The process for `aws` or `sealstone`: one for each process that asks."""
    return Warm(command)


def as_text(done: "subprocess.CompletedProcess[bytes]") -> "subprocess.CompletedProcess[str]":
    """The same, decoded."""
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


# --- within that process ---


def _serve(command: str, asking: socket.socket) -> list[str]:
    """Fork for each request; comes back in the forked processes only, with the arguments of their command."""
    before = set(os.environ)  # noqa: TID251
    _import(command)
    added = {name: value for name, value in os.environ.items() if name not in before}  # noqa: TID251
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        word, descriptors, _, _ = socket.recv_fds(asking, 1, 1 + _STREAMS)
        if not word:
            sys.exit()
        if os.fork() == 0:
            asking.close()
            return _attend(descriptors, added)
        for descriptor in descriptors:
            os.close(descriptor)


def _import(command: str) -> None:
    """All that the command may need: it imports much only when it is called."""
    module = importlib.import_module(_MAINS[command])
    if command == "sealstone":
        for part in pkgutil.iter_modules(module.__path__, "sealstone.cli."):
            importlib.import_module(part.name)
    else:
        with redirect_stdout(io.StringIO()):
            module.create_clidriver().main(["iam", "list-users", "--generate-cli-skeleton"])
        importlib.import_module("botocore.httpsession")


def _attend(descriptors: Sequence[int], added: Mapping[str, str]) -> list[str]:
    """Fork once more: one becomes the command, the other waits and tells its status."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    answering, *streams = descriptors
    with socket.socket(fileno=answering) as connection:
        text = b"".join(iter(lambda: connection.recv(65536), b""))
        child = os.fork()
        if child:
            _, status = os.waitpid(child, 0)
            with suppress(OSError):  # who asked has lost patience
                connection.sendall(str(os.waitstatus_to_exitcode(status)).encode())
            os._exit(0)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    asked = json.loads(text)
    os.chdir(asked["cwd"])
    os.environ.clear()  # noqa: TID251
    os.environ.update(added | asked["environment"])  # noqa: TID251
    argv: list[str] = asked["argv"]
    return argv


def main(command: str, descriptor: str) -> NoReturn:
    """In a forked process: what the console script does."""
    sys.argv = _serve(command, socket.socket(fileno=int(descriptor)))
    sys.exit(importlib.import_module(_MAINS[command]).main())


if __name__ == "__main__":
    main(*sys.argv[1:])
