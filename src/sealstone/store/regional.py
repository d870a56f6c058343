"""Resources of one Region of one account, by id: the SQL that tables with such a key have in common.

Which columns a resource has, and what they mean, is told by the file of the resource.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, Protocol, TypeVar

from sqlalchemy import Table, bindparam, delete, func, insert, select, update

from sealstone.model.page import Page, PageRequest
from sealstone.store.engine import Row, Tx

_KEY: Final = ("account_id", "region", "unique_id")


class Regional(Protocol):
    """What every such record has."""

    @property
    def account_id(self) -> str:
        """12 digits."""

    @property
    def region(self) -> str:
        """As in ARNs."""

    @property
    def unique_id(self) -> str:
        """Unique in the Region of the account."""


T = TypeVar("T", bound=Regional)


class Shelf(Generic[T]):
    """The records of one table. `read` takes the columns in the table's order, `written` gives those behind the key."""

    def __init__(self, table: Table, read: Callable[..., T], written: Callable[[T], Row]) -> None:
        """Build the statements, once."""
        columns = table.c
        of_region = (columns.account_id == bindparam("account"), columns.region == bindparam("in_region"))
        by_id = (*of_region, columns.unique_id == bindparam("id"))
        changed: dict[str, Any] = {
            column.name: bindparam(f"new_{column.name}") for column in columns if column.name not in _KEY
        }
        self._read, self._written = read, written
        self._add = insert(table)
        self._find = select(*columns).where(*by_id)
        self._save = update(table).where(*by_id).values(**changed)
        self._remove = delete(table).where(*by_id)
        self._count = select(func.count()).select_from(table).where(columns.account_id == bindparam("account"))
        self._page = (
            select(*columns)
            .where(*of_region, columns.unique_id > bindparam("after"))
            .order_by(columns.unique_id)
            .limit(bindparam("size"))
        )

    def add(self, tx: Tx, record: T) -> None:
        """Store a new one. Raises NameTaken."""
        key = {"account_id": record.account_id, "region": record.region, "unique_id": record.unique_id}
        tx.change(self._add, key | dict(self._written(record)))

    def find(self, tx: Tx, account_id: str, region: str, unique_id: str) -> T | None:
        """By id."""
        row = tx.row(self._find, {"account": account_id, "in_region": region, "id": unique_id})
        return self._read(*row) if row else None

    def save(self, tx: Tx, record: T) -> None:
        """Keep everything but the key."""
        key = {"account": record.account_id, "in_region": record.region, "id": record.unique_id}
        tx.change(self._save, key | {f"new_{name}": value for name, value in self._written(record).items()})

    def remove(self, tx: Tx, record: T) -> None:
        """Delete it, if it is there."""
        tx.change(self._remove, {"account": record.account_id, "in_region": record.region, "id": record.unique_id})

    def count(self, tx: Tx, account_id: str) -> int:
        """How many the account has, in all Regions."""
        row = tx.row(self._count, {"account": account_id})
        return row[0] if row else 0

    def page(self, tx: Tx, account_id: str, region: str, request: PageRequest) -> Page[T]:
        """Those of one Region, by id."""
        after = request.after or ""
        values = {"account": account_id, "in_region": region, "after": after, "size": request.size + 1}
        return Page.cut(self.read_all(tx.rows(self._page, values)), request.size, lambda record: record.unique_id)

    def read_all(self, rows: Sequence[Sequence[Any]]) -> tuple[T, ...]:
        """Whole rows as records."""
        return tuple(self._read(*row) for row in rows)
