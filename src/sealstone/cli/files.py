"""Writing what commands make: whole or not at all, never over something else, and private keys for their owner only.

A file appears under its name when it is complete and on the disk. `-` is standard output.
"""

import errno
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from sealstone.model.secret import Secret

STANDARD_OUTPUT: Final = "-"
CERTIFICATE: Final = "Certificate.pem"
CHAIN: Final = "CertificateChain.pem"
PRIVATE_KEY: Final = "PrivateKey.pem"
"""The three files of an upload, as IAM's documents name them."""
_PUBLIC: Final = 0o666  # the process's umask takes away what it must
_PRIVATE: Final = 0o600
_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK})


def write_public(path: str | Path, content: bytes, force: bool = False) -> None:
    """A file that everybody may read. Raises ClickException; also when it exists, unless `force`."""
    _written(path, content, _PUBLIC, force=force)


def write_private(path: str | Path, content: Secret, force: bool = False) -> None:
    """A file of mode 0600 from its first byte on. Raises ClickException; also when it exists, unless `force`."""
    _written(path, content.reveal(), _PRIVATE, force=force)


def write_all(directory: str | Path, contents: Mapping[str, bytes | Secret], force: bool = False) -> tuple[Path, ...]:
    """Files of one directory, which is made if need be: a Secret as private, bytes as public. Their paths.

    None is written when one exists already, unless `force`. Raises ClickException.
    """
    folder = Path(directory)
    paths = tuple(folder / name for name in contents)
    vacant(*paths, force=force)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise click.ClickException(f"cannot make the directory {_shown(folder)}: {fault.strerror}") from fault
    for path, content in zip(paths, contents.values(), strict=True):
        if isinstance(content, Secret):
            write_private(path, content, force)
        else:
            write_public(path, content, force)
    return paths


def vacant(*paths: str | Path, force: bool = False) -> None:
    """That nothing is in the way, before any work is done. Raises ClickException."""
    for path in paths:
        if str(path) != STANDARD_OUTPUT and not force and os.path.lexists(path):
            raise _exists(Path(path))


def _written(path: str | Path, content: bytes, mode: int, *, force: bool) -> None:
    if str(path) == STANDARD_OUTPUT:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    target = Path(path)
    vacant(target, force=force)
    fresh = target.with_name(f".{target.name[:200]}.{os.urandom(6).hex()}.new")
    try:
        _fill(fresh, content, mode)
        try:
            _put_in_place(fresh, target, force=force)
        finally:
            fresh.unlink(missing_ok=True)
    except FileExistsError as fault:
        raise _exists(target) from fault
    except OSError as fault:
        raise click.ClickException(f"cannot write {_shown(target)}: {fault.strerror}") from fault


def _fill(fresh: Path, content: bytes, mode: int) -> None:
    """A new file under a name that nobody else has, on the disk when this returns."""
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def _put_in_place(fresh: Path, target: Path, *, force: bool) -> None:
    """Under its name in one step. A link, unlike a rename, fails when the name is taken."""
    if force:
        if target.is_dir() and not target.is_symlink():
            raise IsADirectoryError(errno.EISDIR, "it is a directory")
        fresh.replace(target)
    else:
        try:
            target.hardlink_to(fresh)
        except OSError as fault:
            if fault.errno not in _NO_LINKS:
                raise
            _take(target)
            fresh.replace(target)
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _take(target: Path) -> None:
    """The name, where there are no links (FAT, some network file systems); what is complete replaces it at once."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE))


def _exists(path: Path) -> click.ClickException:
    return click.ClickException(f"{_shown(path)} exists already; it is left as it is unless --force is given")


def _shown(path: Path) -> str:
    return click.format_filename(path)
