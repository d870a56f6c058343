"""`perform`: the one entrance to the core. Authorize, validate, handle, audit, in one unit of work.

Authorization comes first, so that a caller without rights learns nothing: neither whether a name exists nor
whether the parameters were good [inferred: AWS's order is recorded only in part].
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sealstone.model.audit import AuditRecord
from sealstone.model.disclosure import may_hold_key
from sealstone.operations import errors
from sealstone.operations.authorization import authorize
from sealstone.operations.call import Call, Caller, House
from sealstone.operations.operation import Operation
from sealstone.operations.sessions import check_session
from sealstone.policy.pattern import LONGEST
from sealstone.store import audit
from sealstone.store.faults import StoreFault

_LONGEST_SHOWN: Final = 128
_LONGEST_AGENT: Final = 256
_LONGEST_LIST: Final = 100
_REDACTED: Final = "***"


def perform(call: Call, operation: Operation) -> Mapping[str, Any]:
    """Carry out `call` and answer AWS's result members.

    A read is audited through the recorder, within a second; a write in its own transaction, durable before the
    answer; a refused write in a short transaction of its own, after everything it did was rolled back.
    Raises AWSError for every refusal, store.faults for a store that cannot.
    """
    try:
        return _read(call, operation) if operation.reads else _write(call, operation)
    except errors.AWSError as refusal:
        _audit_refusal(call, operation, refusal.code_in(json=operation.speaks_json))
        raise
    except StoreFault:
        call.house.recorder.record(_record(call, operation, errors.ServiceUnavailable.code))
        raise
    except Exception:
        call.house.recorder.record(_record(call, operation, errors.InternalFailure.code))
        raise


def _read(call: Call, operation: Operation) -> Mapping[str, Any]:
    with call.house.store.reading() as tx:
        call.enter(tx)
        result = _decide(call, operation)
    call.house.recorder.record(_record(call, operation, "ok"))
    return result


def _write(call: Call, operation: Operation) -> Mapping[str, Any]:
    with call.house.store.writing() as tx:
        # What is denied is audited for whom the signature showed; what is done is done with present rights.
        if call.caller.again is not None and call.caller.identities_at != tx.identity_version():
            call.caller = _present(call.caller.again(tx), operation)
        call.enter(tx)
        result = _decide(call, operation)
        audit.append(tx, (_record(call, operation, "ok"),), call.house.audit_key)
    return result


def _present(caller: Caller | None, operation: Operation) -> Caller:
    """The caller as it is in this unit: while a write waited its turn, another may have taken its key or its rights."""
    if caller is None:
        stop = "" if operation.service == "iam" else "."
        raise errors.InvalidClientTokenId(f"The security token included in the request is invalid{stop}")
    return caller


def _decide(call: Call, operation: Operation) -> Mapping[str, Any]:
    """Authorization, then validation, then the handler.

    What is larger than an operation's parameters are is validated first: the model refuses it in the same words for
    everybody, before anything is read or matched for it.
    """
    check_session(call.caller, operation.service, operation.name)
    if operation.resources is not None:
        if _large(call.parameters, operation):
            operation.validate(call.parameters)
        call.resources = operation.resources(call)
        (operation.judge or authorize)(call, operation.action)
    operation.validate(call.parameters)
    _refuse_unsupported(call, operation)
    given = call.parameters
    return operation.handler(call, **{keyword: given[name] for name, keyword in operation.arguments if name in given})


def _large(parameters: Mapping[str, Any], operation: Operation) -> bool:
    """Whether a text that is no document is longer than any name, or a list longer than any page or set of tags."""
    for name, value in parameters.items():
        if isinstance(value, str):
            if len(value) > LONGEST and name not in operation.texts:
                return True
        elif isinstance(value, list | tuple) and (len(value) > _LONGEST_LIST or _any_long(value)):
            return True
    return False


def _any_long(items: list[Any] | tuple[Any, ...]) -> bool:
    """Whether an item, or a member of an item, is longer than any name."""
    for item in items:
        for text in item.values() if isinstance(item, Mapping) else (item,):
            if isinstance(text, str) and len(text) > LONGEST:
                return True
    return False


def _refuse_unsupported(call: Call, operation: Operation) -> None:
    """A parameter that is not implemented is refused, never ignored."""
    for name in operation.unsupported:
        if name in call.parameters:
            raise errors.InvalidInput(
                f"The parameter {name} of {operation.name} is not supported here; send the request without it. "
                "See docs/divergences.md."
            )


def _audit_refusal(call: Call, operation: Operation, code: str) -> None:
    record = _record(call, operation, code)
    if operation.reads:
        call.house.recorder.record(record)
        return
    with call.house.store.writing() as tx:
        audit.append(tx, (record,), call.house.audit_key)


def audit_unperformed(
    house: House,
    caller: Caller | None,
    *,
    action: str,
    at: datetime,
    source_ip: str,
    request_id: str,
    outcome: str,
) -> None:
    """Record a request that was refused before it could be performed; `caller` is None while nobody is known."""
    service, _, operation = action.partition(":")
    house.recorder.record(
        AuditRecord(
            at=at,
            account_id=caller.account_id if caller else "-",
            principal=caller.arn if caller else "-",
            access_key_id=caller.access_key_id if caller else "-",
            service=service,
            operation=operation or "-",
            resources=(),
            parameters={},
            source_ip=source_ip,
            user_agent="",
            request_id=request_id,
            outcome=outcome,
        )
    )


def _record(call: Call, operation: Operation, outcome: str) -> AuditRecord:
    return AuditRecord(
        at=call.now,
        account_id=call.account_id,
        principal=call.caller.arn,
        access_key_id=call.caller.access_key_id,
        service=operation.service,
        operation=operation.name,
        resources=_cleaned_arns(call),
        parameters={name: _shown(name, value, operation) for name, value in call.parameters.items()},
        source_ip=call.source_ip,
        user_agent=_REDACTED if may_hold_key(call.user_agent) else call.user_agent[:_LONGEST_AGENT],
        request_id=call.request_id,
        outcome=outcome,
        warnings=tuple(call.warnings) if outcome == "ok" else (),
    )


def _shown(name: str, value: object, operation: Operation) -> object:
    """What of a parameter may be kept: nothing of a secret, of a document its digest, of others what is no key."""
    if name in operation.secret:
        return _REDACTED
    if name in operation.texts and isinstance(value, str):
        return _digest(value)
    return _cleaned(value)


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{len(text)} characters, sha256 {digest}"


def _cleaned(value: object) -> object:
    """The value with length and digest in the place of every text that is long or could be key material.

    People paste a private key where a name belongs, and worse (`model.disclosure`).
    """
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_SHOWN and not may_hold_key(value) else _digest(value)
    if isinstance(value, bytes):
        return f"{len(value)} bytes, sha256 {hashlib.sha256(value).hexdigest()}"
    if isinstance(value, Mapping):
        return {str(_cleaned(key)): _cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    return value


def _cleaned_arns(call: Call) -> tuple[str, ...]:
    """What the call acts on, without what it was sent as a name or path and could be key material."""
    arns = [resource.arn for resource in call.resources]
    for value in call.parameters.values():
        cleaned = _cleaned(value)
        if isinstance(value, str) and cleaned != value:
            arns = [arn.replace(value, str(cleaned)) for arn in arns]
    return tuple(arns)
