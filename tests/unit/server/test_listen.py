"""The socket side that needs no socket: whom to believe about the source, and the pool. The rest: tests/clients."""

import asyncio
import ipaddress
import threading

import pytest

from sealstone.endpoint.request import Response
from sealstone.server import listen
from sealstone.server.listen import Pool, forwarded
from sealstone.server.protocol import CYCLE, Joined

PROXIES = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8::/32"))
DONE = Response(200, (), b"")


@pytest.mark.parametrize(
    ("peer", "headers", "expected"),
    [
        ("192.0.2.1", [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https")], ("192.0.2.1", False)),
        ("10.0.0.1", [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https")], ("203.0.113.9", True)),
        ("10.0.0.1", [("x-forwarded-for", "1.2.3.4, 203.0.113.9, 10.0.0.7")], ("203.0.113.9", False)),
        ("10.0.0.1", [("x-forwarded-for", "1.2.3.4"), ("x-forwarded-for", "203.0.113.9")], ("203.0.113.9", False)),
        ("10.0.0.1", [("x-forwarded-for", "10.0.0.5")], ("10.0.0.1", False)),
        ("10.0.0.1", [("x-forwarded-for", "nonsense")], ("10.0.0.1", False)),
        ("10.0.0.1", [], ("10.0.0.1", False)),
        ("2001:db8::1", [("x-forwarded-for", "2001:db9::5")], ("2001:db9::5", False)),
        ("10.0.0.1", [("x-forwarded-proto", "https"), ("x-forwarded-proto", "http")], ("10.0.0.1", False)),
    ],
)
def test_forwarded_headers_are_believed_only_from_listed_proxies(
    peer: str, headers: list[tuple[str, str]], expected: tuple[str, bool]
) -> None:
    assert forwarded(peer, tuple(headers), PROXIES, secure=False) == expected


def run(pool: Pool, *jobs: listen._Answer, late: listen._Answer | None = None) -> list[Response | BaseException]:
    async def all_of_them() -> list[Response | BaseException]:
        return list(await asyncio.gather(*(pool.run(job, late) for job in jobs), return_exceptions=True))

    try:
        return asyncio.run(all_of_them())
    finally:
        pool.close()


def test_the_pool_answers_and_carries_faults() -> None:
    def broken() -> Response:
        raise ZeroDivisionError

    good, bad = run(Pool(2), lambda: DONE, broken)
    assert good is DONE
    assert isinstance(bad, ZeroDivisionError)


def test_a_job_that_waited_too_long_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "_PATIENCE", -1.0)
    begun = threading.Event()

    def job() -> Response:
        begun.set()
        return DONE

    late = Response(503, (), b"")
    assert run(Pool(1), job, late=lambda: late) == [late]
    assert not begun.is_set()


def test_an_answer_that_nobody_waits_for_is_let_go() -> None:
    pool = Pool(1)
    hold, held = threading.Event(), threading.Event()

    def job() -> Response:
        held.set()
        hold.wait(5)
        return DONE

    async def give_up() -> None:
        waiting = asyncio.ensure_future(pool.run(job))
        await asyncio.to_thread(held.wait)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        hold.set()
        await pool.run(lambda: DONE)

    asyncio.run(give_up())
    pool.close()


def test_an_address_of_either_family_is_bound() -> None:
    for host in ("127.0.0.1", "::1"):
        with listen.bound(host, 0) as opened:
            assert opened.getsockname()[1] > 0
    with listen.bound("127.0.0.1", 0) as opened, pytest.raises(OSError, match="in use"):
        listen.bound("127.0.0.1", opened.getsockname()[1])


class Written:
    """A transport that only remembers."""

    def __init__(self) -> None:
        self.done: list[bytes | str] = []

    def write(self, data: bytes) -> None:
        self.done.append(data)

    def close(self) -> None:
        self.done.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.done


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ([b"HTTP/1.1 200 OK\r\n\r\n", b"body"], [b"HTTP/1.1 200 OK\r\n\r\nbody"]),
        ([b"HTTP/1.1 200 OK\r\n\r\n", b"one", b"two"], [b"HTTP/1.1 200 OK\r\n\r\none", b"two"]),
        ([b"HTTP/1.1 100 Continue\r\n\r\n"], [b"HTTP/1.1 100 Continue\r\n\r\n"]),
        ([b"HTTP/1.1 400 Bad Request\r\n\r\nx", None], [b"HTTP/1.1 400 Bad Request\r\n\r\nx", "closed"]),
        ([b"HTTP/1.1 200 OK\r\n\r\n", b"", None], [b"HTTP/1.1 200 OK\r\n\r\n", "closed"]),
        ([None], ["closed"]),
    ],
)
def test_the_head_of_an_answer_goes_with_what_follows(written: list[bytes | None], expected: list[bytes | str]) -> None:
    transport = Written()
    joined = Joined(transport)  # type: ignore[arg-type]
    for data in written:
        if data is None:
            joined.close()
        else:
            joined.write(data)
    assert transport.done == expected
    assert joined.is_closing() is (None in written)


def test_a_head_that_nothing_follows_is_sent_when_the_answer_is_over() -> None:
    transport = Written()
    joined = Joined(transport)  # type: ignore[arg-type]
    joined.flush()
    joined.write(b"HTTP/1.1 200 OK\r\n\r\n")
    assert transport.done == []
    joined.flush()
    joined.flush()
    assert transport.done == [b"HTTP/1.1 200 OK\r\n\r\n"]


class Cycle:
    """What uvicorn keeps of a request."""

    def __init__(self, body: bytes, *, more: bool) -> None:
        self.body, self.more_body = bytearray(body), more


def test_a_body_that_is_all_there_is_taken_at_once() -> None:
    def scope(body: bytes, *, more: bool) -> listen.Scope:
        return {"extensions": {CYCLE: Cycle(body, more=more)}}

    assert listen._arrived({}, 3) is None
    assert listen._arrived(scope(b"abc", more=True), 3) is None
    assert listen._arrived(scope(b"abc", more=False), 3) == b"abc"
    with pytest.raises(listen.BodyTooLongError):
        listen._arrived(scope(b"abcd", more=False), 3)
