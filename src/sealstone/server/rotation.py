"""Another certificate in the place of one in use, listener by listener, each proven before the next is touched.

The new certificate is stored beside the old one, every listener is pointed to it and must then be proven by the
deploy worker of the running server (a handshake that shows the new fingerprint); at last the new one takes the old
one's name and path, so that policies and people find it where the old one was. At the first failure every listener is
pointed back, and the new certificate is removed. A rotation that was killed leaves each listener with one of the two,
and both in the store: the same command, given again, goes on with the one that is there.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sealstone.model import ids
from sealstone.model.listener import CertificateUse, Listener, ListenerState, ListenerStatus
from sealstone.model.names import folded
from sealstone.model.secret import Secret
from sealstone.model.server_certificate import ServerCertificate
from sealstone.seal.envelope import Keyring
from sealstone.server import operator
from sealstone.server.faults import RotationFailed
from sealstone.server.serving import LOCK
from sealstone.store import (
    certificate_uses,
    configuration,
    listener_states,
    listeners,
    load_balancers,
    server_certificates,
)
from sealstone.store.engine import Store, Tx
from sealstone.x509.bundle import CertificateBundle

_LONGEST_NAME: Final = 128
_NEW: Final = "-new-"
_DIGITS: Final = 14
_ROTATING: Final = "rotate.lock"
_LOOKS: Final = 600
"""How often the state of a listener is looked at before it counts as not proven."""
LOOK: Final = 0.05
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True)
class Used:
    """One listener that uses the old certificate."""

    use: CertificateUse
    listener: Listener
    load_balancer: str

    def __str__(self) -> str:
        what = "" if self.use.is_default else ", by server name"
        return f"{self.load_balancer}, port {self.listener.port}{what}"


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


@dataclass(frozen=True, slots=True)
class Plan:
    """The certificate to be replaced, and all that uses it."""

    old: ServerCertificate
    used: tuple[Used, ...]
    """With those on which a rotation that was killed has put something else."""
    leftovers: tuple[ServerCertificate, ...] = ()
    """What rotations that were killed have stored."""


def plan(tx: Tx, account_id: str, name: str) -> Plan:
    """What a rotation of the named certificate would touch. Raises RotationFailed when there is no such certificate."""
    old = server_certificates.find(tx, account_id, name)
    if old is None:
        raise RotationFailed(f"there is no server certificate named {name} in account {account_id}")
    start = folded(_suffixed(old.name, _NEW + "0" * _DIGITS))[:-_DIGITS]
    leftovers = tuple(
        one
        for one in server_certificates.every(tx)
        if one.account_id == account_id and folded(one.name).startswith(start) and one.name[-_DIGITS:].isdigit()
    )
    return Plan(old, tuple(used for one in (old, *leftovers) for used in _uses(tx, one)), leftovers)


def rotate(
    vault: Vaulted, planned: Plan, bundle: CertificateBundle, *, keep_old: bool, tell: Callable[[str], None]
) -> ServerCertificate:
    """Carry it out; the new certificate as it is then stored. Raises RotationFailed, with everything as it was."""
    if planned.used and not _deploying(vault.data_directory):
        raise RotationFailed(
            "no server runs on this data directory, so that no listener could be proven: start it with `sealstone up`"
        )
    new = _stored(vault, planned, bundle)
    try:
        for used in planned.used:
            _replaced(vault, used, new, tell)
    except RotationFailed as failure:
        _back(vault, planned, new)
        served = "every listener has the old certificate again"
        if not _deploying(vault.data_directory):
            served = "the old certificate is wanted on every listener again, and served when a server runs"
        raise RotationFailed(f"{failure}; {served}") from failure
    return _named(vault, planned, new, keep_old=keep_old)


def _replaced(vault: Vaulted, used: Used, new: ServerCertificate, tell: Callable[[str], None]) -> None:
    """One listener, and its proof. What somebody else has changed meanwhile is left as it is."""
    if _pointed(vault, used, new) and _proven(vault, used, new.fingerprint):
        tell(f"{used}: proven")
    else:
        tell(f"{used}: changed by somebody else meanwhile, left as it is")


def _stored(vault: Vaulted, planned: Plan, bundle: CertificateBundle) -> ServerCertificate:
    """The new certificate beside the old one, under a name of its own; not counted by the quota of a full account."""
    now, old = vault.clock().replace(microsecond=0), planned.old
    if bundle.fingerprint == old.fingerprint:
        raise RotationFailed(f"{old.name} is this very certificate already")
    for begun in planned.leftovers:
        if begun.fingerprint == bundle.fingerprint:
            return begun
    new = ServerCertificate(
        account_id=old.account_id,
        unique_id=ids.new(ids.SERVER_CERTIFICATE, old.account_id, vault.chance),
        name=_new_name(planned, now),
        path=old.path,
        certificate_body=bundle.certificate_body,
        certificate_chain=bundle.certificate_chain,
        fingerprint=bundle.fingerprint,
        not_after=bundle.not_after,
        upload_date=now,
        tags=old.tags,
    )
    sealed = vault.keyring.seal(bundle.private_key.secret, bound_to=new.bound_to)
    with vault.store.writing() as tx:
        server_certificates.add(tx, new, sealed)
        _audited(tx, vault, new, "RotateServerCertificate", {"Old": old.arn, "Step": "stored"})
    return new


def _new_name(planned: Plan, now: datetime) -> str:
    """With the time, or the first second after it that nothing was stored for."""
    taken = {folded(one.name) for one in planned.leftovers}
    times = (now + timedelta(seconds=later) for later in range(len(taken) + 1))
    names = (_suffixed(planned.old.name, f"{_NEW}{time:%Y%m%d%H%M%S}") for time in times)
    return next(name for name in names if folded(name) not in taken)


def _pointed(vault: Vaulted, used: Used, to: ServerCertificate) -> bool:
    """Whether the listener still had what it was found with, and has the new certificate now."""
    with vault.store.writing() as tx:
        if used.use not in certificate_uses.of(tx, used.use.account_id, used.use.listener_id):
            return False
        certificate_uses.remove(tx, used.use)
        certificate_uses.add(tx, replace(used.use, certificate_id=to.unique_id))
        _audited(tx, vault, to, "RotateServerCertificate", {"Listener": str(used), "Step": "listener"})
    return True


def _proven(vault: Vaulted, used: Used, fingerprint: str) -> bool:
    """Wait until the deploy worker has seen the change served; False when the listener is gone meanwhile.

    Raises RotationFailed when the change fails, or nobody deploys it.
    """
    for _ in range(_LOOKS):
        with vault.store.reading() as tx:
            state = listener_states.find(tx, used.listener.listener_id)
            current = configuration.generation(tx)
            if listeners.with_id(tx, used.use.account_id, used.use.listener_id) is None:
                return False
        if state is not None and state.generation >= current:
            _judge(used, state, fingerprint)
            return True
        vault.pause(LOOK)
    raise RotationFailed(f"{used}: the server did not deploy it within {_LOOKS * LOOK:.0f} seconds")


def _judge(used: Used, state: ListenerState, fingerprint: str) -> None:
    if state.status is ListenerStatus.FAILED:
        raise RotationFailed(f"{used}: {state.reason}")
    if used.use.is_default and state.served_fingerprint != fingerprint:
        raise RotationFailed(f"{used}: it serves {state.served_fingerprint}, not the new certificate {fingerprint}")


def _back(vault: Vaulted, planned: Plan, new: ServerCertificate) -> None:
    """Every listener that has the new certificate has the old one again, and the new one is gone: in one unit."""
    with vault.store.writing() as tx:
        for used in _uses(tx, new):
            certificate_uses.remove(tx, used.use)
            certificate_uses.add(tx, replace(used.use, certificate_id=planned.old.unique_id))
        server_certificates.remove(tx, new)
        _audited(tx, vault, planned.old, "RotateServerCertificate", {"New": new.unique_id, "Step": "rolled back"})


def _named(vault: Vaulted, planned: Plan, new: ServerCertificate, *, keep_old: bool) -> ServerCertificate:
    """The new one under the old one's name and path; the old one removed, or kept under a name with the date."""
    with vault.store.writing() as tx:
        old = server_certificates.with_id(tx, planned.old.account_id, planned.old.unique_id)
        if old is None:
            return new
        if _uses(tx, old):
            raise RotationFailed(f"{old.name} was put on another listener meanwhile; give the command again")
        for leftover in planned.leftovers:
            if leftover.unique_id != new.unique_id and not _uses(tx, leftover):
                server_certificates.remove(tx, leftover)
        if keep_old:
            server_certificates.save(tx, old.moved(name=_free(tx, old, f"-until-{vault.clock():%Y%m%d}"), path=None))
        else:
            server_certificates.remove(tx, old)
        named = replace(new.moved(name=old.name, path=old.path), tags=old.tags)
        server_certificates.save(tx, named)
        _audited(tx, vault, named, "RotateServerCertificate", {"Old": old.unique_id, "Kept": keep_old, "Step": "named"})
    return named


def _uses(tx: Tx, certificate: ServerCertificate) -> tuple[Used, ...]:
    names = {one.unique_id: one.name for one in load_balancers.every(tx)}
    found = (use for use in certificate_uses.every(tx) if use.certificate_id == certificate.unique_id)
    rows = ((use, listeners.with_id(tx, use.account_id, use.listener_id)) for use in found)
    return tuple(Used(use, row, names[row.load_balancer_id]) for use, row in rows if row is not None)


def _free(tx: Tx, old: ServerCertificate, end: str) -> str:
    """The old name with an end that no other certificate has."""
    for number in range(1, 1000):
        name = _suffixed(old.name, end if number == 1 else f"{end}-{number}")
        found = server_certificates.find(tx, old.account_id, name)
        if found is None or folded(found.name) == folded(old.name):
            return name
    raise RotationFailed(f"there are too many certificates named {old.name}{end}")


def _suffixed(name: str, end: str) -> str:
    return name[: _LONGEST_NAME - len(end)] + end


def _deploying(data_directory: Path) -> bool:
    """Whether a server of this data directory deploys: it holds a lock for as long as it does."""
    try:
        with (data_directory / LOCK).open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _audited(
    tx: Tx, vault: Vaulted, certificate: ServerCertificate, operation: str, parameters: dict[str, object]
) -> None:
    operator.record(
        tx,
        vault.audit_key,
        vault.clock(),
        vault.chance,
        certificate.account_id,
        operation,
        {"ServerCertificateId": certificate.unique_id, **parameters},
    )


@contextmanager
def alone(data_directory: Path) -> Iterator[None]:
    """One rotation at a time. Raises RotationFailed while another one goes on."""
    with (data_directory / _ROTATING).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RotationFailed("another rotation goes on; wait for its end") from None
        yield
