"""`sealstone instance`: the addresses behind the instance ids by which classic load balancers know their targets."""

import ipaddress
import json
import os
import re
from collections.abc import Callable
from typing import Any, Final

import click

from sealstone.cli.opening import data_option
from sealstone.cli.stores import account_of, vault_of
from sealstone.model.instance import Instance
from sealstone.server import operator
from sealstone.store import instances

# EC2's form is i- and 8 or 17 digits of hex; whoever has no such ids makes some up, in letters they can read.
_ID: Final = re.compile(r"i-[A-Za-z0-9-]{1,61}")


def account_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--account ID`; needed only where there are several."""
    return click.option("--account", "account_id", metavar="ID", help="Account. [default: the only one]")(command)


@click.group()
def instance() -> None:
    """Name the addresses of the instances that load balancers send requests to."""


@instance.command()
@data_option
@account_option
@click.argument("instance_id", metavar="INSTANCE")
@click.argument("address", metavar="ADDRESS")
def add(data: str | None, account_id: str | None, instance_id: str, address: str) -> None:
    """Make an instance known, or give it another address.

    For example: sealstone instance add i-web1 10.0.0.5
    """
    if not _ID.fullmatch(instance_id):
        raise click.UsageError(f"{instance_id!r} is no instance id; use i- with letters, digits and dashes behind it")
    record = _address(address)
    with vault_of(data) as vault, vault.store.writing() as tx:
        made = Instance(account_of(tx, account_id), instance_id, record)
        operator.add_instance(tx, vault.audit_key, vault.clock(), os.urandom, made)
    click.echo(f"{instance_id} is at {record}")


@instance.command("list")
@data_option
@account_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_instances(data: str | None, account_id: str | None, as_json: bool) -> None:
    """List the instances of an account."""
    with vault_of(data) as vault, vault.store.reading() as tx:
        found = instances.of(tx, account_of(tx, account_id))
    if as_json:
        click.echo(json.dumps({one.instance_id: one.address for one in found}))
        return
    for one in found:
        click.echo(f"{one.instance_id:24} {one.address}")


@instance.command()
@data_option
@account_option
@click.argument("instance_id", metavar="INSTANCE")
def remove(data: str | None, account_id: str | None, instance_id: str) -> None:
    """Forget an instance that is registered nowhere."""
    with vault_of(data) as vault, vault.store.writing() as tx:
        account = account_of(tx, account_id)
        found = instances.find(tx, account, instance_id)
        if found is None:
            raise click.ClickException(f"there is no instance {instance_id}; `sealstone instance list` shows them")
        operator.remove_instance(tx, vault.audit_key, vault.clock(), os.urandom, found)
    click.echo(f"{instance_id} is forgotten")


def _address(text: str) -> str:
    """An IP address, since a name could mean another machine at any time."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as fault:
        raise click.UsageError(f"{text!r} is no IP address") from fault
