"""Where each certificate stands: its issuers, the path up to a root, and which key is whose. `trees` draws them all.

Of any number of certificates in any order. Searching only: dates, constraints and trust are not judged, a path is
found through an expired issuer when there is no other. Bounded (attack X6): each signature is checked once, and the
search looks at each certificate once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from sealstone.x509 import names
from sealstone.x509.description import CertificateDescription, KeyDescription
from sealstone.x509.escaping import shown
from sealstone.x509.links import Link, Links, State
from sealstone.x509.problems import Part, X509Problem

MOST: Final = 1000
"""Certificates that are looked at; those behind them are as if they were not there."""

_MOST_NAMED: Final = 5


class NoLeaf(X509Problem):
    """There is no certificate that ends a chain: none at all, or only some that signed each other in a circle."""

    def __init__(self) -> None:
        super().__init__(
            Part.FILE, "there is no certificate that is not another's issuer", "give the server's own certificate too"
        )


class SeveralLeaves(X509Problem):
    """Several certificates could be the one that is meant. `subjects` are theirs, `aliases` names in keystores."""

    def __init__(self, subjects: Sequence[str], aliases: Sequence[str] = ()) -> None:
        super().__init__(
            Part.FILE,
            f"there are {len(subjects)} certificates that could be meant: {listed(subjects)}",
            "give the files that belong to one of them only, or its private key too"
            + (f", or name it by its alias (--alias): {listed(aliases)}" if aliases else ""),
        )
        self.subjects = tuple(subjects)
        self.aliases = tuple(aliases)


@dataclass(frozen=True, slots=True)
class Path:
    """The way from a certificate up to its root."""

    leaf: CertificateDescription
    issuers: tuple[CertificateDescription, ...]
    """The immediate issuer first; without the root."""
    root: CertificateDescription | None
    """The self-signed one at the end; the leaf itself when that signed itself."""
    missing: str | None
    """Name of the issuer that is not there (RFC 4514, escaped, whole); None when there is a root."""
    unrelated: tuple[CertificateDescription, ...]
    """All others, each once."""
    links: tuple[Link, ...]
    """How the leaf stands to its issuer, that one to the next, and so on; none of them is broken."""


def listed(words: Sequence[str]) -> str:
    """Some of them, escaped, and how many more there are."""
    named = ", ".join(shown(word) for word in words[:_MOST_NAMED])
    return named + (f" and {len(words) - _MOST_NAMED} more" if len(words) > _MOST_NAMED else "")


def issuers_of(
    subject: CertificateDescription, among: Iterable[CertificateDescription], links: Links | None = None
) -> tuple[CertificateDescription, ...]:
    """Those that signed it, proven: the name is the issuer's and the key verifies a signature that proves something."""
    checked = links or Links()
    return tuple(one for one in among if checked.between(subject, one).state is State.VERIFIED)


def path(
    leaf: CertificateDescription,
    among: Iterable[CertificateDescription],
    at: datetime,
    links: Links | None = None,
) -> Path:
    """The way up from `leaf`, as far as it goes. `at` decides between several issuers and judges nobody.

    A path that is proven and valid at `at` is taken before one that is only proven, and that before any other. At each
    step a valid issuer is preferred, then a root to the same authority's cross-signed certificate, then the one that
    lives longest.
    """
    search = _Search((leaf, *among), at, links or Links())
    way, is_whole = search.way_from(leaf)
    taken = {one.fingerprint for one in way}
    steps = tuple(search.links.between(subject, issuer) for subject, issuer in pairwise(way))
    return Path(
        leaf=leaf,
        issuers=way[1:-1] if is_whole else way[1:],
        root=way[-1] if is_whole else None,
        missing=None if is_whole else way[-1].issuer,
        unrelated=tuple(one for one in search.certificates if one.fingerprint not in taken),
        links=steps,
    )


def leaf_of(
    certificates: Sequence[CertificateDescription],
    keys: Sequence[KeyDescription],
    at: datetime | None = None,
    links: Links | None = None,
) -> CertificateDescription:
    """The one certificate that is meant: that of a key, else the one that issued nobody and is no authority.

    A certificate that issued another one given is not meant, though the key be its own. Of several for the same key and
    names, which is what renewals are, one that is valid at that time, and of these the one that begins last.
    Raises NoLeaf, SeveralLeaves.
    """
    each = unique(certificates)
    ends = _ends(each, links or Links())
    owned = {key.public_key_fingerprint for key in keys}
    keyed = [one for one in each if one.public_key_fingerprint in owned]
    choices = (
        [one for one in ends if one.public_key_fingerprint in owned],
        [one for one in ends if one.authority is not True],
        keyed,
        ends,
    )
    candidates = next((choice for choice in choices if choice), None)
    if candidates is None:
        raise NoLeaf
    newest = max(candidates, key=lambda one: (at is None or one.not_before <= at <= one.not_after, one.not_before))
    if any(_purpose(one) != _purpose(newest) for one in candidates):
        raise SeveralLeaves([one.subject for one in candidates])
    return newest


def keys_of(
    certificates: Iterable[CertificateDescription], keys: Iterable[KeyDescription]
) -> Mapping[str, tuple[CertificateDescription, ...]]:
    """For the public-key fingerprint of each key, the certificates of that key; empty when there is none."""
    each = unique(certificates)
    return {
        key.public_key_fingerprint: tuple(
            one for one in each if one.public_key_fingerprint == key.public_key_fingerprint
        )
        for key in keys
    }


class _Search:
    """One search for paths: what is there by name, and which signatures hold."""

    def __init__(self, certificates: Iterable[CertificateDescription], at: datetime, links: Links) -> None:
        self.certificates = unique(certificates)
        self.links = links
        self._at = at
        self._by_subject: dict[bytes, list[CertificateDescription]] = {}
        for one in self.certificates:
            self._by_subject.setdefault(names.comparable(one.subject_name), []).append(one)

    def way_from(self, leaf: CertificateDescription) -> tuple[tuple[CertificateDescription, ...], bool]:
        """The certificates from the leaf up, and whether the last is a root."""
        way: tuple[CertificateDescription, ...] = (leaf,)
        if self.links.is_root(leaf):
            return way, True
        for allowed in (self._is_proven_and_valid, self._is_proven, self._is_any):
            way, is_whole = self._ascent(leaf, allowed)
            if is_whole:
                return way, True
        return way, False

    def _ascent(
        self, leaf: CertificateDescription, allowed: Callable[[Link, CertificateDescription], bool]
    ) -> tuple[tuple[CertificateDescription, ...], bool]:
        """Depth first, without recursion; the first way that ended is the answer when none reaches a root."""
        way, passed, ended = [leaf], {leaf.fingerprint}, (leaf,)
        waiting = [self._issuers(leaf, allowed)]
        first_end: tuple[CertificateDescription, ...] | None = None
        while waiting:
            following = next((one for one in waiting[-1] if one.fingerprint not in passed), None)
            if following is None:
                first_end = first_end or tuple(way)
                waiting.pop()
                way.pop()
                continue
            passed.add(following.fingerprint)
            way.append(following)
            if self.links.is_root(following):
                return tuple(way), True
            waiting.append(self._issuers(following, allowed))
        return first_end or ended, False

    def _issuers(
        self, subject: CertificateDescription, allowed: Callable[[Link, CertificateDescription], bool]
    ) -> Iterator[CertificateDescription]:
        """The possible ones, the preferred first."""
        found = []
        for one in self._by_subject.get(names.comparable(subject.issuer_name), ()):
            link = self.links.as_issuer(subject, one)
            if one.fingerprint != subject.fingerprint and allowed(link, one):
                found.append(
                    (link.state is State.VERIFIED, self._is_valid(one), one.is_self_issued, one.not_after, one)
                )
        found.sort(key=lambda each: each[:-1], reverse=True)
        return (each[-1] for each in found)

    def _is_valid(self, one: CertificateDescription) -> bool:
        return one.not_before <= self._at <= one.not_after

    def _is_proven_and_valid(self, link: Link, one: CertificateDescription) -> bool:
        return link.state is State.VERIFIED and self._is_valid(one)

    @staticmethod
    def _is_proven(link: Link, _: CertificateDescription) -> bool:
        return link.state is State.VERIFIED

    @staticmethod
    def _is_any(link: Link, _: CertificateDescription) -> bool:
        return link.holds


def unique(certificates: Iterable[CertificateDescription]) -> tuple[CertificateDescription, ...]:
    """Each once, where it came first, and no more than `MOST`."""
    found: dict[str, CertificateDescription] = {}
    for one in certificates:
        found.setdefault(one.fingerprint, one)
    return tuple(found.values())[:MOST]


def not_looked_at(certificates: Iterable[CertificateDescription]) -> int:
    """How many there are beyond `MOST`, each counted once."""
    return max(0, len({one.fingerprint for one in certificates}) - MOST)


def beyond(count: int) -> str:
    """What is said of so many more than `MOST`."""
    more = "1 more certificate was" if count == 1 else f"{count:,} more certificates were"
    return f"{more} not looked at: {MOST:,} is the most"


def _ends(each: Sequence[CertificateDescription], links: Links) -> list[CertificateDescription]:
    """Those that issued no other."""
    by_subject: dict[bytes, list[CertificateDescription]] = {}
    for one in each:
        by_subject.setdefault(names.comparable(one.subject_name), []).append(one)
    issuing = {
        issuer.fingerprint
        for one in each
        for issuer in by_subject.get(names.comparable(one.issuer_name), ())
        if issuer.fingerprint != one.fingerprint and links.between(one, issuer).holds
    }
    return [one for one in each if one.fingerprint not in issuing]


def _purpose(one: CertificateDescription) -> tuple[object, ...]:
    """What two renewals of one certificate have in common."""
    return one.public_key_fingerprint, one.subject_name, frozenset(one.alternative_names)
