"""SearchCertificates: any filter, any order, by page. No kind of key is left out unless asked for.

Source: SearchCertificates (API reference). Where nothing is said the oldest come first [inferred].
"""

from collections.abc import Mapping
from typing import Any, Final

from sealstone.model import page
from sealstone.model.certificate import Certificate, Content
from sealstone.operations.acm.descriptions import summarised
from sealstone.operations.acm.distinguished_names import common_name, general_names, told
from sealstone.operations.acm.named import everything
from sealstone.operations.acm.search_filters import matching
from sealstone.operations.acm.search_order import Order
from sealstone.operations.call import Call
from sealstone.operations.operation import operation
from sealstone.store import certificates as stored
from sealstone.x509 import pem, signed
from sealstone.x509.problems import Part

_BY_CREATION: Final = "CREATED_AT"
_DESCENDING: Final = "DESCENDING"
# Members of a listing's summary that stand among the metadata here.
_METADATA: Final = frozenset(
    {
        *("CreatedAt", "Exported", "ImportedAt", "InUse", "IssuedAt", "RenewalEligibility", "RevokedAt", "Status"),
        *("Type", "ExportOption", "CertificateKeyPairOrigin"),
    }
)
# RFC 5280 4.1.2, without the version: serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo.
_LEAST: Final = 6
_ISSUER: Final = 2
_SUBJECT: Final = 4


@operation("acm", on=everything, access="List", slow=True)
def search_certificates(
    call: Call,
    *,
    filter_statement: Mapping[str, Any] | None = None,
    max_results: int | None = None,
    next_token: str | None = None,
    sort_by: str | None = None,
    sort_order: str | None = None,
) -> Mapping[str, Any]:
    """Those of the Region that pass, in order; by what they have no value of, they are the last either way."""
    passes = matching(call, filter_statement)
    each = stored.each(call.tx, call.account_id, call.region, after=None)
    order = Order(sort_by or _BY_CREATION, descending=sort_order == _DESCENDING)
    found = order.sorted(call, (one for one in each if passes(one)))
    begin = order.after(found, next_token)
    size = max_results or page.DEFAULT_SIZE
    chosen, rest = found[begin : begin + size], found[begin + size :]
    more = {"NextToken": order.token(chosen[-1])} if rest else {}
    return {"Results": [_result(call, place.certificate) for place in chosen]} | more


def _result(call: Call, certificate: Certificate) -> Mapping[str, Any]:
    """CertificateSearchResult: of a member that has no value nothing is told."""
    summary = summarised(call, certificate)
    metadata = {name: value for name, value in summary.items() if name in _METADATA}
    request = certificate.request
    renewal = request.told_renewal if request else None
    if renewal:
        metadata["RenewalStatus"] = renewal.status.value
    method = next((one.method for one in request.validations if one.method), None) if request else None
    if method:
        metadata["ValidationMethod"] = method.value
    return {
        "CertificateArn": certificate.arn,
        "X509Attributes": _attributes(certificate),
        "CertificateMetadata": {"AcmCertificateMetadata": metadata},
    }


def _attributes(certificate: Certificate) -> Mapping[str, Any]:
    detail, content = certificate.detail, certificate.content
    attributes = {
        **_names(certificate, content),
        "SubjectAlternativeNames": general_names(detail.names),
        "ExtendedKeyUsages": [name for name, _ in detail.extended_key_usages],
        "KeyAlgorithm": detail.shown_key_algorithm,
        "KeyUsages": list(detail.key_usages),
        "SerialNumber": detail.serial,
        "NotAfter": content.not_after if content else None,
        "NotBefore": content.not_before if content else None,
    }
    return {name: value for name, value in attributes.items() if value not in ("", None)}


def _names(certificate: Certificate, content: Content | None) -> Mapping[str, Any]:
    """Subject and issuer, attribute by attribute; before there is a certificate what was asked for."""
    if content is None:
        return {"Subject": {"CommonName": common_name(certificate.detail.subject)}}
    block = next(pem.blocks(content.certificate_body, Part.CERTIFICATE))
    outline = signed.read(block.der(), _LEAST, "a certificate")
    return {
        "Issuer": told(outline.raw(outline.values[_ISSUER])),
        "Subject": told(outline.raw(outline.values[_SUBJECT])),
    }
