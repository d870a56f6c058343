"""The generated parts of the documents, so that they cannot lag behind the code.

    python -m tests.documents --check     exit status 1, with a hint, when a part is stale
    python -m tests.documents --write     write them anew

A part stands between `<!-- generated: NAME -->` and `<!-- end of NAME -->`; everything else is written by hand.
"""

import argparse
import ast
import inspect
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import click
from tests.screens import screens_text

from sealstone import cli
from sealstone.operations import balancing_errors, errors
from sealstone.operations.absent import NOT_PLANNED, PLANNED, SERVICES, Unclassified, rule_for
from sealstone.operations.catalog import operations
from sealstone.operations.elbv2 import errors as second_errors
from sealstone.operations.operation import Operation
from sealstone.operations.service_model import service as service_model
from sealstone.server import setting_fields
from sealstone.server.settings import Settings

ROOT: Final = Path(__file__).resolve().parent.parent
DONE: Final = "done"
_STATES: Final = (DONE, PLANNED, NOT_PLANNED)
_WIDTH: Final = 88
_ERRORS: Final = (errors, balancing_errors, second_errors)
_TITLES: Final = {
    "iam": "IAM",
    "sts": "STS",
    "rolesanywhere": "IAM Roles Anywhere",
    "acm": "ACM",
    "elb": "Elastic Load Balancing, classic",
    "elbv2": "Elastic Load Balancing v2",
}


class Stale(Exception):
    """A document lacks the markers of a generated part."""


# --- docs/operations.md ---


def operation_rows(service: str, performed: Mapping[str, Operation]) -> tuple[tuple[str, str, str], ...]:
    """Name, state and remark of every operation of one service model. Raises Unclassified."""
    rows = []
    for name in service_model(service).operation_names:
        operation = performed.get(name)
        if operation is None:
            rule = rule_for(service, name)
            rows.append((name, rule.state, rule.remark))
        else:
            missing = f"; refuses {', '.join(operation.unsupported)}" if operation.unsupported else ""
            rows.append((name, DONE, f"access level {operation.access}{missing}"))
    return tuple(sorted(rows, key=_by_state))


def _by_state(row: tuple[str, str, str]) -> tuple[int, str, str]:
    name, state, remark = row
    return _STATES.index(state), "" if state == DONE else remark, name


def operations_text() -> str:
    """A summary of the five models, then one table a service."""
    tables = {}
    for service in SERVICES:
        performed = {item.name: item for item in operations() if item.service == service}
        tables[service] = operation_rows(service, performed)
    counts = {service: Counter(state for _, state, _ in rows) for service, rows in tables.items()}
    summary = [(_TITLES[service], *(str(counts[service][state]) for state in _STATES)) for service in SERVICES]
    parts = [table(("Service", *_STATES), summary)]
    for service, rows in tables.items():
        shown = [(f"`{name}`", state, remark) for name, state, remark in rows]
        parts += [f"## {_TITLES[service]}", table(("Operation", "State", "Remark"), shown)]
    return "\n\n".join(parts)


# --- docs/command-line.md ---


def commands() -> Iterator[tuple[str, str]]:
    """Every command with its `--help`, as a person sees it on a terminal of usual width."""
    yield from _walk(cli.root, "sealstone", None)


def _walk(command: click.Command, name: str, parent: click.Context | None) -> Iterator[tuple[str, str]]:
    options = {"terminal_width": _WIDTH, "max_content_width": _WIDTH, **command.context_settings}
    context = click.Context(command, info_name=name, parent=parent, **options)
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None
            yield from _walk(found, child, context)


def commands_text() -> str:
    """One heading and one block a command."""
    return "\n\n".join(f"## {path}\n\n```text\n{text}\n```" for path, text in commands())


# --- docs/error-handling.md ---


def aws_errors() -> tuple[type[errors.AWSError], ...]:
    """Every class that an AWS caller can be answered with, in the order of its file."""
    classes = (item for module in _ERRORS for item in vars(module).values() if inspect.isclass(item))
    found = dict.fromkeys(item for item in classes if issubclass(item, errors.AWSError))
    return tuple(item for item in found if item is not errors.AWSError)


def errors_text() -> str:
    """Code and status in both protocols, and what it means."""
    rows = []
    for item in aws_errors():
        json = f"`{item.json_code or item.code}`, {item.json_status}"
        rows.append((f"`{item.code}`", str(item.status), json, inspect.cleandoc(item.__doc__ or "")))
    return table(("Code", "Status", "From a JSON service", "Meaning"), rows)


# --- docs/configuration.md ---


def setting_meanings() -> dict[str, str]:
    """The text under each field of Settings, from the source: no class keeps those at run time."""
    tree = ast.parse(Path(inspect.getfile(setting_fields)).read_text(encoding="utf-8"))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    meanings = {}
    for field, text in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            documented = isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
            meanings[field.target.id] = str(text.value.value) if documented else ""  # type: ignore[attr-defined]
    return meanings


def settings_text() -> str:
    """Name, environment variable, default and meaning of every setting."""
    meanings = setting_meanings()
    rows = [
        (f"`{name}`", f"`SEALSTONE_{name.upper()}`", _default(value), " ".join(meanings[name].split()))
        for name, value in zip(Settings.__struct_fields__, Settings.__struct_defaults__, strict=True)
    ]
    return table(("Setting", "Environment", "Default", "Meaning"), rows)


def _default(value: Any) -> str:
    return f"`{value}`" if value not in ("", ()) else "none"


# --- all of them ---

GENERATED: Final[Mapping[str, tuple[str, Callable[[], str]]]] = {
    "operations": ("docs/operations.md", operations_text),
    "commands": ("docs/command-line.md", commands_text),
    "errors": ("docs/error-handling.md", errors_text),
    "settings": ("docs/configuration.md", settings_text),
    "screens": ("docs/screens.md", screens_text),
}


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; a bar inside a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def renewed(document: str, name: str, text: str) -> str:
    """The document with the generated part of this name put in. Raises Stale when the markers are not there once."""
    begin, end = f"<!-- generated: {name} -->", f"<!-- end of {name} -->"
    if document.count(begin) != 1 or document.count(end) != 1:
        raise Stale(f"the markers of the generated part {name} must be there once: {begin} ... {end}")
    part = re.compile(rf"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    return part.sub(lambda _: f"{begin}\n\n{text}\n\n{end}", document)


def stale(root: Path = ROOT) -> tuple[str, ...]:
    """The documents whose generated part differs from the code."""
    return tuple(file for name, (file, make) in GENERATED.items() if _differs(root / file, name, make()))


def _differs(path: Path, name: str, text: str) -> bool:
    document = path.read_text(encoding="utf-8")
    return renewed(document, name, text) != document


def write(root: Path = ROOT) -> None:
    """Write every generated part anew."""
    for name, (file, make) in GENERATED.items():
        path = root / file
        path.write_text(renewed(path.read_text(encoding="utf-8"), name, make()), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Check or write; the exit status says whether all is as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.documents", description="The generated documents.")
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--check", action="store_true", help="fail when a document is stale")
    choice.add_argument("--write", action="store_true", help="write the generated parts anew")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.write:
            write()
            return 0
        behind = stale()
    except (Stale, Unclassified) as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    if behind:
        sys.stderr.write(f"stale: {', '.join(behind)}; run: python -m tests.documents --write\n")
    return int(bool(behind))


if __name__ == "__main__":
    sys.exit(main())
