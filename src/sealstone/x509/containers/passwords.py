"""A password in the shapes that formats turn into keys. The only module of the room that looks into it."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from sealstone.model.secret import Secret
from sealstone.x509.containers.problems import WrongPassword

_Opened = TypeVar("_Opened")


class Password:
    """A password, or none, and others that parts may have which it does not open. It prints nothing of itself."""

    __slots__ = ("_others", "_secret")

    def __init__(self, secret: Secret | None, others: Sequence[Secret] = ()) -> None:
        self._secret = secret
        self._others = tuple(others)

    def __repr__(self) -> str:
        return "Password(***)"

    @property
    def given(self) -> bool:
        """Whether there is one; an empty one is one."""
        return self._secret is not None

    def instead(self, secret: Secret | None) -> "Password":
        """Another one in its place, with the same others beside it."""
        return Password(secret, self._others)

    def any_opening(self, part: Callable[["Password"], _Opened]) -> _Opened:
        """What `part` makes of this one, or of the first of the others that fits.

        Raises this one's WrongPassword when none does, and whatever else `part` raises, at once.
        """
        try:
            return part(self)
        except WrongPassword as wrong:
            for other in self._others:
                try:
                    return part(Password(other))
                except WrongPassword:
                    continue
            raise wrong from None

    @property
    def utf8(self) -> bytes:
        """As given: what PBES2, OpenSSL's own PEM encryption and PBES1 take (RFC 8018 section 3)."""
        return b"" if self._secret is None else self._secret.reveal()

    @property
    def utf16(self) -> bytes:
        """Big-endian UTF-16 without an end: what a JKS keystore takes."""
        return self._text().encode("utf-16-be", "surrogatepass")

    @property
    def bmp(self) -> bytes:
        """Big-endian UTF-16 with two zero bytes at the end (RFC 7292 B.1); nothing at all when there is none."""
        return b"" if self._secret is None else self.utf16 + b"\0\0"

    def _text(self) -> str:
        """Bytes that are no UTF-8 are taken one for one, as OpenSSL takes them."""
        try:
            return self.utf8.decode()
        except UnicodeDecodeError:
            return self.utf8.decode("latin-1")
