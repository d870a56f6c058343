"""Writing what commands make: whole or not at all, never over something else, and private keys for their owner only.

Which files there are and how they are called; how several get to their places as one is `placing`'s affair. `-` is
standard output.
"""

import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from sealstone.cli.placing import PRIVATE, New, exists, place, shown, sweep
from sealstone.model.secret import Secret

STANDARD_OUTPUT: Final = "-"
CERTIFICATE: Final = "Certificate.pem"
CHAIN: Final = "CertificateChain.pem"
PRIVATE_KEY: Final = "PrivateKey.pem"
"""The three files of an upload, as IAM's documents name them."""
_PUBLIC: Final = 0o666  # the process's umask takes away what it must
_NUMBERED: Final[Mapping[str, re.Pattern[str]]] = {
    "Certificate.der": re.compile(r"CertificateChain-[1-9][0-9]{0,3}\.der")
}
"""Chains of which each certificate is a file of its own, by the certificate that they belong to."""


def write_public(path: str | Path, content: bytes, force: bool = False) -> None:
    """A file that everybody may read. Raises ClickException; also when it exists, unless `force`."""
    _written(path, content, _PUBLIC, force=force)


def write_private(path: str | Path, content: Secret, force: bool = False) -> None:
    """A file of mode 0600 from its first byte on. Raises ClickException; also when it exists, unless `force`."""
    _written(path, content.reveal(), PRIVATE, force=force)


def write_all(
    directory: str | Path,
    contents: Mapping[str, bytes | Secret],
    force: bool = False,
    without: Sequence[str] = (),
) -> tuple[Path, ...]:
    """Files of one directory, which is made if need be: a Secret as private, bytes as public. Their paths.

    All are written or none; the private ones get to their places last. Files named in `without` go, and so do those of
    a longer numbered chain that an earlier run wrote. Nothing is overwritten or removed unless `force`. Raises
    ClickException.
    """
    folder = Path(directory)
    paths = {name: folder / name for name in contents}
    _swept(folder)
    stale = _stale(folder, contents)
    vacant(*paths.values(), *(folder / name for name in without), *stale, force=force)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise click.ClickException(f"cannot make the directory {shown(folder)}: {fault.strerror}") from fault
    new = [_new(paths[name], content) for name, content in contents.items()]
    new.sort(key=lambda each: each.mode == PRIVATE)
    place(new, force=force, without=(*(folder / name for name in without), *stale))
    for path in stale:
        click.echo(f"Removed {shown(path)}: it is of an earlier chain.", err=True)
    return tuple(paths.values())


def vacant(*paths: str | Path, force: bool = False) -> None:
    """That nothing is in the way, before any work is done. Raises ClickException."""
    for path in paths:
        if str(path) != STANDARD_OUTPUT and not force and os.path.lexists(path):
            raise exists(Path(path))


def _new(path: Path, content: bytes | Secret) -> New:
    if isinstance(content, Secret):
        return New(path, content.reveal(), PRIVATE)
    return New(path, content, _PUBLIC)


def _written(path: str | Path, content: bytes, mode: int, *, force: bool) -> None:
    if str(path) == STANDARD_OUTPUT:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    target = Path(path)
    _swept(target.parent)
    vacant(target, force=force)
    place([New(target, content, mode)], force=force)


def _swept(folder: Path) -> None:
    """Takes away what a killed run left, which may be a private key, and says so."""
    for name in sweep(folder):
        click.echo(f"Removed {shown(folder / name)}: a run that was killed had left it.", err=True)


def _stale(folder: Path, contents: Iterable[str]) -> tuple[Path, ...]:
    """Files of a numbered chain that an earlier certificate had, and the new one does not replace."""
    written = frozenset(contents)
    try:
        there = sorted(folder.iterdir())
    except OSError:
        return ()
    patterns = [pattern for name, pattern in _NUMBERED.items() if name in written]
    return tuple(
        path for path in there if path.name not in written and any(pattern.fullmatch(path.name) for pattern in patterns)
    )
