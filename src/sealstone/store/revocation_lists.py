"""Revocation lists of trust anchors."""

from typing import Final

from sqlalchemy import bindparam, delete, select

from sealstone.model.revocation_list import RevocationList
from sealstone.model.trust_anchor import TrustAnchor
from sealstone.store.columns import read_tags, read_time, tags_text, time_text
from sealstone.store.engine import Row, Tx
from sealstone.store.regional import Shelf
from sealstone.store.schema_roles_anywhere import REVOCATION_LISTS as TABLE

_OF_ANCHOR: Final = (
    TABLE.c.account_id == bindparam("account"),
    TABLE.c.region == bindparam("in_region"),
    TABLE.c.trust_anchor_id == bindparam("anchor"),
)
_ALL: Final = select(*TABLE.c).where(*_OF_ANCHOR).order_by(TABLE.c.unique_id)
_REMOVE_ALL: Final = delete(TABLE).where(*_OF_ANCHOR)


def _read(
    account_id: str,
    region: str,
    unique_id: str,
    trust_anchor_id: str,
    name: str,
    data: bytes,
    enabled: int,
    created_at: str,
    updated_at: str,
    tags: str,
) -> RevocationList:
    return RevocationList(
        account_id=account_id,
        region=region,
        unique_id=unique_id,
        trust_anchor_id=trust_anchor_id,
        name=name,
        data=data,
        enabled=bool(enabled),
        created_at=read_time(created_at),
        updated_at=read_time(updated_at),
        tags=read_tags(tags),
    )


def _written(found: RevocationList) -> Row:
    return {
        "trust_anchor_id": found.trust_anchor_id,
        "name": found.name,
        "data": found.data,
        "enabled": int(found.enabled),
        "created_at": time_text(found.created_at),
        "updated_at": time_text(found.updated_at),
        "tags": tags_text(found.tags),
    }


LISTS: Final = Shelf(TABLE, _read, _written)
"""All of them."""


def of_anchor(tx: Tx, anchor: TrustAnchor) -> tuple[RevocationList, ...]:
    """Those imported for the anchor, enabled or not."""
    return LISTS.read_all(tx.rows(_ALL, _key(anchor)))


def remove_of(tx: Tx, anchor: TrustAnchor) -> None:
    """Delete those of the anchor."""
    tx.change(_REMOVE_ALL, _key(anchor))


def _key(anchor: TrustAnchor) -> Row:
    return {"account": anchor.account_id, "in_region": anchor.region, "anchor": anchor.unique_id}
