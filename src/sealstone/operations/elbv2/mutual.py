"""Mutual authentication of a listener: what may be asked for, how it is kept, and how it is described."""

from collections.abc import Mapping
from typing import Any, Final

from sealstone.model import arn as arns
from sealstone.model.application_detail import MutualAuthentication
from sealstone.operations.call import Call
from sealstone.operations.elbv2.trusts import find_trust_store
from sealstone.operations.errors import ValidationError
from sealstone.store import trust_stores

OFF: Final = "off"
PASSTHROUGH: Final = "passthrough"
VERIFY: Final = "verify"
_MODES: Final = (OFF, PASSTHROUGH, VERIFY)
_ONLY_VERIFYING: Final = ("TrustStoreArn", "IgnoreClientCertificateExpiry", "AdvertiseTrustStoreCaNames")
_TOLD: Final = "TrustStoreAssociationStatus"


def check(call: Call, sent: Mapping[str, Any]) -> MutualAuthentication:
    """The sent MutualAuthentication in the form in which a listener keeps it.

    Which listeners may have one at all is the caller's to check. Raises ValidationError, TrustStoreNotFound.
    """
    mode = sent.get("Mode", OFF)
    if mode not in _MODES:
        raise ValidationError(f"Mutual authentication mode '{mode}' must be one of [{', '.join(_MODES)}]")
    if mode != VERIFY:
        for name in _ONLY_VERIFYING:
            if sent.get(name, OFF) not in (OFF, False, ""):
                raise ValidationError(
                    f"{name} cannot be specified with mutual authentication mode '{mode}'; leave it out, or use the "
                    f"mode '{VERIFY}'."
                )
        return MutualAuthentication(mode)
    if not sent.get("TrustStoreArn"):
        raise ValidationError(f"A trust store must be specified with mutual authentication mode '{VERIFY}'")
    found = find_trust_store(call, str(sent["TrustStoreArn"]))
    return MutualAuthentication(
        mode,
        trust_store_id=found.record.unique_id,
        ignore_expiry=bool(sent.get("IgnoreClientCertificateExpiry", False)),
        advertise_names=str(sent.get("AdvertiseTrustStoreCaNames", OFF)),
    )


def members(call: Call, kept: MutualAuthentication | None) -> dict[str, Any]:
    """A listener's MutualAuthentication as it is described."""
    if kept is None or kept.mode != VERIFY:
        return {"Mode": kept.mode if kept else OFF}
    return {
        "Mode": kept.mode,
        "TrustStoreArn": _present_arn(call, kept.trust_store_id or ""),
        "IgnoreClientCertificateExpiry": bool(kept.ignore_expiry),
        "AdvertiseTrustStoreCaNames": kept.advertise_names or OFF,
        _TOLD: "active",
    }


def _present_arn(call: Call, trust_store_id: str) -> str:
    """Of a trust store in use, which cannot be deleted."""
    found = trust_stores.with_id(call.tx, call.account_id, trust_store_id)
    return found.arn if found else arns.trust_store(call.region, call.account_id, "-", trust_store_id)
