"""`sealstone events`: what happened to certificates, from the store beside a running server."""

import json
import os
import re
import select
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import click

from sealstone.cli.opening import data_option
from sealstone.cli.stores import vault_of
from sealstone.model.ending import EXPLANATION
from sealstone.store import events as stored
from sealstone.store.engine import Store
from sealstone.store.events import Kept
from sealstone.x509.escaping import escaped, shown

AGAIN: Final = 1.0
"""Seconds between two looks at the store."""
_LINES: Final = 20
_AGO: Final = re.compile(r"([0-9]{1,6})([smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LONGEST_AGO: Final = timedelta(days=365_000)
"""Of whatever clock, that is a time still."""

Show = Callable[[Mapping[str, Any]], None]


def _time(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime | timedelta | None:
    """`2h` ago, by the clock of the store, or ISO 8601; a time without a zone is in UTC."""
    if value is None:
        return None
    ago = _AGO.fullmatch(value)
    try:
        if ago:
            return _long_ago(timedelta(**{_UNITS[ago[2]]: int(ago[1])}))
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(f"{value!r} is no time; write 30m, 2h or 7d, or 2026-11-21T12:00:00Z") from None


def _long_ago(duration: timedelta) -> timedelta:
    """Raises OverflowError."""
    if duration > _LONGEST_AGO:
        raise OverflowError
    return duration


@click.group()
def events() -> None:
    """Read the events: warnings before expiry, renewals."""


@events.command()
@data_option
@click.option("-n", "--lines", type=click.IntRange(min=0), help=f"How many past ones. [default: {_LINES}]")
@click.option(
    "--since", metavar="TIME", callback=_time, help="All from then on: 30m, 2h, 7d, or ISO 8601 (UTC without a zone)."
)
@click.option("-f", "--follow", is_flag=True, help="Go on with what happens, until Ctrl-C.")
@click.option("--account", "account_id", metavar="ACCOUNT", help="Of this account only.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an event, as EventBridge has it.")
def tail(
    data: str | None,
    lines: int | None,
    since: datetime | timedelta | None,
    follow: bool,
    account_id: str | None,
    as_json: bool,
) -> None:
    """Show the last events, the newest last."""
    if lines is not None and since is not None:
        raise click.UsageError("--lines and --since exclude each other")
    show = _show_json if as_json else _show
    count = 0
    with vault_of(data) as vault, suppress(KeyboardInterrupt), _until_closed():
        first = vault.clock() - since if isinstance(since, timedelta) else since
        for page in _pages(vault.store, first, _LINES if lines is None else lines, account_id, follow=follow):
            for one in page:
                show(one.document)
            count += len(page)
        if not (count or follow or as_json):
            click.echo("There is no event.")


def _pages(
    store: Store, since: datetime | None, lines: int, account_id: str | None, *, follow: bool
) -> Iterator[Sequence[Kept]]:
    """What was, and with `follow` what comes, for as long as somebody reads it."""
    seen = 0
    if since is None:
        with store.reading() as tx:
            seen, page = stored.last(tx), stored.tail(tx, lines, account_id)
        yield page
    while True:
        with store.reading() as tx:
            page = stored.after(tx, seen, since=since, account_id=account_id)
        if page:
            seen = page[-1].number
            yield page
        elif not follow or not _is_watched():
            return


def _is_watched() -> bool:
    """Waits, and tells whether standard output is still open: nobody writes to a pipe that nobody reads."""
    watch = select.poll()
    # Without a mask only errors and hang-ups are told.
    watch.register(sys.stdout, 0)
    return not watch.poll(AGAIN * 1000)


@contextmanager
def _until_closed() -> Iterator[None]:
    """Ends quietly when whoever read has gone, as `head` does."""
    try:
        yield
    except BrokenPipeError:
        _abandon_output()


def _abandon_output() -> None:
    """What waits to be written goes nowhere; or Python tries it once more at its end, and complains."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _show_json(document: Mapping[str, Any]) -> None:
    click.echo(json.dumps(dict(document)))


def _show(document: Mapping[str, Any]) -> None:
    """Two lines an event: when, what and its details; whose and on what. A third one where it has words for people."""
    kind = document["detail-type"]
    styled = click.style(kind, fg="red" if kind.endswith("Expired") else "yellow")
    details = [f"{name}={shown(str(value))}" for name, value in document["detail"].items() if name != EXPLANATION]
    click.echo("  ".join((document["time"].replace("T", " ").rstrip("Z"), styled, *details)))
    resources = ", ".join(shown(resource.removeprefix("arn:aws:"), 256) for resource in document["resources"])
    click.echo(f"    {document['account']}  {resources}")
    if words := str(document["detail"].get(EXPLANATION, "")):
        # Whole: what to do stands at its end.
        click.echo(f"    {escaped(words)}")
