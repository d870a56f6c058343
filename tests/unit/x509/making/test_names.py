"""Subjects: a distinguished name with its alternative names."""

import pytest

from sealstone.x509.making import names
from sealstone.x509.making.problems import NameRefused


@pytest.mark.parametrize(
    ("subject", "alternatives", "text", "all_names"),
    [
        ("CN=a.example.com,O=Example", [], "CN=a.example.com,O=Example", ["DNS:a.example.com"]),
        ("a.example.com", ["b.example.com"], "CN=a.example.com", ["DNS:a.example.com", "DNS:b.example.com"]),
        ("a.example.com", ["b.example", "a.example.com"], "CN=a.example.com", ["DNS:a.example.com", "DNS:b.example"]),
        ("O=Example", ["a.example.com"], "O=Example", ["DNS:a.example.com"]),
        ("CN=Example Service", ["10.0.0.1"], "CN=Example Service", ["IP:10.0.0.1"]),
        ("", ["a.example.com", "b.example.com"], "CN=a.example.com", ["DNS:a.example.com", "DNS:b.example.com"]),
        ("", ["10.0.0.1", "a.example.com"], "CN=a.example.com", ["DNS:a.example.com", "IP:10.0.0.1"]),
        ("", ["10.0.0.1"], "CN=10.0.0.1", ["IP:10.0.0.1"]),
        ("", ["*.example.com"], "CN=*.example.com", ["DNS:*.example.com"]),
        ("", ["a." * 40 + "example"], "(an empty name)", ["DNS:" + "a." * 40 + "example"]),
    ],
)
def test_common_name_and_alternatives_go_together(
    subject: str, alternatives: list[str], text: str, all_names: list[str]
) -> None:
    made = names.server(subject, alternatives)
    assert made.text == text
    assert list(made.alternative_texts) == all_names


def test_somebody_must_be_named() -> None:
    with pytest.raises(NameRefused, match="no subject and no name"):
        names.server("", [])


def test_a_flood_of_names_is_refused() -> None:
    with pytest.raises(NameRefused, match="more than 1,000"):
        names.server("a.example.com", [f"h{number}.example.com" for number in range(1000)])


def test_an_authority_has_a_name_only() -> None:
    made = names.authority("CN=root.example.com")
    assert made.common_name == "root.example.com"
    assert made.alternatives == ()
    assert names.authority("O=Example").common_name == ""
