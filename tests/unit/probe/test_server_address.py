"""The addresses of name servers, as they are set."""

import pytest

from sealstone.probe.guard import server_address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.53", ("192.0.2.53", 53)),
        ("192.0.2.53:5353", ("192.0.2.53", 5353)),
        ("192.0.2.53:65535", ("192.0.2.53", 65535)),
        ("2001:DB8::53", ("2001:db8::53", 53)),
        ("::1", ("::1", 53)),
        ("[::1]", ("::1", 53)),
        ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
        ("fe80::1%eth0", ("fe80::1%eth0", 53)),
    ],
)
def test_addresses_with_and_without_a_port(text: str, expected: tuple[str, int]) -> None:
    assert server_address(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", ":", ":53", "dns.example", "dns.example:53", "localhost", "192.0.2", "192.0.2.053", "192.0.2.53/32"),
        *("192.0.2.53:", "192.0.2.53:0", "192.0.2.53:65536", "192.0.2.53:-1", "192.0.2.53:+1", "192.0.2.53:x"),
        *("192.0.2.53:\u0663", "192.0.2.53: 53", "192.0.2.53:53\n", "192.0.2.53\n", "192.0.2.53:1" + "0" * 5000),
        *("[192.0.2.53]:53", "[::1", "::1]", "[::1]53", "[::1]:", "[[::1]]:53", "[]:53", "2001:db8::53]:53", ":::53"),
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        server_address(text)
