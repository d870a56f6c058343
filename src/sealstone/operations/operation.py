"""Declaring an operation: its function's signature is compared with AWS's service model at import.

A misspelt operation, an unknown or forgotten parameter, a required one with a default or an optional one without,
and an operation that names no resource for authorization cannot be imported at all.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from botocore import xform_name
from botocore.model import OperationModel

from sealstone.operations.call import Call, Resource
from sealstone.operations.service_model import service as service_model
from sealstone.operations.shapes import compile_validator

AccessLevel = Literal["List", "Read", "Write", "Tagging", "Permissions management"]
Resources = Callable[[Call], tuple[Resource, ...]]
Handler = Callable[..., Mapping[str, Any]]
Judge = Callable[[Call, str], None]

# STS: GetCallerIdentity needs no permission and cannot be denied.
UNRESTRICTED: Final = "unrestricted"
_READING: Final = frozenset({"List", "Read"})
# Services whose validation errors still print the offending value (recorded 2025-2026).
_PRINTS_VALUES: Final = frozenset({"sts"})
# Services whose validation errors do not tell which values of an enum there are (recorded 2025-2026).
_HIDES_CHOICES: Final = frozenset({"iam"})
_JSON: Final = frozenset({"json", "rest-json"})

# Characters: an ARN has at most 2048, and is no document.
_LONGEST_NAME: Final = 2048


@dataclass(frozen=True, slots=True)
class Operation:
    """One AWS operation as this house performs it."""

    service: str
    name: str
    access: AccessLevel
    resources: Resources | None
    """Names what the call acts on; None for an operation that needs no permission."""
    handler: Handler
    arguments: tuple[tuple[str, str], ...]
    """Pairs of AWS member name and the handler's keyword."""
    validate: Callable[[Mapping[str, Any]], None]
    model: OperationModel
    secret: frozenset[str]
    """Parameters that no log or audit row may show."""
    texts: frozenset[str]
    """Parameters that hold a document or a certificate, recorded by length and digest however short they are."""
    unsupported: tuple[str, ...] = ()
    slow: bool = False
    """True for a read that may take long: it is answered in a thread, not in the event loop."""
    issues: bool = False
    """True when it issues credentials: whatever AWS calls it, its audit record is durable before the answer."""
    judge: Judge | None = None
    """Who decides in the place of the caller's policies alone (`authorization.authorize`); raises AccessDenied."""

    @property
    def reads(self) -> bool:
        """True when it changes nothing and gives nothing away, so that a read-only unit of work is enough."""
        return self.access in _READING and not self.issues

    @property
    def at_once(self) -> bool:
        """True when it only reads, and little, so that the event loop itself may answer it."""
        return self.reads and not self.slow

    @property
    def signing_name(self) -> str:
        """The service's name in credential scopes and in actions: both load balancing services have the same."""
        metadata = self.model.service_model.metadata
        return str(metadata.get("signingName") or metadata["endpointPrefix"])

    @property
    def speaks_json(self) -> bool:
        """Whether its service answers in JSON, where some errors have names of their own."""
        return self.model.service_model.metadata["protocol"] in _JSON

    @property
    def action(self) -> str:
        """The action that policies name."""
        return f"{self.signing_name}:{self.name}"


def operation(
    service: str,
    *,
    on: Resources | Literal["unrestricted"],
    access: AccessLevel,
    unsupported: tuple[str, ...] = (),
    judge: Judge | None = None,
    slow: bool = False,
    issues: bool = False,
) -> Callable[[Handler], Operation]:
    """Make the decorated function the operation of its name; `unsupported` members are refused when sent.

    `judge` is for an operation that a policy of the resource decides on as well as the caller's, `slow` for a read that
    must not hold up others, `issues` for what issues credentials.
    Raises TypeError at import when function and service model disagree.
    """

    def declare(handler: Handler) -> Operation:
        model = service_model(service)
        names = {xform_name(name): name for name in model.operation_names}
        if handler.__name__ not in names:
            raise TypeError(f"{service} has no operation {handler.__name__}")
        operation_model = model.operation_model(names[handler.__name__])
        arguments = _arguments(handler, operation_model, unsupported)
        return Operation(
            service=service,
            name=operation_model.name,
            access=access,
            resources=None if on == UNRESTRICTED else on,
            handler=handler,
            arguments=arguments,
            validate=compile_validator(
                operation_model, print_values=service in _PRINTS_VALUES, list_choices=service not in _HIDES_CHOICES
            ),
            model=operation_model,
            secret=_secret_members(operation_model),
            texts=_text_members(operation_model),
            unsupported=unsupported,
            judge=judge,
            slow=slow,
            issues=issues,
        )

    return declare


def _arguments(handler: Handler, model: OperationModel, unsupported: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Compare the keyword-only parameters of `handler` with the input shape of `model`."""
    shape = model.input_shape
    members = dict(shape.members) if shape else {}
    required = set(shape.required_members) if shape else set()
    expected = {xform_name(name): name for name in members if name not in unsupported}
    given = {
        name: parameter
        for name, parameter in inspect.signature(handler).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
    if given.keys() != expected.keys() or not set(unsupported) <= members.keys():
        odd = sorted(given.keys() ^ expected.keys()) or sorted(set(unsupported) - members.keys())
        raise TypeError(f"{model.name}: parameters differ from the service model: {', '.join(odd)}")
    for name, parameter in given.items():
        if (parameter.default is inspect.Parameter.empty) != (expected[name] in required):
            raise TypeError(
                f"{model.name}: {name} must {'have no' if expected[name] in required else 'have a'} default"
            )
    return tuple((expected[name], name) for name in given)


def _secret_members(model: OperationModel) -> frozenset[str]:
    """The model's own mark decides, at any depth of the first level: keys and passwords."""
    members = model.input_shape.members if model.input_shape else {}
    return frozenset(name for name, shape in members.items() if shape.metadata.get("sensitive"))


def _text_members(model: OperationModel) -> frozenset[str]:
    """Strings that may be longer than any name, path, ARN or marker."""
    members = model.input_shape.members if model.input_shape else {}
    return frozenset(
        name
        for name, shape in members.items()
        if shape.type_name == "string" and shape.metadata.get("max", 0) > _LONGEST_NAME
    )
