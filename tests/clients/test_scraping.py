"""The metrics of a real server, scraped as Prometheus does it."""

import http.client
import stat
import urllib.error
import urllib.request
from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.pki import self_signed
from tests.server import Credentials, Server

from sealstone.server.clock import system_clock


def scraped(server: Server) -> Mapping[tuple[str, ...], float]:
    """(name, label values in the order of the labels' names) -> value."""
    token = server.private("metrics-token").read_text().strip()
    request = urllib.request.Request(f"{server.endpoint}/metrics", headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - ours
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - ours
        text = answer.read().decode()
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_certificates_and_requests_are_told(server: Server, administrator: Credentials) -> None:
    leaf = self_signed("scraped.example.com", valid_at=system_clock())
    before = scraped(server).get(("sealstone_requests_total", "ok", "UploadServerCertificate", "iam"), 0)
    with server.client("iam", administrator) as iam:
        iam.upload_server_certificate(
            ServerCertificateName="scraped",
            CertificateBody=leaf.certificate_pem,
            PrivateKey=leaf.private_key_pem,
        )
        with pytest.raises(iam.exceptions.NoSuchEntityException):
            iam.get_server_certificate(ServerCertificateName="not-there")
    found = scraped(server)
    assert found["sealstone_requests_total", "ok", "UploadServerCertificate", "iam"] == before + 1
    assert found["sealstone_requests_total", "NoSuchEntity", "GetServerCertificate", "iam"] >= 1
    assert found["sealstone_request_duration_seconds_count", "UploadServerCertificate", "iam"] >= 1
    account = administrator.account_id
    arn = f"arn:aws:iam::{account}:server-certificate/scraped"
    assert 364 < found["sealstone_certificate_expiry_days", account, arn, "scraped", "global", "iam"] <= 365
    assert found["sealstone_store_readable",] == 1


def test_the_token_is_private_and_nothing_else_opens(server: Server) -> None:
    path = server.private("metrics-token")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for authorization in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "AWS4-HMAC-SHA256 Credential=x"}):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(f"{server.endpoint}/metrics", headers=authorization))  # noqa: S310 - ours
        assert refused.value.code == 401
        assert b"sealstone_" not in refused.value.read()
        refused.value.close()


def test_pages_and_reads_share_a_connection(server: Server) -> None:
    """The quick way of reads must not take a page for one of them."""
    connection = http.client.HTTPConnection(urlsplit(server.endpoint).netloc, timeout=30)
    found = []
    for method, path in (
        ("GET", "/approve/x"),
        ("HEAD", "/metrics"),
        ("POST", "/metrics"),
        ("GET", "/"),
        ("GET", "/metrics"),
    ):
        connection.request(method, path)
        with connection.getresponse() as answer:
            found.append((answer.status, bool(answer.read())))
    connection.close()
    assert found == [(404, True), (401, False), (401, True), (403, True), (401, True)]
