"""The single rules about what a server sends, each a function to findings; `served` puts them together.

Every rule looks at the whole scene and says one kind of thing. Which severity: a REFUSAL is what careful clients
(OpenSSL, browsers) refuse, a WARNING what some refuse or what will soon be refused, a NOTE what harms nobody.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sealstone.x509 import der, host_names, name_constraints
from sealstone.x509.description import NO_END, CertificateDescription
from sealstone.x509.escaping import shown
from sealstone.x509.findings import Severity
from sealstone.x509.links import State
from sealstone.x509.served_path import End, Way

_SOON: Final = timedelta(days=14)
_SOON_OF_LIFETIME: Final = 4  # a certificate of 6 days is not "soon" to expire all its life
_LEAST_RSA_BITS: Final = 2048
_MOST_NAMES_SHOWN: Final = 6
_OLD_PROTOCOLS: Final = ("SSLv3", "TLSv1", "TLSv1.1")
_REISSUE: Final = "have it issued again"
_BY_AUTHORITY: Final = "have the chain issued again by an authority that may"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. Cause and cure are clauses without a full stop, escaped."""

    rule: str
    """Its name for scripts, which stays the same: `expired`."""
    severity: Severity
    position: int | None
    """Which certificate, counted from 0 as sent; None when it is about all or about what is not there."""
    cause: str
    source: str
    """Where the rule is written."""
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """What the rules look at."""

    host: str
    """The name or IP address that a client asked for, in A-labels."""
    at: datetime
    served: tuple[CertificateDescription | None, ...]
    way: Way
    soon: timedelta | None
    """How long before its end a certificate is warned of; None: a quarter of its life, 14 days at most."""
    protocol: str = ""
    """What was spoken, `TLSv1.3`; empty when unknown."""

    @property
    def leaf(self) -> CertificateDescription:
        """The server's own certificate."""
        return self.known(0)

    def known(self, position: int) -> CertificateDescription:
        """One that the way leads over, and that is readable for that reason."""
        found = self.served[position]
        if found is None:
            raise ValueError(f"certificate {position} cannot be read")
        return found

    @property
    def path(self) -> tuple[tuple[int | None, CertificateDescription], ...]:
        """Those needed and what is trusted; None for the position of what was not sent."""
        anchor = self.way.anchor
        if anchor is None or anchor.fingerprint == self.needed[-1][1].fingerprint:
            return self.needed
        return (*self.needed, (None, anchor))

    @property
    def needed(self) -> tuple[tuple[int, CertificateDescription], ...]:
        """Those that a client needs, with their positions, the server's own first."""
        return tuple((position, self.known(position)) for position in self.way.positions[: self.way.needed])


def named(position: int, one: CertificateDescription) -> str:
    """A certificate in words."""
    return f"the server's certificate ({one.subject})" if position == 0 else f"certificate {position} ({one.subject})"


# --- the name ---


def about_name(scene: Scene) -> Iterator[Finding]:
    """RFC 9525: only the subjectAltName counts."""
    source = "RFC 9525 section 6"
    try:
        names = host_names.of(scene.leaf.piece.der)
    except der.Malformed as fault:
        yield Finding("name-unreadable", Severity.REFUSAL, 0, f"its subjectAltName cannot be read: {fault}", source)
        return
    if names.include(scene.host):
        return
    host = shown(scene.host)
    cure = f"have a certificate issued that names {host}, or connect by a name that it has"
    if not names.dns and not names.addresses:
        cause = f"the certificate has no subjectAltName; its subject {scene.leaf.subject} counts for no client today"
        yield Finding("name-missing", Severity.REFUSAL, 0, cause, source, cure)
        return
    listed = [shown(name.decode("latin-1")) for name in names.dns[:_MOST_NAMES_SHOWN]]
    listed += [
        str(address) for packed in names.addresses[:_MOST_NAMES_SHOWN] if (address := host_names.address_from(packed))
    ]
    more = len(names.dns) + len(names.addresses) - len(listed)
    tail = f" and {more} more" if more else ""
    cause = f"the certificate is for {', '.join(listed)}{tail}, and not for {host}"
    yield Finding("name-mismatch", Severity.REFUSAL, 0, cause, source, cure)


# --- dates ---


def about_dates(scene: Scene) -> Iterator[Finding]:
    """RFC 5280 4.1.2.5, for each that a client needs and for what is trusted."""
    source = "RFC 5280 4.1.2.5"
    for position, one in scene.needed:
        who = named(position, one)
        if one.not_after == NO_END:
            cause = f"the dates of {who} cannot be read"
            yield Finding("dates-unreadable", Severity.REFUSAL, position, cause, source, _REISSUE)
            continue
        if scene.at > one.not_after:
            cause = f"{who} expired on {one.not_after:%Y-%m-%d}, {days(scene.at - one.not_after)} ago"
            cure = "install the renewed certificate" if position == 0 else "install the issuer's current certificate"
            yield Finding("expired", Severity.REFUSAL, position, cause, source, cure)
        elif scene.at < one.not_before:
            cause = f"{who} is valid from {one.not_before:%Y-%m-%d %H:%M} UTC on, in {days(one.not_before - scene.at)}"
            yield Finding("not-yet-valid", Severity.REFUSAL, position, cause, source, "wait, or check the clocks")
        elif one.not_after - scene.at < _soon(scene, one):
            cause = f"{who} expires on {one.not_after:%Y-%m-%d}, in {days(one.not_after - scene.at)}"
            yield Finding("expires-soon", Severity.WARNING, position, cause, source, "renew it now")
    anchor = scene.way.anchor
    if anchor and not anchor.not_before <= scene.at <= anchor.not_after:
        cause = f"the trusted authority {anchor.subject} is not valid now ({_span(anchor)})"
        yield Finding("root-expired", Severity.REFUSAL, None, cause, source, "trust its successor, and send its chain")


def _soon(scene: Scene, one: CertificateDescription) -> timedelta:
    return min(_SOON, (one.not_after - one.not_before) / _SOON_OF_LIFETIME) if scene.soon is None else scene.soon


def _span(one: CertificateDescription) -> str:
    return f"{one.not_before:%Y-%m-%d} to {one.not_after:%Y-%m-%d}"


def days(span: timedelta) -> str:
    """A span in days, or in hours when it is less than two days."""
    hours = span.days * 24 + span.seconds // 3600
    count, unit = (span.days, "day") if span.days >= 2 else (hours, "hour")
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


# --- the way up ---


def about_trust(scene: Scene) -> Iterator[Finding]:
    """Where the way up ends, when nothing trusted is there."""
    end, position = scene.way.end, scene.way.positions[-1]
    last, source = scene.known(position), "RFC 5280 6.1"
    who, issuer = named(position, last), last.issuer
    if end is End.SELF_SIGNED and position == 0:
        yield Finding(
            "self-signed",
            Severity.REFUSAL,
            0,
            f"{who} is self-signed, and nobody is asked to trust it",
            source,
            "install one from an authority; or trust this one where you connect from: --ca FILE",
        )
    elif end is End.SELF_SIGNED:
        cause = f"the chain ends in {who}, a root that is not trusted here"
        yield Finding("untrusted-root", Severity.REFUSAL, position, cause, source, "trust it if it is yours: --ca FILE")
    elif end is End.MISSING:
        yield _missing(position, last)
    elif end is End.IMPOSTOR:
        cause = f"the issuer of {who}, {issuer}, is there by name only: {scene.way.reason}"
        cure = "an authority may have several certificates of one name: install the one whose key signed this one"
        yield Finding("wrong-issuer", Severity.REFUSAL, position, cause, source, cure)


def _missing(position: int, last: CertificateDescription) -> Finding:
    """The commonest fault of all: the server sends its own certificate only."""
    place = "behind it" if position == 0 else f"behind certificate {position}"
    url = next((shown(found, 200) for found in last.issuer_urls), "")
    where = f" (it is to be had at {url})" if url else ""
    return Finding(
        "missing-issuer",
        Severity.REFUSAL,
        None,
        f"{last.issuer}, which issued {named(position, last)}, is neither sent nor trusted",
        "RFC 8446 4.4.2",
        f"let the server send the intermediate of that name {place}{where}; or, if it is your own root, --ca FILE",
    )


def about_order(scene: Scene) -> Iterator[Finding]:
    """TLS 1.2 demands that each certifies the one before; TLS 1.3 asks for it."""
    positions = scene.way.positions
    if list(positions) != sorted(positions):
        order = ", ".join(str(position) for position in positions)
        cause = f"the certificates are sent in the wrong order; by who signed whom it is {order}"
        cure = "put the server's own first, then its issuer, and so on up"
        yield Finding("wrong-order", Severity.WARNING, None, cause, "RFC 5246 7.4.2, RFC 8446 4.4.2", cure)


def about_extras(scene: Scene) -> Iterator[Finding]:
    """What is sent and leads nowhere."""
    source, seen = "RFC 8446 4.4.2", set()
    for position, one in enumerate(scene.served):
        if one is None:
            continue
        if one.fingerprint in seen:
            cause = f"{named(position, one)} is sent a second time"
            yield Finding("duplicate", Severity.WARNING, position, cause, source, "remove it")
        elif position in scene.way.positions[1:]:
            yield from _needless(scene, position, one)
        elif position:
            yield _extra(scene, position, one)
        seen.add(one.fingerprint)


def _extra(scene: Scene, position: int, one: CertificateDescription) -> Finding:
    """While the way up has a gap, nobody can say what belongs above it."""
    if scene.way.end in {End.MISSING, End.IMPOSTOR}:
        cause = f"{named(position, one)} does not connect with the server's certificate"
        cure = "put the issuer that is missing before it; or remove it, if it belongs to another chain"
    else:
        cause, cure = f"{named(position, one)} has nothing to do with the server's certificate", "remove it"
    return Finding("superfluous", Severity.WARNING, position, cause, "RFC 8446 4.4.2", cure)


def _needless(scene: Scene, position: int, one: CertificateDescription) -> Iterator[Finding]:
    if one.is_self_issued and scene.way.end is End.TRUSTED:
        cause = f"{named(position, one)} is a root: whoever trusts it has it, and whoever has it not gains nothing"
        yield Finding("superfluous-root", Severity.NOTE, position, cause, "RFC 8446 4.4.2", "leave it out")
    elif position not in scene.way.positions[: scene.way.needed]:
        cause = f"{named(position, one)} is not needed where {_anchor_name(scene)} is trusted; old clients may need it"
        yield Finding("cross-signed", Severity.NOTE, position, cause, "RFC 8446 4.4.2")


def _anchor_name(scene: Scene) -> str:
    return scene.way.anchor.subject if scene.way.anchor else "its issuer"


# --- what certificates may do, and how strong they are ---


def about_issuers(scene: Scene) -> Iterator[Finding]:
    """RFC 5280 4.2.1.3 and 4.2.1.9, for each that issued another."""
    issuers: Sequence[tuple[int, CertificateDescription]] = scene.needed[1:]
    for depth, (position, one) in enumerate(issuers):
        who = named(position, one)
        if not one.authority:
            cause = f"{who} issued another, but its BasicConstraints do not say that it is an authority"
            yield Finding("not-an-authority", Severity.REFUSAL, position, cause, "RFC 5280 4.2.1.9", _BY_AUTHORITY)
        if one.usages and "keyCertSign" not in one.usages:
            cause = f"{who} issued another, but its key usage does not allow signing certificates"
            yield Finding("usage-without-signing", Severity.REFUSAL, position, cause, "RFC 5280 4.2.1.3", _BY_AUTHORITY)
        if one.path_length is not None and depth > one.path_length:
            cause = f"{who} allows {one.path_length} authorities below it, and there are {depth}"
            yield Finding("path-too-long", Severity.REFUSAL, position, cause, "RFC 5280 4.2.1.9", _BY_AUTHORITY)


def about_constraints(scene: Scene) -> Iterator[Finding]:
    """RFC 5280 4.2.1.10: names of all kinds, by every authority above. The first that is not allowed is told."""
    try:
        name_constraints.check([one for _, one in scene.path])
    except name_constraints.Violated as violated:
        position, one = scene.path[violated.at]
        cause = f"name constraints do not allow {_called(position, one)}: {violated}"
        cure = "have it issued by an authority that may issue for these names"
        yield Finding("name-constraints", Severity.REFUSAL, position, cause, "RFC 5280 4.2.1.10", cure)


def about_critical_extensions(scene: Scene) -> Iterator[Finding]:
    """RFC 5280 4.2: who does not know a critical extension, or cannot read it, must refuse the certificate."""
    for position, one in scene.path:
        if one.unprocessed:
            extensions = ", ".join(shown(name) for name in one.unprocessed[:_MOST_NAMES_SHOWN])
            cause = f"{_called(position, one)} has critical extensions that clients do not know: {extensions}"
            cure = "have it issued again without them, or with them not critical"
            yield Finding("critical-extension", Severity.REFUSAL, position, cause, "RFC 5280 4.2", cure)


def _called(position: int | None, one: CertificateDescription) -> str:
    return f"the trusted authority {one.subject}" if position is None else named(position, one)


def about_purpose(scene: Scene) -> Iterator[Finding]:
    """RFC 5280 4.2.1.12: when purposes are named, serverAuth must be one."""
    purposes = scene.leaf.extended_usages
    if purposes and not {"serverAuth", "any"}.intersection(purposes):
        cause = f"the certificate is for {', '.join(shown(purpose) for purpose in purposes)} only, and not for servers"
        cure = "have one issued with the extended key usage serverAuth"
        yield Finding("not-for-servers", Severity.REFUSAL, 0, cause, "RFC 5280 4.2.1.12", cure)


def about_strength(scene: Scene) -> Iterator[Finding]:
    """Signatures and keys that clients no longer take, and keys that protect nothing, which clients do not notice.

    What is trusted needs no signature.
    """
    for (position, one), link in zip(scene.needed, scene.way.links, strict=False):
        if link.state is State.UNPROVEN:
            cause = f"the signature of {named(position, one)} is worth nothing: {link.reason}"
            cure = "have it issued again with SHA-256 or better"
            yield Finding("weak-signature", Severity.REFUSAL, position, cause, "RFC 9155", cure)
    for position, one in scene.needed:
        if one.key.startswith("RSA") and one.key_bits < _LEAST_RSA_BITS:
            cause = f"the key of {named(position, one)} is {one.key}"
            cure = f"have one issued for a key of {_LEAST_RSA_BITS} bits or more"
            yield Finding("weak-key", Severity.REFUSAL, position, cause, "CA/Browser Forum BR 6.1.5", cure)
    for path_position, one in scene.path:
        for weakness in one.weaknesses:
            cause = f"the key of {_called(path_position, one)} protects nothing: {weakness.clause}"
            cure = "make a new key with other software, have a certificate issued for it, and have this one revoked"
            yield Finding(weakness.rule, Severity.WARNING, path_position, cause, weakness.source, cure)


def about_faults(scene: Scene) -> Iterator[Finding]:
    """What is written against the standard in those that a client needs: some clients refuse the whole for it.

    In what is trusted, too: OpenSSL finds no issuer in one of whose extensions it cannot read.
    """
    for position, one in scene.path:
        elsewhere = {weakness.clause for weakness in one.weaknesses}
        for fault in (fault for fault in one.faults if fault not in elsewhere):
            cause = f"about {_called(position, one)}: {fault}"
            yield Finding("malformed", Severity.WARNING, position, cause, "RFC 5280 section 4", _REISSUE)


def about_protocol(scene: Scene) -> Iterator[Finding]:
    """RFC 8996 and RFC 7568: what came before TLS 1.2 must not be used."""
    if scene.protocol in _OLD_PROTOCOLS:
        cause = f"the best that the server speaks is {scene.protocol}, which most clients refuse"
        yield Finding("old-protocol", Severity.WARNING, None, cause, "RFC 8996", "enable TLS 1.2 and TLS 1.3 there")
