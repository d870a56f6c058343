"""From an authenticated request to the operation it names; codecs are compiled here, once, at start."""

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sealstone.endpoint import aws_query
from sealstone.endpoint.form import parse_form
from sealstone.endpoint.request import Request
from sealstone.operations.errors import InvalidAction, MalformedInput, MissingAction
from sealstone.operations.operation import Operation

_FORM: Final = "application/x-www-form-urlencoded"
_SIGNATURE_PREFIX: Final = "X-Amz-"
_INFLATED_LIMIT: Final = 8 * 1024 * 1024
_LONGEST_READ: Final = 4096
_READING_MARKS: Final = (b"Action=Get", b"Action=List")


@dataclass(frozen=True, slots=True)
class Route:
    """An operation with its compiled codecs."""

    operation: Operation
    decode: Callable[[Mapping[str, str]], dict[str, Any]]
    encode: Callable[[Mapping[str, Any], str], bytes]


@dataclass(frozen=True, slots=True)
class Routes:
    """All routes, by the service's name in credential scopes, API version and operation name.

    The two generations of load balancing have one name; only the version tells them apart (botocore's metadata).
    """

    by_name: Mapping[tuple[str, str, str], Route]
    versions: Mapping[str, tuple[str, ...]]
    """Each service's API versions, in order."""
    namespaces: Mapping[tuple[str, str], str]
    """The XML namespace of each service and version."""

    @classmethod
    def compiled(cls, operations: Iterable[Operation]) -> "Routes":
        """Compile the codecs of every operation."""
        by_name: dict[tuple[str, str, str], Route] = {}
        namespaces: dict[tuple[str, str], str] = {}
        for operation in operations:
            metadata = operation.model.service_model.metadata
            service, version = operation.signing_name, metadata["apiVersion"]
            namespaces[service, version] = metadata["xmlNamespace"]
            by_name[service, version, operation.name] = Route(
                operation=operation,
                decode=aws_query.compile_decoder(operation.model),
                encode=aws_query.compile_encoder(operation.model),
            )
        versions = {name: tuple(sorted(v for n, v in namespaces if n == name)) for name, _ in namespaces}
        return cls(by_name, versions, namespaces)

    def namespace(self, service: str, version: str = "") -> str:
        """The XML namespace of the version, or of the service's newest when there is no such version."""
        return self.namespaces.get((service, version)) or self.namespaces[service, self.versions[service][-1]]

    def find(self, service: str, form: Mapping[str, str]) -> Route:
        """The route that the form names. Raises MissingAction or InvalidAction."""
        action, version = form.get("Action", ""), form.get("Version", "")
        if not action:
            raise MissingAction(
                "Could not find the parameter Action; a request names its operation as Action=...&Version=... in the "
                "query string or in a body of type application/x-www-form-urlencoded."
            )
        route = self.by_name.get((service, version, action))
        if route is None:
            known = self.versions[service]
            cure = f"; this service speaks version {' and '.join(known)}" if version not in known else ""
            raise InvalidAction(f"Could not find operation {action[:128]} for version {version[:32]}{cure}")
        return route


def looks_read_only(request: Request) -> bool:
    """A guess for scheduling, before anybody has been authenticated; nothing else may depend on it."""
    form = request.body or request.query.encode("latin-1")
    return len(form) <= _LONGEST_READ and any(mark in form for mark in _READING_MARKS)


def form_of(request: Request) -> dict[str, str]:
    """The parameters as texts, from the query string and the body. Raises MalformedInput, MissingAction.

    A presigned request carries its signature in the query string, and nowhere else.
    """
    query = parse_form(request.query.encode("latin-1"))
    form = {name: value for name, value in query.items() if not name.startswith(_SIGNATURE_PREFIX)}
    if not request.body:
        return form
    if request.method == "GET":
        raise MalformedInput("A GET request has its parameters in the query string; send it without a body, or POST.")
    kind = request.header("content-type").split(";")[0].strip().lower()
    if kind and kind != _FORM:
        raise MissingAction(f"A body of type {kind[:80]} holds no parameters here; send it as {_FORM}.")
    body = parse_form(_inflated(request))
    if not form.keys().isdisjoint(body):
        raise MalformedInput("The request holds the same parameter twice: in the query string and in the body.")
    return form | body


def _inflated(request: Request) -> bytes:
    """Undo Content-Encoding, never beyond the body limit, and only after the signature was found good."""
    encoding = request.header("content-encoding").strip().lower()
    if not encoding or encoding == "identity":
        return request.body
    if encoding != "gzip":
        raise MalformedInput(f"The content encoding {encoding[:40]} is not supported; send gzip or none.")
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        body = stream.decompress(request.body, _INFLATED_LIMIT)
    except zlib.error as fault:
        raise MalformedInput("The body says it is gzip, but it cannot be inflated.") from fault
    if stream.unconsumed_tail or stream.unused_data or not stream.eof:
        raise MalformedInput("The gzip body is cut off, followed by something else, or longer than any request can be.")
    return body
