"""`sealstone explain`: exit status for scripts, words for people, JSON for programs."""

import json
import os
from datetime import timedelta
from pathlib import Path

import click
import pytest
from tests.pki import PASSWORD, Authority, self_signed

from sealstone.cli import main
from sealstone.server.clock import system_clock

NOW = system_clock().replace(microsecond=0)
ROOT = Authority("Example Root", valid_at=NOW)
LOWER = ROOT.authority("Example Lower")
LEAF = LOWER.leaf("build.example.com")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["explain", *arguments])
    captured = capsys.readouterr()
    return int(status), captured.out, captured.err


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A good upload, and what is wrong with others."""
    monkeypatch.chdir(tmp_path)
    for name, text in (
        ("cert.pem", LEAF.certificate_pem),
        ("key.pem", LEAF.private_key_pem),
        ("chain.pem", LEAF.chain_without_root_pem),
        ("locked.pem", LEAF.encrypted_private_key_pem()),
        ("full.pem", LEAF.certificate_pem + LEAF.chain_pem),
    ):
        (tmp_path / name).write_text(text)
    (tmp_path / "cert.der").write_bytes(LEAF.certificate_der)
    return tmp_path


@pytest.mark.usefixtures("files")
def test_accepted_is_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "chain.pem", "key.pem", "cert.pem")
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "IAM (upload-server-certificate): accepted",
        "  certificate cert.pem",
        "  private key key.pem",
        "  chain       chain.pem",
    ]


@pytest.mark.usefixtures("files")
def test_refused_is_status_1_with_cause_cure_and_source(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "locked.pem", "cert.der")
    assert status == 1
    assert out.startswith("IAM (upload-server-certificate): refused\n")
    assert "refused   the certificate is binary DER" in out
    assert "[key-encrypted]" in out
    assert "          cure: " in out
    assert "          source: IAM User Guide" in out
    assert "`sealstone convert` makes" not in out, "the key is still locked"
    assert max(len(line) for line in out.splitlines()) <= 80


@pytest.mark.usefixtures("files")
def test_what_conversion_mends_is_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert "`sealstone convert` makes files of these" in run(capsys, "full.pem", "key.pem")[1]
    monkeypatch.setenv("THE_PASSWORD", PASSWORD)
    status, out, _ = run(capsys, "locked.pem", "cert.der", "chain.pem", "--password-env", "THE_PASSWORD")
    assert (status, "`sealstone convert` makes files of these" in out) == (1, True)
    assert PASSWORD not in out


def test_targets_differ(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    alone = self_signed("alone.example.com", valid_at=NOW)
    file = tmp_path / "both.pem"
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    certificate.write_text(alone.certificate_pem)
    key.write_text(alone.private_key_pem)
    file.write_text(alone.certificate_pem + alone.private_key_pem)
    for target, status in (("iam", 0), ("acm", 0), ("elb", 0), ("cloudfront", 1)):
        assert run(capsys, str(certificate), str(key), "--for", target)[0] == status
        out = run(capsys, str(file), "--for", target)[1]
        assert ("sealstone convert" in out) is (status == 0)
    assert run(capsys, str(file), "--for", "nowhere")[0] == 2


@pytest.mark.usefixtures("files")
def test_json_is_stable(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "full.pem", "key.pem", "cert.der", "chain.pem", "--json")
    shown = json.loads(out)
    assert status == 1
    assert list(shown) == ["target", "accepted", "convertible", "files", "unused", "findings"]
    assert shown["files"] == {
        "certificate": ["cert.der"],
        "private_key": ["key.pem"],
        "certificate_chain": ["chain.pem"],
    }
    assert (shown["accepted"], shown["convertible"], shown["unused"]) == (False, True, ["full.pem"])
    assert list(shown["findings"][0]) == ["rule", "severity", "part", "cause", "cure", "source"]
    assert shown["findings"][0]["rule"] == "pem"
    assert json.loads(run(capsys, "cert.pem", "--json")[1])["files"]["private_key"] == []


def test_warnings_do_not_change_the_status(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    soon = self_signed("soon.example.com", valid_at=NOW, not_after=NOW + timedelta(days=3), alternative_names=())
    (tmp_path / "c").write_text(soon.certificate_pem)
    (tmp_path / "k").write_text(soon.private_key_pem)
    status, out, _ = run(capsys, str(tmp_path / "c"), str(tmp_path / "k"))
    assert status == 0
    assert "warning   the certificate expires in" in out
    assert "[names-missing]" in out
    assert "note      the certificate is self-signed" in out


@pytest.mark.usefixtures("files")
def test_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys)[0] == 2
    os.mkfifo("pipe")
    for name in ("-", "pipe"):
        status, _, err = run(capsys, name)
        assert (status, f"{name} has no place in an upload" in err) == (2, True)
    status, out, err = run(capsys, "nothing.pem")
    assert (status, out) == (1, "")
    assert "nothing.pem" in err
    assert err.count("\n") == 1
    assert run(capsys, "nul\x00")[0] == 1


def test_a_file_that_is_gone_in_between_is_one_line(
    capsys: pytest.CaptureFixture[str], files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = files / "cert.pem"
    monkeypatch.setattr("sealstone.cli.explain.material_of", lambda *_arguments: ())
    path.unlink()
    status, _, err = run(capsys, "cert.pem")
    assert (status, "cannot read cert.pem: No such file" in err) == (1, True)


@pytest.mark.usefixtures("files")
def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(click, "echo", lambda _text, color=None: asked.append(color))
    monkeypatch.delenv("NO_COLOR", raising=False)
    main(["explain", "cert.pem"])
    monkeypatch.setenv("NO_COLOR", "1")
    main(["explain", "cert.pem"])
    assert asked == [None, False]


@pytest.mark.usefixtures("files")
def test_the_same_name_twice_is_one_file(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "cert.pem", "key.pem", "cert.pem", "chain.pem", "key.pem")
    assert (status, out.count("cert.pem")) == (0, 1)
