"""The recorder: audit records of reads and last uses of keys, written by one thread in batches within a second."""

import logging
import threading
from collections import deque
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
_LOG: Final = logging.getLogger("sealstone.audit")


class BatchRecorder:
    """Queues records and writes them in order. Full: `record` waits for room, so that no record is lost."""

    def __init__(self, store: Store, key: Secret, *, capacity: int = _CAPACITY) -> None:
        self._store = store
        self._key = key
        self._capacity = capacity
        self._records: deque[AuditRecord] = deque()
        self._uses: dict[str, LastUse] = {}
        self._using = threading.Lock()
        self._room = threading.Condition()
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        """Begin writing."""
        self._thread.start()

    def record(self, record: AuditRecord) -> None:
        """Queue one audit record; waits only when the queue is full."""
        if len(self._records) >= self._capacity:
            self._wake.set()
            with self._room:
                self._room.wait_for(lambda: len(self._records) < self._capacity, timeout=10)
        self._records.append(record)

    def used(self, use: LastUse) -> None:
        """Remember the last use of a key; the newest of each batch wins."""
        with self._using:
            self._uses[use.access_key_id] = use

    def stop(self) -> None:
        """Write what is queued and end the thread."""
        self._stopping = True
        self._wake.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(_INTERVAL)
            self._wake.clear()
            self._flush()
        self._flush()

    def _flush(self) -> None:
        """One transaction for up to a batch; what could not be written stays queued for the next turn."""
        while self._records or self._uses:
            records = tuple(self._records[index] for index in range(min(len(self._records), _BATCH)))
            with self._using:
                uses, self._uses = self._uses, {}
            try:
                with self._store.writing() as tx:
                    audit.append(tx, records, self._key)
                    access_keys.record_uses(tx, uses.values())
            except StoreFault as fault:
                with self._using:
                    self._uses = uses | self._uses
                _LOG.error("audit records wait: the store cannot be written: %s", fault)
                return
            for _ in records:
                self._records.popleft()
            with self._room:
                self._room.notify_all()
