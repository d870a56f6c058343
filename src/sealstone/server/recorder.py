"""The recorder: audit records of reads and last uses of keys, written by one thread in batches within a second.

Nothing here decides what is recorded. While the store cannot be written, records wait and nothing else does until
the queue is full; no record is ever given up.
"""

import logging
import threading
import time
from collections import deque
from dataclasses import replace
from typing import Final

from sealstone.model.audit import AuditRecord
from sealstone.model.identity import LastUse
from sealstone.model.secret import Secret
from sealstone.store import access_keys, audit
from sealstone.store.engine import Store
from sealstone.store.faults import StoreFault

_INTERVAL: Final = 0.5
_CAPACITY: Final = 20_000
_BATCH: Final = 2_000
_PATIENCE: Final = 10.0
_LOG: Final = logging.getLogger("sealstone.audit")


class BatchRecorder:
    """Queues records and writes them in order. Full: `record` waits for room, so that no record is lost."""

    def __init__(self, store: Store, key: Secret, *, capacity: int = _CAPACITY, patience: float = _PATIENCE) -> None:
        """`patience` is how many seconds `record` waits for room, and `stop` for the store."""
        self._store = store
        self._key = key
        self._capacity = capacity
        self._patience = patience
        self._records: deque[AuditRecord] = deque()
        self._uses: dict[str, LastUse] = {}
        self._using = threading.Lock()
        self._room = threading.Condition()
        self._wake = threading.Event()
        self._stopping = False
        self._deadline = 0.0
        self._waiting = ""
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        """Begin writing."""
        self._thread.start()

    @property
    def full(self) -> bool:
        """True while `record` would wait for room."""
        return len(self._records) >= self._capacity

    @property
    def queued(self) -> int:
        """How many records wait to be written."""
        return len(self._records)

    def record(self, record: AuditRecord) -> None:
        """Queue one audit record. Waits only when the queue is full, and after that rather grows than loses it."""
        if self.full:
            self._wake.set()
            with self._room:
                self._room.wait_for(lambda: not self.full, timeout=self._patience)
        self._records.append(record)

    def used(self, use: LastUse) -> None:
        """Remember the last use of a key; the newest of each batch wins."""
        with self._using:
            self._uses[use.access_key_id] = use

    def stop(self) -> None:
        """Write what is queued and end the thread. What cannot be written in time is counted in the log."""
        self._deadline = time.monotonic() + self._patience
        self._stopping = True
        self._wake.set()
        # A write that has begun may hold on for the store's busy timeout.
        self._thread.join(timeout=2 * self._patience)
        if self._records:
            _LOG.critical(
                "the server stops with %d audit records that could not be written: %s",
                len(self._records),
                self._waiting or "the store did not answer in time",
            )

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(_INTERVAL)
            self._wake.clear()
            self._flush()
        while not self._flush() and time.monotonic() < self._deadline:
            # Nobody sets it any more but those who wait for room: a pause.
            self._wake.wait(_INTERVAL / 5)
            self._wake.clear()

    def _flush(self) -> bool:
        """One transaction for up to a batch; what could not be written stays queued. True when nothing is left."""
        size = _BATCH
        while self._records or self._uses:
            records = tuple(self._records[index] for index in range(min(len(self._records), size)))
            with self._using:
                uses, self._uses = self._uses, {}
            try:
                self._write(records, uses)
            except StoreFault as fault:
                with self._using:
                    self._uses = uses | self._uses
                self._wait(str(fault))
                return False
            except Exception as fault:  # noqa: BLE001 - a recorder that ends would end the audit log
                # The last uses are let go: they may have been the reason, and they can be missed.
                if not self._narrowed(records, fault):
                    return False
                size = 1 if len(records) > 1 else _BATCH
                continue
            self._taken(len(records))
        return True

    def _write(self, records: tuple[AuditRecord, ...], uses: dict[str, LastUse]) -> None:
        with self._store.writing() as tx:
            audit.append(tx, records, self._key)
            access_keys.record_uses(tx, uses.values())

    def _narrowed(self, records: tuple[AuditRecord, ...], fault: Exception) -> bool:
        """After something nobody thought of: first each record alone, then without what a caller sent, then wait."""
        if len(records) == 1:
            stripped = replace(records[0], parameters={}, resources=(), user_agent="")
            if stripped == records[0]:
                self._wait(f"{type(fault).__name__}: {fault}")
                return False
            self._records[0] = stripped
        _LOG.error("%d audit records could not be written as they are", len(records), exc_info=fault)
        return True

    def _taken(self, count: int) -> None:
        for _ in range(count):
            self._records.popleft()
        with self._room:
            self._room.notify_all()
        if self._waiting:
            _LOG.warning("audit records are written again")
            self._waiting = ""

    def _wait(self, reason: str) -> None:
        """Say why records wait, once for each reason: a full disk would fill the log too."""
        if reason != self._waiting:
            _LOG.error("audit records wait: the store cannot be written: %s", reason)
            self._waiting = reason
