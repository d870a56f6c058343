"""`handle`: an HTTP request in, an HTTP response out. The whole AWS API as one plain function.

Order: authenticate, route, decode, perform, encode. Whatever is refused is answered in the service's own error
form; whatever is a fault of ours is logged under the request id and answered as InternalFailure, nothing more.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from sealstone.endpoint import aws_json, aws_query
from sealstone.endpoint.authenticate import Authenticated, Authenticator
from sealstone.endpoint.aws_query import FAULT_NAMESPACE
from sealstone.endpoint.request import Request, Response
from sealstone.endpoint.route import Route, Routes, form_of
from sealstone.model import ids
from sealstone.operations import errors
from sealstone.operations.call import Call, House
from sealstone.operations.operation import Operation
from sealstone.operations.perform import audit_stranger, perform
from sealstone.store.faults import StoreFault

_LOG: Final = logging.getLogger("sealstone.api")
_METHODS: Final = frozenset({"GET", "POST"})
_BY_STATUS: Final = {408: errors.RequestTimeout, 413: errors.RequestEntityTooLarge}
_TEXT_BY_STATUS: Final = {
    408: "The request's body did not arrive in time; send it again.",
    413: "The request's body is longer than any request of this service can be.",
}


class Endpoint:
    """The AWS door of one house."""

    def __init__(self, house: House, operations: Iterable[Operation], *, clock_window: int) -> None:
        """Compile routes and codecs; `clock_window` is the tolerance of signatures in seconds."""
        self._house = house
        self._routes = Routes.compiled(operations)
        self._authenticator = Authenticator(house, frozenset(self._routes.versions), clock_window)

    def handle(self, request: Request) -> Response:
        """Answer one request. Never raises."""
        now = self._house.clock()
        request_id = ids.new_request_id(self._house.chance)
        namespace, name = FAULT_NAMESPACE, "-"
        call: Call | None = None
        try:
            if request.method not in _METHODS:
                raise errors.MethodNotAllowed(f"The method {request.method[:16]} is not allowed; use POST or GET.")
            authenticated = self._authenticator.authenticate(request, now)
            form = form_of(request)
            route = self._routes.find(authenticated.service, form)
            namespace, name = route.namespace, route.operation.action
            call = _call(self._house, authenticated, route, form, request, request_id, now)
            body = route.encode(perform(call, route.operation), request_id)
        except errors.AWSError as refusal:
            if call is None:
                audit_stranger(self._house, request_id, now, request.source_ip, refusal.code)
            return self._refused(refusal, request, request_id, now, namespace, name)
        except StoreFault as fault:
            _LOG.error("the store failed: %s", fault, extra={"request_id": request_id, "operation": name})
            unavailable = errors.ServiceUnavailable("The service cannot store or read right now; nothing was changed.")
            return self._refused(unavailable, request, request_id, now, namespace, name)
        except Exception:  # noqa: BLE001 - the edge: whatever is not known is a fault of ours, logged whole
            _LOG.exception("a fault of ours", extra={"request_id": request_id, "operation": name})
            failure = errors.InternalFailure(f"An internal failure; the log has it under {request_id}.")
            return self._refused(failure, request, request_id, now, namespace, name)
        _LOG.debug("done", extra={"request_id": request_id, "operation": name, "status": 200})
        return Response(200, _headers("text/xml", request_id, now), body)

    def refuse(self, request: Request, status: int) -> Response:
        """The answer to a body too long (413) or too slow (408), whose sender nobody checked."""
        now = self._house.clock()
        request_id = ids.new_request_id(self._house.chance)
        refusal = _BY_STATUS[status](_TEXT_BY_STATUS[status])
        return self._refused(refusal, request, request_id, now, FAULT_NAMESPACE, "-")

    def _refused(
        self, refusal: errors.AWSError, request: Request, request_id: str, now: datetime, namespace: str, name: str
    ) -> Response:
        """In JSON for a JSON caller, in XML for everybody else."""
        fields = {"request_id": request_id, "operation": name, "status": refusal.status, "code": refusal.code}
        _LOG.info("refused", extra={**fields, "peer": request.source_ip})
        if request.header("x-amz-target"):
            status = refusal.json_status
            return Response(status, _headers(aws_json.CONTENT_TYPE, request_id, now), aws_json.encode_error(refusal))
        body = aws_query.encode_error(refusal, request_id, namespace)
        return Response(refusal.status, _headers("text/xml", request_id, now), body)


def _call(
    house: House,
    authenticated: Authenticated,
    route: Route,
    form: Mapping[str, str],
    request: Request,
    request_id: str,
    now: datetime,
) -> Call:
    return Call(
        house=house,
        caller=authenticated.caller,
        service=authenticated.service,
        operation=route.operation.name,
        parameters=route.decode(form),
        request_id=request_id,
        now=now,
        region=authenticated.region,
        source_ip=request.source_ip,
        secure_transport=request.secure,
        user_agent=request.header("user-agent"),
        referer=request.header("referer"),
    )


def _headers(content_type: str, request_id: str, now: datetime) -> tuple[tuple[str, str], ...]:
    """The Date header is always there: SDKs correct their clocks by it."""
    return (
        ("content-type", content_type),
        ("x-amzn-requestid", request_id),
        ("date", format_datetime(now, usegmt=True)),
        ("server", "Sealstone"),
    )
