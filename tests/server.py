"""A real server process for tests: started on a port of its own, watched, stopped, killed, started again.

    with Server(tmp_path) as server:
        server.client("iam").list_users()
        server.aws("iam", "list-users").stdout

The process is the console script's `sealstone up`; the clients are boto3 and the unmodified aws CLI. Nothing here
waits by the clock: a start is over when `/health` answers.
"""

import configparser
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import boto3
import botocore.config
from tests.warm import as_text, warm

from sealstone.dataplane import processes
from sealstone.dataplane.directory import place_for

READY_WITHIN: Final = 60.0
"""Longer than any start takes, so that only one that hangs fails: how fast it is, the benchmark tells."""
STOPPED_WITHIN: Final = 10.0
SERVICE_QUOTA: Final = "ServerCertificatesPerAccount"

_BIN: Final = Path(sys.executable).parent
_ANNOUNCEMENT: Final = "Sealstone listens on "
# The last one is this machine's: a third of each start would go into compiling the same sources again.
_MINE: Final = ("AWS_", "SEALSTONE_", "PYTHONDONTWRITEBYTECODE")
_MEASURING: Final = ("COVERAGE_", "COV_CORE_")


class StartFailed(Exception):
    """The process ended, or said nothing, instead of listening."""


@dataclass(frozen=True)
class Credentials:
    """An access key and the account it belongs to."""

    account_id: str
    access_key_id: str
    secret_access_key: str = field(repr=False)

    def environment(self, endpoint: str) -> dict[str, str]:
        """What the aws CLI reads."""
        return {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
        }


class Server:
    """One data directory and the process that serves it."""

    def __init__(
        self,
        directory: Path,
        *,
        settings: Mapping[str, str] | None = None,
        measured: bool = True,
        prefix: Sequence[str] = (),
        before_exec: Callable[[], None] | None = None,
        options: Sequence[str] = (),
    ) -> None:
        """`settings` by name as in sealstone.toml; `prefix` runs the command under another one, such as strace.

        `options` are further ones of `sealstone up`.

        A process that is going to be killed need not be `measured` for coverage.
        """
        self.directory = directory
        self.data = directory / "data"
        self.log = directory / "server.log"
        self.prefix = tuple(prefix)
        self.before_exec = before_exec
        self.options = tuple(options)
        self.endpoint = ""
        self.greeting = ""
        """Everything that was printed before the server was ready."""
        self._environment = child_environment(measured=measured) | {
            f"SEALSTONE_{name.upper()}": value for name, value in (settings or {}).items()
        }
        self._process: subprocess.Popen[bytes] | None = None

    # --- the process ---

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exception: object) -> None:
        self.kill()
        self.unserve()

    def unserve(self) -> None:
        """End HAProxy, which outlives the server on purpose, and remove its directory in memory."""
        place = place_for(self.data)
        if place.exists():
            processes.ended(place, within=5)
            shutil.rmtree(place, ignore_errors=True)

    @property
    def pid(self) -> int:
        """The process under test (the prefix's, when there is one)."""
        assert self._process is not None, "the server is not running"
        return self._process.pid

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the process and wait for nothing."""
        assert self._process is None, "the server is running already"
        self.directory.mkdir(parents=True, exist_ok=True)
        command = [*self.prefix, str(_BIN / "sealstone"), "up", "--data", str(self.data), "--listen", "127.0.0.1:0"]
        command += self.options
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._environment,
                start_new_session=True,
                preexec_fn=self.before_exec,  # noqa: PLW1509 - this process has one thread when it is used
            )
        return self._process

    def start(self, within: float = READY_WITHIN) -> Self:
        """Start, and come back when `/health` says ready. Raises StartFailed with the last of the log."""
        process = self.launch()
        deadline = time.monotonic() + within
        try:
            self.endpoint = self._announced(process, deadline)
            with urllib.request.urlopen(f"{self.endpoint}/health", timeout=within) as answer:  # noqa: S310 - ours
                assert json.load(answer) == {"status": "ready"}
        except (StartFailed, OSError) as fault:
            self.kill()
            raise StartFailed(f"{fault}; the log ends:\n{self.log_text()[-2000:]}") from fault
        return self

    def _announced(self, process: subprocess.Popen[bytes], deadline: float) -> str:
        """The endpoint from the line that says so."""
        assert process.stdout is not None
        printed = b""
        while _ANNOUNCEMENT.encode() not in printed or not printed.endswith(b"\n"):
            readable, _, _ = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            piece = os.read(process.stdout.fileno(), 65536) if readable else b""
            if not piece:
                raise StartFailed("the server ended" if readable else "the server is not ready in time")
            printed += piece
        self.greeting = printed.decode()
        return self.greeting.partition(_ANNOUNCEMENT)[2].split()[0]

    def stop(self) -> None:
        """SIGTERM: the process must end by itself, soon, with status 0."""
        status, seconds = self.ended_by(signal.SIGTERM)
        assert status == 0, f"exit status {status} after SIGTERM; the log ends:\n{self.log_text()[-2000:]}"
        assert seconds <= STOPPED_WITHIN, f"{seconds:.1f} s from SIGTERM to the end"

    def ended_by(self, number: signal.Signals) -> tuple[int, float]:
        """Send a signal to the process and answer its exit status and the seconds it took to end."""
        process = self._process
        assert process is not None, "the server is not running"
        asked = time.monotonic()
        process.send_signal(number)
        try:
            status = process.wait(timeout=STOPPED_WITHIN + 5)
        finally:
            self.kill()
        return status, time.monotonic() - asked

    def wait_for_end(self, within: float = 60.0) -> None:
        """Wait until the process has ended by itself, or by what somebody else did to it."""
        assert self._process is not None, "the server is not running"
        self._process.wait(timeout=within)

    def kill(self) -> None:
        """SIGKILL to everything this server started; nothing happens when it has ended."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()

    def refused_start(self) -> str:
        """A start that must fail: its one line on stderr. The process must end with a status other than 0."""
        before = len(self.log_text())
        process = self.launch()
        try:
            printed, _ = process.communicate(timeout=READY_WITHIN)
        finally:
            self.kill()
        assert process.returncode > 0, f"exit status {process.returncode}"
        assert _ANNOUNCEMENT.encode() not in printed
        return self.log_text()[before:]

    def log_text(self) -> str:
        """All that was written to stderr, by every process of this server."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    # --- its own command, and who may call it ---

    def command(self, *arguments: str, more: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        """`sealstone ARGUMENTS --data DIR`, whatever its outcome; `more` goes into its environment."""
        done = warm("sealstone").run([*arguments, "--data", str(self.data)], self._environment | dict(more or {}))
        return as_text(done)

    def done(self, *arguments: str) -> str:
        """The same, which must succeed; what it printed."""
        result = self.command(*arguments)
        assert result.returncode == 0, f"sealstone {' '.join(arguments)}: {result.stderr}"
        return result.stdout

    def exports(self, *options: str) -> dict[str, str]:
        """The variables that `eval "$(sealstone env)"` sets."""
        lines = self.done("env", *options).splitlines()
        return dict(line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export "))

    def credentials(self, *, root: bool = False) -> Credentials:
        """The administrator, or the account's root, as first start wrote them."""
        file = configparser.ConfigParser(interpolation=None)
        with self.private("credentials").open(encoding="utf-8") as stream:
            file.read_file(stream)
        profile = file["root" if root else "default"]
        return Credentials(
            profile["sealstone_account_id"], profile["aws_access_key_id"], profile["aws_secret_access_key"]
        )

    def private(self, name: str) -> Path:
        """A file of the directory beside the data: `master.key` or `credentials`."""
        return self.directory / "data.private" / name

    def account_ids(self) -> list[str]:
        """All accounts, the oldest first."""
        return [line.split()[0] for line in self.done("account", "list").splitlines()]

    def account(self, *, certificates: int | None = None) -> Credentials:
        """A further account's root, with room for so many certificates."""
        made = json.loads(self.done("account", "create", "--json"))
        if certificates is not None:
            self.done("account", "quota", "set", made["AccountId"], SERVICE_QUOTA, str(certificates))
        return Credentials(made["AccountId"], made["AccessKeyId"], made["SecretAccessKey"])

    # --- clients ---

    def aws(
        self,
        *arguments: str,
        who: Credentials | None = None,
        cwd: Path | None = None,
        more: Mapping[str, str] | None = None,
        cold: bool = False,
    ) -> "subprocess.CompletedProcess[str]":
        """The unmodified aws CLI, whatever its outcome; `more` goes into its environment.

        `cold` runs the console script; otherwise its `main` is run in a process that has imported it (`tests/warm.py`).
        """
        environment = (
            cli_environment(self.directory) | (who.environment(self.endpoint) if who else {}) | dict(more or {})
        )
        there = cwd or self.directory
        if not cold:
            return as_text(warm("aws").run(arguments, environment, there))
        command = [str(_BIN / "aws"), *arguments]
        return subprocess.run(
            command, env=environment, cwd=there, capture_output=True, text=True, check=False, timeout=60
        )

    @contextmanager
    def client(self, service: str, who: Credentials, **options: Any) -> Iterator[Any]:
        """A boto3 client that tries once; options of `Config`, and `region`."""
        region = options.pop("region", "us-east-1")
        settings = {"retries": {"total_max_attempts": 1}, "max_pool_connections": 40} | options
        made = boto3.session.Session().client(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            aws_access_key_id=who.access_key_id,
            aws_secret_access_key=who.secret_access_key,
            config=botocore.config.Config(**settings),
        )
        try:
            yield made
        finally:
            made.close()


def child_environment(*, measured: bool = True) -> dict[str, str]:
    """This process's environment without settings that are not the test's own; coverage goes along when measured."""
    unwanted = _MINE if measured else (*_MINE, *_MEASURING)
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}  # noqa: TID251


def cli_environment(home: Path) -> dict[str, str]:
    """For the aws CLI: nothing of this machine's profiles, no pager, no look-up of instance metadata."""
    return child_environment(measured=False) | {
        "HOME": str(home),
        "AWS_CONFIG_FILE": str(home / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "no-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
    }


def under_strace(*options: str) -> tuple[str, ...]:
    """A prefix for `Server`; raises FileNotFoundError when this machine cannot trace."""
    strace = shutil.which("strace")
    if strace is None:
        raise FileNotFoundError("strace is not installed")
    trial = subprocess.run([strace, "-f", "-o", os.devnull, "true"], capture_output=True, check=False, timeout=30)
    if trial.returncode != 0:
        raise FileNotFoundError("strace may not trace here")
    return (strace, "-f", "-qq", "-o", os.devnull, *options)
