"""`sealstone audit`: read the audit log, and prove that nobody changed it."""

import importlib
import json
import sys

import click

from sealstone.cli.opening import data_option
from sealstone.cli.stores import vault_of
from sealstone.model.audit import AuditRecord
from sealstone.store import audit as stored
from sealstone.store.columns import exact_time_text


@click.group()
def audit() -> None:
    """Read and verify the audit log."""


@audit.command()
@data_option
def verify(data: str | None) -> None:
    """Walk every chain from its first record to its head; exit status 1 when one is broken."""
    with vault_of(data) as vault, vault.store.reading() as tx:
        chains = stored.verify(tx, vault.audit_key)
    for chain in chains:
        verdict = f"broken at record {chain.broken_at}: {chain.reason}" if chain.broken_at else "whole"
        name = "unauthenticated" if chain.account_id == "-" else chain.account_id
        click.echo(f"{name:16} {chain.length:>9} records  {verdict}")
    if any(chain.broken_at for chain in chains):
        raise click.ClickException("the audit log was changed by something that does not have the master key")


@audit.command()
@data_option
@click.option("-n", "--lines", default=20, type=click.IntRange(min=1), show_default=True, help="How many records.")
@click.option("--account", "account_id", metavar="ACCOUNT", help="Of this account only.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a record.")
def tail(data: str | None, lines: int, account_id: str | None, as_json: bool) -> None:
    """Show the last records, the newest last."""
    with vault_of(data) as vault, vault.store.reading() as tx:
        records = stored.tail(tx, lines, account_id)
    if as_json:
        for record in records:
            click.echo(json.dumps(_members(record)))
    elif records:
        _show_table(records)
    else:
        click.echo("The audit log is empty.")


def _members(record: AuditRecord) -> dict[str, object]:
    fields = {name: getattr(record, name) for name in AuditRecord.__dataclass_fields__}
    return fields | {"at": exact_time_text(record.at)}


def _show_table(records: tuple[AuditRecord, ...]) -> None:
    """A table for a person; Rich is imported only here."""
    rich_table = importlib.import_module("rich.table")
    rich_text = importlib.import_module("rich.text")
    console = importlib.import_module("rich.console").Console(file=sys.stdout)
    table = rich_table.Table(box=None, pad_edge=False)
    for name in ("Time", "Operation", "Outcome"):
        table.add_column(name, no_wrap=True)
    for name in ("Principal", "Resource", "From"):
        table.add_column(name, overflow="fold")
    for record in records:
        cells = (
            f"{record.at:%Y-%m-%d %H:%M:%S}",
            f"{record.service}:{record.operation}",
            record.outcome,
            record.principal.rpartition(":")[2],
            ", ".join(resource.rpartition(":")[2] for resource in record.resources),
            record.source_ip,
        )
        # Text, not markup: a name may hold brackets.
        table.add_row(*(rich_text.Text(cell) for cell in cells))
    console.print(table)
