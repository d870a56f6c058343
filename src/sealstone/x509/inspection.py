"""All that is to be told of a set of files: items with their numbers, trees, chains, and which key is whose.

Facts only. They are shown by the command line, on a screen or as JSON.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from sealstone.x509.algorithms import EC, EXPLICIT
from sealstone.x509.description import (
    NO_END,
    CertificateDescription,
    Description,
    KeyDescription,
    OtherDescription,
    RequestDescription,
    describe,
)
from sealstone.x509.links import Link
from sealstone.x509.material import Origin, Piece, Unreadable
from sealstone.x509.paths import not_looked_at
from sealstone.x509.trees import Branch, tree

_EXPLICIT_CURVE: Final = (
    "its curve is written out in numbers (explicit EC parameters) instead of named, which RFC 5480 2.1.1 forbids and "
    "AWS refuses: write the key anew (openssl ec -in KEY -param_enc named_curve -out NEW) and have a certificate "
    "issued for it"
)


class Validity(StrEnum):
    """Where a moment stands in a period of validity."""

    VALID = "valid"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    UNKNOWN = "unknown"
    """The dates cannot be read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was found. `number` counts from 1, in the order found."""

    number: int
    item: Piece | Unreadable = field(repr=False)
    description: Description
    same_as: int | None = None
    """The number of an earlier entry that is the same certificate."""

    @property
    def origin(self) -> Origin:
        """Where it was found."""
        return self.item.origin

    @property
    def kind(self) -> str:
        """A `Kind`, or `unreadable`: also where the kind is known and the content makes no sense."""
        return str(self.item.kind) if isinstance(self.item, Piece) and not self.is_unreadable else "unreadable"

    @property
    def is_unreadable(self) -> bool:
        """Whether nothing can be told but why."""
        return isinstance(self.description, OtherDescription) and bool(self.description.reason)

    @property
    def label(self) -> str:
        """Of the PEM block, or the alias; as found."""
        return self.item.label if isinstance(self.item, Piece) else ""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is odd about how it was written."""
        return self.item.remarks if isinstance(self.item, Piece) else ()

    @property
    def faults(self) -> tuple[str, ...]:
        """What of it cannot be read, or is against the standard."""
        told = self.description
        if not isinstance(told, CertificateDescription | KeyDescription | RequestDescription):
            return ()
        return (*told.faults, _EXPLICIT_CURVE) if told.key == f"{EC} {EXPLICIT}" else told.faults


@dataclass(frozen=True, slots=True)
class Chain:
    """From a certificate that issued no other upwards; the lowest first."""

    certificates: tuple[CertificateDescription, ...]
    links: tuple[Link, ...]
    """How each stands to the next: one less than certificates."""
    is_rooted: bool
    """Whether the last one signed itself."""
    missing_issuer: str | None
    """Name of the issuer that is not there."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A key, and what was made for it; all by number."""

    key: int
    certificates: tuple[int, ...]
    requests: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """Everything about the files, at one moment."""

    files: tuple[str, ...]
    at: datetime
    entries: tuple[Entry, ...]
    branches: tuple[Branch, ...]
    chains: tuple[Chain, ...]
    pairs: tuple[Pair, ...]
    numbers: Mapping[str, int] = field(repr=False)
    """Of certificates, by fingerprint: where each came first."""
    not_looked_at: int = 0
    """How many certificates are beyond those whose links are searched and checked (`paths.MOST`)."""

    def number_of(self, certificate: CertificateDescription) -> int:
        """Its number, where it came first."""
        return self.numbers[certificate.fingerprint]

    def validity(self, certificate: CertificateDescription) -> Validity:
        """Where the moment stands in its validity."""
        return validity(certificate, self.at)


def inspected(files: Sequence[str], items: Sequence[Piece | Unreadable], at: datetime) -> Inspection:
    """What there is to tell. `at` has a zone. Raises nothing for foreign bytes."""
    numbers: dict[str, int] = {}
    entries = []
    for number, item in enumerate(items, start=1):
        told, same_as = describe(item), None
        if isinstance(told, CertificateDescription):
            same_as = numbers.get(told.fingerprint)
            numbers.setdefault(told.fingerprint, number)
        entries.append(Entry(number, item, told, same_as))
    certificates = [one.description for one in entries if isinstance(one.description, CertificateDescription)]
    branches = tree(certificates, at)
    return Inspection(
        files=tuple(files),
        at=at,
        entries=tuple(entries),
        branches=branches,
        chains=tuple(_chains(branches)),
        pairs=tuple(_pairs(entries)),
        numbers=numbers,
        not_looked_at=not_looked_at(certificates),
    )


def validity(certificate: CertificateDescription, at: datetime) -> Validity:
    """Where a moment stands in the validity of a certificate; both ends belong to it (RFC 5280 4.1.2.5)."""
    if certificate.not_after == NO_END:
        return Validity.UNKNOWN
    if at < certificate.not_before:
        return Validity.NOT_YET_VALID
    # The last second counts to its end.
    return Validity.EXPIRED if at.replace(microsecond=0) > certificate.not_after else Validity.VALID


def _chains(branches: Sequence[Branch]) -> Iterator[Chain]:
    """One from each end of the trees."""
    waiting: list[tuple[Branch, tuple[Branch, ...]]] = [(top, ()) for top in reversed(branches)]
    while waiting:
        branch, above = waiting.pop()
        way = (branch, *above)
        waiting += [(child, way) for child in reversed(branch.children)]
        if not branch.children:
            top = way[-1]
            yield Chain(
                certificates=tuple(one.certificate for one in way),
                links=tuple(one.link for one in way[:-1] if one.link),
                is_rooted=top.is_self_signed,
                missing_issuer=None if top.is_self_signed else top.certificate.issuer,
            )


def _pairs(entries: Sequence[Entry]) -> Iterator[Pair]:
    for entry in entries:
        told = entry.description
        if isinstance(told, KeyDescription):
            yield Pair(
                key=entry.number,
                certificates=_of_key(entries, told, CertificateDescription),
                requests=_of_key(entries, told, RequestDescription),
            )


def _of_key(
    entries: Sequence[Entry], key: KeyDescription, kind: type[CertificateDescription | RequestDescription]
) -> tuple[int, ...]:
    """Each once: the same certificate again is not told."""
    return tuple(
        entry.number
        for entry in entries
        if isinstance(entry.description, kind)
        and entry.description.public_key_fingerprint == key.public_key_fingerprint
        and entry.same_as is None
    )
