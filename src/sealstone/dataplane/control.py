"""Speaking with a running HAProxy over its two control sockets: the master's, and that of the worker in office.

One question for each connection, half-closed behind it: else the master would wait for the next one.
"""

import csv
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sealstone.dataplane import certificate_files, tokens
from sealstone.dataplane.changes import Step
from sealstone.dataplane.data_plane import Health, ServerState
from sealstone.dataplane.problems import ConfigurationRefused, NotAnswered, NotServable
from sealstone.model.secret import Secret

MOST_BYTES: Final = 64 * 1024 * 1024

_PIECE: Final = 64 * 1024
_STATUSES: Final[dict[str, Health]] = {
    "UP": "up",
    "DOWN": "down",
    "MAINT": "draining",
    "DRAIN": "draining",
    "NOLB": "up",
    "no": "unchecked",
}
_VERSION: Final = re.compile(r"New version created: (\d+)\s*")
_MASTER: Final = re.compile(r"^(\d+)\s+master\s", re.MULTILINE)
_DONE: Final = {  # what HAProxy says when a command went well
    "new": "New empty certificate store",
    "set": "Transaction ",
    "commit": "Success!",
    "add": "Success!",
    "unlist": "deleted in crtlist",
    "delete": "deleted!",
}


def asked(path: Path, command: bytes, timeout: float) -> str:
    """The answer to one command. Raises NotAnswered."""
    answer = b""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout)
            connection.connect(str(path))
            connection.sendall(command + b"\n")
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(_PIECE):
                answer += piece
                if len(answer) > MOST_BYTES:
                    raise NotAnswered("it does not end")
    except TimeoutError:
        raise NotAnswered("it was silent", silent=True) from None
    except OSError as error:
        raise NotAnswered(error.strerror or "it broke off") from None
    return answer.decode("utf-8", "replace")


def master(master: Path, timeout: float) -> int | None:
    """The id of the process that answers there; None when it does not tell. Raises NotAnswered."""
    found = _MASTER.search(asked(master, b"show proc", timeout))
    return int(found[1]) if found else None


def reloaded(master: Path, timeout: float) -> str:
    """Have new workers take over with the files as they are; HAProxy's words when it refused, else empty."""
    answer = asked(master, b"reload", timeout)
    return "" if answer.startswith("Success=1") else answer.removeprefix("Success=0").strip(" \n-") or "reload failed"


def performed(worker: Path, step: Step, content: Secret | None, timeout: float) -> None:
    """Make one change of certificates in the worker. Raises NotAnswered, ConfigurationRefused.

    A certificate and a key that do not belong together are not sent at all: a commit that HAProxy refuses disturbs
    connections of others.
    """
    name = step.certificate
    match step.deed:
        case "new" | "replace":
            _check_pair(content)
            if step.deed == "new":
                _done(worker, "new", f"new ssl cert {name}".encode(), timeout)
            payload = b"" if content is None else content.reveal()
            try:
                _done(worker, "set", f"set ssl cert {name} <<\n".encode() + payload, timeout)
                _done(worker, "commit", f"commit ssl cert {name}".encode(), timeout)
            except ConfigurationRefused:
                asked(worker, f"abort ssl cert {name}".encode(), timeout)
                raise
        case "list":
            _done(worker, "add", f"add ssl crt-list {step.in_list} <<\n{name}\n".encode(), timeout)
        case "unlist":
            _done(worker, "unlist", f"del ssl crt-list {step.in_list} {name}".encode(), timeout)
        case _:
            _done(worker, "delete", f"del ssl cert {name}".encode(), timeout)


def exchanged(worker: Path, place: str, text: str, timeout: float) -> None:
    """Have a map hold these lines from one moment to the next. Raises NotAnswered, ConfigurationRefused."""
    answer = asked(worker, f"prepare map {place}".encode(), timeout)
    found = _VERSION.fullmatch(answer)
    if found is None:
        raise ConfigurationRefused((" ".join(answer.split()),), {})
    version = f"@{found[1]} {place}"
    for message in tokens.messages(text):
        _silently(worker, f"add map {version} <<\n{message}", timeout)
    _silently(worker, f"commit map {version}", timeout)


def _silently(worker: Path, command: str, timeout: float) -> None:
    """A command that is answered with nothing when it went well."""
    answer = asked(worker, command.encode(), timeout)
    if answer.strip():
        raise ConfigurationRefused((" ".join(answer.split()),), {})


def _check_pair(content: Secret | None) -> None:
    try:
        certificate_files.check_pair(content)
    except NotServable as problem:
        raise ConfigurationRefused((problem.cause,), {}) from None


def _done(worker: Path, deed: str, command: bytes, timeout: float) -> None:
    answer = asked(worker, command, timeout)
    if _DONE[deed] not in answer:
        raise ConfigurationRefused((" ".join(answer.split()),), {})


def server_states(worker: Path, timeout: float) -> tuple[ServerState, ...]:
    """How the servers of all pools are. Raises NotAnswered."""
    table = asked(worker, b"show stat -1 4 -1", timeout).removeprefix("# ")
    return tuple(_states(csv.DictReader(table.splitlines())))


def _states(rows: "csv.DictReader[str]") -> Iterator[ServerState]:
    for row in rows:
        pool, server = row["pxname"], row["svname"]
        if pool.startswith("P-") and server.startswith("S-"):
            health = _STATUSES.get(row["status"].split(" ")[0], "down")
            reason = " ".join(part for part in (row["check_status"], row["check_code"]) if part)
            yield ServerState(pool[2:], server[2:], health, re.sub(r"^\* ", "", reason))
