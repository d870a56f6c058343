"""The house for tests of this folder."""

from tests.house_fixture import world as world  # noqa: PLC0414 - a fixture for this folder
