"""The end of the demo: the certificate is on a listener, and https:// works."""

import json
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Protocol

from tests.backend import backend, free_port
from tests.server import Credentials, Server

HOST: Final = "www.example.com"
_WITHIN: Final = 15.0


class Stage(Protocol):
    """What the demo gives: a server, who calls, and how a command is shown and judged."""

    server: Server
    who: Credentials
    wrong: list[str]

    def say(self, text: str) -> None:
        """A line between the commands."""

    def run(self, line: str, expected: Callable[[Any], bool], *, status: int = 0) -> Any:
        """Show and run one aws command."""


def serve(stage: Stage, directory: str, then: Callable[[int], None]) -> None:
    """Upload, make a load balancer with an HTTPS listener, ask it as a browser would, try to delete what it uses.

    `then` goes on with the listener's port, while the instance is still there.
    """
    arn = f"arn:aws:iam::{stage.who.account_id}:server-certificate/site"
    with backend() as instance_port:
        port = free_port()
        stage.say("Put a certificate on a listener, and it serves (HAProxy is the data plane)")
        stage.run(
            "aws iam upload-server-certificate --server-certificate-name site --certificate-body "
            "file://Certificate.pem --certificate-chain file://CertificateChain.pem "
            "--private-key file://PrivateKey.pem "
            "--query ServerCertificateMetadata.Arn --output text",
            lambda got: got == arn,
        )
        own(stage, "sealstone instance add i-web1 127.0.0.1", lambda got: "i-web1" in got)
        listener = f"Protocol=HTTPS,LoadBalancerPort={port},InstanceProtocol=HTTP,InstancePort={instance_port}"
        stage.run(
            "aws elb create-load-balancer --load-balancer-name site --availability-zones us-east-1a "
            f"--listeners {listener},SSLCertificateId={arn}",
            lambda got: got["DNSName"].startswith("site-"),
        )
        stage.run(
            "aws elb register-instances-with-load-balancer --load-balancer-name site --instances i-web1 --output text",
            lambda got: "i-web1" in got,
        )
        _wait(stage)
        own(stage, "sealstone listeners", lambda got: " serving " in got)
        stage.say("The instance gets plain HTTP; the client sees exactly that certificate")
        curl(stage, f"curl -sS --cacert Root.pem --resolve {HOST}:{port}:127.0.0.1 https://{HOST}:{port}/", directory)
        stage.say("What a listener uses cannot be deleted")
        stage.run(
            "aws iam delete-server-certificate --server-certificate-name site",
            lambda got: "(DeleteConflict)" in got,
            status=255,
        )
        then(port)


def own(stage: Stage, line: str, expected: Callable[[str], bool]) -> None:
    """Show and run one sealstone command."""
    print(f"\n$ {line}", flush=True)
    done = stage.server.command(*shlex.split(line)[1:])
    print((done.stdout + done.stderr).strip(), flush=True)
    if done.returncode or not expected(done.stdout):
        stage.wrong.append(line)


def curl(stage: Stage, line: str, directory: str) -> None:
    """Show and run curl, which must verify the certificate; what the instance got comes back as JSON."""
    if not shutil.which("curl"):
        print("\n(curl is not installed: this step is left out)", flush=True)
        return
    print(f"\n$ {line}", flush=True)
    done = subprocess.run(line.split(), cwd=directory, capture_output=True, text=True, check=False, timeout=30)
    print((done.stdout + done.stderr).strip(), flush=True)
    with suppress(ValueError, KeyError):
        if json.loads(done.stdout)["headers"]["x-forwarded-proto"] == ["https"]:
            return
    stage.wrong.append(line)


def _wait(stage: Stage) -> None:
    """Until the listener is proven: some milliseconds, and a first start of HAProxy."""
    deadline = time.monotonic() + _WITHIN
    while time.monotonic() < deadline:
        if " serving " in stage.server.command("listeners").stdout:
            return
        time.sleep(0.1)
