"""What policies can ask of a request for a certificate: the condition keys of RequestCertificate.

Source: user guide, "Use condition keys with ACM"; service authorization reference, AWS Certificate Manager. What a
request leaves open has the value that will count, so that no policy is got round by leaving it out [inferred].
"""

from collections.abc import Mapping
from typing import Any, Final

from sealstone.operations.acm.request_rules import USUAL_KEY, USUAL_METHOD
from sealstone.operations.authorization import permit
from sealstone.operations.call import Call

_DEFAULTS: Final = {"CertificateTransparencyLoggingPreference": "ENABLED", "Export": "DISABLED"}


def judge(call: Call, action: str) -> None:
    """The caller's policies decide, and see what is asked for. Root may do everything. Raises AccessDenied."""
    permit(call, action, call.resources, more=keys(call.parameters))


def keys(sent: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Lower-case condition key to its values. Parameters are not validated yet, but of the types of the model."""
    options = _DEFAULTS | (sent.get("Options") or {})
    names = (str(sent.get("DomainName") or ""), *(sent.get("SubjectAlternativeNames") or ()))
    found = {
        "acm:domainnames": tuple(dict.fromkeys(name.lower() for name in names)),
        "acm:keyalgorithm": (sent.get("KeyAlgorithm") or USUAL_KEY,),
    }
    authority = sent.get("CertificateAuthorityArn")
    if authority:
        return found | {"acm:certificateauthority": (authority,)}
    method = sent.get("ValidationMethod") or options.get("ValidationMethod") or USUAL_METHOD.value
    return found | {
        "acm:validationmethod": (method,),
        "acm:certificatetransparencylogging": (options["CertificateTransparencyLoggingPreference"],),
        "acm:export": (options["Export"],),
    }
