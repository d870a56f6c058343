"""Which looks are begun, in which order, how many at once; and which of their answers count."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

import pytest
from tests.deploying import Later

from sealstone.dataplane.wanted import FixedResponse, Listener
from sealstone.workers.certificates import Opened
from sealstone.workers.proof import Proof
from sealstone.workers.proving import WORKERS, AtOnce, Proving


class Looks:
    """Looks at listeners that have so many names each, three names a look."""

    def __init__(self, names: int = 0) -> None:
        self.made: list[tuple[str, int]] = []
        self.failing: dict[str, Proof] = {}
        self.names = names

    def __call__(self, listener: Listener, opened: Mapping[str, Opened], beginning: int) -> Proof:
        self.made.append((listener.listener_id, beginning))
        rest = beginning + 3
        return self.failing.get(listener.listener_id, Proof("", "seen", rest if rest < self.names else 0))


def listener(name: str) -> Listener:
    protocol: Any = "HTTP"
    return Listener(name, "127.0.0.1", 80, protocol, FixedResponse(200))


def ask(proving: Proving, *names: str, urgent: bool = True) -> None:
    for name in names:
        proving.ask(listener(name), {}, urgent=urgent)


def test_an_answer_comes_once() -> None:
    proving = Proving(looks := Looks())
    ask(proving, "a", "b")
    assert proving.answers(AtOnce()) == {"a": Proof("", "seen"), "b": Proof("", "seen")}
    assert proving.answers(AtOnce()) == {}
    assert looks.made == [("a", 0), ("b", 0)]


def test_some_at_once_and_changes_find_one_free() -> None:
    proving, later = Proving(looks := Looks()), Later()
    ask(proving, *"abcd", urgent=False)
    proving.answers(later)
    assert len(later.waiting) == WORKERS // 2
    ask(proving, *"wxyz")
    proving.answers(later)
    assert len(later.waiting) == WORKERS
    while later.waiting:
        later.end(0)
        proving.answers(later)
    assert [name for name, _ in looks.made] == [*"abwxyzcd"]


def test_the_last_question_alone_has_an_answer() -> None:
    """Of one that is running already too; and of one that is asked for more urgently, none waits any more."""
    proving, later = Proving(looks := Looks()), Later()
    ask(proving, "a")
    proving.answers(later)
    looks.failing["a"] = Proof("it has changed")
    later.end(0)
    ask(proving, "a", urgent=False)
    ask(proving, "a")
    assert proving.answers(later) == {}
    looks.failing.clear()
    later.end(0)
    assert proving.answers(later) == {"a": Proof("", "seen")}
    assert later.waiting == []


def test_whoever_is_forgotten_has_no_answer() -> None:
    proving, later = Proving(looks := Looks()), Later()
    ask(proving, *"abc", urgent=False)
    proving.answers(later)
    proving.forget_others(["b"])
    later.end(0)
    later.end(0)
    assert proving.answers(later).keys() == {"b"}
    assert [name for name, _ in looks.made] == ["a", "b"]
    proving.forget(["b", "nobody"])


def test_all_names_after_a_change_and_then_in_turn() -> None:
    proving = Proving(looks := Looks(names=7))
    ask(proving, "a")
    assert proving.answers(AtOnce()) == {"a": Proof("", "seen")}
    assert looks.made == [("a", 0), ("a", 3), ("a", 6)]
    looks.made.clear()
    for _ in range(4):
        proving.ask_again(listener("a"), {})
        proving.ask_again(listener("a"), {})
        proving.answers(AtOnce())
    assert looks.made == [("a", 0), ("a", 3), ("a", 6), ("a", 0)]


def test_a_change_begins_with_the_first_name() -> None:
    proving = Proving(looks := Looks(names=7))
    ask(proving, "a")
    proving.answers(AtOnce())
    proving.ask_again(listener("a"), {})
    proving.answers(AtOnce())
    looks.made.clear()
    ask(proving, "a")
    proving.answers(AtOnce())
    assert looks.made == [("a", 0), ("a", 3), ("a", 6)]


def test_what_failed_is_asked_for_again() -> None:
    """The next look begins there: names that are served must not hide one that is not."""
    proving = Proving(looks := Looks(names=7))
    looks.failing["a"] = Proof("no", rest=4)
    ask(proving, "a")
    assert proving.answers(AtOnce())["a"].reason == "no"
    proving.ask_again(listener("a"), {})
    proving.answers(AtOnce())
    assert looks.made == [("a", 0), ("a", 4)]


def test_however_often_all_are_exchanged_everybody_has_a_turn() -> None:
    """Each time new processes serve them: places are kept, and a look that goes on has its answer."""
    names = [f"l{number}" for number in range(40)]
    proving, later, seen = Proving(Looks()), Later(), set[str]()
    for _ in range(len(names)):
        for name in names:
            proving.ask_anew(listener(name), {}, urgent=False)
        proving.answers(later)
        later.end(0)
        seen |= proving.answers(later).keys()
    assert seen == set(names)


def test_what_is_looked_at_when_others_serve_it_is_looked_at_again() -> None:
    proving, later = Proving(looks := Looks()), Later()
    ask(proving, "a")
    proving.answers(later)
    proving.ask_anew(listener("a"), {}, urgent=False)
    later.end(0)
    assert proving.answers(later) == {"a": Proof("", "seen")}
    assert len(later.waiting) == 1
    later.end(0)
    assert proving.answers(later) == {"a": Proof("", "seen")}
    assert later.waiting == []
    assert looks.made == [("a", 0), ("a", 0)]


def test_what_waits_becomes_urgent_and_stays_so() -> None:
    proving, later = Proving(looks := Looks()), Later()
    ask(proving, *"abcde", urgent=False)
    proving.answers(later)
    proving.ask_anew(listener("d"), {}, urgent=True)
    proving.ask_anew(listener("d"), {}, urgent=False)
    proving.ask_anew(listener("e"), {}, urgent=False)
    proving.ask_anew(listener("z"), {}, urgent=True)
    proving.answers(later)
    assert len(later.waiting) == WORKERS
    while later.waiting:
        later.end(0)
        proving.answers(later)
    assert [name for name, _ in looks.made] == [*"abdzce"]


def test_names_that_were_asked_for_are_not_asked_for_first_again() -> None:
    """When others serve them while a listener with many names is being looked at."""
    proving, later = Proving(looks := Looks(names=7)), Later()
    ask(proving, "a")
    proving.answers(later)
    proving.ask_anew(listener("a"), {}, urgent=False)
    while later.waiting:
        later.end(0)
        proving.answers(later)
    assert looks.made == [("a", 0), ("a", 3), ("a", 6)]


def test_without_a_thread_it_waits_on() -> None:
    class Full(Later):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            raise RuntimeError("can't start new thread")

    proving = Proving(looks := Looks())
    ask(proving, "a")
    with pytest.raises(RuntimeError):
        proving.answers(Full())
    assert proving.answers(AtOnce()) == {"a": Proof("", "seen")}
    assert looks.made == [("a", 0)]
