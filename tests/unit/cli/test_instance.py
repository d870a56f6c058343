"""`sealstone instance`: addresses come and go, in the audit log too, and nothing that is in use is forgotten."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sealstone.cli.instance import instance
from sealstone.model import target_group_detail
from sealstone.model.classic_detail import ClassicDetail, HealthCheck, document_of
from sealstone.model.instance import TargetGroup
from sealstone.model.load_balancer import Generation, Kind, LoadBalancer
from sealstone.model.target_group_detail import Target, TargetGroupDetail, TargetHealthCheck
from sealstone.server import operator
from sealstone.server.settings import Settings
from sealstone.server.vault import Vault, open_vault
from sealstone.store import accounts, audit, load_balancers, target_groups

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
Run = Callable[..., Result]


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with open_vault(Settings(data=str(tmp_path / "data")), create=True) as opened:
        yield opened


@pytest.fixture
def run(tmp_path: Path, vault: Vault) -> Run:
    assert vault.first

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(instance, [*arguments, "--data", str(tmp_path / "data")])

    return call


def register(vault: Vault, *instances: str) -> None:
    detail = ClassicDetail("web-1.us-east-1.elb.sealstone.internal", HealthCheck("TCP:80"), instances=instances)
    with vault.store.writing() as tx:
        (owner,) = accounts.every(tx)
        row = LoadBalancer(
            owner.account_id,
            "0a",
            "us-east-1",
            Generation.CLASSIC,
            Kind.CLASSIC,
            "web",
            "127.0.0.1",
            NOW,
            document_of(detail),
        )
        load_balancers.add(tx, row)


def test_an_instance_comes_moves_and_goes(vault: Vault, run: Run) -> None:
    assert run("add", "i-web1", "10.0.0.5").output == "i-web1 is at 10.0.0.5\n"
    assert run("add", "i-web1", "2001:DB8::1").output == "i-web1 is at 2001:db8::1\n"
    assert run("list").output.split() == ["i-web1", "2001:db8::1"]
    assert json.loads(run("list", "--json").output) == {"i-web1": "2001:db8::1"}
    register(vault, "i-other")
    assert run("remove", "i-web1").output == "i-web1 is forgotten\n"
    assert run("list").output == ""
    with vault.store.reading() as tx:
        rows = [row.operation for row in audit.tail(tx, 10) if row.service == "sealstone"]
    assert rows[-3:] == ["AddInstance", "AddInstance", "RemoveInstance"]


def test_a_registered_one_stays(vault: Vault, run: Run) -> None:
    run("add", "i-web1", "10.0.0.5")
    register(vault, "i-web1")
    refused = run("remove", "i-web1")
    assert refused.exit_code == 1
    assert "i-web1 is registered with the load balancer web in us-east-1; deregister it there first" in refused.output


def test_a_target_stays(vault: Vault, run: Run) -> None:
    run("add", "i-web1", "10.0.0.5")
    check = TargetHealthCheck("HTTP", 30, 5, 5, 2)
    detail = TargetGroupDetail("HTTP", 80, check, "instance", targets=(Target("i-web1", 80),))
    with vault.store.writing() as tx:
        (owner,) = accounts.every(tx)
        row = TargetGroup(owner.account_id, "0b", "us-east-1", "pool", NOW, target_group_detail.document_of(detail))
        target_groups.add(tx, row)
    refused = run("remove", "i-web1")
    assert refused.exit_code == 1
    assert "i-web1 is registered with the target group pool in us-east-1; deregister it there first" in refused.output


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("add", "web1", "10.0.0.5"), 2, "'web1' is no instance id"),
        (("add", "i-web1", "web.example.com"), 2, "'web.example.com' is no IP address"),
        (("add", "i-web1", "10.0.0.5", "--account", "1"), 1, "there is no account 1"),
        (("remove", "i-gone"), 1, "there is no instance i-gone"),
    ],
)
def test_what_cannot_be_meant_is_refused(run: Run, arguments: tuple[str, ...], status: int, words: str) -> None:
    refused = run(*arguments)
    assert (refused.exit_code, words in refused.output) == (status, True), refused.output


def test_with_several_accounts_one_is_named(vault: Vault, run: Run) -> None:
    with vault.store.writing() as tx:
        (first,) = accounts.every(tx)
        operator.create_account(tx, vault.keyring, vault.audit_key, NOW, lambda length: b"x" * length)
    refused = run("add", "i-web1", "10.0.0.5")
    assert refused.exit_code == 2
    assert "there are several accounts; name one with --account" in refused.output
    assert run("add", "i-web1", "10.0.0.5", "--account", first.account_id).exit_code == 0
    assert run("list", "--account", first.account_id).output.split() == ["i-web1", "10.0.0.5"]
