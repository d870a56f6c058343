"""What is measured of certificates: all of every store, whatever the number of pages, and totals that only grow."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.store.conftest import ACCOUNT, NOW, certificate, signing

from sealstone.model.certificate import Certificate, CertificateType, Content
from sealstone.model.certificate_detail import CertificateDetail
from sealstone.model.certificate_request import CertificateRequest, Renewal, RenewalStatus, Stage
from sealstone.model.identity import User
from sealstone.model.secret import Sealed
from sealstone.store import (
    certificate_metrics,
    certificate_requests,
    certificates,
    server_certificates,
    signing_certificates,
    users,
)
from sealstone.store.certificate_metrics import CertificateSample, RequestSample
from sealstone.store.engine import Store, Tx

REGION = "eu-west-1"
DETAIL = CertificateDetail("a.example", ("a.example",), "CN=a.example", "Example", "01", "RSA_2048", "", (), ())
ISSUED = Certificate(
    account_id=ACCOUNT,
    region=REGION,
    unique_id="one",
    kind=CertificateType.IMPORTED,
    version=1,
    content=Content("body", None, "00", NOW, NOW + timedelta(30)),
    created_at=NOW,
    detail=DETAIL,
    imported_at=NOW,
)
REQUEST = CertificateRequest(NOW, Stage.VALIDATING, "RSA_2048", ())


def request(tx: Tx, number: int, asked: CertificateRequest) -> None:
    one = replace(ISSUED, unique_id=f"r-{number}", kind=CertificateType.AMAZON_ISSUED, content=None, request=asked)
    certificates.add(tx, one)
    certificate_requests.add(tx, one, asked, due_at=None)


def test_every_store_tells_its_certificates(store: Store) -> None:
    with store.writing() as tx:
        users.add(tx, User(ACCOUNT, "AIDA1", "bob", "/eng/", NOW))
        server_certificates.add(tx, certificate(1, name="Site", path="/web/"), Sealed(b"sealed"))
        certificates.add(tx, ISSUED, Sealed(b"sealed"))
        signing_certificates.add(tx, signing(1))
        signing_certificates.add(tx, signing(2, user_id=None))
        request(tx, 1, REQUEST)
    with store.reading() as tx:
        found = tuple(certificate_metrics.samples(tx))
    server = f"arn:aws:iam::{ACCOUNT}:server-certificate/web/Site"
    acm = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/one"
    user, root = f"arn:aws:iam::{ACCOUNT}:user/eng/bob", f"arn:aws:iam::{ACCOUNT}:root"
    assert found == (
        CertificateSample("iam", ACCOUNT, "global", "Site", server, NOW),
        CertificateSample("acm", ACCOUNT, REGION, "a.example", acm, NOW + timedelta(30)),
        CertificateSample("signing", ACCOUNT, "global", f"{1:032d}", user, NOW),
        CertificateSample("signing", ACCOUNT, "global", f"{2:032d}", root, NOW),
    )


def test_pages_leave_nobody_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of 1000, and one that ends where the rows do."""
    monkeypatch.setattr(certificate_metrics, "_PAGE", 2)
    for name in ("_SERVER_PAGE", "_SIGNING_PAGE", "_ACM_PAGE", "_REQUEST_PAGE"):
        monkeypatch.setattr(certificate_metrics, name, getattr(certificate_metrics, name).limit(2))
    with store.writing() as tx:
        for number in range(1, 5):
            server_certificates.add(tx, certificate(number), Sealed(b"sealed"))
            certificates.add(tx, replace(ISSUED, unique_id=f"i-{number}"), Sealed(b"sealed"))
            request(tx, number, REQUEST)
        for number in range(1, 4):
            signing_certificates.add(tx, signing(number, user_id=None))
    with store.reading() as tx:
        found = [one.service for one in certificate_metrics.samples(tx)]
        assert found == ["iam"] * 4 + ["acm"] * 4 + ["signing"] * 3
        assert len(tuple(certificate_metrics.requests(tx))) == 4


def test_requests_tell_stage_last_renewal_and_tries(store: Store) -> None:
    failed = REQUEST.changed(stage=Stage.ISSUED, renewal=Renewal(RenewalStatus.FAILED, NOW, "CAA_ERROR"), tries=3)
    with store.writing() as tx:
        request(tx, 1, REQUEST)
        request(tx, 2, failed)
    with store.reading() as tx:
        found = tuple(certificate_metrics.requests(tx))
    assert found == (RequestSample("VALIDATING", "", 0), RequestSample("ISSUED", "FAILED", 3))


def test_totals_of_renewals_grow(store: Store) -> None:
    with store.writing() as tx:
        assert certificate_metrics.renewals(tx) == {}
        for outcome in ("success", "failure", "success"):
            certificate_metrics.count_renewal(tx, outcome)
    with store.reading() as tx:
        assert certificate_metrics.renewals(tx) == {"success": 2, "failure": 1}
