"""Distinguished names, from how people write them to how certificates hold them (RFC 5280 4.1.2.4)."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.x509.oid import NameOID

from sealstone.x509.border import Otherwise
from sealstone.x509.making.problems import NameRefused

_MOST_PARTS: Final = 64
_TOKEN: Final = re.compile(r"((?:\\[0-9A-Fa-f]{2})+)|\\(.)|(.)", re.DOTALL)
_DOTTED: Final = re.compile(r"[0-2](\.(0|[1-9][0-9]{0,9})){1,20}", re.ASCII)
_ASCII_ONLY: Final = frozenset({NameOID.COUNTRY_NAME, NameOID.SERIAL_NUMBER, NameOID.EMAIL_ADDRESS})
_TYPES: Final[Mapping[str, tuple[x509.ObjectIdentifier, int]]] = {
    # RFC 4514 section 3 and OpenSSL's names, in lower case, with the most characters of RFC 5280 appendix A.1.
    "cn": (NameOID.COMMON_NAME, 64),
    "c": (NameOID.COUNTRY_NAME, 2),
    "st": (NameOID.STATE_OR_PROVINCE_NAME, 128),
    "s": (NameOID.STATE_OR_PROVINCE_NAME, 128),
    "l": (NameOID.LOCALITY_NAME, 128),
    "street": (NameOID.STREET_ADDRESS, 128),
    "o": (NameOID.ORGANIZATION_NAME, 64),
    "ou": (NameOID.ORGANIZATIONAL_UNIT_NAME, 64),
    "title": (NameOID.TITLE, 64),
    "sn": (NameOID.SURNAME, 64),
    "gn": (NameOID.GIVEN_NAME, 64),
    "serialnumber": (NameOID.SERIAL_NUMBER, 64),
    "uid": (NameOID.USER_ID, 256),
    "dc": (NameOID.DOMAIN_COMPONENT, 63),
    "emailaddress": (NameOID.EMAIL_ADDRESS, 255),
    "email": (NameOID.EMAIL_ADDRESS, 255),
}


def read(text: str) -> x509.Name:
    """A distinguished name in one of three forms. Raises NameRefused.

    `CN=build.example.com,O=Example` (RFC 4514: the most specific part first), `/O=Example/CN=build.example.com`
    (OpenSSL: in the order of the certificate), or a common name alone.
    """
    stripped = text.lstrip()  # a blank at the end may be escaped
    if "=" not in stripped and not stripped.startswith("/"):
        return x509.Name([_attribute("CN", stripped.rstrip(), text)])
    slashes = stripped.startswith("/")
    parts = _split(_tokens(stripped[1:] if slashes else stripped, text), "/" if slashes else ",")
    if len(parts) > _MOST_PARTS:
        raise NameRefused(text, "it has too many parts", "leave out what nobody needs")
    relative = [_relative(part, text) for part in parts]
    return x509.Name(relative if slashes else reversed(relative))


def as_common_name(name: str) -> str:
    """A host's name as `read` takes it, or nothing where it is too long for a common name."""
    escaped = re.sub(r'([\\",+=/])', r"\\\1", name)
    return f"CN={escaped}" if len(name) <= _TYPES["cn"][1] else ""


class _Token(NamedTuple):
    text: str
    escaped: bool


def _tokens(text: str, whole: str) -> list[_Token]:
    r"""Characters, with those behind a backslash marked; `\C3\A9` is UTF-8 in hex (RFC 4514, 2.4)."""
    found = []
    for match in _TOKEN.finditer(text):
        digits, special, plain = match.groups()
        if plain in {"\\", '"'}:
            raise NameRefused(whole, f"a {plain} stands alone", 'write \\\\ or \\" for the character itself')
        if digits:
            with Otherwise(lambda _: NameRefused(whole, "its hex digits are not UTF-8", "write the characters")):
                special = bytes.fromhex(digits.replace("\\", "")).decode("utf-8")
        found.append(_Token(special or plain, plain is None))
    return found


def _split(tokens: Sequence[_Token], separator: str, most: int = -1) -> list[list[_Token]]:
    parts: list[list[_Token]] = [[]]
    for token in tokens:
        if token == (separator, False) and (most < 0 or len(parts) <= most):
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _relative(tokens: Sequence[_Token], whole: str) -> x509.RelativeDistinguishedName:
    attributes = []
    for pair in _split(tokens, "+"):
        kind, *value = _split(pair, "=", 1)
        if not value:
            raise NameRefused(whole, "a part of it has no =", r"write parts as CN=name; a comma in a value is \,")
        attributes.append(_attribute(_stripped(kind), _stripped(value[0]), whole))
    with Otherwise(lambda _: NameRefused(whole, "a part of it says the same twice", "leave one out")):
        return x509.RelativeDistinguishedName(attributes)


def _stripped(tokens: Sequence[_Token]) -> str:
    """The text without blanks at its ends, unless they are escaped."""
    inside = list(tokens)
    while inside and inside[0] == (" ", False):
        inside.pop(0)
    while inside and inside[-1] == (" ", False):
        inside.pop()
    return "".join(token.text for token in inside)


def _attribute(kind: str, value: str, whole: str) -> x509.NameAttribute[str]:
    identifier, longest = _TYPES.get(kind.lower(), (None, 1024))
    if identifier is None:
        if not _DOTTED.fullmatch(kind):
            known = "CN, O, OU, L, ST, C, STREET, DC, UID, title, GN, SN, serialNumber, emailAddress"
            raise NameRefused(whole, "it has a part of an unknown type", f"known are {known}, and dotted identifiers")
        with Otherwise(lambda _: NameRefused(whole, "there is no such identifier", "write it as 2.5.4.3")):
            identifier = x509.ObjectIdentifier(kind)
    if not value or len(value) > longest or (identifier == NameOID.COUNTRY_NAME and len(value) != 2):
        fits = "exactly 2 characters" if longest == 2 else f"1 to {longest} characters"
        raise NameRefused(whole, f"its part {kind} has {len(value)} characters", f"a {kind} has {fits}")
    if not value.isprintable():
        raise NameRefused(whole, "it holds a control character", "leave it out")
    if identifier in _ASCII_ONLY and not value.isascii():
        raise NameRefused(whole, f"its part {kind} is not in ASCII", "write it in ASCII")
    with Otherwise(lambda _: NameRefused(whole, f"its part {kind} does not fit", "write it otherwise")):
        return x509.NameAttribute(identifier, value)
