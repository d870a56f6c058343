"""Names of operators: the whole list, and that nothing else is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealstone.policy.operands import READERS
from sealstone.policy.operators import KINDS, NEGATED, Kind, Operator, Quantifier

NAMES = sorted({*KINDS, *NEGATED})


def test_the_list_is_that_of_the_user_guide() -> None:
    assert len(NAMES) == 27
    assert set(READERS) == set(Kind) - {Kind.STRING, Kind.ARN}


@pytest.mark.parametrize("name", [name for name in NAMES if name != "Null"])
@pytest.mark.parametrize("quantifier", list(Quantifier))
@pytest.mark.parametrize("suffix", ["", "IfExists"])
def test_every_combination(name: str, quantifier: Quantifier, suffix: str) -> None:
    operator = Operator.read(quantifier.value + name + suffix)
    assert operator == Operator(NEGATED.get(name, name), name in NEGATED, quantifier, bool(suffix))
    assert operator.kind is KINDS[NEGATED.get(name, name)]


def test_null_stands_alone() -> None:
    assert Operator.read("Null") == Operator("Null", negated=False, quantifier=Quantifier.NONE, if_exists=False)
    for name in ("NullIfExists", "ForAllValues:Null", "ForAnyValue:Null"):
        assert Operator.read(name) is None


LEGAL = {quantifier.value + name + suffix for name in NAMES for quantifier in Quantifier for suffix in ("", "IfExists")}
NEARLY = ["", ":", "IfExists", "ForAllValues:", "StringEquals ", "bool", "ForAllValues:ForAnyValue:Bool", "NotNull"]


@given((st.text() | st.sampled_from(NEARLY)).filter(lambda name: name not in LEGAL))
def test_nothing_else(name: str) -> None:
    assert Operator.read(name) is None
