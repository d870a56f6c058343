"""From the names of files on the command line to what is in them; containers are opened with the user's passwords.

Shared by every command that takes certificate and key files. A password comes from a file, the environment or a
prompt, never from an argument: those are seen by everybody who lists processes. Several may be given: one opens a
keystore as a whole, and any of them a key in it that has a password of its own.
"""

import functools
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast

import click

from sealstone.isolation import opening
from sealstone.isolation.problems import ReaderStopped
from sealstone.model.secret import Secret
from sealstone.server import settings
from sealstone.server.clock import system_clock
from sealstone.x509.containers import reading
from sealstone.x509.containers.problems import PasswordNeeded, WrongPassword
from sealstone.x509.escaping import shown
from sealstone.x509.material import Container, Piece, Unreadable
from sealstone.x509.problems import X509Problem

_STDIN: Final = "-"
_TRIES: Final = 3
_PATIENCE: Final = timedelta(seconds=60)
_LONGEST_PASSWORD: Final = 4096
_OPTIONS: Final = (
    ("--password-file", "FILE", "File whose first line is the password of encrypted files; may be repeated."),
    ("--password-env", "NAME", "Environment variable that holds such a password; may be repeated."),
)
_Items = tuple[Piece | Unreadable, ...]
_Command = Callable[..., Any]


class Passwords:
    """Where passwords come from: the first lines of files, environment variables, or a person at a terminal."""

    def __init__(self, files: Sequence[str] = (), variables: Sequence[str] = ()) -> None:
        self._files, self._variables = tuple(files), tuple(variables)
        self._known: list[Secret] | None = None

    def known(self) -> Sequence[Secret]:
        """Those to try first: the ones given by files and variables, then those that opened something before.

        Raises ClickException when a file or a variable is not there.
        """
        if self._known is None:
            self._known = list(self._given())
        return tuple(self._known)

    def asked(self, container: Container, of: str = "") -> Secret | None:
        """What a person types; None without a terminal, and for an empty line. `of`: of what in the container."""
        if not _is_at_terminal():
            return None
        origin = container.origin
        place = f", {origin.place}" if origin.place else ""
        typed = click.prompt(
            f"Password of {of}{shown(origin.file)}{place} ({container.form}; empty to skip)",
            default="",
            show_default=False,
            hide_input=True,
            err=True,
        )
        return Secret(_bytes_of(typed)) if typed else None

    def keep(self, password: Secret) -> None:
        """It has opened something, and may open more."""
        self._known = [*self.known(), password]

    def _given(self) -> Iterable[Secret]:
        for file in self._files:
            yield Secret(_first_line(file))
        for name in self._variables:
            value = settings.variable(name)
            if value is None:
                raise click.ClickException(f"the environment variable {shown(name)} is not set")
            yield Secret(_bytes_of(value))


def password_options(command: _Command) -> _Command:
    """Adds --password-file and --password-env to a command, which gets `passwords: Passwords` for them."""

    def with_passwords(
        *args: Any, password_file: tuple[str, ...], password_env: tuple[str, ...], **options: Any
    ) -> Any:
        return command(*args, passwords=Passwords(password_file, password_env), **options)

    wrapped = cast("_Command", functools.update_wrapper(with_passwords, command))
    for name, metavar, text in reversed(_OPTIONS):
        wrapped = click.option(name, metavar=metavar, multiple=True, help=text)(wrapped)
    return wrapped


def material_of(files: Sequence[str], passwords: Passwords) -> _Items:
    """All that is in the files, in their order; `-` is standard input. What cannot be opened is an Unreadable.

    Raises ClickException for a file that cannot be read at all.
    """
    found: list[Piece | Unreadable] = []
    patience = _Patience()
    for file in files:
        for item in reading.contents(_bytes_in(file), file):
            found += _opened(item, passwords, patience) if isinstance(item, Container) else (item,)
    return tuple(found)


class _Patience:
    """How long all opening of one command may take: each container is bounded, and a file may hold a thousand."""

    def __init__(self) -> None:
        self._spent = timedelta()

    def opened(
        self, container: Container, password: Secret | None, others: Sequence[Secret]
    ) -> tuple[_Items | None, X509Problem | None]:
        """What is inside, or why not."""
        if self._spent > _PATIENCE:
            return None, ReaderStopped(f"was not asked: what stands before it took more than {_PATIENCE.seconds} s")
        began = system_clock()
        try:
            return opening.opened(container, password, others), None
        except X509Problem as problem:
            return None, problem
        finally:
            self._spent += system_clock() - began


def _is_at_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _bytes_in(file: str) -> bytes:
    """One byte more than is read of any file, so that a longer one is noticed."""
    if file == _STDIN:
        return sys.stdin.buffer.read(reading.MOST_BYTES + 1)
    try:
        with Path(file).open("rb") as source:
            return source.read(reading.MOST_BYTES + 1)
    except (OSError, ValueError) as fault:  # a name with NUL is a ValueError
        raise click.ClickException(f"cannot read {shown(file)}: {_reason(fault)}") from None


def _first_line(file: str) -> bytes:
    try:
        with Path(file).open("rb") as source:
            return source.readline(_LONGEST_PASSWORD).rstrip(b"\r\n")
    except (OSError, ValueError) as fault:
        raise click.ClickException(f"cannot read the password file {shown(file)}: {_reason(fault)}") from None


def _reason(fault: OSError | ValueError) -> str:
    return (fault.strerror if isinstance(fault, OSError) else None) or "it is no name of a file"


def _bytes_of(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _opened(container: Container, passwords: Passwords, patience: _Patience) -> _Items:
    """With the passwords that are known, then without, then with what a person types, at most three times."""
    result: _Items | None = None
    tried: list[Secret | None] = [*passwords.known(), None] if container.password_needed else [None]
    problems: list[X509Problem] = []
    for password in tried:
        beside = _beside(password, passwords) if container.password_needed else ()
        items, problem = patience.opened(container, password, beside)
        if items is not None and not _is_locked(items):
            return _keys_asked(container, password, items, passwords, patience)
        result = result or items
        problems += [problem] if problem else []
        if problem and not isinstance(problem, PasswordNeeded | WrongPassword):
            break
    else:
        items, problem = _asked(container, passwords, patience)
        result = items or result
        problems += [problem] if problem else []
    return result or (Unreadable(container.origin, _telling(problems)),)


def _asked(container: Container, passwords: Passwords, patience: _Patience) -> tuple[_Items | None, X509Problem | None]:
    problem: X509Problem | None = None
    for _ in range(_TRIES):
        password = passwords.asked(container)
        if password is None:
            break
        items, problem = patience.opened(container, password, passwords.known())
        if items is not None:
            passwords.keep(password)
            return _keys_asked(container, password, items, passwords, patience), None
        if not isinstance(problem, WrongPassword):
            break
        click.echo("That password does not open it.", err=True)
    return None, problem


def _keys_asked(
    container: Container, password: Secret | None, items: _Items, passwords: Passwords, patience: _Patience
) -> _Items:
    """The same, opened by that password, with the keys in it that a person types the own passwords of."""
    left = _keys_left(items)
    for _ in range(_TRIES):
        typed = passwords.asked(container, "a key with a password of its own in ") if left else None
        if typed is None:
            break
        more, _problem = patience.opened(container, password, (*_beside(password, passwords), typed))
        if more is None:
            break
        if _keys_left(more) < left:
            items, left = more, _keys_left(more)
            passwords.keep(typed)
        else:
            click.echo("That password opens no further key.", err=True)
    return items


def _beside(password: Secret | None, passwords: Passwords) -> tuple[Secret, ...]:
    """The other ones that are known."""
    return tuple(other for other in passwords.known() if other is not password)


def _keys_left(items: _Items) -> int:
    """How much of it has another password than those that were tried."""
    return sum(isinstance(item, Unreadable) and isinstance(item.problem, WrongPassword) for item in items)


def _is_locked(items: _Items) -> bool:
    """Whether a password would show more of it: a Java keystore shows its certificates without."""
    return any(isinstance(item, Unreadable) and isinstance(item.problem, PasswordNeeded) for item in items)


def _telling(problems: Sequence[X509Problem]) -> X509Problem:
    """The last that says more than that a password is needed: a wrong one was given, or the file is damaged."""
    return next((one for one in reversed(problems) if not isinstance(one, PasswordNeeded)), problems[-1])
