"""Distinguished names as people write them."""

import pytest
from cryptography.x509.oid import NameOID

from sealstone.x509 import names as shown_names
from sealstone.x509.making import distinguished
from sealstone.x509.making.problems import NameRefused


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("CN=build.example.com,O=Example", "CN=build.example.com,O=Example"),
        ("/O=Example/CN=build.example.com", "CN=build.example.com,O=Example"),
        ("build.example.com", "CN=build.example.com"),
        ("Example Root", "CN=Example Root"),
        (" cn = build.example.com , o = Example ", "CN=build.example.com,O=Example"),
        (r"O=Example\, Inc.,C=US", r"O=Example\, Inc.,C=US"),
        (r"/O=A\/B/CN=x", "CN=x,O=A/B"),
        (r"O=Caf\C3\A9", "O=Café"),
        ("O=Café=au lait", "O=Café=au lait"),
        (r"O=\ padded\ ", r"O=\ padded\ "),
        ("OU=b+CN=a,O=c", "CN=a+OU=b,O=c"),  # a SET, in the order of DER
        ("1.2.3.4=x,DC=example,UID=u,emailAddress=a@b.example,S=Bavaria", None),
        ("/C=DE/ST=Bavaria/L=Munich/O=Example/OU=IT/CN=x/emailAddress=a@b.example", None),
        (r"O=\"quoted\"\\", r"O=\"quoted\"\\"),
    ],
)
def test_every_usual_form_is_read(text: str, shown: str | None) -> None:
    name = distinguished.read(text)
    if shown is not None:
        assert shown_names.as_text(name.public_bytes()) == shown
    # What is shown can be read again.
    again = distinguished.read(shown_names.as_text(name.public_bytes()))
    assert again == name


def test_the_forms_differ_in_their_order() -> None:
    first = [attribute.oid for attribute in distinguished.read("CN=a,O=b")]
    assert first == [NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME]
    assert first == [attribute.oid for attribute in distinguished.read("/O=b/CN=a")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "its part CN has 0 characters"),
        ("/", "a part of it has no ="),
        ("CN=a,O", "a part of it has no ="),
        ("CN=a,", "a part of it has no ="),
        ("O=Example, Inc.", "a part of it has no ="),
        ("CN=", "its part CN has 0 characters"),
        ("CN=" + "a" * 65, "its part CN has 65 characters"),
        ("C=USA", "its part C has 3 characters"),
        ("C=U", "its part C has 1 characters"),
        ("C=ÜS", "its part C is not in ASCII"),
        ("XX=a", "unknown type"),
        ("=a", "unknown type"),
        ("0.40.1=a", "no such identifier"),
        ("CN=a\nb", "control character"),
        (r"CN=a\00", "control character"),
        (r"CN=\FF", "not UTF-8"),
        ("CN=a\\", "stands alone"),
        ('O="Example, Inc."', "stands alone"),
        ("CN=a+CN=a", "says the same twice"),
        (",".join(["OU=a"] * 65), "too many parts"),
    ],
)
def test_what_is_no_name_is_told(text: str, reason: str) -> None:
    with pytest.raises(NameRefused, match=reason) as refused:
        distinguished.read(text)
    assert refused.value.cure


@pytest.mark.parametrize("host", ["a.example.com", "*.example.com", "10.0.0.1", "https://a.example/?x=1,2+3"])
def test_a_host_becomes_a_common_name(host: str) -> None:
    name = distinguished.read(distinguished.as_common_name(host))
    assert name.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == host


def test_a_long_host_becomes_none() -> None:
    assert not distinguished.as_common_name("a" * 65)
