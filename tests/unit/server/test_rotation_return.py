"""The way back of a rotation, and its words where it cannot go it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.house_fixture import ACCOUNT
from tests.rotating import Killed, Rotation, rotating

from sealstone.server.rotation_return import undone
from sealstone.store import certificate_uses, server_certificates
from sealstone.store.engine import Store, Tx
from sealstone.store.faults import DiskFailed, StoreBusy


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Rotation]:
    """Killed, with the new certificate on its first listener."""
    with rotating(tmp_path) as made:

        def die() -> None:
            raise Killed

        made.pause = die
        with pytest.raises(Killed):
            made.rotate()
        made.pause = made.scene.deployer.round
        made.scene.deployer.round()
        yield made


def back(here: Rotation) -> str:
    planned = here.planned()
    (new,) = planned.leftovers
    return undone(here.vault(), planned, new)


def test_everything_is_brought_back(here: Rotation) -> None:
    assert back(here) == "every listener has the old certificate again"
    assert here.used() == {"ASCA1"}
    assert list(here.names()) == ["ASCA1"]
    assert here.left() == []


def test_what_somebody_else_has_put_on_a_listener_stays(here: Rotation) -> None:
    here.scene.certificate("ASCA2")
    planned = here.planned()
    (used,) = [one for one in planned.used if one.listener.listener_id == "l1"]
    with here.scene.store.writing() as tx:
        certificate_uses.remove_all(tx, ACCOUNT, "l1")
        certificate_uses.add(tx, type(used.use)(ACCOUNT, "l1", "ASCA2"))
    assert back(here) == "every listener has the old certificate again"
    assert here.used() == {"ASCA1", "ASCA2"}


def test_a_listener_that_does_not_serve_the_old_one_either_is_named(here: Rotation) -> None:
    here.scene.broken["l1"] = "no"
    assert back(here) == (
        "every listener has the old certificate again, which was not seen to be served yet by site, port 443 "
        "(sealstone listeners)"
    )


def test_nobody_is_waited_for_twice(here: Rotation) -> None:
    waited: list[int] = []
    here.pause = lambda: waited.append(1)
    assert "by site, port 443; site, port 8443" in back(here)
    assert len(waited) == 100 + 1


def test_a_listener_changed_while_it_is_waited_for_is_nobody_s_failure(here: Rotation) -> None:
    here.pause = here.scene.without_listeners
    assert back(here) == "every listener has the old certificate again"


def test_a_busy_store_is_tried_again(here: Rotation) -> None:
    here.at(1, StoreBusy("busy"))
    assert back(here) == "every listener has the old certificate again"


def test_a_rotation_that_had_ended_is_left_as_it_is(here: Rotation) -> None:
    """Whether the last unit is durable is not known after a fault of the disk: the store tells."""
    planned = here.planned()
    (new,) = planned.leftovers
    here.rotate()
    assert undone(here.vault(), planned, new) == (
        "the rotation had come to its end all the same: every listener has the new certificate"
    )
    assert here.used() == {new.unique_id}


def test_an_old_one_that_is_gone_cannot_come_back(here: Rotation) -> None:
    planned = here.planned()
    (new,) = planned.leftovers
    with here.scene.store.writing() as tx:
        server_certificates.remove(tx, planned.old)
    assert undone(here.vault(), planned, new) == (
        "ASCA1 was deleted by somebody else meanwhile, so that nothing could be brought back: "
        "ASCA1-new-20261121120000 is on site, port 443"
    )


def test_a_store_that_cannot_be_read_is_told(here: Rotation, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = here.planned()

    def fails(_store: Store) -> Tx:
        raise DiskFailed("the disk failed")

    monkeypatch.setattr(Store, "writing", fails)
    monkeypatch.setattr(Store, "reading", fails)
    here.pause = lambda: None
    assert undone(here.vault(), planned, planned.leftovers[0]) == (
        "the old certificate could not be brought back (the disk failed): which listeners have the new one cannot be "
        "read (the disk failed); the same command, given again, goes on with the rotation"
    )
