"""Settings: one frozen value, read once, from defaults, `sealstone.toml`, the environment and the command line.

The only module that reads the environment. The fields are in `setting_fields`.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from sealstone.server.faults import SettingsError
from sealstone.server.setting_fields import Settings as Settings  # noqa: PLC0414 - whoever reads them names them
from sealstone.server.setting_fields import absolute
from sealstone.server.setting_rules import checked

CONFIG_NAME: Final = "sealstone.toml"
_PREFIX: Final = "SEALSTONE_"
# Settings that are lists; in the environment their parts are separated by commas or blanks.
_LISTS: Final = frozenset(
    {
        *("trusted_proxies", "listener_addresses", "webhook_urls", "dns_servers"),
        *("authority_accounts", "authority_permitted_names"),
    }
)


def read(given: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Settings:
    """Settings with the command line over the environment over the file over the defaults.

    `given` holds what the command line said; None means not said. Raises SettingsError, in one line.
    """
    environment = os.environ if environment is None else environment
    said = {name: value for name, value in given.items() if value is not None}
    named: dict[str, Any] = {
        field: environment[_PREFIX + field.upper()]
        for field in Settings.__struct_fields__
        if environment.get(_PREFIX + field.upper())
    }
    for field in _LISTS & named.keys():
        named[field] = named[field].replace(",", " ").split()
    data = said.get("data") or named.get("data") or Settings.__struct_defaults__[0]
    config = absolute(environment.get(_PREFIX + "CONFIG", ""))
    file = _from_file(config or Path(str(data)).expanduser() / CONFIG_NAME)
    if "data" in file and config is None:
        raise SettingsError(
            f"data cannot be set in {CONFIG_NAME} inside the data directory; use SEALSTONE_DATA or --data"
        )
    try:
        settings = msgspec.convert({**file, **named, **said}, Settings, strict=False)
    except msgspec.ValidationError as fault:
        raise SettingsError(f"a setting cannot be used: {fault}") from fault
    return checked(settings)


def aws_credentials_file(environment: Mapping[str, str] | None = None) -> Path:
    """The AWS credentials file that `sealstone env --profile` writes to."""
    environment = os.environ if environment is None else environment
    named = environment.get("AWS_SHARED_CREDENTIALS_FILE")
    return Path(named).expanduser() if named else Path("~/.aws/credentials").expanduser()


def aws_config_file(environment: Mapping[str, str] | None = None) -> Path:
    """The AWS configuration file that `sealstone env --profile` writes to."""
    environment = os.environ if environment is None else environment
    named = environment.get("AWS_CONFIG_FILE")
    return Path(named).expanduser() if named else Path("~/.aws/config").expanduser()


def variable(name: str) -> str | None:
    """An environment variable that the user named, such as one that holds a password; None when it is not set."""
    return os.environ.get(name)


def _from_file(path: Path) -> dict[str, Any]:
    """The settings file, when there is one."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as fault:
        raise SettingsError(f"cannot read settings from {path}: {fault}") from fault
