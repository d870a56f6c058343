"""A drill: a server whose clock is moved while unmodified clients go on signing by the real time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.pki import self_signed
from tests.server import Credentials, Server

from sealstone.server.clock import system_clock

TEST_CLOCK = ("--test-clock",)


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that was started with --test-clock."""
    with Server(tmp_path_factory.mktemp("drill"), options=TEST_CLOCK) as server:
        yield server


def seen_by(iam: Any, name: str) -> datetime:
    """The server's own time, as it stores it, once it is later than the last move."""
    created: datetime = iam.create_user(UserName=name)["User"]["CreateDate"]
    iam.delete_user(UserName=name)
    return created.astimezone(UTC)


def test_certificates_and_sessions_end_and_clients_notice_nothing(drill: Server) -> None:
    who = drill.credentials()
    leaf = self_signed("drill.example.com", valid_at=system_clock())
    with drill.client("iam", who) as iam, drill.client("sts", who) as sts, drill.client("acm", who) as acm:
        arn = acm.import_certificate(
            Certificate=leaf.certificate_pem.encode(), PrivateKey=leaf.private_key_pem.encode()
        )["CertificateArn"]
        session = sts.get_session_token(DurationSeconds=900)["Credentials"]
        assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED"
        assert "400 d 00:00:00 ahead of the real time" in drill.done("clock", "advance", "400d")
        while seen_by(iam, "later") < system_clock() + timedelta(days=399):
            pass  # within 50 ms
        assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "EXPIRED"
        answer = iam.list_users()["ResponseMetadata"]["HTTPHeaders"]["date"]
        told = datetime.strptime(answer, "%a, %d %b %Y %H:%M:%S %Z").replace(tzinfo=UTC)
        assert abs(system_clock() - told) < timedelta(minutes=1)
    ended = Credentials(who.account_id, session["AccessKeyId"], session["SecretAccessKey"])
    more = ended.environment(drill.endpoint) | {"AWS_SESSION_TOKEN": session["SessionToken"]}
    refused = drill.aws("sts", "get-caller-identity", more=more)
    assert "ExpiredToken" in refused.stderr


def test_a_moved_directory_starts_with_the_flag_alone(tmp_path: Path) -> None:
    server = Server(tmp_path, options=TEST_CLOCK)
    server.start().stop()
    server.done("clock", "advance", "1d")
    server.options = ()
    refused = server.refused_start()
    assert "may lie in the future; start it with --test-clock" in refused
    assert refused.count("\n") == 1
    server.options = TEST_CLOCK
    server.start()
    with server.client("iam", server.credentials()) as iam:
        assert seen_by(iam, "tomorrow") > system_clock() + timedelta(hours=23)
    server.stop()


def test_an_ordinary_directory_refuses_the_flag(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start().stop()
    server.options = TEST_CLOCK
    refused = server.refused_start()
    assert "was started without --test-clock before" in refused
    assert refused.count("\n") == 1
    assert not (server.data / "test-clock").exists()
    assert server.command("clock", "advance", "1d").returncode == 1
