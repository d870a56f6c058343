"""A rename that overwrites nothing, for file systems without hard links (FAT, some network file systems)."""

import ctypes
import errno
import os
from pathlib import Path
from typing import Final

_HERE: Final = -100  # AT_FDCWD
_NOREPLACE: Final = 1  # RENAME_NOREPLACE, rename(2) of Linux
_UNKNOWN: Final = frozenset({errno.EINVAL, errno.ENOSYS, errno.EPERM})


def rename_to_nothing(source: Path, target: Path) -> None:
    """In one step by `renameat2` where system and file system have it. Raises FileExistsError, OSError.

    Elsewhere the name is looked at first: other runs are kept off by the directory's lock, and another program would
    have to come between the look and the rename. There is no moment with a part of a file under the name.
    """
    number = _renameat2(os.fsencode(source), os.fsencode(target))
    if number in _UNKNOWN:
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        source.rename(target)
    elif number:
        raise OSError(number, os.strerror(number))


def _renameat2(source: bytes, target: bytes) -> int:
    """0 or the number of the error; ENOSYS where the C library does not have it."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return errno.ENOSYS
    refused = call(_HERE, ctypes.c_char_p(source), _HERE, ctypes.c_char_p(target), ctypes.c_uint(_NOREPLACE))
    return ctypes.get_errno() if refused else 0
