"""`sealstone why`: whether somebody may do something, and which statement of which policy decides. Status 0 or 1."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

import click

from sealstone.cli.opening import data_option
from sealstone.cli.stores import vault_of
from sealstone.operations import actions, decisions, entities, existing, trust_decisions
from sealstone.operations.decisions import Explanation
from sealstone.x509.escaping import shown


def context_of(
    _context: click.Context, _parameter: click.Parameter, given: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """`KEY=VALUE` as condition keys; a key that is given more than once has several values."""
    values: dict[str, tuple[str, ...]] = {}
    for pair in given:
        key, found, value = pair.partition("=")
        if not found or ":" not in key:
            raise click.BadParameter(f"{shown(pair)} is not KEY=VALUE, as aws:SourceIp=192.0.2.1 is")
        values[key.lower()] = (*values.get(key.lower(), ()), value)
    return values


def checked_action(_context: click.Context, _parameter: click.Parameter, action: str) -> str:
    """The name of one operation, as policies name it."""
    service, _, name = action.partition(":")
    if not service or not name or not {"*", "?", ":"}.isdisjoint(service + name):
        raise click.BadParameter(f"{shown(action)} is not service:Operation, as iam:GetServerCertificate is")
    if service.lower() not in actions.SERVICES:
        known = ", ".join(actions.SERVICES)
        raise click.BadParameter(f"there is no operation {shown(action)}: the services here are {known}")
    if not actions.exists(action):
        raise click.BadParameter(f"there is no operation {shown(action)}")
    return action


def checked_resource(_context: click.Context, _parameter: click.Parameter, resource: str) -> str:
    """An ARN, or `*` for what acts on nothing in particular."""
    if resource != "*" and not (resource.startswith("arn:") and resource.count(":") >= 5):
        raise click.BadParameter(f'{shown(resource)} is neither an ARN nor "*"')
    return resource


@click.command()
@click.argument("principal", metavar="ARN")
@click.argument("action", callback=checked_action)
@click.argument("resource", default="*", callback=checked_resource)
@data_option
@click.option(
    "--context",
    "context",
    multiple=True,
    metavar="KEY=VALUE",
    callback=context_of,
    help="A condition key of the request, such as aws:SourceIp=192.0.2.1; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def why(
    principal: str, action: str, resource: str, data: str | None, context: dict[str, tuple[str, ...]], as_json: bool
) -> None:
    """Say whether ARN (a user, group, role or root) may do ACTION on RESOURCE, and why.

    Exit status 0 when it is allowed, 1 when it is denied.
    """
    with vault_of(data) as vault, vault.store.reading() as tx:
        entity = entities.find(tx, entities.account_of(principal), principal)
        if entity is None:
            raise click.ClickException(f"there is no user, group or role {shown(principal)}")
        request = decisions.request_of(tx, entity, action, resource, context, vault.clock())
        explanation = trust_decisions.explain(tx, entity, request)
        if explanation.allowed and existing.known_absent(tx, resource):
            explanation = replace(explanation, steps=(*explanation.steps, f"nothing has the ARN {resource} now"))
    if as_json:
        click.echo(json.dumps({"action": action, "resource": resource} | members(explanation), indent=2))
    else:
        click.echo("\n".join(lines(explanation)))
    if not explanation.allowed:
        raise click.exceptions.Exit(1)


def members(explanation: Explanation) -> dict[str, object]:
    """The explanation for programs."""
    return {
        "principal": explanation.entity.arn,
        "allowed": explanation.allowed,
        "decision": explanation.verdict.value,
        "policy": explanation.policy,
        "statement": explanation.statement,
        "summary": explanation.summary,
        "steps": list(explanation.steps),
    }


def lines(explanation: Explanation) -> Iterator[str]:
    """The explanation for people: texts in policies are other people's, and shown as such."""
    colour = "green" if explanation.allowed else "red"
    verdict, _, reason = explanation.summary.partition(": ")
    yield f"{click.style(verdict, fg=colour, bold=True)}: {shown(reason, 1000)}"
    for step in explanation.steps:
        yield f"  {shown(step, 4000)}"
