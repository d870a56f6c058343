"""The record of a certificate of ACM: its ARN, what its key is bound to, when it expires, and its detail as stored."""

import json
from dataclasses import replace
from datetime import timedelta

from tests.pki import NOW

from sealstone.model import certificate_quota
from sealstone.model.certificate import Certificate, CertificateStatus, CertificateType, certificate_arn
from sealstone.model.certificate_detail import CertificateDetail

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
ONE = Certificate(
    account_id="123456789012",
    region="eu-central-1",
    unique_id="x-1",
    kind=CertificateType.IMPORTED,
    version=1,
    certificate_body="body",
    certificate_chain=None,
    fingerprint="00",
    not_before=NOW,
    not_after=NOW + timedelta(days=1),
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
    assert ONE.status(ONE.not_after.replace(microsecond=999_999)) is CertificateStatus.ISSUED
    assert ONE.status(ONE.not_after + timedelta(seconds=1)) is CertificateStatus.EXPIRED


def test_tags_are_those_and_no_others() -> None:
    assert ONE.tagged({"a": "1"}).tagged({"b": "2"}).tags == {"b": "2"}


def test_a_detail_comes_back_from_json() -> None:
    assert CertificateDetail.of(json.loads(json.dumps(DETAIL.document()))) == DETAIL
    assert DETAIL.shown_key_algorithm == "EC-prime256v1"


def test_quotas_that_can_be_raised() -> None:
    assert certificate_quota.ALL == {
        "ImportedCertificatesPerRegion": certificate_quota.IMPORTED,
        "ImportsPerYear": certificate_quota.IMPORTS,
    }
