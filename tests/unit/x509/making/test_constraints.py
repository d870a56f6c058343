"""Name constraints: written, and held against names as verifiers will."""

import pytest
from cryptography import x509

from sealstone.x509.making import constraints, names
from sealstone.x509.making.alternatives import as_text
from sealstone.x509.making.problems import IssuerRefused, NameRefused


def texts(subtrees: list[x509.GeneralName] | None) -> list[str]:
    return [as_text(name) for name in subtrees or []]


EVERY_ADDRESS = ["IP:0.0.0.0/0", "IP:::/0"]


@pytest.mark.parametrize(
    ("permit", "exclude", "permitted", "excluded"),
    [
        (["DNS:example.com"], [], ["DNS:example.com"], EVERY_ADDRESS),
        (["DNS:.example.com"], [], ["DNS:example.com"], EVERY_ADDRESS),
        (["IP:10.0.0.0/8"], [], ["IP:10.0.0.0/8"], ["DNS:"]),
        (["dns:a.example", "ip:10.0.0.0/8"], [], ["DNS:a.example", "IP:10.0.0.0/8"], []),
        (["email:example.com"], [], ["email:example.com"], ["DNS:", *EVERY_ADDRESS]),
        (["DNS:a.example"], ["IP:::/0"], ["DNS:a.example"], ["IP:::/0", "IP:0.0.0.0/0"]),
        ([], ["DNS:bad.example"], [], ["DNS:bad.example"]),
        ([], ["URI:.example.com", "email:a@b.example"], [], ["URI:.example.com", "email:a@b.example"]),
    ],
)
def test_what_is_permitted_permits_nothing_else(
    permit: list[str], exclude: list[str], permitted: list[str], excluded: list[str]
) -> None:
    made = constraints.read(permit, exclude)
    assert made
    assert texts(made.permitted_subtrees) == permitted
    assert texts(made.excluded_subtrees) == excluded


def test_no_constraints_are_none() -> None:
    assert constraints.read([], []) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("example.com", "it has no kind"),
        ("X:example.com", "it has no kind"),
        ("DNS:*.example.com", "no host name"),
        ("DNS:", "no host name"),
        ("IP:10.0.0.1/8", "no network"),
        ("IP:example.com", "no network"),
        ("email:a b@example.com", "no mail address"),
        ("URI:https://example.com", "no host name"),
    ],
)
def test_what_is_no_constraint_is_told(text: str, reason: str) -> None:
    with pytest.raises(NameRefused, match=reason):
        constraints.read([text], [])


@pytest.mark.parametrize(
    ("permit", "exclude", "allowed", "refused"),
    [
        (
            ["DNS:example.com"],
            ["DNS:secret.example.com"],
            ["example.com", "a.b.EXAMPLE.com", "*.a.example.com"],
            [
                "*.example.com",
                "*.secret.example.com",
                "badexample.com",
                "example.org",
                "secret.example.com",
                "x.secret.example.com",
                "10.0.0.1",
                "::1",
            ],
        ),
        (
            ["IP:10.0.0.0/8", "IP:2001:db8::/32", "DNS:a.example"],
            [],
            ["10.1.2.3", "2001:db8::1", "a.example"],
            ["11.0.0.1", "2001:db9::1"],
        ),
        (
            ["email:example.com", "email:.example.org", "email:one@example.net"],
            [],
            ["a@example.com", "a@b.example.org", "one@example.net"],
            ["a@b.example.com", "a@example.org", "two@example.net"],
        ),
        (
            ["URI:example.com", "URI:.example.org"],
            [],
            ["https://Example.com/a", "https://a.example.org:8443/"],
            ["https://a.example.com/", "https://example.org/", "urn:example:a"],
        ),
        ([], ["URI:example.com"], ["https://example.org"], ["https://example.com"]),
    ],
)
def test_names_are_held_against_constraints(
    permit: list[str], exclude: list[str], allowed: list[str], refused: list[str]
) -> None:
    made = constraints.read(permit, exclude)
    assert made
    for name in allowed:
        constraints.check(made, names.server("O=Example", [name if ":/" not in name else f"URI:{name}"]))
    for name in refused:
        prefix = "URI:" if name.startswith(("https:", "urn:")) else ""
        with pytest.raises(IssuerRefused, match="may issue for"):
            constraints.check(made, names.server("O=Example", [prefix + name]))


@pytest.mark.parametrize("subject", ["CN=10.0.0.1", "CN=a.example"])
def test_a_common_name_like_a_host_counts_as_one(subject: str) -> None:
    made = constraints.read(["IP:10.0.0.0/8"], [])
    assert made
    holder = names.Subject(names.server(subject, ["10.0.0.1"]).name, names.server("O=x", ["10.0.0.1"]).alternatives)
    with pytest.raises(IssuerRefused, match="take the common name for a host") as refused:
        constraints.check(made, holder)
    assert "excluded" in refused.value.cause


@pytest.mark.parametrize("subject", ["CN=Example", "CN=Example Inc. of Example", "O=Example"])
def test_any_other_common_name_does_not(subject: str) -> None:
    made = constraints.read(["IP:10.0.0.0/8"], [])
    assert made
    constraints.check(made, names.server(subject, ["10.0.0.1"]))


def test_a_mailbox_in_the_subject_is_held_to_the_constraints() -> None:
    """RFC 5280 4.2.1.10; `openssl verify` refuses it."""
    made = constraints.read(["email:example.com"], [])
    assert made is not None
    constraints.check(made, names.server("CN=a,emailAddress=x@example.com", ["a@example.com"]))
    with pytest.raises(IssuerRefused, match="may issue for"):
        constraints.check(made, names.server("CN=a,emailAddress=x@other.example", ["a@example.com"]))
    with pytest.raises(IssuerRefused, match="no mailbox"):
        constraints.check(made, names.server("CN=a,emailAddress=nobody", ["a@example.com"]))
