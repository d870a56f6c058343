"""The map of tokens: sorted, one line a path, in messages that the control socket takes."""

from dataclasses import replace

import pytest

from sealstone.dataplane.problems import NotWritable
from sealstone.dataplane.tokens import answered_by, answering, messages, table
from sealstone.dataplane.wanted import FixedResponse, Listener, Token

A, B = "123456789012", "000000000002"


def test_each_path_once_in_order() -> None:
    assert table((Token(A, "/b", "2"), Token(B, "/a", "1"), Token(B, "/b", "3"))) == f"/a {B}:1\n/b {A}:2\n"
    assert table(()) == ""


@pytest.mark.parametrize(
    "bad",
    [
        *(Token(A, "a", "1"), Token(A, "/a b", "1"), Token(A, "/a", "1 2"), Token(A, "/a\n/b", "1")),
        *(Token(A, "/a", "1:2"), Token("", "/a", "1"), Token(f"{A}3", "/a", "1"), Token(f"{A}\n", "/a", "1")),
        *(Token(f"{B}:1", "/a", "1"), Token("\u0661" * 12, "/a", "1")),
    ],
)
def test_what_is_more_than_a_word_is_refused(bad: Token) -> None:
    with pytest.raises(NotWritable):
        table((bad,))


def test_only_a_get_of_the_account_s_own_is_answered() -> None:
    assert answering(A) == (
        "http-request return status 200 content-type text/plain lf-string %[path,map_str(maps/tokens.map),field(2,:)] "
        f"if {{ method GET }} {{ path,map_str(maps/tokens.map),field(1,:) -m str {A} }}"
    )
    with pytest.raises(NotWritable):
        answering("1 or 2")


def test_only_plain_http_with_an_owner_answers() -> None:
    made = Listener("l1", "127.0.0.1", 80, "HTTP", FixedResponse(200), account_id=A)
    assert answered_by(made)
    assert not answered_by(replace(made, account_id=""))
    assert not answered_by(replace(made, protocol="HTTPS"))


def test_messages_are_whole_lines_and_short() -> None:
    text = table(tuple(Token(A, f"/{number:04}", "x" * 1000) for number in range(20)))
    found = list(messages(text))
    assert "".join(found) == text
    assert len(found) == 3
    assert all(message.endswith("\n") and len(message) <= 8192 for message in found)
    assert list(messages("")) == []
