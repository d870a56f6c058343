"""The filters of SearchCertificates: a statement of And, Or, Not and single filters becomes one question.

Source: SearchCertificates, CertificateFilterStatement and below (API reference). Whatever a certificate has no value
of, it does not match. Names are compared without case, as names of hosts are [inferred].
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from sealstone.model.certificate import Certificate
from sealstone.operations.acm.descriptions import export_option, origin
from sealstone.operations.acm.distinguished_names import common_name, is_address
from sealstone.operations.acm.uses import is_used
from sealstone.operations.acm.wording import explained
from sealstone.operations.call import Call
from sealstone.operations.errors import ValidationError
from sealstone.x509.escaping import escaped

Matches = Callable[[Certificate], bool]

_NONE: Final = "NONE"
_EQUALS: Final = "EQUALS"
_MOST_FILTERS: Final = 100
_DEEPEST: Final = 10


def matching(call: Call, statement: Mapping[str, Any] | None) -> Matches:
    """Whether a certificate passes. The statement is valid by the model: each union has exactly one member.

    Raises ValidationError for a statement of more filters or levels than one answer may cost: the model bounds each
    list, and not how many there are of them [ours].
    """
    if statement is None:
        return lambda _: True
    _check_size(statement)
    return _matching(call, statement)


def _matching(call: Call, statement: Mapping[str, Any]) -> Matches:
    ((kind, value),) = statement.items()
    match kind:
        case "And":
            all_of = [_matching(call, one) for one in value]
            return lambda one: all(passes(one) for passes in all_of)
        case "Or":
            any_of = [_matching(call, one) for one in value]
            return lambda one: any(passes(one) for passes in any_of)
        case "Not":
            inner = _matching(call, value)
            return lambda one: not inner(one)
    return _filter(call, value)


def _check_size(statement: Mapping[str, Any]) -> None:
    """Level by level. Raises ValidationError."""
    filters, levels, level = 0, 0, [statement]
    while level:
        levels += 1
        filters += sum("Filter" in one for one in level)
        level = [inner for one in level for inner in _below(one)]
    if filters > _MOST_FILTERS or levels > _DEEPEST:
        raise ValidationError(
            explained(
                "The FilterStatement is too large",
                f"filters in it: {filters}, levels: {levels}, and {_MOST_FILTERS} filters on {_DEEPEST} levels are the "
                "most",
                "search in several calls, each for a part of it",
            )
        )


def _below(statement: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The statements that one is made of; none of a filter."""
    ((kind, value),) = statement.items()
    if kind == "Filter":
        return []
    return [value] if kind == "Not" else list(value)


def _filter(call: Call, value: Mapping[str, Any]) -> Matches:
    ((kind, wanted),) = value.items()
    if kind == "CertificateArn":
        return lambda one: one.arn == wanted
    ((name, sought),) = wanted.items()
    question = _X509[name] if kind == "X509AttributeFilter" else _METADATA[name]
    return lambda one: question(call, one, sought)


_Question = Callable[[Call, Certificate, Any], bool]


def _compared(text: str, sought: Mapping[str, str]) -> bool:
    """Both as names are shown, so that what was found can be searched for, and what was sent in a request as well."""
    values, found = {sought["Value"].lower(), escaped(sought["Value"]).lower()}, text.lower()
    return found in values if sought["ComparisonOperator"] == _EQUALS else any(value in found for value in values)


def _subject(_call: Call, one: Certificate, sought: Any) -> bool:
    return _compared(common_name(one.detail.subject), sought["CommonName"])


def _alternative_name(_call: Call, one: Certificate, sought: Any) -> bool:
    return any(_compared(name, sought["DnsName"]) for name in one.detail.names if not is_address(name))


def _extended_usage(_call: Call, one: Certificate, sought: Any) -> bool:
    usages = [name for name, _ in one.detail.extended_key_usages]
    return not usages if sought == _NONE else sought in usages


def _within(moment: datetime | None, sought: Mapping[str, datetime]) -> bool:
    """Both ends belong to the range, and either may be open [inferred]."""
    if moment is None:
        return False
    return sought.get("Start", moment) <= moment <= sought.get("End", moment)


_X509: Final[Mapping[str, _Question]] = {
    "Subject": _subject,
    "SubjectAlternativeName": _alternative_name,
    "ExtendedKeyUsage": _extended_usage,
    "KeyUsage": lambda _, one, sought: sought in one.detail.key_usages,
    "KeyAlgorithm": lambda _, one, sought: sought == one.detail.key_algorithm,
    "SerialNumber": lambda _, one, sought: sought == one.detail.serial,
    "NotAfter": lambda _, one, sought: _within(one.content.not_after if one.content else None, sought),
    "NotBefore": lambda _, one, sought: _within(one.content.not_before if one.content else None, sought),
}


def _renewal_status(_call: Call, one: Certificate, sought: Any) -> bool:
    renewal = one.request.told_renewal if one.request else None
    return renewal is not None and renewal.status == sought


def _method(_call: Call, one: Certificate, sought: Any) -> bool:
    return one.request is not None and any(each.method == sought for each in one.request.validations)


# Nothing here is managed by another service or came over ACME.
_METADATA: Final[Mapping[str, _Question]] = {
    "Status": lambda call, one, sought: one.status(call.now) == sought,
    "RenewalStatus": _renewal_status,
    "Type": lambda _, one, sought: one.kind == sought,
    "InUse": lambda call, one, sought: is_used(call, one) is sought,
    "Exported": lambda _, one, sought: one.request is not None and one.request.exported is sought,
    "ExportOption": lambda _, one, sought: export_option(one) == sought,
    "ManagedBy": lambda *_: False,
    "ValidationMethod": _method,
    "CertificateKeyPairOrigin": lambda _, one, sought: origin(one) == sought,
    "AcmeEndpointArn": lambda *_: False,
    "AcmeAccountId": lambda *_: False,
}
