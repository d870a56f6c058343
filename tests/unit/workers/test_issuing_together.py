"""Several workers over one store, as threads and processes have them: each renewal is ordered once."""

import threading
from collections import Counter
from datetime import timedelta

from tests.issuing import ACCOUNT, Issuance

from sealstone.model.certificate_request import OUTSIDE, Stage, ValidationMethod
from sealstone.store import certificate_requests
from sealstone.workers.issuing import Issuing

COUNT = 50
DAY = timedelta(days=1)


def together(house: Issuance, workers: int) -> list[Issuing]:
    """Each in a thread of its own, until nothing is due."""
    made = [house.another() for _ in range(workers)]

    def run(worker: Issuing) -> None:
        idle = 0
        while idle < 3:
            idle = 0 if worker.round() else idle + 1

    threads = [threading.Thread(target=run, args=(worker,)) for worker in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return made


def test_fifty_in_use_are_ordered_once_each(house: Issuance) -> None:
    for number in range(COUNT):
        house.ask(f"c{number}", days=47)
        house.use(f"c{number}", f"l{number}")
        house.served(f"l{number}", always=True)
    house.pass_time(DAY)
    house.authority.orders.clear()
    house.now += 46 * DAY + timedelta(hours=12)
    workers = together(house, 3)
    house.pass_time(timedelta(seconds=2))
    placed = Counter(order.order_id for order in house.authority.orders)
    assert len(placed) == COUNT
    assert set(placed.values()) == {1}
    assert {house.of(f"c{number}").version for number in range(COUNT)} == {2}
    assert sum(worker.outcomes["late"] for worker in workers) == 0


def test_a_silent_owner_of_many_holds_up_no_other_account(house: Issuance) -> None:
    for number in range(30):
        house.ask(f"c{number}", stage=Stage.VALIDATING, method=ValidationMethod.DNS)
    house.ask("other", stage=Stage.VALIDATING, method=ValidationMethod.DNS, account_id="210987654321")
    with house.store.reading() as tx:
        first = certificate_requests.due(tx, house.now, 2, OUTSIDE)
    assert {place.account_id for place in first} == {ACCOUNT, "210987654321"}
