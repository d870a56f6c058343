"""What the commands of `sealstone create` share: their options, what they read, and how they tell what they made."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from os import urandom
from pathlib import Path
from typing import Any, Final, cast

import click

from sealstone.cli import upload_lines
from sealstone.cli.files import STANDARD_OUTPUT
from sealstone.cli.material import Passwords, proven_material_of
from sealstone.model.secret import Secret
from sealstone.x509 import writing
from sealstone.x509.escaping import shown
from sealstone.x509.making import keys
from sealstone.x509.making.certificates import Period, Usage
from sealstone.x509.making.names import Subject
from sealstone.x509.material import Kind, Piece, Unreadable
from sealstone.x509.problems import X509Problem

_Command = Callable[..., Any]
_Option = Callable[[_Command], _Command]
_MOST_DAYS: Final = 36525
_MOST_SHOWN: Final = 5
_USAGES: Final = {"server": (Usage.SERVER,), "client": (Usage.CLIENT,), "both": (Usage.SERVER, Usage.CLIENT)}

force_option: Final = click.option("--force", is_flag=True, help="Overwrite files.")
encrypt_option: Final = click.option("--encrypt", is_flag=True, help="Protect the new private key by a password.")
names_option: Final = click.option(
    "--name",
    "alternatives",
    multiple=True,
    metavar="NAME",
    help="Host name, IP address, URI or mail address it is for; DNS:, IP:, URI: or email: before it says which. "
    "As often as needed.",
)
csr_option: Final = click.option("--csr", "request", metavar="FILE", help="Certificate request to make it from.")
usage_option: Final = click.option(
    "--usage",
    type=click.Choice(list(_USAGES)),
    default="server",
    show_default=True,
    callback=lambda _context, _parameter, value: _USAGES[value],
    help="What the certificate is for.",
)


def output_option(default: str, what: str) -> _Option:
    """`-o`, with its default."""
    return click.option("-o", "--output", default=default, show_default=True, metavar="FILE", help=what)


def subject_option(text: str = "") -> _Option:
    """`--subject`; every command says what it may look like."""
    return click.option(
        "--subject",
        default="",
        metavar="TEXT",
        help=f"CN=build.example.com,O=Example or /O=Example/CN=build.example.com or a common name alone.{text}",
    )


def days_option(usual: str) -> _Option:
    """`--days`; None when it is not given."""
    return click.option(
        "--days", type=click.IntRange(1, _MOST_DAYS), help=f"How long the certificate is valid. [default: {usual}]"
    )


def new_key_option(default: str | None = None) -> _Option:
    """`--new-key TYPE`."""
    return click.option(
        "--new-key",
        metavar="TYPE",
        type=click.Choice(keys.KINDS, case_sensitive=False),
        default=default,
        show_default=default is not None,
        help=f"Make a new private key: {', '.join(keys.KINDS)}.",
    )


def key_options(command: _Command) -> _Command:
    """`--key` or `--new-key`, and where a new one goes."""
    command = click.option(
        "--key-output", default="PrivateKey.pem", show_default=True, metavar="FILE", help="Where a new key is written."
    )(command)
    command = new_key_option()(command)
    return click.option("--key", "key_file", metavar="FILE", help="Private key to use, in any form.")(command)


@contextmanager
def problems_told() -> Iterator[None]:
    """What cannot be made is one line, and exit status 1."""
    try:
        yield
    except X509Problem as problem:
        raise click.ClickException(str(problem)) from None


# --- reading ---


def key_of(file: str, passwords: Passwords) -> Secret:
    """The one private key in a file, PKCS #8. Raises ClickException."""
    return cast("Secret", _only(file, Kind.PRIVATE_KEY, passwords).secret)


def request_of(file: str) -> bytes:
    """The one certificate request in a file, DER. Raises ClickException."""
    return _only(file, Kind.REQUEST, Passwords()).der


def certificates_of(file: str) -> tuple[bytes, ...]:
    """The certificates in a file, DER, in their order. Raises ClickException when there is none."""
    return tuple(piece.der for piece in _pieces(file, Kind.CERTIFICATE, Passwords()))


def _only(file: str, kind: Kind, passwords: Passwords) -> Piece:
    found = _pieces(file, kind, passwords)
    if len(found) > 1:
        raise click.ClickException(f"{shown(file)} holds {len(found)} of the kind {kind}; give a file with one")
    return found[0]


def _pieces(file: str, kind: Kind, passwords: Passwords) -> Sequence[Piece]:
    items = proven_material_of([file], passwords)
    found = [item for item in items if isinstance(item, Piece) and item.kind is kind]
    if found:
        return found
    for item in items:
        if isinstance(item, Unreadable):
            raise click.ClickException(f"{shown(file)}: {item.problem}")
    kinds = sorted({str(item.kind) for item in items if isinstance(item, Piece)})
    raise click.ClickException(f"there is no {kind} in {shown(file)}; there is: {', '.join(kinds) or 'nothing'}")


# --- keys ---


def key_pem(key: Secret, password: Secret | None) -> Secret:
    """The file of a private key, encrypted when there is a password. Raises ClickException for an empty one."""
    with problems_told():
        return writing.encrypted_key_pem(key, password, urandom) if password else writing.private_key_pem(key)


def new_password_options(command: _Command) -> _Command:
    """--new-password-file and --new-password-env, for the key that is made where --password-file opens another."""
    command = click.option("--new-password-env", metavar="NAME", help="Environment variable with that password.")(
        command
    )
    return click.option(
        "--new-password-file", metavar="FILE", help="File whose first line protects the new key, with --encrypt."
    )(command)


def new_password(passwords: Passwords, *, encrypt: bool, new: Passwords | None = None) -> Secret | None:
    """What shall protect a new key: as given, or typed twice at a terminal; None when it is not to be encrypted.

    `new` are those that are for the new key alone; without any, one of the others is for both keys.
    """
    own = new.given() if new else ()
    if own and not encrypt:
        raise click.UsageError("--new-password-file and --new-password-env are for a key that --encrypt protects")
    if not encrypt:
        return None
    given = own or passwords.given()  # what was typed opens another key
    options = "--new-password-file or --new-password-env" if new else "--password-file or --password-env"
    if len(given) > 1:
        which = f"; say which by {options}" if new and not own else ""
        raise click.ClickException(f"--encrypt takes one password for the new key, and {len(given)} were given{which}")
    if given:
        return given[0]
    if not sys.stdin.isatty():
        raise click.ClickException(f"--encrypt needs a password: {options}")
    typed: str = click.prompt("Password of the new key", hide_input=True, confirmation_prompt=True, err=True)
    return Secret(typed.encode("utf-8", "surrogateescape"))


# --- telling ---


def told(output: str, *lines: str) -> None:
    """Say what was made; beside what goes to standard output, not in it."""
    click.echo("\n".join(lines), err=output == STANDARD_OUTPUT)


def about(path: str | Path, subject: Subject, period: Period | None = None) -> str:
    """One line about a certificate or a request that was written."""
    names = [shown(name) for name in subject.alternative_texts[:_MOST_SHOWN]]
    more = len(subject.alternatives) - len(names)
    parts = [
        shown(subject.text),
        *names,
        *([f"{more} more names"] if more else []),
        *([f"valid until {period.not_after:%Y-%m-%d}"] if period else []),
    ]
    return f"{click.format_filename(path)}: {', '.join(parts)}"


def about_key(path: str | Path, kind: str, *, encrypted: bool) -> str:
    """One line about a private key that was written."""
    return f"{click.format_filename(path)}: private key ({kind}), {'encrypted' if encrypted else 'unencrypted'}"


def upload(files: upload_lines.Files, subject: Subject, usages: Sequence[Usage]) -> Iterator[str]:
    """The commands that upload what was made, ready to be pasted: what no server can use is for signing requests."""
    if Usage.SERVER not in usages:
        yield "\n# IAM, as signing certificate of the user who calls, or with --user-name of another one"
        yield upload_lines.signing(files)
        return
    hosts = (name.partition(":")[2] for name in subject.alternative_texts)
    name = subject.common_name or next(hosts, "")
    yield ""
    yield "# IAM, aws CLI version 1 and version 2"
    yield upload_lines.iam(files, name)
    yield "\n# ACM, aws CLI version 2"
    yield upload_lines.acm(files, "fileb")
