"""Patterns of rules against requests that were made to cost much: answered at once, and what is forbidden stays so."""

from typing import Final

import pytest
from tests.dataplane.front import TO_TWO, Front
from tests.dataplane.rig import asked

from sealstone.dataplane.wanted import Condition, FixedResponse, Rule

LONGEST: Final = 22_000
FORBIDDEN: Final = Rule("no", 1, (Condition("header", ("*Bad*Bot*",), "User-Agent"),), FixedResponse(403))


@pytest.fixture
def many(front: Front) -> Front:
    paths = [Rule(f"r{n}", n, (Condition("path", (f"/*/u*/v*/{n}",)),), TO_TWO) for n in range(2, 92)]
    queries = [Rule(f"q{n}", n, (Condition("query", (f"*u*v*=*u*v*{n}",)),), TO_TWO) for n in range(92, 122)]
    return front.has(FORBIDDEN, *paths, *queries)


@pytest.mark.parametrize("part", ["/u", "/u/v", "&u=v", "uvuv", "=u", "/v"])
def test_long_requests_are_answered_at_once(many: Front, part: str) -> None:
    """Patterns that try again and again take minutes, in which no client waits and HAProxy ends itself."""
    assert many.by("/" + part * (LONGEST // len(part))) == "one"
    assert many.by("/?" + part * (LONGEST // len(part))) == "one"


def test_the_last_of_many_is_found(many: Front) -> None:
    assert many.by("/x/ua/vb/u/91") == "two"
    assert many.by("/x/ua/vb/u/92") == "one"
    assert many.by("/?a&xuyvz=xuyvz121&b") == "two"
    assert many.by("/?a&xuyvz=xuyv&z121&b") == "one"


@pytest.mark.parametrize("padding", ["", "Bad" * 6000, "BadBo" * 3000, "Bot" * 5000])
def test_what_is_forbidden_cannot_be_padded(many: Front, padding: str) -> None:
    for agent in (f"a Bad Bot{padding}", f"{padding}a Bad Bot"):
        assert asked(many.port, headers={"User-Agent": agent}).status == 403
    assert asked(many.port, headers={"User-Agent": f"a Bat{'Ba' * 6000}"}).status == 200
