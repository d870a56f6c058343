"""How the certificates that a server sent hang together, and where they meet something that is trusted. No dates here.

A client begins with the first certificate and looks for its issuer, among what came (RFC 8446 4.4.2: in any order)
and among what it trusts. Every step is proven by the signature and not by the name alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from sealstone.x509 import der, names
from sealstone.x509.description import CertificateDescription, describe
from sealstone.x509.links import Link, Links, State
from sealstone.x509.material import Kind, Origin, Piece

_VERSION: Final = 0xA0


class End(StrEnum):
    """Where the way up ended."""

    TRUSTED = "trusted"
    SELF_SIGNED = "self-signed"
    """At a certificate that names itself as its issuer and is not trusted."""
    MISSING = "missing"
    """The issuer's name is nowhere."""
    IMPOSTOR = "impostor"
    """The issuer's name is there, but whoever has it did not sign."""


@dataclass(frozen=True, slots=True)
class Way:
    """The way up from the first certificate. Positions are those in what the server sent, from 0."""

    positions: tuple[int, ...]
    """As they prove each other, the server's own first."""
    needed: int
    """How many of them lie below what is trusted; all of them when nothing is."""
    links: tuple[Link, ...]
    """How each of those needed stands to its issuer, the trusted one included; none where there is no issuer."""
    anchor: CertificateDescription | None
    """The trusted certificate that the way meets; it may itself be the last one needed."""
    end: End
    reason: str = ""
    """For IMPOSTOR: why the issuer of that name is not the one, in a clause about the certificate."""


def described(der_bytes: bytes, at: int) -> CertificateDescription | None:
    """The certificate at a position; None when it cannot be read."""
    piece = Piece(Kind.CERTIFICATE, Origin(f"certificate {at}"), der_bytes)
    found = describe(piece)
    return found if isinstance(found, CertificateDescription) else None


class Trust:
    """Trusted certificates by subject, described only when they are asked for: a system has some 150."""

    def __init__(self, ders: Iterable[bytes]) -> None:
        """What cannot be read is left out."""
        self._by_fingerprint: Mapping[bytes, bytes] = {sha256(found).digest(): found for found in ders}
        self._by_subject: dict[bytes, list[bytes]] = {}
        for found in self._by_fingerprint.values():
            subject = subject_of(found)
            if subject:
                self._by_subject.setdefault(names.comparable(subject), []).append(found)

    def __contains__(self, der_bytes: bytes) -> bool:
        return sha256(der_bytes).digest() in self._by_fingerprint

    def named(self, subject_name: bytes) -> tuple[CertificateDescription, ...]:
        """Those of that subject (DER)."""
        found = (described(one, 0) for one in self._by_subject.get(names.comparable(subject_name), ()))
        return tuple(one for one in found if one is not None)


def subject_of(certificate: bytes) -> bytes:
    """The DER of the subject's name; empty when the bytes are no certificate."""
    try:
        fields = der.children(certificate, der.whole_sequence(certificate)[0])
    except (der.Malformed, IndexError):
        return b""
    fields = fields[1:] if fields and fields[0].tag == _VERSION else fields
    return certificate[fields[4].start : fields[4].end] if len(fields) > 5 else b""


def way(served: Sequence[CertificateDescription | None], trust: Trust, at: datetime) -> Way:
    """The way up from the first certificate, which must be readable; the others may be None.

    Where several could be next, one whose signature is proven is taken before one where it cannot be, one that is
    valid at `at` before one that is not, then the longest-lived, then the first.
    """
    first = served[0]
    if first is None:
        raise ValueError("there is no way from a certificate that cannot be read")
    search = _Search(served, trust, at)
    positions, current, links = [0], first, list[Link]()
    anchored = search.anchor(current)
    needed = 1
    while (following := search.following(current, positions)) is not None:
        position, link, current = following
        positions.append(position)
        if anchored is None:
            links.append(link)
            anchored, needed = search.anchor(current), len(positions)
    if anchored is None:
        end, reason = search.end(current)
        return Way(tuple(positions), needed, tuple(links), None, end, reason)
    link_to_anchor, anchor = anchored
    return Way(tuple(positions), needed, (*links, *link_to_anchor), anchor, End.TRUSTED)


class _Search:
    """What there is to go over, and the signatures that were checked."""

    def __init__(self, served: Sequence[CertificateDescription | None], trust: Trust, at: datetime) -> None:
        self._served = served
        self._trust = trust
        self._at = at
        self._links = Links()

    def anchor(self, current: CertificateDescription) -> tuple[tuple[Link, ...], CertificateDescription] | None:
        """What is trusted and signed this certificate, with the link to it, or is this certificate, without."""
        if current.piece.der in self._trust:
            return (), current
        found = [(self._links.between(current, one), one) for one in self._trust.named(current.issuer_name)]
        holding = [(link, one) for link, one in found if link.holds]
        best = max(holding, key=lambda pair: self._preference(*pair), default=None)
        return best and ((best[0],), best[1])

    def following(
        self, current: CertificateDescription, taken: Sequence[int]
    ) -> tuple[int, Link, CertificateDescription] | None:
        """The issuer among what was served, with its position; None when it is not there, or was there already."""
        if current.is_self_issued:
            return None
        passed = {one.fingerprint for one in (self._served[position] for position in taken) if one}
        found = [
            (position, self._links.between(current, one), one)
            for position, one in enumerate(self._served)
            if one is not None and one.fingerprint not in passed
        ]
        holding = [each for each in found if each[1].holds]
        return max(holding, key=lambda each: (*self._preference(*each[1:]), -each[0]), default=None)

    def end(self, last: CertificateDescription) -> tuple[End, str]:
        """Why the way goes no further, when it has met nothing that is trusted."""
        if last.is_self_issued:
            return End.SELF_SIGNED, ""
        served = (one for one in self._served if one is not None and names.same(one.subject_name, last.issuer_name))
        for one in (*served, *self._trust.named(last.issuer_name)):
            link = self._links.between(last, one)
            if not link.holds:
                return End.IMPOSTOR, link.reason
        return End.MISSING, ""

    def _preference(self, link: Link, one: CertificateDescription) -> tuple[bool, bool, datetime]:
        return link.state is State.VERIFIED, one.not_before <= self._at <= one.not_after, one.not_after
