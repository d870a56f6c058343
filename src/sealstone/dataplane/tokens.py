"""Texts that listeners for plain HTTP answer by themselves: a map of HAProxy's, exchanged without a reload. Pure.

One map for all accounts, which names with each text whose it is: a listener answers those of its own account. Else
whoever asks for a certificate would be vouched for by everybody's listeners, under whatever name leads there.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from sealstone.dataplane.wanted import Listener, Token
from sealstone.dataplane.wording import account, token_body, token_path

PLACE: Final = "maps/tokens.map"

_MESSAGE: Final = 8192
"""Bytes of a message on the control socket, well below what HAProxy reads at once."""


@lru_cache(maxsize=2)
def table(tokens: tuple[Token, ...]) -> str:
    """The map: a path, and `ACCOUNT:TEXT`, on each line; of two for one path the first. Raises NotWritable."""
    lines: dict[str, str] = {}
    for one in tokens:
        path, text = token_path("the path of a token", one.path), token_body("the text of a token", one.body)
        lines.setdefault(path, f"{account('the account of a token', one.account_id)}:{text}")
    return "".join(f"{path} {lines[path]}\n" for path in sorted(lines))


def answered_by(listener: Listener) -> bool:
    """Whether it answers tokens: it speaks plain HTTP, and somebody owns it."""
    return listener.protocol == "HTTP" and bool(listener.account_id)


def answering(account_id: str) -> str:
    """The line that answers a GET of exactly one of the account's paths; whatever follows it is not asked then.

    Raises NotWritable.
    """
    found = f"path,map_str({PLACE})"
    answer = f"http-request return status 200 content-type text/plain lf-string %[{found},field(2,:)]"
    whose = account("the account of a listener", account_id)
    return f"{answer} if {{ method GET }} {{ {found},field(1,:) -m str {whose} }}"


def messages(text: str) -> Iterator[str]:
    """The lines of a map in pieces that the control socket takes."""
    piece = ""
    for line in text.splitlines(keepends=True):
        if len(piece) + len(line) > _MESSAGE:
            yield piece
            piece = ""
        piece += line
    if piece:
        yield piece
