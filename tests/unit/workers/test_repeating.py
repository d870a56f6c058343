"""The loop of every worker outlives what goes wrong, rests when there is no work, and ends when it is told to."""

import logging
import threading

import pytest

from sealstone.store.faults import StoreBusy
from sealstone.workers.repeating import Repeated

REPEATED = Repeated("the work", logging.getLogger("sealstone.test"), rest=1.0, after_fault=30.0)


class Stop(threading.Event):
    """Waits for nothing, and remembers how long it was asked to."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout)
        return self.is_set()


@pytest.mark.parametrize(
    ("fault", "line", "whole"),
    [(StoreBusy("locked"), "the work: locked", False), (RuntimeError("x"), "a fault of ours in the work", True)],
)
def test_a_fault_ends_nothing(fault: Exception, line: str, whole: bool, caplog: pytest.LogCaptureFixture) -> None:
    stopped, calls = Stop(), iter([fault, 2, 0, None])

    def work() -> object:
        answer = next(calls)
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            stopped.set()
        return answer

    REPEATED.run(work, stopped)
    assert next(calls, "all was asked for") == "all was asked for"
    assert stopped.waited == [1.0, 30.0, 1.0, 1.0]
    [record] = caplog.records
    assert record.getMessage() == line
    assert bool(record.exc_info) is whole


def test_it_ends_in_the_middle_of_much_work() -> None:
    stopped, calls = Stop(), []

    def work() -> int:
        calls.append(1)
        if len(calls) == 3:
            stopped.set()
        return 1

    REPEATED.run(work, stopped)
    assert len(calls) == 3


def test_one_round_tells_whether_it_was_survived() -> None:
    calls = iter([1, 1, 0])
    assert REPEATED.survived(lambda: next(calls))
    assert not REPEATED.survived(lambda: next(calls))
