"""The store's engine: units of work on SQLite through SQLAlchemy Core, and what can change under a cache.

Rules of this file:
- a writing unit begins with BEGIN IMMEDIATE: a deferred one loses updates or fails at its first write;
- a reading unit is one snapshot, and is rolled back at its end: what it should not have written is not kept;
- each thread keeps one connection, until `close`; after an I/O error that connection is thrown away, so that no
  failed fsync is ever retried and believed;
- every exception of the driver becomes a StoreFault here.
"""

import itertools
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import (
    URL,
    ClauseElement,
    Connection,
    CursorResult,
    Dialect,
    Engine,
    Executable,
    Insert,
    Table,
    UpdateBase,
    create_engine,
    event,
    exc,
    select,
    update,
)
from sqlalchemy.pool import NullPool
from sqlalchemy.sql.compiler import SQLCompiler

from sealstone.store.faults import DiskFailed, NameTaken, StoreBusy, StoreFailed, StoreFault
from sealstone.store.schema import CONFIGURATION, IDENTITY_VERSION

_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_NOT_UNIQUE: Final = frozenset({sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY})
_PRAGMAS: Final = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")

_IDENTITY_VERSION: Final = select(IDENTITY_VERSION.c.version)
# What counts up when a table so marked was changed.
_COUNTED: Final = {
    "identity": update(IDENTITY_VERSION).values(version=IDENTITY_VERSION.c.version + 1),
    "configures": update(CONFIGURATION).values(generation=CONFIGURATION.c.generation + 1),
}
_NOTHING: Final[frozenset[str]] = frozenset()
# Rows of one insert: few enough for SQLite's oldest limit of 999 parameters at up to 15 columns.
_AT_ONCE: Final = 64

Row = Mapping[str, Any]


class Text(NamedTuple):
    """A statement as the driver takes it."""

    sql: str
    names: tuple[str, ...]
    """Of its parameters, in order."""
    constants: Row
    """The values of those that Core itself put there."""
    marks: frozenset[str]
    """Of the table that it changes: those of `_COUNTED`."""


class Texts:
    """Core statements as SQL text of this database's dialect, each compiled once."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._compiled: dict[ClauseElement, Text] = {}

    def of(self, statement: ClauseElement) -> Text:
        """The text of a statement."""
        found = self._compiled.get(statement)
        if found is None:
            compiled = cast("SQLCompiler", statement.compile(dialect=self._dialect))
            constants = {name: value for name, value in compiled.params.items() if value is not None}
            table = statement.table if isinstance(statement, UpdateBase) else None
            marks = frozenset(table.info) & _COUNTED.keys() if isinstance(table, Table) else _NOTHING
            names = tuple(compiled.positiontup or ())
            found = self._compiled[statement] = Text(compiled.string, names, constants, marks)
        return found


class Tx:
    """One unit of work. Handed to the functions of the resource files; nobody else executes statements.

    Statements go to the driver as text that Core compiled once: a fifth of what SQLAlchemy's own
    execution costs, and the SQL stays Core's.
    """

    __slots__ = ("_driver", "_texts", "connection", "marks")

    def __init__(self, connection: Connection, driver: sqlite3.Connection, texts: Texts) -> None:
        self.connection = connection
        self.marks = _NOTHING
        """Of the tables that this unit has changed so far."""
        self._driver = driver
        self._texts = texts

    def run(self, statement: Executable) -> CursorResult[*tuple[Any, ...]]:
        """Execute one statement through SQLAlchemy, for what is not prepared. Raises StoreFault."""
        try:
            return self.connection.execute(statement)
        except exc.DBAPIError as fault:
            raise translated(fault.orig) from fault

    def rows(self, query: ClauseElement, values: Row) -> list[tuple[Any, ...]]:
        """All rows of a query. Raises StoreFault."""
        text, names, constants, _ = self._texts.of(query)
        if constants:
            values = {**constants, **values}
        try:
            return self._driver.execute(text, [values[name] for name in names]).fetchall()
        except sqlite3.Error as fault:
            raise translated(fault) from fault

    def row(self, query: ClauseElement, values: Row) -> tuple[Any, ...] | None:
        """The first row of a query, or None. Raises StoreFault."""
        found = self.rows(query, values)
        return found[0] if found else None

    def identity_version(self) -> int:
        """That of the identities which this unit sees. Raises StoreFault."""
        row = self.row(_IDENTITY_VERSION, {})
        return row[0] if row else 0

    def change(self, statement: ClauseElement, *rows: Row) -> int:
        """Insert, update or delete, once for each of `rows`; how many rows of the table it met. Raises StoreFault."""
        text, names, constants, marks = self._texts.of(statement)
        self.marks |= marks
        if constants:
            rows = tuple({**constants, **row} for row in rows)
        try:
            cursor = self._driver.executemany(text, [[row[name] for name in names] for row in rows])
        except sqlite3.Error as fault:
            raise translated(fault) from fault
        return cursor.rowcount

    def add(self, statement: Insert, rows: Sequence[Row]) -> None:
        """Insert many rows, `_AT_ONCE` with each statement. Raises StoreFault.

        The driver lets go of the interpreter lock for each step, and a thread that adds row by row takes it from
        whoever answers requests as often as it has rows: that cost more than the rows.
        """
        text, names, _, marks = self._texts.of(statement)
        self.marks |= marks
        whole = len(rows) - len(rows) % _AT_ONCE
        several = text + f", ({', '.join('?' * len(names))})" * (_AT_ONCE - 1)
        try:
            for start in range(0, whole, _AT_ONCE):
                self._driver.execute(several, [row[name] for row in rows[start : start + _AT_ONCE] for name in names])
        except sqlite3.Error as fault:
            raise translated(fault) from fault
        if whole < len(rows):
            self.change(statement, *rows[whole:])


class _Held(threading.local):
    """What one thread holds."""

    connection: Connection | None = None
    driver: sqlite3.Connection | None = None
    """The connection's own, taken out once."""
    stamp: int = 0
    busy: bool = False
    identity: int = 0
    identity_at: tuple[int, int] | None = None
    """The version at which `identity` was read."""
    snapshot: Tx | None = None
    """The reading unit that is open, if one is."""


class _Reading:
    """The context of a reading unit; a class, since a generator's costs as much as the statements."""

    __slots__ = ("_begin", "_driver", "_end")

    def __init__(
        self,
        begin: Callable[[], tuple[Tx, sqlite3.Connection | None]],
        end: Callable[[sqlite3.Connection, BaseException | None], None],
    ) -> None:
        """`begin` tells no connection when the unit is part of another one, which ends it."""
        self._begin, self._end = begin, end
        self._driver: sqlite3.Connection | None = None

    def __enter__(self) -> Tx:
        tx, self._driver = self._begin()
        return tx

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: object) -> None:
        if self._driver is not None:
            self._end(self._driver, fault)


class Store:
    """An open database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._texts = Texts(engine.dialect)
        self._held = _Held()
        self._stamps = itertools.count(1)
        self._open: list[Connection] = []
        self._opening = threading.Lock()

    @classmethod
    def open(cls, path: Path, *, busy_timeout: float = 5.0) -> "Store":
        """Open or create the database file, mode 0600. `busy_timeout` is in seconds. Raises StoreFailed."""
        try:
            # SQLite gives its write-ahead log and shared memory the mode of the database. A file that is there is not
            # touched: to close it would give up every lock that this process holds on it (POSIX, fcntl).
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            pass
        except OSError as fault:
            raise StoreFailed(f"cannot open the database {path}: {fault.strerror}") from fault
        engine = create_engine(
            # Not a text: a path may hold what a URL gives a meaning to.
            URL.create("sqlite", database=str(path)),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"timeout": busy_timeout, "check_same_thread": False, "cached_statements": 256},
        )

        @event.listens_for(engine, "connect")
        def _prepare(connection: sqlite3.Connection, _record: object) -> None:
            try:
                for pragma in _PRAGMAS:
                    connection.execute(f"PRAGMA {pragma}").close()
            except sqlite3.Error:
                connection.close()
                raise

        return cls(engine)

    def reading(self) -> "_Reading":
        """A snapshot: what other units commit meanwhile is not seen. Raises StoreFault.

        A reading unit inside another one is that one: an answer and the authentication before it share a snapshot.
        """
        return _Reading(self._begin_reading, self._end_reading)

    @contextmanager
    def writing(self) -> Iterator[Tx]:
        """All or nothing, durable when it ends; one at a time in the whole database. Raises StoreFault."""
        connection, driver = self._enter("BEGIN IMMEDIATE")
        try:
            tx = Tx(connection, driver, self._texts)
            yield tx
            for mark in tx.marks:
                tx.change(_COUNTED[mark], {})
            self._commit(driver)
        except BaseException as fault:
            self._abandon(driver, distrusted=isinstance(fault, DiskFailed))
            raise
        finally:
            self._held.busy = False

    def version(self) -> tuple[int, int]:
        """Changes whenever a committed write may have happened since, by this process or any other.

        Ask for the version first, then read: the value is current for as long as the same thread gets the same
        version again. No version comes twice, not even after a connection was replaced. Versions of different
        threads mean nothing to each other.
        """
        _, driver = self._connected()
        try:
            cursor = driver.execute("PRAGMA data_version")
            changes: int = cursor.fetchone()[0]
        except sqlite3.Error as fault:
            raise self._distrusting(fault) from fault
        # data_version does not count the commits of its own connection, and each connection has a count of its own.
        return changes, self._held.stamp

    def identity_version(self) -> int:
        """Changes whenever users, their policies, their access keys or their signing certificates may have changed.

        Raises StoreFault.

        As `version`, but no other commit changes it, and it is the same in every thread; it costs a row only after a
        commit.
        """
        held, version = self._held, self.version()
        if held.identity_at != version:
            with self.reading() as tx:
                held.identity, held.identity_at = tx.identity_version(), version
        return held.identity

    def close(self) -> None:
        """Close the connections of all threads; call it when no unit is running."""
        with self._opening:
            for connection in self._open:
                with suppress(exc.SQLAlchemyError, sqlite3.Error):
                    connection.close()
            self._open.clear()
        self._held = _Held()
        self._engine.dispose()

    def _begin_reading(self) -> tuple[Tx, sqlite3.Connection | None]:
        held = self._held
        if held.snapshot is not None:
            return held.snapshot, None
        connection, driver = self._enter("BEGIN")
        held.snapshot = Tx(connection, driver, self._texts)
        return held.snapshot, driver

    def _end_reading(self, driver: sqlite3.Connection, fault: BaseException | None) -> None:
        held = self._held
        held.busy, held.snapshot = False, None
        self._abandon(driver, distrusted=isinstance(fault, DiskFailed))

    def _enter(self, begin: str) -> tuple[Connection, sqlite3.Connection]:
        if self._held.busy:
            raise RuntimeError("units of work do not nest")
        connection, driver = self._connected()
        try:
            driver.execute(begin).close()
        except sqlite3.Error as fault:
            raise self._distrusting(fault) from fault
        self._held.busy = True
        return connection, driver

    def _connected(self) -> tuple[Connection, sqlite3.Connection]:
        held = self._held
        if held.connection is None or held.driver is None:
            try:
                held.connection = self._engine.connect()
            except exc.DBAPIError as fault:
                raise translated(fault.orig) from fault
            held.driver = cast("sqlite3.Connection", held.connection.connection.driver_connection)
            held.stamp = next(self._stamps)
            with self._opening:
                self._open.append(held.connection)
        return held.connection, held.driver

    def _commit(self, driver: sqlite3.Connection) -> None:
        try:
            driver.execute("COMMIT").close()
        except sqlite3.Error as fault:
            raise translated(fault) from fault
        self._held.stamp = next(self._stamps)

    def _abandon(self, driver: sqlite3.Connection, *, distrusted: bool) -> None:
        """Roll back; a connection that cannot even do that, or saw the disk fail, is thrown away.

        A full disk is no such case: nothing was lost, and to open anew would need room.
        """
        try:
            if driver.in_transaction:
                driver.execute("ROLLBACK").close()
        except sqlite3.Error:
            distrusted = True
        if distrusted:
            self._discard()

    def _distrusting(self, fault: sqlite3.Error) -> StoreFault:
        """The driver's exception outside of a unit, in this room's words."""
        found = translated(fault)
        if isinstance(found, DiskFailed):
            self._discard()
        return found

    def _discard(self) -> None:
        connection, self._held.connection, self._held.driver = self._held.connection, None, None
        if connection is not None:
            with self._opening:
                self._open.remove(connection)
            with suppress(exc.SQLAlchemyError, sqlite3.Error):
                connection.close()


def translated(fault: BaseException | None) -> StoreFault:
    """The driver's exception in the words of this room."""
    text = " ".join(str(fault).split())
    code = getattr(fault, "sqlite_errorcode", 0)
    if code in _NOT_UNIQUE:
        return NameTaken(f"already there: {text}")
    if code & 0xFF in _BUSY:
        return StoreBusy(f"the database is busy: {text}")
    if code & 0xFF == sqlite3.SQLITE_IOERR:
        return DiskFailed(f"the disk failed: {text}")
    return StoreFailed(f"the database failed: {text}")
