"""The domain names of a request, and the domains whose owners are asked about them, before anything is stored.

Source: RequestCertificate (API reference); user guide, "ACM certificate characteristics" and "Domain names". How a name
looks at all is checked by the service model's pattern before.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final
from unicodedata import is_normalized

from sealstone.operations.acm.errors import InvalidDomainValidationOptionsException
from sealstone.operations.acm.wording import explained
from sealstone.operations.errors import ValidationError
from sealstone.x509.escaping import shown

WILDCARD: Final = "*."
_LONGEST_COMMON_NAME: Final = 64  # RFC 5280 appendix A.1, ub-common-name
_LONGEST_RECORDED: Final = 253 - len(f"_{'0' * 32}.")
"""A record stands one label below its name, and a name has 253 characters at most (RFC 1035 2.3.4)."""
_HYPHENS: Final = slice(2, 4)
_ENCODED: Final = "xn--"


def names_of(domain_name: str, others: Sequence[str]) -> tuple[str, ...]:
    """All of them in lower case, each once, the domain name first (recorded). Raises ValidationError."""
    if len(domain_name) > _LONGEST_COMMON_NAME:
        raise ValidationError(
            explained(
                f"The domain name {shown(domain_name)} is too long",
                f"it has {len(domain_name)} characters, and a common name has at most {_LONGEST_COMMON_NAME}",
                "give a shorter one as DomainName, and this one among the SubjectAlternativeNames",
            )
        )
    names = tuple(dict.fromkeys(name.lower() for name in (domain_name, *others)))
    for name in names:
        _check_labels(name)
    return names


def check_recordable(names: Sequence[str]) -> None:
    """Whether the record of each name has a name that there can be. Raises ValidationError."""
    for name in names:
        if len(host_of(name)) > _LONGEST_RECORDED:
            raise ValidationError(
                explained(
                    f"The domain name {shown(name)} cannot be validated by DNS",
                    f"it has {len(host_of(name))} characters, and with more than {_LONGEST_RECORDED} the name of its "
                    "record would be longer than the 253 that a name may have",
                    "validate it by EMAIL, or by HTTP when it is no wildcard, or request a shorter name",
                )
            )


def host_of(name: str) -> str:
    """The domain below which a name stands: `*.a.example` and `a.example` are of the same one."""
    return name.removeprefix(WILDCARD)


def validation_domains(names: Sequence[str], options: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Name -> the domain whose mailboxes are written to, of those for which one is given.

    Raises InvalidDomainValidationOptionsException.
    """
    found: dict[str, str] = {}
    for option in options:
        name, domain = option["DomainName"].lower(), option["ValidationDomain"].lower()
        if name not in names:
            raise _unfit(name, "it is none of the names of the certificate", "give each name as in the certificate")
        if name in found:
            raise _unfit(name, "it is given more than once", "give each name once")
        check_above(name, domain)
        found[name] = domain
    return found


def check_above(name: str, domain: str) -> None:
    """Raises InvalidDomainValidationOptionsException: a validation domain is the name itself or one above it."""
    if domain != name and not is_within(name, domain):
        raise _unfit(
            name,
            f"the validation domain {shown(domain)} is neither the name itself nor above it",
            "give the name, or what is left of it without some of its first labels",
        )


def is_within(name: str, domain: str) -> bool:
    """Whether a name is the domain, its wildcard, or below it."""
    return host_of(name) == domain or name.endswith(f".{domain}")


def _unfit(name: str, cause: str, cure: str) -> InvalidDomainValidationOptionsException:
    return InvalidDomainValidationOptionsException(
        explained(f"The validation options of the domain {shown(name)} cannot be used", cause, cure)
    )


def _check_labels(name: str) -> None:
    """Hyphens in the third and fourth place are for A-labels alone (user guide; RFC 5890 2.3.1). ValidationError.

    A last label of digits alone is the end of an IP address (RFC 1123 2.1), and no top-level domain has one.
    """
    if name.rpartition(".")[2].isdigit():
        raise ValidationError(
            explained(
                f"The domain name {shown(name)} is not valid",
                "its last label is a number, as in an IP address, and certificates that are requested have names alone",
                "request a domain name, or import a certificate that has the address",
            )
        )
    for label in host_of(name).split("."):
        if label[_HYPHENS] == "--" and not _is_encoded(label):
            raise ValidationError(
                explained(
                    f"The domain name {shown(name)} is not valid",
                    f"the label {shown(label)} has hyphens in its third and fourth place and is no internationalized "
                    "label",
                    "write internationalized names in their ASCII form, which begins with xn--, as a tool made it",
                )
            )


def _is_encoded(label: str) -> bool:
    """Whether Punycode (RFC 3492) made it out of something that needs it, and would make it again."""
    if not label.startswith(_ENCODED):
        return False
    encoded = label.removeprefix(_ENCODED)
    with suppress(UnicodeError):
        plain = encoded.encode("ascii").decode("punycode")
        # RFC 5891 4.2: letters as people write them, none of them a sign that cannot be seen.
        can_be_read = not plain.isascii() and plain.isprintable() and is_normalized("NFC", plain)
        return can_be_read and plain.encode("punycode").decode("ascii") == encoded
    return False
