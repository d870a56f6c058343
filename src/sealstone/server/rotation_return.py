"""The way back of a rotation that failed: every listener has the old certificate again, or it is said which has not."""

from dataclasses import replace
from typing import Final

from sealstone.model.listener import ListenerStatus
from sealstone.model.server_certificate import ServerCertificate
from sealstone.server import operator, rotation_proof, serving
from sealstone.server.rotation_plan import Plan, Used, listed, uses
from sealstone.server.rotation_proof import ChangedMeanwhile, NotDeployed, Vaulted
from sealstone.store import certificate_uses, rotations, server_certificates
from sealstone.store.engine import Tx
from sealstone.store.faults import StoreFault

_TRIES: Final = 6
"""Each waits for as long as the store waits for whoever holds it."""
_REST: Final = 0.5
"""Seconds between two tries."""
_LOOKS: Final = 100
_GO_ON: Final = "the same command, given again, goes on with the rotation"


def undone(vault: Vaulted, planned: Plan, new: ServerCertificate) -> str:
    """Bring everything back, and say what came of that. Raises nothing but what nobody can mend."""
    # Whoever wished that the rotation ends wishes this.
    vault, reason = replace(vault, is_interrupted=lambda: False), ""
    for _ in range(_TRIES):
        try:
            return _back(vault, planned, new) or _served(vault, planned)
        except StoreFault as fault:
            reason = str(fault)
            vault.pause(_REST)
    return f"the old certificate could not be brought back ({reason}): {_where(vault, planned, new)}; {_GO_ON}"


def _back(vault: Vaulted, planned: Plan, new: ServerCertificate) -> str:
    """All of it in one unit: what the listeners have, and that nothing is left of this rotation or of an earlier one.

    Why nothing had to be brought back, or could be; empty when it was. What somebody else has put on a listener stays.
    Raises StoreFault.
    """
    with vault.store.writing() as tx:
        if server_certificates.with_id(tx, new.account_id, new.unique_id) and not rotations.is_begun(tx, new):
            return "the rotation had come to its end all the same: every listener has the new certificate"
        old = server_certificates.with_id(tx, planned.old.account_id, planned.old.unique_id)
        if old is None:
            return (
                f"{planned.old.name} was deleted by somebody else meanwhile, so that nothing could be brought back: "
                f"{_spread(tx, planned, new)}"
            )
        for other in _others(planned, new):
            for used in uses(tx, other):
                certificate_uses.remove(tx, used.use)
                certificate_uses.add(tx, replace(used.use, certificate_id=old.unique_id))
            server_certificates.remove(tx, other)
        rotations.end(tx, old)
        parameters = {"ServerCertificateId": old.unique_id, "New": new.unique_id, "Step": "rolled back"}
        operator.record(
            tx, vault.audit_key, vault.clock(), vault.chance, old.account_id, "RotateServerCertificate", parameters
        )
    return ""


def _served(vault: Vaulted, planned: Plan) -> str:
    """Whether the old one is seen again on all that uses it."""
    if not serving.is_deployed(vault.data_directory):
        return "the old certificate is wanted on every listener again, and served when a server runs"
    with vault.store.reading() as tx:
        using = uses(tx, planned.old)
    missing: list[Used] = []
    for used in using:
        # Once one was waited for in vain, the others are only looked at.
        if not _is_served(vault, used, looks=1 if missing else _LOOKS):
            missing.append(used)
    if missing:
        return (
            "every listener has the old certificate again, which was not seen to be served yet by "
            f"{listed(missing)} (sealstone listeners)"
        )
    return "every listener has the old certificate again"


def _is_served(vault: Vaulted, used: Used, *, looks: int) -> bool:
    try:
        return rotation_proof.state_of(vault, used.use, looks).status is ListenerStatus.SERVING
    except ChangedMeanwhile:
        return True
    except NotDeployed:
        return False


def _where(vault: Vaulted, planned: Plan, new: ServerCertificate) -> str:
    try:
        with vault.store.reading() as tx:
            return _spread(tx, planned, new)
    except StoreFault as fault:
        return f"which listeners have the new one cannot be read ({fault})"


def _spread(tx: Tx, planned: Plan, new: ServerCertificate) -> str:
    """What listeners have now that is not the old one."""
    found = ((other, list(uses(tx, other))) for other in _others(planned, new))
    said = ", ".join(f"{other.name} is on {listed(using)}" for other, using in found if using)
    return said or "no listener has another one"


def _others(planned: Plan, new: ServerCertificate) -> tuple[ServerCertificate, ...]:
    return (new, *(one for one in planned.leftovers if one.unique_id != new.unique_id))
