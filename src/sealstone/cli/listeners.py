"""`sealstone listeners`: what every listener serves, and whether that is what is stored."""

import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Final

import click

from sealstone.cli.opening import data_option, one_line, settings_of
from sealstone.cli.stores import vault_of
from sealstone.model.listener import Listener, ListenerState, ListenerStatus
from sealstone.model.load_balancer import LoadBalancer
from sealstone.server.serving import data_plane
from sealstone.store import (
    certificate_uses,
    configuration,
    listener_states,
    load_balancers,
    served_certificates,
)
from sealstone.store import listeners as stored
from sealstone.store.engine import Tx

_FAILED: Final = 1


@dataclass(frozen=True, slots=True)
class Line:
    """One listener, as it is shown."""

    load_balancer: str
    protocol: str
    port: int
    address: str
    """Where it is bound: what DNS and firewalls must know."""
    state: str
    """pending, serving or failed."""
    generation: int
    """Of the configuration that the state is about; 0 when nobody has looked yet."""
    certificate: str
    """The name of the default certificate, and how many more are chosen by server name."""
    served_fingerprint: str
    reason: str
    checked_at: str


@click.group(invoke_without_command=True)
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@click.pass_context
def listeners(context: click.Context, data: str | None, as_json: bool) -> None:
    """Show what every listener serves; exit status 1 when one of them fails.

    serving N means: at generation N of the configuration a handshake has shown the stored certificate.
    """
    if context.invoked_subcommand is not None:
        return
    settings = settings_of(data=data)
    with vault_of(data) as vault, vault.store.reading() as tx:
        found = _lines(tx, settings.balancing.port_offset)
    if as_json:
        click.echo(json.dumps([asdict(line) for line in found], indent=2))
    elif not found:
        click.echo("There is no listener.")
    else:
        _print(found)
    if any(line.state == ListenerStatus.FAILED for line in found):
        context.exit(_FAILED)


@listeners.command()
@data_option
def stop(data: str | None) -> None:
    """Stop serving: end HAProxy and remove the keys it had. A server that runs starts it again."""
    with one_line():
        data_plane(settings_of(data=data)).stop()
    click.echo("Nothing is served any more.")


def _lines(tx: Tx, port_offset: int) -> list[Line]:
    states = {state.listener_id: state for state in listener_states.every(tx)}
    names = {one.certificate.unique_id: one.certificate.name for one in served_certificates.in_use(tx)}
    uses: dict[str, list[str]] = defaultdict(list)
    for use in certificate_uses.every(tx):
        uses[use.listener_id].append(names.get(use.certificate_id, use.certificate_id))
    owners = {one.unique_id: one for one in load_balancers.every(tx)}
    generation = configuration.generation(tx)
    rows = [(owners[row.load_balancer_id], row) for row in stored.every(tx)]
    rows.sort(key=lambda pair: (pair[0].name, pair[1].port))
    return [
        _line(owner, row, states.get(row.listener_id), uses[row.listener_id], port_offset, generation)
        for owner, row in rows
    ]


def _line(
    owner: LoadBalancer,
    row: Listener,
    seen: ListenerState | None,
    certificates: list[str],
    port_offset: int,
    generation: int,
) -> Line:
    pending = seen is None or seen.generation < generation
    host = f"[{owner.address}]" if ":" in owner.address else owner.address
    more = f" and {len(certificates) - 1} more" if len(certificates) > 1 else ""
    return Line(
        load_balancer=owner.name,
        protocol=row.protocol,
        port=row.port,
        address=f"{host}:{row.port + port_offset}",
        state=ListenerStatus.PENDING if pending or seen is None else seen.status,
        generation=seen.generation if seen else 0,
        certificate=certificates[0] + more if certificates else "",
        served_fingerprint=seen.served_fingerprint if seen else "",
        reason=seen.reason if seen else "",
        checked_at=seen.checked_at.strftime("%Y-%m-%dT%H:%M:%SZ") if seen else "",
    )


def _print(found: list[Line]) -> None:
    """A line each, within 80 columns where names are short; the reason of a failure below it."""
    for line in found:
        state = f"{line.state} {line.generation}" if line.state == ListenerStatus.SERVING else line.state
        click.echo(
            f"{line.load_balancer:20} {line.protocol:5} {line.address:21} {state:12} {line.certificate}".rstrip()
        )
        if line.state == ListenerStatus.FAILED:
            click.echo(f"    {line.reason}")
