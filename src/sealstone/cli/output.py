"""Standard output that cannot be written (a full disk, `/dev/full`, closed): one line that also says what was done.

A command's files may be written already when that happens; they are told then, for nobody else will.
"""

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import click

_WRITTEN: Final = "sealstone.written"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


def write(content: bytes) -> None:
    """Bytes as they are. Raises ClickException when it is closed, OSError."""
    if sys.stdout is None:
        raise closed()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def closed() -> click.ClickException:
    """That nobody can be told anything."""
    return click.ClickException("standard output is closed")


def wrote(path: Path) -> None:
    """Remembers, for the time of the command, that a file is in its place."""
    context = click.get_current_context(silent=True)
    if context:
        context.meta.setdefault(_WRITTEN, []).append(path)


def is_refused(fault: OSError) -> bool:
    """Whether standard output is what could not be written; a closed pipe is click's affair."""
    if sys.stdout is None or fault.errno == errno.EPIPE or fault.filename is not None:
        return False
    try:
        sys.stdout.flush()
    except OSError as still:
        return still.errno == fault.errno
    return fault.errno in _FULL


def refused(fault: OSError) -> click.ClickException:
    """One line about it, with the files that were written. What waits to be written is given up."""
    with suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), sys.stdout.fileno())  # or Python tries it once more at its end, and complains
    context = click.get_current_context(silent=True)
    paths = context.meta.get(_WRITTEN, ()) if context else ()
    names = ", ".join(click.format_filename(path) for path in paths)
    done = f"; written already: {names}" if names else ""
    return click.ClickException(f"cannot write standard output: {fault.strerror}{done}")
