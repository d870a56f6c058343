"""`sealstone explain`: would AWS take these files as they stand, and if not, why not. Exit status 0 or 1."""

import json
import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click

from sealstone.cli.material import Passwords, material_of, password_options
from sealstone.server.clock import system_clock
from sealstone.server.settings import variable
from sealstone.x509.containers import reading
from sealstone.x509.conversion import as_submission, converted
from sealstone.x509.escaping import shown
from sealstone.x509.explanation import Explanation
from sealstone.x509.explanation import explain as explained
from sealstone.x509.findings import Finding, Severity
from sealstone.x509.problems import X509Problem
from sealstone.x509.submission import Field, File, Submission, assigned
from sealstone.x509.targets import TARGETS

_WIDTH: Final = 80
_COLUMN: Final = 10
_WORDS: Final = {Severity.REFUSAL: "refused", Severity.WARNING: "warning", Severity.NOTE: "note"}
_COLOURS: Final = {Severity.REFUSAL: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--for", "target", type=click.Choice(list(TARGETS)), default="iam", show_default=True, help="Where it is to go."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@password_options
def explain(files: tuple[str, ...], target: str, as_json: bool, passwords: Passwords) -> None:
    """Would these files be accepted as they stand, and if not, why not.

    Which file is the certificate, which the key and which the chain follows from what they hold.
    """
    at = system_clock()
    read = _files(files, passwords)
    submission = assigned(read)
    explanation = explained(submission, TARGETS[target], at)
    mendable = not explanation.accepted and _mendable(read, explanation, at)
    if as_json:
        click.echo(json.dumps(_document(submission, explanation, mendable), indent=2))
    else:
        coloured = False if variable("NO_COLOR") else None  # None: when it is a terminal
        click.echo("\n".join(_lines(submission, explanation, mendable)), color=coloured)
    if not explanation.accepted:
        raise click.exceptions.Exit(1)


def _files(names: Sequence[str], passwords: Passwords) -> tuple[File, ...]:
    """The bytes are read apart from what is in them: a container is judged by its own text too."""
    for name in names:
        if name == "-" or Path(name).is_fifo():
            raise click.UsageError(f"{shown(name)} has no place in an upload; save it as a file first")
    return tuple(File(name, _bytes_in(name), material_of([name], passwords)) for name in dict.fromkeys(names))


def _bytes_in(name: str) -> bytes:
    try:
        with Path(name).open("rb") as source:
            return source.read(reading.MOST_BYTES + 1)
    except (OSError, ValueError) as fault:  # a name with NUL is a ValueError
        reason = fault.strerror if isinstance(fault, OSError) else "it is no name of a file"
        raise click.ClickException(f"cannot read {shown(name)}: {reason}") from None


def _mendable(files: Sequence[File], explanation: Explanation, at: datetime) -> bool:
    """Whether conversion alone makes them accepted."""
    try:
        three = converted([item for file in files for item in file.items], with_root=False, at=at)
    except X509Problem:
        return False
    return explained(as_submission(three), explanation.target, at).accepted


# --- showing ---


def _roles(submission: Submission) -> Iterator[tuple[str, Field | None]]:
    yield "certificate", submission.certificate_body
    yield "private_key", submission.private_key
    yield "certificate_chain", submission.certificate_chain


def _document(submission: Submission, explanation: Explanation, mendable: bool) -> dict[str, Any]:
    return {
        "target": explanation.target.name,
        "accepted": explanation.accepted,
        "convertible": mendable,
        "files": {role: list(field.files) if field else [] for role, field in _roles(submission)},
        "unused": list(submission.unused),
        "findings": [
            {
                "rule": finding.rule,
                "severity": str(finding.severity),
                "part": str(finding.part),
                "cause": finding.cause,
                "cure": finding.cure,
                "source": finding.source,
            }
            for finding in explanation.findings
        ],
    }


def _lines(submission: Submission, explanation: Explanation, mendable: bool) -> Iterator[str]:
    verdict = "accepted" if explanation.accepted else "refused"
    colour = "green" if explanation.accepted else "red"
    yield click.style(f"{explanation.target.title}: {verdict}", fg=colour, bold=True)
    for role, field in _roles(submission):
        if field:
            name = "chain" if role == "certificate_chain" else role.replace("_", " ")
            yield f"  {name:<12}{', '.join(shown(file) for file in field.files)}"
    for finding in explanation.findings:
        yield ""
        yield from _finding(finding)
    if mendable:
        yield ""
        yield "`sealstone convert` makes files of these that are accepted."


def _finding(finding: Finding) -> Iterator[str]:
    """One block: what, how to mend it, and where it is written."""
    word = click.style(f"{_WORDS[finding.severity]:<{_COLUMN}}", fg=_COLOURS[finding.severity], bold=True)
    cause, *more = _wrapped(f"{finding.cause} [{finding.rule}]")
    yield word + cause
    indent = " " * _COLUMN
    yield from (indent + line for line in more)
    for title, text in (("cure", finding.cure), ("source", finding.source)):
        if text:
            yield from (indent + line for line in _wrapped(f"{title}: {text}"))


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH - _COLUMN, break_long_words=False, break_on_hyphens=False)
