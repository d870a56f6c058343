"""Where statements stand: as AWS answered for its own policy, and whatever a text looks like."""

import json

from hypothesis import given
from hypothesis import strategies as st

from sealstone.policy.positions import Position, Span, spans

ADMINISTRATOR = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "*",
      "Resource": "*"
    }
  ]
}"""


def test_aws_s_own_policy_as_aws_answered() -> None:
    assert spans(ADMINISTRATOR) == (Span(Position(3, 17), Position(8, 6)),)


def test_on_one_line_a_statement_begins_behind_the_bracket_or_the_statement_before() -> None:
    text = '{"Version":"2012-10-17","Statement":[{"Sid":"A"},{"Sid":"B"}]}'
    first, second = spans(text)
    assert first == Span(Position(1, 38), Position(1, 49))
    assert second == Span(Position(1, 49), Position(1, 61))
    assert text[first.start.column - 1 : first.end.column - 1] == '{"Sid":"A"}'
    assert text[second.start.column - 1 : second.end.column - 1] == ',{"Sid":"B"}'


def test_a_single_statement_begins_behind_the_colon() -> None:
    assert spans('{"Statement": {"Sid":"A"}}') == (Span(Position(1, 14), Position(1, 26)),)


def test_brackets_in_strings_and_below_statements_do_not_count() -> None:
    text = (
        '{"Id":"Statement","Statement":[{"Sid":"}\\"]","Condition":{"Null":{"a:b":["true"]}}},'
        '{"Action":["a:b"]}],"x":[{}]}'
    )
    found = spans(text)
    assert [(span.start.column, span.end.column) for span in found] == [(32, 84), (84, 103)]


def test_a_key_may_be_written_with_escapes() -> None:
    assert len(spans('{"\\u0053tatement":{}}')) == 1


def test_what_stands_beside_statement_is_no_statement() -> None:
    assert spans('{"Other":[{}],"Statement":{"Sid":"A"},"Last":{}}') == (Span(Position(1, 27), Position(1, 38)),)


VALUES = st.recursive(
    st.text(max_size=8), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner)
)
STATEMENTS = st.lists(st.dictionaries(st.text(max_size=5), VALUES, max_size=3), min_size=1, max_size=4)


@given(STATEMENTS, st.sampled_from([None, 0, 2]), st.booleans())
def test_every_statement_is_cut_out_whole(statements: list[dict[str, object]], indent: int | None, after: bool) -> None:
    policy = {"Id": "x", "Statement": statements} | ({"Version": "2012-10-17"} if after else {})
    text = json.dumps(policy, indent=indent)
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
    for statement, span in zip(statements, spans(text), strict=True):
        start = starts[span.start.line - 1] + span.start.column - 1
        end = starts[span.end.line - 1] + span.end.column - 1
        assert json.loads(text[start:end].lstrip(", \n")) == statement
