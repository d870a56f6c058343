"""Foreign values as words: what passes, and that nothing else does."""

import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
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
    (wording.matcher, "200-299,401,404-404", "200-299,401,404-404"),
    (wording.signature, "ECDSA+SHA384", "ECDSA+SHA384"),
    (wording.url_path, "/a/b?c=%20&d=$x", "/a/b?c=%20&d=$x"),
    (wording.content_type, "application/json", "application/json"),
    (wording.header_value, "max-age=1; 50%", "'max-age=1; 50%%'"),
    (wording.header_value, "", "''"),
    (wording.header_value, "'self' 5%", "'%[str(%27self%27%205%25),url_dec]'"),
    (wording.token_path, "/.well-known/pki-validation/0a_-~.txt", "/.well-known/pki-validation/0a_-~.txt"),
    (wording.account, "000000000001", "000000000001"),
    (wording.token_body, "a-b_c.d~e/f+g=", "a-b_c.d~e/f+g="),
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
    (wording.network, "fe80::%eth0/128"),
    (wording.token, "X Y"),
    (wording.token, "X%[src]"),
    (wording.cipher, "ALL:!aNULL"),
    (wording.matcher, "200-"),
    (wording.matcher, "999"),
    (wording.matcher, "200,499-200"),
    (wording.signature, "ALL:x"),
    (wording.signature, "A+B+C"),
    (wording.url_path, "no/slash"),
    (wording.content_type, "text/html; charset=utf-8"),
    (wording.header_value, "a\tb"),
    (wording.header_value, "a" * 1025),
    (wording.token_path, ""),
    (wording.token_path, "no/slash"),
    (wording.token_path, "/a b"),
    (wording.token_path, "/" + "a" * 256),
    (wording.account, "12345678901"),
    (wording.account, "1234567890123"),
    (wording.token_body, ""),
    (wording.token_body, "a b"),
    (wording.token_body, "a" * 1025),
]

WORDS = sorted({word for word, _, _ in GOOD} - {wording.header_value}, key=lambda word: word.__name__)


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


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)) | st.text())
def test_the_value_of_a_header_is_one_word(text: str) -> None:
    """Between quotes is no other, and where something is encoded, nothing but letters, digits and `%` is in it."""
    try:
        written = wording.header_value("it", text)
    except NotWritable:
        assert not text.isascii() or not text.isprintable() or len(text) > 1024
        return
    assert re.fullmatch(r"'[^'\"\\#\x00-\x1f]*'", written)
    encoded = re.fullmatch(r"'%\[str\((?P<hex>(?:[A-Za-z0-9]|%[0-9A-F]{2})*)\),url_dec\]'", written)
    assert (unquote(encoded["hex"]) if encoded else written[1:-1].replace("%%", "%")) == text


@given(st.text())
def test_a_pattern_is_made_of_harmless_characters(text: str) -> None:
    try:
        written = wording.pattern("it", text)
    except NotWritable:
        assert not text or not text.isascii() or not text.isprintable() or len(text) > 1024
    else:
        character = r"(?:[A-Za-z0-9.]|\\x[0-9a-f]{2})"
        assert re.fullmatch(rf"{character}*(?:(?:\(\?>\.\*\?{character}+\))*\.\*{character}*)?", written)


def globbed(text: str, pattern: str, *, escapes: bool, stops: str = "") -> bool:
    """By trying every way: `*` is any text and `?` any character, of neither is one among `stops`."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        longest = next((at for at, one in enumerate(text) if one in stops), len(text))
        return any(globbed(text[at:], pattern[1:], escapes=escapes, stops=stops) for at in range(longest + 1))
    escaped = escapes and pattern[0] == "\\" and pattern[1:2] in ("*", "?", "\\") and len(pattern) > 1
    wanted = pattern[1] if escaped else pattern[0]
    meets = bool(text) and (text[0] not in stops if wanted == "?" and not escaped else text[0] == wanted)
    return meets and globbed(text[1:], pattern[2 if escaped else 1 :], escapes=escapes, stops=stops)


@settings(max_examples=400)
@given(
    st.text("ab*?\\", min_size=1, max_size=9), st.text("ab*?\\", max_size=12), st.booleans(), st.sampled_from(["", "&"])
)
def test_a_pattern_matches_what_its_wild_cards_mean(pattern: str, text: str, escapes: bool, stops: str) -> None:
    """With what a query's parameters end with, too; that a star never gives back what it took makes no difference."""
    pattern, text = (one.replace("?", "&", 1) if stops else one for one in (pattern, text))
    written = wording.pattern("it", pattern, any_character="[^&]" if stops else ".", escapes=escapes)
    wanted = globbed(text, re.sub(r"\*+", "*", pattern) if not escapes else pattern, escapes=escapes, stops=stops)
    assert bool(re.fullmatch(written, text)) is wanted


@pytest.mark.parametrize("text", ["*a*a*a*a*b", "*a?a*", "x*"])
def test_only_the_last_star_gives_back_what_it_took(text: str) -> None:
    """Else a text with many repetitions costs a power of its length."""
    written = wording.pattern("it", text)
    assert len(re.findall(r"\.\*(?!\?)", written)) == 1
    assert written.count("(?>.*?") == written.count("*?") == text.count("*") - 1


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40))
def test_a_pattern_without_wild_cards_matches_its_text_alone(text: str) -> None:
    plain = text.replace("*", "").replace("?", "") or "a"
    assert re.fullmatch(wording.pattern("it", plain), plain)
    assert not re.fullmatch(wording.pattern("it", plain), plain + "x")


@pytest.mark.parametrize(
    ("text", "escaped", "plain"),
    [
        (r"a\*b*", r"a\x2ab.*", r"a\x5c(?>.*?b).*"),
        (r"\?", r"\x3f", r"\x5c."),
        (r"\\*", r"\x5c.*", r"\x5c\x5c.*"),
        (r"\**", r"\x2a.*", r"\x5c.*"),
        (r"*\*a*", r"(?>.*?\x2aa).*", r"(?>.*?\x5c)(?>.*?a).*"),
        (r"\n\\", r"\x5cn\x5c", r"\x5cn\x5c\x5c"),
    ],
)
def test_wild_cards_can_be_escaped(text: str, escaped: str, plain: str) -> None:
    assert wording.pattern("it", text, escapes=True) == escaped
    assert wording.pattern("it", text) == plain


def test_many_stars_are_one() -> None:
    assert wording.pattern("it", "a***b?") == "a.*b."
    assert wording.pattern("it", "***a**b") == "(?>.*?a).*b"


def test_numbers_have_bounds() -> None:
    assert wording.port("it", 443) == "443"
    assert wording.seconds("it", 60) == "60s"
    for bad in (0, 65536):
        with pytest.raises(NotWritable, match="from 1 to 65535"):
            wording.port("it", bad)
    assert wording.protocol_names("it", ("h2", "http/1.1")) == "h2,http/1.1"
    with pytest.raises(NotWritable):
        wording.protocol_names("it", ("h2,x",))
