"""Servers of one test each: they are killed, starved and damaged."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.load import Load
from tests.server import SERVICE_QUOTA, Credentials, Server
from tests.uploads import Scene

from sealstone.server.clock import system_clock


@pytest.fixture(scope="session")
def scene() -> Scene:
    """An authority, intermediates and leaves, valid now."""
    return Scene.around(system_clock())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Running, its first start behind it; killed at the end if the test did not stop it."""
    with Server(tmp_path, measured=False) as running:
        yield running


@pytest.fixture
def administrator(server: Server) -> Credentials:
    return server.credentials()


@pytest.fixture
def load(server: Server, administrator: Credentials, scene: Scene) -> Load:
    """Writers, with room for all they write."""
    server.done("account", "quota", "set", administrator.account_id, SERVICE_QUOTA, "100000")
    return Load(server, administrator, scene)
