"""`handle`: an HTTP request in, an HTTP response out. The whole AWS API as one plain function.

Order: authenticate, route, decode, perform, encode. Whatever is refused is answered in the service's own error
form; whatever is a fault of ours is logged under the request id and answered as InternalFailure, nothing more.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from time import perf_counter
from typing import Any, Final

from sealstone.endpoint import aws_json, aws_query, rest_json, unknown
from sealstone.endpoint.authenticate import Authenticator
from sealstone.endpoint.aws_query import FAULT_NAMESPACE
from sealstone.endpoint.claim import Claim
from sealstone.endpoint.measure import OK, Measure
from sealstone.endpoint.request import Request, Response
from sealstone.endpoint.route import METHODS, TARGET, Protocol, Route, Routes, check_method, form_of
from sealstone.endpoint.throttle import Failures
from sealstone.endpoint.workloads import Workloads, asks_for_session
from sealstone.model import ids
from sealstone.operations import errors
from sealstone.operations.call import Call, Caller, House
from sealstone.operations.operation import Operation
from sealstone.operations.perform import audit_unperformed, perform
from sealstone.store.faults import StoreFault

_LOG: Final = logging.getLogger("sealstone.api")
_BY_STATUS: Final = {
    400: errors.MalformedInput,
    408: errors.RequestTimeout,
    413: errors.RequestEntityTooLarge,
    503: errors.ServiceUnavailable,
}
_TEXT_BY_STATUS: Final = {
    400: "What was received is no HTTP/1.1 request (RFC 9112); nothing of it was read.",
    408: "The request's body did not arrive in time; send it again.",
    413: "The request's body is longer than any request of this service can be.",
    503: "The service is busy; nothing was changed. Send the request again a little later.",
}
_CONTENT_TYPES: Final = {
    Protocol.QUERY: "text/xml",
    Protocol.JSON: aws_json.CONTENT_TYPE,
    Protocol.REST_JSON: rest_json.CONTENT_TYPE,
}


class _NotAReadError(Exception):
    """The request was taken for one that only reads, and is not."""


@dataclass(slots=True)
class _Exchange:
    """One request on its way to an answer, and what is known of it so far."""

    request: Request
    request_id: str
    now: datetime
    wall: datetime
    """The real time: of signatures, and of the answer's Date."""
    began: float
    """By a clock that only counts seconds."""
    protocol: Protocol | None = None
    namespace: str = FAULT_NAMESPACE
    action: str = "-"
    caller: Caller | None = None
    performed: bool = False
    reads_only: bool = False
    route: Route | None = None
    outcome: str = OK


class Endpoint:
    """The AWS door of one house."""

    def __init__(self, house: House, operations: Iterable[Operation], *, clock_window: int) -> None:
        """Compile routes and codecs; `clock_window` is the tolerance of signatures in seconds."""
        self._house = house
        self._routes = Routes.compiled(operations)
        self._authenticator = Authenticator(house, tuple(self._routes.versions), clock_window)
        self._workloads = Workloads(house, self._routes, clock_window)
        self._failures = Failures()
        self._clock, self._wall = house.clock, house.wall
        self.measure: Final = Measure()

    def handle(self, request: Request) -> Response:
        """Answer one request. Never raises."""
        return self._handled(self._exchange(request))

    def handle_read(self, request: Request) -> Response | None:
        """Answer a request that only reads, and does not wait for anything; None, and nothing done, for any other."""
        if self._house.recorder.full:
            return None
        exchange = self._exchange(request)
        exchange.reads_only = True
        try:
            return self._handled(exchange)
        except _NotAReadError:
            return None

    def _handled(self, exchange: _Exchange) -> Response:
        return self._measured(exchange, self._attempted(exchange))

    def _measured(self, exchange: _Exchange, response: Response) -> Response:
        route = exchange.route
        self.measure.note(route.operation if route else None, exchange.outcome, perf_counter() - exchange.began)
        return response

    def _attempted(self, exchange: _Exchange) -> Response:
        fields = {"request_id": exchange.request_id}
        try:
            body = self._answered(exchange)
        except _NotAReadError:
            raise
        except errors.AWSError as refusal:
            return self._refused(refusal, exchange)
        except StoreFault as fault:
            _LOG.error("the store failed: %s", fault, extra=fields)
            unavailable = errors.ServiceUnavailable("The service cannot store or read right now; nothing was changed.")
            return self._encoded(unavailable, exchange)
        except Exception:  # noqa: BLE001 - the edge: whatever is not known is a fault of ours, logged whole
            _LOG.exception("a fault of ours", extra=fields)
            failure = errors.InternalFailure(f"An internal failure; the log has it under {exchange.request_id}.")
            return self._encoded(failure, exchange)
        if _LOG.isEnabledFor(logging.DEBUG):
            _LOG.debug("done", extra={**fields, "operation": exchange.action, "status": 200})
        route = exchange.route
        status = route.status if route else 200
        return Response(status, _headers(_CONTENT_TYPES[exchange.protocol or Protocol.QUERY], exchange), body)

    def refuse(self, request: Request, status: int) -> Response:
        """The answer to a body too long (413) or too slow (408), a request that waited (503), what is no HTTP (400)."""
        exchange = self._exchange(request)
        return self._measured(exchange, self._refused(_BY_STATUS[status](_TEXT_BY_STATUS[status]), exchange))

    def _exchange(self, request: Request) -> _Exchange:
        now = self._clock()
        wall = self._wall() if self._wall else now
        return _Exchange(request, ids.new_request_id(self._house.chance), now, wall, perf_counter())

    def _answered(self, exchange: _Exchange) -> bytes:
        """Authenticate, route, decode, perform, encode."""
        request = exchange.request
        if request.method not in METHODS and not self._routes.has_path(request):
            check_method(request)
        claim = self._claimed(request)
        exchange.protocol = self._routes.protocols[claim.service]
        exchange.namespace = self._routes.namespace(claim.service)
        if not exchange.reads_only:
            return self._carried_out(exchange, claim)
        with self._house.store.reading():  # one snapshot for who may and for what is answered
            return self._carried_out(exchange, claim)

    def _claimed(self, request: Request) -> Claim:
        """Who it says it is from; of an operation that AWS takes unsigned, that it is not here."""
        try:
            return self._authenticator.claim(request)
        except errors.MissingAuthenticationToken as problem:
            refusal = unknown.unsigned(request)
            if refusal is None:
                raise
            raise refusal from problem

    def _carried_out(self, exchange: _Exchange, claim: Claim) -> bytes:
        request = exchange.request
        exchange.caller = self._authenticated(exchange, claim)
        route, sent = self._routed(exchange, claim)
        if exchange.reads_only and not route.operation.at_once:
            raise _NotAReadError
        exchange.route = route
        exchange.action = route.operation.action
        call = Call(
            house=self._house,
            caller=exchange.caller,
            service=claim.service,
            operation=route.operation.name,
            parameters=route.decode(sent),
            request_id=exchange.request_id,
            now=exchange.now,
            region=claim.region,
            source_ip=request.source_ip,
            secure_transport=request.secure,
            user_agent=request.header("user-agent"),
            referer=request.header("referer"),
        )
        exchange.performed = True
        result = perform(call, route.operation)
        for warning in call.warnings:
            fields = {"request_id": exchange.request_id, "operation": exchange.action}
            _LOG.warning("done, with a warning: %s", warning, extra=fields)
        return route.encode(result, exchange.request_id)

    def _authenticated(self, exchange: _Exchange, claim: Claim) -> Caller:
        """A workload shows a certificate that nobody here may have seen; everybody else is known by key or owner."""
        if not (claim.by_certificate and asks_for_session(exchange.request, claim)):
            return self._authenticator.authenticate(exchange.request, claim, exchange.now, exchange.wall)
        if exchange.reads_only:
            raise _NotAReadError
        return self._workloads.authenticate(exchange.request, claim, exchange.now, exchange.wall)

    def _routed(self, exchange: _Exchange, claim: Claim) -> tuple[Route, Any]:
        """The operation, and what its decoder takes."""
        if exchange.protocol is Protocol.REST_JSON:
            return self._routes.at(claim.service, exchange.request)
        if exchange.protocol is Protocol.JSON:
            return self._routes.targeted(claim.service, exchange.request)
        form = form_of(exchange.request)
        exchange.namespace = self._routes.namespace(claim.service, form.get("Version", ""))
        return self._routes.find(claim.service, form), form

    def _refused(self, refusal: errors.AWSError, exchange: _Exchange) -> Response:
        """Audit what `perform` did not see, log it, and answer; a flood of failures is answered without either."""
        request = exchange.request
        if exchange.caller is None and not self._failures.allow(request.source_ip, exchange.wall):
            return self._encoded(errors.Throttling("Rate exceeded"), exchange, ("retry-after", "1"))
        if not exchange.performed:
            audit_unperformed(
                self._house,
                exchange.caller,
                action=exchange.action,
                at=exchange.now,
                source_ip=request.source_ip,
                request_id=exchange.request_id,
                outcome=self._code(refusal, exchange),
            )
        if isinstance(refusal, errors.InvalidAction):
            exchange.namespace = FAULT_NAMESPACE
        fields = {"request_id": exchange.request_id, "operation": exchange.action}
        code = self._code(refusal, exchange)
        _LOG.info("refused", extra={**fields, "status": refusal.status, "code": code, "peer": request.source_ip})
        # RFC 9110, 15.5.6: a 405 names what is allowed.
        more = (("allow", "GET, POST"),) if isinstance(refusal, errors.MethodNotAllowed) else ()
        return self._encoded(refusal, exchange, *more)

    def _encoded(self, refusal: errors.AWSError, exchange: _Exchange, *headers: tuple[str, str]) -> Response:
        """In JSON for a JSON caller, in XML for everybody else."""
        exchange.outcome = self._code(refusal, exchange)
        if self._speaks_rest(exchange):
            more = (*headers, (rest_json.ERROR_HEADER, rest_json.error_type(refusal)))
            body = rest_json.encode_error(refusal)
            return Response(refusal.status, (*_headers(rest_json.CONTENT_TYPE, exchange), *more), body)
        if exchange.request.header(TARGET):
            body = aws_json.encode_error(refusal)
            return Response(refusal.json_status, (*_headers(aws_json.CONTENT_TYPE, exchange), *headers), body)
        body = aws_query.encode_error(refusal, exchange.request_id, exchange.namespace)
        return Response(refusal.status, (*_headers("text/xml", exchange), *headers), body)

    def _speaks_rest(self, exchange: _Exchange) -> bool:
        protocol = exchange.protocol
        return protocol is Protocol.REST_JSON or (protocol is None and self._routes.has_path(exchange.request))

    def _code(self, refusal: errors.AWSError, exchange: _Exchange) -> str:
        """As it is answered: the audit log, the log and the counters know no other name."""
        return refusal.code_in(json=self._speaks_rest(exchange) or bool(exchange.request.header(TARGET)))


def _headers(content_type: str, exchange: _Exchange) -> tuple[tuple[str, str], ...]:
    """The Date header is always there: SDKs correct their clocks by it."""
    return (
        ("content-type", content_type),
        ("x-amzn-requestid", exchange.request_id),
        ("date", _http_date(exchange.wall.replace(microsecond=0))),
        ("server", "Sealstone"),
    )


@lru_cache(maxsize=4)
def _http_date(second: datetime) -> str:
    """RFC 9110, 5.6.7; thousands of answers share a second."""
    return format_datetime(second, usegmt=True)
