"""Tokens of approvals: what goes into the mail, and what is kept of it."""

import re
from hashlib import sha256

from sealstone.model import approval


def test_a_token_needs_no_escaping_and_is_kept_as_its_digest() -> None:
    asked: list[int] = []

    def chance(length: int) -> bytes:
        asked.append(length)
        return b"\xff" * length

    token = approval.new_token(chance)
    assert asked == [32]
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert approval.digest(token) == sha256(token.encode()).hexdigest()


def test_a_link_has_one_slash_between() -> None:
    for base in ("https://seal.example:7420", "https://seal.example:7420/"):
        assert approval.link(base, "abc") == "https://seal.example:7420/approve/abc"
