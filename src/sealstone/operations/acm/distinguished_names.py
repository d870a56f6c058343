"""Distinguished names and alternative names as SearchCertificates tells them, attribute by attribute.

Source: API reference, DistinguishedName and GeneralName. Texts from certificates are escaped.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Any, Final

from sealstone.x509 import der, names
from sealstone.x509.escaping import shown

# Object identifiers of RFC 4519 and RFC 5280 appendix A.1 -> members of the API model.
_MEMBERS: Final[Mapping[str, str]] = {
    "2.5.4.3": "CommonName",
    "2.5.4.4": "Surname",
    "2.5.4.5": "SerialNumber",
    "2.5.4.6": "Country",
    "2.5.4.7": "Locality",
    "2.5.4.8": "State",
    "2.5.4.10": "Organization",
    "2.5.4.11": "OrganizationalUnit",
    "2.5.4.12": "Title",
    "2.5.4.42": "GivenName",
    "2.5.4.43": "Initials",
    "2.5.4.44": "GenerationQualifier",
    "2.5.4.46": "DistinguishedNameQualifier",
    "2.5.4.65": "Pseudonym",
}
_DOMAIN_COMPONENT: Final = "0.9.2342.19200300.100.1.25"
_LONGEST: Final = 253
# Attributes of a name as `model.certificate_detail` keeps it: RFC 4514, the highest first. A plus stands between those
# of one step (RFC 4514 2.2), and within a value either sign stands behind a backslash (2.4).
_ATTRIBUTE: Final = re.compile(r"(?:\\.|[^\\,+])+")
_COMMON_NAME: Final = "CN="
_ESCAPED: Final = re.compile(r"\\([^0-9A-Fa-f])")


def told(name: bytes) -> Mapping[str, Any]:
    """DistinguishedName of a DER name that has been read before: of several values of one member the first."""
    members: dict[str, Any] = {}
    components: list[str] = []
    others: list[Mapping[str, str]] = []
    for identifier, text in names.texts(name):
        kind, value = der.dotted(identifier), shown(text, _LONGEST)
        if kind == _DOMAIN_COMPONENT:
            components.append(value)
        elif kind in _MEMBERS:
            members.setdefault(_MEMBERS[kind], value)
        else:
            others.append({"ObjectIdentifier": kind, "Value": value})
    lists = {"DomainComponents": components, "CustomAttributes": others}
    return members | {member: values for member, values in lists.items() if values}


def general_names(texts: Sequence[str]) -> list[Mapping[str, str]]:
    """GeneralName of each: DNS names and IP addresses, which is all that is kept."""
    return [{"IpAddress" if is_address(text) else "DnsName": text} for text in texts]


def is_address(text: str) -> bool:
    """Whether it is an IP address, and no name."""
    with suppress(ValueError):
        return bool(ip_address(text))
    return False


def common_name(subject: str) -> str:
    """The first common name of a subject as it is kept; empty without one."""
    found = next((one for one in _ATTRIBUTE.findall(subject) if one.startswith(_COMMON_NAME)), "")
    return _ESCAPED.sub(r"\1", found.removeprefix(_COMMON_NAME))
