"""Certificates of ACM and, in a table of their own, their sealed private keys; and how many were imported."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, bindparam, delete, func, insert, select, tuple_, update

from sealstone.model.certificate import Certificate, CertificateType, Content
from sealstone.model.certificate_detail import CertificateDetail
from sealstone.model.certificate_request import CertificateRequest
from sealstone.model.secret import Sealed
from sealstone.store.columns import document_text, read_document, read_tags, read_time, tags_text, time_text
from sealstone.store.day_counts import DayCounts
from sealstone.store.engine import Tx
from sealstone.store.schema import CONFIGURATION
from sealstone.store.schema_certificates import (
    CERTIFICATE_IMPORTS,
    CERTIFICATE_KEYS,
    CERTIFICATE_REQUESTS,
    CERTIFICATES,
)
from sealstone.store.schema_load_balancing import CERTIFICATE_USES

_TABLE: Final = CERTIFICATES.c
_KEYS: Final = CERTIFICATE_KEYS.c
_USES: Final = CERTIFICATE_USES.c
_REQUESTS: Final = CERTIFICATE_REQUESTS.c
COLUMNS: Final = (*CERTIFICATES.c, _REQUESTS.request)
WITH_REQUESTS: Final = CERTIFICATES.outerjoin(
    CERTIFICATE_REQUESTS,
    (_REQUESTS.account_id == _TABLE.account_id)
    & (_REQUESTS.region == _TABLE.region)
    & (_REQUESTS.unique_id == _TABLE.unique_id),
)
"""What `COLUMNS` are read from: an imported certificate has no request."""
_BATCH: Final = 200

_BY_ID: Final = (
    _TABLE.account_id == bindparam("account"),
    _TABLE.region == bindparam("in_region"),
    _TABLE.unique_id == bindparam("id"),
)
_KEY_BY_ID: Final = (
    _KEYS.account_id == bindparam("account"),
    _KEYS.region == bindparam("in_region"),
    _KEYS.unique_id == bindparam("id"),
)
_OF_REGION: Final = (_TABLE.account_id == bindparam("account"), _TABLE.region == bindparam("in_region"))
_ADD: Final = insert(CERTIFICATES)
_ADD_KEY: Final = insert(CERTIFICATE_KEYS)
_ROWS: Final = select(*COLUMNS).select_from(WITH_REQUESTS)
_FIND: Final = _ROWS.where(*_BY_ID)
_WITH_ID: Final = _ROWS.where(_TABLE.account_id == bindparam("account"), _TABLE.unique_id == bindparam("id"))
_SAVE_TAGS: Final = update(CERTIFICATES).where(*_BY_ID).values(tags=bindparam("new_tags"))
_CHANGED: Final = tuple(
    column.name for column in CERTIFICATES.c if column.name not in {"account_id", "region", "unique_id", "tags"}
)
_REPLACE: Final = update(CERTIFICATES).where(*_BY_ID).values(**{name: bindparam(f"new_{name}") for name in _CHANGED})
_REPLACE_KEY: Final = update(CERTIFICATE_KEYS).where(*_KEY_BY_ID).values(sealed_private_key=bindparam("new_key"))
_REMOVE: Final = delete(CERTIFICATES).where(*_BY_ID)
_REMOVE_KEY: Final = delete(CERTIFICATE_KEYS).where(*_KEY_BY_ID)
_SEALED_KEY: Final = select(_KEYS.sealed_private_key).where(*_KEY_BY_ID)
_COUNT: Final = select(func.count()).select_from(CERTIFICATES).where(*_OF_REGION, _TABLE.kind == bindparam("of_kind"))
_USED: Final = (
    select(_USES.certificate_id)
    .where(_USES.account_id == bindparam("account"), _USES.certificate_id == bindparam("id"))
    .limit(1)
)
_CONFIGURED_ANEW: Final = update(CONFIGURATION).values(generation=CONFIGURATION.c.generation + 1)
_PLACE: Final = tuple_(_TABLE.created_at, _TABLE.unique_id)
_AFTER: Final = tuple_(bindparam("after_time"), bindparam("after_id"))


def _page(*, descending: bool) -> Select[Any]:
    order = (_TABLE.created_at, _TABLE.unique_id)
    return (
        _ROWS.where(*_OF_REGION, _PLACE < _AFTER if descending else _PLACE > _AFTER)
        .order_by(*((column.desc() for column in order) if descending else order))
        .limit(bindparam("size"))
    )


_ASCENDING: Final = _page(descending=False)
_DESCENDING: Final = _page(descending=True)
# Sorts behind every time that is stored.
_LAST: Final = "~"

_IMPORTED_BY_DAY: Final = DayCounts(CERTIFICATE_IMPORTS, CERTIFICATE_IMPORTS.c.imports)


def add(tx: Tx, certificate: Certificate, sealed_key: Sealed | None = None) -> None:
    """Store a new certificate with its private key; one that is not issued yet has none. Its request is apart."""
    tx.change(_ADD, {**_identity(certificate), **_values(certificate), "tags": tags_text(certificate.tags)})
    if sealed_key is not None:
        tx.change(_ADD_KEY, {**_identity(certificate), "sealed_private_key": sealed_key.reveal()})


def replace(tx: Tx, certificate: Certificate, sealed_key: Sealed) -> None:
    """Another content under the same id, or the first one. Whatever listener uses it is configured anew."""
    key = _bound(certificate)
    tx.change(_REPLACE, key | {f"new_{name}": value for name, value in _values(certificate).items()})
    if not tx.change(_REPLACE_KEY, key | {"new_key": sealed_key.reveal()}):
        tx.change(_ADD_KEY, {**_identity(certificate), "sealed_private_key": sealed_key.reveal()})
    if tx.row(_USED, {"account": certificate.account_id, "id": certificate.unique_id}):
        tx.change(_CONFIGURED_ANEW, {})


def save_tags(tx: Tx, certificate: Certificate) -> None:
    """Keep its tags, and nothing else of it."""
    tx.change(_SAVE_TAGS, _bound(certificate) | {"new_tags": tags_text(certificate.tags)})


def find(tx: Tx, account_id: str, region: str, unique_id: str) -> Certificate | None:
    """By its place and id."""
    row = tx.row(_FIND, {"account": account_id, "in_region": region, "id": unique_id})
    return read(row) if row else None


def with_id(tx: Tx, account_id: str, unique_id: str) -> Certificate | None:
    """By id alone, as listeners know it; ids are random, so that of one account no two are the same."""
    row = tx.row(_WITH_ID, {"account": account_id, "id": unique_id})
    return read(row) if row else None


def remove(tx: Tx, certificate: Certificate) -> None:
    """Delete the certificate and its key, if they are there."""
    tx.change(_REMOVE_KEY, _bound(certificate))
    tx.change(_REMOVE, _bound(certificate))


def each(
    tx: Tx, account_id: str, region: str, *, after: tuple[str, str] | None, descending: bool = False
) -> Iterator[Certificate]:
    """Those of one Region by time of creation, read a batch at a time; `after` is a `place`."""
    at = after or ((_LAST, "") if descending else ("", ""))
    statement = _DESCENDING if descending else _ASCENDING
    where = {"account": account_id, "in_region": region, "size": _BATCH}
    while rows := tx.rows(statement, where | {"after_time": at[0], "after_id": at[1]}):
        found = [read(row) for row in rows]
        yield from found
        at = place(found[-1])


def place(certificate: Certificate) -> tuple[str, str]:
    """Where it stands in `each`."""
    return time_text(certificate.created_at), certificate.unique_id


def count(tx: Tx, account_id: str, region: str, kind: CertificateType) -> int:
    """How many certificates of the kind the account has in the Region."""
    row = tx.row(_COUNT, {"account": account_id, "in_region": region, "of_kind": kind.value})
    return int(row[0]) if row else 0


def count_import(tx: Tx, account_id: str, region: str, at: datetime) -> None:
    """One more import on that day."""
    _IMPORTED_BY_DAY.add(tx, account_id, region, at)


def imports_since(tx: Tx, account_id: str, region: str, since: datetime) -> int:
    """Imports from that day on."""
    return _IMPORTED_BY_DAY.since(tx, account_id, region, since)


def sealed_key(tx: Tx, certificate: Certificate) -> Sealed | None:
    """The private key as it lies there; None when there is no such certificate."""
    row = tx.row(_SEALED_KEY, _bound(certificate))
    return Sealed(row[0]) if row else None


def read(row: Sequence[Any]) -> Certificate:
    """A row of `COLUMNS` as a record."""
    account_id, region, unique_id, kind, version, *content, created_at, imported_at, document, tags, request = row
    return Certificate(
        account_id=account_id,
        region=region,
        unique_id=unique_id,
        kind=CertificateType(kind),
        version=version,
        content=read_content(content),
        created_at=read_time(created_at),
        imported_at=None if imported_at is None else read_time(imported_at),
        detail=CertificateDetail.of(read_document(document)),
        request=None if request is None else CertificateRequest.of(read_document(request)),
        tags=read_tags(tags),
    )


def read_content(columns: Sequence[Any]) -> Content | None:
    """Body, chain, fingerprint and both times; None where there is none yet."""
    body, chain, fingerprint, not_before, not_after = columns
    if body is None:
        return None
    return Content(body, chain, fingerprint, read_time(not_before), read_time(not_after))


def content_values(content: Content | None) -> dict[str, Any]:
    """Of the columns that `read_content` takes."""
    return {
        "certificate_body": content.certificate_body if content else None,
        "certificate_chain": content.certificate_chain if content else None,
        "fingerprint": content.fingerprint if content else None,
        "not_before": time_text(content.not_before) if content else None,
        "not_after": time_text(content.not_after) if content else None,
    }


def _identity(certificate: Certificate) -> dict[str, str]:
    return {
        "account_id": certificate.account_id,
        "region": certificate.region,
        "unique_id": certificate.unique_id,
    }


def _bound(certificate: Certificate) -> dict[str, Any]:
    return {"account": certificate.account_id, "in_region": certificate.region, "id": certificate.unique_id}


def _values(certificate: Certificate) -> Mapping[str, Any]:
    return {
        "kind": certificate.kind.value,
        "version": certificate.version,
        **content_values(certificate.content),
        "created_at": time_text(certificate.created_at),
        "imported_at": time_text(certificate.imported_at) if certificate.imported_at else None,
        "document": document_text(certificate.detail.document()),
    }
