"""The load balancing document from its first step to where it leads: the certificate answers on the listener.

openssl makes key, request and certificate as the document says; the aws CLI uploads it and puts it on a listener;
curl and openssl see exactly that certificate and chain, and the instance gets plain HTTP.
"""

import hashlib
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from tests.backend import backend, free_port
from tests.server import Credentials, Server

pytestmark = pytest.mark.skipif(
    not shutil.which("openssl") or not shutil.which("curl"), reason="openssl and curl are not both installed"
)
NAME: Final = "www.example.com"
_KEYS: Final = {
    "RSA 2048": "openssl genrsa -out my-private-key.pem 2048",
    "prime256v1": "openssl ecparam -name prime256v1 -out my-private-key.pem -genkey",
}
_REQUEST: Final = (
    "openssl req -sha256 -new -key my-private-key.pem -out csr.pem "
    f"-subj /C=US/ST=Washington/L=Seattle/O=Example/CN={NAME} -addext subjectAltName=DNS:{NAME}"
)
_SIGNED: Final = {
    "self-signed": (
        (
            "openssl x509 -req -days 365 -in csr.pem -signkey my-private-key.pem -out my-certificate.pem "
            "-copy_extensions copy"
        ),
        "cp my-certificate.pem root.pem",
    ),
    "signed by an authority": (
        (
            "openssl req -x509 -newkey rsa:2048 -nodes -keyout root-key.pem -out root.pem -days 3650 -subj /CN=Root "
            "-addext basicConstraints=critical,CA:TRUE"
        ),
        (
            "openssl req -newkey rsa:2048 -nodes -keyout ca-key.pem -out ca.csr -subj /CN=Intermediate "
            "-addext basicConstraints=critical,CA:TRUE"
        ),
        (
            "openssl x509 -req -days 1000 -in ca.csr -CA root.pem -CAkey root-key.pem -CAcreateserial "
            "-copy_extensions copy -out my-certificate-chain.pem"
        ),
        (
            "openssl x509 -req -days 365 -in csr.pem -CA my-certificate-chain.pem -CAkey ca-key.pem -CAcreateserial "
            "-copy_extensions copy -out my-certificate.pem"
        ),
    ),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, whose listeners end with it."""
    with Server(tmp_path_factory.mktemp("listening")) as server:
        try:
            yield server
            server.stop()
        finally:
            server.done("listeners", "stop")


def typed(line: str, cwd: Path) -> str:
    """A line of the document, which must succeed."""
    done = subprocess.run(line.split(), cwd=cwd, input="", capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, f"{line}: {done.stderr}"
    return done.stdout


def serving(server: Server, name: str) -> dict[str, Any]:
    """The line of the load balancer's one listener, as soon as it is not pending any more."""
    for _ in range(200):
        shown = json.loads(server.command("listeners", "--json").stdout)
        (line,) = [line for line in shown if line["load_balancer"] == name]
        if line["state"] != "pending":
            return dict(line)
        time.sleep(0.05)
    raise AssertionError(f"still pending: {name}")


def digests(pem: str) -> list[str]:
    """SHA-256 of each certificate in a text."""
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", pem, re.DOTALL)
    return [hashlib.sha256(block.encode()).hexdigest() for block in blocks]


@pytest.mark.parametrize("signed", list(_SIGNED))
@pytest.mark.parametrize("key", list(_KEYS))
def test_the_steps_of_the_document(place: Server, tmp_path: Path, key: str, signed: str) -> None:
    who = place.account()
    for line in (_KEYS[key], _REQUEST, *_SIGNED[signed]):
        typed(line, tmp_path)
    if key == "prime256v1":
        typed("openssl ec -in my-private-key.pem -out bare.pem", tmp_path)
        typed("mv bare.pem my-private-key.pem", tmp_path)
    port = free_port()
    with backend() as instance_port:
        aws = _aws(place, who, tmp_path)
        arn = _uploaded(aws, tmp_path)
        place.done("instance", "add", "i-0abc1234", "127.0.0.1", "--account", who.account_id)
        listener = (
            f"Protocol=HTTPS,LoadBalancerPort={port},InstanceProtocol=HTTP,InstancePort={instance_port},"
            f"SSLCertificateId={arn}"
        )
        name = f"lb-{port}"
        create = f"elb create-load-balancer --load-balancer-name {name} --listeners {listener}"
        aws(f"{create} --availability-zones us-east-1a")
        aws(f"elb register-instances-with-load-balancer --load-balancer-name {name} --instances i-0abc1234")
        shown = serving(place, name)
        assert shown["state"] == "serving", shown
        _seen_by_clients(tmp_path, port)
        refused = aws("iam delete-server-certificate --server-certificate-name my-server-certificate", fails=254)
        assert f"is currently in use by arn:aws:elasticloadbalancing:us-east-1:{who.account_id}" in refused
        aws(f"elb delete-load-balancer --load-balancer-name {name}")
        aws("iam delete-server-certificate --server-certificate-name my-server-certificate")


def _aws(server: Server, who: Credentials, directory: Path) -> Callable[..., str]:
    def run(line: str, fails: int = 0) -> str:
        done = server.aws(*line.split(), who=who, cwd=directory)
        assert done.returncode in (0, 254, 255), done.stderr
        assert bool(done.returncode) is bool(fails), f"aws {line}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    return run


def _uploaded(aws: Callable[..., str], directory: Path) -> str:
    chain = "--certificate-chain file://my-certificate-chain.pem"
    line = (
        "iam upload-server-certificate --server-certificate-name my-server-certificate --certificate-body "
        "file://my-certificate.pem --private-key file://my-private-key.pem "
    ) + (chain if (directory / "my-certificate-chain.pem").exists() else "")
    arn: str = json.loads(aws(line))["ServerCertificateMetadata"]["Arn"]
    return arn


def _seen_by_clients(directory: Path, port: int) -> None:
    """Curl verifies and reads what the instance got; openssl shows the certificates byte for byte."""
    curl = f"curl -sS --cacert root.pem --resolve {NAME}:{port}:127.0.0.1 https://{NAME}:{port}/some/path?a=b"
    got = json.loads(typed(curl, directory))
    assert got["path"] == "/some/path?a=b"
    assert got["headers"]["x-forwarded-proto"] == ["https"]
    assert got["headers"]["x-forwarded-port"] == [str(port)]
    assert got["headers"]["x-forwarded-for"] == ["127.0.0.1"]
    shown = typed(f"openssl s_client -connect 127.0.0.1:{port} -servername {NAME} -showcerts", directory)
    chain = directory / "my-certificate-chain.pem"
    sent = (directory / "my-certificate.pem").read_text() + (chain.read_text() if chain.exists() else "")
    assert digests(shown) == digests(sent)
