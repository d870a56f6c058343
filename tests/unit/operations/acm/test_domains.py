"""Names of a request: which there are, which are refused, and who is asked about them."""

import pytest

from sealstone.operations.acm import domain_validations, domains
from sealstone.operations.acm.errors import InvalidDomainValidationOptionsException
from sealstone.operations.errors import ValidationError


def test_each_name_once_and_in_lower_case() -> None:
    assert domains.names_of("B.example", ["a.example", "b.EXAMPLE", "*.a.example"]) == (
        "b.example",
        "a.example",
        "*.a.example",
    )
    longest = f"{'a' * 56}.example"
    assert domains.names_of(longest, [f"a.{longest}"])[1] == f"a.{longest}"


@pytest.mark.parametrize(
    "label",
    [
        "ab--c",
        "xn--",
        "xn--a",  # U+0080, which nobody can see
        "xn--abc",
        "xn--a-",  # nothing in it needs Punycode
        "xn--u-ccb",  # u and a combining diaeresis, where there is a letter for both
        "xn--99999999",
        "aa--",
    ],
)
def test_labels_that_only_look_encoded(label: str) -> None:
    with pytest.raises(ValidationError, match="has hyphens in its third and fourth place"):
        domains.names_of(f"{label}.example", [])


@pytest.mark.parametrize("label", ["xn--bcher-kva", "xn--strae-oqa", "xn--fiqs8s", "a--b", "abc--d", "xn-a"])
def test_labels_that_are_fine(label: str) -> None:
    assert domains.names_of(f"*.{label}.example", ["a.example"])


@pytest.mark.parametrize("name", ["10.0.0.1", "*.0.0.1", "a.example.42"])
def test_addresses_are_no_names(name: str) -> None:
    with pytest.raises(ValidationError, match="Its last label is a number, as in an IP address"):
        domains.names_of("a.example", [name])
    assert domains.names_of("1.2.example", ["4.a1"]) == ("1.2.example", "4.a1")


def test_a_record_has_room_before_the_name() -> None:
    """`_`, 32 digits and a full stop: 34 of the 253 characters that a name may have."""
    fits = ".".join(["a" * 54] * 3 + ["a" * 46, "example"])
    assert len(fits) == 219
    domains.check_recordable([fits, f"*.{fits}"])
    for name in (f"a{fits}", f"*.a{fits}"):
        with pytest.raises(ValidationError, match="It has 220 characters, and with more than 219 the name of its"):
            domains.check_recordable(["a.example", name])


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("a.b.example", "a.b.example"),
        ("a.b.example", "b.example"),
        ("*.b.example", "b.example"),
        ("*.b.example", "*.b.example"),
        ("*.a.b.example", "b.example"),
    ],
)
def test_a_validation_domain_is_the_name_or_above_it(name: str, domain: str) -> None:
    domains.check_above(name, domain)


@pytest.mark.parametrize(("name", "domain"), [("b.example", "a.b.example"), ("ab.example", "b.example")])
def test_and_none_beside_it(name: str, domain: str) -> None:
    with pytest.raises(InvalidDomainValidationOptionsException):
        domains.check_above(name, domain)


@pytest.mark.parametrize(
    ("name", "domain", "host"),
    [
        ("www.a.example", None, "a.example"),
        ("*.a.example", None, "a.example"),
        ("*.www.a.example", None, "a.example"),
        ("www.example", None, "www.example"),
        ("www.a.example", "www.a.example", "www.a.example"),
        ("*.a.example", "*.a.example", "a.example"),
    ],
)
def test_whose_mail_is_written_to(name: str, domain: str | None, host: str) -> None:
    one = domain_validations.by_mail(name, domain)
    assert {email.partition("@")[2] for email in one.emails} == {host}
    assert one.validation_domain == (domain or name)
