"""What is counted of answers: once each, by names of ours alone, from every thread."""

import threading
from datetime import timedelta

import pytest
from tests.house_fixture import Key, World, signed

from sealstone.endpoint.measure import BOUNDS, Measure, Tally
from sealstone.endpoint.request import Request
from sealstone.operations.call import House
from sealstone.operations.catalog import operations
from sealstone.operations.operation import Operation
from sealstone.store.faults import StoreFailed


def operation(name: str) -> Operation:
    return next(one for one in operations() if one.name == name)


def counted(world: World) -> dict[tuple[str, str, str], int]:
    return {key: sum(tally.classes) for key, tally in world.endpoint.measure.totals().items()}


def test_durations_fall_into_classes_with_inclusive_bounds() -> None:
    measure = Measure()
    for seconds in (0.0, BOUNDS[0], 0.0006, BOUNDS[-1], 11.0):
        measure.note(operation("ListUsers"), "ok", seconds)
    classes = [0] * (len(BOUNDS) + 1)
    classes[0], classes[1], classes[-2], classes[-1] = 2, 1, 1, 1
    totals = measure.totals()
    assert totals == {("iam", "ListUsers", "ok"): Tally(classes, totals["iam", "ListUsers", "ok"].seconds)}
    assert totals["iam", "ListUsers", "ok"].seconds == pytest.approx(21.0011)


def test_threads_count_for_themselves_and_are_added_up() -> None:
    measure = Measure()

    def work() -> None:
        for _ in range(100):
            measure.note(None, "AccessDenied", 0.001)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    measure.note(None, "AccessDenied", 0.001)
    (tally,) = measure.totals().values()
    assert sum(tally.classes) == 401


def test_every_answer_is_counted_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.done("iam", {"Action": "ListUsers"})
    world.ask("iam", {"Action": "GetUser", "UserName": "nobody"})
    world.ask("iam", {"Action": "Surprise"})
    world.endpoint.handle(Request("GET", "/", "", (), b"", "192.0.2.1"))
    world.endpoint.refuse(Request("POST", "/", "", (), b"", "192.0.2.1"), 413)
    expected = {
        ("iam", "ListUsers", "ok"): 1,
        ("iam", "GetUser", "NoSuchEntity"): 1,
        ("-", "-", "InvalidAction"): 1,
        ("-", "-", "MissingAuthenticationToken"): 1,
        ("-", "-", "RequestEntityTooLarge"): 1,
    }
    assert counted(world) == expected
    monkeypatch.setattr("sealstone.endpoint.handle.perform", lambda *_: 1 / 0)
    world.ask("iam", {"Action": "ListUsers"})
    assert counted(world) == expected | {("iam", "ListUsers", "InternalFailure"): 1}

    def unreadable(*_: object) -> None:
        raise StoreFailed("gone")

    monkeypatch.setattr("sealstone.endpoint.handle.perform", unreadable)
    world.ask("iam", {"Action": "ListUsers"})
    assert counted(world)["iam", "ListUsers", "ServiceUnavailable"] == 1


def test_what_is_handed_on_is_counted_where_it_is_answered(world: World) -> None:
    """A write that was taken for a read comes a second time, to a thread."""
    request = signed("iam", {"Action": "CreateUser", "UserName": "eve"}, world.administrator, at=world.clock.now)
    assert world.endpoint.handle_read(request) is None
    assert counted(world) == {}
    assert world.endpoint.handle(request).status == 200
    assert counted(world) == {("iam", "CreateUser", "ok"): 1}


# --- the real time beside a moved one ---


def moved(world: World, days: int) -> World:
    """The house's clock is that many days ahead of the one that clients sign by."""
    real, house = world.clock.now, world.house
    world.clock.advance(days * 86_400)
    world.house = House(
        house.store, house.keyring, house.audit_key, house.recorder, world.clock, house.chance, wall=lambda: real
    )
    world.endpoint = type(world.endpoint)(world.house, operations(), clock_window=900)
    return world


def test_signatures_and_dates_are_of_the_real_time_and_records_of_the_moved_one(world: World) -> None:
    real = world.clock.now
    moved(world, 400)
    created = world.ask("iam", {"Action": "CreateUser", "UserName": "later"}, at=real)
    assert created.status == 200
    assert created.parsed["User"]["CreateDate"] == (real + timedelta(days=400)).replace(microsecond=0)
    assert created.headers["date"] == f"{real:%a, %d %b %Y %H:%M:%S} GMT"
    refused = world.ask("iam", {"Action": "ListUsers"}, at=real + timedelta(days=400))
    assert refused.code == "SignatureDoesNotMatch"


def test_temporary_credentials_end_by_the_moved_time(world: World) -> None:
    real = world.clock.now
    moved(world, 1)
    made = world.done("sts", {"Action": "GetSessionToken", "DurationSeconds": "900"}, at=real)["Credentials"]
    assert made["Expiration"] == (real + timedelta(days=1, seconds=900)).replace(microsecond=0)
    key = Key(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    assert world.ask("sts", {"Action": "GetCallerIdentity"}, key=key, at=real).status == 200
    world.clock.advance(900)
    assert world.ask("sts", {"Action": "GetCallerIdentity"}, key=key, at=real).code == "ExpiredToken"
