"""Certificate revocation lists: import, get, list, update, switch, delete."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sealstone.model import ids, quota
from sealstone.model.revocation_list import RevocationList
from sealstone.model.trust_anchor import TrustAnchor
from sealstone.operations.call import Call
from sealstone.operations.operation import operation
from sealstone.operations.rolesanywhere.resources import everything, find_anchor, find_list, named_list
from sealstone.operations.rolesanywhere.wording import check_quota, page_members, page_request, read_tags, refused
from sealstone.store import revocation_lists
from sealstone.store.revocation_lists import LISTS
from sealstone.store.trust_anchors import ANCHORS
from sealstone.x509 import anchored, revocation
from sealstone.x509.problems import X509Problem

_UNSUPPORTED: Final = ("aliasName",)


@operation("rolesanywhere", on=everything, access="Write", unsupported=_UNSUPPORTED)
def import_crl(
    call: Call,
    *,
    name: str,
    crl_data: bytes,
    trust_anchor_arn: str,
    enabled: bool = False,
    tags: Sequence[Mapping[str, str]] = (),
) -> Mapping[str, Any]:
    """Keep a list that the trust anchor or an authority under it made, switched off unless told otherwise."""
    anchor = find_anchor(call, trust_anchor_arn)
    _check_list(call, crl_data, anchor)
    check_quota(call, quota.REVOCATION_LISTS, len(revocation_lists.of_anchor(call.tx, anchor)))
    now = call.now.replace(microsecond=0)
    found = RevocationList(
        account_id=call.account_id,
        region=anchor.region,
        unique_id=ids.new_request_id(call.house.chance),
        trust_anchor_id=anchor.unique_id,
        name=name,
        data=crl_data,
        enabled=enabled,
        created_at=now,
        updated_at=now,
        tags=read_tags(tags, {}),
    )
    LISTS.add(call.tx, found)
    return _answer(found)


@operation("rolesanywhere", on=named_list, access="Read")
def get_crl(call: Call, *, crl_id: str) -> Mapping[str, Any]:
    """One of them."""
    return _answer(find_list(call, crl_id))


@operation("rolesanywhere", on=everything, access="List")
def list_crls(call: Call, *, next_token: str | None = None, page_size: int | None = None) -> Mapping[str, Any]:
    """Those of the Region."""
    found = LISTS.page(call.tx, call.account_id, call.region, page_request(next_token, page_size))
    return {"crls": [_members(one) for one in found.items]} | page_members(found)


@operation("rolesanywhere", on=named_list, access="Write", unsupported=_UNSUPPORTED)
def update_crl(call: Call, *, crl_id: str, name: str | None = None, crl_data: bytes | None = None) -> Mapping[str, Any]:
    """Another name, or the next list."""
    found = find_list(call, crl_id)
    if crl_data is not None:
        anchor = ANCHORS.find(call.tx, found.account_id, found.region, found.trust_anchor_id)
        _check_list(call, crl_data, anchor)
    return _saved(call, replace(found, name=name or found.name, data=found.data if crl_data is None else crl_data))


@operation("rolesanywhere", on=named_list, access="Write")
def enable_crl(call: Call, *, crl_id: str) -> Mapping[str, Any]:
    """In force at the next request."""
    return _saved(call, replace(find_list(call, crl_id), enabled=True))


@operation("rolesanywhere", on=named_list, access="Write")
def disable_crl(call: Call, *, crl_id: str) -> Mapping[str, Any]:
    """In force at the next request."""
    return _saved(call, replace(find_list(call, crl_id), enabled=False))


@operation("rolesanywhere", on=named_list, access="Write")
def delete_crl(call: Call, *, crl_id: str) -> Mapping[str, Any]:
    """Delete it."""
    found = find_list(call, crl_id)
    LISTS.remove(call.tx, found)
    return _answer(found)


def _check_list(call: Call, data: bytes, anchor: TrustAnchor | None) -> None:
    """That it can be gone by, and that the anchor or an authority under it made it. Raises ValidationError."""
    try:
        anchors = anchored.stored(anchor.certificates) if anchor else ()
        anchored.prove_maker(revocation.read(data), revocation.issuers(data), anchors, call.now)
    except X509Problem as problem:
        raise refused(problem, "the revocation list") from problem


def _saved(call: Call, found: RevocationList) -> Mapping[str, Any]:
    changed = replace(found, updated_at=call.now.replace(microsecond=0))
    LISTS.save(call.tx, changed)
    return _answer(changed)


def _answer(found: RevocationList) -> Mapping[str, Any]:
    return {"crl": _members(found)}


def _members(found: RevocationList) -> dict[str, Any]:
    return {
        "crlId": found.unique_id,
        "crlArn": found.arn,
        "name": found.name,
        "enabled": found.enabled,
        "crlData": found.data,
        "trustAnchorArn": found.trust_anchor_arn,
        "createdAt": found.created_at,
        "updatedAt": found.updated_at,
    }
