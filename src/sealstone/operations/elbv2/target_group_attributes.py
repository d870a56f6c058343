"""Attributes of target groups: describe and modify. What each may be is told by `model.target_group_attributes`.

What would change nothing here is kept and told; what somebody would rely on, and is not done here, is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sealstone.dataplane.problems import NotWritable
from sealstone.dataplane.wording import token
from sealstone.model import target_group_attributes as known
from sealstone.model.target_group_attributes import Attribute
from sealstone.model.target_group_detail import TargetGroupDetail
from sealstone.operations.call import Call
from sealstone.operations.elbv2.groups import find_target_group, keep_target_group, named_target_group
from sealstone.operations.elbv2.wording import conflict
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation

_RESERVED: Final = "AWSALB"
_SHOWN: Final = 80


@operation("elbv2", on=named_target_group, access="Read")
def describe_target_group_attributes(call: Call, *, target_group_arn: str) -> Mapping[str, Any]:
    """All of them, by name."""
    return _members(find_target_group(call, target_group_arn).detail)


@operation("elbv2", on=named_target_group, access="Write")
def modify_target_group_attributes(
    call: Call, *, target_group_arn: str, attributes: Sequence[Mapping[str, str]]
) -> Mapping[str, Any]:
    """Change those that are sent, all of them or none."""
    found = find_target_group(call, target_group_arn)
    sent = {one.get("Key", ""): one.get("Value", "") for one in attributes}
    for key, value in sent.items():
        _check(found.detail, key, value)
    detail = replace(found.detail, attributes={**found.detail.attributes, **sent})
    _check_together(detail)
    return _members(keep_target_group(call, found, detail).detail)


def _check(detail: TargetGroupDetail, key: str, value: str) -> None:
    """One of them by itself. Raises ValidationError, InvalidConfigurationRequest."""
    if key not in known.KNOWN:
        raise ValidationError(f"Target group attribute key '{key[:_SHOWN]}' is not recognized")
    attribute = known.of(detail).get(key)
    if attribute is None:
        raise conflict(
            f"Target group attribute '{key}' is not supported for target groups with the {detail.protocol} protocol"
        )
    if not attribute.accepts(value):
        if key == known.STICKINESS_TYPE:
            raise conflict(
                f"Stickiness type '{value[:_SHOWN]}' is not supported for target groups with the {detail.protocol} "
                "protocol"
            )
        raise ValidationError(_expected(key, value, attribute))
    if key == known.APP_COOKIE_NAME and value:
        _check_cookie(value)


def _expected(key: str, value: str, attribute: Attribute) -> str:
    words = f"one of [{', '.join(attribute.words)}]"
    numbers = f"between '{attribute.least}-{attribute.most}' inclusive"
    allowed = [text for text, there in ((words, attribute.words), (numbers, attribute.least is not None)) if there]
    return f"'{key}' value '{value[:_SHOWN]}' must be {' or '.join(allowed)}"


def _check_cookie(name: str) -> None:
    if name.upper().startswith(_RESERVED):
        raise ValidationError(f"The cookie name '{name[:_SHOWN]}' is reserved: it begins with {_RESERVED}.")
    try:
        token("the cookie name", name)
    except NotWritable as problem:
        raise ValidationError(f"The cookie name cannot be used: {problem}") from None


def _check_together(detail: TargetGroupDetail) -> None:
    """What they say together. Raises InvalidConfigurationRequest."""
    values = known.values(detail)
    sticky = values[known.STICKINESS] == known.ON
    if detail.is_network:
        if sticky and detail.protocol == "TLS":  # network guide, "Sticky sessions"
            raise conflict(f"You cannot enable stickiness on target groups with the {detail.protocol} protocol")
        if values[known.PROXY_PROTOCOL] == known.ON:
            raise conflict(
                "Version 2 of the proxy protocol is not spoken here.", cure=f"Leave {known.PROXY_PROTOCOL} false."
            )
        return
    if sticky and values[known.STICKINESS_TYPE] == known.APP_COOKIE and not values[known.APP_COOKIE_NAME]:
        raise conflict("You must set an application cookie name to enable stickiness of type 'app_cookie'")
    algorithm = values[known.ALGORITHM]
    if values[known.ANOMALY_MITIGATION] == "on" and algorithm != known.WEIGHTED_RANDOM:
        raise conflict(f"Anomaly mitigation can be enabled only with the algorithm {known.WEIGHTED_RANDOM}.")
    if values[known.SLOW_START] != "0" and algorithm != known.ROUND_ROBIN:
        raise conflict(f"Slow start can be enabled only with the algorithm {known.ROUND_ROBIN}.")


def _members(detail: TargetGroupDetail) -> dict[str, Any]:
    return {"Attributes": [{"Key": key, "Value": value} for key, value in sorted(known.values(detail).items())]}
