"""Certificates as trees: every one stands under its issuer, with the verdict on the link. Bounded like `paths`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sealstone.x509 import names
from sealstone.x509.description import CertificateDescription
from sealstone.x509.links import Link, Links, State
from sealstone.x509.paths import unique

_CIRCLE: Final = Link(State.UNPROVEN, "its issuer stands below it: they signed each other in a circle")
_RANK: Final[Mapping[State, int]] = {State.VERIFIED: 2, State.UNPROVEN: 1, State.BROKEN: 0}

_Above = tuple[CertificateDescription | None, Link | None]
"""The certificate above, if there is one, and how it stands to that."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A certificate and those below it."""

    certificate: CertificateDescription
    link: Link | None
    """How it stands to the one above it; at the top how it stands to itself, None when its issuer is not there."""
    children: tuple["Branch", ...] = field(repr=False)

    @property
    def is_self_signed(self) -> bool:
        """Whether it stands at the top because it signed itself."""
        return self.link is not None and self.link.holds and self.certificate.is_self_issued


def tree(
    certificates: Iterable[CertificateDescription], at: datetime, links: Links | None = None
) -> tuple[Branch, ...]:
    """All of them, each once, under its issuer; at the top stand roots and those whose issuer is not there.

    Of several issuers one that is proven is taken, then as in `paths.path`. Where the issuer's name is there, but
    none that signed it, the link is a broken one.
    """
    checked = links or Links()
    each = unique(certificates)
    by_subject: dict[bytes, list[CertificateDescription]] = {}
    for one in each:
        by_subject.setdefault(names.comparable(one.subject_name), []).append(one)
    parents = _without_circles(
        {
            one.fingerprint: _parent(one, by_subject.get(names.comparable(one.issuer_name), []), at, checked)
            for one in each
        }
    )
    below: dict[str, list[CertificateDescription]] = {}
    tops: list[CertificateDescription] = []
    for one in each:
        parent, _ = parents[one.fingerprint]
        (below.setdefault(parent.fingerprint, []) if parent else tops).append(one)
    built: dict[str, Branch] = {}
    for one in _deepest_first(tops, below):
        children = tuple(built[child.fingerprint] for child in below.get(one.fingerprint, ()))
        built[one.fingerprint] = Branch(one, parents[one.fingerprint][1], children)
    return tuple(built[one.fingerprint] for one in tops)


def _parent(one: CertificateDescription, named: Sequence[CertificateDescription], at: datetime, links: Links) -> _Above:
    """The best of those that have the issuer's name."""
    if links.is_root(one):
        return None, links.between(one, one)
    others = [other for other in named if other.fingerprint != one.fingerprint]
    if not others:
        return None, links.between(one, one) if one.is_self_issued else None

    def rank(other: CertificateDescription) -> tuple[int, bool, bool, datetime]:
        is_valid = other.not_before <= at <= other.not_after
        return _RANK[links.as_issuer(one, other).state], is_valid, other.is_self_issued, other.not_after

    best = max(others, key=rank)
    return best, links.as_issuer(one, best)


def _without_circles(above: Mapping[str, _Above]) -> Mapping[str, _Above]:
    """The first of each circle goes to the top."""
    found = dict(above)
    settled: set[str] = set()
    for start in above:
        passed: list[str] = []
        at: str | None = start
        while at is not None and at not in settled:
            if at in passed:
                found[at] = None, _CIRCLE
                break
            passed.append(at)
            parent = found[at][0]
            at = parent.fingerprint if parent else None
        settled.update(passed)
    return found


def _deepest_first(
    tops: Iterable[CertificateDescription], below: Mapping[str, Sequence[CertificateDescription]]
) -> Iterator[CertificateDescription]:
    """Children before their parents, without recursion."""
    order = list(tops)
    for one in order:  # grows while it is walked
        order += below.get(one.fingerprint, ())
    return reversed(order)
