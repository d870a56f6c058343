"""Condition blocks: one operator, one key, some values, compiled into a test of the request's context.

IAM User Guide, "IAM JSON policy elements: Condition operators" and "Multivalued context keys". Several values are
joined by OR (NOR for negated operators); joining several conditions by AND is `evaluate`'s.
"""

import operator as compare
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sealstone.policy import operands
from sealstone.policy.arn_pattern import ArnValue
from sealstone.policy.operators import Kind, Operator, Quantifier
from sealstone.policy.pattern import LONGEST, split, steps
from sealstone.policy.variables import Context, TextPattern, read

Test = Callable[[str, Context], bool]
"""Whether one value of the request equals, resembles, precedes ... one value of the policy."""

# Steps (`pattern.steps`): for a condition what its key's value costs to take apart, then for each test of it; a typed
# value is read, and one without regard to case put in lower case, at each test.
_PER_CONDITION: Final = 50
_PER_TEXT: Final = 4
_PER_ARN: Final = 40
_PER_READING: Final = 40

_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "LessThan": compare.lt,
    "LessThanEquals": compare.le,
    "GreaterThan": compare.gt,
    "GreaterThanEquals": compare.ge,
    "Equals": compare.eq,
}


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """A compiled condition; `key` is in lower case as in the context."""

    operator: Operator
    key: str
    tests: tuple[Test, ...]
    steps: int = 0
    """The work of testing one value (`pattern.steps`)."""

    def holds(self, context: Context, *, allows: bool = True) -> bool:
        """Whether the request satisfies it, in a statement that allows or in one that denies.

        A key without values counts as missing. With a value longer than any real one an Allow does not hold and a
        Deny does: what a request may cost is not the caller's to choose. [ours]
        """
        values = context.get(self.key, ())
        operator = self.operator
        if operator.kind is Kind.NULL:
            return self._meets("false" if values else "true", context)
        if not values:
            return self._holds_when_missing()
        for value in values:
            if len(value) > LONGEST:
                return not allows
        if operator.quantifier is Quantifier.ALL:
            return all(self._meets(value, context) is not operator.negated for value in values)
        if operator.quantifier is Quantifier.ANY:
            return any(self._meets(value, context) is not operator.negated for value in values)
        # A plain operator on several values is not described by AWS. Two tags whose keys differ in case alone give one
        # condition key two values: whoever may add the second must gain nothing by it.
        of_all = all if allows else any
        return of_all(self._meets(value, context) is not operator.negated for value in values)

    def _holds_when_missing(self) -> bool:
        if self.operator.if_exists or self.operator.quantifier is Quantifier.ALL:
            return True
        return self.operator.negated and self.operator.quantifier is Quantifier.NONE

    def _meets(self, value: str, context: Context) -> bool:
        return any(test(value, context) for test in self.tests)


def compiled(operator: Operator, key: str, values: tuple[str, ...], *, variables: bool) -> Condition:
    """The condition made ready to test; `variables` says whether `${...}` is one (Version 2012-10-17).

    Raises ValueError for a value that its operator cannot read, UnreadableVariable for a broken variable.
    """
    make = _MAKERS[operator.kind]
    tests = tuple(make(operator.base, value, variables) for value in values)
    return Condition(operator, key.lower(), tests, _steps(operator, values))


def _steps(operator: Operator, values: tuple[str, ...]) -> int:
    if operator.kind in {Kind.STRING, Kind.ARN} and operator.base != "StringEqualsIgnoreCase":
        each = _PER_ARN if operator.kind is Kind.ARN else _PER_TEXT
        return _PER_CONDITION + sum(each + steps(value) for value in values)
    return _PER_CONDITION + _PER_READING * len(values)


def _string_test(base: str, value: str, variables: bool) -> Test:
    # StringEquals takes no wildcards: without variables its text is compared as it stands.
    like = base == "StringLike"
    template = read(value, wildcards=like) if variables else split(value) if like else (value,)
    return TextPattern(template, ignoring_case=base == "StringEqualsIgnoreCase").matches


def _arn_test(_base: str, value: str, variables: bool) -> Test:
    return ArnValue(value, variables=variables).matches


def _ordered_test(kind: Kind) -> Callable[[str, str, bool], Test]:
    reader = operands.READERS[kind]

    def make(base: str, value: str, _variables: bool) -> Test:
        wanted = reader(value)
        relation = _ORDER[base.removeprefix("Numeric").removeprefix("Date").removeprefix("Binary")]

        def test(found: str, _context: Context) -> bool:
            try:
                return relation(reader(found), wanted)
            except ValueError:
                return False

        return test

    return make


def _bool_test(_base: str, value: str, variables: bool) -> Test:
    # The guide's page on operators allows variables with Bool, its page on variables does not: we allow them.
    if variables and "${" in value:
        return TextPattern(read(value, wildcards=False), ignoring_case=True).matches
    wanted = "true" if operands.truth(value) else "false"
    return lambda found, _context: found.lower() == wanted


def _address_test(_base: str, value: str, _variables: bool) -> Test:
    block = operands.network(value)

    def test(found: str, _context: Context) -> bool:
        try:
            return operands.address(found) in block
        except ValueError:
            return False

    return test


def _null_test(base: str, value: str, _variables: bool) -> Test:
    # "true" asks for a missing key; Condition.holds hands in whether it is.
    return _bool_test(base, value, variables=False)


_MAKERS: Mapping[Kind, Callable[[str, str, bool], Test]] = {
    Kind.STRING: _string_test,
    Kind.ARN: _arn_test,
    Kind.NUMERIC: _ordered_test(Kind.NUMERIC),
    Kind.DATE: _ordered_test(Kind.DATE),
    Kind.BINARY: _ordered_test(Kind.BINARY),
    Kind.BOOL: _bool_test,
    Kind.IP_ADDRESS: _address_test,
    Kind.NULL: _null_test,
}
