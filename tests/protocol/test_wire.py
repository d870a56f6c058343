"""The wire vectors: each answer to the byte, each operation at least once, each case with its source."""

import re
from collections import Counter
from typing import Final

import pytest
from tests.house_fixture import World, read
from tests.wire_vectors import Case, cases, masked, put

from sealstone.endpoint.request import Response
from sealstone.operations.catalog import operations

CASES = tuple(cases())
REFUSALS = tuple(case for case in CASES if case.fields["code"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_answer_is_the_recorded_one(case: Case, world: World) -> None:
    response = put(case, world)
    assert response.status == case.fields["status"]
    assert masked(response.body) == case.expected_body.decode()


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.name)
def test_a_refusal_is_told_by_code_and_begins_with_the_sentence_given_by_hand(case: Case) -> None:
    answer = Response(case.fields["status"], (("content-type", case.content_type),), case.expected_body)
    told = read(answer, case.service, "").parsed["Error"]
    assert told["Code"] == case.fields["code"]
    assert told.get("Message", "").startswith(case.fields.get("sentence", ""))
    assert ("Message" in told) is (case.fields.get("sentence") != "")
    assert case.is_json or told["Type"] == "Sender"
    assert 400 <= case.fields["status"] < 500


_IN_VECTORS: Final = frozenset({"iam", "sts", "elb", "elbv2", "acm"})


def test_every_case_has_a_name_of_its_own_and_a_source() -> None:
    assert [name for name, count in Counter(case.name for case in CASES).items() if count > 1] == []
    known = re.compile(r"(recorded|documented|inferred|ours|differs)(?:: .+)?")
    assert [case.name for case in CASES if not known.fullmatch(case.fields["source"])] == []


def test_a_recorded_text_is_given_by_hand() -> None:
    for case in REFUSALS:
        recorded = case.fields["source"].startswith("recorded") and "text is ours" not in case.fields["source"]
        assert not recorded or "sentence" in case.fields, case.name


def test_every_operation_has_a_vector() -> None:
    """Those of the query protocol and of JSON; Roles Anywhere speaks REST, and is asked in tests/protocol."""
    asked = {(case.service, case.operation) for case in CASES}
    assert {(item.service, item.name) for item in operations() if item.service in _IN_VECTORS} <= asked
