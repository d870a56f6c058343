"""Writing what commands make: whole or not at all, never over something else, and private keys for their owner only.

Which files there are and how they are called; how several get to their places as one is `placing`'s affair. `-` is
standard output.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from sealstone.cli import output
from sealstone.cli.placing import PRIVATE, New, exists, held, place, shown
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
    write_each({str(path): content}, force)


def write_private(path: str | Path, content: Secret, force: bool = False) -> None:
    """A file of mode 0600 from its first byte on. Raises ClickException; also when it exists, unless `force`."""
    write_each({str(path): content}, force)


def write_each(contents: Mapping[str, bytes | Secret], force: bool = False) -> None:
    """Files by their paths, in any directories: a Secret as private, bytes as public. `-` is standard output.

    Those of one directory are written all or none; no other run writes into any of them meanwhile. Raises
    ClickException; also when one exists, unless `force`.
    """
    folders: dict[Path, list[New]] = {}
    for name, content in contents.items():
        if name != STANDARD_OUTPUT:
            folders.setdefault(Path(name).parent, []).append(_new(Path(name).name, content))
    with held(list(folders)):
        vacant(*(folder / new.name for folder, news in folders.items() for new in news), force=force)
        for folder, news in folders.items():
            _place(folder, news, force=force)
    if STANDARD_OUTPUT in contents:
        content = contents[STANDARD_OUTPUT]
        output.write(content.reveal() if isinstance(content, Secret) else content)


def write_all(
    directory: str | Path,
    contents: Mapping[str, bytes | Secret],
    force: bool = False,
    without: Callable[[], Sequence[str]] = tuple,
) -> tuple[Path, ...]:
    """Files of one directory, which is made if need be: a Secret as private, bytes as public. Their paths.

    All are written or none; the private ones get to their places last. Files that `without` names go; it is called
    when no other run can write there. Nothing is overwritten or removed unless `force`. Raises ClickException.
    """
    folder = Path(directory)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise click.ClickException(f"cannot make the directory {shown(folder)}: {fault.strerror}") from fault
    with held([folder]):
        vacant(*(folder / name for name in contents), force=force)
        removed = [name for name in without() if os.path.lexists(folder / name)]
        vacant(*(folder / name for name in removed), force=force)
        _place(folder, [_new(name, content) for name, content in contents.items()], force=force, without=removed)
    for name in removed:
        click.echo(f"Removed {shown(folder / name)}: it is of an earlier chain.", err=True)
    return tuple(folder / name for name in contents)


def settle(*folders: str | Path) -> None:
    """Undoes what killed runs had begun in these directories, before anything is read there. Raises ClickException."""
    with held([folder for folder in dict.fromkeys(map(Path, folders)) if folder.is_dir()]):
        pass


def vacant(*paths: str | Path, force: bool = False) -> None:
    """That nothing is in the way, before any work is done. Raises ClickException."""
    for path in paths:
        if str(path) != STANDARD_OUTPUT and not force and os.path.lexists(path):
            raise exists(Path(path))


def numbered(folder: Path, contents: Iterable[str]) -> tuple[str, ...]:
    """Names of files of a numbered chain that an earlier certificate had, and the new one does not replace."""
    written = frozenset(contents)
    try:
        there = sorted(path.name for path in folder.iterdir())
    except OSError:
        return ()
    patterns = [pattern for name, pattern in _NUMBERED.items() if name in written]
    return tuple(name for name in there if name not in written and any(one.fullmatch(name) for one in patterns))


def _new(name: str, content: bytes | Secret) -> New:
    if isinstance(content, Secret):
        return New(name, content.reveal(), PRIVATE)
    return New(name, content, _PUBLIC)


def _place(folder: Path, files: Sequence[New], *, force: bool, without: Sequence[str] = ()) -> None:
    """Private ones last: until then the old one, which nobody can get again, is where it was."""
    place(folder, sorted(files, key=lambda each: each.mode == PRIVATE), force=force, without=without)
    for each in files:
        output.wrote(folder / each.name)
