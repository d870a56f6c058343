"""`sealstone ca`: the private authority of the installation: what it is, its root to trust, another key for it.

The server makes it, with its own settings: nothing here does.
Its private keys are neither shown nor exported: nothing but the server issues with them.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import click

from sealstone.cli.env import REGION
from sealstone.cli.files import STANDARD_OUTPUT, write_public
from sealstone.cli.opening import data_option, one_line, settings_of
from sealstone.model.authority import AuthorityCertificate, AuthorityPlan, Role, State, authority_arn
from sealstone.server import operator
from sealstone.server.authority_door import URL_NAME
from sealstone.server.settings import Settings
from sealstone.server.vault import Vault, open_vault
from sealstone.store import accounts, authorities, issued_certificates
from sealstone.store.engine import Tx
from sealstone.workers import authority_telling
from sealstone.workers.authority import AuthorityKeeper
from sealstone.workers.authority_making import points_of
from sealstone.x509 import writing
from sealstone.x509.description import CertificateDescription, describe
from sealstone.x509.making.certificates import NOWHERE
from sealstone.x509.making.problems import WiderThanRoot
from sealstone.x509.material import Kind, Origin, Piece
from sealstone.x509.problems import X509Problem


@dataclass(frozen=True, slots=True)
class _Open:
    """The store, and the authority in it."""

    vault: Vault
    keeper: AuthorityKeeper
    authority_id: str
    at: datetime


def _as_served(settings: Settings) -> AuthorityPlan:
    """With the URL that the server told last: it may have been given other addresses than are set here."""
    plan = settings.authority_plan
    if settings.authority_url:
        return plan
    try:
        return replace(plan, url=(settings.data_directory / URL_NAME).read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        return plan


@contextmanager
def _opened(data: str | None) -> Iterator[_Open]:
    """Faults, and that there is no authority, are one line."""
    with one_line():
        settings = settings_of(data=data)
        with open_vault(settings, create=False) as vault:
            plan = _as_served(settings)
            keeper = AuthorityKeeper(vault.store, vault.keyring, os.urandom, vault.clock, plan)
            with vault.store.reading() as tx:
                authority_id = authorities.find_id(tx)
            if authority_id is None:
                raise click.ClickException("there is no private authority yet: the server makes it; run: sealstone up")
            try:
                yield _Open(vault, keeper, authority_id, vault.clock())
            except (X509Problem, LookupError) as fault:
                raise click.ClickException(f"the private authority cannot be used: {fault}") from None


@click.group()
def ca() -> None:
    """Show, export and rotate the private certificate authority of this installation.

    The server makes it when it starts first. What it is called and may issue for is set by authority_name and
    authority_permitted_names.
    """


@ca.command()
@data_option
@click.option("--region", default=REGION, show_default=True, help="Region of the ARNs.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(data: str | None, region: str, as_json: bool) -> None:
    """Show the authority: its ARNs, its certificates, how much each issued, and where it answers.

    The ARN of an account is what `aws acm request-certificate --certificate-authority-arn` takes.
    """
    with _opened(data) as found, found.vault.store.reading() as tx:
        shown = _shown(tx, found.authority_id, region, found.keeper.plan, found.at)
    if as_json:
        click.echo(json.dumps(shown, indent=2))
        return
    click.echo(f"authority  {shown['AuthorityId']}")
    for arn in shown["Arns"]:
        click.echo(f"ARN        {arn}")
    for one in shown["Certificates"]:
        click.echo()
        for name, value in _lines(one):
            click.echo(f"{name:10} {value}")
    if not found.keeper.plan.url:
        click.echo("\nNew certificates do not say where their status is: set authority_url or authority_listen.")


@ca.command()
@data_option
@click.option("-o", "--out", "path", metavar="FILE", help="Where to write; standard output without.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def export(data: str | None, path: str | None, force: bool) -> None:
    """Write the root certificate as PEM: what clients are to trust."""
    with _opened(data) as found, found.vault.store.reading() as tx:
        root = next(row for row in authorities.every(tx) if _is_active(row, Role.ROOT))
    write_public(path or STANDARD_OUTPUT, writing.certificates_pem([root.certificate]).encode("ascii"), force)
    if path:
        click.echo(f"{click.format_filename(path)}: {_described(root).subject}", err=True)


@ca.command()
@data_option
@click.option("--root", is_flag=True, help="A new root, too; clients must be given it before the old one ends.")
def rotate(data: str | None, root: bool) -> None:
    """Issue with a new key from now on. What was issued before stays valid and can be revoked.

    When authority_permitted_names asks for names that the root does not permit, --root is needed.
    """
    with _opened(data) as found:
        vault = found.vault

        def told(tx: Tx) -> None:
            parameters = {"AuthorityId": found.authority_id, "Root": root}
            operator.record_for_all(tx, vault.audit_key, found.at, os.urandom, "RotateAuthority", parameters)

        try:
            made = found.keeper.rotate(root=root, also=told)
        except WiderThanRoot as problem:
            raise click.ClickException(str(problem)) from None
    for row in filter(None, (made.root, made.intermediate)):
        click.echo(f"{row.role.value} is now {_described(row).subject}, until {row.not_after:%Y-%m-%d}")
    if words := authority_telling.explanation(made, found.keeper.plan):
        click.echo(words)


def _shown(tx: Tx, authority_id: str, region: str, plan: AuthorityPlan, at: datetime) -> dict[str, Any]:
    named = [account.account_id for account in accounts.every(tx)]
    return {
        "AuthorityId": authority_id,
        "Arns": [authority_arn(region, one, authority_id) for one in named if plan.admits(one)],
        "Url": plan.url,
        "Certificates": [_members(tx, row, plan, at) for row in authorities.every(tx)],
    }


def _members(tx: Tx, row: AuthorityCertificate, plan: AuthorityPlan, at: datetime) -> dict[str, Any]:
    described = _described(row)
    issued, revoked = issued_certificates.count(tx, row.certificate_id, at)
    # A cross certificate issues nothing: what its key issued is answered for by the root's own.
    points = NOWHERE if row.role is Role.CROSS else points_of(plan.url, row.certificate_id)
    return {
        "CertificateId": row.certificate_id,
        "Role": row.role.value,
        "State": "expired" if row.not_after < at else row.state.value,
        "Subject": described.subject,
        "Issuer": described.issuer,
        "NotAfter": row.not_after.isoformat(),
        "Sha256": described.fingerprint,
        "Issued": issued,
        "Revoked": revoked,
        "RevocationList": points.revocation_list,
        "Status": points.status,
        "Certificate": points_of(plan.url, row.certificate_id).certificate,
    }


def _lines(one: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield one["Role"], f"{one['Subject']}  ({one['State']})"
    yield "id", one["CertificateId"]
    if one["Issuer"] != one["Subject"]:
        yield "issuer", one["Issuer"]
    yield "until", one["NotAfter"][:10]
    yield "SHA-256", one["Sha256"]
    if one["Role"] != Role.CROSS.value:
        yield "issued", f"{one['Issued']} that have not expired, {one['Revoked']} of them revoked"
        if one["RevocationList"]:
            yield "list", one["RevocationList"]


def _is_active(row: AuthorityCertificate, role: Role) -> bool:
    return row.role is role and row.state is State.ACTIVE


def _described(row: AuthorityCertificate) -> CertificateDescription:
    found = describe(Piece(Kind.CERTIFICATE, Origin("-"), row.certificate))
    if not isinstance(found, CertificateDescription):
        raise click.ClickException(f"the authority's certificate {row.certificate_id} cannot be read")
    return found
