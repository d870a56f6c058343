"""Validation by the service model: required, length, pattern, enum, range, list sizes, at any depth.

One ValidationError tells every finding, in AWS's words (recorded from IAM and STS, 2025-2026). Compiled once per
operation; a request costs what it sent. Types are not checked here: the decoders of the endpoint give typed values.
Rules that no model states (quotas, reserved paths, what a certificate may be) belong to the operations.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from sealstone.operations.errors import ValidationError
from sealstone.operations.patterns import compile_pattern

Validator = Callable[[Mapping[str, Any]], None]

# A value, its name for the message, and where findings go.
_Check = Callable[[Any, str, "_Findings"], None]
_Constraint = tuple[str, Callable[[Any], bool]]

_NOT_NULL: Final = "Member must not be null"
_ONE_OF_UNION: Final = "Member must have exactly one of its members set"
_PATTERN: Final = "Member must satisfy regular expression pattern: "
_SIZE_WORDS: Final = "length"
_NUMBER_WORDS: Final = "value"
_PRINTED: Final = 1024
_MOST_TOLD: Final = 50
# Shapes whose pattern AWS explains in words of its own, once the other constraints hold (recorded for pathType).
_EXPLAINED: Final[Mapping[str, str]] = {
    "pathType": "It must begin and end with / and contain only alphanumeric characters and/or / characters.",
    "pathPrefixType": "It must begin with / and contain only alphanumeric characters and/or / characters.",
}


class _Findings:
    """What is wrong with one request."""

    __slots__ = ("constraints", "explained")

    def __init__(self) -> None:
        self.constraints: list[str] = []
        self.explained: list[str] = []

    def error(self) -> ValidationError:
        """All constraints in one sentence; only when there are none, what AWS explains in words."""
        if not self.constraints:
            return ValidationError(" ".join(self.explained))
        count = len(self.constraints)
        noun = "error" if count == 1 else "errors"
        more = f"; and {count - _MOST_TOLD} more" if count > _MOST_TOLD else ""
        told = "; ".join(self.constraints[:_MOST_TOLD])
        return ValidationError(f"{count} validation {noun} detected: {told}{more}")


def compile_validator(
    operation: OperationModel, *, print_values: bool = False, list_choices: bool = False
) -> Validator:
    """A function of the decoded parameters that raises one ValidationError with all findings, or returns.

    `print_values`: STS repeats the offending value, IAM does not; `list_choices`: STS tells the values of an enum, IAM
    does not (recorded). A value whose shape is marked sensitive is never repeated. Raises ValueError now for a
    pattern that cannot be translated.
    """
    shape = operation.input_shape
    if shape is None:
        return _accept
    check = _Compiler(print_values=print_values, list_choices=list_choices).structure(shape)

    def validate(parameters: Mapping[str, Any]) -> None:
        findings = _Findings()
        check(parameters, "", findings)
        if findings.constraints or findings.explained:
            raise findings.error()

    return validate


def _accept(_parameters: Mapping[str, Any]) -> None:
    """An operation without input has nothing to validate; its decoder refuses parameters."""


def _lower_camel(name: str) -> str:
    """`ServerCertificateName` -> `serverCertificateName`: only the first letter, also in `sAMLProviderArn`."""
    return name[:1].lower() + name[1:]


class _Compiler:
    """Turns shapes into checks; None stands for a shape that constrains nothing."""

    def __init__(self, *, print_values: bool, list_choices: bool) -> None:
        self._print_values = print_values
        self._list_choices = list_choices
        self._structures: dict[str, _Check] = {}

    def structure(self, shape: StructureShape) -> _Check:
        """Required members first, then the given ones; a union has exactly one."""
        if shape.name in self._structures:
            # A shape that contains itself (ACM: CertificateFilterStatement) meets the check being built.
            return self._structures[shape.name]
        members: dict[str, tuple[str, _Check]] = {}
        required = tuple((name, _lower_camel(name)) for name in shape.required_members)
        union = bool(shape.metadata.get("union"))

        def check(value: Any, where: str, findings: _Findings) -> None:
            prefix = f"{where}." if where else ""
            for name, shown in required:
                if value.get(name) is None:
                    findings.constraints.append(self._finding(prefix + shown, _NOT_NULL))
            if union and len(value) != 1:
                findings.constraints.append(self._finding(where, _ONE_OF_UNION))
            for name, item in value.items():
                known = members.get(name)
                if known is not None and item is not None:
                    known[1](item, prefix + known[0], findings)

        self._structures[shape.name] = check
        for name, member in shape.members.items():
            inner = self._value(member)
            if inner is not None:
                members[name] = (_lower_camel(name), inner)
        return check

    def _value(self, shape: Shape) -> _Check | None:
        if isinstance(shape, StructureShape):
            return self.structure(shape)
        if isinstance(shape, ListShape):
            nested = isinstance(shape.member, StructureShape | ListShape | MapShape)
            return _both(self._scalar(shape), self._nested_elements(shape) if nested else self._texts(shape))
        if isinstance(shape, MapShape):
            return _both(self._scalar(shape), self._entries(shape))
        return self._scalar(shape)

    def _scalar(self, shape: Shape) -> _Check | None:
        """Every constraint of one value, or of the size of a list or map."""
        constraints = self._constraints(shape)
        explained = _EXPLAINED.get(shape.name)
        shows = self._print_values and not shape.metadata.get("sensitive")
        if not constraints:
            return None

        def check(value: Any, where: str, findings: _Findings) -> None:
            for text, holds in constraints:
                if holds(value):
                    continue
                if explained and text.startswith(_PATTERN):
                    findings.explained.append(f"The specified value for {where} is invalid. {explained}")
                else:
                    findings.constraints.append(self._finding(where, text, value if shows else None))

        return check

    def _texts(self, shape: ListShape) -> _Check | None:
        """Plain elements: one finding for the list, naming all that an element must satisfy (recorded: tagKeys)."""
        constraints = self._constraints(shape.member)
        if not constraints:
            return None
        wanted = ", ".join([*(text for text, _ in constraints), _NOT_NULL])

        def check(value: Any, where: str, findings: _Findings) -> None:
            if not all(holds(item) for item in value for _, holds in constraints):
                findings.constraints.append(self._finding(where, f"Member must satisfy constraint: [{wanted}]"))

        return check

    def _nested_elements(self, shape: ListShape) -> _Check | None:
        inner = self._value(shape.member)
        if inner is None:
            return None

        def check(value: Any, where: str, findings: _Findings) -> None:
            for position, item in enumerate(value, start=1):
                inner(item, f"{where}.{position}.member", findings)

        return check

    def _entries(self, shape: MapShape) -> _Check | None:
        """Keys and values by the key's name, in the form that list positions have [inferred]."""
        key_check, value_check = self._value(shape.key), self._value(shape.value)

        def check(value: Any, where: str, findings: _Findings) -> None:
            for position, (key, item) in enumerate(value.items(), start=1):
                if key_check is not None:
                    key_check(key, f"{where}.{position}.key", findings)
                if value_check is not None:
                    value_check(item, f"{where}.{position}.value", findings)

        return None if key_check is value_check is None else check

    def _finding(self, where: str, text: str, value: object = None) -> str:
        shown = f"Value '{value}'" if value is not None and len(str(value)) <= _PRINTED else "Value"
        return f"{shown} at '{where}' failed to satisfy constraint: {text}"

    def _constraints(self, shape: Shape) -> tuple[_Constraint, ...]:
        """Texts and tests, in the order in which AWS lists them."""
        found: list[_Constraint] = []
        kind = _NUMBER_WORDS if shape.type_name in ("integer", "long") else _SIZE_WORDS
        # Limits are looked at as given: a minimum of 0 on a size says nothing, on a number it does.
        if (most := shape.metadata.get("max")) is not None:
            found.append((f"Member must have {kind} less than or equal to {most}", _at_most(most, kind)))
        if (least := shape.metadata.get("min")) is not None:
            found.append((f"Member must have {kind} greater than or equal to {least}", _at_least(least, kind)))
        if pattern := shape.metadata.get("pattern"):
            found.append((f"{_PATTERN}{pattern}", compile_pattern(pattern)))
        if values := shape.metadata.get("enum"):
            listed = f": [{', '.join(values)}]" if self._list_choices else ""
            found.append((f"Member must satisfy enum value set{listed}", frozenset(values).__contains__))
        return tuple(found)


def _at_most(limit: int, kind: str) -> Callable[[Any], bool]:
    if kind == _NUMBER_WORDS:
        return lambda value: bool(value <= limit)
    return lambda value: len(value) <= limit


def _at_least(limit: int, kind: str) -> Callable[[Any], bool]:
    if kind == _NUMBER_WORDS:
        return lambda value: bool(value >= limit)
    return lambda value: len(value) >= limit


def _both(first: _Check | None, second: _Check | None) -> _Check | None:
    if first is None or second is None:
        return first or second

    def check(value: Any, where: str, findings: _Findings) -> None:
        first(value, where, findings)
        second(value, where, findings)

    return check
