"""What a certificate says of its holder, as values to compare and not as text to show: names, part by part.

Source: IAM Roles Anywhere user guide, "Certificate attribute mapping": fields and specifiers. Parts that come several
times are joined by a slash, in the order of the certificate [inferred]. What cannot be read, and what of it is no
plain text, is not there, but for the subject's common name: that is who the holder is, so that it must be told.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sealstone.x509 import der
from sealstone.x509.description import CertificateDescription
from sealstone.x509.problems import Part, X509Problem

SUBJECT: Final = "x509Subject"
ISSUER: Final = "x509Issuer"
ALTERNATIVE_NAME: Final = "x509SAN"
EVERY: Final = "*"

_COMMON_NAME: Final = "CN"
_MOST: Final = 128
# Letters and marks without a shape, which Unicode does not call format characters (Default_Ignorable_Code_Point), and
# the blank of Braille.
_UNSEEN: Final = frozenset(
    map(chr, (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0xFE00, 0xFE10)))
) | frozenset(map(chr, (*range(0x180B, 0x1810), *range(0xE0100, 0xE01F0))))
_EXTENSIONS: Final = 0xA3
_ALTERNATIVE_NAMES: Final = bytes.fromhex("551d11")  # 2.5.29.17, RFC 5280 4.2.1.6
_DNS: Final = 0x82
_DIRECTORY: Final = 0xA4
_URI: Final = 0x86
_DIRECTORY_PREFIX: Final = "Name/"
_NAMES: Final[Mapping[int, str]] = {_DNS: "DNS", _URI: "URI"}
_ENCODINGS: Final[Mapping[int, str]] = {12: "utf-8", 18: "ascii", 19: "ascii", 20: "latin-1", 22: "ascii", 26: "ascii"}
_TWO_BYTES: Final[Mapping[int, str]] = {28: "utf-32-be", 30: "utf-16-be"}
_PARTS: Final[Mapping[str, str]] = {  # RFC 4519, X.520, PKCS #9, by their usual short names
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "SerialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "T",
    "2.5.4.42": "G",
    "2.5.4.43": "I",
    "2.5.4.44": "GENERATION",
    "2.5.4.46": "DNQ",
    "2.5.4.65": "PSEUDONYM",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "E",
}


class UntoldName(X509Problem):
    """The subject's common name cannot be told for certain."""

    def __init__(self, cause: str) -> None:
        cure = "have a certificate issued whose subject holds one common name at most, of characters that can be seen"
        super().__init__(Part.CERTIFICATE, cause, cure)


def common_name(certificate: CertificateDescription) -> str:
    """The subject's; empty without one. Raises UntoldName.

    Whoever could have it left out, or read as somebody else's, would pass by what policies say of names. So a name of
    characters that are not seen is refused, and so are several: joined they would read as one with a slash in it.
    """
    try:
        found = [text for short, text in _texts(certificate.subject_name) if short == _COMMON_NAME]
    except (der.Malformed, ValueError):
        raise UntoldName("the subject cannot be read as a name") from None
    if len(found) > 1:
        raise UntoldName(f"the subject holds {len(found)} common names, and which of them it is cannot be told")
    if found and not _is_plain(found[0]):
        raise UntoldName("the subject's common name holds characters that are not seen, or is no text")
    return "".join(found)


def mapped(certificate: CertificateDescription, rules: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The tags of a session: `x509Subject/CN`, `x509SAN/DNS`, `x509SAN/Name/CN`, as far as the rules name them.

    `rules`: field to specifiers; `*` and `Name/*` stand for all parts of a name.
    """
    fields = {
        SUBJECT: _name(certificate.subject_name),
        ISSUER: _name(certificate.issuer_name),
        ALTERNATIVE_NAME: _alternative_names(certificate),
    }
    return {
        f"{field}/{part}": value
        for field, parts in fields.items()
        for part, value in parts.items()
        if any(_covers(specifier, part) for specifier in rules.get(field, ()))
    }


def _covers(specifier: str, part: str) -> bool:
    """`Name` and `Name/` mean `Name/*`, as the guide has it."""
    if specifier == EVERY:
        return "/" not in part and part not in _NAMES.values()
    if specifier in {"Name", _DIRECTORY_PREFIX, f"{_DIRECTORY_PREFIX}*"}:
        return part.startswith(_DIRECTORY_PREFIX)
    return specifier == part


def _name(name: bytes) -> dict[str, str]:
    """Short name to value, of a DER Name; empty when it cannot be read."""
    found: dict[str, list[str]] = {}
    try:
        for short, text in _texts(name):
            if text.isprintable() and text:
                found.setdefault(short, []).append(text)
    except (der.Malformed, ValueError):
        return {}
    return {short: "/".join(values) for short, values in found.items()}


def _texts(name: bytes) -> Iterator[tuple[str, str]]:
    """Short name and text of each attribute that has a short name. Raises der.Malformed, ValueError."""
    for part in der.children(name, der.expect(der.element(name, 0, len(name)), der.SEQUENCE), _MOST):
        for attribute in der.children(name, der.expect(part, der.SET)):
            kind, value = der.children(name, der.expect(attribute, der.SEQUENCE), 2)
            short = _PARTS.get(der.dotted(der.content(name, kind)))
            if short:
                yield short, _text(name, value)


def _text(data: bytes, value: der.Element) -> str:
    """A string of any of the kinds that names have; empty when it is none."""
    encoding = _ENCODINGS.get(value.tag) or _TWO_BYTES.get(value.tag)
    try:
        return der.content(data, value).decode(encoding) if encoding else ""
    except UnicodeDecodeError:
        return ""


def _is_plain(text: str) -> bool:
    """Whether everything in it is seen: nothing of the kinds that `str.isprintable` knows, and no `_UNSEEN`."""
    return bool(text.strip()) and text.isprintable() and _UNSEEN.isdisjoint(text)


def _alternative_names(certificate: CertificateDescription) -> dict[str, str]:
    """The first of each kind (the guide: "maps the first value")."""
    found: dict[str, str] = {}
    try:
        for value, name in _general_names(certificate):
            if name.tag == _DIRECTORY:
                if not any(part.startswith(_DIRECTORY_PREFIX) for part in found):
                    parts = _name(der.content(value, name))
                    found |= {f"{_DIRECTORY_PREFIX}{part}": text for part, text in parts.items()}
            elif name.tag in _NAMES:
                text = der.content(value, name).decode("ascii")
                if text.isprintable():
                    found.setdefault(_NAMES[name.tag], text)
    except (der.Malformed, ValueError):
        return {}
    return found


def _general_names(certificate: CertificateDescription) -> Iterator[tuple[bytes, der.Element]]:
    """The extension's value, and each name in it. Raises der.Malformed."""
    data = certificate.signed.data
    for optional in certificate.signed.values[6:]:
        if optional.tag != _EXTENSIONS:
            continue
        for extension in der.children(data, der.element(data, optional.content, optional.end), _MOST):
            fields = der.children(data, der.expect(extension, der.SEQUENCE))
            if der.content(data, fields[0]) == _ALTERNATIVE_NAMES:
                value = der.content(data, der.expect(fields[-1], der.OCTET_STRING))
                whole = der.expect(der.element(value, 0, len(value)), der.SEQUENCE)
                yield from ((value, name) for name in der.children(value, whole, 10_000))
                return
