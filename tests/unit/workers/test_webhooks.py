"""Deliveries to webhooks: signed, tried again by a clock that is moved, each once however many workers there are."""

import logging
import ssl
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from threading import Barrier, Thread

import pytest
from tests.databases import migrated
from tests.house_fixture import Clock
from tests.pki import NOW
from tests.receiving import receiving
from tests.tls_servers import silent
from tests.unit.store.test_events import put

from sealstone.model.secret import Secret
from sealstone.model.webhook import Webhook
from sealstone.probe.webhook import NotDelivered
from sealstone.store import event_deliveries
from sealstone.store.engine import Store
from sealstone.workers import webhooks
from sealstone.workers.webhooks import Webhooks, dismiss_others

SECRET = b"0123456789abcdef0123456789abcdef"
NO_TRUST = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = migrated(tmp_path / "sealstone.db")
    yield opened
    opened.close()


class Post:
    """Sends nothing; fails for the hosts in `failing`."""

    def __init__(self, *failing: str) -> None:
        self.failing = set(failing)
        self.sent: list[tuple[str, str]] = []

    def __call__(self, target: Webhook, body: bytes, headers: Mapping[str, str], trust: ssl.SSLContext) -> None:
        self.sent.append((target.host, headers["Sealstone-Event-Id"]))
        if target.host in self.failing:
            raise NotDelivered(target, "the answer has the status 500")


def made(store: Store, *urls: str, clock: Clock | None = None, post: Post | None = None) -> Webhooks:
    """Admitted already."""
    targets = [Webhook.of(url) for url in urls]
    how = {"post": post} if post else {}
    worker = Webhooks(store, targets, Secret(SECRET), clock or Clock(), trust=NO_TRUST, **how)
    worker.admit()
    return worker


def happen(store: Store, *numbers: int) -> None:
    with store.writing() as tx:
        put(tx, *numbers)


def left(store: Store) -> list[tuple[int, int, str]]:
    """Number, tries and reason of each delivery that is still to be made."""
    with store.reading() as tx:
        query = "SELECT number, tries, reason FROM event_deliveries ORDER BY number"
        return [(row[0], row[1], row[2]) for row in tx.connection.exec_driver_sql(query)]


def test_an_event_comes_signed(store: Store) -> None:
    with receiving() as receiver:
        worker = made(store, receiver.url)
        assert worker.round() == 0
        happen(store, 1)
        assert worker.round() == 1
        assert worker.round() == 0
    (got,) = receiver.received
    assert got.event["detail"] == {"Number": 1}
    assert got.headers["Sealstone-Event-Id"] == got.event["id"] == "event-1"
    assert got.headers["Sealstone-Timestamp"] == str(int(NOW.timestamp()))
    assert got.is_signed_with(SECRET)
    assert not got.is_signed_with(SECRET[:-1] + b"x")
    assert left(store) == []


def test_503_twice_then_200(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    with receiving(503, 503) as receiver, caplog.at_level(logging.WARNING):
        worker = made(store, receiver.url, clock=clock)
        happen(store, 1)
        assert worker.round() == 0
        assert left(store) == [(1, 1, "the answer has the status 503")]
        clock.advance(9)
        assert (worker.round(), len(receiver.received)) == (0, 1)
        clock.advance(1)
        assert (worker.round(), len(receiver.received)) == (0, 2)
        clock.advance(19)
        assert (worker.round(), len(receiver.received)) == (0, 2)
        clock.advance(1)
        assert (worker.round(), len(receiver.received)) == (1, 3)
    assert left(store) == []
    assert len({got.body for got in receiver.received}) == 1
    assert len({got.headers["Sealstone-Timestamp"] for got in receiver.received}) == 3
    assert all(got.is_signed_with(SECRET) for got in receiver.received)
    lines = [record.getMessage() for record in caplog.records]
    assert [line.split("(")[1] for line in lines] == [f"try {n}): the answer has the status 503" for n in (1, 2)]
    assert "token" not in caplog.text


def test_pauses_grow_and_after_a_day_it_is_given_up(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    clock, post = Clock(), Post("a.example")
    worker = made(store, "https://a.example/secret", clock=clock, post=post)
    happen(store, 1)
    times = []
    for _ in range(25 * 360):
        before = len(post.sent)
        worker.round()
        if len(post.sent) > before:
            times.append((clock.now - NOW).total_seconds())
        if not left(store):
            break
        clock.advance(10)
    pauses = [int(later - earlier) for earlier, later in pairwise(times)]
    assert pauses[:10] == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600]
    assert set(pauses[10:]) == {3600}
    assert timedelta(hours=23) <= timedelta(seconds=times[-1]) <= timedelta(hours=24)
    assert f"is given up after {len(times)} tries" in caplog.messages[-1]
    assert caplog.records[-1].levelname == "ERROR"
    assert "secret" not in caplog.text


def test_a_receiver_that_hangs_holds_nobody_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked once a round, for its own time; the other one gets everything meanwhile."""
    monkeypatch.setattr("sealstone.probe.webhook.WITHIN", 0.3)
    clock = Clock()
    with silent() as port, receiving() as receiver:
        worker = made(store, f"http://127.0.0.1:{port}/", receiver.url, clock=clock)
        happen(store, 1, 2, 3)
        assert worker.round() == 3
        assert [got.event["detail"]["Number"] for got in receiver.received] == [1, 2, 3]
        assert [(number, tries) for number, tries, _ in left(store)] == [(1, 1), (2, 0), (3, 0)]
        happen(store, 4)
        assert worker.round() == 1
        # What is new is tried; what waited already waits on.
        assert [(number, tries) for number, tries, _ in left(store)] == [(1, 1), (2, 0), (3, 0), (4, 1)]


def test_a_target_that_fails_is_asked_once_and_rests(store: Store) -> None:
    clock, post = Clock(), Post("a.example")
    worker = made(store, "https://a.example/", clock=clock, post=post)
    happen(store, *range(1, 60))
    worker.round()
    worker.round()
    assert len(post.sent) == 1
    post.failing.clear()
    clock.advance(10)
    delivered = [worker.round(), worker.round()]
    assert delivered == [50, 9]
    assert len(set(post.sent)) == 59


def test_one_event_that_is_refused_does_not_stop_the_others(store: Store) -> None:
    clock = Clock()
    with receiving(400) as receiver:
        worker = made(store, receiver.url, clock=clock)
        happen(store, 1, 2, 3)
        worker.round()
        clock.advance(10)
        receiver.answers[:] = [200, 200, 400]
        worker.round()
        assert [number for number, _, _ in left(store)] != []
        clock.advance(60)
        worker.round()
    assert left(store) == []


def test_a_round_sends_to_one_target_for_a_second_and_no_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 0.5, 1.1, 2.0, 2.0, 2.0])
    monkeypatch.setattr(webhooks, "monotonic", lambda: next(times))
    post = Post()
    worker = made(store, "https://a.example/", post=post)
    happen(store, 1, 2, 3)
    assert worker.round() == 1
    assert worker.round() == 2
    assert [event for _, event in post.sent] == ["event-1", "event-2", "event-3"]


def test_two_workers_deliver_each_event_once(store: Store, tmp_path: Path) -> None:
    other = Store.open(tmp_path / "sealstone.db")
    with receiving() as receiver:
        workers = [made(store, receiver.url), made(other, receiver.url)]
        happen(store, *range(1, 101))
        together(workers)
        ids = [got.headers["Sealstone-Event-Id"] for got in receiver.received]
    other.close()
    assert sorted(ids) == sorted(f"event-{number}" for number in range(1, 101))
    assert left(store) == []


def together(workers: list[Webhooks]) -> None:
    """Both in threads of their own, until there is nothing left."""
    barrier = Barrier(len(workers))

    def work(worker: Webhooks) -> None:
        barrier.wait()
        while worker.round():
            pass

    threads = [Thread(target=work, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def test_what_a_worker_took_and_did_not_end_is_delivered_by_the_next(store: Store) -> None:
    """Killed between taking and ending: at least once, after a minute."""
    clock, post = Clock(), Post()
    worker = made(store, "https://a.example/", clock=clock, post=post)
    happen(store, 1)
    assert len(worker._take(clock())) == 1
    again = made(store, "https://a.example/", clock=clock, post=post)
    clock.advance(59)
    assert again.round() == 0
    clock.advance(1)
    assert again.round() == 1


def test_only_what_happens_later_comes_to_a_new_target(store: Store) -> None:
    post = Post()
    happen(store, 1)
    made(store, "https://a.example/", post=post)
    happen(store, 2)
    worker = made(store, "https://a.example/", "https://b.example/", post=post)
    happen(store, 3)
    worker.round()
    assert sorted(post.sent) == [("a.example", "event-2"), ("a.example", "event-3"), ("b.example", "event-3")]


def test_a_target_that_is_no_longer_set_is_forgotten(store: Store) -> None:
    made(store, "https://a.example/", "https://b.example/", post=Post("a.example")).round()
    happen(store, 1)
    remaining = [Webhook.of("https://b.example/")]
    dismiss_others(store, remaining)
    dismiss_others(store, remaining)
    with store.reading() as tx:
        assert event_deliveries.known(tx) == {remaining[0].name}
    dismiss_others(store, ())
    with store.reading() as tx:
        assert event_deliveries.known(tx) == set()


def test_a_target_that_another_process_dismissed_is_there_again(store: Store) -> None:
    post = Post()
    worker = made(store, "https://a.example/", post=post)
    dismiss_others(store, ())
    worker.round()
    happen(store, 1)
    assert worker.round() == 1


def test_nothing_is_written_when_there_is_nothing(store: Store) -> None:
    worker = made(store, "https://a.example/", post=Post())
    worker.round()
    version = store.version()
    worker.round()
    assert store.version() == version


def test_the_secret_is_in_no_text(store: Store) -> None:
    assert SECRET.decode() not in repr(vars(made(store, "https://a.example/")))
