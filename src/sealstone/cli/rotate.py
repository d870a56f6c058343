"""`sealstone rotate`: another certificate in the place of one that listeners use, each of them proven."""

import os
import time
from pathlib import Path

import click

from sealstone.cli.material import Passwords, password_options, proven_material_of
from sealstone.cli.opening import data_option, settings_of
from sealstone.cli.stores import account_of, vault_of
from sealstone.model.server_certificate import ServerCertificate
from sealstone.server import rotation
from sealstone.server.clock import system_clock
from sealstone.server.rotation import Plan, Vaulted
from sealstone.server.vault import Vault
from sealstone.x509 import bundle
from sealstone.x509.acceptance import IAM
from sealstone.x509.bundle import CertificateBundle
from sealstone.x509.conversion import converted
from sealstone.x509.problems import X509Problem


@click.command()
@click.argument("name")
@click.option("--with", "files", multiple=True, required=True, metavar="FILE", help="Files of the new certificate.")
@data_option
@click.option("--account", "account_id", metavar="ID", help="Account. [default: the only one]")
@click.option("--dry-run", is_flag=True, help="List what would be touched, and touch nothing.")
@click.option("--keep-old", is_flag=True, help="Keep the old certificate, under its name and the date.")
@password_options
def rotate(
    name: str,
    files: tuple[str, ...],
    data: str | None,
    account_id: str | None,
    dry_run: bool,
    keep_old: bool,
    passwords: Passwords,
) -> None:
    """Put another certificate in the place of NAME, on every listener that uses it.

    Each listener must be proven by a handshake before the next is touched; at the first failure all of them have the
    old certificate again. At the end the new one has the old one's name, path and tags. FILE is anything that
    `sealstone convert` reads; --with may be given several times.
    """
    settings = settings_of(data=data)
    accepted = _accepted(files, passwords)
    with vault_of(data) as vault, rotation.alone(settings.data_directory):
        with vault.store.reading() as tx:
            planned = rotation.plan(tx, account_of(tx, account_id), name)
        _tell(planned, accepted)
        if dry_run:
            click.echo("Nothing was touched (--dry-run).")
            return
        done = rotation.rotate(
            _vaulted(vault, settings.data_directory), planned, accepted, keep_old=keep_old, tell=click.echo
        )
        _told(done, keep_old=keep_old)


def _accepted(files: tuple[str, ...], passwords: Passwords) -> CertificateBundle:
    """The three texts of an upload out of the files, judged as an upload would be."""
    at = system_clock()
    try:
        three = converted(proven_material_of(files, passwords), with_root=False, at=at, alias=None)
        key = three.private_key_pem.reveal().decode("ascii")
        return bundle.read(three.certificate_pem, key, three.certificate_chain_pem or None, at=at, acceptance=IAM)
    except X509Problem as problem:
        raise click.ClickException(str(problem)) from None


def _tell(planned: Plan, accepted: CertificateBundle) -> None:
    old = planned.old
    click.echo(f"{old.name} ({old.unique_id}), valid until {old.not_after:%Y-%m-%d}")
    click.echo(f"  is replaced by {accepted.subject}, valid until {accepted.not_after:%Y-%m-%d}")
    if not planned.used:
        click.echo("  No listener uses it.")
    for used in planned.used:
        click.echo(f"  {used}")


def _told(done: ServerCertificate, *, keep_old: bool) -> None:
    kept = "the old one is kept" if keep_old else "the old one is deleted"
    click.echo(f"{done.name} is now {done.unique_id}; {kept}.")


def _vaulted(vault: Vault, data_directory: Path) -> Vaulted:
    return Vaulted(vault.store, vault.keyring, vault.audit_key, data_directory, vault.clock, os.urandom, time.sleep)
