"""A rotation that ends at any step: killed, out of a store, interrupted. What is left, what is said, and the next try.

Every step is taken in turn: what a rotation asks of the world (time, chance, a pause) counts them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from tests.rotating import Killed, Rotation, rotating

from sealstone.server.faults import RotationFailed
from sealstone.store import certificate_uses, server_certificates
from sealstone.store.faults import StoreBusy

_STEPS: Final = range(1, 14)
"""And one more, at which nothing happens."""
_AGAIN: Final = "; every listener has the old certificate again"
OWNED: Final = "ASCA1-new-20261231120000"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Rotation]:
    """With a certificate that only has such a name, on a listener of its own."""
    with rotating(tmp_path) as made:
        made.scene.certificate(OWNED)
        made.scene.listener("l3", 9443, OWNED)
        yield made


def rotated(here: Rotation) -> None:
    """The rotation ends as if nothing had been."""
    here.step, here.pause = (lambda: None), here.scene.deployer.round
    new = here.rotate()
    assert here.used() == {new, OWNED}
    assert here.names() == {"ASCA1": here.bundle.fingerprint, OWNED: f"fingerprint of {OWNED}"}
    assert here.left() == []


def test_the_steps_are_all_of_them(here: Rotation) -> None:
    taken = here.at(0, Killed())
    here.rotate()
    assert len(taken) == len(_STEPS) - 1


@pytest.mark.parametrize("step", _STEPS)
@pytest.mark.parametrize("other", [False, True])
def test_killed_at_any_step_the_same_command_ends_it(here: Rotation, step: int, other: bool) -> None:
    """And one with other files does so too."""
    here.at(step, Killed())
    if step < max(_STEPS):
        with pytest.raises(Killed):
            here.rotate()
        assert {OWNED, "ASCA1"} <= set(here.names())
    if other:
        here.another("other.example.com")
    rotated(here)


@pytest.mark.parametrize("step", _STEPS[:-1])
def test_the_store_fails_once_and_everything_is_brought_back(here: Rotation, step: int) -> None:
    before = here.names()
    here.at(step, StoreBusy("the database is busy"))
    with pytest.raises((RotationFailed, StoreBusy)) as told:
        here.rotate()
    assert here.used() == {"ASCA1", OWNED}
    assert here.names() == before
    assert here.left() == []
    if step > 1 + 1:
        assert str(told.value) == f"the database is busy{_AGAIN}"
    rotated(here)


@pytest.mark.parametrize("step", range(3, 11))
def test_the_store_fails_for_good_and_it_is_told_what_is_where(here: Rotation, step: int) -> None:
    """From the first write to the last."""
    here.at(step, StoreBusy("the database is busy"), for_good=True)
    with pytest.raises((RotationFailed, StoreBusy)) as told:
        here.rotate()
    new = [f"port {port}" for port in changed(here)]
    for port in ("port 443", "port 8443"):
        assert (port in str(told.value)) == (port in new)
    rotated(here)


def changed(here: Rotation) -> list[int]:
    with here.scene.store.reading() as tx:
        new = {one.unique_id for one in server_certificates.every(tx)} - {"ASCA1", OWNED}
        uses = {use.listener_id: use.certificate_id for use in certificate_uses.every(tx)}
    return [port for name, port in (("l1", 443), ("l2", 8443)) if uses[name] in new]


def test_the_words_for_what_could_not_be_brought_back(here: Rotation) -> None:
    def die() -> None:
        here.scene.deployer.round()
        if here.told:
            here.at(1, StoreBusy("the database is busy"), for_good=True)

    here.pause = die
    with pytest.raises(RotationFailed) as told:
        here.rotate()
    assert str(told.value) == (
        "the database is busy; the old certificate could not be brought back (the database is busy): "
        "ASCA1-new-20261121120000 is on site, port 443; site, port 8443; "
        "the same command, given again, goes on with the rotation"
    )


@pytest.mark.parametrize("listeners", [0, 1])
def test_an_interruption_brings_everything_back(here: Rotation, listeners: int) -> None:
    before = here.names()
    here.is_interrupted = lambda: len(here.told) >= listeners
    with pytest.raises(RotationFailed, match=f"^interrupted{_AGAIN}$"):
        here.rotate()
    assert here.told[listeners:] == ["bringing the old certificate back ..."]
    assert here.used() == {"ASCA1", OWNED}
    assert here.names() == before
    here.is_interrupted = lambda: False
    rotated(here)


def test_an_interruption_ends_the_waiting(here: Rotation) -> None:
    """Nobody deploys; it is not waited for that."""
    waited: list[int] = []
    here.pause = lambda: waited.append(1)
    here.is_interrupted = lambda: len(waited) >= 3
    with pytest.raises(
        RotationFailed, match=r"^interrupted; .* not seen to be served yet by site, port 443; site, port"
    ):
        here.rotate()
    assert here.used() == {"ASCA1", OWNED}


def test_a_reader_who_is_gone_brings_everything_back(here: Rotation) -> None:
    """`sealstone rotate | head -1`."""

    class Closed(list[str]):
        def append(self, text: str) -> None:
            raise BrokenPipeError(32, "Broken pipe", text)

    here.told = Closed()
    with pytest.raises(RotationFailed, match=f"Broken pipe.*{_AGAIN}"):
        here.rotate()
    assert here.used() == {"ASCA1", OWNED}


def test_a_failure_after_a_kill_brings_back_what_the_killed_one_had_changed(here: Rotation) -> None:
    """With other files: the message speaks of every listener, and it is so."""
    before = here.names()

    def die() -> None:
        if here.told:
            raise Killed
        here.scene.deployer.round()

    here.pause = die
    with pytest.raises(Killed):
        here.rotate()
    assert changed(here) == [443, 8443]
    here.another("other.example.com")
    here.step, here.pause = (lambda: None), here.scene.deployer.round
    here.scene.broken["l1"] = "it does not"
    with pytest.raises(RotationFailed, match=r"^site, port 443: it does not; every listener has the old certificate"):
        here.rotate()
    assert here.used() == {"ASCA1", OWNED}
    assert here.names() == before
