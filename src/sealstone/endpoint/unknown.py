"""The refusal of an operation that is not performed: it is AWS's, but not here, and why; or nobody has it.

Looked up only once a request could not be routed, so that no other request pays for it.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from sealstone.endpoint.request import Request
from sealstone.endpoint.rest_json import Paths
from sealstone.operations import absent
from sealstone.operations.errors import InvalidAction
from sealstone.operations.service_model import service as service_model

# The operations that AWS takes without a signature (auth type `none` of the service models), and their service.
_UNSIGNED: Final = {"AssumeRoleWithSAML": "sts", "AssumeRoleWithWebIdentity": "sts"}
_UNSIGNED_ACTION: Final = re.compile(rf"(?:^|&)Action=({'|'.join(_UNSIGNED)})(?:&|$)".encode())


def named(services: Iterable[str], action: str, version: str) -> InvalidAction:
    """Of the query protocol. `services` are botocore's names of those that have one name in credential scopes."""
    models = {service_model(service).metadata["apiVersion"]: service for service in services}
    sentence = f"Could not find operation {action[:128]} for version {version[:32]}"
    if version not in models:
        return InvalidAction(f"{sentence}; this service speaks version {' and '.join(sorted(models))}")
    return _refusal(sentence, models[version], action, stop="")  # recorded without a full stop


def targeted(services: Iterable[str], target: str) -> InvalidAction:
    """Of JSON, by the value of X-Amz-Target."""
    prefix, _, name = target.rpartition(".")
    for service in services:
        if service_model(service).metadata["targetPrefix"] == prefix:
            return _refusal("Could not find the operation that X-Amz-Target names", service, name)
    return InvalidAction("Could not find the operation that X-Amz-Target names.")


def at(services: Iterable[str], request: Request) -> InvalidAction:
    """Of REST JSON, by method and path."""
    sentence = "Could not find an operation at this method and path"
    for service in services:
        found = _paths(service).find(request.method, request.path)
        if found is not None:
            return _refusal(sentence, service, found[0])
    return InvalidAction(f"{sentence}.")


def unsigned(request: Request) -> InvalidAction | None:
    """Of an operation that nobody signs at AWS; None for a request that must be signed.

    The name alone is looked for; nothing that comes from who has proven nothing is decoded.
    """
    found = _UNSIGNED_ACTION.search(request.body) or _UNSIGNED_ACTION.search(request.query.encode("latin-1"))
    if found is None:
        return None
    name = found[1].decode()
    service = _UNSIGNED[name]
    return named([service], name, service_model(service).metadata["apiVersion"])


def _refusal(sentence: str, service: str, name: str, stop: str = ".") -> InvalidAction:
    """AWS's sentence, and what AWS has that is not here."""
    return InvalidAction(f"{sentence}{absent.told(service, name) or stop}")


@cache
def _paths(service: str) -> Paths:
    """Where every operation of the service's model is."""
    model = service_model(service)
    operations = [model.operation_model(name) for name in model.operation_names]
    return Paths((one.http["method"], one.http["requestUri"], one.name) for one in operations)
