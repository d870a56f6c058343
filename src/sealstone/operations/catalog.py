"""Every operation this house performs, gathered from the files that declare them."""

from types import ModuleType
from typing import Final

from sealstone.operations.iam import (
    access_keys,
    server_certificates,
    signing_certificates,
    summary,
    user_policies,
    users,
)
from sealstone.operations.operation import Operation
from sealstone.operations.sts import identity

_MODULES: Final[tuple[ModuleType, ...]] = (
    server_certificates,
    users,
    access_keys,
    user_policies,
    signing_certificates,
    summary,
    identity,
)


def operations() -> tuple[Operation, ...]:
    """All of them, in the order in which their files declare them."""
    return tuple(item for module in _MODULES for item in vars(module).values() if isinstance(item, Operation))
