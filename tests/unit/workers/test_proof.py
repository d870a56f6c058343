"""What counts as proof that a listener serves, with handshakes that are made up."""

import hashlib
import itertools
import socket
from collections.abc import Sequence
from typing import Any

import pytest

from sealstone.dataplane.wanted import Certificate, FixedResponse, Listener
from sealstone.model.secret import Secret
from sealstone.probe import handshake
from sealstone.probe.guard import Address
from sealstone.probe.handshake import Served
from sealstone.probe.problems import NotConnected
from sealstone.workers import proof
from sealstone.workers.certificates import Opened


def opened(name: str, *names: str) -> Opened:
    certificate = Certificate(name, "", None, Secret(b""), names)
    return Opened(certificate, hashlib.sha256(name.encode()).hexdigest())


A, B, C = opened("a", "a.example"), opened("b", "b.example", "*.b.example"), opened("c", "b.example")
ALL = {"a": A, "b": B, "c": C}


def listener(*named: str, default: str | None = "a", address: str = "127.0.0.1") -> Listener:
    protocol: Any = "HTTPS" if default else "HTTP"
    return Listener(
        "l1", address, 443, protocol, FixedResponse(200), default_certificate_id=default, sni_certificate_ids=named
    )


class Clients:
    """Handshakes: which certificate is shown for which name."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, shown: dict[str | None, str]) -> None:
        self.asked: list[str | None] = []
        self.addresses: list[Address] = []
        self.shown = shown
        monkeypatch.setattr(handshake, "served", self.served)

    def served(
        self, host: str, port: int, *, server_name: str | None, addresses: Sequence[Address], timeout: float
    ) -> Served:
        self.asked.append(server_name)
        self.addresses += addresses
        shown = self.shown.get(server_name, self.shown.get(None, ""))
        if shown == "refused":
            raise NotConnected(host, port, "Connection refused")
        return Served(addresses[0], (shown.encode(),) if shown else (), "TLSv1.3", "", "", "")


def test_the_default_is_enough_without_names(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = Clients(monkeypatch, {None: "a"})
    assert proof.of(listener(), ALL) == proof.Proof("", A.fingerprint)
    assert clients.asked == [None]


def test_every_name_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = Clients(monkeypatch, {None: "a", "b.example": "c", "sealstone-proof.b.example": "b"})
    assert proof.of(listener("b", "c"), ALL) == proof.Proof("", A.fingerprint)
    assert clients.asked == [None, "b.example", "sealstone-proof.b.example"]


def test_the_default_may_answer_for_its_own_names(monkeypatch: pytest.MonkeyPatch) -> None:
    Clients(monkeypatch, {None: "b", "b.example": "b"})
    assert proof.of(listener("c", default="b"), ALL).reason == ""


WILD, EXACT = opened("wild", "*.b.example"), opened("exact", "x.b.example", "sealstone-proof.b.example")
BOTH = {"a": A, "wild": WILD, "exact": EXACT}


@pytest.mark.parametrize("shown", ["wild", "exact"])
def test_whoever_is_for_a_name_may_answer(monkeypatch: pytest.MonkeyPatch, shown: str) -> None:
    """HAProxy takes an elliptic curve of a wildcard before RSA of the very name, where a client can choose."""
    Clients(monkeypatch, {None: "a", "x.b.example": shown, "sealstone-proof.b.example": shown})
    assert proof.of(listener("exact", "wild"), BOTH).reason == ""
    assert proof.of(listener("wild", "exact"), BOTH).reason == ""


def test_a_wildcard_is_for_one_label(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = opened("exact", "x.y.b.example")
    Clients(monkeypatch, {None: "a", "x.y.b.example": "wild", "sealstone-proof.b.example": "wild"})
    assert " for x.y.b.example, wanted is " in proof.of(listener("exact", "wild"), {**BOTH, "exact": deep}).reason


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        ({None: "b"}, f"it serves the certificate {B.fingerprint}, wanted is {A.fingerprint}"),
        ({None: ""}, f"it serves the certificate (none), wanted is {A.fingerprint}"),
        ({None: "refused"}, "no handshake with 127.0.0.1:443: "),
        ({None: "a", "b.example": "a"}, f"it serves the certificate {A.fingerprint} for b.example, wanted is "),
        ({None: "a", "b.example": "refused"}, "no handshake with 127.0.0.1:443 for b.example: "),
    ],
)
def test_differences_are_told(monkeypatch: pytest.MonkeyPatch, shown: dict[str | None, str], words: str) -> None:
    Clients(monkeypatch, shown)
    assert words in proof.of(listener("b"), ALL).reason


@pytest.mark.parametrize(("bound", "asked"), [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("192.0.2.1", "192.0.2.1")])  # noqa: S104
def test_everywhere_is_asked_for_here(monkeypatch: pytest.MonkeyPatch, bound: str, asked: str) -> None:
    clients = Clients(monkeypatch, {None: "a"})
    proof.of(listener(address=bound), ALL)
    assert [address.host for address in clients.addresses] == [asked]


ODD = (
    *("", ".", ".z.test", "x..y", "x.", "a b.example", "a\0.example", "a\n.example"),
    *(f"{'a' * 64}.example", f"{'a.' * 127}example", f"*.{'a.' * 120}example"),
    # Addresses, for which no client sends a name; some only to those who read them as C does.
    *("192.0.2.1", "192.0.02.1", "*.0.2.1", "192.0.2.-1", "2001:db8::1", "1"),
)
"""Each makes a client of Python or OpenSSL raise, or send no name."""


def test_names_that_nobody_can_ask_for_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = Clients(monkeypatch, {None: "a"})
    odd = opened("b", "a*.example", "bücher.example", *ODD)
    assert proof.of(listener("b"), {"a": A, "b": odd}).reason == ""
    assert clients.asked == [None]


@pytest.mark.parametrize(
    "name", ["localhost", "_sip.example.com", f"{'a' * 63}.example", "xn--bcher-kva.example", "4.b"]
)
def test_names_that_a_client_can_ask_for_are_asked_for(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    clients = Clients(monkeypatch, {None: "a", name: "b"})
    assert proof.of(listener("b"), {"a": A, "b": opened("b", name)}).reason == ""
    assert clients.asked == [None, name]


def test_each_certificate_comes_before_the_second_name_of_any(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = opened("b", "1.b", "2.b", "3.b"), opened("c", "1.c", "1.b")
    clients = Clients(monkeypatch, {None: "a", "1.b": "b", "2.b": "b", "3.b": "b", "1.c": "c"})
    assert proof.of(listener("b", "c"), {"a": A, "b": one, "c": other}).reason == ""
    assert clients.asked == [None, "1.b", "1.c", "2.b", "3.b"]


def many(count: int, wrong: int | None = None) -> dict[str | None, str]:
    """What is shown for so many names of certificate b; of one of them something else."""
    return {None: "a"} | {f"n{each}.b": "a" if each == wrong else "b" for each in range(count)}


def test_one_look_takes_only_so_many_names(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = many(2 * proof.MOST + 1)
    known = {"a": A, "b": opened("b", *(name for name in shown if name))}
    clients = Clients(monkeypatch, shown)
    numbers = [0]
    while len(numbers) == 1 or numbers[-1]:
        numbers.append(proof.of(listener("b"), known, numbers[-1]).rest)
    assert numbers == [0, proof.MOST, 2 * proof.MOST, 0]
    assert [name for name in clients.asked if name] == [name for name in shown if name]


def test_the_next_look_begins_with_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"a": A, "b": opened("b", "n0.b", "n1.b", "n2.b")}
    clients = Clients(monkeypatch, many(3, wrong=1))
    seen = proof.of(listener("b"), known)
    assert (seen.rest, " for n1.b, wanted is " in seen.reason) == (1, True)
    clients.shown[None] = "b"
    assert proof.of(listener("b"), known, 1).rest == 1


def test_who_answers_slowly_is_not_asked_everything_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """At least one name, so that it ever comes to an end."""
    known = {"a": A, "b": opened("b", "n0.b", "n1.b", "n2.b")}
    clients = Clients(monkeypatch, many(3))
    hours = itertools.count(step=3600.0)
    assert proof.of(listener("b"), known, 0, lambda: next(hours)) == proof.Proof("", A.fingerprint, 1)
    assert clients.asked == [None, "n0.b"]


class _Connected:
    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("fault", [None, ConnectionRefusedError(111, "Connection refused"), TimeoutError("timed out")])
def test_without_tls_a_connection_is_enough(monkeypatch: pytest.MonkeyPatch, fault: OSError | None) -> None:
    def connect(address: tuple[str, int], timeout: float) -> _Connected:
        if fault:
            raise fault
        return _Connected()

    monkeypatch.setattr(socket, "create_connection", connect)
    reason = proof.of(listener(default=None), ALL).reason
    assert reason == (f"no connection to 127.0.0.1:443: {fault.strerror or fault}" if fault else "")
