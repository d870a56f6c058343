"""A name server that never answers: it holds up neither what needs no look outside, nor the end of the server."""

import json
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.server import STOPPED_WITHIN, Server

_WITHIN = 30.0


@pytest.fixture
def silence() -> Iterator[int]:
    """The port of one that takes questions and says nothing."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as made:
        made.bind(("127.0.0.1", 0))
        yield made.getsockname()[1]


def test_a_silent_zone_holds_up_nobody(tmp_path: Path, silence: int) -> None:
    with Server(tmp_path, settings={"dns_servers": f"127.0.0.1:{silence}"}) as server:
        authority = json.loads(server.done("ca", "show", "--json"))["Arns"][0]
        with server.client("acm", server.credentials()) as acm:
            for number in range(12):
                names = [f"x{at}.n{number}.example.com" for at in range(8)]
                acm.request_certificate(
                    DomainName=f"n{number}.example.com", SubjectAlternativeNames=names, ValidationMethod="DNS"
                )
            asked = acm.request_certificate(DomainName="p.example.com", CertificateAuthorityArn=authority)
            private = asked["CertificateArn"]
            deadline = time.monotonic() + _WITHIN
            while acm.describe_certificate(CertificateArn=private)["Certificate"]["Status"] != "ISSUED":
                assert time.monotonic() < deadline, "what is not validated waits for those that are"
                time.sleep(0.1)
        status, seconds = server.ended_by(signal.SIGTERM)
    assert status == 0
    assert seconds <= STOPPED_WITHIN
