"""`sealstone clock`: the clock of a data directory for tests and drills, and moving it. docs/test-clock.md."""

import click

from sealstone.cli.opening import data_option, one_line, settings_of
from sealstone.server import moved_clock
from sealstone.server.clock import system_clock
from sealstone.server.moved_clock import Offset


@click.group(invoke_without_command=True)
@data_option
@click.pass_context
def clock(context: click.Context, data: str | None) -> None:
    """Show how far the clock of a test installation is moved.

    Only for data directories that were started with `sealstone up --test-clock`.
    """
    if context.invoked_subcommand is None:
        with one_line():
            _tell(moved_clock.offset_of(settings_of(data=data)))


@clock.command()
@click.argument("duration")
@click.option("--back", is_flag=True, help="Move it back: what was stored meanwhile then lies in the future.")
@data_option
def advance(duration: str, back: bool, data: str | None) -> None:
    """Move the clock on by DURATION, such as 30d, 12h or 1d12h30m; a server that runs follows at once."""
    with one_line():
        by = moved_clock.duration(duration)
        _tell(moved_clock.advance(settings_of(data=data), -by if back else by))


def _tell(offset: Offset) -> None:
    days, seconds = divmod(abs(offset.offset_seconds), 86_400)
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    side = "behind" if offset.offset_seconds < 0 else "ahead of"
    shown = moved_clock.moved(system_clock(), offset)
    click.echo(f"{shown:%Y-%m-%dT%H:%M:%SZ}  {days} d {hours:02}:{minutes:02}:{seconds % 60:02} {side} the real time")
