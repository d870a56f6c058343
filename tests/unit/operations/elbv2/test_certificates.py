"""Which certificates listeners of the second generation can use."""

from typing import Any

import pytest
from tests.pki import NOW

from sealstone.operations.certificate_references import CertificateReference
from sealstone.operations.elbv2.certificates import is_supported


@pytest.mark.parametrize(
    ("key", "names", "supported"),
    [
        ("RSA 1024", ("www.example.com",), True),
        ("RSA 4096", ("www.example.com",), True),
        ("RSA 8192", ("www.example.com",), False),
        ("EC P-256", ("*.example.com",), True),
        ("EC P-384", (), True),
        ("EC P-521", ("localhost", "a.example"), True),
        ("EC secp256k1", ("www.example.com",), False),
        ("Ed25519", ("www.example.com",), False),
        ("EC P-256", ("localhost",), False),
        ("EC P-256", ("a*.example.com",), False),
    ],
)
def test_keys_and_names(key: str, names: tuple[str, ...], supported: bool) -> None:
    reference: Any = CertificateReference("ASCA1", "arn", NOW, names, key)
    assert is_supported(reference) is supported
