"""Subject alternative names as people write them."""

import pytest
from cryptography import x509

from sealstone.x509.making import alternatives
from sealstone.x509.making.problems import NameRefused


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("build.example.com", "DNS:build.example.com"),
        ("DNS:build.example.com", "DNS:build.example.com"),
        ("dns: build.example.com ", "DNS:build.example.com"),
        ("*.example.com", "DNS:*.example.com"),
        ("localhost", "DNS:localhost"),
        ("xn--bcher-kva.example", "DNS:xn--bcher-kva.example"),
        ("db_1.internal", "DNS:db_1.internal"),
        ("10.0.0.1", "IP:10.0.0.1"),
        ("2001:db8::1", "IP:2001:db8::1"),
        ("IP:2001:DB8::1", "IP:2001:db8::1"),
        ("https://example.com/a", "URI:https://example.com/a"),
        ("URI:urn:example:a", "URI:urn:example:a"),
        ("spiffe://example.com/service", "URI:spiffe://example.com/service"),
        ("admin@example.com", "email:admin@example.com"),
        ("EMAIL:admin@example.com", "email:admin@example.com"),
    ],
)
def test_the_kind_is_told_or_plain(text: str, shown: str) -> None:
    name = alternatives.read(text)
    assert alternatives.as_text(name) == shown
    assert alternatives.read(shown) == name


def test_other_kinds_are_shown_by_their_kind() -> None:
    assert alternatives.as_text(x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))) == "RegisteredID"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no host name"),
        ("a..example.com", "no host name"),
        ("example.com.", "no host name"),
        ("-a.example.com", "no host name"),
        ("a" * 64 + ".example.com", "no host name"),
        (".".join(["a" * 60] * 5), "no host name"),
        ("a b.example.com", "no host name"),
        ("a\0.example.com", "no host name"),
        ("www.*.example.com", "no host name"),
        ("w*.example.com", "no host name"),
        ("bücher.example", "not in ASCII"),
        ("*.com", "two labels behind"),
        ("10.0.0", "ends like an IP address"),
        ("10.0.0.256", "ends like an IP address"),
        ("DNS:10.0.0.1", "ends like an IP address"),
        ("IP:10.0.0.0/8", "no IP address"),
        ("IP:fe80::1%eth0", "no IP address"),
        ("fe80::1%eth0", "no IP address"),
        ("URI:example.com/a b", "no absolute URI"),
        ("URI:example", "no absolute URI"),
        ("URI:https:", "no absolute URI"),
        ("https://bücher.example", "no absolute URI"),
        ("https://[", "no URI"),
        ("@example.com", "no mail address"),
        ("a b@example.com", "no mail address"),
        ("ä@example.com", "no mail address"),
        ("email:nobody", "no mail address"),
        ("a@b@example.com", "no mail address"),
        ("a@-example.com", "no host name"),
    ],
)
def test_what_is_no_name_is_told(text: str, reason: str) -> None:
    with pytest.raises(NameRefused, match=reason) as refused:
        alternatives.read(text)
    assert refused.value.cure
    assert "\0" not in str(refused.value)


@pytest.mark.parametrize(
    ("common_name", "shown"),
    [
        ("build.example.com", "DNS:build.example.com"),
        ("10.0.0.1", "IP:10.0.0.1"),
        ("localhost", "DNS:localhost"),
        ("Example", None),
        ("Example Inc. of Example", None),
        ("a@example.com", None),
        ("", None),
    ],
)
def test_a_common_name_is_a_host_or_not(common_name: str, shown: str | None) -> None:
    name = alternatives.of_host(common_name)
    assert (name and alternatives.as_text(name)) == shown
