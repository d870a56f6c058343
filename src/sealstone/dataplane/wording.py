r"""Foreign values as words of an HAProxy configuration: each kind has its own list of what it may be. Pure.

Three ways, and no fourth: a value that fits its list is written as it is; any other text has every character but
letters and digits in hexadecimal, `\xHH` in a regular expression that a request is compared with and `%HH`, decoded by
HAProxy for each answer, in the value of a header; anything longer goes into a file of its own, which no parser of
configurations reads. Nothing is ever quoted by looking for quotes.
"""

import re
from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import Final

from sealstone.dataplane.problems import NotWritable

_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
_HOST_NAME: Final = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_-]+)*")
_TOKEN: Final = re.compile(r"[A-Za-z0-9!*+.^_~-]{1,256}")  # RFC 9110 5.6.2, less what could mean something
_CIPHER: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SIGNATURE: Final = re.compile(r"[A-Za-z0-9_-]{1,32}(\+[A-Za-z0-9_-]{1,32})?")
_PROTOCOL_NAME: Final = re.compile(r"[A-Za-z0-9./-]{1,32}")
_MATCHER: Final = re.compile(r"[1-5][0-9]{2}(-[1-5][0-9]{2})?(,[1-5][0-9]{2}(-[1-5][0-9]{2})?)*")
_URL_PATH: Final = re.compile(r"/[A-Za-z0-9._~!$&()*+,;=:@/?%-]{0,1023}")  # RFC 3986 3.3 and 3.4, less the quotes
_CONTENT_TYPE: Final = re.compile(r"[A-Za-z0-9.+-]{1,64}/[A-Za-z0-9.+-]{1,64}")
_HEADER_VALUE: Final = re.compile(r"[A-Za-z0-9 ._~!$&()*+,;=:@/?%<>|{}\[\]^-]{0,1024}")
_ANY_HEADER_VALUE: Final = re.compile(r"[ -~]{0,1024}")
_PRINTABLE: Final = re.compile(r"[ -~]{1,1024}")
_TOKEN_PATH: Final = re.compile(r"(?=/)[A-Za-z0-9/._~-]{1,256}")
_TOKEN_BODY: Final = re.compile(r"[A-Za-z0-9/._~+=-]{1,1024}")
_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_WILD: Final = re.compile(r"\*+|.")
_WILD_OR_ESCAPED: Final = re.compile(r"\\[*?\\]|\*+|.")


def _of(pattern: re.Pattern[str], what: str, value: str, wanted: str) -> str:
    if not pattern.fullmatch(value):
        raise NotWritable(what, value, wanted)
    return value


def identifier(what: str, value: str) -> str:
    """The name of a file or section. Each function here raises NotWritable; `what` is a noun phrase for it."""
    _of(_IDENTIFIER, what, value, "1 to 128 letters, digits, dots, hyphens and underscores")
    if ".." in value:
        raise NotWritable(what, value, "a name without two dots in a row")
    return value


def listening_address(what: str, value: str) -> str:
    """An IP address, as `bind` takes it: in brackets when it is of version 6."""
    try:
        address = ip_address(value)
    except ValueError:
        raise NotWritable(what, value, "an IP address") from None
    if getattr(address, "scope_id", None):
        raise NotWritable(what, value, "an IP address without a zone")
    return f"[{address}]" if address.version == 6 else str(address)


def server_address(what: str, value: str) -> str:
    """An IP address or a host name, as `server` takes it."""
    try:
        return listening_address(what, value)
    except NotWritable:
        return _of(_HOST_NAME, what, value, "an IP address or a host name")


def network(what: str, value: str) -> str:
    """A network in CIDR form; an address alone is a network of one."""
    wanted = "a network such as 192.0.2.0/24"
    try:
        found = ip_network(value, strict=False)
    except ValueError:
        raise NotWritable(what, value, wanted) from None
    if getattr(found.network_address, "scope_id", None):
        raise NotWritable(what, value, f"{wanted}, without a zone")
    return str(found)


def number(what: str, value: int, least: int, most: int) -> str:
    """An integer within bounds."""
    if not least <= value <= most:
        raise NotWritable(what, str(value), f"a number from {least} to {most}")
    return str(value)


def port(what: str, value: int) -> str:
    """A TCP port that can be listened on."""
    return number(what, value, 1, 65535)


def seconds(what: str, value: int) -> str:
    """A time of 1 second to 7 days, with its unit: the longest stickiness that AWS knows."""
    return number(what, value, 1, 604800) + "s"


def token(what: str, value: str) -> str:
    """The name of a header or a cookie."""
    return _of(_TOKEN, what, value, "a token of RFC 9110 without quotes")


def cipher(what: str, value: str) -> str:
    """OpenSSL's name of one cipher: no operators, no lists."""
    return _of(_CIPHER, what, value, "one of OpenSSL's cipher names")


def signature(what: str, value: str) -> str:
    """OpenSSL's name of one kind of signature with its digest."""
    return _of(_SIGNATURE, what, value, "one of OpenSSL's signatures such as ECDSA+SHA384")


def protocol_names(what: str, values: Iterable[str]) -> str:
    """Names for ALPN, separated by commas."""
    return ",".join(_of(_PROTOCOL_NAME, what, value, "an ALPN protocol name") for value in values)


def matcher(what: str, value: str) -> str:
    """Statuses that count as healthy; a range goes upwards, or from a status to itself."""
    wanted = "statuses such as 200,202 or 200-299"
    _of(_MATCHER, what, value, wanted)
    for one in value.split(","):
        least, dash, most = one.partition("-")
        if dash and least > most:  # three digits each
            raise NotWritable(what, value, wanted)
    return value


def url_path(what: str, value: str) -> str:
    """A path with a query, as a request line has it."""
    return _of(_URL_PATH, what, value, "a path of RFC 3986 that begins with / and has no quotes")


def content_type(what: str, value: str) -> str:
    """A media type without parameters."""
    return _of(_CONTENT_TYPE, what, value, "a media type such as text/plain")


def header_value(what: str, value: str) -> str:
    """The value of a header as a format of HAProxy's in single quotes: `%` doubled, or encoded if it has quotes."""
    _of(_ANY_HEADER_VALUE, what, value, "up to 1024 characters of printable ASCII")
    if _HEADER_VALUE.fullmatch(value):
        return "'" + value.replace("%", "%%") + "'"
    return f"'{encoded(value)}'"


def encoded(text: str) -> str:
    """ASCII text as an expression within a format of HAProxy's: each character but letters and digits is `%HH`."""
    return f"%[str({''.join(one if one.isalnum() else f'%{ord(one):02X}' for one in text)}),url_dec]"


def pattern(what: str, value: str, *, any_character: str = ".", escapes: bool = False) -> str:
    r"""A regular expression, not anchored, for text in which `*` is any text and `?` any one character.

    With `escapes`, `\*`, `\?` and `\\` mean those characters themselves. Everything but letters and digits becomes
    `\xHH`, so that nothing in it can mean anything to a parser.

    What stands between two stars is taken where it comes first, and never looked for again: no other place could serve
    what follows better, and a text costs as much as it is long, however often a part of it comes again in it.
    """
    _of(_PRINTABLE, what, value, "1 to 1024 characters of printable ASCII")
    parts = [""]
    for piece in (_WILD_OR_ESCAPED if escapes else _WILD).findall(value):
        if piece[0] == "*":
            parts.append("")
        else:
            parts[-1] += any_character if piece == "?" else _literally(piece[-1])
    if len(parts) == 1:
        return parts[0]
    first, *between, last = parts
    return "".join([first, *(f"(?>{any_character}*?{part})" for part in between), f"{any_character}*{last}"])


def _literally(character: str) -> str:
    return character if character.isalnum() else f"\\x{ord(character):02x}"


def token_path(what: str, value: str) -> str:
    """The path of a token, as a line of a map begins with it."""
    return _of(_TOKEN_PATH, what, value, "a path of up to 256 letters, digits and the signs / . _ ~ -")


def account(what: str, value: str) -> str:
    """The id of an account."""
    return _of(_ACCOUNT, what, value, "12 digits")


def token_body(what: str, value: str) -> str:
    """What a token says: one line, without spaces and without a colon."""
    return _of(_TOKEN_BODY, what, value, "up to 1024 letters, digits and the signs / . _ ~ + = -")
