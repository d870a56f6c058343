"""RequestCertificate: what is asked for is checked and laid down; validating and issuing are a worker's.

Source: RequestCertificate (API reference); user guide, "Request a public certificate", "Request a private certificate".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

import msgspec

from sealstone.model import certificate_quota, ids
from sealstone.model.certificate import Certificate, CertificateType
from sealstone.model.certificate_detail import CertificateDetail
from sealstone.model.certificate_request import DAYS, PRIVATE_DAYS, CertificateRequest, Stage, ValidationMethod
from sealstone.operations.acm import (
    domain_validations,
    domains,
    named_authority,
    owned_names,
    quotas,
    request_conditions,
    request_rules,
)
from sealstone.operations.acm.errors import InvalidParameterException
from sealstone.operations.acm.named import new_certificate
from sealstone.operations.acm.tags import permit_tagging
from sealstone.operations.acm.wording import explained, read_tags
from sealstone.operations.call import Call
from sealstone.operations.operation import operation
from sealstone.store import certificate_requests as stored
from sealstone.store import certificates

_REMEMBERED: Final = timedelta(hours=1)
"""How long an idempotency token counts (API reference)."""
_ENABLED: Final = "ENABLED"
_NOT_ALLOWED: Final = "DOMAIN_NOT_ALLOWED"
_SIGNATURE: Final = "SHA256WITHECDSA"
"""Of the installation's authority, whose keys are P-256."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for, checked: two calls of one idempotency token are compared by it."""

    names: tuple[str, ...]
    key_algorithm: str
    method: ValidationMethod | None
    validation_domains: Mapping[str, str]
    authority_arn: str | None
    exportable: bool
    transparency_logged: bool

    def digest(self) -> str:
        """What is kept of it: the request itself changes, by options, mails that are sent elsewhere, renewals.

        The first name is the subject's, and the others have no order.
        """
        first, *others = self.names
        names = (first, *sorted(others))
        domains_ = {name: self.validation_domains.get(name, name) for name in names}
        text = msgspec.json.encode(replace(self, names=names, validation_domains=domains_))
        return sha256(text).hexdigest()

    def is_of(self, request: CertificateRequest) -> bool:
        """Whether that request was made of the same wish, as far as is known."""
        return request.wish in ("", self.digest())


@operation("acm", on=new_certificate, access="Write", judge=request_conditions.judge)
def request_certificate(
    call: Call,
    *,
    domain_name: str,
    validation_method: str | None = None,
    subject_alternative_names: Sequence[str] | None = None,
    idempotency_token: str | None = None,
    domain_validation_options: Sequence[Mapping[str, str]] | None = None,
    options: Mapping[str, str] | None = None,
    certificate_authority_arn: str | None = None,
    tags: Sequence[Mapping[str, str]] | None = None,
    key_algorithm: str | None = None,
    managed_by: str | None = None,
) -> Mapping[str, Any]:
    """Answer with the ARN at once; the certificate is issued when its domains are validated, or if none needs to be.

    A token of the last hour gives the certificate that it gave.
    """
    if tags:
        permit_tagging(call)
    if certificate_authority_arn is not None:
        named_authority.permit_issuing(call, certificate_authority_arn)
    request_rules.check_unmanaged(managed_by)
    wish = _wish(
        call,
        domains.names_of(domain_name, subject_alternative_names or ()),
        request_rules.Given(validation_method, domain_validation_options, options or {}, certificate_authority_arn),
        request_rules.read_key_algorithm(key_algorithm),
    )
    known = _known(call, idempotency_token, wish)
    if known is None:
        known = _added(call, wish, idempotency_token, read_tags(tags or (), {}))
    return {"CertificateArn": known.arn}


def _wish(call: Call, names: tuple[str, ...], given: request_rules.Given, key_algorithm: str) -> Wish:
    if given.authority_arn is not None:
        request_rules.check_private(given)
        return Wish(
            names=names,
            key_algorithm=key_algorithm,
            method=None,
            validation_domains={},
            authority_arn=named_authority.find(call, given.authority_arn),
            exportable=True,
            transparency_logged=False,
        )
    method = request_rules.read_method(given)
    if method is ValidationMethod.DNS:
        domains.check_recordable(names)
    return Wish(
        names=names,
        key_algorithm=key_algorithm,
        method=method,
        validation_domains=domains.validation_domains(names, given.domains or ()),
        authority_arn=None,
        exportable=given.options.get("Export") == _ENABLED,
        transparency_logged=given.options.get("CertificateTransparencyLoggingPreference", _ENABLED) == _ENABLED,
    )


def _known(call: Call, token: str | None, wish: Wish) -> Certificate | None:
    """What the token gave within the last hour. Raises InvalidParameterException when that was asked otherwise."""
    since = call.now - _REMEMBERED
    found = stored.with_token(call.tx, call.account_id, call.region, token, since) if token else None
    if found and found.request and not wish.is_of(found.request):
        raise InvalidParameterException(
            explained(
                "The idempotency token was used for another request within the last hour",
                f"it gave {found.arn}, which was asked for with other parameters",
                "use a token of its own for each certificate",
            )
        )
    return found


def _added(call: Call, wish: Wish, token: str | None, tags: Mapping[str, str]) -> Certificate:
    quotas.check_names(call, wish.names)
    kind = CertificateType.PRIVATE if wish.authority_arn else CertificateType.AMAZON_ISSUED
    if kind is CertificateType.PRIVATE:
        quotas.check_count(call, kind, certificate_quota.PRIVATE)
    else:
        quotas.check_count(call, kind, certificate_quota.REQUESTED)
        quotas.check_requests(call)
        stored.count_request(call.tx, call.account_id, call.region, call.now)
    request = _request(call, wish, token)
    made = Certificate(
        account_id=call.account_id,
        region=call.region,
        unique_id=ids.new_request_id(call.house.chance),
        kind=kind,
        version=0,
        content=None,
        created_at=call.now.replace(microsecond=0),
        detail=_expected(call, wish),
        request=request,
        tags=tags,
    )
    _warn_of_mail(call, wish)
    certificates.add(call.tx, made)
    stored.add(call.tx, made, request, due_at=None if request.stage is Stage.FAILED else call.now)
    for one in request.validations if request.stage is Stage.VALIDATING else ():
        if one.token:
            stored.add_token(call.tx, made, one.token, domain_validations.token_body(call.house.chance))
    return made


def _warn_of_mail(call: Call, wish: Wish) -> None:
    """AWS always has a mail server; here the request is taken, and waits until it is given up."""
    if wish.method is ValidationMethod.EMAIL and not call.house.sends_mail:
        call.warnings.append(
            f"Nobody is asked about {wish.names[0]}: its validation is by EMAIL, and smtp_server is not set; set it, "
            "or request the certificate with ValidationMethod=DNS"
        )


def _request(call: Call, wish: Wish, token: str | None) -> CertificateRequest:
    """Names of Amazon's fail by themselves, as any that no authority would issue for (user guide, troubleshooting)."""
    refusal = owned_names.refusal(call, wish.names) if wish.method else ""
    stage = Stage.FAILED if refusal else Stage.VALIDATING if wish.method else Stage.ISSUING
    validations = (
        domain_validations.planned(call, wish.names, wish.method, wish.validation_domains)
        if wish.method
        else domain_validations.none_needed(wish.names)
    )
    return CertificateRequest(
        requested_at=call.now,
        stage=stage,
        key_algorithm=wish.key_algorithm,
        validations=validations,
        authority_arn=wish.authority_arn,
        exportable=wish.exportable,
        transparency_logged=wish.transparency_logged,
        days=call.house.authority.certificate_days or (PRIVATE_DAYS if wish.authority_arn else DAYS),
        idempotency_token=token,
        wish=wish.digest(),
        failure_reason=_NOT_ALLOWED if refusal else "",
        explanation=refusal,
    )


def _expected(call: Call, wish: Wish) -> CertificateDetail:
    """What is known before there is a certificate: the issuer, and how it signs, where AWS would choose it (recorded).

    What is issued is asked for its own words later.
    """
    return CertificateDetail(
        domain_name=wish.names[0],
        names=wish.names,
        subject=f"CN={wish.names[0]}",
        issuer="" if wish.authority_arn else call.house.authority.name,
        serial="",
        key_algorithm=wish.key_algorithm,
        signature_algorithm="" if wish.authority_arn else _SIGNATURE,
        key_usages=(),
        extended_key_usages=(),
    )
