"""What calls act on: the ARNs behind ids, and the records behind those."""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from sealstone.model import arn, profile, revocation_list, subject, trust_anchor
from sealstone.model.profile import Profile
from sealstone.model.revocation_list import RevocationList
from sealstone.model.trust_anchor import TrustAnchor
from sealstone.operations.call import Call, Resource
from sealstone.operations.errors import ResourceNotFoundException
from sealstone.operations.operation import Resources
from sealstone.store.profiles import PROFILES
from sealstone.store.regional import Regional, Shelf
from sealstone.store.revocation_lists import LISTS
from sealstone.store.trust_anchors import ANCHORS

Tagged = TrustAnchor | Profile | RevocationList
T = TypeVar("T", bound=Regional)

SHELVES: Final[Mapping[str, Shelf[TrustAnchor] | Shelf[Profile] | Shelf[RevocationList]]] = {
    trust_anchor.KIND: ANCHORS,
    profile.KIND: PROFILES,
    revocation_list.KIND: LISTS,
}
_ARN: Final = re.compile(r"arn:aws:rolesanywhere:([a-z0-9-]{1,64}):([0-9]{12}):([a-z-]+)/([a-z0-9-]{36})", re.ASCII)


def parsed(text: str) -> tuple[str, str, str, str] | None:
    """Region, account, kind and id of an ARN; None for anything else."""
    found = _ARN.fullmatch(text)
    return (found[1], found[2], found[3], found[4]) if found else None


def everything(_call: Call) -> tuple[Resource, ...]:
    """Creating and listing act on no resource that there is (service authorization reference)."""
    return (Resource("*"),)


def named(parameter: str, kind: str) -> Resources:
    """What acts on the resource that the parameter names by id or ARN."""

    def resources(call: Call) -> tuple[Resource, ...]:
        sent = str(call.parameters.get(parameter) or "*")
        unique_id = _id(call, sent, kind)
        record = _lookup(call, kind, unique_id)
        named = arn.roles_anywhere(kind, call.region, call.account_id, unique_id)
        return (Resource(named, record.tags if record else {}),)

    return resources


def named_by_arn(call: Call) -> tuple[Resource, ...]:
    """What acts on `resourceArn`, of whichever kind it is."""
    sent = str(call.parameters.get("resourceArn") or "*")
    record = lookup_arn(call, sent)
    return (Resource(sent, record.tags if record else {}),)


named_anchor: Final = named("trustAnchorId", trust_anchor.KIND)
named_profile: Final = named("profileId", profile.KIND)
named_list: Final = named("crlId", revocation_list.KIND)
named_subject: Final[Callable[[Call], tuple[Resource, ...]]] = named("subjectId", subject.KIND)


def find_anchor(call: Call, sent: str) -> TrustAnchor:
    """By id or ARN. Raises ResourceNotFoundException."""
    return _found(_get(call, ANCHORS, trust_anchor.KIND, sent), "trust anchor", sent)


def find_profile(call: Call, sent: str) -> Profile:
    """By id or ARN. Raises ResourceNotFoundException."""
    return _found(_get(call, PROFILES, profile.KIND, sent), "profile", sent)


def find_list(call: Call, sent: str) -> RevocationList:
    """By id or ARN. Raises ResourceNotFoundException."""
    return _found(_get(call, LISTS, revocation_list.KIND, sent), "revocation list", sent)


def lookup_arn(call: Call, sent: str) -> Tagged | None:
    """What has tags, by ARN."""
    place = parsed(sent)
    if place is None or place[:2] != (call.region, call.account_id) or place[2] not in SHELVES:
        return None
    return _lookup(call, place[2], place[3])


def not_found(what: str, sent: str) -> ResourceNotFoundException:
    """The refusal, of whatever it is."""
    return ResourceNotFoundException(f"There is no {what} {sent[:200]} in this account and Region.")


def _id(call: Call, sent: str, kind: str) -> str:
    """The id; of an ARN of another Region, account or kind one that nothing has.

    What a call acts on is of the Region that it was signed for: else a policy's aws:RequestedRegion would bind nobody.
    """
    place = parsed(sent)
    return place[3] if place and place[:3] == (call.region, call.account_id, kind) else sent


def _lookup(call: Call, kind: str, unique_id: str) -> Tagged | None:
    """One query a call however often it is asked."""
    shelf = SHELVES.get(kind)
    key = f"{kind} {unique_id}"
    if shelf is not None and key not in call.found:
        call.found[key] = shelf.find(call.tx, call.account_id, call.region, unique_id)
    found: Tagged | None = call.found.get(key)
    return found


def _get(call: Call, shelf: Shelf[T], kind: str, sent: str) -> T | None:
    unique_id = _id(call, sent, kind)
    key = f"{kind} {unique_id}"
    if key in call.found:
        kept: T | None = call.found[key]
        return kept
    return shelf.find(call.tx, call.account_id, call.region, unique_id)


def _found(record: T | None, what: str, sent: str) -> T:
    if record is None:
        raise not_found(what, sent)
    return record
