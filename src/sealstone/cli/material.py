"""From the names of files on the command line to what is in them; containers are opened with the user's passwords.

Shared by every command that takes certificate and key files. A password comes from a file, the environment or a
prompt, never from an argument: those are seen by everybody who lists processes. Several may be given: one opens a
keystore as a whole, and any of them a key in it that has a password of its own.

A password that was given must fit: otherwise nothing of the keystore is believed, not even what lies in the open,
for whoever changed it could not have known the password.
"""

import functools
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast

import click

from sealstone.isolation import opening
from sealstone.isolation.opening import Limits
from sealstone.isolation.problems import ReaderStopped
from sealstone.model.secret import Secret
from sealstone.server import settings
from sealstone.server.clock import system_clock
from sealstone.x509.containers import reading
from sealstone.x509.containers.problems import PasswordNeeded, WrongPassword
from sealstone.x509.escaping import shown
from sealstone.x509.material import ALIASED, UNCHECKED, Container, Piece, Unreadable
from sealstone.x509.problems import X509Problem

_STDIN: Final = "-"
_TRIES: Final = 3
_PATIENCE: Final = timedelta(seconds=60)
_PATIENCE_WITH_ONE: Final = timedelta(seconds=30)
_FEWER: Final = "give fewer passwords, the right one first, or export the file anew with fewer rounds"
_LONGEST_PASSWORD: Final = 4096
_OPTIONS: Final = (
    ("--password-file", "FILE", "File whose first line is the password of encrypted files; may be repeated."),
    ("--password-env", "NAME", "Environment variable that holds such a password; may be repeated."),
)
_Items = tuple[Piece | Unreadable, ...]
_Command = Callable[..., Any]


class Passwords:
    """Where passwords come from: the first lines of files, environment variables, or a person at a terminal."""

    def __init__(self, files: Iterable[str] = (), variables: Iterable[str] = ()) -> None:
        self._files, self._variables = tuple(files), tuple(variables)
        self._given: tuple[Secret, ...] | None = None
        self._typed: list[Secret] = []

    def given(self) -> Sequence[Secret]:
        """Those of files and variables. Raises ClickException when one is not there."""
        if self._given is None:
            self._given = tuple(self._read())
        return self._given

    def known(self) -> Sequence[Secret]:
        """Those to try first: the ones given by files and variables, then those that opened something before.

        Raises ClickException when a file or a variable is not there.
        """
        return (*self.given(), *self._typed)

    def asked(self, container: Container, of: str = "") -> Secret | None:
        """What a person types; None without a terminal, and for an empty line. `of`: of what in the container."""
        if not _is_at_terminal():
            return None
        origin = container.origin
        place = f", {origin.place}" if origin.place else ""
        typed = click.prompt(
            f"Password of {f'{of} in ' if of else ''}{shown(origin.file)}{place} ({container.form}; empty to skip)",
            default="",
            show_default=False,
            hide_input=True,
            err=True,
        )
        return Secret(_bytes_of(typed)) if typed else None

    def keep(self, password: Secret) -> None:
        """It has opened something, and may open more."""
        self._typed.append(password)

    def _read(self) -> Iterable[Secret]:
        for file in self._files:
            yield Secret(_first_line(file))
        for name in self._variables:
            value = settings.variable(name)
            if value is None:
                # Not named: somebody may have typed the password itself.
                raise click.ClickException(
                    "the environment variable that --password-env names is not set; "
                    "it wants the name of a variable and not the password itself"
                )
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

    For showing. Raises ClickException for a file that cannot be read at all.
    """
    return _material_of(files, passwords, for_use=False)


def proven_material_of(files: Sequence[str], passwords: Passwords) -> _Items:
    """The same, for using it: a person is asked for the password of a truststore, too.

    Raises ClickException also when a password was given, and a keystore is not opened by it.
    """
    found = _material_of(files, passwords, for_use=True)
    for item in found:
        if isinstance(item, Unreadable) and refuses_password(item) and not ALIASED.isdisjoint(item.origin.forms):
            raise click.ClickException(f"{shown(item.origin.file)}: {item.problem}")
    return found


def refuses_password(item: Unreadable) -> bool:
    """Whether it is a whole container that no password that was given opens."""
    return isinstance(item.problem, WrongPassword) and not item.problem.is_of_part


def _material_of(files: Sequence[str], passwords: Passwords, *, for_use: bool) -> _Items:
    found: list[Piece | Unreadable] = []
    patience = _Patience()
    for file in files:
        for item in reading.contents(_bytes_in(file), file):
            found += _Opening(item, passwords, patience, for_use).items() if isinstance(item, Container) else (item,)
    return tuple(found)


class _Patience:
    """How long all opening of one command may take: each container is bounded, and a file may hold a thousand."""

    def __init__(self) -> None:
        self.spent = timedelta()

    @property
    def is_over(self) -> bool:
        """Whether no more is opened."""
        return self.spent > _PATIENCE


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


class _Opening:
    """One container, and all attempts to open it: they share one time."""

    def __init__(self, container: Container, passwords: Passwords, patience: _Patience, for_use: bool) -> None:
        self._container, self._passwords, self._patience, self._for_use = container, passwords, patience, for_use
        self._spent = timedelta()
        self._attempts = 0

    def items(self) -> _Items:
        """With the passwords that are known, else with what a person types, else what can be shown without any.

        When one was given or typed and none fits, nothing is shown: the keystore may have been changed.
        """
        known = self._passwords.known() if self._container.takes_password else ()
        refused: WrongPassword | None = None
        for password in known:
            found = self._attempt(password, self._beside(password))
            if not isinstance(found, X509Problem):
                return self._with_keys_asked(password, found)
            if not isinstance(found, WrongPassword):
                return self._unreadable(found)
            refused = found
        if refused and self._passwords.given():
            return self._asked() or self._unreadable(refused)
        found = self._attempt(None, ())
        if isinstance(found, X509Problem):
            asked = self._asked() if isinstance(found, PasswordNeeded) else None
            return asked or self._unreadable(found)
        return (self._asked() if self._wants_more(found) else None) or found

    def _attempt(self, password: Secret | None, others: Sequence[Secret]) -> _Items | X509Problem:
        """What is inside, or why not."""
        if self._patience.is_over:
            return ReaderStopped(f"was not asked: what stands before it took more than {_PATIENCE.seconds} s")
        left = _PATIENCE_WITH_ONE - self._spent
        began = system_clock()
        self._attempts += 1
        try:
            return opening.opened(self._container, password, others, limits=_within(left))
        except ReaderStopped as problem:
            return self._over() if self._attempts > 1 and system_clock() - began >= left else problem
        except X509Problem as problem:
            return problem
        finally:
            spent = system_clock() - began
            self._spent += spent
            self._patience.spent += spent

    def _over(self) -> ReaderStopped:
        return ReaderStopped(f"took more than {_PATIENCE_WITH_ONE.seconds} s for {self._attempts} passwords", _FEWER)

    def _asked(self) -> _Items | None:
        """What a person opens by typing, three times at most; None when nobody types anything."""
        problem: X509Problem | None = None
        for _ in range(_TRIES):
            password = self._passwords.asked(self._container)
            if password is None:
                break
            self._spent = timedelta()  # whoever types sees how long it takes
            found = self._attempt(password, self._passwords.known())
            if not isinstance(found, X509Problem):
                self._passwords.keep(password)
                return self._with_keys_asked(password, found)
            problem = found
            if not isinstance(problem, WrongPassword):
                break
            click.echo("That password does not open it.", err=True)
        return self._unreadable(problem) if problem else None

    def _with_keys_asked(self, password: Secret, items: _Items) -> _Items:
        """The same, opened by that password, with the keys in it that a person types the own passwords of."""
        left = _keys_left(items)
        for _ in range(_TRIES):
            typed = self._passwords.asked(self._container, left[0]) if left else None
            if typed is None:
                break
            more = self._attempt(password, (*self._beside(password), typed))
            if isinstance(more, X509Problem):
                break
            if len(_keys_left(more)) < len(left):
                items, left = more, _keys_left(more)
                self._passwords.keep(typed)
            else:
                click.echo("That password opens no further key.", err=True)
        return items

    def _beside(self, password: Secret) -> tuple[Secret, ...]:
        """The other ones that are known."""
        return tuple(other for other in self._passwords.known() if other is not password)

    def _wants_more(self, items: _Items) -> bool:
        """Whether a password would show more of it, or prove what is to be used."""
        is_locked = any(isinstance(item, Unreadable) and isinstance(item.problem, PasswordNeeded) for item in items)
        return is_locked or any(isinstance(item, Piece) and item.doubt == UNCHECKED for item in items if self._for_use)

    def _unreadable(self, problem: X509Problem) -> _Items:
        return (Unreadable(self._container.origin, problem),)


def _within(left: timedelta) -> Limits:
    """What one attempt may take of the time that is left."""
    seconds = max(left.total_seconds(), 0.001)
    usual = opening.DEFAULT
    return Limits(seconds=min(usual.seconds, seconds), cpu_seconds=min(usual.cpu_seconds, int(seconds) + 1))


def _keys_left(items: _Items) -> list[str]:
    """The parts of it that have another password than those that were tried: `the key of the entry tomcat`."""
    problems = (item.problem for item in items if isinstance(item, Unreadable))
    return [problem.what for problem in problems if isinstance(problem, WrongPassword)]
