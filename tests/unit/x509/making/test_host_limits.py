"""An authority below another one can only narrow: what is beyond, and what is left."""

import os

import pytest
from tests.pki import NOW

from sealstone.x509.making import authority, constraints, host_limits, keys, names
from sealstone.x509.making.problems import IssuerRefused

Names = tuple[str, ...]


def root(*permit: str) -> bytes:
    limits = constraints.read(permit, ())
    subject = names.authority("CN=Root,O=Tests")
    return authority.root(subject, keys.new("p256"), at=NOW, names=limits, random=os.urandom).certificate


@pytest.mark.parametrize(
    ("permit", "found"),
    [
        ((), ()),
        (("DNS:a.example", "DNS:B.example"), ("a.example", "b.example")),
        (("DNS:a.example", "email:a.example"), ("a.example",)),
    ],
)
def test_permitted_hosts_are_read_from_a_certificate(permit: Names, found: Names) -> None:
    assert host_limits.permitted(root(*permit)) == found


def test_constraints_without_anything_permitted_permit_every_host() -> None:
    limits = constraints.read((), ("DNS:a.example",))
    made = authority.root(names.authority("CN=R,O=T"), keys.new("p256"), at=NOW, names=limits, random=os.urandom)
    assert host_limits.permitted(made.certificate) == ()


def test_what_is_no_certificate_is_refused() -> None:
    with pytest.raises(IssuerRefused, match="cannot be read"):
        host_limits.permitted(b"0")


@pytest.mark.parametrize(
    ("wanted", "above", "beyond", "within"),
    [
        ((), (), (), ()),
        (("a.example",), (), (), ("a.example",)),
        (("a.example",), ("a.example",), (), ("a.example",)),
        (("x.a.example",), ("a.example",), (), ("x.a.example",)),
        ((), ("a.example",), ("",), ("a.example",)),
        (("b.example",), ("a.example",), ("b.example",), ("a.example",)),
        (("ba.example",), ("a.example",), ("ba.example",), ("a.example",)),
        (("example",), ("a.example", "b.test"), ("example",), ("a.example",)),
        (("a.example", "b.example"), ("a.example",), ("b.example",), ("a.example",)),
        (("x.a.example", "example"), ("a.example",), ("example",), ("x.a.example", "a.example")),
    ],
)
def test_one_below_can_only_narrow(wanted: Names, above: Names, beyond: Names, within: Names) -> None:
    assert host_limits.beyond(wanted, above) == beyond
    assert host_limits.within(wanted, above) == within
    assert host_limits.beyond(within, above) == ()


def test_it_is_told_to_people() -> None:
    assert host_limits.told(("a.example", "b.example")) == "hosts below a.example, b.example"
    assert host_limits.told(()) == host_limits.told(("",)) == "every host"
