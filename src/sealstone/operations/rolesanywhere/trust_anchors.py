"""Trust anchors: create, get, list, update, switch, delete, and what people want to be told of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sealstone.model import ids, quota
from sealstone.model.trust_anchor import NotificationSetting, TrustAnchor
from sealstone.operations.call import Call
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation
from sealstone.operations.rolesanywhere.resources import everything, find_anchor, named_anchor
from sealstone.operations.rolesanywhere.wording import check_quota, page_members, page_request, read_tags, refused
from sealstone.store import revocation_lists
from sealstone.store.trust_anchors import ANCHORS
from sealstone.x509 import anchored
from sealstone.x509.problems import X509Problem

_BUNDLE: Final = "CERTIFICATE_BUNDLE"
# Aliases came with botocore 1.40; nobody needs a second name here.
_UNSUPPORTED: Final = ("aliasName",)
# User guide, "Customize notification settings": 45 days by default; whose word that is is told in `configuredBy`.
_THRESHOLD: Final = 45
_NOBODY: Final = "rolesanywhere.amazonaws.com"
_EVENTS: Final = ("CA_CERTIFICATE_EXPIRY", "END_ENTITY_CERTIFICATE_EXPIRY")
_DEFAULTS: Final = tuple(
    NotificationSetting(event, enabled=True, threshold=_THRESHOLD, configured_by=_NOBODY) for event in _EVENTS
)


@operation("rolesanywhere", on=everything, access="Write", unsupported=_UNSUPPORTED)
def create_trust_anchor(
    call: Call,
    *,
    name: str,
    source: Mapping[str, Any],
    enabled: bool = False,
    crl_dp_revocation_enabled: bool = False,
    tags: Sequence[Mapping[str, str]] = (),
    notification_settings: Sequence[Mapping[str, Any]] = (),
) -> Mapping[str, Any]:
    """Register the certificates of an authority, switched off unless told otherwise."""
    _refuse_fetching(on=crl_dp_revocation_enabled)
    certificates = _certificates(call, source)
    check_quota(call, quota.TRUST_ANCHORS, ANCHORS.count(call.tx, call.account_id))
    now = call.now.replace(microsecond=0)
    anchor = TrustAnchor(
        account_id=call.account_id,
        region=call.region,
        unique_id=ids.new_request_id(call.house.chance),
        name=name,
        certificates=certificates,
        enabled=enabled,
        created_at=now,
        updated_at=now,
        notifications=_DEFAULTS,
        tags=read_tags(tags, {}),
    )
    anchor = _notifying(call, anchor, notification_settings)
    ANCHORS.add(call.tx, anchor)
    return _answer(anchor)


@operation("rolesanywhere", on=named_anchor, access="Read")
def get_trust_anchor(call: Call, *, trust_anchor_id: str) -> Mapping[str, Any]:
    """One of them."""
    return _answer(find_anchor(call, trust_anchor_id))


@operation("rolesanywhere", on=everything, access="List")
def list_trust_anchors(call: Call, *, next_token: str | None = None, page_size: int | None = None) -> Mapping[str, Any]:
    """Those of the Region."""
    found = ANCHORS.page(call.tx, call.account_id, call.region, page_request(next_token, page_size))
    return {"trustAnchors": [_members(anchor) for anchor in found.items]} | page_members(found)


@operation("rolesanywhere", on=named_anchor, access="Write", unsupported=_UNSUPPORTED)
def update_trust_anchor(
    call: Call,
    *,
    trust_anchor_id: str,
    name: str | None = None,
    source: Mapping[str, Any] | None = None,
    crl_dp_revocation_enabled: bool = False,
) -> Mapping[str, Any]:
    """Another name, or other certificates, which count at the next request for a session."""
    _refuse_fetching(on=crl_dp_revocation_enabled)
    anchor = find_anchor(call, trust_anchor_id)
    certificates = anchor.certificates if source is None else _certificates(call, source)
    return _saved(call, replace(anchor, name=name or anchor.name, certificates=certificates))


@operation("rolesanywhere", on=named_anchor, access="Write")
def enable_trust_anchor(call: Call, *, trust_anchor_id: str) -> Mapping[str, Any]:
    """In force at the next request."""
    return _saved(call, replace(find_anchor(call, trust_anchor_id), enabled=True))


@operation("rolesanywhere", on=named_anchor, access="Write")
def disable_trust_anchor(call: Call, *, trust_anchor_id: str) -> Mapping[str, Any]:
    """In force at the next request; sessions that there are go on until they end."""
    return _saved(call, replace(find_anchor(call, trust_anchor_id), enabled=False))


@operation("rolesanywhere", on=named_anchor, access="Write")
def delete_trust_anchor(call: Call, *, trust_anchor_id: str) -> Mapping[str, Any]:
    """Delete it, with the revocation lists that were imported for it."""
    anchor = find_anchor(call, trust_anchor_id)
    revocation_lists.remove_of(call.tx, anchor)
    ANCHORS.remove(call.tx, anchor)
    return _answer(anchor)


@operation("rolesanywhere", on=named_anchor, access="Write")
def put_notification_settings(
    call: Call, *, trust_anchor_id: str, notification_settings: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any]:
    """Keep what people want to be told of; nobody is told anything here."""
    return _saved(call, _notifying(call, find_anchor(call, trust_anchor_id), notification_settings))


@operation("rolesanywhere", on=named_anchor, access="Write")
def reset_notification_settings(
    call: Call, *, trust_anchor_id: str, notification_setting_keys: Sequence[Mapping[str, str]]
) -> Mapping[str, Any]:
    """Back to what nobody configured."""
    anchor = find_anchor(call, trust_anchor_id)
    events = {key["event"] for key in notification_setting_keys}
    for setting in _DEFAULTS:
        anchor = anchor.notifying(setting) if setting.event in events else anchor
    return _saved(call, anchor)


def _refuse_fetching(*, on: bool) -> None:
    if on:
        raise ValidationError(
            "Revocation lists are not fetched from where certificates say that they are (crlDpRevocationEnabled): "
            "send the request without it, and import them with ImportCrl."
        )


def _certificates(call: Call, source: Mapping[str, Any]) -> str:
    """The text of the bundle, found good. Raises ValidationError."""
    if source.get("sourceType", _BUNDLE) != _BUNDLE or "x509CertificateData" not in source.get("sourceData", {}):
        raise ValidationError(
            f"A trust anchor here has the sourceType {_BUNDLE} and its certificates in PEM as x509CertificateData; "
            "there is no AWS Private CA."
        )
    text = str(source["sourceData"]["x509CertificateData"])
    try:
        anchored.bundle(text, call.now)
    except X509Problem as problem:
        raise refused(problem, "the certificate bundle") from problem
    return text


def _notifying(call: Call, anchor: TrustAnchor, sent: Sequence[Mapping[str, Any]]) -> TrustAnchor:
    for one in sent:
        setting = NotificationSetting(
            event=one["event"],
            enabled=one["enabled"],
            threshold=one.get("threshold", _THRESHOLD),
            channel=one.get("channel", "ALL"),
            configured_by=call.account_id,
        )
        anchor = anchor.notifying(setting)
    return anchor


def _saved(call: Call, anchor: TrustAnchor) -> Mapping[str, Any]:
    changed = replace(anchor, updated_at=call.now.replace(microsecond=0))
    ANCHORS.save(call.tx, changed)
    return _answer(changed)


def _answer(anchor: TrustAnchor) -> Mapping[str, Any]:
    return {"trustAnchor": _members(anchor)}


def _members(anchor: TrustAnchor) -> dict[str, Any]:
    return {
        "trustAnchorId": anchor.unique_id,
        "trustAnchorArn": anchor.arn,
        "name": anchor.name,
        "source": {"sourceType": _BUNDLE, "sourceData": {"x509CertificateData": anchor.certificates}},
        "enabled": anchor.enabled,
        "crlDpRevocationEnabled": False,
        "createdAt": anchor.created_at,
        "updatedAt": anchor.updated_at,
        "notificationSettings": [
            {
                "enabled": one.enabled,
                "event": one.event,
                "threshold": one.threshold,
                "channel": one.channel,
                "configuredBy": one.configured_by,
            }
            for one in anchor.notifications
        ],
    }
