"""`sealstone events tail`: what was, what comes, for one account or all, until nobody reads it any more."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.unit.store.conftest import ACCOUNT, NOW
from tests.unit.store.test_events import OTHER

from sealstone.cli import events as module
from sealstone.cli.events import events
from sealstone.model.event import APPROACHING, EXPIRED, Event
from sealstone.server import moved_clock
from sealstone.server import vault as vault_module
from sealstone.server.clock import system_clock
from sealstone.server.settings import Settings
from sealstone.server.vault import Vault, open_vault
from sealstone.store import events as stored

Run = Callable[..., Result]
ARN = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/one"


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with open_vault(Settings(data=str(tmp_path / "data")), create=True) as opened:
        yield opened


@pytest.fixture
def run(tmp_path: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> Run:
    assert vault.first
    monkeypatch.setattr(vault_module, "clock_of", lambda _settings: lambda: NOW)

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(events, ["tail", *arguments, "--data", str(tmp_path / "data")])

    return call


def happen(vault: Vault, *names: str, account_id: str = ACCOUNT, at: datetime = NOW, kind: str = APPROACHING) -> None:
    with vault.store.writing() as tx:
        for name in names:
            detail = {"DaysToExpiry": 31, "CommonName": name}
            stored.add(tx, Event(f"id of {name}", at, account_id, "us-east-1", kind, (ARN,), detail))


def names(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return [json.loads(line)["detail"]["CommonName"] for line in result.output.splitlines()]


def test_two_lines_for_a_person(run: Run, vault: Vault) -> None:
    happen(vault, "a.example")
    happen(vault, "b\x1b[2J", kind=EXPIRED)
    assert run().output.splitlines() == [
        "2026-11-21 12:00:00  ACM Certificate Approaching Expiration  CommonName=a.example  DaysToExpiry=31",
        f"    {ACCOUNT}  acm:us-east-1:{ACCOUNT}:certificate/one",
        "2026-11-21 12:00:00  ACM Certificate Expired  CommonName=b\\1B[2J  DaysToExpiry=31",
        f"    {ACCOUNT}  acm:us-east-1:{ACCOUNT}:certificate/one",
    ]


def test_words_for_people_are_whole_on_their_own_line(run: Run, vault: Vault) -> None:
    words = f"{'The mail server does not answer. ' * 20}\x1b[2JCheck the settings that begin with smtp_."
    with vault.store.writing() as tx:
        detail = {"Role": "root", "Explanation": words, "CommonName": "CN"}
        stored.add(tx, Event("id", NOW, ACCOUNT, "us-east-1", EXPIRED, (ARN,), detail))
    assert run().output.splitlines() == [
        "2026-11-21 12:00:00  ACM Certificate Expired  CommonName=CN  Role=root",
        f"    {ACCOUNT}  acm:us-east-1:{ACCOUNT}:certificate/one",
        f"    {words}".replace("\x1b", "\\1B"),
    ]


def test_nothing_is_said_to_be_nothing(run: Run) -> None:
    assert run().output == "There is no event.\n"
    assert run("--since", "2h").output == "There is no event.\n"
    assert run("--json").output == ""


def test_json_is_the_envelope(run: Run, vault: Vault) -> None:
    happen(vault, "a.example")
    document = json.loads(run("--json").output)
    assert document["detail-type"] == APPROACHING
    assert document["resources"] == [ARN]


def test_the_last_ones_of_one_account_or_all(run: Run, vault: Vault) -> None:
    happen(vault, *(f"n{number}" for number in range(30)))
    happen(vault, "other", account_id=OTHER)
    assert names(run("--json")) == [*(f"n{number}" for number in range(11, 30)), "other"]
    assert names(run("--json", "-n", "1")) == ["other"]
    assert names(run("--json", "-n", "2", "--account", ACCOUNT)) == ["n28", "n29"]
    assert names(run("--json", "-n", "0")) == []


@pytest.mark.parametrize(
    ("since", "count"),
    [
        ("30m", 1),
        ("60m", 1),
        ("2h", 2),
        ("7200s", 2),
        ("3d", 3),
        ("2026-11-21T10:30:00Z", 2),
        ("2026-11-21T12:00:00+02:00", 2),
        ("2026-11-21", 2),
        ("2026-11-21 11:30", 1),
    ],
)
def test_all_from_a_time_on(run: Run, vault: Vault, since: str, count: int) -> None:
    for hours in (48, 1.5, 0):
        happen(vault, f"{hours}", at=NOW - timedelta(hours=hours))
    assert names(run("--json", "--since", since)) == ["48", "1.5", "0"][-count:]


def test_ago_is_by_the_clock_of_the_store(vault: Vault, tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path / "data"))
    moved_clock.started(settings, test_clock=True)
    moved_clock.advance(settings, timedelta(days=10))
    now = system_clock().replace(microsecond=0)
    happen(vault, "real", at=now)
    happen(vault, "moved", at=now + timedelta(days=10, hours=-1))
    found = CliRunner().invoke(events, ["tail", "--json", "--since", "2h", "--data", settings.data])
    assert names(found) == ["moved"]


def test_many_from_a_time_on(run: Run, vault: Vault) -> None:
    happen(vault, *(f"n{number}" for number in range(1200)))
    assert len(names(run("--json", "--since", "1h"))) == 1200


@pytest.mark.parametrize("since", ["yesterday", "2x", "", "2026-13-01", "999999d", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time_is_refused(run: Run, since: str) -> None:
    result = run("--since", since)
    assert result.exit_code == 2
    assert "is no time" in result.output


def test_lines_and_since_exclude_each_other(run: Run) -> None:
    assert run("--since", "2h", "-n", "3").exit_code == 2


def test_what_comes_is_followed(run: Run, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    happen(vault, "before")
    coming = iter([["one"], [], ["two", "three"]])

    def watched() -> bool:
        more = next(coming, None)
        happen(vault, *(more or ()))
        happen(vault, "of another", account_id=OTHER)
        return more is not None

    monkeypatch.setattr(module, "_is_watched", watched)
    assert names(run("--json", "--follow", "--account", ACCOUNT)) == ["before", "one", "two", "three"]


@pytest.mark.parametrize("end", [KeyboardInterrupt, BrokenPipeError])
def test_it_ends_quietly(
    run: Run, vault: Vault, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, end: type[BaseException]
) -> None:
    def watched() -> bool:
        raise end

    monkeypatch.setattr(module, "_is_watched", watched)
    moved = []
    monkeypatch.setattr(module, "_abandon_output", lambda: moved.append(1))
    happen(vault, "one")
    assert names(run("--json", "-f")) == ["one"]
    assert len(moved) == (end is BrokenPipeError)


def test_a_pipe_that_nobody_reads_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN", 0.0)
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as output:
        monkeypatch.setattr(sys, "stdout", output)
        assert module._is_watched()
        os.close(reader)
        assert not module._is_watched()
        output.write("x")
        module._abandon_output()
        output.flush()
