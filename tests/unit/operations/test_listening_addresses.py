"""Which address a load balancer gets, and which ports are free there."""

import pytest

from sealstone.model.balancing import Balancing
from sealstone.operations.listening_addresses import choose, taken_ports, unbindable

ONE = Balancing(("127.0.0.1",))
TWO = Balancing(("127.0.0.1", "127.0.0.2"))
NETWORK = Balancing(("127.80.0.0/30",))


@pytest.mark.parametrize(
    ("balancing", "taken", "bound", "ports", "expected"),
    [
        (ONE, [], [], [80], "127.0.0.1"),
        (ONE, ["127.0.0.1"], [], [80], "127.0.0.1"),
        (ONE, ["127.0.0.1"], [("127.0.0.1", 80)], [80], None),
        (ONE, ["127.0.0.1"], [("127.0.0.1", 80)], [81, 80], None),
        (ONE, ["127.0.0.1"], [("127.0.0.1", 80)], [81], "127.0.0.1"),
        (TWO, ["127.0.0.1"], [("127.0.0.1", 80)], [81], "127.0.0.2"),
        (TWO, ["127.0.0.1", "127.0.0.2"], [("127.0.0.1", 80)], [80], "127.0.0.2"),
        (TWO, ["127.0.0.1", "127.0.0.1", "127.0.0.2"], [], [80], "127.0.0.2"),
        (TWO, ["127.0.0.1", "127.0.0.2", "127.0.0.2"], [], [80], "127.0.0.1"),
        (NETWORK, [], [], [80], "127.80.0.1"),
        (NETWORK, ["127.80.0.1"], [], [80], "127.80.0.2"),
        (NETWORK, ["127.80.0.1", "127.80.0.2"], [("127.80.0.1", 80), ("127.80.0.2", 80)], [80], None),
        (Balancing(("::1",)), [], [], [80], "::1"),
        (Balancing(("10.0.0.0/8",)), [f"10.0.0.{n}" for n in range(1, 200)], [], [80], "10.0.0.200"),
        (Balancing(("192.0.2.1",)), ["127.0.0.1"], [("127.0.0.1", 80)], [80], "192.0.2.1"),
    ],
)
def test_the_address(
    balancing: Balancing, taken: list[str], bound: list[tuple[str, int]], ports: list[int], expected: str | None
) -> None:
    assert choose(balancing, taken, bound, ports) == expected


def test_a_network_of_any_size_is_looked_at_only_as_far_as_needed() -> None:
    assert choose(Balancing(("10.0.0.0/8", "fd00::/8")), ["10.0.0.1"], [("10.0.0.1", 80)], [80]) == "10.0.0.2"
    assert choose(Balancing(("127.0.0.1",) * 300), ["127.0.0.1"], [("127.0.0.1", 80)], [80]) is None


def test_ports() -> None:
    bound = [("127.0.0.1", 80), ("127.0.0.2", 81)]
    assert taken_ports("127.0.0.1", bound, [79, 80, 81]) == (80,)
    assert unbindable(Balancing(port_offset=20000), [80, 45535, 45536]) == (45536,)
    assert unbindable(Balancing(port_offset=-80), [80, 81]) == (80,)
