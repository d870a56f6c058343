"""From an authenticated request to the operation it names; codecs are compiled here, once, at start.

Each service speaks one protocol, and each protocol names the operation elsewhere: the query protocol in `Action`, JSON
in the header `X-Amz-Target`, REST JSON in method and path.
"""

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from sealstone.endpoint import aws_json, aws_query, rest_json, unknown
from sealstone.endpoint.form import parse_form
from sealstone.endpoint.request import Request
from sealstone.endpoint.rest_json import Paths
from sealstone.operations import session_model
from sealstone.operations.errors import MalformedInput, MethodNotAllowed, MissingAction
from sealstone.operations.operation import Operation

METHODS: Final = frozenset({"GET", "POST"})
"""Of all protocols but REST JSON."""
TARGET: Final = "x-amz-target"

_FORM: Final = "application/x-www-form-urlencoded"
_SIGNATURE_PREFIX: Final = "X-Amz-"
_INFLATED_LIMIT: Final = 8 * 1024 * 1024
_LONGEST_READ: Final = 4096
_READING_MARKS: Final = (b"Action=Get", b"Action=List")
_READING_TARGETS: Final = (".Get", ".List", ".Describe", ".Search")


class Protocol(Enum):
    """How a service is spoken to, in the service model's words."""

    QUERY = "query"
    JSON = "json"
    REST_JSON = "rest-json"


@dataclass(frozen=True, slots=True)
class Route:
    """An operation with its compiled codecs. What `decode` takes is what its protocol reads: a form, a body, both."""

    operation: Operation
    decode: Callable[[Any], dict[str, Any]]
    encode: Callable[[Mapping[str, Any], str], bytes]
    status: int = 200
    """Of an answer that is no refusal."""


@dataclass(frozen=True, slots=True)
class Routes:
    """All routes, by the service's name in credential scopes.

    The two generations of load balancing have one name; only the version tells them apart (botocore's metadata).
    """

    by_name: Mapping[tuple[str, str, str], Route]
    """Of the query protocol: by service, API version and operation name."""
    by_target: Mapping[tuple[str, str], Route]
    """Of JSON: by service and X-Amz-Target."""
    by_path: Mapping[str, Paths]
    """Of REST JSON: the paths of each service."""
    versions: Mapping[str, tuple[str, ...]]
    """Each service's API versions, in order."""
    namespaces: Mapping[tuple[str, str], str]
    """The XML namespace of each service and version; empty where answers are not XML."""
    protocols: Mapping[str, Protocol]
    models: Mapping[str, tuple[str, ...]]
    """botocore's names of the services behind each service's name."""

    @classmethod
    def compiled(cls, operations: Iterable[Operation]) -> "Routes":
        """Compile the codecs of every operation."""
        by_name: dict[tuple[str, str, str], Route] = {}
        by_target: dict[tuple[str, str], Route] = {}
        paths: dict[str, list[tuple[str, str, Route]]] = {}
        namespaces: dict[tuple[str, str], str] = {}
        protocols: dict[str, Protocol] = {}
        models: dict[str, dict[str, None]] = {}
        for operation in operations:
            metadata = operation.model.service_model.metadata
            service, version = operation.signing_name, metadata["apiVersion"]
            namespaces[service, version] = metadata.get("xmlNamespace", "")
            models.setdefault(service, {})[operation.service] = None
            protocol = protocols[service] = Protocol(metadata["protocol"])
            route = _COMPILERS[protocol](operation)
            if protocol is Protocol.QUERY:
                by_name[service, version, operation.name] = route
            elif protocol is Protocol.JSON:
                by_target[service, f"{metadata['targetPrefix']}.{operation.name}"] = route
            else:
                http = operation.model.http
                paths.setdefault(service, []).append((http["method"], http["requestUri"], route))
        versions = {name: tuple(sorted(v for n, v in namespaces if n == name)) for name, _ in namespaces}
        by_path = {service: Paths(found) for service, found in paths.items()}
        known = {service: tuple(found) for service, found in models.items()}
        return cls(by_name, by_target, by_path, versions, namespaces, protocols, known)

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
            raise unknown.named(self.models[service], action, version)
        return route

    def targeted(self, service: str, request: Request) -> tuple[Route, bytes]:
        """The route that X-Amz-Target names, and the body. Raises MissingAction, InvalidAction, MalformedInput."""
        check_method(request)
        targets = request.by_name.get(TARGET, ())
        if len(targets) != 1:
            raise MissingAction("A request names its operation in exactly one header X-Amz-Target.")
        route = self.by_target.get((service, targets[0]))
        if route is None:
            raise unknown.targeted(self.models[service], targets[0])
        return route, inflated(request)

    def at(self, service: str, request: Request) -> tuple[Route, "Sent"]:
        """The route at the request's method and path, and what was put there. Raises InvalidAction, MalformedInput."""
        found = self.by_path[service].find(request.method, request.path)
        if found is None:
            raise unknown.at(self.models[service], request)
        route, labels = found
        if request.method == "GET" and request.body:
            raise MalformedInput("A GET request has its parameters in path and query string; send it without a body.")
        return route, (labels, rest_json.query_pairs(request.query), inflated(request))

    def has_path(self, request: Request) -> bool:
        """Whether a service of REST JSON has an operation at this method and path."""
        return any(paths.find(request.method, request.path) for paths in self.by_path.values())


Sent = tuple[rest_json.Labels, rest_json.Pairs, bytes]


def check_method(request: Request) -> None:
    """Everything but REST JSON knows GET and POST. Raises MethodNotAllowed."""
    if request.method not in METHODS:
        raise MethodNotAllowed(f"The method {request.method[:16]} is not allowed; use POST or GET.")


def _query(operation: Operation) -> Route:
    return Route(operation, aws_query.compile_decoder(operation.model), aws_query.compile_encoder(operation.model))


def _json(operation: Operation) -> Route:
    encode = aws_json.compile_encoder(operation.model)
    return Route(operation, aws_json.compile_decoder(operation.model), lambda result, _: encode(result))


def _rest_json(operation: Operation) -> Route:
    also = session_model.IN_QUERY_TOO if operation.name == session_model.NAME else ()
    decode, encode = rest_json.compile_decoder(operation.model, also), rest_json.compile_encoder(operation.model)
    status = int(operation.model.http.get("responseCode", 200))
    return Route(operation, lambda sent: decode(*sent), lambda result, _: encode(result), status)


_COMPILERS: Final[Mapping[Protocol, Callable[[Operation], Route]]] = {
    Protocol.QUERY: _query,
    Protocol.JSON: _json,
    Protocol.REST_JSON: _rest_json,
}


def looks_read_only(request: Request) -> bool:
    """A guess for scheduling, before anybody has been authenticated; nothing else may depend on it."""
    if request.path != "/":
        return request.method == "GET"
    form = request.body or request.query.encode("latin-1")
    if len(form) > _LONGEST_READ:
        return False
    if any(mark in form for mark in _READING_MARKS):
        return True
    target = request.header(TARGET)
    return bool(target) and any(mark in target for mark in _READING_TARGETS)


def form_of(request: Request) -> dict[str, str]:
    """The parameters as texts, from query string and body. Raises MethodNotAllowed, MalformedInput, MissingAction.

    A presigned request carries its signature in the query string, and nowhere else.
    """
    check_method(request)
    query = parse_form(request.query.encode("latin-1"))
    form = {name: value for name, value in query.items() if not name.startswith(_SIGNATURE_PREFIX)}
    if not request.body:
        return form
    if request.method == "GET":
        raise MalformedInput("A GET request has its parameters in the query string; send it without a body, or POST.")
    kind = request.header("content-type").split(";")[0].strip().lower()
    if kind and kind != _FORM:
        raise MissingAction(f"A body of type {kind[:80]} holds no parameters here; send it as {_FORM}.")
    body = parse_form(inflated(request))
    if not form.keys().isdisjoint(body):
        raise MalformedInput("The request holds the same parameter twice: in the query string and in the body.")
    return form | body


def inflated(request: Request) -> bytes:
    """The body with Content-Encoding undone, never beyond the body limit, and only after the signature was found good.

    Raises MalformedInput.
    """
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
