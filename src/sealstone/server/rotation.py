"""Another certificate in the place of one in use, listener by listener, each proven before the next is touched.

The new certificate is stored beside the old one, every listener is pointed to it and must then be proven by the
deploy worker of the running server (a handshake that shows the new fingerprint); at last the new one takes the old
one's name and path, so that policies and people find it where the old one was. At the first failure every listener is
pointed back, and the new certificate is removed (rotation_return). A rotation that was killed leaves each listener with
one of the two, and both in the store: the same command, given again, goes on with the one that is there. Which one that
is, a row of the store says (store.rotations): a name that looks like it is its owner's affair.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sealstone.model import ids
from sealstone.model.listener import ListenerState, ListenerStatus
from sealstone.model.secret import Sealed
from sealstone.model.server_certificate import ServerCertificate
from sealstone.server import operator, rotation_plan, rotation_proof, serving
from sealstone.server.faults import RotationFailed
from sealstone.server.rotation_plan import Plan, Used, uses
from sealstone.server.rotation_proof import LOOK, ChangedMeanwhile, NotDeployed, Vaulted
from sealstone.server.rotation_return import undone
from sealstone.store import certificate_uses, rotations, server_certificates
from sealstone.store.engine import Tx
from sealstone.store.faults import StoreFault
from sealstone.x509.bundle import CertificateBundle

_LONGEST_NAME: Final = 128
_ROTATING: Final = "rotate.lock"
_LOOKS: Final = 600
"""How often the state of a listener is looked at before it counts as not proven."""
_NAMES: Final = 1000
"""How many names are tried before one counts as not to be found."""


def rotate(
    vault: Vaulted, planned: Plan, bundle: CertificateBundle, *, keep_old: bool, tell: Callable[[str], None]
) -> ServerCertificate:
    """Carry it out; the new certificate as it is then stored.

    Raises RotationFailed, which says what every listener has: the old certificate again, if that can be.
    """
    rotation_plan.check(planned, bundle)
    if planned.used and not serving.is_deployed(vault.data_directory):
        raise RotationFailed(
            "no server runs on this data directory, so that no listener could be proven: start it with `sealstone up`"
        )
    begun = planned.begun(bundle)
    new = begun or _made(vault, planned, bundle)
    sealed = None if begun else vault.keyring.seal(bundle.private_key.secret, bound_to=new.bound_to)
    try:
        if sealed:
            _store(vault, planned, new, sealed)
        for used in planned.used:
            _replaced(vault, used, new, tell)
        return _named(vault, planned, new, keep_old=keep_old)
    # OSError: there may be nobody left to be told.
    except (RotationFailed, StoreFault, OSError) as fault:
        with suppress(OSError):
            tell("bringing the old certificate back ...")
        raise RotationFailed(f"{fault}; {undone(vault, planned, new)}") from fault


def _made(vault: Vaulted, planned: Plan, bundle: CertificateBundle) -> ServerCertificate:
    """The new certificate, to be stored under a name of its own until it has the old one's."""
    now, old = vault.clock().replace(microsecond=0), planned.old
    return ServerCertificate(
        account_id=old.account_id,
        unique_id=ids.new(ids.SERVER_CERTIFICATE, old.account_id, vault.chance),
        name=_new_name(vault, old, now),
        path=old.path,
        certificate_body=bundle.certificate_body,
        certificate_chain=bundle.certificate_chain,
        fingerprint=bundle.fingerprint,
        not_after=bundle.not_after,
        upload_date=now,
        tags=old.tags,
    )


def _new_name(vault: Vaulted, old: ServerCertificate, now: datetime) -> str:
    """With the time, or the first second after it that no certificate is named with."""
    times = (now + timedelta(seconds=later) for later in range(_NAMES))
    with vault.store.reading() as tx:
        return _unused(tx, old, [f"-new-{time:%Y%m%d%H%M%S}" for time in times])


def _store(vault: Vaulted, planned: Plan, new: ServerCertificate, sealed: Sealed) -> None:
    """Beside the old one; not counted by the quota of a full account."""
    with vault.store.writing() as tx:
        server_certificates.add(tx, new, sealed)
        rotations.begin(tx, new, planned.old)
        _audited(tx, vault, new, {"Old": planned.old.arn, "Step": "stored"})


def _replaced(vault: Vaulted, used: Used, new: ServerCertificate, tell: Callable[[str], None]) -> None:
    """One listener, and its proof. What somebody else has changed meanwhile is left as it is. Raises RotationFailed."""
    if vault.is_interrupted():
        raise RotationFailed("interrupted")
    try:
        _point(vault, used, new)
        use = replace(used.use, certificate_id=new.unique_id)
        _judge(used, rotation_proof.state_of(vault, use, _LOOKS), new.fingerprint)
    except ChangedMeanwhile:
        tell(f"{used}: changed by somebody else meanwhile, left as it is")
    except NotDeployed:
        if vault.is_interrupted():
            raise RotationFailed("interrupted") from None
        raise RotationFailed(f"{used}: the server did not deploy it within {_LOOKS * LOOK:.0f} seconds") from None
    else:
        tell(f"{used}: proven")


def _point(vault: Vaulted, used: Used, to: ServerCertificate) -> None:
    """Give the listener the new certificate. Raises ChangedMeanwhile when it has not what it was found with."""
    with vault.store.writing() as tx:
        if used.use not in certificate_uses.of(tx, used.use.account_id, used.use.listener_id):
            raise ChangedMeanwhile
        certificate_uses.remove(tx, used.use)
        certificate_uses.add(tx, replace(used.use, certificate_id=to.unique_id))
        _audited(tx, vault, to, {"Listener": str(used), "Step": "listener"})


def _judge(used: Used, state: ListenerState, fingerprint: str) -> None:
    if state.status is ListenerStatus.FAILED:
        raise RotationFailed(f"{used}: {state.reason}")
    if used.use.is_default and state.served_fingerprint != fingerprint:
        raise RotationFailed(f"{used}: it serves {state.served_fingerprint}, not the new certificate {fingerprint}")


def _named(vault: Vaulted, planned: Plan, new: ServerCertificate, *, keep_old: bool) -> ServerCertificate:
    """The new one under the old one's name and path; the old one removed, or kept under a name with the date."""
    with vault.store.writing() as tx:
        # Somebody may have renamed or deleted it: nothing uses it any more.
        there = server_certificates.with_id(tx, planned.old.account_id, planned.old.unique_id)
        old = there or planned.old
        others = tuple(one for one in planned.leftovers if one.unique_id != new.unique_id)
        if any(uses(tx, one) for one in (old, *others)):
            raise RotationFailed(f"{old.name} was put on another listener meanwhile; give the command again")
        for leftover in others:
            server_certificates.remove(tx, leftover)
        if there and keep_old:
            server_certificates.save(tx, old.moved(name=_kept_name(tx, old, vault.clock()), path=None))
        else:
            server_certificates.remove(tx, old)
        named = replace(new.moved(name=old.name, path=old.path), tags=old.tags)
        server_certificates.save(tx, named)
        rotations.end(tx, old)
        _audited(tx, vault, named, {"Old": old.unique_id, "Kept": keep_old, "Step": "named"})
    return named


def _kept_name(tx: Tx, old: ServerCertificate, now: datetime) -> str:
    end = f"-until-{now:%Y%m%d}"
    return _unused(tx, old, [end, *(f"{end}-{number}" for number in range(2, _NAMES))])


def _unused(tx: Tx, old: ServerCertificate, ends: list[str]) -> str:
    """The old name with the first of the ends that makes a name no other certificate has."""
    for end in ends:
        name = old.name[: _LONGEST_NAME - len(end)] + end
        if server_certificates.find(tx, old.account_id, name) is None:
            return name
    raise RotationFailed(f"there are too many certificates named {old.name}{ends[0]}")


def _audited(tx: Tx, vault: Vaulted, certificate: ServerCertificate, parameters: dict[str, object]) -> None:
    said = {"ServerCertificateId": certificate.unique_id, **parameters}
    operator.record(
        tx, vault.audit_key, vault.clock(), vault.chance, certificate.account_id, "RotateServerCertificate", said
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
