"""`sealstone who-can`: everybody who may do something, and by which statement of which policy. Status 0 or 1."""

import json
from collections.abc import Iterator, Sequence

import click

from sealstone.cli.opening import data_option
from sealstone.cli.stores import account_of, vault_of
from sealstone.cli.why import checked_action, checked_resource, context_of, lines, members
from sealstone.operations import decisions, entities, existing, trust_decisions
from sealstone.operations.decisions import Explanation
from sealstone.operations.entities import Kind
from sealstone.x509.escaping import shown


@click.command("who-can")
@click.argument("action", callback=checked_action)
@click.argument("resource", default="*", callback=checked_resource)
@data_option
@click.option("--account", "account_id", metavar="ACCOUNT", help="Of this account. [default: the resource's]")
@click.option(
    "--context",
    "context",
    multiple=True,
    metavar="KEY=VALUE",
    callback=context_of,
    help="A condition key of the request, such as aws:SourceIp=192.0.2.1; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def who_can(
    action: str,
    resource: str,
    data: str | None,
    account_id: str | None,
    context: dict[str, tuple[str, ...]],
    as_json: bool,
) -> None:
    """List root, the users and the roles that may do ACTION on RESOURCE, and why.

    Exit status 0 when somebody besides root may, 1 when nobody does.
    """
    with vault_of(data) as vault, vault.store.reading() as tx:
        now = vault.clock()
        account = account_of(tx, account_id or entities.account_of(resource) or None)
        found = [
            trust_decisions.explain(tx, entity, decisions.request_of(tx, entity, action, resource, context, now))
            for entity in entities.every(tx, account)
        ]
        absent = existing.known_absent(tx, resource)
    able = [explanation for explanation in found if explanation.allowed]
    if as_json:
        who = [members(explanation) for explanation in able]
        click.echo(json.dumps({"action": action, "resource": resource, "principals": who}, indent=2))
    else:
        click.echo("\n".join(_told(able, action, resource, absent=absent)))
    if all(explanation.entity.kind is Kind.ROOT for explanation in able):
        raise click.exceptions.Exit(1)


def _told(able: Sequence[Explanation], action: str, resource: str, *, absent: bool) -> Iterator[str]:
    """Everybody with the reason; a sentence when that is nobody, not even root, and when nothing has the ARN."""
    for explanation in able:
        yield shown(explanation.entity.arn, 1000)
        yield from (f"  {line}" for line in lines(explanation))
    if not able:
        yield f"nobody may do {action} on {shown(resource, 1000)}; `sealstone why` tells of one principal why not"
    if absent:
        yield f"nothing has the ARN {shown(resource, 1000)} now"
