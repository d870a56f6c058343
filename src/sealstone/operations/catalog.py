"""Every operation this house performs, gathered from the files that declare them."""

from types import ModuleType
from typing import Final

from sealstone.operations.acm import (
    account_configuration,
    certificates,
    exporting,
    listing,
    options,
    renewals,
    requesting,
    revocations,
    searching,
    validations,
)
from sealstone.operations.acm import tags as certificate_tags
from sealstone.operations.elb import (
    attributes,
    instances,
    listeners,
    load_balancers,
    places,
    policy_settings,
)
from sealstone.operations.elb import policies as classic_policies
from sealstone.operations.elb import tags as classic_tags
from sealstone.operations.elbv2 import attributes as v2_attributes
from sealstone.operations.elbv2 import limits as v2_limits
from sealstone.operations.elbv2 import listener_certificates as v2_listener_certificates
from sealstone.operations.elbv2 import listeners as v2_listeners
from sealstone.operations.elbv2 import load_balancers as v2_load_balancers
from sealstone.operations.elbv2 import places as v2_places
from sealstone.operations.elbv2 import revocations as v2_revocations
from sealstone.operations.elbv2 import rules as v2_rules
from sealstone.operations.elbv2 import security_policies as v2_security_policies
from sealstone.operations.elbv2 import tags as v2_tags
from sealstone.operations.elbv2 import target_group_attributes as v2_target_group_attributes
from sealstone.operations.elbv2 import target_groups as v2_target_groups
from sealstone.operations.elbv2 import target_health as v2_target_health
from sealstone.operations.elbv2 import targets as v2_targets
from sealstone.operations.elbv2 import trust_stores as v2_trust_stores
from sealstone.operations.iam import (
    absent_credentials,
    access_keys,
    account_aliases,
    attachments,
    authorization_details,
    boundaries,
    credential_report,
    group_policies,
    groups,
    instance_profiles,
    login_profiles,
    password_policy,
    policies,
    policy_versions,
    role_policies,
    role_tags,
    roles,
    server_certificates,
    signing_certificates,
    simulation,
    summary,
    user_policies,
    user_tags,
    users,
)
from sealstone.operations.operation import Operation
from sealstone.operations.rolesanywhere import (
    create_session,
    crls,
    profiles,
    subjects,
    tags,
    trust_anchors,
)
from sealstone.operations.sts import assumed_roles, identity, key_accounts, messages, session_tokens

_MODULES: Final[tuple[ModuleType, ...]] = (
    server_certificates,
    users,
    access_keys,
    user_policies,
    groups,
    group_policies,
    policies,
    policy_versions,
    roles,
    role_policies,
    role_tags,
    instance_profiles,
    boundaries,
    attachments,
    signing_certificates,
    user_tags,
    login_profiles,
    absent_credentials,
    account_aliases,
    password_policy,
    credential_report,
    summary,
    authorization_details,
    simulation,
    identity,
    assumed_roles,
    session_tokens,
    key_accounts,
    messages,
    trust_anchors,
    profiles,
    crls,
    tags,
    subjects,
    create_session,
    load_balancers,
    listeners,
    classic_policies,
    policy_settings,
    instances,
    attributes,
    places,
    classic_tags,
    v2_load_balancers,
    v2_listeners,
    v2_listener_certificates,
    v2_rules,
    v2_attributes,
    v2_places,
    v2_security_policies,
    v2_tags,
    v2_limits,
    v2_target_groups,
    v2_target_group_attributes,
    v2_targets,
    v2_target_health,
    v2_trust_stores,
    v2_revocations,
    certificates,
    listing,
    searching,
    requesting,
    validations,
    exporting,
    renewals,
    revocations,
    certificate_tags,
    options,
    account_configuration,
)


def operations() -> tuple[Operation, ...]:
    """All of them, in the order in which their files declare them."""
    return tuple(item for module in _MODULES for item in vars(module).values() if isinstance(item, Operation))
