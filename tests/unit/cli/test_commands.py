"""The `sealstone` command on a store of its own: what it prints, writes and refuses."""

import configparser
import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sealstone.cli import main
from sealstone.model.secret import Secret
from sealstone.server import logs
from sealstone.server.settings import read
from sealstone.server.vault import open_vault
from sealstone.store import audit
from sealstone.store.engine import Store


@pytest.fixture
def data(tmp_path: Path) -> str:
    """A data directory after its first start."""
    folder = str(tmp_path / "data")
    with open_vault(read({"data": folder}, {}), create=True):
        pass
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(list(arguments))
    captured = capsys.readouterr()
    return int(status), captured.out, captured.err


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from sealstone.cli import main; main(['--help']); main(['env', '--help']);"
        "print([name for name in ('botocore', 'sqlalchemy', 'uvicorn', 'rich') if name in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert printed.splitlines()[-1] == "[]"
    assert "Run the server in the foreground." in printed


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "nothing")
    assert (status, "No such command" in err) == (2, True)
    assert run(capsys, "--version")[0] == 0


def test_an_interrupted_command_ends_as_the_shell_expects(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sealstone.cli.opening.read", lambda _given: interrupted())
    assert main(["env"]) == 130


def test_exports_are_for_the_shell(capsys: pytest.CaptureFixture[str], data: str) -> None:
    status, out, _ = run(capsys, "env", "--data", data)
    assert status == 0
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:7420" in out
    assert "export AWS_REGION=us-east-1" in out
    (Path(data) / "endpoint").write_text("http://127.0.0.1:1\n")
    root = run(capsys, "env", "--data", data, "--root")[1]
    assert "http://127.0.0.1:1" in root
    assert next(line for line in out.splitlines() if "KEY_ID" in line) not in root


def test_a_ca_bundle_is_exported_when_there_is_one(
    capsys: pytest.CaptureFixture[str], data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEALSTONE_CA_BUNDLE_FILE", "/etc/ca.pem")
    assert "export AWS_CA_BUNDLE=/etc/ca.pem" in run(capsys, "env", "--data", data)[1]


def test_a_profile_is_written_beside_what_is_there(
    capsys: pytest.CaptureFixture[str], data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, keys = tmp_path / "aws" / "config", tmp_path / "aws" / "credentials"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(keys))
    assert run(capsys, "env", "--data", data, "--profile", "default")[0] == 0
    config.write_text(
        "# mine\n[default]\nregion = eu-west-1\n\n[profile seal]\nregion = x\noutput = json\n[profile z]\n"
    )
    assert "Try: aws --profile seal" in run(capsys, "env", "--data", data, "--profile", "seal")[1]
    text = config.read_text()
    assert text.startswith("# mine\n[default]\nregion = eu-west-1\n")
    parsed = configparser.ConfigParser()
    parsed.read_string(text)
    assert dict(parsed["profile seal"]) == {
        "region": "us-east-1",
        "endpoint_url": "http://127.0.0.1:7420",
        "output": "json",
    }
    assert "profile z" in parsed
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert keys.read_text().count("[seal]") == 1


def test_without_a_first_start_there_is_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for command in (("env",), ("account", "list"), ("account", "create"), ("audit", "verify")):
        status, out, err = run(capsys, *command, "--data", str(tmp_path / "none"))
        assert (status, out) == (1, "")
        assert "sealstone up" in err
        assert err.count("\n") == 1
    assert not (tmp_path / "none").exists()


def test_accounts_are_made_and_listed(capsys: pytest.CaptureFixture[str], data: str) -> None:
    shown = json.loads(run(capsys, "account", "create", "--json", "--data", data)[1])
    assert list(shown) == ["AccountId", "AccessKeyId", "SecretAccessKey"]
    plain = run(capsys, "account", "create", "--data", data)[1]
    assert [line.split()[0] for line in plain.splitlines()] == ["AccountId", "AccessKeyId", "SecretAccessKey"]
    listed = run(capsys, "account", "list", "--data", data)[1]
    assert len(listed.splitlines()) == 3
    assert shown["AccountId"] in listed


def test_quotas_are_raised_within_reason(capsys: pytest.CaptureFixture[str], data: str) -> None:
    account = run(capsys, "account", "list", "--data", data)[1].split()[0]
    name = "ServerCertificatesPerAccount"
    assert run(capsys, "account", "quota", "set", account, name, "200", "--data", data)[0] == 0
    assert "200" in run(capsys, "account", "quota", "show", account, "--data", data)[1]
    for arguments, status in (
        ((account, "Nothing", "1"), 2),
        ((account, name, "99999999999"), 2),
        ((account, name, "-1"), 2),
        (("000000000000", name, "1"), 1),
    ):
        assert run(capsys, "account", "quota", "set", "--data", data, "--", *arguments)[0] == status
    assert run(capsys, "account", "quota", "show", "000000000000", "--data", data)[0] == 1


def test_the_audit_log_is_shown_and_proven(capsys: pytest.CaptureFixture[str], data: str) -> None:
    account = run(capsys, "account", "list", "--data", data)[1].split()[0]
    assert "CreateAccount" in run(capsys, "audit", "tail", "--data", data)[1]
    assert run(capsys, "audit", "tail", "--account", "000000000000", "--data", data)[1] == "The audit log is empty.\n"
    record = json.loads(run(capsys, "audit", "tail", "--json", "-n", "1", "--data", data)[1])
    assert (record["account_id"], record["operation"]) == (account, "CreateAccount")
    assert "whole" in run(capsys, "audit", "verify", "--data", data)[1]
    store = Store.open(Path(data) / "sealstone.db")
    with store.writing() as tx:
        audit.append(tx, audit.tail(tx, 1), Secret(b"another key"))
    store.close()
    status, out, err = run(capsys, "audit", "verify", "--data", data)
    assert status == 1
    assert "broken at record" in out
    assert "was changed" in err


def test_a_server_that_cannot_start_says_so_in_one_line(
    capsys: pytest.CaptureFixture[str], data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "configure", lambda _settings: None)
    monkeypatch.setattr("resource.setrlimit", lambda *_arguments: None)
    status, _, err = run(capsys, "up", "--data", data, "--listen", "192.0.2.1:1")
    assert status == 1
    assert "without TLS is refused" in err
    assert run(capsys, "up", "--data", data, "--listen", "nowhere")[0] == 1
