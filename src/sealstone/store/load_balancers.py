"""Load balancers of both generations."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, insert, select, update

from sealstone.model.load_balancer import Generation, Kind, LoadBalancer
from sealstone.model.names import folded
from sealstone.model.page import Page, PageRequest
from sealstone.store.columns import document_text, read_document, read_time, time_text
from sealstone.store.engine import Tx
from sealstone.store.schema_load_balancing import LOAD_BALANCERS

_TABLE: Final = LOAD_BALANCERS.c
_COLUMNS: Final = (
    *(_TABLE.account_id, _TABLE.unique_id, _TABLE.region, _TABLE.generation, _TABLE.kind),
    *(_TABLE.name, _TABLE.address, _TABLE.create_date, _TABLE.document),
)
_BY_ID: Final = (_TABLE.account_id == bindparam("account"), _TABLE.unique_id == bindparam("id"))
_OF_REGION: Final = (
    _TABLE.account_id == bindparam("account"),
    _TABLE.region == bindparam("in_region"),
    _TABLE.generation == bindparam("of_generation"),
)
_ADD: Final = insert(LOAD_BALANCERS)
_WITH_ID: Final = select(*_COLUMNS).where(*_BY_ID)
_FIND: Final = select(*_COLUMNS).where(*_OF_REGION, _TABLE.name_folded == bindparam("key"))
_SAVE: Final = update(LOAD_BALANCERS).where(*_BY_ID).values(document=bindparam("new_document"))
_REMOVE: Final = delete(LOAD_BALANCERS).where(*_BY_ID)
_PAGE: Final = (
    select(*_COLUMNS)
    .where(*_OF_REGION, _TABLE.name_folded > bindparam("after"))
    .order_by(_TABLE.name_folded)
    .limit(bindparam("size"))
)
_COUNT: Final = select(func.count()).select_from(LOAD_BALANCERS).where(*_OF_REGION)
_COUNT_KIND: Final = _COUNT.where(_TABLE.kind == bindparam("of_kind"))
_OF_ACCOUNT: Final = select(*_COLUMNS).where(_TABLE.account_id == bindparam("account"))
_EVERY: Final = select(*_COLUMNS).order_by(_TABLE.account_id, _TABLE.unique_id)
_ADDRESSES: Final = select(_TABLE.address)
_HOLDERS: Final = select(_TABLE.address, _TABLE.account_id).distinct()


def add(tx: Tx, load_balancer: LoadBalancer) -> None:
    """Store a new load balancer. Raises NameTaken."""
    values = {
        "account_id": load_balancer.account_id,
        "unique_id": load_balancer.unique_id,
        "region": load_balancer.region,
        "generation": load_balancer.generation.value,
        "kind": load_balancer.kind.value,
        "name": load_balancer.name,
        "name_folded": folded(load_balancer.name),
        "address": load_balancer.address,
        "create_date": time_text(load_balancer.create_date),
        "document": document_text(load_balancer.document),
    }
    tx.change(_ADD, values)


def find(tx: Tx, account_id: str, region: str, generation: Generation, name: str) -> LoadBalancer | None:
    """By name, without regard to case."""
    row = tx.row(_FIND, {**_of_region(account_id, region, generation), "key": folded(name)})
    return _read(row) if row else None


def with_id(tx: Tx, account_id: str, unique_id: str) -> LoadBalancer | None:
    """By id."""
    row = tx.row(_WITH_ID, {"account": account_id, "id": unique_id})
    return _read(row) if row else None


def save(tx: Tx, load_balancer: LoadBalancer) -> None:
    """Keep a changed document; nothing else of a load balancer changes."""
    document = document_text(load_balancer.document)
    tx.change(_SAVE, {"account": load_balancer.account_id, "id": load_balancer.unique_id, "new_document": document})


def remove(tx: Tx, load_balancer: LoadBalancer) -> None:
    """Delete the row, if it is there; its listeners are the caller's to remove."""
    tx.change(_REMOVE, {"account": load_balancer.account_id, "id": load_balancer.unique_id})


def page(tx: Tx, account_id: str, region: str, generation: Generation, request: PageRequest) -> Page[LoadBalancer]:
    """Of one account, region and generation, by name."""
    values = {**_of_region(account_id, region, generation), "after": request.after or "", "size": request.size + 1}
    rows = [_read(row) for row in tx.rows(_PAGE, values)]
    return Page.cut(rows, request.size, lambda item: folded(item.name))


def count(tx: Tx, account_id: str, region: str, generation: Generation) -> int:
    """How many the account has there."""
    row = tx.row(_COUNT, _of_region(account_id, region, generation))
    return row[0] if row else 0


def count_kind(tx: Tx, account_id: str, region: str, kind: Kind) -> int:
    """How many of the second generation and of one kind the account has there."""
    row = tx.row(_COUNT_KIND, {**_of_region(account_id, region, Generation.V2), "of_kind": kind.value})
    return row[0] if row else 0


def of_account(tx: Tx, account_id: str) -> tuple[LoadBalancer, ...]:
    """All of an account, in every Region and of both generations, in no order."""
    return tuple(_read(row) for row in tx.rows(_OF_ACCOUNT, {"account": account_id}))


def every(tx: Tx) -> tuple[LoadBalancer, ...]:
    """All of all accounts, for the data plane."""
    return tuple(_read(row) for row in tx.rows(_EVERY, {}))


def addresses(tx: Tx) -> tuple[str, ...]:
    """The addresses of all load balancers of all accounts, one for each."""
    return tuple(row[0] for row in tx.rows(_ADDRESSES, {}))


def holders(tx: Tx) -> tuple[tuple[str, str], ...]:
    """Address and account of all load balancers, each pair once, in no order."""
    return tuple((address, account_id) for address, account_id in tx.rows(_HOLDERS, {}))


def _of_region(account_id: str, region: str, generation: Generation) -> dict[str, str]:
    return {"account": account_id, "in_region": region, "of_generation": generation.value}


def _read(row: Sequence[Any]) -> LoadBalancer:
    account_id, unique_id, region, generation, kind, name, address, create_date, document = row
    return LoadBalancer(
        account_id=account_id,
        unique_id=unique_id,
        region=region,
        generation=Generation(generation),
        kind=Kind(kind),
        name=name,
        address=address,
        create_date=read_time(create_date),
        document=read_document(document),
    )
