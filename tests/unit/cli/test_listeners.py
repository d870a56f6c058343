"""`sealstone listeners`: what was seen, how long ago, and what is worth nothing because nobody looks any more."""

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.pki import NOW

from sealstone.cli.listeners import listeners
from sealstone.model.listener import CertificateUse, Listener, ListenerState, ListenerStatus
from sealstone.model.load_balancer import Generation, Kind, LoadBalancer
from sealstone.server import vault as vault_module
from sealstone.server.serving import LOCK
from sealstone.server.settings import Settings
from sealstone.server.vault import Vault, open_vault
from sealstone.store import accounts, certificate_uses, configuration, listener_states, load_balancers
from sealstone.store import listeners as stored

Run = Callable[..., Result]


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with open_vault(Settings(data=str(tmp_path / "data")), create=True) as opened:
        yield opened


@pytest.fixture
def run(tmp_path: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> Run:
    assert vault.first
    monkeypatch.setattr(vault_module, "clock_of", lambda _settings: lambda: NOW)

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(listeners, [*arguments, "--data", str(tmp_path / "data")])

    return call


@pytest.fixture
def deployed(tmp_path: Path, vault: Vault) -> Iterator[None]:
    assert vault.first
    with deploying(tmp_path):
        yield


@contextmanager
def deploying(tmp_path: Path) -> Iterator[None]:
    """As long as a server deploys for the data directory."""
    with (tmp_path / "data" / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def generation(vault: Vault) -> int:
    return configured(vault)


def configured(vault: Vault, *certificates: str) -> int:
    """The generation of a configuration with one listener on port 443."""
    with vault.store.writing() as tx:
        (owner,) = accounts.every(tx)
        kinds = Generation.CLASSIC, Kind.CLASSIC
        load_balancers.add(tx, LoadBalancer(owner.account_id, "a1", "us-east-1", *kinds, "web", "127.0.0.1", NOW, {}))
        stored.add(tx, Listener(owner.account_id, "b1", "a1", 443, "HTTPS"))
        for name in certificates:
            certificate_uses.add(tx, CertificateUse(owner.account_id, "b1", name, is_default=name == "x1"))
    with vault.store.reading() as tx:
        return configuration.generation(tx)


def see(vault: Vault, generation: int, seconds: float, reason: str = "") -> None:
    """A look so many seconds ago."""
    status = ListenerStatus.FAILED if reason else ListenerStatus.SERVING
    seen = ListenerState("b1", generation, status, reason, "00", NOW - timedelta(seconds=seconds))
    with vault.store.writing() as tx:
        listener_states.put(tx, seen)


@pytest.mark.usefixtures("deployed")
def test_nothing_is_there(run: Run) -> None:
    assert run().output == "There is no listener.\n"
    assert json.loads(run("--json").output) == []


@pytest.mark.parametrize(
    ("seconds", "age"), [(-60, "  0s"), (0, "  0s"), (59, " 59s"), (60, "  1m"), (119, "  1m"), (120, "  2m")]
)
@pytest.mark.usefixtures("deployed")
def test_what_serves_is_told_with_its_age(run: Run, vault: Vault, generation: int, seconds: int, age: str) -> None:
    see(vault, generation, seconds)
    told = run()
    assert told.output == f"web                  HTTPS 127.0.0.1:443         serving {generation:<4} {age}\n"
    assert told.exit_code == 0
    (line,) = json.loads(run("--json").output)
    assert (line["state"], line["seconds_since"], line["reason"]) == ("serving", seconds, "")


@pytest.mark.usefixtures("deployed")
def test_certificates_are_named(run: Run, vault: Vault) -> None:
    """By their ids when they are gone."""
    generation = configured(vault, "x1", "x2", "x3")
    see(vault, generation, 5)
    assert run().output.endswith(f" serving {generation:<4}   5s x1 and 2 more\n")


@pytest.mark.usefixtures("deployed")
def test_what_fails_is_told_with_its_reason(run: Run, vault: Vault, generation: int) -> None:
    see(vault, generation, 1, reason="the port is taken")
    told = run()
    assert told.output.splitlines()[1] == "    the port is taken"
    assert told.exit_code == 1


@pytest.mark.usefixtures("deployed")
def test_what_is_not_seen_yet_is_pending(run: Run, vault: Vault, generation: int) -> None:
    assert run().output == "web                  HTTPS 127.0.0.1:443         pending\n"
    see(vault, generation - 1, 1)
    told = run()
    assert " pending " in told.output
    assert told.exit_code == 0


@pytest.mark.parametrize("seconds", [121, -121, 86_400])
@pytest.mark.usefixtures("deployed")
def test_what_nobody_has_looked_at_lately_is_stale(run: Run, vault: Vault, generation: int, seconds: int) -> None:
    """In whatever direction the clock was set."""
    see(vault, generation, seconds)
    told = run()
    assert " stale " in told.output
    assert "the server has not looked at it for 2 minutes; it was last seen serving" in told.output
    assert told.exit_code == 1


def test_without_a_server_everything_is_stale(run: Run, vault: Vault, generation: int, tmp_path: Path) -> None:
    told = run()
    assert "    no server runs on this data directory; nobody has seen it yet" in told.output
    assert told.exit_code == 1
    see(vault, generation, 1, reason="the port is taken")
    assert "directory; it was last seen failed: the port is taken" in run().output
    with deploying(tmp_path):
        see(vault, generation, 1)
        assert run().exit_code == 0
    told = run()
    assert " stale " in told.output
    assert told.exit_code == 1
    assert json.loads(run("--json").output)[0]["state"] == "stale"


def test_nothing_is_stopped_twice(run: Run) -> None:
    assert run("stop").output == "Nothing is served any more.\n"
