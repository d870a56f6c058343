"""Foreign values as words: what passes, and that nothing else does."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealstone.dataplane import wording
from sealstone.dataplane.problems import NotWritable

Word = Callable[[str, str], str]

GOOD: list[tuple[Word, str, str]] = [
    (wording.identifier, "i-0123_a.b", "i-0123_a.b"),
    (wording.listening_address, "127.0.0.1", "127.0.0.1"),
    (wording.listening_address, "::1", "[::1]"),
    (wording.server_address, "::0:1", "[::1]"),
    (wording.server_address, "db-1.internal_zone.test", "db-1.internal_zone.test"),
    (wording.network, "10.1.2.3/8", "10.0.0.0/8"),
    (wording.network, "::1", "::1/128"),
    (wording.token, "X-Amzn-Mtls", "X-Amzn-Mtls"),
    (wording.cipher, "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
    (wording.matcher, "200-299,401", "200-299,401"),
    (wording.url_path, "/a/b?c=%20&d=$x", "/a/b?c=%20&d=$x"),
    (wording.content_type, "application/json", "application/json"),
    (wording.header_value, "max-age=1; 50%", "'max-age=1; 50%%'"),
]

BAD: list[tuple[Word, str]] = [
    (wording.identifier, ""),
    (wording.identifier, "-x"),
    (wording.identifier, "a/b"),
    (wording.identifier, "a..b"),
    (wording.identifier, "a" * 129),
    (wording.listening_address, "localhost"),
    (wording.listening_address, "*"),
    (wording.listening_address, "fe80::1%eth0"),
    (wording.server_address, "unix@/tmp/x"),
    (wording.server_address, "a" * 254),
    (wording.network, "10.0.0.0/33"),
    (wording.token, "X Y"),
    (wording.token, "X%[src]"),
    (wording.cipher, "ALL:!aNULL"),
    (wording.matcher, "200-"),
    (wording.matcher, "999"),
    (wording.url_path, "no/slash"),
    (wording.content_type, "text/html; charset=utf-8"),
    (wording.header_value, 'a"b'),
]

WORDS = sorted({word for word, _, _ in GOOD}, key=lambda word: word.__name__)


@pytest.mark.parametrize(("word", "value", "written"), GOOD)
def test_what_is_written(word: Word, value: str, written: str) -> None:
    assert word("it", value) == written


@pytest.mark.parametrize(("word", "value"), BAD)
def test_what_is_refused(word: Word, value: str) -> None:
    with pytest.raises(NotWritable) as caught:
        word("the thing", value)
    assert str(caught.value).startswith("the thing is ")


@pytest.mark.parametrize("word", WORDS, ids=lambda word: str(word.__name__))
@pytest.mark.parametrize("bad", ["\r", "\n", "\0", "'", '"', "#", "\\", "\x7f", "é", "\u202e", "\ud800"])
@pytest.mark.parametrize("where", ["{}{}", "{1}{0}", "{0}{1}{0}"])
def test_nothing_that_means_something_passes(word: Word, bad: str, where: str) -> None:
    good = next(value for found, value, _ in GOOD if found is word)
    with pytest.raises(NotWritable):
        word("it", where.format(good, bad))


@given(st.text())
def test_a_pattern_is_made_of_harmless_characters(text: str) -> None:
    try:
        written = wording.pattern("it", text)
    except NotWritable:
        assert not text or not text.isascii() or not text.isprintable() or len(text) > 1024
    else:
        assert re.fullmatch(r"(?:[A-Za-z0-9.]|\.\*|\\x[0-9a-f]{2})*", written)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40))
def test_a_pattern_without_wild_cards_matches_its_text_alone(text: str) -> None:
    plain = text.replace("*", "").replace("?", "") or "a"
    assert re.fullmatch(wording.pattern("it", plain), plain)
    assert not re.fullmatch(wording.pattern("it", plain), plain + "x")


def test_many_stars_are_one() -> None:
    assert wording.pattern("it", "a***b?") == "a.*b."


def test_numbers_have_bounds() -> None:
    assert wording.port("it", 443) == "443"
    assert wording.seconds("it", 60) == "60s"
    for bad in (0, 65536):
        with pytest.raises(NotWritable, match="from 1 to 65535"):
            wording.port("it", bad)
    assert wording.protocol_names("it", ("h2", "http/1.1")) == "h2,http/1.1"
    with pytest.raises(NotWritable):
        wording.protocol_names("it", ("h2,x",))
