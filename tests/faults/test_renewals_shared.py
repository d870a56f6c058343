"""Two servers on one store with 50 renewals due: each is renewed once; whoever was frozen meanwhile writes nothing."""

import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.server import Server

COUNT = 50
_PASSWORD = b"secret12"
_WITHIN = 60.0


@pytest.fixture
def first(tmp_path: Path) -> Iterator[Server]:
    """The server that begins, with a clock that is moved."""
    with Server(tmp_path, options=["--test-clock"]) as server:
        yield server


@pytest.fixture
def second(first: Server, tmp_path: Path) -> Iterator[Server]:
    """Another one on the same data, not started yet."""
    server = Server(tmp_path, options=["--test-clock"])
    server.log = tmp_path / "second.log"
    yield server
    server.kill()


def rows(server: Server, query: str) -> list[tuple[Any, ...]]:
    """Of the store, read beside the servers."""
    connection = sqlite3.connect(f"file:{server.data / 'sealstone.db'}?mode=ro", uri=True, timeout=10)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def is_locked(server: Server) -> bool:
    """Whether somebody was stopped inside a writing unit: then nobody can write, whatever they hold."""
    connection = sqlite3.connect(server.data / "sealstone.db", timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return True
    finally:
        connection.close()
    return False


def eventually(claim: Callable[[], bool], what: str, rest: float = 0.05) -> None:
    """Ask again and again until it holds."""
    deadline = time.monotonic() + _WITHIN
    while not claim():
        assert time.monotonic() < deadline, what
        time.sleep(rest)


def versions(server: Server) -> list[int]:
    return [row[0] for row in rows(server, "SELECT version FROM certificates")]


def issued(server: Server) -> list[int]:
    """How often the authority signed for each certificate."""
    query = "SELECT count(*) FROM issued_certificates WHERE unique_id <> '' GROUP BY unique_id"
    return [row[0] for row in rows(server, query)]


def prepared(server: Server) -> None:
    """Fifty certificates, issued and exported, so that they are renewed."""
    authority = json.loads(server.done("ca", "show", "--json"))["Arns"][0]
    with server.client("acm", server.credentials()) as acm:
        arns = [
            acm.request_certificate(
                DomainName=f"c{number}.example.com", CertificateAuthorityArn=authority, KeyAlgorithm="EC_prime256v1"
            )["CertificateArn"]
            for number in range(COUNT)
        ]
        eventually(lambda: versions(server) == [1] * COUNT, "not all were issued")
        for arn in arns:
            acm.export_certificate(CertificateArn=arn, Passphrase=_PASSWORD)


def test_each_is_renewed_once(first: Server, second: Server) -> None:
    prepared(first)
    second.start()
    first.done("clock", "advance", "394d")
    eventually(lambda: versions(first) == [2] * COUNT, "not all were renewed")
    assert issued(first) == [2] * COUNT
    logged = first.log_text() + second.log_text()
    assert "another worker has the errand" not in logged


def test_a_frozen_holder_comes_too_late(first: Server, second: Server) -> None:
    prepared(first)
    first.done("clock", "advance", "394d")
    held = "SELECT unique_id FROM certificate_requests WHERE lease_until IS NOT NULL"

    def frozen() -> bool:
        """Stop it, and let it go on when it holds nothing just now."""
        os.kill(first.pid, signal.SIGSTOP)
        if rows(first, held) and not is_locked(first):
            return True
        os.kill(first.pid, signal.SIGCONT)
        return versions(first) == [2] * COUNT

    eventually(frozen, "nothing was ever held", rest=0.001)
    kept = {row[0] for row in rows(first, held)}
    assert kept, "all was over before it was frozen"
    second.start()
    first.done("clock", "advance", "2m")
    try:
        eventually(lambda: versions(second) == [2] * COUNT, "the second one did not take over")
    except AssertionError as fault:
        left = rows(second, "SELECT lane, due_at, lease_until, fence FROM certificate_requests ORDER BY fence")
        raise AssertionError(f"{fault}: {versions(second)}, {left}, {second.log_text()[-3000:]}") from fault
    serials = rows(second, "SELECT unique_id, document FROM certificates ORDER BY unique_id")
    os.kill(first.pid, signal.SIGCONT)
    eventually(lambda: "another worker has the errand" in first.log_text(), "the late one wrote, or said nothing")
    assert rows(second, "SELECT unique_id, document FROM certificates ORDER BY unique_id") == serials
    assert versions(second) == [2] * COUNT
