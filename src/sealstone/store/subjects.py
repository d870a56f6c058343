"""Subjects of Roles Anywhere."""

import json
from collections.abc import Iterable
from typing import Final

from sealstone.model.subject import Seen, Subject
from sealstone.store.columns import read_time, time_text
from sealstone.store.engine import Row
from sealstone.store.regional import Shelf
from sealstone.store.schema_roles_anywhere import SUBJECTS as TABLE


def _read(
    account_id: str,
    region: str,
    unique_id: str,
    x509_subject: str,
    created_at: str,
    updated_at: str,
    last_seen_at: str,
    credentials: str,
    instance_properties: str,
) -> Subject:
    return Subject(
        account_id=account_id,
        region=region,
        unique_id=unique_id,
        x509_subject=x509_subject,
        created_at=read_time(created_at),
        updated_at=read_time(updated_at),
        last_seen_at=read_time(last_seen_at),
        credentials=_seen(credentials),
        instance_properties=_seen(instance_properties),
    )


def _written(subject: Subject) -> Row:
    return {
        "x509_subject": subject.x509_subject,
        "created_at": time_text(subject.created_at),
        "updated_at": time_text(subject.updated_at),
        "last_seen_at": time_text(subject.last_seen_at),
        "credentials": _text(subject.credentials),
        "instance_properties": _text(subject.instance_properties),
    }


def _seen(text: str) -> tuple[Seen, ...]:
    return tuple(Seen(read_time(at), value) for at, value in json.loads(text))


def _text(seen: Iterable[Seen]) -> str:
    return json.dumps([(time_text(one.at), dict(one.value)) for one in seen])


SUBJECTS: Final = Shelf(TABLE, _read, _written)
"""All of them."""
