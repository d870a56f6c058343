"""The threads that warn and deliver: they begin, outlive what goes wrong, and end."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.databases import migrated
from tests.house_fixture import Chance, Clock, Collector
from tests.pki import NOW, Authority
from tests.receiving import receiving
from tests.unit.store.conftest import certificate

from sealstone.model.secret import Sealed, Secret
from sealstone.operations.call import House
from sealstone.seal.envelope import Keyring, MasterKeys
from sealstone.server import noticing as module
from sealstone.server.faults import StartError
from sealstone.server.noticing import noticing
from sealstone.server.settings import Settings, read
from sealstone.store import server_certificates


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """One that holds a server certificate which ends within a week."""
    monkeypatch.setattr(module, "_REPEATED", replace(module._REPEATED, rest=0.01))
    store = migrated(tmp_path / "sealstone.db")
    with store.writing() as tx:
        server_certificates.add(tx, replace(certificate(1), not_after=NOW + timedelta(days=7)), Sealed(b""))
    keyring = Keyring(MasterKeys({"00" * 8: Secret(bytes(32))}, "00" * 8), Chance())
    yield House(store, keyring, keyring.derive("audit"), Collector(), Clock(), Chance())
    store.close()


def settings(tmp_path: Path, *urls: str, **more: str) -> Settings:
    return read({"data": str(tmp_path / "data"), "webhook_urls": urls, **more}, {})


def test_what_ends_is_told_to_a_receiver_over_tls(house: House, tmp_path: Path) -> None:
    root = Authority("Example Root")
    authority = tmp_path / "ca.pem"
    authority.write_text(root.certificate_pem)
    with receiving(leaf=root.leaf("127.0.0.1")) as receiver:
        set_so = settings(tmp_path, receiver.url, webhook_ca_file=str(authority))
        with noticing(set_so, house):
            receiver.wait_for(1)
        (got,) = receiver.received
    assert got.event["detail-type"] == "Server Certificate Approaching Expiration"
    assert got.is_signed_with((tmp_path / "data.private" / "webhook-secret").read_bytes().strip())
    assert not {"notices", "webhooks"} & {thread.name for thread in threading.enumerate()}


def test_without_webhooks_there_is_no_secret_and_one_thread(house: House, tmp_path: Path) -> None:
    with noticing(settings(tmp_path), house):
        assert {"notices", "webhooks"} & {thread.name for thread in threading.enumerate()} == {"notices"}
    assert not (tmp_path / "data.private").exists()


@pytest.mark.parametrize("content", [None, "no certificate", "ä"])
def test_authorities_that_cannot_be_used_stop_the_start(house: House, tmp_path: Path, content: str | None) -> None:
    authority = tmp_path / "ca.pem"
    if content:
        authority.write_text(content)
    given = settings(tmp_path, "https://hooks.example/", webhook_ca_file=str(authority))
    with pytest.raises(StartError, match="webhook_ca_file cannot be used"), noticing(given, house):
        pass


def test_without_authorities_those_of_this_machine_count(house: House, tmp_path: Path) -> None:
    with receiving(leaf=Authority("Example Root").leaf("127.0.0.1")) as receiver:
        with noticing(settings(tmp_path, receiver.url), house):
            assert "webhooks" in {thread.name for thread in threading.enumerate()}
        assert not receiver.received
