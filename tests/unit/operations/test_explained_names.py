"""What `sealstone explain --for elb` says of a certificate's names is what application load balancers do with it."""

from ipaddress import ip_address
from typing import Final

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from tests.house_fixture import ACCOUNT, World
from tests.pki import NOW, Leaf, ec_key, self_signed
from tests.submissions import explained, of_leaf

from sealstone.operations.certificate_references import CertificateReference, of_server_certificate
from sealstone.operations.elbv2.certificates import fault
from sealstone.store import server_certificates

KEY: Final = ec_key()
ADDRESS: Final = x509.IPAddress(ip_address("192.0.2.1"))
LONG_LENGTH: Final = b"\x30\x81\x11\x82\x0fwww.example.com"
"""BER, and not DER."""


def alternatives(*names: x509.GeneralName) -> x509.ExtensionType:
    return x509.SubjectAlternativeName(names)


def encoded(value: bytes) -> x509.ExtensionType:
    return x509.UnrecognizedExtension(x509.OID_SUBJECT_ALTERNATIVE_NAME, value)


ROWS: Final[dict[str, tuple[str, x509.ExtensionType | None, bool]]] = {
    "a host": ("My Server", alternatives(x509.DNSName("www.example.com")), True),
    "a wildcard": ("My Server", alternatives(x509.DNSName("*.example.com")), True),
    "a label": ("www.example.com", alternatives(x509.DNSName("localhost")), False),
    "an odd label": ("My Server", alternatives(x509.DNSName("-a.example.com")), True),
    "a label that is too long": ("My Server", alternatives(x509.DNSName(f"{'a' * 64}.example.com")), True),
    "a root": ("My Server", alternatives(x509.DNSName("www.example.com.")), False),
    "an address and a common name": ("www.example.com", alternatives(ADDRESS), True),
    "an address alone": ("My Server", alternatives(ADDRESS), False),
    "an address as a name": ("www.example.com", alternatives(x509.DNSName("192.0.2.1")), False),
    "an address as both names": ("192.0.2.1", alternatives(x509.DNSName("192.0.2.1")), False),
    "an address as the common name": ("192.0.2.1", None, False),
    "a wildcard for addresses": ("My Server", alternatives(x509.DNSName("*.192.0.2.1")), False),
    "a mailbox": ("www.example.com", alternatives(x509.RFC822Name("a@example.com")), True),
    "no alternative names": ("www.example.com", None, True),
    "no host at all": ("My Server", None, False),
    "a common name that ends in a blank": ("www.example.com ", None, False),
    "a common name with a comma": ("a,www.example.com", None, False),
    "a name that cannot be shown": ("My Server", alternatives(x509.DNSName("a\x1b.example.com")), False),
    "names in BER": ("www.example.com", encoded(LONG_LENGTH), False),
    "names that are garbage": ("www.example.com", encoded(b"garbage"), False),
}
"""Common name, alternative names, and whether a listener takes the certificate."""


def attachable(world: World, leaf: Leaf) -> bool:
    form = {
        "Action": "UploadServerCertificate",
        "ServerCertificateName": "one",
        "CertificateBody": leaf.certificate_pem,
        "PrivateKey": leaf.private_key_pem,
    }
    world.done("iam", form)
    with world.store.reading() as tx:
        stored = server_certificates.find(tx, ACCOUNT, "one")
    assert stored is not None
    found = of_server_certificate(stored)
    assert isinstance(found, CertificateReference)
    return not fault(found, is_network=False)


@pytest.mark.parametrize(("common_name", "names", "taken"), ROWS.values(), ids=ROWS)
def test_both_say_the_same(world: World, common_name: str, names: x509.ExtensionType | None, taken: bool) -> None:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    extensions = [names] if names else []
    leaf = self_signed(subject=subject, alternative_names=(), extensions=extensions, key=KEY, valid_at=NOW)
    assert explained(of_leaf(leaf), "elb").accepted is taken
    assert attachable(world, leaf) is taken
