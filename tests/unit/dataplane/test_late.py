"""Nothing is opened before there is something to serve."""

from pathlib import Path

import pytest

from sealstone.dataplane import processes
from sealstone.dataplane.late import Late
from sealstone.dataplane.problems import BinaryMissing
from sealstone.dataplane.recording import Recording
from sealstone.dataplane.wanted import FixedResponse, Listener, Wanted

SOMETHING = Wanted(1, (Listener("l1", "127.0.0.1", 80, "HTTP", FixedResponse(200)),))


class Opening:
    """Counts how often the one behind is opened."""

    def __init__(self) -> None:
        self.plane = Recording()
        self.times = 0
        self.missing = False

    def __call__(self) -> Recording:
        self.times += 1
        if self.missing:
            raise BinaryMissing
        return self.plane


def test_nothing_is_opened_to_look(tmp_path: Path) -> None:
    opening = Opening()
    late = Late(tmp_path / "none", opening)
    assert (late.alive(), late.ensure(), late.states()) == (False, False, ())
    assert late.apply(Wanted(1)).applied
    late.stop()
    assert opening.times == 0


def test_what_serves_already_is_opened(tmp_path: Path) -> None:
    opening = Opening()
    late = Late(tmp_path, opening)
    assert late.alive()
    assert not late.ensure()
    assert late.states() == ()
    late.stop()
    assert not opening.plane.alive()
    assert opening.times == 1


def test_something_to_serve_opens_it_once(tmp_path: Path) -> None:
    opening = Opening()
    late = Late(tmp_path / "none", opening)
    assert late.apply(SOMETHING, ["l1"]).applied
    assert late.apply(Wanted(2)).applied
    assert late.alive()
    assert [wanted.generation for wanted in opening.plane.applied] == [1, 2]
    assert opening.plane.kept == [{"l1"}, set()]
    assert opening.times == 1


def test_what_cannot_be_opened_is_looked_for_anew(tmp_path: Path) -> None:
    opening = Opening()
    opening.missing = True
    late = Late(tmp_path / "none", opening)
    with pytest.raises(BinaryMissing):
        late.apply(SOMETHING)
    opening.missing = False
    assert late.apply(SOMETHING).applied


def test_what_serves_without_its_directory_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opening = Opening()
    place = tmp_path / "removed"
    monkeypatch.setattr(processes, "running", lambda directory: (1,) if directory == place else ())
    assert Late(place, opening).apply(Wanted(1)).applied
    assert [wanted.generation for wanted in opening.plane.applied] == [1]
