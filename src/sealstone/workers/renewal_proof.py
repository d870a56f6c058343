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
_LEFT: Final = timedelta(days=3)
"""An old certificate with less before it is not put back."""
_SOON: Final = timedelta(seconds=1)
_LATEST: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of the listeners."""

    served: bool
    reason: str = ""
    """Why one of them does not serve it; empty while nobody has looked yet."""

    def given_up(self, began: datetime, now: datetime, superseded: Superseded) -> bool:
        """Whether it fails for good, and the old one is better. A data plane that does not run is waited for."""
        return bool(self.reason) and now - began >= PATIENCE and superseded.content.not_after - now >= _LEFT


def serving(tx: Tx, certificate: Certificate) -> tuple[str, ...]:
    """The listeners that use it and were last seen to serve as wanted."""
    return tuple(
        listener_id
        for listener_id in certificate_uses.listeners(tx, certificate.account_id, certificate.unique_id)
        if (state := listener_states.find(tx, listener_id)) and state.status is ListenerStatus.SERVING
    )


def look(tx: Tx, certificate: Certificate, superseded: Superseded) -> Seen:
    """Every listener that served the old one, and still uses it, must have been proven since the new one was stored.

    One that did not serve before says nothing about the new certificate.
    """
    using = certificate_uses.listeners(tx, certificate.account_id, certificate.unique_id)
    for listener_id in superseded.listeners:
        state = listener_states.find(tx, listener_id)
        if listener_id not in using:
            continue
        if state is None or state.generation < superseded.generation:
            return Seen(served=False)
        if state.status is not ListenerStatus.SERVING:
            return Seen(served=False, reason=f"listener {listener_id}: {state.reason}")
    return Seen(served=True)


def pause(began: datetime, now: datetime) -> timedelta:
    """Until the next look: a tenth of the time since the renewal."""
    return min(max((now - began) / 10, _SOON), _LATEST)
