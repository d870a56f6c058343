"""A HAProxy of each test's own, in memory; without a binary to run there is nothing to test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.dataplane.front import Front
from tests.dataplane.rig import Backend, authority, behind, http_backend
from tests.pki import Authority, Leaf

from sealstone.dataplane.directory import Directory, place_for
from sealstone.dataplane.haproxy import HAProxy
from sealstone.dataplane.problems import BinaryMissing
from sealstone.dataplane.processes import binary


@pytest.fixture(scope="session")
def haproxy_binary() -> Path:
    try:
        return binary()
    except BinaryMissing:
        pytest.skip("no HAProxy")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """The directory that HAProxy runs in."""
    path = place_for(tmp_path)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def plane(place: Path, haproxy_binary: Path) -> Iterator[HAProxy]:
    made = HAProxy(Directory(place), lambda: haproxy_binary)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def root() -> Authority:
    return authority()


@pytest.fixture(scope="session")
def leaf(root: Authority) -> Leaf:
    return root.leaf("a.example.com")


@pytest.fixture
def one() -> Iterator[Backend]:
    with behind(backend := http_backend("one")):
        yield backend


@pytest.fixture
def two() -> Iterator[Backend]:
    with behind(backend := http_backend("two")):
        yield backend


@pytest.fixture
def front(plane: HAProxy, one: Backend, two: Backend) -> Front:
    return Front(plane, one, two)
