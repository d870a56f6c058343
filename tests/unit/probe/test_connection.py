"""The first address that takes a connection, and what is said when none does."""

import socket

import pytest
from tests.tls_servers import refusing, silent

from sealstone.probe import connection
from sealstone.probe.guard import Address
from sealstone.probe.problems import NotConnected


def test_the_next_address_is_tried() -> None:
    with refusing() as closed, silent() as there:
        addresses = (Address("127.0.0.1", closed), Address("127.0.0.1", there))
        found, address = connection.first("a.example", addresses, connection.connected, lambda: 5.0)
        found.close()
    assert address == addresses[1]


def test_when_none_answers_the_last_reason_is_said() -> None:
    with refusing() as port, pytest.raises(NotConnected, match=f"a.example port {port}: Connection refused"):
        connection.first("a.example", (Address("127.0.0.1", port),), connection.connected, lambda: 5.0)
    with refusing() as port, pytest.raises(NotConnected, match=r"port [0-9]+: Connection refused;"):
        connection.first("127.0.0.1", (Address("127.0.0.1", port),), connection.connected, lambda: 5.0)


def test_time_is_shared_by_all_addresses() -> None:
    tried: list[tuple[Address, float]] = []

    def connect(address: Address, within: float) -> socket.socket:
        tried.append((address, within))
        raise TimeoutError

    left = iter((2.0, 1.0, 0.0))
    addresses = tuple(Address(f"192.0.2.{last}", 443) for last in (1, 2, 3))
    with pytest.raises(NotConnected, match="it did not answer in time"):
        connection.first("a.example", addresses, connect, lambda: next(left))
    assert tried == [(addresses[0], 2.0), (addresses[1], 1.0)]


def test_without_time_or_addresses_nothing_is_tried() -> None:
    with pytest.raises(NotConnected, match="no time was left"):
        connection.first("a.example", (Address("192.0.2.1", 443),), connection.connected, lambda: 0.0)
    with pytest.raises(NotConnected, match="no time was left"):
        connection.first("a.example", (), connection.connected, lambda: 1.0)


def test_a_fault_without_words_of_the_system() -> None:
    def connect(_address: Address, _within: float) -> socket.socket:
        raise OSError("odd")

    with pytest.raises(NotConnected, match="odd"):
        connection.first("a.example", (Address("192.0.2.1", 443),), connect, lambda: 1.0)
