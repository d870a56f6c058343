"""The `sealstone` command: what AWS has no API for. It is no second `aws` CLI.

Commands are imported when they are called, so that `--help` answers at once.
"""

import importlib
import sys
from contextlib import suppress
from typing import Any, Final

import click

from sealstone import __version__

# Command name to (module, attribute, one line for --help). The line is here so that --help imports nothing.
_COMMANDS: Final = {
    "up": ("sealstone.cli.up", "up", "Run the server in the foreground."),
    "env": ("sealstone.cli.env", "env", "Print shell exports for the aws CLI, or write a profile."),
    "account": ("sealstone.cli.account", "account", "Create accounts and raise their quotas."),
    "instance": (
        "sealstone.cli.instance",
        "instance",
        "Name the addresses of the instances behind load balancers.",
    ),
    "listeners": (
        "sealstone.cli.listeners",
        "listeners",
        "What every listener serves, and whether it is what is stored.",
    ),
    "rotate": (
        "sealstone.cli.rotate",
        "rotate",
        "Replace a certificate on every listener, with proof.",
    ),
    "clock": ("sealstone.cli.clock", "clock", "Show and move the clock of an installation for tests."),
    "events": ("sealstone.cli.events", "events", "Read the events: warnings before expiry, renewals."),
    "ca": ("sealstone.cli.authority", "ca", "The private certificate authority: show, export, rotate."),
    "inspect": ("sealstone.cli.inspect", "inspect", "Show what certificate and key files hold."),
    "explain": ("sealstone.cli.explain", "explain", "Would it be accepted, and if not, why not?"),
    "convert": (
        "sealstone.cli.convert",
        "convert",
        "Turn any certificate and key files into the PEM that is accepted.",
    ),
    "create": ("sealstone.cli.create", "create", "Make keys, requests, self-signed and CA-signed certificates."),
    "check": ("sealstone.cli.check", "check", "Connect to a server and judge the certificates that it serves."),
    "lint": ("sealstone.cli.lint", "lint", "Findings of pkilint about a certificate."),
    "sign-request": (
        "sealstone.cli.sign_request",
        "sign_request",
        "Sign one request with a signing certificate's key; print it for curl.",
    ),
    "why": ("sealstone.cli.why", "why", "May somebody do something, and which policy decides?"),
    "who-can": ("sealstone.cli.who_can", "who_can", "Everybody who may do something, and why."),
    "audit": ("sealstone.cli.audit", "audit", "Read and verify the audit log."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported only when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names, in the order a newcomer needs them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return one command."""
        if cmd_name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Call a command. Raises ClickException when its output cannot be written; `main` sees other faults as such."""
        try:
            answer = super().invoke(ctx)
            _flush()
        except OSError as fault:
            _tell(fault)
            raise
        return answer

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in _COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sealstone")
def root() -> None:
    """Sealstone: the certificate corner of AWS as software you own.

    Start with `sealstone up`, then, in another shell: eval "$(sealstone env)"
    """


def main(arguments: list[str] | None = None) -> Any:
    """Entry point of the console script: every expected failure is one line and exit status 1, usage is 2."""
    try:
        return _answer(arguments)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        return 130
    except click.ClickException as fault:
        with suppress(OSError):  # a full standard error: the status says it
            fault.show(sys.stderr)
        return fault.exit_code


def _answer(arguments: list[str] | None) -> Any:
    """Help and version are written outside of any command. Raises click's exceptions."""
    try:
        return root.main(args=arguments, prog_name="sealstone", standalone_mode=False) or 0
    except OSError as fault:
        _tell(fault)
        raise


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


def _tell(fault: OSError) -> None:
    """Raises ClickException where standard output is at fault."""
    output = importlib.import_module("sealstone.cli.output")
    if output.is_refused(fault):
        raise output.refused(fault) from fault
