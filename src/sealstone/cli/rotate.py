"""`sealstone rotate`: another certificate in the place of one that listeners use, each of them proven."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from sealstone.cli.material import Passwords, password_options, proven_material_of
from sealstone.cli.opening import data_option, settings_of
from sealstone.cli.stores import account_of, vault_of
from sealstone.model.server_certificate import ServerCertificate
from sealstone.server import rotation, rotation_plan
from sealstone.server.clock import system_clock
from sealstone.server.rotation_plan import Plan
from sealstone.server.rotation_proof import Vaulted
from sealstone.server.vault import Vault
from sealstone.x509 import bundle
from sealstone.x509.acceptance import IAM
from sealstone.x509.bundle import CertificateBundle
from sealstone.x509.conversion import converted
from sealstone.x509.problems import X509Problem

_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


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
    old certificate again, and so they have after Ctrl-C. At the end the new one has the old one's name, path and tags.
    A rotation that was killed is ended by the same command, given again. FILE is anything that
    `sealstone convert` reads; --with may be given several times.
    """
    settings = settings_of(data=data)
    accepted = _accepted(files, passwords)
    with vault_of(data) as vault, rotation.alone(settings.data_directory), _interruptible() as is_interrupted:
        with vault.store.reading() as tx:
            planned = rotation_plan.plan(tx, account_of(tx, account_id), name)
        _tell(planned, accepted)
        if dry_run:
            rotation_plan.check(planned, accepted)
            click.echo("Nothing was touched (--dry-run).")
            return
        done = rotation.rotate(
            _vaulted(vault, settings.data_directory, is_interrupted),
            planned,
            accepted,
            keep_old=keep_old,
            tell=click.echo,
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
    begun = planned.begun(accepted)
    for left in planned.leftovers:
        then = "this one goes on with it" if left == begun else "it is removed"
        click.echo(f"  {left.name} ({left.unique_id}) was left by a rotation that did not end; {then}.")


def _told(done: ServerCertificate, *, keep_old: bool) -> None:
    kept = "the old one is kept" if keep_old else "the old one is deleted"
    click.echo(f"{done.name} is now {done.unique_id}; {kept}.")


def _vaulted(vault: Vault, data_directory: Path, is_interrupted: Callable[[], bool]) -> Vaulted:
    return Vaulted(
        *(vault.store, vault.keyring, vault.audit_key, data_directory),
        *(vault.clock, os.urandom, time.sleep, is_interrupted),
    )


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Whether somebody wished that it ends (Ctrl-C, a closed terminal, kill): noted, so that no step is torn."""
    wished = threading.Event()
    # What is ignored stays so: nohup is for commands that a closed terminal shall not end.
    heard = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, lambda *_: wished.set()) for number in heard}
    try:
        yield wished.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
