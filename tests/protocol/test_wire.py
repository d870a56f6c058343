"""The wire vectors: each answer to the byte, each operation at least once, each case with its source."""

import pytest
from tests.house_fixture import World
from tests.wire_vectors import Case, cases, put

from sealstone.operations.catalog import operations

CASES = tuple(cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_answer_is_the_recorded_one(case: Case, world: World) -> None:
    response = put(case, world)
    assert response.status == case.fields["status"]
    assert response.body.decode() == case.expected_body.decode()


def test_every_case_has_a_name_of_its_own_and_a_source() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    assert all(case.fields["source"] for case in CASES)


def test_every_operation_has_a_vector() -> None:
    asked = {(case.service, case.fields["request"]["form"]["Action"]) for case in CASES}
    assert {(item.service, item.name) for item in operations()} <= asked
