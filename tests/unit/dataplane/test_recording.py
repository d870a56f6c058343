"""The data planes that run nothing; and that every one of them has the same shape."""

import pytest

from sealstone.dataplane.data_plane import DataPlane, Outcome, ServerState
from sealstone.dataplane.haproxy import HAProxy
from sealstone.dataplane.recording import Recording
from sealstone.dataplane.wanted import Forward, Listener, Pool, Wanted

WANTED = Wanted(
    1,
    (
        Listener("l1", "127.0.0.1", 1, "TCP", Forward((("p1", 1),))),
        Listener("l2", "x", 2, "TCP", Forward((("p1", 1),))),
    ),
    (Pool("p1", "TCP"),),
)


def test_it_remembers_and_refuses_what_could_not_be_written() -> None:
    plane = Recording({"l1": "because", "gone": "no matter"})
    outcome = plane.apply(WANTED, ["l2"])
    assert outcome.applied
    assert plane.kept == [{"l2"}]
    assert outcome.failed["l1"] == "because"
    assert outcome.failed.keys() == {"l1", "l2"}
    assert plane.applied == [WANTED]


def test_it_lives_until_stopped() -> None:
    plane = Recording()
    assert plane.alive()
    assert not plane.ensure()
    plane.stop()
    assert not plane.alive()
    assert plane.ensure()
    assert plane.apply(Wanted(1)) == Outcome(applied=True)
    plane.server_states = (ServerState("p", "s", "up"),)
    assert plane.states()[0].health == "up"


@pytest.mark.parametrize("kind", [HAProxy, Recording])
def test_all_have_the_same_methods(kind: type) -> None:
    methods = [name for name in vars(DataPlane) if not name.startswith("_")]
    assert methods == ["apply", "ensure", "states", "alive", "stop"]
    assert all(callable(getattr(kind, name)) for name in methods)
