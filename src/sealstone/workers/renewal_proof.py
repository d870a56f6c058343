"""Whether a renewed certificate is served: what the deploy worker saw of every listener that uses it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sealstone.model.certificate import Certificate
from sealstone.model.listener import ListenerStatus
from sealstone.store import certificate_uses, listener_states
from sealstone.store.engine import Tx
from sealstone.store.superseded_certificates import Superseded

PATIENCE: Final = timedelta(minutes=10)
"""How long a listener may fail with the new certificate before the old one is put back."""
_SOON: Final = timedelta(seconds=1)
_LATEST: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of the listeners."""

    served: bool
    reason: str = ""
    """Why one of them does not serve it; empty while nobody has looked yet."""

    def given_up(self, began: datetime, now: datetime) -> bool:
        """Whether it fails for good. A data plane that does not run says nothing, and is waited for."""
        return bool(self.reason) and now - began >= PATIENCE


def look(tx: Tx, certificate: Certificate, superseded: Superseded) -> Seen:
    """Every listener must have been proven since the new one was stored; without listeners it is served well."""
    for listener_id in certificate_uses.listeners(tx, certificate.account_id, certificate.unique_id):
        state = listener_states.find(tx, listener_id)
        if state is None or state.generation < superseded.generation:
            return Seen(served=False)
        if state.status is not ListenerStatus.SERVING:
            return Seen(served=False, reason=f"listener {listener_id}: {state.reason}")
    return Seen(served=True)


def pause(began: datetime, now: datetime) -> timedelta:
    """Until the next look: a tenth of the time since the renewal."""
    return min(max((now - began) / 10, _SOON), _LATEST)
