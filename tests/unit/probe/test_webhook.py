"""Posting an event: what is sent, which answers count, and that TLS, time and addresses are held to."""

import socket
import ssl
from collections.abc import Sequence

import pytest
from tests.pki import Authority
from tests.receiving import receiving
from tests.tls_servers import answering, refusing, silent

from sealstone.model.webhook import Webhook
from sealstone.probe import webhook
from sealstone.probe.connection import Connect
from sealstone.probe.guard import Address, Resolve
from sealstone.probe.webhook import NotDelivered, trusting

BODY = b'{"id":"x"}'
HEADERS = {"Sealstone-Event-Id": "x"}
ROOT = Authority("Example Root")
TRUST = trusting(ROOT.certificate_pem)


def post(url: str, **how: object) -> None:
    webhook.post(Webhook.of(url), BODY, HEADERS, TRUST, **how)  # type: ignore[arg-type]


def reason(url: str, **how: object) -> str:
    with pytest.raises(NotDelivered) as failed:
        post(url, **how)
    assert "token" not in str(failed.value)
    return failed.value.reason


def to(*addresses: str) -> Resolve:
    def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return resolve


def connecting_to(port: int) -> Connect:
    def connect(_address: Address, within: float) -> socket.socket:
        return socket.create_connection(("127.0.0.1", port), timeout=within)

    return connect


def test_what_is_sent() -> None:
    with receiving() as receiver:
        post(receiver.url)
        (got,) = receiver.received
    assert (got.path, got.body) == ("/hook?token=t", BODY)
    assert got.headers == {
        "Host": receiver.url.split("/")[2],
        "User-Agent": "sealstone",
        "Content-Type": "application/json",
        "Content-Length": "10",
        "Connection": "close",
        "Sealstone-Event-Id": "x",
    }


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_an_answer_of_2xx_is_delivery(status: int) -> None:
    with answering(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status) as port:
        post(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 410, 429, 500, 503])
def test_any_other_answer_is_none_and_redirects_are_not_followed(status: int) -> None:
    with receiving(status) as receiver:
        assert reason(receiver.url) == f"the answer has the status {status}"
        assert len(receiver.received) == 1


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ncut off", b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200_000]
)
def test_only_the_status_counts(answer: bytes) -> None:
    with answering(answer) as port:
        post(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200" + b" " * 70_000, b"HTTP/1.1 999999 x\r\n\r\n"]
)
def test_what_is_no_answer(answer: bytes) -> None:
    with answering(answer) as port:
        assert "not HTTP" in reason(f"http://127.0.0.1:{port}/")


def test_nobody_there() -> None:
    with refusing() as port:
        assert "no connection" in reason(f"http://127.0.0.1:{port}/")
    assert "has no address" in reason("https://hooks.example/", resolve=to())


def test_a_receiver_that_hangs_has_its_time_and_no_more() -> None:
    """It is over when the clock says so, not when the receiver does."""
    times = iter([0.0, 0.0, 1.0, 2.0, 11.0])
    with silent() as port:
        found = reason(f"http://127.0.0.1:{port}/", clock=lambda: next(times))
    assert found == "the whole answer did not come within 10 s"


def test_an_answer_that_comes_too_slowly() -> None:
    times = iter([0.0, 0.0, 9.98, 9.98, 9.99])
    with silent() as port:
        found = reason(f"http://127.0.0.1:{port}/", clock=lambda: next(times))
    assert found == "the whole answer did not come within 10 s"


# --- TLS ---


def test_over_tls_the_certificate_is_proven() -> None:
    with receiving(leaf=ROOT.leaf("127.0.0.1")) as receiver:
        post(receiver.url)
        assert receiver.received[0].body == BODY


def test_one_that_nobody_vouches_for_gets_nothing() -> None:
    with receiving(leaf=Authority("Somebody else").leaf("127.0.0.1")) as receiver:
        assert "its certificate is not trusted" in reason(receiver.url)
        assert not receiver.received


def test_one_for_another_name_gets_nothing() -> None:
    with receiving(leaf=ROOT.leaf("other.example")) as receiver:
        assert "its certificate is not trusted" in reason(receiver.url)
        assert not receiver.received


def test_the_name_is_asked_for_and_proven() -> None:
    with receiving(leaf=ROOT.leaf("hooks.example")) as receiver:
        port = int(receiver.url.split(":")[2].split("/")[0])
        post(f"https://hooks.example:{port}/x", resolve=to("10.1.2.3"), connect=connecting_to(port))
        assert receiver.received[0].headers["Host"] == f"hooks.example:{port}"


def test_what_speaks_no_tls() -> None:
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert "the connection broke" in reason(f"https://127.0.0.1:{port}/")


def test_without_tls_a_name_must_be_this_machine_s() -> None:
    assert "another machine" in reason("http://localhost:1/", resolve=to("127.0.0.1", "192.0.2.1"))


def test_what_is_trusted() -> None:
    assert TRUST.verify_mode is ssl.CERT_REQUIRED
    assert TRUST.check_hostname
    assert TRUST.minimum_version is ssl.TLSVersion.TLSv1_2
    assert len(TRUST.get_ca_certs()) == 1
    with pytest.raises((ValueError, ssl.SSLError)):
        trusting("no certificate")
