"""By which names a load balancer judges a certificate, and which of them are full."""

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID
from tests.pki import Leaf, ec_key, self_signed

from sealstone.x509 import pem, server_names
from sealstone.x509.acceptance import IAM
from sealstone.x509.certificate import read
from sealstone.x509.problems import Part

KEY = ec_key()
GARBLED = x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, b"garbage")
TWO = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name) for name in ("My Server", "www.example.com")])
NOBODY = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example")])
LONG = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "www.example.com")] * 129)
"""More parts than anybody reads."""


def names_of(leaf: Leaf) -> tuple[str, ...]:
    found = read(next(pem.blocks(leaf.certificate_pem, Part.CERTIFICATE)), IAM)
    return server_names.of(found.der, found.subject_name)


@pytest.mark.parametrize(
    ("leaf", "names"),
    [
        (self_signed("My Server", alternative_names=["a.example", "b.example"], key=KEY), ("a.example", "b.example")),
        (self_signed("www.example.com", alternative_names=["192.0.2.1"], key=KEY), ("www.example.com",)),
        (self_signed("www.example.com", alternative_names=[], key=KEY), ("www.example.com",)),
        (self_signed("x", subject=TWO, alternative_names=[], key=KEY), ("My Server", "www.example.com")),
        (self_signed("x", subject=NOBODY, alternative_names=[], key=KEY), ()),
        (self_signed("x", subject=LONG, alternative_names=[], key=KEY), ()),
        (self_signed("www.example.com", alternative_names=[], extensions=[GARBLED], key=KEY), ()),
    ],
    ids=["DNS", "an address", "a common name", "two", "none", "a long subject", "unreadable"],
)
def test_names(leaf: Leaf, names: tuple[str, ...]) -> None:
    assert names_of(leaf) == names


@pytest.mark.parametrize("name", ["www.example.com", "*.example.com", "a_b.example", "3.example", "WWW.EXAMPLE.COM"])
def test_full_names(name: str) -> None:
    assert server_names.is_fully_qualified(name)


NOT_FULL = """
    localhost .example.com x..example.com *.*.example.com a*.example.com www.example.com. bücher.example
    192.0.2.1 *.192.0.2.1 ::1
"""


@pytest.mark.parametrize("name", ["", "My Server", "www.example.com\n", *NOT_FULL.split()])
def test_names_that_are_not_full(name: str) -> None:
    assert not server_names.is_fully_qualified(name)
