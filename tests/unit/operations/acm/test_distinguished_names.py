"""Names as a search tells them: which attribute is which member."""

import pytest
from cryptography import x509

from sealstone.operations.acm.distinguished_names import common_name, general_names, is_address, told

OID = x509.NameOID


def name(*attributes: tuple[x509.ObjectIdentifier, str]) -> bytes:
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in attributes]).public_bytes()


def test_each_attribute_has_its_member() -> None:
    found = told(
        name(
            *((OID.DOMAIN_COMPONENT, "example"), (OID.DOMAIN_COMPONENT, "a"), (OID.COUNTRY_NAME, "AU")),
            *((OID.STATE_OR_PROVINCE_NAME, "S"), (OID.LOCALITY_NAME, "L"), (OID.ORGANIZATION_NAME, "O")),
            *((OID.ORGANIZATIONAL_UNIT_NAME, "U"), (OID.ORGANIZATIONAL_UNIT_NAME, "second"), (OID.TITLE, "T")),
            *((OID.SURNAME, "N"), (OID.GIVEN_NAME, "G"), (OID.INITIALS, "I"), (OID.GENERATION_QUALIFIER, "III")),
            *((OID.DN_QUALIFIER, "Q"), (OID.PSEUDONYM, "P"), (OID.SERIAL_NUMBER, "1"), (OID.COMMON_NAME, "c\nn")),
            (OID.EMAIL_ADDRESS, "a@b.example"),
        )
    )
    assert found == {
        "DomainComponents": ["example", "a"],
        "Country": "AU",
        "State": "S",
        "Locality": "L",
        "Organization": "O",
        "OrganizationalUnit": "U",
        "Title": "T",
        "Surname": "N",
        "GivenName": "G",
        "Initials": "I",
        "GenerationQualifier": "III",
        "DistinguishedNameQualifier": "Q",
        "Pseudonym": "P",
        "SerialNumber": "1",
        "CommonName": "c\\0An",
        "CustomAttributes": [{"ObjectIdentifier": "1.2.840.113549.1.9.1", "Value": "a@b.example"}],
    }
    assert told(name()) == {}


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("C=AU,O=Example,CN=a.example", "a.example"),
        ("CN=first,CN=second", "first"),
        ("O=CN=x\\, CN=y", ""),
        ('CN=a\\, \\"b\\"', 'a, "b"'),
        ("CN=a\\0Ab", "a\\0Ab"),
        ("O=Example,OU=unit+CN=a.example", "a.example"),
        ("CN=a.example+OU=unit,CN=b.example", "a.example"),
        ("OU=u\\+CN=x,CN=one\\+two", "one+two"),
        ("", ""),
    ],
)
def test_the_common_name_of_a_subject(subject: str, found: str) -> None:
    assert common_name(subject) == found


def test_addresses_are_no_names() -> None:
    assert is_address("2001:db8::1")
    assert general_names(["a.example", "10.0.0.1"]) == [{"DnsName": "a.example"}, {"IpAddress": "10.0.0.1"}]
