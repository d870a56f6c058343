"""The record of a certificate of ACM: its ARN, what its key is bound to, when it expires, and its detail as stored."""

import json
from dataclasses import replace
from datetime import timedelta

from tests.pki import NOW

from sealstone.model import certificate_quota
from sealstone.model.certificate import Certificate, CertificateStatus, CertificateType, Content, certificate_arn
from sealstone.model.certificate_detail import CertificateDetail
from sealstone.model.certificate_request import (
    CertificateRequest,
    DomainValidation,
    Renewal,
    RenewalStatus,
    Stage,
    ValidationMethod,
    renewal_begins,
)

DETAIL = CertificateDetail(
    domain_name="a.example",
    names=("a.example", "127.0.0.1"),
    subject="CN=a.example",
    issuer="Example",
    serial="03:e9",
    key_algorithm="EC_prime256v1",
    signature_algorithm="SHA256WITHECDSA",
    key_usages=("DIGITAL_SIGNATURE",),
    extended_key_usages=(("TLS_WEB_SERVER_AUTHENTICATION", "1.3.6.1.5.5.7.3.1"),),
)
CONTENT = Content("body", None, "00", NOW, NOW + timedelta(days=1))
ONE = Certificate(
    account_id="123456789012",
    region="eu-central-1",
    unique_id="x-1",
    kind=CertificateType.IMPORTED,
    version=1,
    content=CONTENT,
    created_at=NOW,
    imported_at=NOW,
    detail=DETAIL,
)


def test_names_and_what_a_key_is_bound_to() -> None:
    assert ONE.arn == certificate_arn("eu-central-1", "123456789012", "x-1")
    assert ONE.arn == "arn:aws:acm:eu-central-1:123456789012:certificate/x-1"
    assert ONE.name == "a.example"
    others = (
        replace(ONE, version=2),
        replace(ONE, region="x"),
        replace(ONE, unique_id="y"),
        replace(ONE, account_id="1"),
    )
    assert len({one.bound_to for one in (ONE, *others)}) == 5


def test_the_last_second_belongs_to_the_period() -> None:
    assert ONE.status(CONTENT.not_after.replace(microsecond=999_999)) is CertificateStatus.ISSUED
    assert ONE.status(CONTENT.not_after + timedelta(seconds=1)) is CertificateStatus.EXPIRED


def test_tags_are_those_and_no_others() -> None:
    assert ONE.tagged({"a": "1"}).tagged({"b": "2"}).tags == {"b": "2"}


def test_a_detail_comes_back_from_json() -> None:
    assert CertificateDetail.of(json.loads(json.dumps(DETAIL.document()))) == DETAIL
    assert DETAIL.shown_key_algorithm == "EC-prime256v1"


def test_quotas_that_can_be_raised() -> None:
    assert certificate_quota.ALL == {
        "ImportedCertificatesPerRegion": certificate_quota.IMPORTED,
        "ImportsPerYear": certificate_quota.IMPORTS,
        "RequestedCertificatesPerRegion": certificate_quota.REQUESTED,
        "RequestsPerYear": certificate_quota.REQUESTS,
        "PrivateCertificatesPerRegion": certificate_quota.PRIVATE,
        "DomainNamesPerCertificate": certificate_quota.DOMAINS,
    }


def test_a_request_says_what_there_is_without_a_certificate() -> None:
    request = CertificateRequest(NOW, Stage.VALIDATING, "RSA_2048", (DomainValidation("a.example", "a.example", None),))
    pending = replace(ONE, content=None, request=request)
    stages = {
        Stage.VALIDATING: CertificateStatus.PENDING_VALIDATION,
        Stage.ISSUING: CertificateStatus.PENDING_VALIDATION,
        Stage.FAILED: CertificateStatus.FAILED,
        Stage.TIMED_OUT: CertificateStatus.VALIDATION_TIMED_OUT,
        Stage.REVOKED: CertificateStatus.REVOKED,
    }
    assert {stage: pending.requested(request.changed(stage=stage)).status(NOW) for stage in stages} == stages
    issued = pending.requested(request.changed(stage=Stage.ISSUED)).renewed(CONTENT, DETAIL)
    assert (issued.version, issued.status(NOW)) == (2, CertificateStatus.ISSUED)
    assert issued.status(NOW + timedelta(days=2)) is CertificateStatus.EXPIRED


def test_a_request_comes_back_as_it_was_stored() -> None:
    validation = DomainValidation(
        "a.example", "example", ValidationMethod.EMAIL, emails=("admin@example",), sent_at=NOW
    )
    request = CertificateRequest(
        NOW,
        Stage.ISSUED,
        "RSA_2048",
        (validation,),
        renewal=Renewal(RenewalStatus.PENDING_VALIDATION, NOW, "", (validation,)),
        order_state={"a": "b"},
        issued_at=NOW,
    )
    assert CertificateRequest.of(json.loads(json.dumps(request.document()))) == request
    assert not request.is_validated


def test_when_renewal_begins() -> None:
    assert renewal_begins(NOW, NOW + timedelta(days=395)) == NOW + timedelta(days=335)
    assert renewal_begins(NOW, NOW + timedelta(days=198)) == NOW + timedelta(days=138)
    assert renewal_begins(NOW, NOW + timedelta(days=48)) == NOW + timedelta(days=32)
    assert renewal_begins(NOW, NOW + timedelta(days=6)) == NOW + timedelta(days=4)
