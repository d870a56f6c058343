"""`sealstone account`: further accounts, and their quotas."""

import json
import os

import click

from sealstone.cli.opening import data_option
from sealstone.cli.stores import vault_of
from sealstone.model.quotas import ALL
from sealstone.server import operator
from sealstone.store import accounts, quotas


@click.group()
def account() -> None:
    """Create accounts and raise their quotas."""


@account.command()
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def create(data: str | None, as_json: bool) -> None:
    """Create an isolated account with a root key of its own. The secret is shown once."""
    with vault_of(data) as vault, vault.store.writing() as tx:
        key = operator.create_account(tx, vault.keyring, vault.audit_key, vault.clock(), os.urandom)
    shown = {
        "AccountId": key.account_id,
        "AccessKeyId": key.access_key_id,
        "SecretAccessKey": key.secret.reveal().decode(),
    }
    if as_json:
        click.echo(json.dumps(shown))
        return
    for name, value in shown.items():
        click.echo(f"{name:16} {value}")


@account.command("list")
@data_option
def list_accounts(data: str | None) -> None:
    """List the accounts."""
    with vault_of(data) as vault, vault.store.reading() as tx:
        for item in accounts.every(tx):
            click.echo(f"{item.account_id}  {item.create_date:%Y-%m-%d}")


@account.group("quota")
def quota_group() -> None:
    """Quotas: the document's "request an increase", granted at once."""


@quota_group.command("set", short_help="Set a quota of an account.")
@data_option
@click.argument("account_id", metavar="ACCOUNT")
@click.argument("name", metavar="NAME")
@click.argument("value", type=click.IntRange(min=0))
def set_quota(data: str | None, account_id: str, name: str, value: int) -> None:
    """Set a quota of an account, e.g. ServerCertificatesPerAccount to 200."""
    known = ALL.get(name)
    if known is None:
        raise click.UsageError(f"there is no quota {name}; there are: {', '.join(sorted(ALL))}")
    if value > known.ceiling:
        raise click.UsageError(f"{name} can be at most {known.ceiling}")
    with vault_of(data) as vault, vault.store.writing() as tx:
        if accounts.find(tx, account_id) is None:
            raise click.ClickException(f"there is no account {account_id}; `sealstone account list` shows them")
        operator.set_quota(tx, vault.audit_key, vault.clock(), os.urandom, account_id, known, value)
    click.echo(f"{name} of account {account_id} is now {value}")


@quota_group.command("show")
@data_option
@click.argument("account_id", metavar="ACCOUNT")
def show_quotas(data: str | None, account_id: str) -> None:
    """Show the quotas of an account."""
    with vault_of(data) as vault, vault.store.reading() as tx:
        if accounts.find(tx, account_id) is None:
            raise click.ClickException(f"there is no account {account_id}; `sealstone account list` shows them")
        for item in ALL.values():
            click.echo(f"{item.name:40} {quotas.value(tx, account_id, item)}")
