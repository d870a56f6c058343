"""The threads beside the door that warn of what ends, and deliver events to webhooks; in every process of a store.

Two, so that no receiver that hangs delays a warning. What the processes share out between them is told in the store.
"""

import logging
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sealstone.model.webhook import Webhook
from sealstone.operations.call import House
from sealstone.probe.webhook import trusting
from sealstone.server.faults import StartError
from sealstone.server.settings import Settings
from sealstone.server.webhook_secret import webhook_secret
from sealstone.store import expiry_notices
from sealstone.store.authority_endings import AUTHORITIES
from sealstone.workers.notices import Notices
from sealstone.workers.repeating import Repeated
from sealstone.workers.webhooks import Webhooks, dismiss_others

SOURCES: Final = (*expiry_notices.SOURCES, AUTHORITIES)
_REPEATED: Final = Repeated("the work on events", logging.getLogger("sealstone.events"), rest=0.5, after_fault=1.0)
_ENDS: Final = 15.0


@contextmanager
def noticing(settings: Settings, house: House) -> Iterator[None]:
    """Warn and deliver until the end. Raises StartError for a secret or an authority that cannot be used."""
    rounds = {"notices": Notices(house.store, house.clock, house.chance, SOURCES).round}
    targets = [Webhook.of(url) for url in settings.webhook_urls]
    dismiss_others(house.store, targets)
    if targets:
        secret = webhook_secret(settings.webhook_secret_path, house.chance)
        made = Webhooks(house.store, targets, secret, house.clock, trust=_trust(settings.webhook_ca_path))
        # So that no event comes before its receivers are known.
        made.admit()
        rounds["webhooks"] = made.round
    stopped = threading.Event()
    threads = [threading.Thread(target=_REPEATED.run, args=(work, stopped), name=name) for name, work in rounds.items()]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join(_ENDS)


def _trust(path: Path | None) -> ssl.SSLContext:
    """Raises StartError."""
    try:
        return trusting(path.read_text(encoding="ascii") if path else None)
    except (OSError, ValueError) as fault:
        raise StartError(f"webhook_ca_file cannot be used: {fault}") from fault
