"""What can be wrong with a file or a container: one class each. All are rebuilt from `arguments` across a process.

Every finding of this package is one of these, so that `isolation` can carry it from the child to the parent as the
name of its class and its arguments. Arguments are numbers and words of ours; a foreign word among them is escaped.
"""

from collections.abc import Callable, Mapping
from typing import Final

from sealstone.x509.escaping import shown
from sealstone.x509.problems import Part, X509Problem

Argument = str | int
_LONGEST_ARGUMENT: Final = 400
OF_ITS_OWN: Final = "which may have a password of its own (--password-file may be given more than once)"
"""The doubt of a WrongPassword about a part of a container that the password opened."""
CHANGED: Final = "or the file has been changed"
"""The doubt of a WrongPassword that a digest or MAC over the whole refused."""


class FileProblem(X509Problem):
    """The base: about a file or something in it. `arguments` are those that its class was made with."""

    def __init__(self, cause: str, cure: str, *arguments: Argument) -> None:
        super().__init__(Part.FILE, cause, cure)
        self.arguments = arguments


class TooLarge(FileProblem):
    """The file is larger than any of its kind. `size` and `limit` are in bytes."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"the file has {size:,} bytes, and {limit:,} is the most that is read",
            "give the file that holds the certificates and keys only",
            size,
            limit,
        )
        self.size = size
        self.limit = limit


class TooMany(FileProblem):
    """More pieces than are shown. Those before the `limit` are."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"the file holds more than {limit:,} blocks, and what follows them was not read",
            "split the file",
            limit,
        )
        self.limit = limit


class NotRecognised(FileProblem):
    """Nothing that is known here. `what` is a clause about it, `cure` what may help."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(what, cure, what, cure)


class Damaged(FileProblem):
    """A piece whose kind is known and whose content is not what it should be."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(
            f"{what} cannot be read: {reason}",
            "take it from its source again, whole and unchanged",
            what,
            reason,
        )
        self.reason = reason


class SeveralPrimes(FileProblem):
    """An RSA key of more than two primes, `count` of them (RFC 8017 3.2); whole as far as seen, and taken nowhere."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"the private key is not read here: it is an RSA key of {count} primes, and AWS and nearly all programs "
            "take keys of two primes only",
            "make a new key of two primes (sealstone create key) and have a certificate issued for it; "
            "this one cannot be turned into one of two",
            count,
        )
        self.count = count


class PasswordNeeded(FileProblem):
    """It is protected by a password, and none was given."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} is protected by a password",
            "give the password in a file (--password-file) or an environment variable (--password-env)",
            what,
        )


class WrongPassword(FileProblem):
    """The password does not open it. `doubt` says so where the format cannot tell this from damage."""

    def __init__(self, what: str, doubt: str = "") -> None:
        super().__init__(
            f"the password does not open {what}" + (f", {doubt}" if doubt else ""),
            "check the password: upper and lower case, and blanks at its ends; if it is the right one, the file is "
            "damaged",
            what,
            doubt,
        )
        self.what = what
        self.doubt = doubt

    @property
    def is_of_part(self) -> bool:
        """Whether the whole was opened, and only a part in it has another password."""
        return self.doubt == OF_ITS_OWN


class TooManyRounds(FileProblem):
    """Turning the password into a key takes more rounds than anybody needs. Nothing was derived."""

    def __init__(self, rounds: int, limit: int) -> None:
        super().__init__(
            f"turning its password into a key takes {rounds:,} rounds, and {limit:,} is the most that is done here",
            "export it anew with fewer rounds; 10,000 to 600,000 are usual",
            rounds,
            limit,
        )
        self.rounds = rounds
        self.limit = limit


class TooMuchMemory(FileProblem):
    """Turning the password into a key (scrypt) takes too much memory. `size` and `limit` are in bytes."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"turning its password into a key takes {size:,} bytes of memory, and {limit:,} is the most",
            "encrypt the key anew with the usual parameters: openssl pkcs8 -topk8 -in FILE -out NEW",
            size,
            limit,
        )
        self.size = size
        self.limit = limit


class ContainerUnreadable(FileProblem):
    """Its structure is damaged."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(
            f"{what} cannot be read: {reason}",
            "take the file from its source again, or export it anew",
            what,
            reason,
        )
        self.reason = reason


class UnsupportedContainer(FileProblem):
    """It is whole as far as seen, and of a form or cipher that is not read here. `cure` names a tool that reads it."""

    def __init__(self, what: str, reason: str, cure: str) -> None:
        super().__init__(f"{what} is not read here: {reason}", cure, what, reason, cure)
        self.reason = reason


_CLASSES: Final[Mapping[str, type[FileProblem]]] = {
    kind.__name__: kind
    for kind in (
        TooLarge,
        TooMany,
        NotRecognised,
        Damaged,
        SeveralPrimes,
        PasswordNeeded,
        WrongPassword,
        TooManyRounds,
        TooMuchMemory,
        ContainerUnreadable,
        UnsupportedContainer,
    )
}


def _made(kind: Callable[..., FileProblem], arguments: list[Argument]) -> FileProblem:
    return kind(*arguments)


def again(name: str, arguments: tuple[Argument, ...]) -> FileProblem:
    """The problem of that class with those arguments, its words escaped and cut: they may come from a broken process.

    Raises ValueError for a class or arguments that there are none of.
    """
    kind = _CLASSES.get(name)
    if kind is None:
        raise ValueError("no such problem")
    safe = [shown(value, _LONGEST_ARGUMENT) if isinstance(value, str) else value for value in arguments]
    try:
        return _made(kind, safe)
    except TypeError:
        raise ValueError("a problem with other arguments") from None
