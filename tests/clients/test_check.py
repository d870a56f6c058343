"""`sealstone check` against real servers: OpenSSL's and Python's, with OpenSSL's own client as the second judge."""

import json
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.clients.conftest import Aws
from tests.pki import Authority, Issued, chain_of, issue, rsa_key, self_signed
from tests.server import Credentials, Server
from tests.tls_servers import answering, context, listening, refusing, serving, silent

from sealstone.cli import main
from sealstone.server.clock import system_clock

NOW: Final = system_clock()
HOST: Final = "build.example.com"
ROOT: Final = Authority("Root", valid_at=NOW)
UPPER: Final = ROOT.authority("Upper")
LOWER: Final = UPPER.authority("Lower")
LEAF: Final = LOWER.leaf(HOST)
RSA_LEAF: Final = LOWER.leaf(HOST, key=rsa_key())
STRANGER: Final = Authority("Other Root", valid_at=NOW).leaf("stranger.example.com")
OPENSSL: Final = shutil.which("openssl")

needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="openssl is not on PATH")


@dataclass(frozen=True)
class Case:
    """What a server sends, what is found, and whether OpenSSL's client takes it."""

    name: str
    chain: tuple[Issued, ...]
    verdict: str
    rules: tuple[str, ...] = ()
    openssl_takes_it: bool = True


def authority_without_mark() -> Authority:
    return Authority("Lower", signed_by=UPPER, is_authority=False, valid_at=NOW)


NOT_CA: Final = authority_without_mark()
EXPIRED_LOWER: Final = UPPER.authority("Lower", not_after=NOW - timedelta(days=1))
CONSTRAINED: Final = UPPER.authority("Lower", extensions=[x509.NameConstraints([x509.DNSName("example.org")], None)])
CASES: Final = (
    Case("right", (LEAF, LOWER, UPPER), "ok"),
    Case("right RSA", (RSA_LEAF, LOWER, UPPER), "ok"),
    Case("superfluous root", (LEAF, LOWER, UPPER, ROOT), "ok", ("superfluous-root",)),
    Case("missing intermediate", (LEAF,), "refused", ("missing-issuer",), openssl_takes_it=False),
    Case("gap", (LEAF, UPPER), "refused", ("missing-issuer", "superfluous"), openssl_takes_it=False),
    Case("wrong order", (LEAF, UPPER, LOWER), "warning", ("wrong-order",)),
    Case("unrelated", (LEAF, LOWER, STRANGER, UPPER), "warning", ("superfluous",)),
    Case("twice", (LEAF, LOWER, LOWER, UPPER), "warning", ("duplicate",)),
    Case(
        "expired",
        (LOWER.leaf(HOST, not_after=NOW - timedelta(days=1)), LOWER, UPPER),
        "refused",
        ("expired",),
        openssl_takes_it=False,
    ),
    Case(
        "not yet valid",
        (LOWER.leaf(HOST, not_before=NOW + timedelta(days=1)), LOWER, UPPER),
        "refused",
        ("not-yet-valid",),
        openssl_takes_it=False,
    ),
    Case(
        "expired intermediate",
        (EXPIRED_LOWER.leaf(HOST), EXPIRED_LOWER, UPPER),
        "refused",
        ("expired",),
        openssl_takes_it=False,
    ),
    Case(
        "wrong name", (LOWER.leaf("a.example.com"), LOWER, UPPER), "refused", ("name-mismatch",), openssl_takes_it=False
    ),
    Case("wildcard", (LOWER.leaf("*.example.com"), LOWER, UPPER), "ok"),
    Case(
        "wildcard too high", (LOWER.leaf("*.com"), LOWER, UPPER), "refused", ("name-mismatch",), openssl_takes_it=False
    ),
    Case("self-signed", (self_signed(HOST, valid_at=NOW),), "refused", ("self-signed",), openssl_takes_it=False),
    Case(
        "foreign root",
        (STRANGER, *STRANGER.issuers),
        "refused",
        ("name-mismatch", "untrusted-root"),
        openssl_takes_it=False,
    ),
    Case("no authority", (NOT_CA.leaf(HOST), NOT_CA, UPPER), "refused", ("not-an-authority",), openssl_takes_it=False),
    Case(
        "name constraints",
        (CONSTRAINED.leaf(HOST), CONSTRAINED, UPPER),
        "refused",
        ("name-constraints",),
        openssl_takes_it=False,
    ),
    Case(
        "not for servers",
        (LOWER.leaf(HOST, extensions=[x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])]), LOWER, UPPER),
        "refused",
        ("not-for-servers",),
        openssl_takes_it=False,
    ),
    Case(
        "impostor",
        (LEAF, LOWER.again(), UPPER),
        "refused",
        ("wrong-issuer", "superfluous", "superfluous"),
        openssl_takes_it=False,
    ),
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The file of the trusted root."""
    path = tmp_path / "root.pem"
    path.write_text(ROOT.certificate_pem)
    return path


def report(capsys: pytest.CaptureFixture[str], port: int, root: Path, *options: str) -> tuple[int, Any]:
    """Exit status and --json of a check for HOST."""
    command = ["check", f"127.0.0.1:{port}", "--ca", str(root), "--json"]
    status = int(main([*command, *(options if "--sni" in options else ("--sni", HOST, *options))]))
    captured = capsys.readouterr()
    assert captured.err == ""
    return status, json.loads(captured.out)


def rules(document: Any) -> list[str]:
    return [finding["rule"] for finding in document["findings"]]


@contextmanager
def s_server(folder: Path, *chain: Issued, options: Sequence[str] = ()) -> Iterator[int]:
    """`openssl s_server` with this chain; gives the port that it says it has."""
    (folder / "leaf.pem").write_text(chain[0].certificate_pem + chain[0].private_key_pem)
    (folder / "chain.pem").write_text(chain_of(chain[1:]))
    more = ["-cert_chain", str(folder / "chain.pem")] if chain[1:] else []
    process = subprocess.Popen(
        [str(OPENSSL), "s_server", "-accept", "127.0.0.1:0", "-cert", str(folder / "leaf.pem"), *more, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            accepting = next(line for line in process.stdout if line.startswith("ACCEPT"))
            yield int(accepting.rpartition(":")[2])
        finally:
            process.kill()


def openssl_takes(port: int, root: Path) -> bool:
    """Whether `openssl s_client` verifies what is served, name and purpose included."""
    client = subprocess.run(
        [
            *(str(OPENSSL), "s_client", "-connect", f"127.0.0.1:{port}", "-servername", HOST, "-CAfile", str(root)),
            *("-verify_hostname", HOST, "-verify_return_error", "-no-CApath", "-no-CAstore", "-purpose", "sslserver"),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return "Verify return code: 0 (ok)" in client.stdout


@needs_openssl
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_openssls_server_and_openssls_verdict(
    case: Case, capsys: pytest.CaptureFixture[str], root: Path, tmp_path: Path
) -> None:
    with s_server(tmp_path, *case.chain) as port:
        status, document = report(capsys, port, root)
        assert openssl_takes(port, root) is case.openssl_takes_it
    assert (document["verdict"], tuple(rules(document))) == (case.verdict, case.rules)
    assert status == (0 if case.verdict == "ok" else 1)
    assert [one["fingerprint"] for one in document["chain"]] == [fingerprint(one) for one in case.chain]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_pythons_server(case: Case, capsys: pytest.CaptureFixture[str], root: Path) -> None:
    with serving(case.chain[0], case.chain[1:]) as port:
        status, document = report(capsys, port, root)
    assert (document["verdict"], tuple(rules(document))) == (case.verdict, case.rules)
    assert status == (0 if case.verdict == "ok" else 1)


def fingerprint(one: Issued) -> str:
    return sha256(one.certificate_der).hexdigest()


@needs_openssl
@pytest.mark.parametrize(("option", "protocol"), [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
def test_protocols(option: str, protocol: str, capsys: pytest.CaptureFixture[str], root: Path, tmp_path: Path) -> None:
    with s_server(tmp_path, LEAF, LOWER, UPPER, options=[option]) as port:
        status, document = report(capsys, port, root)
    assert (status, document["protocol"]) == (0, protocol)


@needs_openssl
def test_an_old_protocol_is_named(capsys: pytest.CaptureFixture[str], root: Path, tmp_path: Path) -> None:
    options = ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]
    with s_server(tmp_path, LEAF, LOWER, UPPER, options=options) as port:
        status, document = report(capsys, port, root)
    assert (status, document["verdict"], rules(document)) == (1, "warning", ["old-protocol"])


@needs_openssl
def test_a_weak_key_is_named(capsys: pytest.CaptureFixture[str], root: Path, tmp_path: Path) -> None:
    weak = LOWER.leaf(HOST, key=rsa_key(1024))
    with s_server(tmp_path, weak, LOWER, UPPER, options=["-cipher", "ALL:@SECLEVEL=0"]) as port:
        assert rules(report(capsys, port, root)[1]) == ["weak-key"]


@needs_openssl
@pytest.mark.parametrize(("option", "unfinished"), [("-tls1_2", True), ("-tls1_3", False)])
def test_a_server_that_wants_a_client_certificate(
    option: str, unfinished: bool, capsys: pytest.CaptureFixture[str], root: Path, tmp_path: Path
) -> None:
    options = [option, "-Verify", "1", "-CAfile", str(root)]
    with s_server(tmp_path, LEAF, LOWER, UPPER, options=options) as port:
        status, document = report(capsys, port, root)
    assert status == 0
    assert bool(document["unfinished"]) is unfinished


def test_the_name_chooses_between_two(capsys: pytest.CaptureFixture[str], root: Path) -> None:
    other = LOWER.leaf("other.example.com")
    with serving(LEAF, (LOWER, UPPER), by_name={"other.example.com": context(other, (LOWER, UPPER))}) as port:
        one = report(capsys, port, root)
        two = report(capsys, port, root, "--sni", "other.example.com")
        neither = report(capsys, port, root, "--sni", "third.example.com")
    assert (one[0], one[1]["chain"][0]["names"]) == (0, [f"DNS:{HOST}"])
    assert (two[0], two[1]["chain"][0]["names"]) == (0, ["DNS:other.example.com"])
    assert (neither[0], rules(neither[1])) == (1, ["name-mismatch"])


def test_a_trusted_self_signed_certificate(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    alone = self_signed(HOST, valid_at=NOW)
    (tmp_path / "alone.pem").write_text(alone.certificate_pem)
    with serving(alone) as port:
        assert report(capsys, port, tmp_path / "alone.pem")[0] == 0


def one_line(capsys: pytest.CaptureFixture[str], port: int, *options: str) -> str:
    assert main(["check", f"localhost:{port}", *options]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_what_is_no_tls_server(capsys: pytest.CaptureFixture[str]) -> None:
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert "speaks HTTP and not TLS" in one_line(capsys, port)
    with answering(b"\x00\xff" * 500_000) as port:
        assert "and not TLS" in one_line(capsys, port)
    with listening(lambda _: None) as port:
        assert "it closed the connection before the handshake was over" in one_line(capsys, port)
    with silent() as port:
        assert "did not complete a TLS handshake in 0.1 s" in one_line(capsys, port, "--timeout", "0.1")
    with refusing() as port:
        assert "Connection refused" in one_line(capsys, port)


def test_a_name_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "no-such-host.invalid"]) == 1
    assert "no-such-host.invalid has no address" in capsys.readouterr().err


def test_as_a_program_without_colours_when_piped(root: Path) -> None:
    """The console script itself."""
    script = str(Path(sys.executable).parent / "sealstone")
    with serving(LEAF, (LOWER, UPPER)) as port:
        command = [script, "check", f"127.0.0.1:{port}", "--sni", HOST, "--ca", str(root)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith("OK ")
    assert "\x1b" not in said


def test_the_certificate_that_iam_has(
    capsys: pytest.CaptureFixture[str],
    aws: Aws,
    server: Server,
    administrator: Credentials,
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Uploaded by the aws CLI, served by a TLS server, compared by its ARN."""
    for name, text in (("c", LEAF.certificate_pem), ("k", LEAF.private_key_pem), ("chain", chain_of((LOWER, UPPER)))):
        (tmp_path / name).write_text(text)
    aws(
        *("iam", "upload-server-certificate", "--server-certificate-name", "Checked", "--path", "/web/"),
        *("--certificate-body", f"file://{tmp_path}/c", "--private-key", f"file://{tmp_path}/k"),
        *("--certificate-chain", f"file://{tmp_path}/chain"),
    )
    for name, value in administrator.environment(server.endpoint).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    arn = f"arn:aws:iam::{administrator.account_id}:server-certificate/web/Checked"
    renewed, _ = issue(HOST, signed_by=LOWER, key=LEAF.key, valid_at=NOW)
    with serving(LEAF, (LOWER, UPPER)) as port:
        status, document = report(capsys, port, root, "--expect", arn)
        assert (status, document["expected"]["equal"]) == (0, True)
    with serving(Issued(HOST, renewed, LEAF.key), (LOWER, UPPER)) as port:
        status, document = report(capsys, port, root, "--expect", arn)
        assert (status, document["verdict"], document["expected"]["equal"]) == (1, "other", False)
    assert main(["check", "localhost", "--expect", f"{arn}2"]) == 1
    assert "cannot get server certificate Checked2" in capsys.readouterr().err


def test_versions_are_those_of_this_python() -> None:
    """If this fails, the way to the chain as sent has changed: see sealstone.probe.handshake.chain_of."""
    beneath = ssl.SSLObject
    assert hasattr(beneath, "get_unverified_chain") or hasattr(ssl._ssl._SSLSocket, "get_unverified_chain")  # type: ignore[attr-defined]
