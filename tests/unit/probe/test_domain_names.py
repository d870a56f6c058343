"""Looking names up, at a library that says what it is told: chains, faults, spellings, time. Real ones: protocol."""

import importlib
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import dns.exception
import dns.resolver
import pytest

from sealstone.probe.domain_names import MOST_HOPS, Resolver
from sealstone.probe.problems import NotLookedUp

SERVER = "192.0.2.53"
NO_NAMES = (
    *(
        "",
        ".",
        "a..b.",
        "a b.example.",
        "*.example.",
        "-a.example.",
        "a-.example.",
        "a.example",
        "a\n.",
        "\u00e4.example.",
    ),
    *("a" * 64 + ".", "a." * 127 + "b.", "a\\.b.", "a/b.", "a@b.", "a.example.\n"),
)


class Library:
    """What `dns.resolver.Resolver` says: kind and name -> targets, or what it raises."""

    def __init__(self, answers: Mapping[tuple[str, str], Any]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str, float]] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def resolve(
        self, name: str, kind: str, *, raise_on_no_answer: bool, search: bool, lifetime: float
    ) -> SimpleNamespace:
        """As the library's."""
        assert (raise_on_no_answer, search) == (False, False)
        self.asked.append((kind, name, lifetime))
        self.meanwhile()
        answer = self.answers.get((kind, name), dns.resolver.NXDOMAIN)
        if isinstance(answer, type):
            raise answer
        records = [SimpleNamespace(to_text=lambda text=text: text) for text in answer]
        return SimpleNamespace(rrset=records or None)


def asking(answers: Mapping[tuple[str, str], Any], within: float = 5.0) -> tuple[Resolver, Library]:
    library = Library(answers)
    resolver = Resolver([SERVER], within, clock=lambda: 100.0)
    resolver.__dict__["_resolver"] = library
    return resolver, library


def chain(length: int) -> dict[tuple[str, str], list[str]]:
    return {("CNAME", f"n{number}.example."): [f"N{number + 1}.Example."] for number in range(length)}


def test_aliases_are_followed_one_by_one_in_lower_case() -> None:
    resolver, library = asking(chain(2))
    assert list(resolver.aliases("n0.example.")) == ["n1.example.", "n2.example."]
    assert library.asked == [("CNAME", f"n{number}.example.", 5.0) for number in range(3)]
    assert list(resolver.aliases("unknown.example.")) == []
    assert list(asking({("CNAME", "a."): []})[0].aliases("a.")) == []


def test_who_has_found_it_asks_no_further() -> None:
    resolver, library = asking(chain(1))
    assert next(resolver.aliases("n0.example.")) == "n1.example."
    assert len(library.asked) == 1


def test_a_chain_has_five_aliases_and_not_six() -> None:
    assert len(list(asking(chain(MOST_HOPS))[0].aliases("n0.example."))) == MOST_HOPS
    found = asking(chain(MOST_HOPS + 1))[0].aliases("n0.example.")
    assert [next(found) for _ in range(MOST_HOPS)][-1] == "n5.example."
    with pytest.raises(NotLookedUp, match="more than 5 aliases"):
        next(found)


def test_a_ring_ends() -> None:
    resolver, library = asking({("CNAME", "a."): ["b."], ("CNAME", "b."): ["a."]})
    with pytest.raises(NotLookedUp, match="more than 5 aliases"):
        list(resolver.aliases("a."))
    assert len(library.asked) == MOST_HOPS + 1


def test_one_time_for_the_whole_chain() -> None:
    ticks = iter([0.0, 0.0, 3.0, 5.0])
    resolver = Resolver([SERVER], 5.0, clock=lambda: next(ticks))
    library = Library(chain(3))
    resolver.__dict__["_resolver"] = library
    with pytest.raises(NotLookedUp, match="no time was left"):
        list(resolver.aliases("n0.example."))
    assert [lifetime for *_, lifetime in library.asked] == [5.0, 2.0]


@pytest.mark.parametrize(
    "fault", [dns.exception.Timeout, dns.resolver.YXDOMAIN, dns.exception.FormError, PermissionError]
)
def test_whatever_the_library_raises_is_one_problem(fault: type[Exception]) -> None:
    resolver, _ = asking({("CNAME", "a."): fault, ("A", "a."): fault, ("AAAA", "a."): fault})
    with pytest.raises(NotLookedUp, match=rf"no answer \({fault.__name__}\)"):
        list(resolver.aliases("a."))
    with pytest.raises(OSError, match="no answer"):
        resolver.addresses("a")


@pytest.mark.parametrize("name", NO_NAMES)
def test_what_is_no_name_is_not_asked(name: str) -> None:
    resolver, library = asking({})
    with pytest.raises(NotLookedUp, match="no name of a host") as refused:
        list(resolver.aliases(name))
    assert "\n" not in str(refused.value)
    assert library.asked == []


@pytest.mark.parametrize("name", ["a.", "_x.a-b.example.", "a" * 63 + ".", "a." * 127, "1.2."])
def test_what_is_a_name_is_asked(name: str) -> None:
    resolver, library = asking({})
    assert list(resolver.aliases(name)) == []
    assert len(library.asked) == 1


def test_a_target_that_is_no_name_ends_the_chain() -> None:
    resolver, library = asking({("CNAME", "a."): ["\\000\\010.example."]})
    found = resolver.aliases("a.")
    assert next(found) == "\\000\\010.example."
    with pytest.raises(NotLookedUp, match="no name of a host"):
        next(found)
    assert len(library.asked) == 1


def test_addresses_are_the_old_ones_or_else_the_new_ones() -> None:
    both = {("A", "a.example."): ["192.0.2.1", "192.0.2.2"], ("AAAA", "a.example."): ["2001:db8::1"]}
    resolver, library = asking(both)
    assert resolver.addresses("a.example", 80) == ("192.0.2.1", "192.0.2.2")
    assert [kind for kind, *_ in library.asked] == ["A"]
    assert asking({("AAAA", "a."): ["2001:db8::1"]})[0].addresses("a.") == ("2001:db8::1",)
    late = {("A", "a."): dns.exception.Timeout, ("AAAA", "a."): ["2001:db8::1"]}
    assert asking(late)[0].addresses("a") == ("2001:db8::1",)


def test_both_questions_about_addresses_end_in_the_time_of_one() -> None:
    resolver, library = asking({})
    with pytest.raises(OSError, match="the name has no address"):
        resolver.addresses("a.example")
    assert [kind for kind, *_ in library.asked] == ["A", "AAAA"]
    assert sum(lifetime for *_, lifetime in library.asked) < 5.0


def test_the_servers_that_are_set_are_asked_and_no_others() -> None:
    library = Resolver([SERVER, "[2001:db8::53]:5353"])._resolver
    assert [(one.address, one.port) for one in library.nameservers] == [(SERVER, 53), ("2001:db8::53", 5353)]
    assert library.search == []


def test_without_servers_the_systems_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bool] = []

    def configured(configure: bool) -> Library:
        made.append(configure)
        return Library({("A", "a."): ["192.0.2.1"]})

    monkeypatch.setattr(dns.resolver, "Resolver", configured)
    resolver = Resolver()
    assert (resolver.addresses("a"), resolver.addresses("a"), made) == (("192.0.2.1",), ("192.0.2.1",), [True])


def test_a_system_without_name_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    def unconfigured(configure: bool) -> None:
        assert configure
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver, "Resolver", unconfigured)
    with pytest.raises(NotLookedUp, match="this system names no name server"):
        list(Resolver().aliases("a."))


def test_the_library_is_loaded_when_something_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    real = importlib.import_module

    def load(name: str) -> Any:
        loaded.append(name)
        return real(name)

    monkeypatch.setattr(importlib, "import_module", load)
    resolver = Resolver([SERVER])
    assert loaded == []
    assert resolver._resolver
    assert "dns.resolver" in loaded
