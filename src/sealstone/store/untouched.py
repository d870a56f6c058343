"""Reading a SQLite database without changing a byte of its files, to decide whether it may be opened at all.

An ordinary connection is not that innocent: the last one to close copies the write-ahead log into the database.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, exc
from sqlalchemy.pool import NullPool

from sealstone.store.engine import Texts, Tx, translated

_PROBE: Final = "SELECT count(*) FROM sqlite_master"
# Bytes, https://sqlite.org/fileformat2.html#the_write_ahead_log
_LOG_HEADER: Final = 32


@contextmanager
def untouched(path: Path) -> Iterator[Tx]:
    """A unit of work that only reads, and leaves the files as they are; others may use the database meanwhile.

    Two leftovers are beyond it, and neither holds data: a rollback journal (SQLite's first moment with a new file)
    is rolled back as any reader must, and a log that came without its index, as a copy of files may be, gets one.
    Raises StoreFault.
    """
    try:
        driver = _connected(path)
        engine = create_engine("sqlite://", creator=lambda: driver, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with closing(driver), engine.connect() as connection:
            yield Tx(connection, driver, Texts(engine.dialect))
    except (sqlite3.Error, exc.DBAPIError) as fault:
        raise translated(getattr(fault, "orig", fault)) from fault


def _connected(path: Path) -> sqlite3.Connection:
    """By the first way that works: the last one works wherever the database does."""
    *ways, last = _ways(path)
    for way in ways:
        try:
            return _probed(path, way)
        except sqlite3.OperationalError:
            continue
    return _probed(path, last)


def _ways(path: Path) -> tuple[str, ...]:
    """How SQLite is asked to open it (https://sqlite.org/uri.html, https://sqlite.org/wal.html#readonly)."""
    if path.with_name(path.name + "-journal").exists():
        return ("mode=rw",)
    log = path.with_name(path.name + "-wal")
    if not log.exists() or log.stat().st_size <= _LOG_HEADER:
        # All that it holds is in the one file. A log that was cut off at its header would keep a reader that may not
        # mend it waiting for ten seconds.
        return ("mode=ro&immutable=1",)
    return ("mode=ro&readonly_shm=1", "mode=ro")


def _probed(path: Path, way: str) -> sqlite3.Connection:
    driver = sqlite3.connect(f"{path.absolute().as_uri()}?{way}", uri=True, isolation_level=None)
    try:
        driver.execute(_PROBE).close()
    except sqlite3.Error:
        driver.close()
        raise
    return driver
