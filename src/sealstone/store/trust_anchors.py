"""Trust anchors."""

import json
from dataclasses import asdict
from typing import Final

from sealstone.model.trust_anchor import NotificationSetting, TrustAnchor
from sealstone.store.columns import read_tags, read_time, tags_text, time_text
from sealstone.store.engine import Row
from sealstone.store.regional import Shelf
from sealstone.store.schema_roles_anywhere import TRUST_ANCHORS


def _read(
    account_id: str,
    region: str,
    unique_id: str,
    name: str,
    certificates: str,
    enabled: int,
    created_at: str,
    updated_at: str,
    notifications: str,
    tags: str,
) -> TrustAnchor:
    return TrustAnchor(
        account_id=account_id,
        region=region,
        unique_id=unique_id,
        name=name,
        certificates=certificates,
        enabled=bool(enabled),
        created_at=read_time(created_at),
        updated_at=read_time(updated_at),
        notifications=tuple(NotificationSetting(**one) for one in json.loads(notifications)),
        tags=read_tags(tags),
    )


def _written(anchor: TrustAnchor) -> Row:
    return {
        "name": anchor.name,
        "certificates": anchor.certificates,
        "enabled": int(anchor.enabled),
        "created_at": time_text(anchor.created_at),
        "updated_at": time_text(anchor.updated_at),
        "notifications": json.dumps([asdict(one) for one in anchor.notifications]),
        "tags": tags_text(anchor.tags),
    }


ANCHORS: Final = Shelf(TRUST_ANCHORS, _read, _written)
"""All of them."""
