"""What a call may lean on, as the settings want it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sealstone.server.app import living
from sealstone.server.settings import Settings, read
from sealstone.server.vault import Vault, open_vault

MAIL = {"smtp_server": "mail.example.com:587", "smtp_sender": "ca@example.com"}


def settings(tmp_path: Path, **more: str | bool) -> Settings:
    return read({"data": str(tmp_path / "data"), **more}, {})


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with open_vault(settings(tmp_path), create=True) as opened:
        yield opened


@pytest.mark.parametrize(("more", "sends_mail"), [({}, False), (MAIL, True)])
def test_a_house_knows_whether_there_is_a_mail_server(
    vault: Vault, tmp_path: Path, more: dict[str, str], sends_mail: bool
) -> None:
    with living(settings(tmp_path, **more), vault, test_clock=False) as house:
        assert house.sends_mail is sends_mail


def test_a_house_has_what_else_is_set(vault: Vault, tmp_path: Path) -> None:
    with living(
        settings(tmp_path, authority_name="Example", import_needs_chain=True), vault, test_clock=False
    ) as house:
        assert (house.authority.name, house.chain_required) == ("Example", True)
