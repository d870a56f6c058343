"""The metrics themselves, in the words of Prometheus: names, labels, meanings. docs/metrics.md lists them.

Each scrape makes them anew from what `readings.Sources` gives; a registry of its own for each, so that nothing else
in the process adds to them. A store that cannot be read takes its own metrics away and leaves the others. Imported
by the first scrape.
"""

import platform
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from sealstone import __version__
from sealstone.endpoint.measure import BOUNDS, Key, Tally
from sealstone.model.certificate_request import RenewalStatus, Stage
from sealstone.model.listener import ListenerStatus
from sealstone.server.readings import Sources
from sealstone.store import certificate_metrics, configuration, listener_states, listeners, load_balancers
from sealstone.store.engine import Tx
from sealstone.store.faults import StoreFault

_DAY: Final = 86_400
_CERTIFICATE: Final = ("service", "account", "region", "name", "arn")
_LISTENER: Final = ("account", "region", "load_balancer", "port", "listener")
_LIMITS: Final = (*(str(bound) for bound in BOUNDS), "+Inf")
_DEPLOYER: Final = {
    "deployments": ("sealstone_deployments", "Configurations that were given to the data plane."),
    "failures": ("sealstone_deployment_failures", "Configurations that the data plane refused."),
    "differences": ("sealstone_listener_differences", "Listeners found to serve something else than what is stored."),
    "restarts": ("sealstone_data_plane_restarts", "Times that the data plane had died and was started again."),
}


def exposition(sources: Sources) -> tuple[str, bytes]:
    """Content type and text of one scrape."""
    registry = CollectorRegistry()
    registry.register(_Readings(sources))
    ProcessCollector(registry=registry)
    return CONTENT_TYPE_PLAIN_0_0_4, generate_latest(registry)


class _Readings(Collector):
    """One scrape."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def collect(self) -> Iterator[Metric]:
        """All families, in the order of docs/metrics.md."""
        sources = self._sources
        yield from _process(sources)
        yield from _requests(sources.measure.totals())
        readable = GaugeMetricFamily("sealstone_store_readable", "1 when the store answers this scrape, else 0.")
        try:
            with sources.store.reading() as tx:
                read = [*_certificates(tx, sources.clock()), *_errands(tx), *_listeners(tx)]
        except StoreFault:
            read = []
        readable.add_metric((), 1 if read else 0)
        yield readable
        yield from read
        yield from _deployments(sources.deployed())


def _process(sources: Sources) -> Iterator[Metric]:
    build = InfoMetricFamily("sealstone_build", "Versions of Sealstone and of Python.")
    build.add_metric((), {"version": __version__, "python": platform.python_version()})
    yield build
    yield GaugeMetricFamily(
        "sealstone_start_time_seconds", "When the server began to serve, Unix time.", sources.started.timestamp()
    )
    yield GaugeMetricFamily(
        "sealstone_audit_queue_records", "Audit records of reads that wait to be written.", sources.queued()
    )


def _requests(totals: Mapping[Key, Tally]) -> Iterator[Metric]:
    """Of the histogram the code is left out: it would be ten times as long, and refusals are counted above it."""
    count = CounterMetricFamily(
        "sealstone_requests", "Answers of the AWS endpoint; the code is ok or an error's.", labels=_REQUEST
    )
    merged: dict[tuple[str, str], Tally] = {}
    for (service, operation, code), tally in sorted(totals.items()):
        count.add_metric((service, operation, code), sum(tally.classes))
        one = merged.setdefault((service, operation), Tally())
        one.classes = [sum(pair) for pair in zip(one.classes, tally.classes, strict=True)]
        one.seconds += tally.seconds
    yield count
    duration = HistogramMetricFamily(
        "sealstone_request_duration_seconds",
        "From a whole request to its answer, without the wait for a thread.",
        labels=_REQUEST[:2],
    )
    for labels, tally in merged.items():
        buckets = list(zip(_LIMITS, accumulate(tally.classes), strict=True))
        duration.add_metric(labels, buckets, tally.seconds)
    yield duration


_REQUEST: Final = ("service", "operation", "code")


def _certificates(tx: Tx, at: datetime) -> Iterator[Metric]:
    days = GaugeMetricFamily(
        "sealstone_certificate_expiry_days", "Days until the certificate ends; negative after it.", labels=_CERTIFICATE
    )
    ends = GaugeMetricFamily(
        "sealstone_certificate_not_after_timestamp_seconds", "When it ends, Unix time.", labels=_CERTIFICATE
    )
    now = at.timestamp()
    for one in certificate_metrics.samples(tx):
        labels = (one.service, one.account_id, one.region, one.name, one.arn)
        end = one.not_after.timestamp()
        days.add_metric(labels, round((end - now) / _DAY, 4))
        ends.add_metric(labels, end)
    yield days
    yield ends


def _errands(tx: Tx) -> Iterator[Metric]:
    """Requests and renewals."""
    stages: Counter[str] = Counter({stage.value: 0 for stage in Stage})
    last: Counter[str] = Counter({status.value: 0 for status in RenewalStatus})
    tries = 0
    for one in certificate_metrics.requests(tx):
        stages[one.stage] += 1
        tries += one.tries
        if one.renewal:
            last[one.renewal] += 1
    yield _by("sealstone_certificate_requests_by_stage", "Certificates that were asked for here.", "stage", stages)
    yield _by("sealstone_certificate_last_renewals", "Certificates by their last renewal.", "status", last)
    yield GaugeMetricFamily(
        "sealstone_certificate_failing_tries", "Tries without success of the issues and renewals under way.", tries
    )
    ended = CounterMetricFamily("sealstone_certificate_renewals", "Renewals that ended so.", labels=("outcome",))
    for outcome, number in ({"success": 0, "failure": 0} | certificate_metrics.renewals(tx)).items():
        ended.add_metric((outcome,), number)
    yield ended


def _listeners(tx: Tx) -> Iterator[Metric]:
    """As `sealstone listeners` tells them: of an older configuration a state is pending."""
    generation = configuration.generation(tx)
    states = {state.listener_id: state for state in listener_states.every(tx)}
    owners = {one.unique_id: one for one in load_balancers.every(tx)}
    by_status: Counter[str] = Counter({status.value: 0 for status in ListenerStatus})
    matches = GaugeMetricFamily(
        "sealstone_listener_served_matches_stored",
        "1 when the last handshake showed the stored certificate, else 0.",
        labels=_LISTENER,
    )
    for one in listeners.every(tx):
        state, owner = states.get(one.listener_id), owners[one.load_balancer_id]
        pending = state is None or state.generation < generation
        by_status[ListenerStatus.PENDING if pending or state is None else state.status] += 1
        serves = state is not None and state.status is ListenerStatus.SERVING
        labels = (one.account_id, owner.region, owner.name, str(one.port), one.listener_id)
        matches.add_metric(labels, 1 if serves else 0)
    yield _by("sealstone_listeners", "Listeners by what is known of their serving.", "status", by_status)
    yield matches


def _deployments(deployed: Mapping[str, int]) -> Iterator[Metric]:
    for name, number in deployed.items():
        family, meaning = _DEPLOYER[name]
        yield CounterMetricFamily(family, meaning, number)


def _by(name: str, meaning: str, label: str, counted: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=(label,))
    for value, number in counted.items():
        family.add_metric((str(value),), number)
    return family
