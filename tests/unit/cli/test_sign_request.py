"""`sealstone sign-request`: the line it prints is what a shell must be given, and proves itself to the door."""

import os
import subprocess
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from tests.house_fixture import SOURCE
from tests.pki import NOW, Leaf, ec_key, rsa_key, self_signed

from sealstone.cli import main
from sealstone.endpoint import x509_signature
from sealstone.endpoint.claim import read_claim
from sealstone.endpoint.request import Request
from sealstone.x509.request_signatures import Verifier

Captured = pytest.CaptureFixture[str]
BOB = self_signed("bob", key=ec_key())
URL = "http://127.0.0.1:7420"
BODY = "Action=GetUser&Version=2010-05-08"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with Bob's two files."""
    monkeypatch.chdir(tmp_path)
    written(BOB)
    return tmp_path


def written(leaf: Leaf) -> None:
    Path("Certificate.pem").write_text(leaf.certificate_pem)
    Path("PrivateKey.pem").write_text(leaf.private_key_pem)


def run(capsys: Captured, *arguments: str, status: int = 0) -> str:
    """What it prints; on standard error when it fails."""
    with patch("botocore.auth.get_current_datetime", return_value=NOW):
        found = main(["sign-request", *arguments])
    captured = capsys.readouterr()
    assert found == status, captured.err
    return captured.err if status else captured.out


def received(line: str) -> Request:
    """The request that curl sends: its options as the shell hands them over."""
    script = os.fsencode(f'curl() {{ printf "%s\\0" "$@"; }}\n{line}')
    printed = subprocess.run([b"sh", b"-c", script], capture_output=True, check=True).stdout
    words = os.fsdecode(printed).split("\0")[:-1]
    assert words[:4] == ["--silent", "--show-error", "--globoff", "--path-as-is"]
    values: dict[str, list[str]] = {}
    rest = iter(words[4:])
    for word in rest:
        if word.startswith("--"):
            values.setdefault(word, []).append(next(rest))
        else:
            values["url"] = [word]
    parts = urlsplit(values["url"][0])
    headers = [tuple(text.split(": ", 1)) for text in values["--header"]]
    pairs = (("host", parts.netloc), *((name.lower(), value) for name, value in headers))
    body = os.fsencode(values.get("--data-raw", [""])[0])
    return Request(values["--request"][0], parts.path or "/", parts.query, pairs, body, SOURCE)


def proven(line: str, leaf: Leaf = BOB) -> Request:
    request = received(line)
    claim = read_claim(request)
    assert x509_signature.certificate(request) == leaf.certificate_der
    x509_signature.verify(request, claim, Verifier(leaf.certificate_der))
    return request


@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        ("POST", URL, BODY),
        ("post", f"{URL}/", BODY),
        ("GET", f"{URL}/?{BODY}", ""),
        ("GET", f"{URL}/?Action=GetUser&UserName=a%2Fb", ""),
        ("GET", "https://[::1]:7420/a/../b/?x=%5B1%5D", ""),
        ("POST", "https://iam.example.com/", "@/etc/passwd"),
        ("POST", URL, "a 'quoted' \"text\" $HOME `id` \\ \n ä"),
        ("POST", URL, "\udcff not UTF-8"),
    ],
)
def test_the_line_proves_itself(capfdbinary: pytest.CaptureFixture[bytes], method: str, url: str, body: str) -> None:
    with patch("botocore.auth.get_current_datetime", return_value=NOW):
        assert main(["sign-request", method, url, *([body] if body else [])]) == 0
    line = capfdbinary.readouterr().out.decode("utf-8", "surrogateescape")
    request = proven(line)
    assert request.method == method.upper()
    assert request.body == body.encode("utf-8", "surrogateescape")
    assert ("--data-raw" in line) == bool(body)


def test_service_region_and_files(capsys: Captured) -> None:
    other = self_signed("eve", key=rsa_key(2048))
    Path("c.pem").write_text(other.certificate_pem)
    Path("k.pem").write_text(other.private_key_pem)
    scope = ("--service", "sts", "--region", "eu-west-1")
    line = run(capsys, "--certificate", "c.pem", "--private-key", "k.pem", *scope, "POST", URL, BODY)
    authorization = proven(line, other).header("authorization")
    assert f"Credential={other.certificate.serial_number}/20261121/eu-west-1/sts/aws4_request" in authorization
    assert authorization.startswith("AWS4-X509-RSA-SHA256 ")


def test_no_key_is_printed(capsys: Captured) -> None:
    """All there is beside the certificate and what a signature says of itself."""
    request = proven(run(capsys, "POST", URL, BODY))
    names = {name for name, _ in request.headers}
    assert names == {"host", "content-type", "x-amz-date", "x-amz-x509", "authorization"}
    assert isinstance(BOB.key, EllipticCurvePrivateKey)
    secret = BOB.key.private_numbers().private_value.to_bytes(32, "big").hex()
    assert secret not in str(request.headers)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("PO ST", URL), "METHOD"),
        (("", URL), "METHOD"),
        (("GET", "ftp://127.0.0.1/"), "URL is http"),
        (("GET", "127.0.0.1:7420"), "URL is http"),
        (("GET", "http:///path"), "URL is http"),
        (("GET", "http://[::1/"), "URL is http"),
        (("GET", "http://host:port/"), "URL is http"),
        (("GET", "http://host:0/"), "URL is http"),
        (("GET", "http://host/a b"), "percent-encoded"),
        (("GET", "http://host/ä"), "percent-encoded"),
        (("GET", "http://user:pass@host/"), "neither"),
        (("GET", "http://host/#part"), "neither"),
        (("GET",), "Missing argument 'URL'"),
    ],
)
def test_wrong_usage(capsys: Captured, arguments: tuple[str, ...], words: str) -> None:
    assert words in run(capsys, *arguments, status=2)


def test_files_that_will_not_do(capsys: Captured) -> None:
    assert "cannot read nowhere.pem: No such file" in run(capsys, "--certificate", "nowhere.pem", "GET", URL, status=1)
    Path("PrivateKey.pem").write_text(BOB.encrypted_private_key_pem())
    assert "encrypted" in run(capsys, "GET", URL, status=1)
    Path("PrivateKey.pem").write_bytes(BOB.private_key_der)
    assert run(capsys, "GET", URL, status=1).startswith("Error: ")
    written(BOB)
    Path("PrivateKey.pem").write_text(self_signed("bob", key=ec_key()).private_key_pem)
    assert run(capsys, "GET", URL, status=1).count("\n") == 1
