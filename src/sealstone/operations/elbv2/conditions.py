"""Conditions of rules: read from a call and judged, and told again.

Source: API reference, RuleCondition; application load balancer guide, "Condition types". Regular expressions are
refused: the patterns of the data plane know `*` and `?` alone.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_network
from typing import Any, Final

from sealstone.model.application_detail import Query, RuleCondition
from sealstone.model.balancing_quota import CONDITION_VALUES, CONDITION_WILDCARDS
from sealstone.operations.errors import InvalidInput, ValidationError

Sent = Mapping[str, Any]

HOST: Final = "host-header"
PATH: Final = "path-pattern"
HEADER: Final = "http-header"
METHOD: Final = "http-request-method"
QUERY: Final = "query-string"
SOURCE: Final = "source-ip"

_CONFIGURATIONS: Final = {
    HOST: "HostHeaderConfig",
    PATH: "PathPatternConfig",
    HEADER: "HttpHeaderConfig",
    METHOD: "HttpRequestMethodConfig",
    QUERY: "QueryStringConfig",
    SOURCE: "SourceIpConfig",
}
# The older form, values beside the field, is taken of these two and told of them too.
_PLAIN: Final = (HOST, PATH)
_ONCE: Final = (HOST, PATH, METHOD, SOURCE)

_HOST_VALUE: Final = re.compile(r"(?=.*\.)[A-Za-z0-9*?.-]{1,128}", re.ASCII)
# The guide: A-Z a-z 0-9 _ - . $ / ~ " ' @ : + & ( ) ! , ; = and the two wildcards.
_PATH_VALUE: Final = re.compile(r"[A-Za-z0-9_.$/~\"'@:+&()!,;=%*?-]{1,128}", re.ASCII)
_TEXT_VALUE: Final = re.compile(r"[ -~]{1,128}", re.ASCII)
# API reference, QueryStringConditionConfig: a backslash takes the meaning from the wildcard behind it [inferred: and
# from another backslash].
_ESCAPED: Final = re.compile(r"\\[*?\\]")
_METHOD_VALUE: Final = re.compile(r"[A-Z_-]{1,40}", re.ASCII)
# RFC 9110 5.6.2, less what the data plane cannot write.
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!*+.^_~-]{1,40}", re.ASCII)
_WORDS: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    HOST: (_HOST_VALUE, "1 to 128 letters, digits, hyphens, dots and wildcards, with at least one dot"),
    PATH: (_PATH_VALUE, "1 to 128 characters of paths and wildcards, without a query"),
    HEADER: (_TEXT_VALUE, "1 to 128 printable characters"),
    METHOD: (_METHOD_VALUE, "1 to 40 capital letters, hyphens and underscores, without wildcards"),
    QUERY: (_TEXT_VALUE, "1 to 128 printable characters"),
}


def read(sent: Sequence[Sent]) -> tuple[RuleCondition, ...]:
    """The conditions of a rule. Raises ValidationError, and InvalidInput for what is not offered here."""
    if not sent:
        raise ValidationError("A condition must be specified")
    conditions = tuple(_one(condition) for condition in sent)
    fields = [condition.field for condition in conditions]
    for field in _ONCE:
        if fields.count(field) > 1:
            raise ValidationError(f"A rule can only have one '{field}' condition")
    count = sum(len(condition.values) + len(condition.queries) for condition in conditions)
    if count > CONDITION_VALUES.default:
        raise ValidationError(f"A rule can only have '{CONDITION_VALUES.default}' condition values")
    wildcards = sum(_wildcards(condition) for condition in conditions)
    if wildcards > CONDITION_WILDCARDS.default:
        raise ValidationError(f"A rule can only have '{CONDITION_WILDCARDS.default}' condition wildcards")
    return conditions


def members(conditions: Sequence[RuleCondition]) -> list[dict[str, Any]]:
    """Conditions as they are described: host and path in both of their forms, as AWS does."""
    return [_member(condition) for condition in conditions]


def _one(sent: Sent) -> RuleCondition:
    field = sent.get("Field")
    if field not in _CONFIGURATIONS:
        raise ValidationError(f"Condition field '{field}' must be one of '[{', '.join(_CONFIGURATIONS)}]'")
    configuration = sent.get(_CONFIGURATIONS[field]) or {}
    if sent.get("RegexValues") or configuration.get("RegexValues"):
        raise InvalidInput(
            "RegexValues is not supported here; use Values, in which * is any text and ? any one character. "
            "See docs/divergences.md."
        )
    if configuration.get("IpAddressType"):
        raise InvalidInput(
            "IpAddressType is not supported here: it belongs to rules of network load balancers, and they have none. "
            "Use Values. See docs/divergences.md."
        )
    for other, name in _CONFIGURATIONS.items():
        if other != field and sent.get(name):
            raise ValidationError(f"{name} cannot be specified with condition field '{field}'")
    if field == QUERY:
        return RuleCondition(field, queries=_queries(configuration))
    values = _values(field, sent, configuration)
    if field == HEADER:
        return RuleCondition(field, values, header=_header(configuration))
    return RuleCondition(field, values)


def _values(field: str, sent: Sent, configuration: Sent) -> tuple[str, ...]:
    plain = tuple(sent.get("Values") or ())
    configured = tuple(configuration.get("Values") or ())
    if plain and field not in _PLAIN:
        raise ValidationError(f"Values of condition field '{field}' belong into {_CONFIGURATIONS[field]}")
    if plain and configured and plain != configured:
        raise ValidationError(f"You cannot specify both Values and {_CONFIGURATIONS[field]}")
    values = plain or configured
    if not values:
        raise ValidationError(f"A condition value must be specified for condition field '{field}'")
    check: Callable[[str, str], str] = _source if field == SOURCE else _text
    return tuple(check(field, value) for value in values)


def _text(field: str, value: str) -> str:
    pattern, wanted = _WORDS[field]
    if not pattern.fullmatch(value):
        raise ValidationError(f"The value '{value}' of condition field '{field}' must be {wanted}")
    return value


def _source(field: str, value: str) -> str:
    """A network in CIDR form: an address alone is none (API reference)."""
    try:
        ip_network(value)
        if "%" in value:
            raise ValueError(value)  # a zone is of one host's links, and no part of a CIDR block
    except ValueError as fault:
        raise ValidationError(f"The value '{value}' of condition field '{field}' must be a valid CIDR block") from fault
    if "/" not in value:
        raise ValidationError(f"The value '{value}' of condition field '{field}' must have a prefix length, as '/32'")
    return value


def _header(configuration: Sent) -> str:
    name: str = configuration.get("HttpHeaderName") or ""
    if not _HEADER_NAME.fullmatch(name):
        raise ValidationError(f"HttpHeaderName must be the name of a header, 1 to 40 characters, and is '{name}'")
    if name.lower() == "host":
        raise ValidationError(f"Use condition field '{HOST}' for the header Host")
    return name


def _queries(configuration: Sent) -> tuple[Query, ...]:
    pairs = configuration.get("Values") or ()
    if not pairs:
        raise ValidationError(f"A condition value must be specified for condition field '{QUERY}'")
    return tuple(Query(_text(QUERY, pair.get("Value") or ""), _key(pair.get("Key"))) for pair in pairs)


def _key(sent: str | None) -> str | None:
    """The name of a parameter, which ends before the first `=`."""
    if sent and "=" in sent:
        raise ValidationError(f"The key '{sent}' of condition field '{QUERY}' cannot have an equals sign")
    return _text(QUERY, sent) if sent else None


def _wildcards(condition: RuleCondition) -> int:
    """How many a condition has."""
    if condition.field == SOURCE:
        return 0
    queries = [_ESCAPED.sub("", f"{one.key or ''}={one.value}") for one in condition.queries]
    return sum(text.count("*") + text.count("?") for text in (*condition.values, *queries))


def _member(condition: RuleCondition) -> dict[str, Any]:
    field = condition.field
    told: dict[str, Any] = {"Field": field}
    if field == QUERY:
        pairs = [({"Key": one.key} if one.key else {}) | {"Value": one.value} for one in condition.queries]
        return told | {_CONFIGURATIONS[field]: {"Values": pairs}}
    values = list(condition.values)
    header = {"HttpHeaderName": condition.header} if condition.header else {}
    plain = {"Values": values} if field in _PLAIN else {}
    return told | plain | {_CONFIGURATIONS[field]: header | {"Values": values}}
