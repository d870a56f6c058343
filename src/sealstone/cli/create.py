"""`sealstone create`: keys, requests, certificates that sign themselves, and a small authority with what it issues."""

import click

from sealstone.cli.create_authority import ca, issue
from sealstone.cli.create_keys import csr, key, self_signed


@click.group()
def create() -> None:
    """Make keys, requests, self-signed and CA-signed certificates.

    Nothing is overwritten without --force, and private keys are readable by you alone.
    """


for _command in (key, csr, self_signed, ca, issue):
    create.add_command(_command)
