"""Subject alternative names, from how people write them to how certificates hold them (RFC 5280 4.2.1.6)."""

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509

from sealstone.x509.border import Otherwise
from sealstone.x509.making.problems import NameRefused

_LONGEST_HOST: Final = 253  # RFC 1035 2.3.4
_LABEL: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?", re.ASCII)


def read(text: str) -> x509.GeneralName:
    """One subject alternative name: `DNS:`, `IP:`, `URI:` or `email:` and the name, or the name alone.

    Then its kind is plain: an address, something with `://`, something with `@`, else a host. Raises NameRefused.
    """
    prefix, colon, rest = text.strip().partition(":")
    maker = _KINDS.get(prefix.lower()) if colon else None
    if maker:
        return maker(rest.strip(), text)
    name = text.strip()
    if _is_address(name):
        return _address(name, text)
    if "://" in name:
        return _uri(name, text)
    return _email(name, text) if "@" in name else _host(name, text)


def as_text(name: x509.GeneralName) -> str:
    """How an alternative name is shown: with its kind, as `read` takes it."""
    match name:
        case x509.DNSName():
            return f"DNS:{name.value}"
        case x509.IPAddress():
            return f"IP:{name.value}"
        case x509.UniformResourceIdentifier():
            return f"URI:{name.value}"
        case x509.RFC822Name():
            return f"email:{name.value}"
    return type(name).__name__


def of_host(common_name: str) -> x509.GeneralName | None:
    """The alternative name that a common name is, when it is a host's name with a dot in it, or an address."""
    if _is_address(common_name):
        return x509.IPAddress(ip_address(common_name))
    try:
        return _host(common_name, common_name) if "." in common_name or common_name == "localhost" else None
    except NameRefused:
        return None  # it names a person or a product


def checked_host(name: str, whole: str) -> str:
    """A DNS name in A-labels, without wildcard. Raises NameRefused. `whole` is the text to show."""
    if not name.isascii():
        raise NameRefused(whole, "it is not in ASCII", "write it in its ASCII form, which begins with xn--")
    if len(name) > _LONGEST_HOST or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise NameRefused(
            whole,
            "it is no host name",
            "write labels of letters, digits and hyphens with dots between them, and no dot at the end",
        )
    return name


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _host(name: str, whole: str) -> x509.GeneralName:
    """RFC 5280 4.2.1.6, RFC 9525 6.3: a wildcard is the whole left-most label, with a domain behind it."""
    rest = name.removeprefix("*.")
    checked_host(rest, whole)
    if rest != name and "." not in rest:
        raise NameRefused(whole, "a wildcard needs two labels behind it", "write *.example.com")
    if rest.rpartition(".")[2].isdigit():
        raise NameRefused(whole, "it ends like an IP address and is none", "write the address, or a host name")
    return x509.DNSName(name)


def _address(name: str, whole: str) -> x509.GeneralName:
    if not _is_address(name) or "%" in name:
        raise NameRefused(whole, "it is no IP address", "write it as 192.0.2.1 or 2001:db8::1")
    return x509.IPAddress(ip_address(name))


def _uri(name: str, whole: str) -> x509.GeneralName:
    """RFC 5280 4.2.1.6: absolute, with a scheme and what the scheme is about."""
    with Otherwise(lambda _: NameRefused(whole, "it is no URI", "write it as https://host/path")):
        parts = urlsplit(name)
    if not (name.isascii() and name.isprintable() and " " not in name and parts.scheme and parts.netloc + parts.path):
        raise NameRefused(whole, "it is no absolute URI in ASCII", "write it as https://host/path")
    return x509.UniformResourceIdentifier(name)


def _email(name: str, whole: str) -> x509.GeneralName:
    local, _, host = name.rpartition("@")
    if not (local.isascii() and local.isprintable()) or not local or set(local) & set(' @<>()",;:\\[]'):
        raise NameRefused(whole, "it is no mail address", "write it as user@example.com")
    return x509.RFC822Name(f"{local}@{checked_host(host, whole)}")


_KINDS: Final = {
    "dns": _host,
    "ip": _address,
    "uri": _uri,
    "email": _email,
}
