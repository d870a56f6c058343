"""What is answered beside AWS's API, and that the door sends it there."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from tests.databases import migrated
from tests.house_fixture import Chance, Clock, Collector
from tests.pki import NOW

from sealstone.endpoint.measure import Measure
from sealstone.endpoint.request import Request, Response
from sealstone.model.secret import Secret
from sealstone.operations.call import House, Recorder
from sealstone.seal.envelope import Keyring, MasterKeys
from sealstone.server import listen
from sealstone.server.authority_door import AuthorityDoor
from sealstone.server.listen import Door
from sealstone.server.pages import pages
from sealstone.server.recorder import BatchRecorder
from sealstone.server.settings import Settings, read
from sealstone.store.engine import Store
from sealstone.workers.authority import AuthorityKeeper

OF_AWS = Response(403, (), b"aws")
PAGE = Response(200, (), b"page")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a directory in this test's own place."""
    return read({"data": str(tmp_path / "data"), "threads": 1}, {})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    opened = migrated(tmp_path / "sealstone.db")
    yield opened
    opened.close()


def house(store: Store, recorder: Recorder) -> House:
    keyring = Keyring(MasterKeys({"00" * 8: Secret(bytes(32))}, "00" * 8), Chance())
    return House(store, keyring, keyring.derive("audit"), recorder, Clock(), Chance())


@pytest.mark.parametrize("queued", [None, 0, 2])
def test_metrics_and_approvals_are_there(settings: Settings, store: Store, queued: int | None) -> None:
    recorder: Recorder = Collector() if queued is None else BatchRecorder(store, Secret(b"k"))
    if isinstance(recorder, BatchRecorder):
        recorder._records.extend([Any] * (queued or 0))  # type: ignore[list-item]
    authority = AuthorityDoor(store, cast("AuthorityKeeper", None), Clock())
    found = pages(settings, house(store, recorder), Measure(), authority, now=lambda: NOW)
    assert found.keys() == {"metrics", "approve", "ca"}
    shown = settings.metrics_token_path.read_text().strip()
    text = found["metrics"](request("/metrics", authorization=f"Bearer {shown}")).body.decode()
    assert f"\nsealstone_audit_queue_records {float(queued or 0)}\n" in text
    assert found["approve"](request("/approve/" + "A" * 43)).status == 404


def request(path: str, method: str = "GET", **headers: str) -> Request:
    return Request(method, path, "", tuple(headers.items()), b"", "192.0.2.1")


# --- the door ---


class Asked:
    """A door with one page, and what it was asked."""

    def __init__(self, settings: Settings) -> None:
        self.pages: list[tuple[Request, str]] = []
        self.door = Door(
            settings,
            lambda _: OF_AWS,
            lambda _: OF_AWS,
            lambda _, status: Response(status, (), b"refused"),
            lambda: Response(200, (), b"health"),
            {"page": self._page},
        )

    def _page(self, asked: Request) -> Response:
        self.pages.append((asked, threading.current_thread().name))
        return PAGE

    def ask(self, path: str, method: str = "GET", body: bytes = b"") -> Mapping[str, Any]:
        """Status and body of the answer, the way that has a task."""
        sent: list[Mapping[str, Any]] = []
        scope = {
            "method": method, "path": path, "raw_path": path.encode(), "query_string": b"", "scheme": "http",
            "headers": [(b"x-a", b"b")], "client": ("192.0.2.1", 1),
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Mapping[str, Any]) -> None:
            sent.append(message)

        asyncio.run(self.door(scope, receive, send))
        return {"status": sent[0]["status"], "headers": dict(sent[0]["headers"]), "body": sent[1]["body"]}


@pytest.fixture
def asked(settings: Settings) -> Iterator[Asked]:
    """A door that is closed at the end."""
    made = Asked(settings)
    yield made
    made.door.close()


@pytest.mark.parametrize("path", ["/page", "/page/", "/page/a/b"])
def test_a_page_is_answered_in_a_thread_with_its_body(asked: Asked, path: str) -> None:
    answer = asked.ask(path, "POST", b"body")
    assert (answer["status"], answer["body"]) == (200, b"page")
    ((seen, thread),) = asked.pages
    assert (seen.path, seen.method, seen.body, seen.source_ip) == (path, "POST", b"body", "192.0.2.1")
    assert thread.startswith("call-")
    assert asked.door.at_once("GET", path.encode(), b"", [], b"", None, "http") is None


@pytest.mark.parametrize("path", ["/", "/pages", "/Page", "//page", "/x/page", "*"])
def test_everything_else_is_of_aws(asked: Asked, path: str) -> None:
    assert asked.ask(path)["body"] == b"aws"
    assert asked.pages == []
    answer = asked.door.at_once("GET", path.encode(), b"Action=ListUsers", [], b"", None, "http")
    assert answer is OF_AWS


def test_health_stays_where_it_was(asked: Asked) -> None:
    assert asked.ask("/health")["body"] == b"health"
    assert asked.door.at_once("GET", b"/health", b"", [], b"", None, "http") is None


def test_a_page_that_waited_too_long_is_refused_plainly(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "_PATIENCE", -1.0)
    answer = asked.ask("/page")
    assert (answer["status"], answer["headers"][b"retry-after"], asked.pages) == (503, b"1", [])


def test_a_body_too_long_is_refused_before_the_page(settings: Settings) -> None:
    made = Asked(read({"data": settings.data, "threads": 1, "body_limit": 3}, {}))
    assert made.ask("/page", "POST", b"body")["status"] == 413
    made.door.close()
    assert made.pages == []
