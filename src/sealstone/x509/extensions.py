"""Extensions of a certificate or a request, read leniently for showing (RFC 5280 4.2). Nothing is refused here.

An extension that cannot be read is a fault in words beside the others, which are shown all the same (attacks X4, X5,
X6). Nothing is computed from them: no constraint is applied, no policy evaluated.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Final

from sealstone.x509 import der, names
from sealstone.x509.escaping import shown

_MOST: Final = 1000
_MOST_NAMES: Final = 10_000
_LONGEST_NAME: Final = 1000
_LONGEST_IDENTIFIER: Final = 64
_KNOWN: Final[Mapping[str, str]] = {
    "2.5.29.14": "subjectKeyIdentifier",
    "2.5.29.15": "keyUsage",
    "2.5.29.17": "subjectAltName",
    "2.5.29.18": "issuerAltName",
    "2.5.29.19": "basicConstraints",
    "2.5.29.30": "nameConstraints",
    "2.5.29.31": "cRLDistributionPoints",
    "2.5.29.32": "certificatePolicies",
    "2.5.29.35": "authorityKeyIdentifier",
    "2.5.29.36": "policyConstraints",
    "2.5.29.37": "extKeyUsage",
    "2.5.29.54": "inhibitAnyPolicy",
    "1.3.6.1.5.5.7.1.1": "authorityInfoAccess",
    "1.3.6.1.5.5.7.1.24": "tlsFeature",
    "1.3.6.1.4.1.11129.2.4.2": "signedCertificateTimestamps",
    "1.3.6.1.4.1.11129.2.4.3": "precertificatePoison",
}
_PROCESSED: Final = frozenset(
    # Those that RFC 5280 section 6 has clients process, and what OpenSSL takes besides (X509_supported_extension).
    {
        "2.5.29.15",
        "2.5.29.17",
        "2.5.29.19",
        "2.5.29.30",
        "2.5.29.31",
        "2.5.29.32",
        "2.5.29.33",  # policyMappings
        "2.5.29.36",
        "2.5.29.37",
        "2.5.29.54",
        "1.3.6.1.5.5.7.48.1.5",  # OCSP noCheck
        "2.16.840.1.113730.1.1",  # Netscape certificate type
    }
)
_USAGES: Final = (  # the bits in order, RFC 5280 4.2.1.3
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)
_PURPOSES: Final[Mapping[str, str]] = {  # RFC 5280 4.2.1.12, and what OpenSSL names besides
    "2.5.29.37.0": "any",
    "1.3.6.1.5.5.7.3.1": "serverAuth",
    "1.3.6.1.5.5.7.3.2": "clientAuth",
    "1.3.6.1.5.5.7.3.3": "codeSigning",
    "1.3.6.1.5.5.7.3.4": "emailProtection",
    "1.3.6.1.5.5.7.3.8": "timeStamping",
    "1.3.6.1.5.5.7.3.9": "OCSPSigning",
    "1.3.6.1.5.5.7.3.17": "ipsecIKE",
    "1.3.6.1.4.1.311.10.3.3": "msSGC",
    "2.16.840.1.113730.4.1": "nsSGC",
}
_OCSP: Final = "1.3.6.1.5.5.7.48.1"  # RFC 5280 4.2.2.1
_CA_ISSUERS: Final = "1.3.6.1.5.5.7.48.2"
_OTHER_NAME: Final = 0xA0
_EMAIL: Final = 0x81
_DNS: Final = 0x82
_DIRECTORY: Final = 0xA4
_URI: Final = 0x86
_ADDRESS: Final = 0x87
_REGISTERED: Final = 0x88
_CONSTRUCTED: Final = 0x20
_GENERAL_NAMES: Final = frozenset({_OTHER_NAME, _EMAIL, _DNS, 0xA3, _DIRECTORY, 0xA5, _URI, _ADDRESS, _REGISTERED})
_POINT_NAME, _REASONS, _CRL_ISSUER = 0xA0, 0x81, 0xA2  # RFC 5280 4.2.1.13
_FULL_NAME, _RELATIVE_NAME = 0xA0, 0xA1
_TEXTS: Final[Mapping[int, str]] = {_EMAIL: "email", _DNS: "DNS", _URI: "URI"}


@dataclass(frozen=True, slots=True)
class Extensions:
    """What extensions say. Empty or None where there is none; all texts are escaped for showing."""

    alternative_names: tuple[str, ...] = ()
    """`DNS:a.example`, `IP:10.0.0.1`, `URI:`, `email:`, `dirName:`, `RID:`, `otherName:` (RFC 5280 4.2.1.6)."""
    usages: tuple[str, ...] = ()
    """As RFC 5280 4.2.1.3 names them: `digitalSignature`."""
    extended_usages: tuple[str, ...] = ()
    """`serverAuth`, `any`; dotted when there is no name."""
    authority: bool | None = None
    """What BasicConstraints say; None without them."""
    path_length: int | None = None
    key_identifier: str = ""
    """Subject key identifier, lower-case hex."""
    authority_key_identifier: str = ""
    authority_serial_number: int | None = None
    """Of the issuer's own certificate, where it is named by that."""
    issuer_urls: tuple[str, ...] = ()
    """Where the issuer's certificate is (authority information access, caIssuers)."""
    responder_urls: tuple[str, ...] = ()
    """Where OCSP is answered."""
    longest_responder_url: int = 0
    """Characters of the longest of them as it stands there, before anything was cut or escaped."""
    revocation_list_urls: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    """Names of those that are there and not told about: `nameConstraints (critical)`; dotted without a name."""
    unprocessed: tuple[str, ...] = ()
    """Names of those marked as critical that clients do not know or cannot read: they must refuse (RFC 5280 4.2)."""
    faults: tuple[str, ...] = ()
    """What cannot be read, or is there twice, in whole clauses."""


_Reader = Callable[[Extensions, bytes], Extensions]


def read(data: bytes, sequence: der.Element) -> Extensions:
    """Those of `Extensions ::= SEQUENCE OF Extension`. What cannot be read becomes a fault; raises nothing for it."""
    try:
        each = der.children(data, der.expect(sequence, der.SEQUENCE), _MOST)
    except der.Malformed as fault:
        return Extensions(faults=(f"its extensions cannot be read: {fault}",))
    found = Extensions()
    seen: set[str] = set()
    for extension in each:
        try:
            identifier, is_critical, value = _parts(data, extension)
        except der.Malformed as fault:
            found = _with_fault(found, f"an extension cannot be read: {fault}")
            continue
        name = _KNOWN.get(identifier, identifier)
        if identifier in seen:  # RFC 5280 4.2; the first one counts here, and clients differ
            found = _with_fault(found, f"the extension {name} is there twice")
            continue
        seen.add(identifier)
        with_it = _with(found, identifier, f"{name} (critical)" if is_critical else name, value)
        if is_critical and (identifier not in _PROCESSED or len(with_it.faults) > len(found.faults)):
            with_it = replace(with_it, unprocessed=(*with_it.unprocessed, name))
        found = with_it
    return found


def _with(found: Extensions, identifier: str, name: str, value: bytes) -> Extensions:
    reader = _READERS.get(identifier)
    if reader is None:
        return replace(found, others=(*found.others, name))
    try:
        return reader(found, value)
    except der.Malformed as fault:
        return _with_fault(found, f"the extension {name} cannot be read: {fault}")


def _with_fault(found: Extensions, fault: str) -> Extensions:
    return replace(found, faults=(*found.faults, fault))


def _parts(data: bytes, extension: der.Element) -> tuple[str, bool, bytes]:
    """Identifier, whether critical, and the value's DER. Raises der.Malformed."""
    fields = der.children(data, der.expect(extension, der.SEQUENCE))
    if not 2 <= len(fields) <= 3:
        raise der.Malformed("it has not two or three values")
    identifier = der.dotted(der.content(data, der.expect(fields[0], der.OBJECT_IDENTIFIER)))
    is_critical = len(fields) == 3 and der.content(data, der.expect(fields[1], der.BOOLEAN)) != b"\x00"
    return identifier, is_critical, der.content(data, der.expect(fields[-1], der.OCTET_STRING))


def _whole(value: bytes, tag: int) -> der.Element:
    """The one element that the value consists of. Raises der.Malformed."""
    found = der.expect(der.element(value, 0, len(value)), tag)
    if found.end != len(value):
        raise der.Malformed(f"{len(value) - found.end} bytes follow its end")
    return found


# --- one reader for each kind ---


def _alternative_names(found: Extensions, value: bytes) -> Extensions:
    each = der.children(value, _whole(value, der.SEQUENCE), _MOST_NAMES)
    return replace(found, alternative_names=tuple(_general_name(value, name) for name in each))


def _usages(found: Extensions, value: bytes) -> Extensions:
    bits = der.content(value, _whole(value, der.BIT_STRING))[1:]
    usages = tuple(name for at, name in enumerate(_USAGES) if at // 8 < len(bits) and bits[at // 8] & 0x80 >> at % 8)
    return replace(found, usages=usages)


def _extended_usages(found: Extensions, value: bytes) -> Extensions:
    each = der.children(value, _whole(value, der.SEQUENCE), _MOST)
    dotted = [der.dotted(der.content(value, der.expect(one, der.OBJECT_IDENTIFIER))) for one in each]
    return replace(found, extended_usages=tuple(_PURPOSES.get(one, one) for one in dotted))


def _basic_constraints(found: Extensions, value: bytes) -> Extensions:
    """RFC 5280 4.2.1.9: the flag's default is false."""
    authority, path_length = False, None
    for field in der.children(value, _whole(value, der.SEQUENCE)):
        if field.tag == der.BOOLEAN:
            authority = der.content(value, field) != b"\x00"
        else:
            path_length = der.integer(value, field)
    # A longer chain than this is nobody's, and a longer number is not shown.
    return replace(found, authority=authority, path_length=None if path_length is None else min(path_length, 2**31))


def _key_identifier(found: Extensions, value: bytes) -> Extensions:
    octets = der.content(value, _whole(value, der.OCTET_STRING))
    return replace(found, key_identifier=octets[:_LONGEST_IDENTIFIER].hex())


def _authority_key_identifier(found: Extensions, value: bytes) -> Extensions:
    """RFC 5280 4.2.1.1: `[0]` is the identifier, `[2]` the serial number; the name of `[1]` is not told."""
    fields = {field.tag: der.content(value, field) for field in der.children(value, _whole(value, der.SEQUENCE))}
    serial_number = fields.get(0x82)
    return replace(
        found,
        authority_key_identifier=fields.get(0x80, b"")[:_LONGEST_IDENTIFIER].hex(),
        authority_serial_number=None if serial_number is None else int.from_bytes(serial_number, "big", signed=True),
    )


def _information_access(found: Extensions, value: bytes) -> Extensions:
    issuers: list[str] = []
    responders: list[str] = []
    longest = 0
    for access in der.children(value, _whole(value, der.SEQUENCE), _MOST):
        fields = der.children(value, der.expect(access, der.SEQUENCE))
        if len(fields) != 2:
            raise der.Malformed("an access description is not a pair")
        method = der.dotted(der.content(value, der.expect(fields[0], der.OBJECT_IDENTIFIER)))
        if fields[1].tag == _URI and method in {_OCSP, _CA_ISSUERS}:
            (issuers if method == _CA_ISSUERS else responders).append(_text(value, fields[1]))
            # An IA5String has as many characters as bytes.
            longest = max(longest, len(der.content(value, fields[1])) if method == _OCSP else 0)
    return replace(found, issuer_urls=tuple(issuers), responder_urls=tuple(responders), longest_responder_url=longest)


def _distribution_points(found: Extensions, value: bytes) -> Extensions:
    """RFC 5280 4.2.1.13: the URIs in `DistributionPoint.distributionPoint.fullName`.

    The rest is only held against the grammar: OpenSSL takes a certificate for damaged, and for nobody's issuer, when
    these cannot be read, critical or not.
    """
    urls: list[str] = []
    for point in der.children(value, _whole(value, der.SEQUENCE), _MOST):
        fields = der.children(value, der.expect(point, der.SEQUENCE))
        tags = [field.tag for field in fields]
        if tags != [tag for tag in (_POINT_NAME, _REASONS, _CRL_ISSUER) if tag in tags]:
            raise der.Malformed("a distribution point has other fields than RFC 5280 names, or in another order")
        for field in fields:
            if field.tag == _REASONS:
                _check_reasons(der.content(value, field))
            else:
                urls += _point_names(value, field)
        if not any(field.tag != _REASONS and field.end > field.content for field in fields):
            raise der.Malformed("a distribution point says neither where a list is nor whose it is")
    return replace(found, revocation_list_urls=tuple(urls))


def _point_names(value: bytes, field: der.Element) -> list[str]:
    """The URIs of a DistributionPointName; none of a CRL issuer, whose names are only checked. Raises der.Malformed."""
    if field.tag == _CRL_ISSUER:
        _check_general_names(der.children(value, field, _MOST))
        return []
    named = der.children(value, field)
    if len(named) != 1 or named[0].tag not in {_FULL_NAME, _RELATIVE_NAME}:
        raise der.Malformed("the name of a distribution point is not one of the two kinds")
    each = der.children(value, named[0], _MOST)
    if named[0].tag == _RELATIVE_NAME:
        for attribute in each:
            der.expect(attribute, der.SEQUENCE)
        return []
    _check_general_names(each)
    return [_text(value, name) for name in each if name.tag == _URI]


def _check_general_names(each: Iterable[der.Element]) -> None:
    """That each is of a kind that RFC 5280 4.2.1.6 has. Raises der.Malformed."""
    for name in each:
        if name.tag not in _GENERAL_NAMES:
            raise der.Malformed(f"a name in it is of an unknown kind (0x{name.tag:02X})")


def _check_reasons(bits: bytes) -> None:
    """ReasonFlags, a BIT STRING. Raises der.Malformed."""
    if not bits or bits[0] > 7 or (bits[0] and len(bits) == 1):
        raise der.Malformed("the reasons of a distribution point are no string of bits")


def _general_name(value: bytes, name: der.Element) -> str:
    """RFC 5280 4.2.1.6, in OpenSSL's words. Raises der.Malformed."""
    if name.tag in _TEXTS:
        return f"{_TEXTS[name.tag]}:{_text(value, name)}"
    content = der.content(value, name)
    if name.tag == _ADDRESS:
        return f"IP:{ip_address(content)}" if len(content) in {4, 16} else f"IP:#{content[:32].hex()}"
    if name.tag == _DIRECTORY:
        return f"dirName:{shown(names.as_text(content), _LONGEST_NAME)}"
    if name.tag == _REGISTERED:
        return f"RID:{der.dotted(content)}"
    if name.tag == _OTHER_NAME:
        fields = der.children(value, name)
        kind = der.dotted(der.content(value, der.expect(fields[0], der.OBJECT_IDENTIFIER))) if fields else ""
        return f"otherName:{kind}"
    return f"[{name.tag & ~(0x80 | _CONSTRUCTED)}]:#{content[:32].hex()}"


def _text(value: bytes, name: der.Element) -> str:
    """An IA5String; what is against that is read as UTF-8, as people mean it, or byte by byte."""
    content = der.content(value, name)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return shown(text, _LONGEST_NAME)


_READERS: Final[Mapping[str, _Reader]] = {
    "2.5.29.14": _key_identifier,
    "2.5.29.15": _usages,
    "2.5.29.17": _alternative_names,
    "2.5.29.19": _basic_constraints,
    "2.5.29.31": _distribution_points,
    "2.5.29.35": _authority_key_identifier,
    "2.5.29.37": _extended_usages,
    "1.3.6.1.5.5.7.1.1": _information_access,
}
