"""Profiles of Roles Anywhere."""

import json
from typing import Final

from sealstone.model.profile import Profile
from sealstone.store.columns import read_tags, read_time, tags_text, time_text
from sealstone.store.engine import Row
from sealstone.store.regional import Shelf
from sealstone.store.schema_roles_anywhere import PROFILES as TABLE


def _read(
    account_id: str,
    region: str,
    unique_id: str,
    name: str,
    role_arns: str,
    enabled: int,
    created_by: str,
    created_at: str,
    updated_at: str,
    duration_seconds: int,
    session_policy: str,
    managed_policy_arns: str,
    require_instance_properties: int,
    accept_role_session_name: int,
    mappings: str,
    tags: str,
) -> Profile:
    return Profile(
        account_id=account_id,
        region=region,
        unique_id=unique_id,
        name=name,
        role_arns=tuple(json.loads(role_arns)),
        enabled=bool(enabled),
        created_by=created_by,
        created_at=read_time(created_at),
        updated_at=read_time(updated_at),
        duration_seconds=duration_seconds,
        session_policy=session_policy,
        managed_policy_arns=tuple(json.loads(managed_policy_arns)),
        require_instance_properties=bool(require_instance_properties),
        accept_role_session_name=bool(accept_role_session_name),
        mappings={field: tuple(specifiers) for field, specifiers in json.loads(mappings).items()},
        tags=read_tags(tags),
    )


def _written(profile: Profile) -> Row:
    return {
        "name": profile.name,
        "role_arns": json.dumps(profile.role_arns),
        "enabled": int(profile.enabled),
        "created_by": profile.created_by,
        "created_at": time_text(profile.created_at),
        "updated_at": time_text(profile.updated_at),
        "duration_seconds": profile.duration_seconds,
        "session_policy": profile.session_policy,
        "managed_policy_arns": json.dumps(profile.managed_policy_arns),
        "require_instance_properties": int(profile.require_instance_properties),
        "accept_role_session_name": int(profile.accept_role_session_name),
        "mappings": json.dumps(dict(profile.mappings)),
        "tags": tags_text(profile.tags),
    }


PROFILES: Final = Shelf(TABLE, _read, _written)
"""All of them."""
