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
from sealstone.operations.acm.uses import users
from sealstone.operations.call import Call

Matches = Callable[[Certificate], bool]

_NONE: Final = "NONE"
_EQUALS: Final = "EQUALS"


def matching(call: Call, statement: Mapping[str, Any] | None) -> Matches:
    """Whether a certificate passes. The statement is valid by the model: each union has exactly one member."""
    if statement is None:
        return lambda _: True
    ((kind, value),) = statement.items()
    match kind:
        case "And":
            all_of = [matching(call, one) for one in value]
            return lambda one: all(passes(one) for passes in all_of)
        case "Or":
            any_of = [matching(call, one) for one in value]
            return lambda one: any(passes(one) for passes in any_of)
        case "Not":
            inner = matching(call, value)
            return lambda one: not inner(one)
    return _filter(call, value)


def _filter(call: Call, value: Mapping[str, Any]) -> Matches:
    ((kind, wanted),) = value.items()
    if kind == "CertificateArn":
        return lambda one: one.arn == wanted
    ((name, sought),) = wanted.items()
    question = _X509[name] if kind == "X509AttributeFilter" else _METADATA[name]
    return lambda one: question(call, one, sought)


_Question = Callable[[Call, Certificate, Any], bool]


def _compared(text: str, sought: Mapping[str, str]) -> bool:
    value, found = sought["Value"].lower(), text.lower()
    return found == value if sought["ComparisonOperator"] == _EQUALS else value in found


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
    renewal = one.request.renewal if one.request else None
    return renewal is not None and renewal.status == sought


def _method(_call: Call, one: Certificate, sought: Any) -> bool:
    return one.request is not None and any(each.method == sought for each in one.request.validations)


# Nothing here is managed by another service or came over ACME.
_METADATA: Final[Mapping[str, _Question]] = {
    "Status": lambda call, one, sought: one.status(call.now) == sought,
    "RenewalStatus": _renewal_status,
    "Type": lambda _, one, sought: one.kind == sought,
    "InUse": lambda call, one, sought: bool(users(call, one)) is sought,
    "Exported": lambda _, one, sought: one.request is not None and one.request.exported is sought,
    "ExportOption": lambda _, one, sought: export_option(one) == sought,
    "ManagedBy": lambda *_: False,
    "ValidationMethod": _method,
    "CertificateKeyPairOrigin": lambda _, one, sought: origin(one) == sought,
    "AcmeEndpointArn": lambda *_: False,
    "AcmeAccountId": lambda *_: False,
}
