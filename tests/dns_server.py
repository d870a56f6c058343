"""A name server on loopback, over UDP and TCP, that answers from a zone that tests change, or misbehaves.

with name_server() as zone:
    zone.records["a.example."] = [("A", "127.0.0.1")]
    zone.how["b.example."] = Misbehaviour.SILENT
    ... zone.address
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

_TTL: Final = 60
_LONGEST: Final = 65_535
_PATIENCE: Final = 10.0


class Misbehaviour(Enum):
    """What becomes of a question about a name, in the place of its records."""

    SERVFAIL = auto()
    REFUSED = auto()
    SILENT = auto()
    """No answer at all; over TCP the connection stays open."""
    TRUNCATED = auto()
    """Over UDP nothing but the flag, so that the asker comes again over TCP."""
    TRUNCATED_EVER = auto()
    """Over TCP as well."""
    TRUNCATED_SILENT = auto()
    """Over TCP nothing, with the connection open."""
    OTHER_ID = auto()
    """The right records under another id: who did not see the question guesses it."""
    OTHER_NAME = auto()
    """An answer to a question that was not asked."""
    OTHER_OWNER = auto()
    """The right question, and records of another name."""
    OTHER_SOURCE = auto()
    """The right answer from another port."""
    FORGED_FIRST = auto()
    """Under another id with another value first; then the right one."""
    GARBAGE = auto()
    CUT_OFF = auto()
    """The first half of the right answer."""


@dataclass
class Zone:
    """What the server says; names have their final dot and are in lower case."""

    records: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """Name -> kind and value of each record. Other names do not exist."""
    how: dict[str, Misbehaviour] = field(default_factory=dict)
    as_spelled: bool = False
    """Answer with the names in capital letters (RFC 4343: that is the same name)."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Name and kind of every question, in order."""
    address: str = ""
    """ADDRESS:PORT."""

    def alias(self, name: str, target: str) -> None:
        """A CNAME record, in the place of what was there."""
        self.records[_full(name)] = [("CNAME", target)]

    def host(self, name: str, *addresses: str) -> None:
        """Address records, IPv4 and IPv6, in the place of what was there."""
        self.records[_full(name)] = [("AAAA" if ":" in one else "A", one) for one in addresses]

    def reply(self, question: dns.message.Message, over: str) -> list[bytes]:
        """What is sent for a question, piece by piece; nothing for silence."""
        name = question.question[0].name.to_text().lower()
        self.asked.append((name, dns.rdatatype.to_text(question.question[0].rdtype)))
        right = self._right(question, name)
        how = self.how.get(name)
        return [right.to_wire(max_size=_LONGEST)] if how is None else _REPLIES[how](question, right, over)

    def _right(self, question: dns.message.Message, name: str) -> dns.message.Message:
        answer = dns.message.make_response(question)
        wanted = dns.rdatatype.to_text(question.question[0].rdtype)
        owner = name
        for _ in range(20):
            held = self.records.get(owner, [])
            aliases = [value for kind, value in held if kind == "CNAME"]
            for kind, value in held:
                if kind in {wanted, "CNAME"}:
                    answer.answer.append(dns.rrset.from_text(self._cased(owner), _TTL, "IN", kind, self._cased(value)))
            if not aliases or wanted == "CNAME":
                break
            owner = aliases[0].lower()
        if not answer.answer and name not in self.records:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer

    def _cased(self, text: str) -> str:
        return text.upper() if self.as_spelled and text.endswith(".") else text


def _full(name: str) -> str:
    return name.lower().rstrip(".") + "."


Reply = Callable[[dns.message.Message, dns.message.Message, str], list[bytes]]


def _with_code(code: dns.rcode.Rcode) -> Reply:
    def reply(question: dns.message.Message, _right: dns.message.Message, _over: str) -> list[bytes]:
        answer = dns.message.make_response(question)
        answer.set_rcode(code)
        return [answer.to_wire()]

    return reply


def _truncated(always: bool) -> Reply:
    def reply(question: dns.message.Message, right: dns.message.Message, over: str) -> list[bytes]:
        if over == "tcp" and not always:
            return [right.to_wire(max_size=_LONGEST)]
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.TC
        return [answer.to_wire()]

    return reply


def _truncated_silent(question: dns.message.Message, right: dns.message.Message, over: str) -> list[bytes]:
    return [] if over == "tcp" else _truncated(always=True)(question, right, over)


def _other_id(_question: dns.message.Message, right: dns.message.Message, _over: str) -> list[bytes]:
    right.id ^= 1
    return [right.to_wire()]


def _other_name(_question: dns.message.Message, right: dns.message.Message, _over: str) -> list[bytes]:
    other = dns.message.make_query("other.example.", right.question[0].rdtype, id=right.id)
    answer = dns.message.make_response(other)
    answer.answer = right.answer
    return [answer.to_wire()]


def _other_owner(_question: dns.message.Message, right: dns.message.Message, _over: str) -> list[bytes]:
    right.answer = [
        dns.rrset.from_text("other.example.", _TTL, "IN", dns.rdatatype.to_text(one.rdtype), *map(str, one))
        for one in right.answer
    ]
    return [right.to_wire()]


def _forged_first(question: dns.message.Message, right: dns.message.Message, _over: str) -> list[bytes]:
    forged = dns.message.make_response(question)
    forged.answer = [dns.rrset.from_text(question.question[0].name, _TTL, "IN", "CNAME", "forged.example.")]
    forged.id ^= 1
    return [forged.to_wire(), right.to_wire()]


_REPLIES: Final[dict[Misbehaviour, Reply]] = {
    Misbehaviour.SERVFAIL: _with_code(dns.rcode.SERVFAIL),
    Misbehaviour.REFUSED: _with_code(dns.rcode.REFUSED),
    Misbehaviour.SILENT: lambda *_: [],
    Misbehaviour.TRUNCATED: _truncated(always=False),
    Misbehaviour.TRUNCATED_EVER: _truncated(always=True),
    Misbehaviour.TRUNCATED_SILENT: _truncated_silent,
    Misbehaviour.OTHER_ID: _other_id,
    Misbehaviour.OTHER_NAME: _other_name,
    Misbehaviour.OTHER_OWNER: _other_owner,
    Misbehaviour.OTHER_SOURCE: lambda _question, right, _over: [right.to_wire()],
    Misbehaviour.FORGED_FIRST: _forged_first,
    Misbehaviour.GARBAGE: lambda *_: [b"\xff" * 40],
    Misbehaviour.CUT_OFF: lambda _question, right, _over: [right.to_wire()[: len(right.to_wire()) // 2]],
}


@contextmanager
def name_server() -> Iterator[Zone]:
    """A running one, on one port of 127.0.0.1 over UDP and TCP."""
    zone = Zone()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams, _stream() as streams:
        datagrams.bind(streams.getsockname())
        zone.address = "{}:{}".format(*streams.getsockname())
        threads = [
            threading.Thread(target=serve, args=(zone, of), daemon=True)
            for serve, of in ((_serve_datagrams, datagrams), (_serve_streams, streams))
        ]
        for thread in threads:
            thread.start()
        try:
            yield zone
        finally:
            for each in (datagrams, streams):
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)  # wakes who waits
            for thread in threads:
                thread.join(_PATIENCE)


def _stream() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def _serve_datagrams(zone: Zone, datagrams: socket.socket) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
        while True:
            try:
                data, asker = datagrams.recvfrom(_LONGEST)
            except OSError:
                return
            if not data:
                return
            question = dns.message.from_wire(data)
            how = zone.how.get(question.question[0].name.to_text().lower())
            source = elsewhere if how is Misbehaviour.OTHER_SOURCE else datagrams
            for piece in zone.reply(question, "udp"):
                source.sendto(piece, asker)


def _serve_streams(zone: Zone, streams: socket.socket) -> None:
    held: list[socket.socket] = []
    with contextlib.suppress(OSError):
        while True:
            connection, _ = streams.accept()
            connection.settimeout(_PATIENCE)
            held.append(connection)
            with connection.makefile("rb") as reader, contextlib.suppress(OSError, struct.error):
                (length,) = struct.unpack("!H", reader.read(2))
                for piece in zone.reply(dns.message.from_wire(reader.read(length)), "tcp"):
                    connection.sendall(struct.pack("!H", len(piece)) + piece)
    for connection in held:
        connection.close()
