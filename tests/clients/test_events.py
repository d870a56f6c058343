"""A server process warns of what ends: in its log, to a receiver, and in `sealstone events tail` beside it."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.pki import Authority
from tests.receiving import Receiver, receiving
from tests.server import Server, child_environment

SEALSTONE = Path(sys.executable).parent / "sealstone"


def upload(server: Server, name: str, days: int) -> None:
    """A server certificate that ends in so many days."""
    now = datetime.now(UTC)  # noqa: TID251 - the process under test reads the same clock
    leaf = Authority("Example Root", valid_at=now).leaf(f"{name}.example.com", not_after=now + timedelta(days=days))
    with server.client("iam", server.credentials()) as iam:
        iam.upload_server_certificate(
            ServerCertificateName=name,
            CertificateBody=leaf.certificate_pem,
            PrivateKey=leaf.private_key_pem,
        )


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def server(tmp_path: Path, receiver: Receiver) -> Iterator[Server]:
    """Started anew with a certificate in it that ends: it looks at its start, and then once an hour."""
    with Server(tmp_path, settings={"webhook_urls": receiver.url}) as made:
        upload(made, "soon", 10)
        upload(made, "later", 100)
        made.stop()
        yield made.start()


def test_a_warning_reaches_everybody(server: Server, receiver: Receiver) -> None:
    receiver.wait_for(1)
    first = receiver.received[0]
    assert first.is_signed_with(server.private("webhook-secret").read_bytes().strip())
    assert first.event["detail"] == {"DaysToExpiry": 9, "CommonName": "soon.example.com"}

    (line,) = server.done("events", "tail", "--json").splitlines()
    assert json.loads(line) == first.event
    assert "CommonName=soon.example.com" in server.done("events", "tail", "--since", "1h")
    log = [json.loads(line) for line in server.log_text().splitlines()]
    (warning,) = [one for one in log if "Approaching" in one["message"]]
    assert (warning["logger"], warning["level"]) == ("sealstone.events", "warning")
    assert re.search(r"server-certificate/soon \(soon\.example\.com\) ends in 9 days$", warning["message"])
    assert "hook" not in server.log_text()


@pytest.mark.parametrize("end", ["interrupted", "closed"])
def test_following_ends_cleanly(server: Server, receiver: Receiver, end: str) -> None:
    receiver.wait_for(1)
    command = [str(SEALSTONE), "events", "tail", "--follow", "--json", "--data", str(server.data)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=child_environment(),
        # A shell's background job ignores Ctrl-C, and so do all that it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    ) as process:
        assert process.stdout
        assert process.stderr
        assert json.loads(process.stdout.readline()) == receiver.received[0].event
        if end == "interrupted":
            os.kill(process.pid, signal.SIGINT)
        else:
            process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == b""
