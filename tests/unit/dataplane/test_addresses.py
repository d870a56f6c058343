"""Asking the kernel for an address."""

import socket

import pytest

from sealstone.dataplane.addresses import listening, place_of, unavailable
from sealstone.dataplane.wanted import Forward, Listener


@pytest.mark.parametrize(("address", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)])
def test_a_port_is_free_or_taken(address: str, family: socket.AddressFamily) -> None:
    with socket.create_server((address, 0), family=family) as server:
        port = server.getsockname()[1]
        assert unavailable((address, port)) == f"cannot listen on {address} port {port}: Address already in use"
    assert unavailable((address, port)) == ""


def test_an_address_of_another_machine() -> None:
    assert "Cannot assign requested address" in unavailable(("192.0.2.1", 1))


def test_the_same_address_is_the_same_place() -> None:
    assert place_of(Listener("l", "0:0::1", 1, "TCP", Forward(()))) == ("::1", 1)


def test_where_a_configuration_listens() -> None:
    text = "frontend L-a\n  bind 127.0.0.1:80\nfrontend L-b\n  bind [::1]:443 ssl crt-list x\n  bindx 1:2\n"
    assert listening(text) == {("127.0.0.1", 80), ("::1", 443)}
