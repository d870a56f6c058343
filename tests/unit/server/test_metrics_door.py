"""Who sees the metrics, and that scrapes do not pile up."""

import subprocess
import sys
import threading
from hashlib import sha256
from typing import Any, cast

import pytest

from sealstone.endpoint.request import Request, Response
from sealstone.server import metrics_door
from sealstone.server.metrics_door import MetricsDoor
from sealstone.server.readings import Sources

TOKEN = "t" * 43
NOTHING = cast("Sources", None)
WAIT = 30.0


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> MetricsDoor:
    """One that answers a word."""
    monkeypatch.setattr(metrics_door, "_exposition", lambda: lambda _sources: ("text/plain", b"numbers\n"))
    return MetricsDoor(sha256(TOKEN.encode()).digest(), NOTHING)


def ask(door: MetricsDoor, authorization: str | None, *, method: str = "GET", path: str = "/metrics") -> Response:
    headers = () if authorization is None else (("authorization", authorization),)
    return door.answer(Request(method, path, "", headers, b"", "192.0.2.1"))


@pytest.mark.parametrize("authorization", [f"Bearer {TOKEN}", f"bearer  {TOKEN} ", f"BEARER {TOKEN}"])
def test_who_shows_the_token_gets_the_numbers(door: MetricsDoor, authorization: str) -> None:
    found = ask(door, authorization)
    assert (found.status, found.body) == (200, b"numbers\n")
    assert dict(found.headers) == {"content-type": "text/plain", "cache-control": "no-store"}
    assert ask(door, authorization, method="HEAD").status == 200


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", TOKEN, f"Basic {TOKEN}", "Bearer ÿ"],
)
@pytest.mark.parametrize(("method", "path"), [("GET", "/metrics"), ("POST", "/metrics"), ("GET", "/metrics/x")])
def test_nobody_else_learns_anything(door: MetricsDoor, authorization: str | None, method: str, path: str) -> None:
    found = ask(door, authorization, method=method, path=path)
    assert (found.status, dict(found.headers)["www-authenticate"]) == (401, "Bearer")
    assert found == ask(door, None)


def test_without_a_token_nobody_is_known(door: MetricsDoor) -> None:
    assert ask(MetricsDoor(None, NOTHING), f"Bearer {TOKEN}").status == 401
    assert ask(MetricsDoor(None, NOTHING), "Bearer ").status == 401


def test_there_is_one_path_and_one_way(door: MetricsDoor) -> None:
    assert ask(door, f"Bearer {TOKEN}", path="/metrics/x").status == 404
    refused = ask(door, f"Bearer {TOKEN}", method="POST")
    assert (refused.status, dict(refused.headers)["allow"]) == (405, "GET, HEAD")


class Scrapes:
    """Scrapes that take until they are let go."""

    def __init__(self) -> None:
        self.made = 0
        self.begun = threading.Semaphore(0)
        self.go = threading.Semaphore(0)

    def __call__(self, _sources: object) -> tuple[str, bytes]:
        self.begun.release()
        assert self.go.acquire(timeout=WAIT)
        self.made += 1
        return "text/plain", b"%d" % self.made


def test_one_at_a_time_and_whoever_waits_shares_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first began before the others asked; of those one makes a new one and the rest have it too."""
    scrapes = Scrapes()
    monkeypatch.setattr(metrics_door, "_exposition", lambda: scrapes)
    door = MetricsDoor(b"", NOTHING)
    found: list[bytes] = []
    asked = threading.Semaphore(0)
    lock = door._scraping

    class Counting:
        """Tells that somebody has come to the lock."""

        def __enter__(self) -> None:
            asked.release()
            lock.acquire()

        def __exit__(self, *_: object) -> None:
            lock.release()

    door._scraping = cast("Any", Counting())
    threads = [threading.Thread(target=lambda: found.append(door._scraped().body)) for _ in range(4)]
    threads[0].start()
    assert scrapes.begun.acquire(timeout=WAIT)
    for thread in threads[1:]:
        thread.start()
    for _ in threads:
        assert asked.acquire(timeout=WAIT)
    scrapes.go.release(2)
    for thread in threads:
        thread.join(WAIT)
    assert sorted(found) == [b"1", b"2", b"2", b"2"]
    scrapes.go.release()
    assert door._scraped().body == b"3"


def test_a_scrape_that_fails_leaves_no_old_text(door: MetricsDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(door, f"Bearer {TOKEN}").status == 200
    with monkeypatch.context() as patched:
        patched.setattr(metrics_door, "_exposition", lambda: lambda _sources: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            ask(door, f"Bearer {TOKEN}")
    assert ask(door, f"Bearer {TOKEN}").status == 200


def test_a_start_imports_nothing_for_it() -> None:
    script = (
        "import sys, sealstone.server.pages; print('prometheus_client' in sys.modules);"
        "from sealstone.server import metrics_door; metrics_door._exposition();"
        "print('prometheus_client' in sys.modules)"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["False", "True"]
