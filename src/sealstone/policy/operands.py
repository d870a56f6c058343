"""Typed values of conditions: text to number, date, truth value, bytes or address.

The same readers serve the policy's side when it is stored and the request's side when it is judged.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from sealstone.policy import dates
from sealstone.policy.operators import Kind

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NUMERAL = frozenset("0123456789+-.eE")
_LONGEST_NUMERAL = 100
_LONGEST_ADDRESS = 64


def number(text: str) -> Decimal:
    """A decimal number, exactly. Raises ValueError; NaN and infinity are no numbers."""
    if len(text) > _LONGEST_NUMERAL or not _NUMERAL.issuperset(text):
        raise ValueError("not a number")
    try:
        return Decimal(text)
    except InvalidOperation as fault:
        raise ValueError("not a number") from fault


def truth(text: str) -> bool:
    """`true` or `false` in any case. Raises ValueError."""
    lowered = text.lower()
    if lowered not in {"true", "false"}:
        raise ValueError("neither true nor false")
    return lowered == "true"


def octets(text: str) -> bytes:
    """The bytes that standard base64 stands for. Raises ValueError."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as fault:
        raise ValueError("not base64") from fault


def address(text: str) -> Address:
    """An address; an IPv4 one in IPv6 clothes (::ffff:192.0.2.1, RFC 4291 2.5.5.2) counts as IPv4.

    A socket that serves both families reports clients so; a rule on 192.0.2.0/24 must still see them.
    Raises ValueError.
    """
    if len(text) > _LONGEST_ADDRESS:
        raise ValueError("too long for an address")
    found = ip_address(text)
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def network(text: str) -> Network:
    """A CIDR block, or one address as a block of one; bits beyond the prefix are ignored. Raises ValueError."""
    if len(text) > _LONGEST_ADDRESS:
        raise ValueError("too long for a CIDR block")
    host, slash, length = text.partition("/")
    if slash and not (length.isascii() and length.isdigit()):
        # ipaddress would take a netmask here, IAM takes the number of bits only.
        raise ValueError("a prefix length is a number of bits")
    if not slash:
        return ip_network(address(host))
    block = ip_network(text, strict=False)
    inner = block.network_address.ipv4_mapped if isinstance(block, IPv6Network) else None
    # The block of IPv4 clients in IPv6 clothes, which `address` undresses.
    return IPv4Network((inner, block.prefixlen - 96)) if inner and block.prefixlen >= 96 else block


READERS: Mapping[Kind, Callable[[str], object]] = {
    Kind.NUMERIC: number,
    Kind.DATE: dates.read,
    Kind.BOOL: truth,
    Kind.BINARY: octets,
    Kind.IP_ADDRESS: network,
    Kind.NULL: truth,
}
"""The reader of the policy's side for every kind whose values are not free text."""
