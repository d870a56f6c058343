"""Waiting until the deploy worker has seen a listener serve what it has now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sealstone.model import ids
from sealstone.model.listener import CertificateUse, ListenerState, ListenerStatus
from sealstone.model.secret import Secret
from sealstone.seal.envelope import Keyring
from sealstone.store import certificate_uses, configuration, listener_states
from sealstone.store.engine import Store

LOOK: Final = 0.05
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True)
class Vaulted:
    """What a rotation works on."""

    store: Store
    keyring: Keyring
    audit_key: Secret
    data_directory: Path
    clock: Callable[[], datetime]
    chance: ids.Chance
    pause: Callable[[float], None]
    is_interrupted: Callable[[], bool] = lambda: False
    """Whether somebody wishes that it ends: asked between units of work, so that none is torn."""


class NotDeployed(Exception):
    """Nobody has looked at the listener in time, or the rotation was interrupted meanwhile."""


class ChangedMeanwhile(Exception):
    """The listener has another certificate by now, or is gone."""


def state_of(vault: Vaulted, use: CertificateUse, looks: int) -> ListenerState:
    """What the worker saw of the listener since it has this certificate.

    Raises NotDeployed after so many looks, ChangedMeanwhile, and StoreFault.
    """
    since: int | None = None
    for _ in range(looks):
        with vault.store.reading() as tx:
            # That of the first look: whoever changes other listeners all the time is not waited for.
            since = configuration.generation(tx) if since is None else since
            state = listener_states.find(tx, use.listener_id)
            if use not in certificate_uses.of(tx, use.account_id, use.listener_id):
                raise ChangedMeanwhile
        if state is not None and state.generation >= since and state.status is not ListenerStatus.PENDING:
            return state
        if vault.is_interrupted():
            break
        vault.pause(LOOK)
    raise NotDeployed
