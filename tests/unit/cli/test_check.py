"""`sealstone check` on loopback: arguments, exit status, what is printed. Real servers: tests/clients."""

import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from tests.pki import Authority, Issued, Leaf, self_signed
from tests.tls_servers import answering, refusing, serving

from sealstone.cli import main
from sealstone.cli.check import host_name, target
from sealstone.probe import handshake
from sealstone.probe import trust as trust_store
from sealstone.server.clock import system_clock

NOW = system_clock()
ROOT = Authority("Root", valid_at=NOW)
INTERMEDIATE = ROOT.authority("Intermediate")
UNTIL = f"{ROOT.certificate.not_valid_after_utc:%Y-%m-%d}"
LEAF = INTERMEDIATE.leaf("localhost", alternative_names=["localhost", "127.0.0.1"])


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """What was printed, unwrapped."""
        return " ".join(self.out.split())


Check = Callable[..., Said]


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Checks localhost on a port, trusting the root, unless told otherwise."""
    (tmp_path / "root.pem").write_text(ROOT.certificate_pem)
    monkeypatch.chdir(tmp_path)

    def run(port: int, *options: str, host: str = "localhost", trust: str | None = "root.pem") -> Said:
        trusted = ["--ca", trust] if trust else []
        status = int(main(["check", f"{host}:{port}", *trusted, *options]))
        return Said(status, *capsys.readouterr())

    return run


@pytest.mark.parametrize(
    ("server", "host", "port"),
    [
        ("a.example", "a.example", 443),
        ("A.Example.", "a.example", 443),
        ("a.example:8443", "a.example", 8443),
        ("https://a.example", "a.example", 443),
        ("https://a.example:8443/path?query", "a.example", 8443),
        ("127.0.0.1", "127.0.0.1", 443),
        ("127.0.0.1:1", "127.0.0.1", 1),
        ("::1", "::1", 443),
        ("[::1]", "::1", 443),
        ("[2001:DB8::1]:8443", "2001:db8::1", 8443),
        ("bücher.example", "xn--bcher-kva.example", 443),
        ("_service.a.example", "_service.a.example", 443),
    ],
)
def test_servers(server: str, host: str, port: int) -> None:
    assert target(server) == (host, port)


@pytest.mark.parametrize(
    "server",
    [
        "",
        ":443",
        "a.example:",
        "a.example:0",
        "a.example:65536",
        "a.example:99999",
        "a.example:٤٤٣",
        "a b",
        "*.a.example",
    ],
)
def test_what_is_no_server(server: str) -> None:
    with pytest.raises(click.UsageError):
        target(server)
    assert main(["check", server]) == 2


@pytest.mark.parametrize("name", ["a" * 64 + ".example", "a..example", ".", "a\x1b.example", "a/b"])
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(click.UsageError):
        host_name(name)


def test_all_is_well(check: Check) -> None:
    with serving(LEAF, (INTERMEDIATE,)) as port:
        said = check(port)
    assert said.status == 0
    assert said.err == ""
    assert said.out.splitlines() == [
        f"OK  clients take what localhost:{port} serves, 364 days left",
        f"  address       127.0.0.1:{port}",
        "  protocol      TLSv1.3, TLS_AES_256_GCM_SHA384, ALPN h2",
        "  trust         CN=Root,O=Example, by root.pem",
        "",
        "Chain as sent",
        "  0 server      CN=localhost,O=Example",
        "                DNS:localhost, IP:127.0.0.1",
        f"                EC P-256, 364 days left (until {UNTIL})",
        "                issued by CN=Intermediate,O=Example",
        "  1 issuer      CN=Intermediate,O=Example",
        f"                EC P-256, 364 days left (until {UNTIL})",
        "                issued by CN=Root,O=Example",
    ]


def test_by_address(check: Check) -> None:
    with serving(LEAF, (INTERMEDIATE,)) as port:
        assert check(port, host="127.0.0.1").status == 0


def test_what_a_client_refuses(check: Check) -> None:
    with serving(LEAF) as port:
        said = check(port)
    assert said.status == 1
    assert said.err == ""
    assert said.out.startswith(f"REFUSED  clients do not take what localhost:{port} serves\n")
    assert "refused CN=Intermediate,O=Example, which issued the server's certificate" in said.words
    assert "[missing-issuer] cure: let the server send" in said.words
    assert "source: RFC 8446 4.4.2" in said.out
    assert "  trust         nothing that root.pem trusts was met\n" in said.out


def test_what_some_clients_refuse(check: Check) -> None:
    with serving(LEAF, (INTERMEDIATE,)) as port:
        said = check(port, "--days", "400")
    assert said.status == 1
    assert said.out.startswith(f"WARNING  most clients take what localhost:{port} serves, 364 days left\n")
    assert "warning the server's certificate (CN=localhost,O=Example) expires on" in said.words


def test_a_note_is_no_fault(check: Check) -> None:
    with serving(LEAF, (INTERMEDIATE, ROOT)) as port:
        said = check(port)
    assert said.status == 0
    assert "note certificate 2 (CN=Root,O=Example) is a root" in said.words
    assert "issued by itself" in said.out


def test_a_finding_without_a_cure(check: Check, tmp_path: Path) -> None:
    (tmp_path / "intermediate.pem").write_text(INTERMEDIATE.certificate_pem)
    with serving(LEAF, (INTERMEDIATE,)) as port:
        said = check(port, trust="intermediate.pem")
    assert said.status == 0
    assert "old clients may need it [cross-signed] source: RFC 8446 4.4.2" in said.words


def test_another_name_is_asked_for(check: Check) -> None:
    with serving(LEAF, (INTERMEDIATE,)) as port:
        said = check(port, "--sni", "Build.Example.com")
    assert said.status == 1
    assert f"  address       127.0.0.1:{port}, asked for build.example.com\n" in said.out
    assert "and not for build.example.com [name-mismatch]" in said.words


def test_the_expected_certificate(check: Check, tmp_path: Path) -> None:
    (tmp_path / "leaf.pem").write_text(LEAF.certificate_pem)
    with serving(LEAF, (INTERMEDIATE,)) as port:
        said = check(port, "--expect", str(tmp_path / "leaf.pem"))
    assert said.status == 0
    assert "expected the server's certificate is the one of /" in said.words


@pytest.mark.parametrize("renewed", [True, False])
def test_another_certificate_than_the_expected_one(check: Check, tmp_path: Path, renewed: bool) -> None:
    other = INTERMEDIATE.leaf("localhost", key=LEAF.key if renewed else None)
    (tmp_path / "other.pem").write_text(other.certificate_pem)
    with serving(LEAF, (INTERMEDIATE,)) as port:
        said = check(port, "--expect", str(tmp_path / "other.pem"))
        report = json.loads(check(port, "--expect", str(tmp_path / "other.pem"), "--json").out)
    assert said.status == 1
    assert said.words.startswith(f"OTHER localhost:{port} serves another certificate, 364 days left")
    assert "expected not the certificate of /" in said.words
    assert ("both are for the same key" in said.out) is renewed
    assert report["verdict"] == "other"
    assert report["expected"]["equal"] is False


def test_a_server_that_wants_a_client_certificate(check: Check) -> None:
    version = ssl.TLSVersion.TLSv1_2
    with serving(LEAF, (INTERMEDIATE,), minimum=version, maximum=version, clients_from=ROOT) as port:
        said = check(port)
    assert said.status == 0
    assert "          the server broke off after its certificates: it refuses every" in said.out


def test_json(check: Check) -> None:
    with serving(LEAF, (INTERMEDIATE,)) as port:
        said = check(port, "--json")
        failed = json.loads(check(port, "--json", "--sni", "b.example").out)
    report = json.loads(said.out)
    assert said.status == 0
    assert list(report) == [
        "verdict", "host", "port", "name", "address", "protocol", "cipher", "alpn", "unfinished", "days_left",
        "chain", "trust", "expected", "findings",
    ]  # fmt: skip
    assert list(report["chain"][0]) == [
        "position", "place", "subject", "issuer", "names", "serial", "not_before", "not_after", "days_left", "key",
        "signature", "fingerprint", "public_key_fingerprint",
    ]  # fmt: skip
    assert (report["verdict"], report["protocol"], report["unfinished"], report["expected"]) == (
        "ok", "TLSv1.3", None, None,
    )  # fmt: skip
    assert [one["place"] for one in report["chain"]] == ["server", "issuer"]
    assert report["trust"]["anchor"] == "CN=Root,O=Example"
    assert report["findings"] == []
    assert failed["verdict"] == "refused"
    assert [list(finding) for finding in failed["findings"]] == [
        ["rule", "severity", "position", "cause", "source", "cure"]
    ]


def test_an_unreadable_certificate(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = handshake.served

    def served(*given: Any, **options: Any) -> Any:
        found = seen(*given, **options)
        return type(found)(found.address, (b"nonsense",), "", "", "", "")

    monkeypatch.setattr(handshake, "served", served)
    with serving(LEAF) as port:
        said = check(port, "--expect", str(Path(__file__)), "--json")
        assert said.status == 1
        assert "there is no certificate in" in said.err
        report = json.loads(check(port, "--json").out)
        said = check(port)
    assert report["chain"] == [{"position": 0, "place": "unreadable"}]
    assert (report["days_left"], report["trust"]["anchor"]) == (None, None)
    assert "  0 unreadable  cannot be read\n" in said.out
    assert "  protocol      none was agreed on\n" in said.out


def test_colours_are_for_terminals(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with serving(LEAF) as port:
        assert "\x1b[31mREFUSED" in check(port).out
        monkeypatch.setenv("NO_COLOR", "1")
        assert "\x1b[31m" not in check(port).out


def test_many_names_are_cut(check: Check) -> None:
    leaf = ROOT.leaf("localhost", alternative_names=["localhost", *(f"{number}.example" for number in range(20))])
    with serving(leaf) as port:
        said = check(port)
    assert "10.example and 9 more EC" in said.words
    assert said.status == 0


def test_an_expired_certificate(check: Check) -> None:
    leaf = ROOT.leaf("localhost", not_after=NOW - timedelta(days=3))
    with serving(leaf) as port:
        said = check(port)
    assert said.status == 1
    assert "EC P-256, expired 3 days ago" in said.out


def test_faults_on_the_way_are_one_line(check: Check) -> None:
    with answering(b"HTTP/1.0 400 Bad Request\r\n\r\n") as http, refusing() as closed:
        for said, words in ((check(http), "speaks HTTP and not TLS"), (check(closed), "Connection refused")):
            assert (said.status, said.out) == (1, "")
            assert words in said.err
            assert said.err.count("\n") == 1


def test_trust_must_be_something(check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key.pem").write_text(LEAF.private_key_pem)
    assert "there is no certificate in" in check(1, trust="key.pem").err
    monkeypatch.setattr(trust_store, "system_trust", lambda: ())
    assert "no trust store that can be found; name one with --ca FILE" in check(1, trust=None).err


def test_the_systems_trust(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    alone: Leaf | Issued = self_signed("localhost", valid_at=NOW)
    with serving(alone) as port:
        assert check(port, trust=None).status == 1
        monkeypatch.setattr(trust_store, "system_trust", lambda: (alone.certificate_der,))
        said = check(port, trust=None)
    assert said.status == 0
    assert "  trust         CN=localhost,O=Example, by this system\n" in said.out
