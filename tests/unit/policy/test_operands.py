"""Typed values: limits that keep a hostile value cheap, and what is not a value."""

import base64
from decimal import Decimal
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealstone.policy import operands


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3))
def test_numbers_are_exact(number: Decimal) -> None:
    assert operands.number(str(number)) == number


@pytest.mark.parametrize("text", ["", "NaN", "Infinity", "1_0", " 1", "1e", "--1", "1" * 101, "1e99999999999999999999"])
def test_no_numbers(text: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        operands.number(text)


@given(st.binary())
def test_octets(content: bytes) -> None:
    assert operands.octets(base64.b64encode(content).decode()) == content


@pytest.mark.parametrize("text", ["a", "!!!!", "QQ", "\u00e9"])
def test_no_octets(text: str) -> None:
    with pytest.raises(ValueError, match=r"base64|ASCII"):
        operands.octets(text)


@given(st.ip_addresses())
def test_an_address_is_in_its_own_block(address: object) -> None:
    found = operands.address(str(address))
    assert found in operands.network(str(address))
    assert found in operands.network(f"{found}/1")


def test_ipv4_in_ipv6_clothes() -> None:
    assert operands.address("::ffff:192.0.2.1") == ip_address("192.0.2.1")
    assert operands.network("::ffff:192.0.2.0/120") == ip_network("192.0.2.0/24")
    assert operands.network("::ffff:0:0/95") == ip_network("::fffe:0:0/95")


@pytest.mark.parametrize("text", ["1" * 65, "::1" + " " * 64, "10.0.0.0/8/8", "10.0.0.0/\u0668", "a/8"])
def test_no_addresses(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        operands.address(text)
    with pytest.raises(ValueError, match=r"."):
        operands.network(text)
