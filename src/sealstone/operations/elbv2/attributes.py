"""Attributes of load balancers and of listeners: describe and modify."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sealstone.model import application_attributes
from sealstone.model.application_attributes import Attribute
from sealstone.operations.call import Call
from sealstone.operations.elbv2.errors import InvalidConfigurationRequest
from sealstone.operations.elbv2.named import (
    Balancer,
    Port,
    everything,
    find_listener,
    find_load_balancer,
    keep_detail,
    keep_port,
    named_listener,
    named_load_balancer,
)
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation

Sent = Sequence[Mapping[str, str]]

DELETION_PROTECTION: Final = application_attributes.DELETION_PROTECTION


@operation("elbv2", on=everything, access="Read")
def describe_load_balancer_attributes(call: Call, *, load_balancer_arn: str) -> Mapping[str, Any]:
    """Every attribute that a load balancer of the kind has."""
    return _described(find_load_balancer(call, load_balancer_arn))


@operation("elbv2", on=named_load_balancer, access="Write")
def modify_load_balancer_attributes(call: Call, *, load_balancer_arn: str, attributes: Sent) -> Mapping[str, Any]:
    """Change those that are sent; all or none."""
    found = find_load_balancer(call, load_balancer_arn)
    known = _of_load_balancer(found)
    sent = _read("Load balancer", f"load balancers with type '{found.record.kind}'", known, attributes)
    _check_logs(sent)
    detail = replace(found.detail, attributes=_kept(known, found.detail.attributes, sent))
    return _described(keep_detail(call, found, detail))


@operation("elbv2", on=everything, access="Read")
def describe_listener_attributes(call: Call, *, listener_arn: str) -> Mapping[str, Any]:
    """Every attribute that a listener of the protocol has."""
    return _described(find_listener(call, listener_arn))


@operation("elbv2", on=named_listener, access="Write")
def modify_listener_attributes(call: Call, *, listener_arn: str, attributes: Sent) -> Mapping[str, Any]:
    """Change those that are sent; all or none."""
    found = find_listener(call, listener_arn)
    known = application_attributes.of_listener(found.record.protocol)
    sent = _read("Listener", f"listeners with protocol '{found.record.protocol}'", known, attributes)
    detail = replace(found.detail, attributes=_kept(known, found.detail.attributes, sent))
    twice = application_attributes.renamed_twice(detail.attributes)
    if twice:
        raise ValidationError(
            f"Listener attributes '{twice[0]}' and '{twice[1]}' have the same value: "
            "each header needs a name of its own"
        )
    return _described(keep_port(call, found, replace(found, detail=detail)))


def value_of(found: Balancer, key: str) -> str:
    """The value of one attribute that a load balancer of the kind has."""
    known = _of_load_balancer(found)
    return found.detail.attributes.get(key, known[key].default)


def _of_load_balancer(found: Balancer) -> Mapping[str, Attribute]:
    return application_attributes.of_load_balancer(found.record.kind, is_internal=found.detail.scheme == "internal")


def _described(found: Balancer | Port) -> Mapping[str, Any]:
    known = (
        _of_load_balancer(found)
        if isinstance(found, Balancer)
        else application_attributes.of_listener(found.record.protocol)
    )
    values = application_attributes.values(known, found.detail.attributes)
    return {"Attributes": [{"Key": key, "Value": value} for key, value in values.items()]}


def _read(noun: str, whose: str, known: Mapping[str, Attribute], attributes: Sent) -> dict[str, str]:
    """The sent attributes by key. Raises ValidationError and InvalidConfigurationRequest."""
    if not attributes:
        raise ValidationError("Attributes must be specified")
    read: dict[str, str] = {}
    for attribute in attributes:
        key, value = attribute.get("Key", ""), attribute.get("Value", "")
        if key in read:
            raise ValidationError(f"{noun} attribute key '{key}' was sent more than once; send each key once")
        if key not in known:
            raise ValidationError(f"{noun} attribute key '{key}' is not supported on {whose}")
        fault = known[key].fault(value)
        if fault:
            raise ValidationError(f"{noun} attribute '{key}' {fault}; the value '{value}' was sent")
        read[key] = value
    return read


def _kept(known: Mapping[str, Attribute], there: Mapping[str, str], sent: Mapping[str, str]) -> dict[str, str]:
    """Only what is no default is kept: that a value was set to its default tells nothing."""
    joined = {**there, **sent}
    return {key: value for key, value in joined.items() if key not in known or value != known[key].default}


def _check_logs(sent: Mapping[str, str]) -> None:
    """What somebody would rely on and is not written is not accepted; the names of buckets alone do no harm."""
    for key, value in sent.items():
        if key.endswith("_logs.s3.enabled") and value == "true":
            raise InvalidConfigurationRequest(
                f"'{key}' cannot be true here: there are no buckets that logs could be written to. Send false, or "
                "leave it out."
            )
