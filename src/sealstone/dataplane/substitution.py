"""What to serve when some of what is wanted cannot be: those listeners as they were before, or not at all. Pure."""

from collections.abc import Collection
from dataclasses import replace

from sealstone.dataplane.request_rules import pools_of
from sealstone.dataplane.wanted import Certificate, Listener, Wanted

_KEPT = ".kept"


def substituted(wanted: Wanted, failing: Collection[str], served: Wanted | None) -> Wanted:
    """`wanted` with each failing listener as `served` has it; without it where that does not, or it was no different.

    Such a listener keeps the certificates that it had: under names of their own, where their content has changed.
    """
    before = {listener.listener_id: listener for listener in served.listeners} if served else {}
    certificates = dict(wanted.certificates)
    pools = {pool.pool_id: pool for pool in wanted.pools}
    listeners = []
    for listener in wanted.listeners:
        if listener.listener_id not in failing:
            listeners.append(listener)
        elif served is not None and listener.listener_id in before:
            old = before[listener.listener_id]
            kept = _keeping(old, served, certificates)
            for pool in served.pools:
                if pool.pool_id in pools_of(old):
                    pools.setdefault(pool.pool_id, pool)
            listeners.append(kept)
    return replace(wanted, listeners=tuple(listeners), pools=tuple(pools.values()), certificates=certificates)


def _keeping(old: Listener, served: Wanted, certificates: dict[str, Certificate]) -> Listener:
    names = {}
    for name in filter(None, (old.default_certificate_id, *old.sni_certificate_ids)):
        had = served.certificates[name]
        # Two secrets are not compared here: the same one is the same object, any other counts as changed.
        names[name] = name if certificates.get(name, had) is had else f"{name}{_KEPT}"
        certificates[names[name]] = had
    default = old.default_certificate_id
    return replace(
        old,
        default_certificate_id=names[default] if default else None,
        sni_certificate_ids=tuple(names[name] for name in old.sni_certificate_ids),
    )
