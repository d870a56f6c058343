"""The resolver at a real name server on loopback: aliases, addresses, and what such a server may do wrong."""

import time
from collections.abc import Iterator

import pytest
from tests.dns_server import Misbehaviour, Zone, name_server

from sealstone.probe import guard
from sealstone.probe.domain_names import Resolver
from sealstone.probe.problems import NotLookedUp, NotResolved

NAME = "_x.a.example."
VALUE = "_y.validations.example."
WITHIN = 0.6
SLACK = 5.0
"""Of a busy machine; far less than the library would wait by itself for many tries."""


@pytest.fixture
def zone() -> Iterator[Zone]:
    with name_server() as made:
        made.alias(NAME, VALUE)
        made.host("a.example.", "127.0.0.1", "::1")
        yield made


def resolver(zone: Zone, within: float = 5.0) -> Resolver:
    return Resolver([zone.address], within)


def aliases(zone: Zone, name: str = NAME) -> list[str]:
    return list(resolver(zone).aliases(name))


def test_an_alias_is_found(zone: Zone) -> None:
    assert aliases(zone) == [VALUE]
    assert zone.asked == [(NAME, "CNAME"), (VALUE, "CNAME")]


def test_upper_case_is_the_same(zone: Zone) -> None:
    zone.as_spelled = True
    assert aliases(zone) == [VALUE]
    assert aliases(zone, NAME.upper()) == [VALUE]


def test_what_is_not_there_is_no_fault(zone: Zone) -> None:
    assert aliases(zone, "_none.example.") == []
    assert aliases(zone, "a.example.") == []  # it is there, and no alias


def test_a_change_of_the_zone_is_seen_at_once(zone: Zone) -> None:
    asking = resolver(zone)
    assert list(asking.aliases("_late.example.")) == []
    zone.alias("_late.example.", VALUE)
    assert list(asking.aliases("_late.example.")) == [VALUE]


def test_chains_and_rings(zone: Zone) -> None:
    for number in range(6):
        zone.alias(f"n{number}.example.", f"n{number + 1}.example.")
    zone.alias("ring-1.example.", "ring-2.example.")
    zone.alias("ring-2.example.", "ring-1.example.")
    assert aliases(zone, "n1.example.") == [f"n{number}.example." for number in range(2, 7)]
    for name in ("n0.example.", "ring-1.example."):
        with pytest.raises(NotLookedUp, match="more than 5 aliases"):
            aliases(zone, name)


@pytest.mark.parametrize("how", [Misbehaviour.TRUNCATED, Misbehaviour.FORGED_FIRST])
def test_the_right_answer_is_found_all_the_same(zone: Zone, how: Misbehaviour) -> None:
    zone.how[NAME] = how
    assert aliases(zone) == [VALUE]


@pytest.mark.parametrize("how", [Misbehaviour.OTHER_OWNER, Misbehaviour.TRUNCATED_EVER])
def test_records_of_another_name_or_none_say_nothing(zone: Zone, how: Misbehaviour) -> None:
    zone.how[NAME] = how
    assert aliases(zone) == []


@pytest.mark.parametrize(
    "how",
    [
        Misbehaviour.SERVFAIL,
        Misbehaviour.REFUSED,
        Misbehaviour.SILENT,
        Misbehaviour.TRUNCATED_SILENT,
        Misbehaviour.OTHER_ID,
        Misbehaviour.OTHER_NAME,
        Misbehaviour.OTHER_SOURCE,
        Misbehaviour.GARBAGE,
        Misbehaviour.CUT_OFF,
    ],
)
@pytest.mark.parametrize("name", [NAME, "a.example."])
def test_what_is_no_answer_is_one_problem_and_soon(zone: Zone, how: Misbehaviour, name: str) -> None:
    zone.how[name] = how
    began = time.perf_counter()
    with pytest.raises(NotLookedUp, match="the name servers gave no answer"):
        list(resolver(zone, WITHIN).aliases(name))
    with pytest.raises(OSError, match="the name servers gave no answer"):
        resolver(zone, WITHIN).addresses(name)
    assert time.perf_counter() - began < 2 * WITHIN + SLACK


def test_nobody_at_the_port(zone: Zone) -> None:
    host, _, _ = zone.address.partition(":")
    with pytest.raises(NotLookedUp):
        list(Resolver([f"{host}:1"], WITHIN).aliases(NAME))


def test_the_second_server_is_asked_when_the_first_fails(zone: Zone) -> None:
    with name_server() as broken:
        broken.how[NAME] = Misbehaviour.SERVFAIL
        assert list(Resolver([broken.address, zone.address]).aliases(NAME)) == [VALUE]


@pytest.mark.parametrize(
    "target",
    [".".join(["x" * 63] * 3 + ["y" * 61]) + ".", "b.example."],
    ids=["the longest", "one label"],
)
def test_targets_that_are_names(zone: Zone, target: str) -> None:
    zone.alias(NAME, target)
    assert aliases(zone) == [target]


@pytest.mark.parametrize(
    "target", ["\\000\\027[31m.example.", "*.example.", "a\\.b.example.", "\\228\\246.example.", "."]
)
def test_targets_that_are_no_names_end_the_chain(zone: Zone, target: str) -> None:
    zone.alias(NAME, target)
    found = resolver(zone).aliases(NAME)
    assert next(found) == target
    with pytest.raises(NotLookedUp, match="no name of a host") as problem:
        next(found)
    assert problem.value.cause.isprintable()
    assert problem.value.cause.isascii()
    assert [name for name, _ in zone.asked] == [NAME]


def test_addresses(zone: Zone) -> None:
    zone.alias("www.example.", "a.example.")
    zone.host("six.example.", "::1")
    asking = resolver(zone)
    assert asking.addresses("a.example", 80) == ("127.0.0.1",)
    assert asking.addresses("www.example") == ("127.0.0.1",)
    assert asking.addresses("six.example.") == ("::1",)
    for name in ("none.example", NAME):
        with pytest.raises(OSError, match="the name has no address"):
            asking.addresses(name)


def test_a_host_whose_new_addresses_nobody_tells_is_found(zone: Zone) -> None:
    """Behind the guard, which has five seconds for both questions."""
    asking = resolver(zone, WITHIN)
    assert guard.resolved("a.example", 80, allow_private=True, resolve=asking.addresses, within=SLACK)
    zone.how["a.example."] = Misbehaviour.SILENT
    with pytest.raises(NotResolved, match="the name servers gave no answer"):
        guard.resolved("a.example", 80, allow_private=True, resolve=asking.addresses, within=SLACK)
