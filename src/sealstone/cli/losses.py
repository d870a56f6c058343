"""What a conversion would take away from its user: files that were given, and chains that lie beside the result.

A file that was given is overwritten only when everything in it is written anew, and never removed. A chain of another
certificate must not stay beside a new one, for it would be uploaded with it; it goes only when signatures prove that it
is of another one. What can be neither kept nor proven is refused.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click

from sealstone.cli.files import CHAIN, numbered
from sealstone.model.secret import Secret
from sealstone.x509.containers import reading
from sealstone.x509.conversion import Gathered
from sealstone.x509.description import CertificateDescription, KeyDescription, describe
from sealstone.x509.escaping import shown
from sealstone.x509.links import Links, State
from sealstone.x509.material import Container, Kind, Piece, Unreadable

_STDIN: Final = "-"
_EC_PARAMETERS: Final = "EC PARAMETERS"  # beside a key that names its curve itself
_MOST_BYTES: Final = 16 * 2**20
_ELSEWHERE: Final = "write into another directory: -o DIR"
_Identity = tuple[Kind, object]


@dataclass(slots=True)
class Conversion:
    """What was given and what is to be written, in one directory; `left` is filled by `without`."""

    inputs: Sequence[str]
    items: Sequence[Piece | Unreadable]
    found: Gathered
    with_root: bool
    folder: Path
    contents: Mapping[str, bytes | Secret] = field(repr=False)
    left: list[str] = field(default_factory=list)
    """Names of chains that were there, belong to the certificate and stay."""

    @property
    def written(self) -> tuple[CertificateDescription, ...]:
        """The certificates that are in the result."""
        return (self.found.leaf, *self.found.above(with_root=self.with_root))

    def without(self) -> tuple[str, ...]:
        """Names of the chains beside the result that must go. Raises ClickException for what must not be lost."""
        self._check_overwritten()
        self.left.clear()
        stale = [] if CHAIN in self.contents or "Certificate.pem" not in self.contents else [CHAIN]
        candidates = [*stale, *numbered(self.folder, self.contents)]
        return tuple(name for name in candidates if os.path.lexists(self.folder / name) and self._must_go(name))

    def _check_overwritten(self) -> None:
        """That of files which are given and overwritten nothing is lost."""
        overwritten = {given for given in self.inputs if any(self._is(given, name) for name in self.contents)}
        safe: set[_Identity | None] = {(Kind.CERTIFICATE, one.piece.der) for one in self.written}
        if any(isinstance(content, Secret) for content in self.contents.values()):
            safe.add((Kind.PRIVATE_KEY, self.found.leaf.public_key_fingerprint))
        safe.update((one.kind, one.der) for one in self.items if isinstance(one, Piece) and one.label == _EC_PARAMETERS)
        safe.update(_identity(item) for item in self.items if item.origin.file not in overwritten)
        for item in self.items:
            if item.origin.file in overwritten and (isinstance(item, Unreadable) or _identity(item) not in safe):
                root = self.found.root
                is_root = root and isinstance(item, Piece) and item.der == root.piece.der
                raise click.ClickException(
                    f"{shown(item.origin.file)} was given and would be overwritten, and {_named(item)} in it is not "
                    f"among what is written; {'keep the root: --with-root; or ' if is_root else ''}{_ELSEWHERE}"
                )

    def _must_go(self, name: str) -> bool:
        path = self.folder / name
        there = _certificates(path)
        if there is None:
            raise click.ClickException(
                f"{click.format_filename(path)} would stay beside a certificate that it may not belong to, and it "
                f"cannot be read as certificates; move it away, or {_ELSEWHERE}"
            )
        if self._belongs(there, path):
            self.left.append(name)
            return False
        if any(self._is(given, name) for given in self.inputs):
            raise click.ClickException(
                f"{click.format_filename(path)} was given, and is no part of the chain of "
                f"{shown(self.found.leaf.subject)}, beside which it would stay: move it away, or {_ELSEWHERE}"
            )
        return True

    def _belongs(self, there: Sequence[CertificateDescription], path: Path) -> bool:
        """Whether one of these issued one of the written ones, and is not written itself. Raises ClickException."""
        links, written = Links(), {one.fingerprint for one in self.written}
        states = [
            links.as_issuer(below, one).state
            for one in there
            if one.fingerprint not in written
            for below in self.written
        ]
        if State.VERIFIED not in states and State.UNPROVEN in states:
            raise click.ClickException(
                f"nothing proves whether {click.format_filename(path)} belongs to {shown(self.found.leaf.subject)}: "
                f"their signatures cannot be checked; move it away, or {_ELSEWHERE}"
            )
        return State.VERIFIED in states

    def _is(self, given: str, name: str) -> bool:
        """Whether the file that was given is what has this name in the directory; a link to it is, too."""
        with suppress(OSError, ValueError):
            return given != _STDIN and os.path.samestat(os.stat(given), (self.folder / name).lstat())  # noqa: PTH116
        return False


def told(conversion: Conversion) -> Iterator[str]:
    """What stays, in lines."""
    for name in conversion.left:
        yield (
            f"Left as it is: {click.format_filename(conversion.folder / name)}, which holds an issuer of this "
            "certificate; give it, too, and it is put in order"
        )


def _certificates(path: Path) -> tuple[CertificateDescription, ...] | None:
    """Those in a file; None when it cannot be read, or holds anything else."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError:
        return None
    items = reading.contents(data, str(path)) if len(data) <= _MOST_BYTES else ()
    found = [describe(item) for item in items if not isinstance(item, Container)]
    certificates = tuple(one for one in found if isinstance(one, CertificateDescription))
    return certificates if certificates and len(certificates) == len(items) else None


def _identity(item: Piece | Unreadable) -> _Identity | None:
    """What makes two pieces the same; None for what cannot be read."""
    if isinstance(item, Unreadable):
        return None
    if item.kind is Kind.PRIVATE_KEY:
        key = describe(item)
        return item.kind, key.public_key_fingerprint if isinstance(key, KeyDescription) else None
    return item.kind, item.der


def _named(item: Piece | Unreadable) -> str:
    if isinstance(item, Unreadable):
        return "what cannot be read"
    one = describe(item)
    if isinstance(one, CertificateDescription):
        return f"the certificate {shown(one.subject)}"
    return f"a {item.kind}" if item.kind is not Kind.PARAMETERS else "parameters"
