"""Name constraints of authorities along a path, as clients apply them (RFC 5280 4.2.1.10), read from the bytes.

Of all kinds of names that have a meaning there: hosts, addresses, mailboxes, URIs and directory names. Where the RFC
leaves a choice, OpenSSL's is taken. What an authority of one's own may be given is `making.constraints`' affair.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from sealstone.x509 import der, host_names, names
from sealstone.x509.description import CertificateDescription
from sealstone.x509.escaping import shown

_NAME_CONSTRAINTS: Final = "2.5.29.30"
_ALTERNATIVE_NAMES: Final = "2.5.29.17"
_EXTENSIONS: Final = 0xA3
_PERMITTED: Final = 0xA0
_EXCLUDED: Final = 0xA1
_MAXIMUM: Final = 0x81
_MINIMUM: Final = 0x80
_OTHER: Final = 0xA0
_EMAIL: Final = 0x81
_DNS: Final = 0x82
_DIRECTORY: Final = 0xA4
_URI: Final = 0x86
_ADDRESS: Final = 0x87
_EMAIL_ADDRESS: Final = bytes.fromhex("2a864886f70d010901")  # PKCS #9, 1.2.840.113549.1.9.1
# RFC 9598: a mailbox with other than ASCII letters is an otherName, and constraints of mailboxes are for it too.
_SMTP_UTF8_MAILBOX: Final = bytes.fromhex("06082b06010505070809")
_COMMON_NAME: Final = bytes.fromhex("550403")
_ADDRESSES: Final = frozenset({4, 16})
_NETWORKS: Final = frozenset({8, 32})
_HOST: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_.")
_MOST: Final = 10_000
_MOST_COMPARISONS: Final = 2**20  # of one path; as in OpenSSL (attack X6)
_TITLES: Final[Mapping[int, str]] = {_EMAIL: "email", _DNS: "DNS", _URI: "URI"}


class Violated(ValueError):
    """A name is not allowed, or cannot be judged. `at` is its place in the path; the text is a clause."""

    def __init__(self, at: int, clause: str) -> None:
        super().__init__(clause)
        self.at = at


@dataclass(frozen=True, slots=True)
class _Name:
    """A GeneralName: its tag and content; of a directory name the DER of the Name."""

    tag: int
    content: bytes

    def __str__(self) -> str:
        if self.tag == _DIRECTORY:
            return shown(names.as_text(self.content), 200)
        if self.tag == _ADDRESS:
            return str(host_names.address_from(self.content) or f"IP:#{self.content[:32].hex()}")
        title = _TITLES.get(self.tag, f"[{self.tag & 0x1F}]")
        return f"{title}:{shown(self.content.decode('utf-8', 'replace'), 200)}"


@dataclass(frozen=True, slots=True)
class _Subtree:
    """A GeneralSubtree. The RFC has no use for its bounds: where there are any, nobody knows what it means."""

    base: _Name
    is_bounded: bool


@dataclass(frozen=True, slots=True)
class _Constraints:
    """What one authority says."""

    authority: str
    permitted: tuple[_Subtree, ...] = ()
    excluded: tuple[_Subtree, ...] = ()


@dataclass(slots=True)
class _Judge:
    """Compares, and counts how often."""

    left: int = field(default=_MOST_COMPARISONS)

    def check(self, name: _Name, constraints: _Constraints) -> str:
        """What is wrong with the name, in a clause; empty when it is allowed."""
        permitted = [each for each in constraints.permitted if _alike(each.base, name)]
        excluded = [each for each in constraints.excluded if _alike(each.base, name)]
        self.left -= len(constraints.permitted) + len(constraints.excluded)
        if self.left < 0:
            return "there are too many names and constraints to compare them"
        if not permitted and not excluded:
            return ""
        covers = _COVERS.get(name.tag)
        if covers is None or any(each.is_bounded for each in (*permitted, *excluded)):
            return f"how {constraints.authority} limits names like {name} is nothing that clients know"
        try:
            if any(covers(each.base.content, name.content) or _stands_for(name, each.base) for each in excluded):
                return f"{name} is excluded from what {constraints.authority} may issue for"
            if permitted and not any(covers(each.base.content, name.content) for each in permitted):
                return f"{name} is not among what {constraints.authority} may issue for"
        except ValueError as fault:  # der.Malformed is one
            return f"{name} cannot be held against the constraints of {constraints.authority}: {fault}"
        return ""


def check(path: Sequence[CertificateDescription]) -> None:
    """That all names of a path are allowed by every authority above them. The server's certificate comes first.

    Certificates that name themselves as issuers are free, but for the first (RFC 5280 6.1.3). Raises Violated.
    """
    judge = _Judge()
    above: list[_Constraints] = []
    for at in range(len(path) - 1, -1, -1):
        one = path[at]
        if above and not (at and one.is_self_issued):
            _check_one(at, one, above, judge)
        if at:
            above += _stated(at, one)


def _check_one(at: int, one: CertificateDescription, above: Sequence[_Constraints], judge: _Judge) -> None:
    for name in _names_of(at, one):
        for constraints in above:
            if clause := judge.check(name, constraints):
                raise Violated(at, clause)


# --- reading ---


def _stated(at: int, one: CertificateDescription) -> Iterator[_Constraints]:
    value = _extension(one, _NAME_CONSTRAINTS)
    if value is None:
        return
    try:
        whole = der.expect(der.element(value, 0, len(value)), der.SEQUENCE)
        found: dict[int, tuple[_Subtree, ...]] = {}
        for subtrees in der.children(value, whole):
            found[subtrees.tag] = tuple(_subtree(value, each) for each in der.children(value, subtrees, _MOST))
    except der.Malformed as fault:
        raise Violated(at, f"the name constraints of {shown(one.subject)} cannot be read: {fault}") from fault
    yield _Constraints(shown(one.subject), found.get(_PERMITTED, ()), found.get(_EXCLUDED, ()))


def _subtree(value: bytes, found: der.Element) -> _Subtree:
    """`base`, `minimum [0] DEFAULT 0`, `maximum [1] OPTIONAL`."""
    fields = der.children(value, der.expect(found, der.SEQUENCE))
    if not fields:
        raise der.Malformed("a subtree is empty")
    is_bounded = any(
        each.tag == _MAXIMUM or (each.tag == _MINIMUM and any(der.content(value, each))) for each in fields[1:]
    )
    return _Subtree(_Name(fields[0].tag, der.content(value, fields[0])), is_bounded)


def _names_of(at: int, one: CertificateDescription) -> Iterator[_Name]:
    """The subject as a directory name, its mailboxes, the alternative names, and what OpenSSL takes for a host."""
    try:
        subject = names.texts(one.subject_name) if names.relative_names(one.subject_name) else None
        alternatives = tuple(_alternatives(one))
    except der.Malformed as fault:
        raise Violated(at, f"the names of {shown(one.subject)} cannot be read: {fault}") from fault
    if subject is not None:
        yield _Name(_DIRECTORY, one.subject_name)
    texts = [(kind, text.encode("utf-8", "surrogatepass")) for kind, text in subject or ()]
    yield from (_Name(_EMAIL, text) for kind, text in texts if kind == _EMAIL_ADDRESS)
    yield from alternatives
    if at == 0 and not any(name.tag == _DNS for name in alternatives):
        # As OpenSSL does: without a host among the alternative names the common name is one, if it looks like one.
        common = (text.lower() for kind, text in texts if kind == _COMMON_NAME)
        yield from (_Name(_DNS, text) for text in common if b"." in text and _HOST.issuperset(text))


def _alternatives(one: CertificateDescription) -> Iterator[_Name]:
    value = _extension(one, _ALTERNATIVE_NAMES)
    if value is not None:
        whole = der.expect(der.element(value, 0, len(value)), der.SEQUENCE)
        for name in der.children(value, whole, _MOST):
            yield _Name(name.tag, der.content(value, name))
            if name.tag == _OTHER and der.content(value, name).startswith(_SMTP_UTF8_MAILBOX):
                yield _Name(_EMAIL, _utf8_mailbox(value, name))


def _utf8_mailbox(value: bytes, name: der.Element) -> bytes:
    """The text of a SmtpUTF8Mailbox, `[0] EXPLICIT UTF8String`, its host in A-labels. Raises der.Malformed."""
    fields = der.children(value, name)
    texts = der.children(value, fields[-1]) if len(fields) == 2 else []
    if len(texts) != 1:
        raise der.Malformed("a mailbox is no text")
    local, at, host = der.content(value, texts[0]).rpartition(b"@")
    try:
        return local + at + host.decode().encode("idna")
    except UnicodeError as fault:
        raise der.Malformed("the host of a mailbox is no host") from fault


def _extension(one: CertificateDescription, identifier: str) -> bytes | None:
    """The value of an extension, the first of its kind; None without. What cannot be read is left to other rules."""
    data = one.signed.data
    try:
        for optional in one.signed.values:
            if optional.tag != _EXTENSIONS:
                continue
            for extension in der.children(data, der.element(data, optional.content, optional.end), _MOST):
                fields = der.children(data, extension)
                if fields and der.dotted(der.content(data, fields[0])) == identifier:
                    return der.content(data, fields[-1])
    except der.Malformed:
        return None
    return None


# --- comparing ---


def _alike(base: _Name, name: _Name) -> bool:
    """Names of another kind are free; so are other names (`otherName`) of another kind than the constraint's."""
    if base.tag != name.tag:
        return False
    return base.tag != _OTHER or _kind(base) == _kind(name)


def _kind(name: _Name) -> bytes:
    """The identifier in front of an otherName's value."""
    length = name.content[1] if len(name.content) > 1 else 0
    return name.content[: 2 + length]


def _stands_for(name: _Name, base: _Name) -> bool:
    """Whether a wildcard is for an excluded host among others (CVE-2025-61727): `*.a.example` for `b.a.example`."""
    wildcard, star, parent = name.content.lower().partition(b"*.")
    return name.tag == _DNS and not wildcard and bool(star) and base.content.lower().partition(b".")[2] == parent


def _covers_host(base: bytes, host: bytes) -> bool:
    """The host itself and all below it. With a leading dot, which only URIs should have, all below it alone."""
    base, host = base.lower(), host.lower()
    return base in {b"", host} or host.endswith(base if base.startswith(b".") else b"." + base)


def _covers_mailbox(base: bytes, mailbox: bytes) -> bool:
    """One mailbox, all of a host, or all of the hosts below a domain. The part before the `@` has its case."""
    local, at, host = mailbox.rpartition(b"@")
    if not at:
        raise ValueError("it is no mailbox")
    if b"@" in base:
        own, _, of = base.rpartition(b"@")
        return own == local and of.lower() == host.lower()
    return _below(base, host)


def _covers_uri(base: bytes, uri: bytes) -> bool:
    """By its host, which must be there and be no address."""
    try:
        host = urlsplit(uri.decode("ascii")).hostname or ""
    except ValueError:
        host = ""
    if not host or host_names.address_of(host):
        raise ValueError("it has no host with a name")
    return _below(base, host.encode("ascii"))


def _below(base: bytes, host: bytes) -> bool:
    """Without a leading dot the host itself, with one all below it and not the domain itself."""
    base, host = base.lower(), host.lower()
    return host.endswith(base) if base.startswith(b".") else host == base


def _covers_address(base: bytes, address: bytes) -> bool:
    """An address and its mask; of the other version of IP it covers nothing. What is neither cannot be compared."""
    if len(base) not in _NETWORKS or len(address) not in _ADDRESSES:
        raise ValueError("an address or a network has a length that there is not")
    if len(base) != 2 * len(address):
        return False
    network, mask = base[: len(address)], base[len(address) :]
    return all((one ^ other) & bits == 0 for one, other, bits in zip(address, network, mask, strict=True))


def _covers_directory_name(base: bytes, name: bytes) -> bool:
    """All names that begin with the parts of this one."""
    upper, whole = names.relative_names(base), names.relative_names(name)
    return whole[: len(upper)] == upper


_COVERS: Final[Mapping[int, Callable[[bytes, bytes], bool]]] = {
    _EMAIL: _covers_mailbox,
    _DNS: _covers_host,
    _DIRECTORY: _covers_directory_name,
    _URI: _covers_uri,
    _ADDRESS: _covers_address,
}
