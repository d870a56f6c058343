"""`sealstone up`: the server in the foreground."""

import click

from sealstone.cli.opening import data_option, one_line, settings_of
from sealstone.server import app, logs
from sealstone.server.settings import Settings


@click.command()
@data_option
@click.option("--listen", metavar="HOST:PORT", help="Address of the AWS endpoint. [default: 127.0.0.1:7420]")
@click.option("--master-key-file", metavar="FILE", help="Master key. [default: DIR.private/master.key]")
@click.option(
    "--test-clock", is_flag=True, help="For tests and drills: a clock that `sealstone clock` moves. New DIR only."
)
def up(data: str | None, listen: str | None, master_key_file: str | None, test_clock: bool) -> None:
    """Run the server in the foreground until SIGTERM or Ctrl-C.

    The first start creates the data directory, the master key beside it, an account, its root access key and an
    administrator.
    """
    settings = settings_of(data=data, listen=listen, master_key_file=master_key_file)
    logs.configure(settings)
    with one_line():
        app.run(settings, lambda started: _welcome(settings, started), test_clock=test_clock)


def _welcome(settings: Settings, started: app.Started) -> None:
    """The endpoint, always; what a newcomer needs, once. One write, so that nobody reads half of it."""
    lines = f"Sealstone listens on {started.endpoint}"
    if started.first:
        option = "" if settings.data == Settings().data else f" --data {settings.data_directory}"
        lines += f"""

First start: a new account was made.
  data         {settings.data_directory}
  master key   {settings.master_key_path}   (keep a copy somewhere safe: without it every private key is lost)
  credentials  {settings.credentials_path}   (root and administrator)

In another shell:
  eval "$(sealstone env{option})"
  aws sts get-caller-identity
  aws iam upload-server-certificate --server-certificate-name example \\
      --certificate-body file://Certificate.pem --private-key file://PrivateKey.pem
"""
    click.echo(lines)
