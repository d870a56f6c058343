"""A house in which certificates are issued, for every module here."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.issuing import Issuance


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Issuance]:
    """An empty one."""
    made = Issuance(tmp_path)
    yield made
    made.close()
