"""Subjects: who has had sessions by certificate. CreateSession writes them."""

from collections.abc import Mapping
from typing import Any

from sealstone.model.subject import Subject
from sealstone.operations.call import Call
from sealstone.operations.operation import operation
from sealstone.operations.rolesanywhere.resources import everything, named_subject, not_found
from sealstone.operations.rolesanywhere.wording import page_members, page_request
from sealstone.store.subjects import SUBJECTS


@operation("rolesanywhere", on=named_subject, access="Read")
def get_subject(call: Call, *, subject_id: str) -> Mapping[str, Any]:
    """One of them, with the last certificates and instance properties that came."""
    found = SUBJECTS.find(call.tx, call.account_id, call.region, subject_id)
    if found is None:
        raise not_found("subject", subject_id)
    more = {
        "credentials": [{"seenAt": one.at, "enabled": True, "failed": False, **one.value} for one in found.credentials],
        "instanceProperties": [
            {"seenAt": one.at, "failed": False, "properties": one.value} for one in found.instance_properties
        ],
    }
    return {"subject": _members(found) | more}


@operation("rolesanywhere", on=everything, access="List")
def list_subjects(call: Call, *, next_token: str | None = None, page_size: int | None = None) -> Mapping[str, Any]:
    """Those of the Region."""
    found = SUBJECTS.page(call.tx, call.account_id, call.region, page_request(next_token, page_size))
    return {"subjects": [_members(subject) for subject in found.items]} | page_members(found)


def _members(found: Subject) -> dict[str, Any]:
    return {
        "subjectArn": found.arn,
        "subjectId": found.unique_id,
        # There is no way to switch a subject off, at AWS neither: a revocation list does that.
        "enabled": True,
        "x509Subject": found.x509_subject,
        "lastSeenAt": found.last_seen_at,
        "createdAt": found.created_at,
        "updatedAt": found.updated_at,
    }
