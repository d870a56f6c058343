"""Opening what lies on disk: made once, whole; refused without a change; whatever moment it was cut off at."""

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from sealstone.model.audit import AuditRecord
from sealstone.model.secret import Secret
from sealstone.seal.faults import MasterKeyUnusable, MasterKeyWrong
from sealstone.seal.key_file import KeyFile
from sealstone.server import first_start, operator
from sealstone.server import vault as module
from sealstone.server.credentials import read_credentials
from sealstone.server.faults import VaultError
from sealstone.server.settings import Settings
from sealstone.server.vault import Vault, open_vault
from sealstone.store import access_keys, accounts, audit, installation, migrate
from sealstone.store.engine import Store
from sealstone.store.faults import StoreFailed, StoreTooNew

# Opens the vault and leaves as a kill does: nothing is closed, the log is not copied into the database.
CRASH = """
import os, sys
from sealstone.server.settings import Settings
from sealstone.server.vault import open_vault
with open_vault(Settings(data=sys.argv[1]), create=True):
    os._exit(0)
"""


class Cut(BaseException):
    """The process ends here."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=str(tmp_path / "data"))


def opened(settings: Settings, *, create: bool = True) -> bool:
    """Open and close; whether it was the first start. Whoever has the credentials file gets in, and nobody else."""
    with open_vault(settings, create=create) as vault:
        return checked(settings, vault)


def checked(settings: Settings, vault: Vault) -> bool:
    with vault.store.reading() as tx:
        (account,) = accounts.every(tx)
        for profile, name in (("default", "administrator"), ("root", None)):
            key_id, secret = read_credentials(settings.credentials_path, profile)
            found = access_keys.credentials(tx, key_id)
            assert found is not None
            assert found.key.account_id == account.account_id
            assert (found.user.name if found.user else None) == name
            assert vault.keyring.unseal(found.sealed_secret, bound_to=found.key.bound_to).reveal().decode() == secret
        (chain,) = audit.verify(tx, vault.audit_key)
        assert (chain.account_id, chain.broken_at) == (account.account_id, None)
    return vault.first


def files(folder: Path) -> dict[str, bytes]:
    """Everything below, the greeting file of nobody included."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_start_makes_everything_and_a_second_one_nothing(settings: Settings, tmp_path: Path) -> None:
    assert opened(settings)
    assert sorted(files(tmp_path)) == ["data.private/credentials", "data.private/master.key", "data/sealstone.db"]
    assert {mode(tmp_path / name) for name in files(tmp_path)} == {0o600}
    assert {mode(folder) for folder in (settings.data_directory, settings.private_directory)} == {0o700}
    before = files(tmp_path)
    assert not opened(settings)
    assert not opened(settings, create=False)
    assert files(tmp_path) == before


def test_the_first_audit_record_is_the_account(settings: Settings) -> None:
    with open_vault(settings, create=True) as vault, vault.store.reading() as tx:
        (record,) = audit.tail(tx, 10)
    assert isinstance(record, AuditRecord)
    assert (record.principal, record.operation, record.outcome) == ("operator", "CreateAccount", "ok")


def test_without_a_first_start_there_is_nothing_to_open(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="run: sealstone up"), open_vault(settings, create=False):
        pass
    assert list(tmp_path.iterdir()) == []


def wrong_key(settings: Settings) -> None:
    settings.master_key_path.unlink()
    KeyFile(settings.master_key_path).create(os.urandom)


def same_id_other_key(settings: Settings) -> None:
    text = settings.master_key_path.read_text().splitlines()
    wrong_key(settings)
    text[2] = settings.master_key_path.read_text().splitlines()[2]
    settings.master_key_path.write_text("\n".join(text))


def newer(settings: Settings) -> None:
    store = Store.open(settings.database)
    with store.writing() as tx:
        tx._driver.execute("UPDATE alembic_version SET version_num = '9999'")
    store.close()


@pytest.mark.parametrize(
    ("spoil", "fault", "words"),
    [
        (wrong_key, MasterKeyWrong, "nothing was changed"),
        (same_id_other_key, MasterKeyWrong, "nothing was changed"),
        (lambda settings: settings.master_key_path.unlink(), VaultError, "missing; .* restore it"),
        (lambda settings: settings.master_key_path.chmod(0o644), MasterKeyUnusable, "open to others"),
        (lambda settings: settings.master_key_path.write_text("x"), MasterKeyUnusable, "not a master key file"),
        (lambda settings: settings.database.write_bytes(b"a text" * 1000), StoreFailed, "not a database"),
        (newer, StoreTooNew, "nothing was changed"),
    ],
)
@pytest.mark.parametrize("create", [True, False])
def test_what_does_not_belong_together_is_refused_and_left_alone(
    settings: Settings,
    tmp_path: Path,
    spoil: Callable[[Settings], object],
    fault: type[Exception],
    words: str,
    create: bool,
) -> None:
    opened(settings)
    spoil(settings)
    before = files(tmp_path)
    with pytest.raises(fault, match=words) as refused, open_vault(settings, create=create):
        pass
    assert "\n" not in str(refused.value)
    assert files(tmp_path) == before


@pytest.mark.parametrize(("spoil", "fault"), [(wrong_key, MasterKeyWrong), (newer, StoreTooNew)])
def test_after_a_kill_too_not_a_byte_is_changed(
    tmp_path: Path, settings: Settings, spoil: Callable[[Settings], object], fault: type[Exception]
) -> None:
    """The log of a killed process is all there is of the first start: an ordinary opening would empty it."""
    if spoil is newer:
        opened(settings)
        newer(settings)
        script = "import sqlite3, sys, os; raw = sqlite3.connect(sys.argv[1] + '/sealstone.db');"
        script += "raw.execute('CREATE TABLE newer (x)'); raw.commit(); os._exit(0)"
        subprocess.run([sys.executable, "-c", script, settings.data], check=True)
    else:
        subprocess.run([sys.executable, "-c", CRASH, settings.data], check=True)
        spoil(settings)
    before = files(tmp_path)
    assert {"data/sealstone.db-shm", "data/sealstone.db-wal"} < before.keys()
    with pytest.raises(fault), open_vault(settings, create=True):
        pass
    assert files(tmp_path) == before


def test_a_start_after_a_kill_opens_everything(settings: Settings) -> None:
    subprocess.run([sys.executable, "-c", CRASH, settings.data], check=True)
    assert not opened(settings)


CUTS = (
    (module, "make_directory"),
    (module, "KeyFile"),
    (Store, "open"),
    (migrate, "upgrade"),
    (operator, "create_account"),
    (first_start, "new_administrator"),
    (installation, "add"),
    (module, "write_credentials"),
    (Store, "_commit"),
)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("owner", "name"), CUTS, ids=[name for _, name in CUTS])
def test_a_first_start_cut_off_anywhere_is_finished_by_the_next(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, after: bool
) -> None:
    real = getattr(owner, name)

    def cut(*given: object, **named: object) -> object:
        if after:
            real(*given, **named)
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, cut)
        with pytest.raises(Cut), open_vault(settings, create=True):
            pass
    if settings.database.exists() and not (name == "_commit" and after):
        with pytest.raises(VaultError, match="has not finished; run: sealstone up"), open_vault(settings, create=False):
            pass
    opened(settings)
    assert not opened(settings)


def test_first_starts_that_race_make_one_account(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """All meet where each has seen that there is no store, and where each has seen that it is bound to no key."""
    racers = 3
    place, bound = threading.Barrier(racers), threading.Barrier(racers)
    make_place, upgrade = module._make_place, migrate.upgrade

    def meet_at_place(given: Settings) -> None:
        place.wait(30)
        make_place(given)

    def meet_at_upgrade(store: Store) -> None:
        if not bound.broken:
            bound.wait(30)
        upgrade(store)

    monkeypatch.setattr(module, "_make_place", meet_at_place)
    monkeypatch.setattr(migrate, "upgrade", meet_at_upgrade)
    firsts: list[bool] = []

    def start() -> None:
        with open_vault(settings, create=True) as vault:
            # Those who come second migrate once more, alone.
            firsts.append(vault.first)

    real = module._first_start

    def first_start(*given: object) -> object:
        bound.abort()
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_first_start", first_start)
    threads = [threading.Thread(target=start) for _ in range(racers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(firsts) == [False] * (racers - 1) + [True]
    monkeypatch.undo()
    assert not opened(settings)


def test_processes_that_race_make_one_account(settings: Settings) -> None:
    racers = [subprocess.Popen([sys.executable, "-c", CRASH, settings.data]) for _ in range(3)]
    assert [racer.wait(60) for racer in racers] == [0, 0, 0]
    assert not opened(settings)


def test_a_key_that_is_there_already_is_used(settings: Settings) -> None:
    KeyFile(settings.master_key_path).create(os.urandom)
    before = settings.master_key_path.read_bytes()
    assert opened(settings)
    assert settings.master_key_path.read_bytes() == before


def test_a_key_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(data=str(tmp_path / "data"), master_key_file=str(tmp_path / "file" / "master.key"))
    with pytest.raises(MasterKeyUnusable, match="Not a directory"), open_vault(settings, create=True):
        pass
    assert not settings.database.exists()


def test_somebody_elses_credentials_file_is_left_alone(settings: Settings) -> None:
    settings.private_directory.mkdir(mode=0o700)
    settings.credentials_path.write_text("[default]\naws_access_key_id = AKIAMINE\n")
    with pytest.raises(FileExistsError, match="left as it is"), open_vault(settings, create=True):
        pass
    assert "AKIAMINE" in settings.credentials_path.read_text()
    settings.credentials_path.unlink()
    assert opened(settings)


@pytest.mark.parametrize(("content", "expected"), [((), 0o700), (("sealstone.toml",), 0o700), (("else",), 0o755)])
def test_only_a_directory_of_our_own_is_closed_to_others(
    settings: Settings, content: tuple[str, ...], expected: int
) -> None:
    settings.data_directory.mkdir(mode=0o755)
    for name in content:
        (settings.data_directory / name).touch()
    assert opened(settings)
    assert mode(settings.data_directory) == expected
    assert mode(settings.database) == 0o600


def test_damage_stops_a_server_and_no_command(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that only reads is not made to wait for a check of the whole database."""
    opened(settings)

    def damaged(_store: Store) -> None:
        raise StoreFailed("the database is damaged")

    monkeypatch.setattr(migrate, "quick_check", damaged)
    with pytest.raises(StoreFailed, match="damaged"), open_vault(settings, create=True):
        pass
    assert not opened(settings, create=False)


def test_only_a_server_migrates(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer version's command may stand beside an older version's server."""
    opened(settings)
    before = migrate.HEAD
    monkeypatch.setattr(migrate, "_KNOWN", (*migrate._KNOWN, "9999"))
    monkeypatch.setattr(migrate, "HEAD", "9999")
    migrated: list[Store] = []
    monkeypatch.setattr(migrate, "upgrade", migrated.append)
    content = settings.database.read_bytes()
    with pytest.raises(VaultError, match=f"has schema {before}, and this version works with 9999.* run: sealstone up"):
        opened(settings, create=False)
    assert not migrated
    assert settings.database.read_bytes() == content
    opened(settings)
    assert len(migrated) == 1


def test_the_audit_key_is_not_the_master_key(settings: Settings) -> None:
    with open_vault(settings, create=True) as vault:
        keys = KeyFile(settings.master_key_path).master_keys()
        assert isinstance(vault.audit_key, Secret)
        assert vault.audit_key.reveal() != keys.by_id[keys.primary].reveal()
