"""Whose end of the authority's certificates is warned about, and in which words."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.authority import Installation
from tests.house_fixture import Chance
from tests.pki import NOW

from sealstone.model.authority import Role, State
from sealstone.model.ending import Ending
from sealstone.model.identity import Account
from sealstone.store import accounts
from sealstone.store.authority_endings import AUTHORITIES
from sealstone.store.expiry_notices import Span
from sealstone.workers.notices import Notices

ACCOUNT = "123456789012"


@pytest.fixture
def made(tmp_path: Path) -> Installation:
    """With a root that was replaced, and the intermediate below it."""
    found = Installation(tmp_path)
    found.keeper.ensure()
    with found.store.writing() as tx:
        accounts.add(tx, Account(ACCOUNT, NOW))
    found.clock.advance(1)
    found.keeper.rotate(root=True)
    return found


def page(made: Installation) -> dict[tuple[str, bool], Ending]:
    """By role, and whether it is retired; whatever its end is."""
    span = Span(NOW, NOW, NOW + timedelta(days=20_000))
    with made.store.reading() as tx:
        rows = {row.certificate_id: row for row in made.rows()}
        _, found = AUTHORITIES.page(tx, span, None)
        assert all(AUTHORITIES.fingerprint(tx, one) == one.fingerprint for one in found)
    return {(rows[one.key[0]].role, rows[one.key[0]].state is State.RETIRED): one for one in found}


def test_a_root_that_was_replaced_counts_as_long_as_clients_may_trust_it(made: Installation) -> None:
    assert set(page(made)) == {
        (Role.ROOT, False),
        (Role.ROOT, True),
        (Role.CROSS, False),
        (Role.INTERMEDIATE, False),
    }


def test_it_is_told_what_each_is_and_what_to_do(made: Installation) -> None:
    texts = {key: str(one.detail["Explanation"]) for key, one in page(made).items()}
    assert len(set(texts.values())) == 4
    assert texts[Role.ROOT, True].startswith("A root that has been replaced.")
    assert "give them the present root, sealstone ca export" in texts[Role.ROOT, True]
    assert texts[Role.CROSS, False].startswith("The present root, as the root before it vouches for it")
    assert "sealstone ca rotate --root" in texts[Role.ROOT, False]


def test_the_end_of_an_old_root_is_told_by_its_name(made: Installation, caplog: pytest.LogCaptureFixture) -> None:
    old = made.row(Role.ROOT, State.RETIRED)
    made.clock.now = old.not_after - timedelta(days=30)
    notices = Notices(made.store, made.clock, Chance(), (AUTHORITIES,))
    assert notices.round() > 0
    name = f"Sealstone Root CA {old.authority_id[:8]}-1"
    (line,) = [one for one in caplog.messages if name in one]
    assert line.startswith("Authority Certificate Approaching Expiration: arn:aws:acm-pca:us-east-1:")
    assert "ends in 30 days. A root that has been replaced." in line


def test_what_is_gone_or_issues_no_more_is_not_told(made: Installation) -> None:
    below = page(made)[Role.INTERMEDIATE, False]
    made.keeper.rotate(root=False)
    with made.store.reading() as tx:
        assert AUTHORITIES.fingerprint(tx, below) is None
        gone = Ending(below.kind, ("none",), "", ACCOUNT, "", "", NOW)
        assert AUTHORITIES.fingerprint(tx, gone) is None


def test_without_accounts_nobody_is_told(tmp_path: Path) -> None:
    made = Installation(tmp_path)
    made.keeper.ensure()
    assert page(made) == {}
