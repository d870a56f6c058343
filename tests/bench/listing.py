"""First page of ListServerCertificates: a great many stored against 1,000."""

from pathlib import Path
from typing import Final

from tests.bench import house
from tests.bench.figures import Row, times
from tests.bench.processes import Peer, Window, window
from tests.server import Server

_FEW: Final = 1_000
_OPERATION: Final = "ListServerCertificates"


def measure(directory: Path, many: int, *, rounds: int, seconds: float) -> list[Row]:
    """Two servers in turn, one request at a time, the default page of 100."""
    with house.served(directory / "few") as small, house.served(directory / "many") as large:
        sides = [_side(small, _FEW), _side(large, many)]
        windows: list[list[Window]] = [[], []]
        for _ in range(rounds):
            for found, (peer, request) in zip(windows, sides, strict=True):
                found.append(window(peer, [request], connections=1, seconds=seconds))
        few, lots = windows
    what = f"ListServerCertificates, first page, {many:,} stored"
    name = f"{_FEW:,} stored"
    return [
        times(
            f"{what}, latency",
            [each.latency for each in lots],
            [each.latency for each in few],
            name,
            unit="ms",
            at_most=1.2,
        ),
        times(
            "the same, server CPU",
            [each.cpu_per_request for each in lots],
            [each.cpu_per_request for each in few],
            name,
            unit="ms",
        ),
    ]


def _side(server: Server, count: int) -> tuple[Peer, bytes]:
    """A server that holds so many, and the request of a user who may list them."""
    account_id = house.raise_quota(server)
    who = house.caller(server, f"iam:{_OPERATION}", "/*")
    house.fill(server, account_id, count)
    return house.peer(server), house.signer(server, who).request(_OPERATION, {})
