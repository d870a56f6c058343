"""Rotating after authority_permitted_names was changed: an intermediate can only narrow what its root permits."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from tests.authority import Installation, loaded

from sealstone.issuers.issuer import OrderRefused
from sealstone.model.authority import AuthorityPlan, Role
from sealstone.model.identity import Account
from sealstone.store import accounts, events
from sealstone.x509.making.problems import WiderThanRoot

YEARS = timedelta(days=4 * 365)


def founded(tmp_path: Path, *names: str) -> Installation:
    made = Installation(tmp_path, AuthorityPlan(permitted_names=names))
    made.keeper.ensure()
    made.clock.advance(1)
    return made


def change(made: Installation, *names: str) -> None:
    """The setting, and the server is started anew."""
    made.plan = AuthorityPlan(permitted_names=names)
    made.keeper = made.another_keeper()


def permitted(made: Installation) -> list[str]:
    """Of the intermediate that issues."""
    found = loaded(made.row(Role.INTERMEDIATE).certificate).extensions
    try:
        limits = found.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return []
    return [str(one.value) for one in limits.permitted_subtrees or ()]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("a.example", "b.example", "asks for hosts below b.example, and the root permits hosts below a.example only"),
        ("a.example", "example", "asks for hosts below example, and"),
        ("a.example", "", "asks for every host, and"),
    ],
)
def test_an_intermediate_that_could_issue_nothing_is_not_made(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    made = founded(tmp_path, before)
    rows = made.rows()
    change(made, *filter(None, [after]))
    with pytest.raises(WiderThanRoot, match=said) as refused:
        made.keeper.rotate(root=False)
    assert "sealstone ca rotate --root" in refused.value.cure
    assert made.rows() == rows
    made.issue(f"www.{before}")


@pytest.mark.parametrize(
    ("before", "after"), [((), ("a.example",)), (("a.example",), ("x.a.example",)), (("a.example",), ("a.example",))]
)
def test_a_narrower_one_is_made(tmp_path: Path, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    made = founded(tmp_path, *before)
    change(made, *after)
    assert made.keeper.rotate(root=False).beyond == ()
    assert permitted(made) == list(after)
    made.issue("www.x.a.example")
    with pytest.raises(OrderRefused):
        made.issue("www.b.example")


@pytest.mark.parametrize(
    ("after", "left"),
    [
        (("b.example",), ["a.example"]),
        ((), ["a.example"]),
        (("x.a.example", "b.example"), ["x.a.example"]),
        (("example",), ["a.example"]),
    ],
)
def test_one_that_is_renewed_by_itself_keeps_what_the_root_permits(
    tmp_path: Path, after: tuple[str, ...], left: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody has to issue, and the log and an event say what is wrong."""
    made = founded(tmp_path, "a.example")
    with made.store.writing() as tx:
        accounts.add(tx, Account("123456789012", made.clock.now))
    change(made, *after)
    made.clock.now += YEARS
    assert made.keeper.attend()
    assert permitted(made) == left
    made.issue("www.x.a.example")
    (told,) = [one for one in caplog.records if one.name == "sealstone.authority"]
    assert told.levelno == logging.ERROR
    assert "has a new intermediate, Sealstone Issuing CA" in told.getMessage()
    assert "which the root does not permit: the new intermediate is limited" in told.getMessage()
    with made.store.reading() as tx:
        (event,) = events.after(tx, 0)
    assert "make a new root: sealstone ca rotate --root" in event.document["detail"]["Explanation"]


def test_a_new_root_takes_any(tmp_path: Path) -> None:
    made = founded(tmp_path, "a.example")
    change(made, "b.example")
    done = made.keeper.rotate(root=True)
    assert done.root == made.row(Role.ROOT)
    assert done.cross == made.row(Role.CROSS)
    assert (done.beyond, done.permitted) == (("b.example",), ("a.example",))
    made.issue("www.b.example")
    made.clock.advance(1)
    again = made.keeper.rotate(root=True)
    assert (again.beyond, again.permitted) == ((), ("b.example",))
