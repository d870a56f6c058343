"""Tokens: answered by every listener for plain HTTP before all rules, exchanged without touching a connection."""

from http.client import HTTPConnection
from pathlib import Path

import pytest
from tests.dataplane.front import ACCOUNT, Front
from tests.dataplane.rig import LOOPBACK, PATIENCE, Backend, asked, client, free_port, listener, pool
from tests.pki import Leaf

from sealstone.dataplane.haproxy import HAProxy
from sealstone.dataplane.processes import running
from sealstone.dataplane.wanted import FixedResponse, Redirect, Token, Wanted

PATH = "/.well-known/pki-validation/0123abcd.txt"
OTHER = "000000000002"
TOKENS = (Token(ACCOUNT, PATH, "secret-1"), Token(ACCOUNT, "/.well-known/acme-challenge/x_-y", "a.b-c_d"))


def test_before_everything_else(front: Front) -> None:
    """A redirect to HTTPS, as most have it, would never let an authority see the text."""
    front.has(action=Redirect(301, "HTTPS", port="443"), tokens=TOKENS)
    for token in TOKENS:
        answer = asked(front.port, token.path, headers={"Host": "a.example.com"})
        assert (answer.status, answer.body.decode(), answer.header("Content-Type")) == (200, token.body, "text/plain")
    assert asked(front.port, f"{PATH}?query").body == b"secret-1"


@pytest.mark.parametrize(
    "path", [f"{PATH}x", PATH[:-1], PATH.upper(), f"/{PATH}", f"{PATH}/", PATH.replace("0", "%30"), "/"]
)
def test_no_other_path(front: Front, path: str) -> None:
    assert front.has(action=FixedResponse(418), tokens=TOKENS).by(path) == "418"


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT", "OPTIONS"])
def test_no_other_method(front: Front, method: str) -> None:
    assert asked(front.has(action=FixedResponse(418), tokens=TOKENS).port, PATH, method=method).status == 418


def test_those_of_other_accounts_are_left_to_the_rules(plane: HAProxy, one: Backend) -> None:
    """A name that leads to the listener shows nothing about those who do not own it."""
    accounts = (ACCOUNT, OTHER, "")
    listeners = tuple(
        listener(free_port(), f"l{number}", action=FixedResponse(418), account_id=account)
        for number, account in enumerate(accounts)
    )
    theirs = Token(OTHER, "/.well-known/pki-validation/4567.txt", "secret-2")
    assert plane.apply(Wanted(1, listeners, (pool(one),), tokens=())).applied
    assert not plane.apply(Wanted(2, listeners, (pool(one),), tokens=(*TOKENS, theirs))).reloaded
    for exchanged in (True, False):
        told = [[asked(made.port, token.path) for token in (TOKENS[0], theirs)] for made in listeners]
        statuses = [[answer.status for answer in answers] for answers in told]
        assert statuses == [[200, 418], [418, 200], [418, 418]], exchanged
        assert (told[0][0].body, told[1][1].body) == (b"secret-1", b"secret-2")
        # Once more with the map as new processes read it.
        more = listener(free_port(), "l9")
        assert plane.apply(Wanted(3, (*listeners, more), (pool(one),), tokens=(*TOKENS, theirs))).applied


@pytest.mark.parametrize("host", ["a.example.com", f"{OTHER}:", f"{OTHER}:{PATH}"])
@pytest.mark.parametrize(
    "path", [f"{OTHER}:{PATH}", f"/{OTHER}:{PATH}", f"http://b.example.com{PATH}", f"{PATH}?{OTHER}:"]
)
def test_no_wording_of_a_request_gets_those_of_others(front: Front, path: str, host: str) -> None:
    front.has(action=FixedResponse(418), tokens=(Token(OTHER, PATH, "secret-2"),))
    assert asked(front.port, path, headers={"Host": host}).status in (400, 418)


def test_not_by_https(front: Front, leaf: Leaf) -> None:
    front.has(action=FixedResponse(418), tokens=TOKENS, leaf=leaf)
    assert asked(front.port, PATH, tls=client()).status == 418


def test_they_come_and_go_beside_a_connection_that_stays(front: Front, place: Path) -> None:
    """No new process: the same connection goes on, and sees each set from its first request on."""
    front.has(action=FixedResponse(418))
    before = running(place)
    connection = HTTPConnection(LOOPBACK, front.port, timeout=PATIENCE)

    def told() -> tuple[int, bytes]:
        connection.request("GET", PATH)
        answer = connection.getresponse()
        return answer.status, answer.read()

    assert told() == (418, b"")
    socket = connection.sock
    many = tuple(Token(ACCOUNT, f"/t/{number}", "x" * 500) for number in range(200))
    for tokens, expected in (
        ((Token(ACCOUNT, PATH, "one"),), (200, b"one")),
        ((Token(ACCOUNT, PATH, "two"), *many), (200, b"two")),
        ((), (418, b"")),
        (TOKENS, (200, b"secret-1")),
    ):
        front.has(action=FixedResponse(418), tokens=tokens)
        assert told() == expected
    assert connection.sock is socket
    connection.close()
    assert running(place) == before


def test_they_survive_new_processes(plane: HAProxy, one: Backend) -> None:
    made, more = (listener(free_port(), name, account_id=ACCOUNT) for name in ("l1", "l2"))
    plane.apply(Wanted(1, (made,), (pool(one),), tokens=()))
    plane.apply(Wanted(2, (made,), (pool(one),), tokens=TOKENS))
    assert plane.apply(Wanted(3, (made, more), (pool(one),), tokens=TOKENS)).reloaded
    assert [asked(port, PATH).body for port in (made.port, more.port)] == [b"secret-1"] * 2
