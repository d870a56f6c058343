"""The bound on failures: a burst, then a rate, each address for itself."""

from datetime import UTC, datetime, timedelta

from sealstone.endpoint.throttle import Failures

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_burst_and_then_a_rate() -> None:
    failures = Failures(burst=3, per_second=2)
    assert [failures.allow("a", NOW) for _ in range(4)] == [True, True, True, False]
    assert failures.allow("a", NOW + timedelta(milliseconds=600))
    assert not failures.allow("a", NOW + timedelta(milliseconds=700))


def test_addresses_do_not_share() -> None:
    failures = Failures(burst=1, per_second=0.001)
    assert failures.allow("a", NOW)
    assert not failures.allow("a", NOW)
    assert failures.allow("b", NOW)


def test_a_clock_that_goes_back_gives_nothing() -> None:
    failures = Failures(burst=1, per_second=1)
    assert failures.allow("a", NOW)
    assert not failures.allow("a", NOW - timedelta(days=1))


def test_only_so_many_addresses_are_remembered() -> None:
    failures = Failures(burst=1, per_second=0.001, addresses=2)
    for address in ("a", "b", "c"):
        assert failures.allow(address, NOW)
    assert len(failures._buckets) == 2
    assert failures.allow("a", NOW), "the oldest was forgotten"
    assert not failures.allow("c", NOW)
