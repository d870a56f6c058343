"""For which hosts a certificate is: its subjectAltName as clients compare it (RFC 9525). The common name never counts.

The names are read from the bytes and compared as bytes; nothing here is for showing.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from sealstone.x509 import der

_SUBJECT_ALTERNATIVE_NAME: Final = bytes.fromhex("551d11")  # 2.5.29.17, RFC 5280 4.2.1.6
_EXTENSIONS: Final = 0xA3
_DNS_NAME: Final = 0x82
_IP_ADDRESS: Final = 0x87
_MOST_EXTENSIONS: Final = 128
_MOST_NAMES: Final = 4096


class UnreadableNames(der.Malformed):
    """The extensions, or the names in them, are not DER or not as they should be; the certificate around them is."""


@dataclass(frozen=True, slots=True)
class HostNames:
    """What a certificate claims to be for."""

    dns: tuple[bytes, ...]
    """As encoded: A-labels, perhaps with `*` as the first."""
    addresses: tuple[bytes, ...]
    """4 or 16 bytes each; other lengths are as they were found."""

    def include(self, host: str) -> bool:
        """Whether a client that asked for `host`, a name in A-labels or an IP address, takes the certificate."""
        address = address_of(host)
        if address is not None:
            return address.packed in self.addresses
        wanted = host.rstrip(".").lower().encode("ascii", "replace")
        return any(_covers(name.lower(), wanted) for name in self.dns)


def of(certificate: bytes) -> HostNames:
    """The names of a certificate in DER. Raises der.Malformed, and of that UnreadableNames."""
    outer = der.whole_sequence(certificate)
    if not outer:
        raise der.Malformed("it is empty")
    fields = der.children(certificate, der.expect(outer[0], der.SEQUENCE))
    extensions = next((field for field in fields if field.tag == _EXTENSIONS), None)
    if extensions is None:
        return HostNames((), ())
    try:
        return _in_extensions(certificate, extensions)
    except der.Malformed as fault:
        raise UnreadableNames(str(fault)) from None


def _in_extensions(certificate: bytes, extensions: der.Element) -> HostNames:
    """RFC 5280 4.1: those of the first that are there."""
    for sequence in der.children(certificate, extensions, 1):
        for extension in der.children(certificate, der.expect(sequence, der.SEQUENCE), _MOST_EXTENSIONS):
            parts = der.children(certificate, der.expect(extension, der.SEQUENCE), 3)
            if parts and der.content(certificate, parts[0]) == _SUBJECT_ALTERNATIVE_NAME:
                return _names(der.content(certificate, der.expect(parts[-1], der.OCTET_STRING)))
    return HostNames((), ())


def _names(value: bytes) -> HostNames:
    """GeneralNames, RFC 5280 4.2.1.6: dNSName is [2] IA5String, iPAddress is [7] OCTET STRING."""
    whole = der.expect(der.element(value, 0, len(value)), der.SEQUENCE)
    found = der.children(value, whole, _MOST_NAMES)
    return HostNames(
        tuple(der.content(value, name) for name in found if name.tag == _DNS_NAME),
        tuple(der.content(value, name) for name in found if name.tag == _IP_ADDRESS),
    )


def address_of(host: str) -> IPv4Address | IPv6Address | None:
    """The IP address that a host is, if it is one; brackets are taken off."""
    try:
        return ip_address(host[1:-1] if host.startswith("[") and host.endswith("]") else host)
    except ValueError:
        return None


def address_from(packed: bytes) -> IPv4Address | IPv6Address | None:
    """The IP address of an iPAddress name; None when it has another length than the two there are."""
    return ip_address(packed) if len(packed) in {4, 16} else None


def _covers(name: bytes, wanted: bytes) -> bool:
    """RFC 9525 6.3: a wildcard is the whole left-most label and stands for exactly one label.

    Not `*.com`: OpenSSL and browsers want two labels behind the asterisk at least.
    """
    if not name.startswith(b"*."):
        return name == wanted and b"*" not in name and name != b""
    parent = name[1:]
    label, dot, rest = wanted.partition(b".")
    return b"*" not in parent and parent.count(b".") >= 2 and label != b"" and dot + rest == parent
