"""The recorder: in order, nothing given up, nobody held up for longer than must be."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.databases import migrated

from sealstone.model.audit import AuditRecord
from sealstone.model.identity import Account, LastUse
from sealstone.model.secret import Secret
from sealstone.server import recorder as module
from sealstone.server.recorder import BatchRecorder
from sealstone.store import access_keys, accounts, audit
from sealstone.store.engine import Store, Tx
from sealstone.store.faults import StoreFailed

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACCOUNT = "123456789012"
KEY = Secret(b"k" * 32)
WAIT = 30.0


class Weak:
    """A store whose writing units fail for as long as `fault` says so."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.fault: Exception | None = None
        self.first: Callable[[], object] = threading.Event().set
        self.units = 0
        self.failed = threading.Event()
        self.wrote = threading.Event()

    @contextmanager
    def writing(self) -> Iterator[Tx]:
        self.units += 1
        self.first()
        if self.fault is not None:
            self.failed.set()
            raise self.fault
        with self._store.writing() as tx:
            yield tx
        self.wrote.set()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = migrated(tmp_path / "sealstone.db")
    with opened.writing() as tx:
        accounts.add(tx, Account(ACCOUNT, NOW))
    yield opened
    opened.close()


@pytest.fixture
def weak(store: Store) -> Weak:
    return Weak(store)


def record(number: int, **parameters: object) -> AuditRecord:
    return AuditRecord(
        at=NOW,
        account_id=ACCOUNT,
        principal="arn",
        access_key_id="AKIA",
        service="iam",
        operation="GetUser",
        resources=("r",),
        parameters=parameters,
        source_ip="127.0.0.1",
        user_agent="agent",
        request_id=f"request-{number:05d}",
        outcome="ok",
    )


def made(store: object, **options: Any) -> BatchRecorder:
    return BatchRecorder(store, KEY, **options)  # type: ignore[arg-type]


def kept(store: Store) -> list[str]:
    """The request ids, in the order of the chain, which is whole."""
    with store.reading() as tx:
        assert all(chain.broken_at is None or not chain.length for chain in audit.verify(tx, KEY))
        return [item.request_id for item in audit.tail(tx, 100_000)]


def expected(count: int) -> list[str]:
    return [f"request-{number:05d}" for number in range(count)]


def test_what_was_queued_is_written_in_order_when_it_stops(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BATCH", 7)
    recorder = made(store)
    recorder.start()
    for number in range(50):
        recorder.record(record(number))
    recorder.stop()
    assert kept(store) == expected(50)


def test_it_writes_without_being_told_to(store: Store, weak: Weak, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_INTERVAL", 0.01)
    recorder = made(weak)
    recorder.start()
    recorder.record(record(0))
    assert weak.wrote.wait(WAIT)
    assert kept(store) == expected(1)
    recorder.stop()


def test_nothing_queued_touches_nothing(weak: Weak) -> None:
    recorder = made(weak)
    recorder.start()
    recorder.stop()
    assert weak.units == 0


def test_threads_that_race_lose_nothing_and_keep_their_order(store: Store) -> None:
    """Through a queue so short that everybody waits for room again and again."""
    recorder = made(store, capacity=3)
    recorder.start()

    def call(first: int) -> None:
        for number in range(first, first + 40):
            recorder.record(record(number))
            recorder.used(LastUse(f"AKIA{first}", NOW + timedelta(seconds=number), "iam", "us-east-1"))

    threads = [threading.Thread(target=call, args=(first,)) for first in (0, 100, 200, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recorder.stop()
    found = kept(store)
    for first in (0, 100, 200, 300):
        own = [name for name in found if name in {f"request-{number:05d}" for number in range(first, first + 40)}]
        assert own == [f"request-{number:05d}" for number in range(first, first + 40)]
        with store.reading() as tx:
            use = access_keys.last_use(tx, f"AKIA{first}")
        assert use is not None
        assert use.at == NOW + timedelta(seconds=first + 39)
    assert len(found) == 160


def test_a_full_queue_waits_for_room(store: Store, weak: Weak) -> None:
    weak.fault = StoreFailed("no room")
    recorder = made(weak, capacity=2)
    recorder.start()
    seen = [recorder.full]
    for number in range(2):
        recorder.record(record(number))
        seen.append(recorder.full)
    assert seen == [False, False, True]
    waiting = threading.Thread(target=recorder.record, args=(record(2),))
    waiting.start()
    assert weak.failed.wait(WAIT)
    assert len(recorder._records) == 2
    weak.fault = None
    waiting.join(WAIT)
    recorder.stop()
    assert kept(store) == expected(3)


def test_a_store_that_stays_away_makes_the_queue_longer_not_the_record_lost(store: Store, weak: Weak) -> None:
    weak.fault = StoreFailed("no room")
    recorder = made(weak, capacity=1, patience=0.01)
    recorder.start()
    for number in range(5):
        recorder.record(record(number))
    weak.fault = None
    recorder._patience = WAIT  # for the end: a slow machine is not what this is about
    recorder.stop()
    assert kept(store) == expected(5)


def test_a_failing_store_is_said_once_and_its_return_too(
    store: Store, weak: Weak, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_INTERVAL", 0.01)
    caplog.set_level(logging.DEBUG)
    weak.fault = StoreFailed("the disk is full")
    recorder = made(weak)
    recorder.record(record(0))
    recorder.used(LastUse("AKIA1", NOW, "iam", "us-east-1"))
    recorder.start()
    for _ in range(3):
        assert weak.failed.wait(WAIT)
        weak.failed.clear()
    recorder.record(record(1))
    recorder.used(LastUse("AKIA2", NOW, "sts", "us-east-1"))
    weak.fault = None
    assert weak.wrote.wait(WAIT)
    recorder.stop()
    assert kept(store) == expected(2)
    with store.reading() as tx:
        assert access_keys.last_use(tx, "AKIA1") is not None
        assert access_keys.last_use(tx, "AKIA2") is not None
    assert [entry.getMessage() for entry in caplog.records] == [
        "audit records wait: the store cannot be written: the disk is full",
        "audit records are written again",
    ]


def test_a_newer_use_outlives_an_older_one_that_could_not_be_written(store: Store, weak: Weak) -> None:
    recorder = made(weak)
    older = LastUse("AKIA1", NOW, "iam", "us-east-1")
    newer = LastUse("AKIA1", NOW + timedelta(seconds=9), "sts", "us-east-1")

    recorder.used(older)
    weak.fault, weak.first = StoreFailed("busy"), lambda: recorder.used(newer)
    assert not recorder._flush()
    weak.fault, weak.first = None, list
    assert recorder._flush()
    with store.reading() as tx:
        assert access_keys.last_use(tx, "AKIA1") == newer


def test_a_stop_waits_for_a_store_that_comes_back(store: Store, weak: Weak) -> None:
    weak.fault = StoreFailed("busy")
    recorder = made(weak)
    recorder.record(record(0))
    recorder.start()
    stopping = threading.Thread(target=recorder.stop)
    stopping.start()
    assert weak.failed.wait(WAIT)
    weak.fault = None
    stopping.join(WAIT)
    assert kept(store) == expected(1)


def test_a_stop_that_cannot_write_says_how_much_is_lost(weak: Weak, caplog: pytest.LogCaptureFixture) -> None:
    weak.fault = StoreFailed("the disk is full")
    recorder = made(weak, patience=0.01)
    recorder.start()
    for number in range(3):
        recorder.record(record(number))
    recorder.stop()
    recorder._thread.join(WAIT)
    (said,) = [entry for entry in caplog.records if entry.levelno == logging.CRITICAL]
    assert said.getMessage() == ("the server stops with 3 audit records that could not be written: the disk is full")


def test_a_stop_does_not_wait_for_ever_for_a_store_that_hangs(weak: Weak, caplog: pytest.LogCaptureFixture) -> None:
    release = threading.Event()
    weak.fault, weak.first = StoreFailed("late"), lambda: release.wait(WAIT)
    recorder = made(weak, patience=0.01)
    recorder.record(record(0))
    recorder.start()
    recorder.stop()
    assert weak.units == 1
    release.set()
    recorder._thread.join(WAIT)
    assert "1 audit records that could not be written: the store did not answer in time" in caplog.text


def fail_for(monkeypatch: pytest.MonkeyPatch, poisoned: Mapping[str, object] | None) -> None:
    """Make `audit.append` fail as nobody thought of: for these parameters, or for every record."""
    real = audit.append

    def append(tx: Tx, records: tuple[AuditRecord, ...], key: Secret) -> None:
        if any(poisoned is None or item.parameters == poisoned for item in records):
            raise ZeroDivisionError("nobody thought of this")
        real(tx, records, key)

    monkeypatch.setattr(audit, "append", append)


def test_one_record_that_cannot_be_written_holds_up_no_other(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fail_for(monkeypatch, {"Poison": 1})
    recorder = made(store)
    for number in range(6):
        recorder.record(record(number, **({"Poison": 1} if number == 3 else {"Good": number})))
    recorder.start()
    recorder.stop()
    assert kept(store) == expected(6)
    with store.reading() as tx:
        found = audit.tail(tx, 6)
    assert found[2].parameters == {"Good": 2}
    assert found[3] == replace(record(3), resources=(), user_agent="")
    assert caplog.text.count("ZeroDivisionError: nobody thought of this") == 2


def test_the_thread_outlives_every_exception(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_INTERVAL", 0.01)
    fail_for(monkeypatch, None)
    recorder = made(store, patience=0.01)
    recorder.record(record(0))
    recorder.record(record(1))
    assert not recorder._flush()
    assert not recorder._flush()
    recorder.start()
    monkeypatch.undo()
    recorder.stop()
    assert kept(store) == expected(2)
    assert "audit records wait: the store cannot be written: ZeroDivisionError: nobody thought of this" in caplog.text


def test_last_uses_that_cannot_be_written_are_let_go(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_tx: Tx, uses: object) -> None:
        if list(uses):  # type: ignore[call-overload]
            raise ZeroDivisionError

    monkeypatch.setattr(access_keys, "record_uses", failing)
    recorder = made(store)
    recorder.used(LastUse("AKIA1", NOW, "iam", "us-east-1"))
    assert recorder._flush()
    recorder.record(record(0))
    recorder.used(LastUse("AKIA1", NOW, "iam", "us-east-1"))
    assert recorder._flush()
    assert kept(store) == expected(1)
