"""ACM with boto3 and the `aws` CLI: import, describe, list, re-import under load, delete, and every bad import."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.backend import free_port
from tests.bad_imports import CODE, Import, bad_imports
from tests.faults.handshakes import Handshakes
from tests.listening import Site, stopped_after, wait_for
from tests.pki import Authority, rsa_key, self_signed
from tests.server import Credentials, Server

from sealstone.server.clock import system_clock

AT = system_clock()
BY_MODEL = "1 validation error detected"


@pytest.fixture(scope="module")
def owner(server: Server) -> Credentials:
    return server.account()


@pytest.fixture(scope="module")
def acm(server: Server, owner: Credentials) -> Iterator[Any]:
    with server.client("acm", owner) as client:
        yield client


def test_boto3_from_import_to_deletion(acm: Any) -> None:
    root = Authority("Boto Root", valid_at=AT)
    leaf = root.leaf("boto.example.com", key=rsa_key())
    texts = {"Certificate": leaf.certificate_pem.encode(), "PrivateKey": leaf.private_key_pem.encode()}
    arn = acm.import_certificate(
        **texts, CertificateChain=root.certificate_pem.encode(), Tags=[{"Key": "team", "Value": "web"}]
    )["CertificateArn"]
    told = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert (told["Status"], told["Type"], told["DomainName"]) == ("ISSUED", "IMPORTED", "boto.example.com")
    assert told["NotAfter"] == leaf.certificate.not_valid_after_utc
    assert acm.get_certificate(CertificateArn=arn)["CertificateChain"] == root.certificate_pem.strip()
    pages = acm.get_paginator("list_certificates").paginate(PaginationConfig={"PageSize": 1})
    assert arn in [one["CertificateArn"] for page in pages for one in page["CertificateSummaryList"]]
    assert acm.list_tags_for_certificate(CertificateArn=arn)["Tags"] == [{"Key": "team", "Value": "web"}]
    with pytest.raises(acm.exceptions.ClientError, match="Tagging is not permitted on re-import"):
        acm.import_certificate(**texts, CertificateArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    acm.delete_certificate(CertificateArn=arn)
    with pytest.raises(acm.exceptions.ResourceNotFoundException, match="Could not find certificate"):
        acm.describe_certificate(CertificateArn=arn)


def test_the_command_line_from_import_to_deletion(server: Server, owner: Credentials, tmp_path: Path) -> None:
    def aws(*arguments: str, fails: bool = False) -> Any:
        result = server.aws("acm", *arguments, who=owner, cwd=tmp_path)
        assert (result.returncode != 0) is fails, result.stdout + result.stderr
        return result.stderr if fails else json.loads(result.stdout or "null")

    root = Authority("Command Root", valid_at=AT)
    for number, name in enumerate(("first", "second")):
        leaf = root.leaf(f"{name}.example.com", key=rsa_key(2048, number))
        (tmp_path / f"{name}.pem").write_text(leaf.certificate_pem)
        (tmp_path / f"{name}.key").write_text(leaf.private_key_pem)
    (tmp_path / "chain.pem").write_text(root.certificate_pem)

    def files(name: str) -> tuple[str, ...]:
        chain = ("--certificate-chain", "fileb://chain.pem")
        return ("--certificate", f"fileb://{name}.pem", "--private-key", f"fileb://{name}.key", *chain)

    arn = aws("import-certificate", *files("first"))["CertificateArn"]
    named = ("--certificate-arn", arn)
    assert aws("describe-certificate", *named)["Certificate"]["DomainName"] == "first.example.com"
    assert aws("import-certificate", *files("second"), *named)["CertificateArn"] == arn
    assert aws("get-certificate", *named)["Certificate"] == (tmp_path / "second.pem").read_text().strip()
    found = aws("list-certificates", "--includes", "keyTypes=RSA_2048")["CertificateSummaryList"]
    assert arn in [one["CertificateArn"] for one in found]
    aws("add-tags-to-certificate", *named, "--tags", "Key=a,Value=1")
    assert aws("list-tags-for-certificate", *named)["Tags"] == [{"Key": "a", "Value": "1"}]
    mixed = ("--certificate", "fileb://first.pem", "--private-key", "fileb://second.key")
    assert CODE in aws("import-certificate", *mixed, fails=True)
    aws("delete-certificate", *named)
    assert "ResourceNotFoundException" in aws("describe-certificate", *named, fails=True)


def test_every_bad_import_is_refused_over_the_wire(acm: Any) -> None:
    """One client for all of them; what botocore itself refuses to send is in tests/protocol."""
    wrong: list[tuple[Import, str]] = []
    rows = [row for row in bad_imports(AT) if not row.sentence.startswith(BY_MODEL)]
    for row in rows:
        try:
            acm.import_certificate(**row.parameters)
            wrong.append((row, "taken"))
        except ClientError as refusal:
            told = refusal.response["Error"]
            if told["Code"] != CODE or not told["Message"].startswith(row.sentence):
                wrong.append((row, told["Message"]))
    assert wrong == []
    assert len(rows) >= 60


@pytest.fixture
def balancing(tmp_path: Path) -> Iterator[Server]:
    """A server with a data plane of its own."""
    with Server(tmp_path / "server") as running, stopped_after(running):
        yield running


def test_a_re_import_reaches_every_listener_without_a_failed_handshake(balancing: Server) -> None:
    site = Site(balancing)
    leaves = [self_signed("swap.example.com", key=rsa_key(2048, number), valid_at=AT) for number in (1, 2, 3)]
    ports = [free_port() for _ in range(2)]
    with balancing.client("acm", site.who) as acm:

        def sent(number: int) -> dict[str, bytes]:
            leaf = leaves[number]
            return {"Certificate": leaf.certificate_pem.encode(), "PrivateKey": leaf.private_key_pem.encode()}

        arn = acm.import_certificate(**sent(0))["CertificateArn"]
        for port in ports:
            site.balance(port, arn)
            wait_for(port, leaves[0])
        assert len(acm.describe_certificate(CertificateArn=arn)["Certificate"]["InUseBy"]) == 2
        with Handshakes(ports[0]) as load:
            for number in (1, 2, 0):
                acm.import_certificate(**sent(number), CertificateArn=arn)
                for port in ports:
                    wait_for(port, leaves[number])
        assert load.failed == []
        assert load.done > 0
        assert load.served == {leaf.certificate_der for leaf in leaves}
        assert site.deployed() == {}
        with pytest.raises(acm.exceptions.ResourceInUseException):
            acm.delete_certificate(CertificateArn=arn)
        for port in ports:
            site.remove(port)
        acm.delete_certificate(CertificateArn=arn)
    site.close()
