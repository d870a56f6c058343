"""Which certificates listeners of the second generation can use."""

from typing import Final

import pytest
from tests.pki import NOW

from sealstone.operations.certificate_references import CertificateReference
from sealstone.operations.elbv2.certificates import fault

LARGE: Final = (
    "and an application load balancer takes RSA of at most 4096 bits or EC; use a certificate with such a key."
)
TOO_LARGE: Final = (
    "and a network load balancer takes RSA of at most 3072 bits or EC; use a certificate with such a key, or an "
    "application load balancer."
)


def reference(key: str = "EC P-256", names: tuple[str, ...] = ("www.example.com",)) -> CertificateReference:
    return CertificateReference("ASCA1", "arn", NOW, names, key)


@pytest.mark.parametrize(
    ("key", "application", "network"),
    [
        ("RSA 1024", "", ""),
        ("RSA 3072", "", ""),
        ("RSA 4096", "", TOO_LARGE),
        ("RSA 8192", LARGE, TOO_LARGE),
        ("EC P-256", "", ""),
        ("EC P-384", "", ""),
        ("EC P-521", "", ""),
        ("EC secp256k1", LARGE, TOO_LARGE),
        ("Ed25519", LARGE, TOO_LARGE),
    ],
)
def test_keys(key: str, application: str, network: str) -> None:
    for is_network, words in ((False, application), (True, network)):
        assert fault(reference(key), is_network=is_network) == (f"Its key is {key}, {words}" if words else "")


@pytest.mark.parametrize(
    ("names", "good"),
    [
        (("www.example.com",), True),
        (("*.example.com",), True),
        (("localhost", "a.example"), True),
        (("1.0", "3.example"), True),
        ((), False),
        (("My Server",), False),
        (("localhost",), False),
        (("a*.example.com",), False),
        (("192.0.2.1",), False),
    ],
)
@pytest.mark.parametrize("is_network", [False, True])
def test_names(names: tuple[str, ...], good: bool, is_network: bool) -> None:
    found = fault(reference(names=names), is_network=is_network)
    assert found.startswith("" if good else "Neither its DNS names")
    assert (found == "") is good
