"""What several tests of the command line share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.house_fixture import World
from tests.pki import NOW

from sealstone.cli import who_can, why
from sealstone.server.vault import Vault


@pytest.fixture
def why_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A house whose store the commands open."""
    made = World(tmp_path)
    vault = Vault(made.store, made.keyring, made.house.audit_key, first=False, clock=lambda: NOW)

    class Opened:
        def __enter__(self) -> Vault:
            return vault

        def __exit__(self, *_exception: object) -> None: ...

    for module in (why, who_can):
        monkeypatch.setattr(f"{module.__name__}.vault_of", lambda _data: Opened())
    yield made
    made.close()
