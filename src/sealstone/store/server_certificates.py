"""Server certificates and, in a table of their own, their sealed private keys."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, insert, select, tuple_, update

from sealstone.model.names import folded
from sealstone.model.page import Page, PageRequest
from sealstone.model.secret import Sealed
from sealstone.model.server_certificate import ServerCertificate, ServerCertificateMetadata
from sealstone.store import accounts
from sealstone.store.columns import read_tags, read_time, tags_text, time_text
from sealstone.store.engine import Tx
from sealstone.store.schema import SERVER_CERTIFICATE_KEYS, SERVER_CERTIFICATES

_TABLE: Final = SERVER_CERTIFICATES.c
_KEYS: Final = SERVER_CERTIFICATE_KEYS.c
COLUMNS: Final = (
    _TABLE.account_id,
    _TABLE.unique_id,
    _TABLE.name,
    _TABLE.path,
    _TABLE.certificate_body,
    _TABLE.certificate_chain,
    _TABLE.fingerprint,
    _TABLE.not_after,
    _TABLE.upload_date,
    _TABLE.tags,
)
_METADATA: Final = (
    _TABLE.account_id,
    _TABLE.unique_id,
    _TABLE.name,
    _TABLE.path,
    _TABLE.not_after,
    _TABLE.upload_date,
)
_BATCH: Final = 500
_BY_ID: Final = (_TABLE.account_id == bindparam("account"), _TABLE.unique_id == bindparam("id"))
_ADD: Final = insert(SERVER_CERTIFICATES)
_ADD_KEY: Final = insert(SERVER_CERTIFICATE_KEYS)
_FIND: Final = select(*COLUMNS).where(_TABLE.account_id == bindparam("account"), _TABLE.name_folded == bindparam("key"))
_WITH_ID: Final = select(*COLUMNS).where(*_BY_ID)
_EVERY: Final = (
    select(*COLUMNS)
    .where(tuple_(_TABLE.account_id, _TABLE.unique_id) > tuple_(bindparam("account"), bindparam("id")))
    .order_by(_TABLE.account_id, _TABLE.unique_id)
    .limit(bindparam("size"))
)
_SAVE: Final = (
    update(SERVER_CERTIFICATES)
    .where(*_BY_ID)
    .values(
        name=bindparam("new_name"),
        name_folded=bindparam("new_name_folded"),
        path=bindparam("new_path"),
        tags=bindparam("new_tags"),
    )
)
_REMOVE: Final = delete(SERVER_CERTIFICATES).where(*_BY_ID)
_KEY_BY_ID: Final = (_KEYS.account_id == bindparam("account"), _KEYS.unique_id == bindparam("id"))
_REMOVE_KEY: Final = delete(SERVER_CERTIFICATE_KEYS).where(*_KEY_BY_ID)
_SEALED_KEY: Final = select(_KEYS.sealed_private_key).where(*_KEY_BY_ID)
_PAGE: Final = (
    select(*_METADATA)
    .where(
        _TABLE.account_id == bindparam("account"),
        _TABLE.name_folded > bindparam("after"),
        func.substr(_TABLE.path, 1, bindparam("length")) == bindparam("prefix"),
    )
    .order_by(_TABLE.name_folded)
    .limit(bindparam("size"))
)


def add(tx: Tx, certificate: ServerCertificate, sealed_key: Sealed) -> None:
    """Store a new certificate with its private key, and count it. Raises NameTaken."""
    identity = {"account_id": certificate.account_id, "unique_id": certificate.unique_id}
    tx.change(_ADD, {**identity, **_values(certificate)})
    tx.change(_ADD_KEY, {**identity, "sealed_private_key": sealed_key.reveal()})
    accounts.count_server_certificates(tx, certificate.account_id, +1)


def find(tx: Tx, account_id: str, name: str) -> ServerCertificate | None:
    """By name, without regard to case."""
    row = tx.row(_FIND, {"account": account_id, "key": folded(name)})
    return read(row) if row else None


def with_id(tx: Tx, account_id: str, unique_id: str) -> ServerCertificate | None:
    """By id, which stays through renames."""
    row = tx.row(_WITH_ID, {"account": account_id, "id": unique_id})
    return read(row) if row else None


def every(tx: Tx) -> Iterator[ServerCertificate]:
    """All certificates of all accounts, for checks; read a batch at a time, however many there are."""
    after = {"account": "", "id": ""}
    while rows := tx.rows(_EVERY, {**after, "size": _BATCH}):
        yield from map(read, rows)
        after = {"account": rows[-1][0], "id": rows[-1][1]}


def save(tx: Tx, certificate: ServerCertificate) -> None:
    """Keep a changed name, path or tags. Raises NameTaken."""
    values = {
        "account": certificate.account_id,
        "id": certificate.unique_id,
        "new_name": certificate.name,
        "new_name_folded": folded(certificate.name),
        "new_path": certificate.path,
        "new_tags": tags_text(certificate.tags),
    }
    tx.change(_SAVE, values)


def remove(tx: Tx, certificate: ServerCertificate) -> None:
    """Delete the certificate and its key, if they are there, and count it off."""
    identity = {"account": certificate.account_id, "id": certificate.unique_id}
    tx.change(_REMOVE_KEY, identity)
    removed = tx.change(_REMOVE, identity)
    accounts.count_server_certificates(tx, certificate.account_id, -removed)


def page(tx: Tx, account_id: str, path_prefix: str, request: PageRequest) -> Page[ServerCertificateMetadata]:
    """Metadata by name of the certificates whose path begins with the prefix, from the listing index alone."""
    values = {
        "account": account_id,
        "after": request.after or "",
        "prefix": path_prefix,
        "length": len(path_prefix),
        "size": request.size + 1,
    }
    rows = [_read_metadata(row) for row in tx.rows(_PAGE, values)]
    return Page.cut(rows, request.size, lambda item: folded(item.name))


def count(tx: Tx, account_id: str) -> int:
    """How many server certificates the account has."""
    return accounts.count_server_certificates(tx, account_id)


def sealed_key(tx: Tx, account_id: str, unique_id: str) -> Sealed | None:
    """The private key as it lies there; None when there is no such certificate."""
    row = tx.row(_SEALED_KEY, {"account": account_id, "id": unique_id})
    return Sealed(row[0]) if row else None


def read(row: Sequence[Any]) -> ServerCertificate:
    """A row of `COLUMNS` as a record."""
    account_id, unique_id, name, path, body, chain, fingerprint, not_after, upload_date, tags = row
    return ServerCertificate(
        account_id=account_id,
        unique_id=unique_id,
        name=name,
        path=path,
        certificate_body=body,
        certificate_chain=chain,
        fingerprint=fingerprint,
        not_after=read_time(not_after),
        upload_date=read_time(upload_date),
        tags=read_tags(tags),
    )


def _read_metadata(row: Sequence[Any]) -> ServerCertificateMetadata:
    account_id, unique_id, name, path, not_after, upload_date = row
    return ServerCertificateMetadata(account_id, unique_id, name, path, read_time(not_after), read_time(upload_date))


def _values(certificate: ServerCertificate) -> Mapping[str, str | None]:
    return {
        "name": certificate.name,
        "name_folded": folded(certificate.name),
        "path": certificate.path,
        "certificate_body": certificate.certificate_body,
        "certificate_chain": certificate.certificate_chain,
        "fingerprint": certificate.fingerprint,
        "not_after": time_text(certificate.not_after),
        "upload_date": time_text(certificate.upload_date),
        "tags": tags_text(certificate.tags),
    }
