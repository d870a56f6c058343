"""Types for bytes that must never be shown: in the clear (`Secret`) and sealed (`Sealed`).

They print nothing, do not pickle, and compare in constant time where it matters elsewhere.
"""

from typing import NoReturn


class _Hidden:
    """Bytes whose every rendering is `***`."""

    __slots__ = ("_content",)

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        """A secret in a pickle is a secret on a disk."""
        raise TypeError(f"{type(self).__name__} is never serialised")

    def reveal(self) -> bytes:
        """The bytes themselves, for the few modules that `tests/house` lists as allowed to."""
        return self._content


class Secret(_Hidden):
    """Secret bytes in the clear: a private key (PKCS#8 DER) or a secret access key."""

    __slots__ = ()


class Sealed(_Hidden):
    """Secret bytes under envelope encryption, as stored. Made and opened by the seal room only."""

    __slots__ = ()
