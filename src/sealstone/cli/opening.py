"""What every command shares: its options, settings, and faults as one line. Light: nothing here opens a store."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from sealstone.seal.faults import SealFault
from sealstone.server.faults import OperatorFault
from sealstone.server.settings import Settings, read
from sealstone.store.faults import StoreFault


def data_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--data DIR`, the same everywhere."""
    return click.option("--data", metavar="DIR", help="Data directory. [default: ~/.local/share/sealstone]")(command)


@contextmanager
def one_line() -> Iterator[None]:
    """Turn every fault that a person can mend into one line on stderr and exit status 1."""
    try:
        yield
    except (OperatorFault, SealFault, StoreFault, OSError) as fault:
        raise click.ClickException(" ".join(str(fault).split())) from fault


def settings_of(**given: Any) -> Settings:
    """Settings from what the command line said. Faults are one line."""
    with one_line():
        return read(given)
