"""`sealstone listeners`: what every listener serves, and whether that is what is stored."""

import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

import click

from sealstone.cli.opening import data_option, one_line, settings_of
from sealstone.cli.stores import vault_of
from sealstone.model.listener import Listener, ListenerState, ListenerStatus
from sealstone.model.load_balancer import LoadBalancer
from sealstone.server.serving import data_plane, is_deployed
from sealstone.store import (
    certificate_uses,
    configuration,
    listener_states,
    load_balancers,
    served_certificates,
)
from sealstone.store import listeners as stored
from sealstone.store.engine import Tx

STALE: Final = "stale"
"""The state of a listener that nobody looks at any more, whatever was seen last."""
_FAILED: Final = 1
_RECENT: Final = timedelta(minutes=2)
"""The deploy worker looks at every listener each minute."""
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


@dataclass(frozen=True, slots=True)
class Line:
    """One listener, as it is shown."""

    load_balancer: str
    protocol: str
    port: int
    address: str
    """Where it is bound: what DNS and firewalls must know."""
    state: str
    """pending, serving, failed or stale."""
    generation: int
    """Of the configuration that the state is about; 0 when nobody has looked yet."""
    certificate: str
    """The name of the default certificate, and how many more are chosen by server name."""
    served_fingerprint: str
    reason: str
    checked_at: str
    seconds_since: int | None
    """From then until now; None when nobody has looked yet."""


@dataclass(frozen=True, slots=True)
class _Present:
    """What the states of listeners are held against."""

    now: datetime
    generation: int
    deployed: bool
    """Whether a server deploys for this data directory."""


@click.group(invoke_without_command=True)
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@click.pass_context
def listeners(context: click.Context, data: str | None, as_json: bool) -> None:
    """Show what every listener serves; exit status 1 when one of them fails or is stale.

    serving N means: at generation N of the configuration a handshake has shown the stored certificate. How long ago
    that was is shown beside it. stale means: no server runs, or none has looked for two minutes.
    """
    if context.invoked_subcommand is not None:
        return
    settings = settings_of(data=data)
    with vault_of(data) as vault, vault.store.reading() as tx:
        present = _Present(vault.clock(), configuration.generation(tx), is_deployed(settings.data_directory))
        found = _lines(tx, settings.balancing.port_offset, present)
    if as_json:
        click.echo(json.dumps([asdict(line) for line in found], indent=2))
    elif not found:
        click.echo("There is no listener.")
    else:
        _print(found)
    if any(line.state in {ListenerStatus.FAILED, STALE} for line in found):
        context.exit(_FAILED)


@listeners.command()
@data_option
def stop(data: str | None) -> None:
    """Stop serving: end HAProxy and remove the keys it had. A server that runs starts it again."""
    with one_line():
        data_plane(settings_of(data=data)).stop()
    click.echo("Nothing is served any more.")


def _lines(tx: Tx, port_offset: int, present: _Present) -> list[Line]:
    states = {state.listener_id: state for state in listener_states.every(tx)}
    names = {one.certificate.unique_id: one.certificate.name for one in served_certificates.in_use(tx)}
    uses: dict[str, list[str]] = defaultdict(list)
    for use in certificate_uses.every(tx):
        uses[use.listener_id].append(names.get(use.certificate_id, use.certificate_id))
    owners = {one.unique_id: one for one in load_balancers.every(tx)}
    rows = [(owners[row.load_balancer_id], row) for row in stored.every(tx)]
    rows.sort(key=lambda pair: (pair[0].name, pair[1].port))
    return [
        _line(owner, row, states.get(row.listener_id), uses[row.listener_id], port_offset, present)
        for owner, row in rows
    ]


def _line(
    owner: LoadBalancer,
    row: Listener,
    seen: ListenerState | None,
    certificates: list[str],
    port_offset: int,
    present: _Present,
) -> Line:
    state, reason = _state(seen, present)
    host = f"[{owner.address}]" if ":" in owner.address else owner.address
    more = f" and {len(certificates) - 1} more" if len(certificates) > 1 else ""
    return Line(
        load_balancer=owner.name,
        protocol=row.protocol,
        port=row.port,
        address=f"{host}:{row.port + port_offset}",
        state=state,
        generation=seen.generation if seen else 0,
        certificate=certificates[0] + more if certificates else "",
        served_fingerprint=seen.served_fingerprint if seen else "",
        reason=reason,
        checked_at=seen.checked_at.strftime("%Y-%m-%dT%H:%M:%SZ") if seen else "",
        seconds_since=int((present.now - seen.checked_at).total_seconds()) if seen else None,
    )


def _state(seen: ListenerState | None, present: _Present) -> tuple[str, str]:
    """The state, and why it is not `serving`."""
    last = (
        f"it was last seen {': '.join(filter(None, (seen.status, seen.reason)))}" if seen else "nobody has seen it yet"
    )
    if not present.deployed:
        return STALE, f"no server runs on this data directory; {last}"
    if seen is None:
        return ListenerStatus.PENDING, ""
    if abs(present.now - seen.checked_at) > _RECENT:
        return STALE, f"the server has not looked at it for {_RECENT.seconds // 60} minutes; {last}"
    if seen.generation < present.generation:
        return ListenerStatus.PENDING, seen.reason
    return seen.status, seen.reason


def _print(found: list[Line]) -> None:
    """A line each, within 80 columns where names are short, with the age of what was seen; a reason below it."""
    for line in found:
        state = f"{line.state} {line.generation}" if line.state == ListenerStatus.SERVING else line.state
        where = f"{line.load_balancer:20} {line.protocol:5} {line.address:21}"
        click.echo(f"{where} {state:12} {_age(line):>4} {line.certificate}".rstrip())
        if line.state in {ListenerStatus.FAILED, STALE}:
            click.echo(f"    {line.reason}")


def _age(line: Line) -> str:
    """In the largest unit that fits: `12s`, `3m`; nothing when nobody has looked."""
    if line.seconds_since is None:
        return ""
    seconds = max(line.seconds_since, 0)
    size, unit = next((size, unit) for size, unit in _UNITS if seconds >= size or size == 1)
    return f"{seconds // size}{unit}"
