"""What the child process runs: takes one request, limits itself, opens the container, answers, ends.

Run as `python -I -m sealstone.isolation.child`, without arguments or environment. Everything secret comes and goes
through the two pipes; nothing is written anywhere else.
"""

import codecs
import resource
import sys
from typing import BinaryIO, Final

import msgspec

from sealstone.isolation.messages import Answer, Finding, Found, Lost, Request
from sealstone.model.secret import Secret
from sealstone.x509.containers import reading
from sealstone.x509.containers.problems import FileProblem
from sealstone.x509.material import Container, Origin, Piece, Unreadable

OUT_OF_MEMORY: Final = 77
"""The exit status that says so."""
_CODECS: Final = ("ascii", "latin-1", "utf-8", "utf-16-be", "utf-16-le")


def main(incoming: BinaryIO, outgoing: BinaryIO) -> int:
    """Answer the one request; the exit status."""
    try:
        request = msgspec.msgpack.decode(incoming.read(), type=Request)
        limit(request.memory, request.cpu_seconds)
        outgoing.write(msgspec.msgpack.encode(answer(request)))
        outgoing.flush()
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


def limit(memory: int, cpu_seconds: int) -> None:
    """Bound this process: address space, processor time, no core (it would hold the key), and no file from here on.

    The pipes stay open; nothing new can be opened, be it a file, a directory or a socket.
    """
    for name in _CODECS:
        codecs.lookup(name)  # Python reads each from a file when it is first used
    for kind, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        _, most = resource.getrlimit(kind)
        bounded = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(kind, (bounded, bounded))


def answer(request: Request) -> Answer:
    """What `reading.opened` says, as a message."""
    origin = Origin("", request.place, request.forms)
    container = Container(request.form, origin, request.data, password_needed=request.password is not None)
    password = None if request.password is None else Secret(request.password)
    others = tuple(Secret(other) for other in request.others)
    try:
        return Answer(tuple(_message(item) for item in reading.opened(container, password, others)))
    except FileProblem as problem:
        return Answer(refused=_finding(problem))


def _message(item: Piece | Unreadable) -> Found | Lost:
    origin = item.origin
    if isinstance(item, Unreadable):
        return Lost(origin.place, origin.forms, _finding(item.problem), item.label)
    secret = None if item.secret is None else item.secret.reveal()
    return Found(item.kind, origin.place, origin.forms, item.der, secret, item.label, item.remarks)


def _finding(problem: Exception) -> Finding:
    if not isinstance(problem, FileProblem):
        raise TypeError("a finding of another room")
    return Finding(type(problem).__name__, problem.arguments)


if __name__ == "__main__":
    sys.exit(main(sys.stdin.buffer, sys.stdout.buffer))
