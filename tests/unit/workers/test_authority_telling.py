"""Another root or intermediate of the authority is told: in the log, as an event, in words that say what to do."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from tests.authority import Installation
from tests.pki import NOW

from sealstone.model.authority import AuthorityPlan, Role
from sealstone.model.identity import Account
from sealstone.store import accounts, events
from sealstone.workers.authority_making import Made
from sealstone.workers.authority_telling import explanation

ACCOUNT = "123456789012"
PLAN = AuthorityPlan(permitted_names=("a.example", "b.example"))


@pytest.fixture
def made(tmp_path: Path) -> Installation:
    found = Installation(tmp_path)
    found.keeper.ensure()
    with found.store.writing() as tx:
        accounts.add(tx, Account(ACCOUNT, NOW))
        accounts.add(tx, Account("210987654321", NOW))
    return found


def told(made: Installation) -> list[dict[str, object]]:
    with made.store.reading() as tx:
        return [dict(one.document) for one in events.after(tx, 0)]


def test_a_root_that_is_made_by_itself_is_told(made: Installation, caplog: pytest.LogCaptureFixture) -> None:
    """Sixteen years on; by then who set it up is gone."""
    made.clock.now += timedelta(days=16 * 365)
    assert made.keeper.attend()
    root = made.row(Role.ROOT)
    (event,) = told(made)
    assert event["source"] == "sealstone.ca"
    assert event["detail-type"] == "Authority Certificate Replaced"
    assert (event["account"], event["region"]) == (ACCOUNT, "us-east-1")
    assert event["resources"] == [f"arn:aws:acm-pca:us-east-1:{ACCOUNT}:certificate-authority/{root.authority_id}"]
    assert event["detail"] == {
        "CommonName": f"Sealstone Root CA {root.authority_id[:8]}-2",
        "CertificateId": root.certificate_id,
        "Role": "root",
        "Explanation": "Give clients the new root: sealstone ca export. Until then they get to it by the old one.",
    }
    (line,) = [one for one in caplog.records if one.name == "sealstone.authority"]
    assert line.levelno == logging.WARNING
    assert (
        f"has a new root, Sealstone Root CA {root.authority_id[:8]}-2. Give clients the new root" in line.getMessage()
    )
    assert made.keeper.attend()
    assert len(told(made)) == 1


def test_an_intermediate_that_is_made_by_itself_asks_for_nothing(
    made: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "sealstone.authority")
    made.clock.now += timedelta(days=4 * 365)
    assert made.keeper.attend()
    (event,) = told(made)
    below = made.row(Role.INTERMEDIATE)
    name = f"Sealstone Issuing CA {below.authority_id[:8]}-2"
    assert event["detail"] == {
        "CommonName": name,
        "CertificateId": below.certificate_id,
        "Role": "intermediate",
    }
    assert [one.levelno for one in caplog.records if name in one.getMessage()] == [logging.INFO]


def test_what_is_done_with_a_renewal_is_done_in_its_unit(made: Installation) -> None:
    def failing(*_: object) -> None:
        raise LookupError("no audit")

    before = made.rows()
    made.keeper._renewed = failing
    made.clock.now += timedelta(days=16 * 365)
    with pytest.raises(LookupError, match="no audit"):
        made.keeper.ensure()
    assert (made.rows(), told(made)) == (before, [])


@pytest.mark.parametrize("root", [False, True])
def test_a_rotation_by_command_is_an_event_too(made: Installation, root: bool) -> None:
    made.keeper.rotate(root=root)
    assert len(told(made)) == 1


def test_the_first_one_is_no_news_and_without_accounts_nobody_is_told(tmp_path: Path) -> None:
    found = Installation(tmp_path)
    found.keeper.ensure()
    found.keeper.rotate(root=False)
    assert told(found) == []


def test_a_clock_that_was_ahead_replaces_nothing(made: Installation) -> None:
    made.clock.now += timedelta(days=4 * 365)
    made.keeper.ensure()
    made.clock.now -= timedelta(days=4 * 365)
    made.keeper.ensure()
    assert len(told(made)) == 1


def test_it_says_how_clients_get_to_a_new_root(made: Installation) -> None:
    row = made.row(Role.ROOT)
    assert explanation(Made(row), PLAN) == ""
    assert explanation(Made(row, row, row), PLAN).endswith("Until then they get to it by the old one.")
    assert "get to it by the old one" not in explanation(Made(row, row, None), PLAN)
    wider = explanation(Made(row, row, row, ("",), ("a.example", "c.example")), AuthorityPlan())
    assert wider.endswith("Until then they take only certificates for hosts below a.example, c.example.")
    assert "hosts below a.example, b.example, which" in explanation(Made(row, beyond=("b.example",)), PLAN)
    assert "for every host, which" in explanation(Made(row, beyond=("",)), AuthorityPlan())
