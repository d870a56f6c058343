"""Name constraints of an authority (RFC 5280 4.2.1.10): read from text, and held against what it is to issue.

Only host names, addresses, URIs and mail addresses are looked at; constraints on directory names are left to verifiers.
"""

from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID

from sealstone.x509.escaping import shown
from sealstone.x509.making import alternatives
from sealstone.x509.making.names import Subject
from sealstone.x509.making.problems import IssuerRefused, NameRefused

_Kind = type[x509.GeneralName]
KINDS: Final = (x509.DNSName, x509.IPAddress, x509.RFC822Name, x509.UniformResourceIdentifier)
"""The kinds of names that are looked at."""
_EVERY_HOST: Final = x509.DNSName("")
_EVERY_ADDRESS: Final = (x509.IPAddress(ip_network("0.0.0.0/0")), x509.IPAddress(ip_network("::/0")))


def read(permit: Sequence[str], exclude: Sequence[str]) -> x509.NameConstraints | None:
    """Constraints from `DNS:example.com`, `IP:10.0.0.0/8`, `email:example.com`, `URI:.example.com`; None of nothing.

    Where something is permitted, hosts and addresses of which nothing is said are excluded whole, as the Baseline
    Requirements (7.1.2.5.2) have it: RFC 5280 restricts only the kinds that are named, so that an authority for
    `DNS:example.com` alone could issue for every address. Raises NameRefused.
    """
    permitted = [_subtree(text) for text in permit]
    excluded = [_subtree(text) for text in exclude]
    if permitted:
        excluded += [] if _has(permitted, x509.DNSName) else [_EVERY_HOST]
        excluded += [] if _has(permitted, x509.IPAddress) else _EVERY_ADDRESS
    if not permitted and not excluded:
        return None
    return x509.NameConstraints(permitted or None, list(dict.fromkeys(excluded)) or None)


_OTHER_NAME: Final = "take another name, or an authority whose constraints (--permit, --exclude) allow it"


def check(constraints: x509.NameConstraints, subject: Subject) -> None:
    """That verifiers will take the subject's names. Raises IssuerRefused."""
    for name in subject.alternatives:
        _check(constraints, name, _OTHER_NAME)
    # RFC 5280 4.2.1.10: constraints on mailboxes hold for the subject's emailAddress too.
    for attribute in subject.name.get_attributes_for_oid(NameOID.EMAIL_ADDRESS):
        try:
            mailbox = alternatives.read(f"email:{attribute.value!s}")
        except NameRefused:
            raise IssuerRefused(f"{shown(str(attribute.value))} in the subject is no mailbox", _OTHER_NAME) from None
        _check(constraints, mailbox, _OTHER_NAME)
    if _has(subject.alternatives, x509.DNSName) or "." not in subject.common_name:
        return
    # OpenSSL takes such a common name for a host's when no alternative name is a host's, even if it is an address.
    try:
        host = x509.DNSName(alternatives.checked_host(subject.common_name, subject.common_name))
    except NameRefused:
        return
    _check(constraints, host, "verifiers take the common name for a host's; give a subject without, such as O=Example")


def _check(constraints: x509.NameConstraints, name: x509.GeneralName, cure: str) -> None:
    covers = _COVERS[type(name)]
    place = ""
    for subtree in _of(constraints.excluded_subtrees, type(name)):
        if covers(subtree, name) or _stands_for(name, subtree):
            place = "excluded from"
    permitted = _of(constraints.permitted_subtrees, type(name))
    if permitted and not any(covers(subtree, name) for subtree in permitted):
        place = place or "not among"
    if place:
        raise IssuerRefused(f"{alternatives.as_text(name)} is {place} the names that it may issue for", cure)


def _subtree(text: str) -> x509.GeneralName:
    prefix, colon, rest = text.strip().partition(":")
    maker = _SUBTREES.get(prefix.lower()) if colon else None
    if maker is None:
        raise NameRefused(text, "it has no kind", "write DNS:example.com, IP:10.0.0.0/8, email:example.com or URI:host")
    return maker(rest.strip(), text)


def _domain(name: str, whole: str) -> x509.GeneralName:
    """A domain and all below it: there is no leading dot in DNS constraints, though OpenSSL knows one."""
    return x509.DNSName(alternatives.checked_host(name.removeprefix("."), whole))


def _network(name: str, whole: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_network(name))
    except ValueError as fault:
        raise NameRefused(whole, "it is no network", f"write it as 10.0.0.0/8 or 2001:db8::/32 ({fault})") from None


def _mailboxes(name: str, whole: str) -> x509.GeneralName:
    """One mailbox, all of a host, or, with a leading dot, all of the hosts below a domain."""
    if "@" in name:
        return alternatives.read(f"email:{name}")
    return x509.RFC822Name(_dotted_host(name, whole))


def _uri_hosts(name: str, whole: str) -> x509.GeneralName:
    """A host, or, with a leading dot, the hosts below a domain."""
    return x509.UniformResourceIdentifier(_dotted_host(name, whole))


def _dotted_host(name: str, whole: str) -> str:
    return name[: len(name) - len(name.removeprefix("."))] + alternatives.checked_host(name.removeprefix("."), whole)


_SUBTREES: Final[Mapping[str, Callable[[str, str], x509.GeneralName]]] = {
    "dns": _domain,
    "ip": _network,
    "email": _mailboxes,
    "uri": _uri_hosts,
}


def _stands_for(name: x509.GeneralName, subtree: x509.GeneralName) -> bool:
    """Whether a wildcard is for an excluded host among others (CVE-2025-61727): `*.a.example` for `b.a.example`."""
    wildcard, star, parent = str(name.value).lower().partition("*.")
    return not wildcard and bool(star) and str(subtree.value).lower().partition(".")[2] == parent


def _covers_host(subtree: x509.GeneralName, name: x509.GeneralName) -> bool:
    """A wildcard lies below its own parent: `*.example.com` below `example.com`."""
    base, host = str(subtree.value).lower().removeprefix("."), str(name.value).lower()
    return not base or host == base or host.endswith(f".{base}")


def _covers_address(subtree: x509.GeneralName, name: x509.GeneralName) -> bool:
    network: IPv4Network | IPv6Network = subtree.value
    return name.value in network  # never, where one is IPv4 and the other IPv6


def _covers_mailbox(subtree: x509.GeneralName, name: x509.GeneralName) -> bool:
    base, mailbox = str(subtree.value), str(name.value)
    if "@" in base:
        return base == mailbox
    return _below(base, mailbox.rpartition("@")[2])


def _covers_uri(subtree: x509.GeneralName, name: x509.GeneralName) -> bool:
    return _below(str(subtree.value), urlsplit(str(name.value)).hostname or "")


def _below(base: str, host: str) -> bool:
    """RFC 5280 4.2.1.10: without a leading dot the host itself, with one all below it and not the domain itself."""
    base, host = base.lower(), host.lower()
    return host.endswith(base) if base.startswith(".") else host == base


_COVERS: Final[Mapping[_Kind, Callable[[x509.GeneralName, x509.GeneralName], bool]]] = {
    x509.DNSName: _covers_host,
    x509.IPAddress: _covers_address,
    x509.RFC822Name: _covers_mailbox,
    x509.UniformResourceIdentifier: _covers_uri,
}


def _has(names: Sequence[x509.GeneralName], kind: _Kind) -> bool:
    return any(isinstance(name, kind) for name in names)


def _of(names: Sequence[x509.GeneralName] | None, kind: _Kind) -> list[x509.GeneralName]:
    return [name for name in names or () if isinstance(name, kind)]
