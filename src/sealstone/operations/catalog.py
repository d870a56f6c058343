"""Every operation this house performs, gathered from the files that declare them."""

from types import ModuleType
from typing import Final

from sealstone.operations.iam import (
    absent_credentials,
    access_keys,
    account_aliases,
    attachments,
    credential_report,
    group_policies,
    groups,
    login_profiles,
    password_policy,
    policies,
    policy_versions,
    server_certificates,
    signing_certificates,
    summary,
    user_policies,
    user_tags,
    users,
)
from sealstone.operations.operation import Operation
from sealstone.operations.sts import identity

_MODULES: Final[tuple[ModuleType, ...]] = (
    server_certificates,
    users,
    access_keys,
    user_policies,
    groups,
    group_policies,
    policies,
    policy_versions,
    attachments,
    signing_certificates,
    user_tags,
    login_profiles,
    absent_credentials,
    account_aliases,
    password_policy,
    credential_report,
    summary,
    identity,
)


def operations() -> tuple[Operation, ...]:
    """All of them, in the order in which their files declare them."""
    return tuple(item for module in _MODULES for item in vars(module).values() if isinstance(item, Operation))
