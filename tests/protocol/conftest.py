"""The house for tests of this folder."""

from tests.house_fixture import world as world
