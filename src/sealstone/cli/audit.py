"""`sealstone audit`: read the audit log, and prove that nobody changed it."""

import json

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
        return
    for record in records:
        _show(record)
    if not records:
        click.echo("The audit log is empty.")


def _members(record: AuditRecord) -> dict[str, object]:
    fields = {name: getattr(record, name) for name in AuditRecord.__dataclass_fields__}
    return fields | {"at": exact_time_text(record.at)}


def _show(record: AuditRecord) -> None:
    """Two lines a record, to fit 80 columns: what and how it ended; who, on what, from where. Warnings below."""
    operation = "-" if record.operation == "-" else f"{record.service}:{record.operation}"
    outcome = click.style(record.outcome, fg="green" if record.outcome == "ok" else "red")
    click.echo(f"{record.at:%Y-%m-%d %H:%M:%S}  {operation}  {outcome}")
    resources = ", ".join(resource.rpartition(":")[2] for resource in record.resources)
    who = record.principal.rpartition(":")[2]
    click.echo(f"    {'  '.join(part for part in (who, resources, f'from {record.source_ip}') if part)}")
    for warning in record.warnings:
        click.echo(f"    {click.style('warning', fg='yellow')}  {warning}")
