"""The credentials file of first start, in the form of an AWS credentials file; light, so that `env` answers at once."""

import configparser
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sealstone.model.secret import Secret

DEFAULT_PROFILE: Final = "default"
ROOT_PROFILE: Final = "root"
_MARK: Final = "sealstone_account_id"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made; its secret is shown or written once."""

    account_id: str
    access_key_id: str
    secret: Secret


def write_credentials(path: Path, root: NewKey, administrator: NewKey) -> None:
    """Both keys as an AWS credentials file, mode 0600, durable on return.

    Written before the account is committed, so that no crash can leave an account whose key nobody has; a file
    of an earlier, unfinished start is replaced. Raises FileExistsError rather than replace anybody else's file.
    """
    file = configparser.ConfigParser(interpolation=None)
    for profile, key in ((DEFAULT_PROFILE, administrator), (ROOT_PROFILE, root)):
        file[profile] = {
            "aws_access_key_id": key.access_key_id,
            "aws_secret_access_key": key.secret.reveal().decode(),
            _MARK: key.account_id,
        }
    text = io.StringIO()
    file.write(text)
    if path.exists() and _MARK not in path.read_text(encoding="utf-8"):
        raise FileExistsError(f"{path} is not a credentials file of Sealstone; it is left as it is")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_durably(path, text.getvalue())


def replace_durably(path: Path, text: str) -> None:
    """Put the file in place whole or not at all, mode 0600."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def read_credentials(path: Path, profile: str) -> tuple[str, str]:
    """Access key id and secret of a profile. Raises FileNotFoundError, KeyError."""
    file = configparser.ConfigParser(interpolation=None)
    with path.open(encoding="utf-8") as stream:
        file.read_file(stream)
    return file[profile]["aws_access_key_id"], file[profile]["aws_secret_access_key"]
