"""What the store wishes to be served, read in one snapshot and put together for the data plane."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sealstone.dataplane.wanted import Certificate, Forward, Listener, Pool, Token, Wanted
from sealstone.model.balancing import Balancing
from sealstone.model.instance import TargetGroup
from sealstone.model.listener import CertificateUse
from sealstone.model.listener import Listener as Row
from sealstone.model.load_balancer import Generation, LoadBalancer
from sealstone.model.rule import Rule
from sealstone.model.trust_store import TrustStore
from sealstone.store import (
    certificate_requests,
    certificate_uses,
    configuration,
    instances,
    listeners,
    load_balancers,
    rules,
    served_certificates,
    target_groups,
    trust_stores,
)
from sealstone.store.engine import Store, Tx
from sealstone.workers import classic, v2_listeners, v2_pools
from sealstone.workers.certificates import Certificates, Opened

_LACKING: Final = "it serves without a certificate that it should choose by name"


@dataclass(frozen=True, slots=True)
class Wish:
    """Everything that is to be served, and what cannot be."""

    wanted: Wanted
    opened: Mapping[str, Opened]
    """The certificates in use, by id."""
    impossible: Mapping[str, str]
    """Why, by listener_id: these want a certificate that `wanted` does not have, so that they stay as they are."""
    lacking: Mapping[str, str] = field(default_factory=dict)
    """Why a listener does not serve all that it should, by listener_id: a certificate chosen by name is left out."""
    changes_at: datetime | None = None
    """When time alone will change it: an instance that leaves will be gone."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """Everything of the store that is needed, of all accounts, at one generation."""

    generation: int
    load_balancers: tuple[LoadBalancer, ...]
    listeners: Mapping[str, list[Row]]
    """By load_balancer_id."""
    uses: tuple[CertificateUse, ...]
    addresses: Mapping[str, Mapping[str, str]]
    """Of instances, by id, by account."""
    groups: Mapping[str, TargetGroup]
    rules: Mapping[str, list[Rule]]
    """By listener_id, the lowest priority first."""
    trust_stores: Mapping[str, TrustStore]
    tokens: tuple[tuple[str, str, str], ...]
    """(account, path, text) that prove who we are to authorities."""


def read(store: Store, certificates: Certificates, balancing: Balancing, now: datetime) -> Wish:
    """The wish at this moment. Raises StoreFault."""
    with store.reading() as tx:
        rows = _rows(tx)
        served = served_certificates.in_use(tx)
    opened, faults = certificates.of(served)
    wanted = _Translation(rows, balancing, now, {name: one.certificate for name, one in opened.items()})
    for load_balancer in rows.load_balancers:
        wanted.add(load_balancer)
    wish = _wish(rows, wanted.listeners, wanted.pools.values(), opened, faults)
    return replace(wish, changes_at=min(wanted.times, default=None))


def _rows(tx: Tx) -> _Rows:
    by_load_balancer: dict[str, list[Row]] = defaultdict(list)
    for row in listeners.every(tx):
        by_load_balancer[row.load_balancer_id].append(row)
    by_listener: dict[str, list[Rule]] = defaultdict(list)
    for rule in sorted(rules.every(tx), key=lambda rule: rule.priority):
        by_listener[rule.listener_id].append(rule)
    addresses: dict[str, dict[str, str]] = defaultdict(dict)
    for instance in instances.every(tx):
        addresses[instance.account_id][instance.instance_id] = instance.address
    return _Rows(
        configuration.generation(tx),
        load_balancers.every(tx),
        by_load_balancer,
        certificate_uses.every(tx),
        addresses,
        {group.unique_id: group for group in target_groups.every(tx)},
        by_listener,
        {one.unique_id: one for one in trust_stores.every(tx)},
        certificate_requests.tokens(tx),
    )


class _Translation:
    """Load balancers of both generations, one after the other, into what the data plane wants."""

    def __init__(
        self, rows: _Rows, balancing: Balancing, now: datetime, certificates: Mapping[str, Certificate]
    ) -> None:
        self._rows = rows
        self._offset = balancing.port_offset
        self._now = now
        self._certificates = certificates
        self._defaults = {use.listener_id: use.certificate_id for use in rows.uses if use.is_default}
        self._listed: dict[str, list[str]] = defaultdict(list)
        for use in rows.uses:
            if not use.is_default:
                self._listed[use.listener_id].append(use.certificate_id)
        self.listeners: list[Listener] = []
        self.pools: dict[str, Pool] = {}
        self.times: list[datetime] = []
        """When time alone will change something."""

    def add(self, load_balancer: LoadBalancer) -> None:
        """One more, with its listeners and their pools."""
        rows = self._rows.listeners.get(load_balancer.unique_id, ())
        if load_balancer.generation is Generation.CLASSIC:
            self._add_classic(load_balancer, rows)
        else:
            self._add_v2(load_balancer, rows)

    def _add_classic(self, load_balancer: LoadBalancer, rows: Iterable[Row]) -> None:
        addresses = self._rows.addresses.get(load_balancer.account_id, {})
        scene = classic.Surroundings(load_balancer, addresses, self._defaults, self._offset, self._now)
        found, pools = classic.translated(scene, rows)
        self.listeners += found
        self.pools |= {pool.pool_id: pool for pool in pools}
        self._note(classic.changes_at(load_balancer, self._now))

    def _add_v2(self, load_balancer: LoadBalancer, rows: Sequence[Row]) -> None:
        listed = {
            row.listener_id: v2_listeners.preferred(self._listed.get(row.listener_id, ()), self._certificates)
            for row in rows
        }
        scene = v2_listeners.Surroundings(
            load_balancer,
            port_offset=self._offset,
            default_certificates=self._defaults,
            listed_certificates=listed,
            rules=self._rows.rules,
            trust_stores=self._rows.trust_stores,
        )
        found = v2_listeners.translated(scene, rows)
        self.listeners += found
        addresses = self._rows.addresses.get(load_balancer.account_id, {})
        for pool_id, listener in _pools_of(found):
            group = self._rows.groups[classic.pool_owner(pool_id)]
            behind = v2_pools.Behind(self._now, addresses, listener.idle_timeout)
            self.pools[pool_id] = v2_pools.pool(group, behind, named=pool_id)
            self._note(v2_pools.changes_at(group, self._now))

    def _note(self, time: datetime | None) -> None:
        if time is not None:
            self.times.append(time)


def _pools_of(found: Iterable[Listener]) -> Iterator[tuple[str, Listener]]:
    """The pools' ids, each with a listener that hands to it."""
    for listener in found:
        for action in (listener.action, *(rule.action for rule in listener.rules)):
            if isinstance(action, Forward):
                yield from ((pool_id, listener) for pool_id, _ in action.pools)


def _wish(
    rows: _Rows,
    wanted: Iterable[Listener],
    pools: Iterable[Pool],
    opened: Mapping[str, Opened],
    faults: Mapping[str, str],
) -> Wish:
    """A listener whose certificate cannot be opened is wanted all the same: left out, it would stop serving."""
    listeners = tuple(wanted)
    encrypted = {listener.listener_id for listener in listeners if listener.default_certificate_id is not None}
    impossible: dict[str, str] = {}
    lacking: dict[str, list[str]] = defaultdict(list)
    for use in sorted(rows.uses, key=lambda use: use.certificate_id):
        if use.certificate_id in opened or use.listener_id not in encrypted:
            continue
        reason = faults.get(use.certificate_id, f"its certificate {use.certificate_id} is not in the store")
        if use.is_default:
            impossible[use.listener_id] = reason
        else:
            lacking[use.listener_id].append(reason)
    certificates = {name: one.certificate for name, one in opened.items()}
    tokens = tuple(Token(account_id, path, body) for account_id, path, body in rows.tokens)
    return Wish(
        Wanted(rows.generation, listeners, tuple(pools), certificates, tokens),
        opened,
        impossible,
        {name: f"{_LACKING}: {'; '.join(reasons)}" for name, reasons in lacking.items()},
    )
