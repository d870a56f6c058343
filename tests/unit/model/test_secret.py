"""Secrets: no rendering, no pickle, no f-string shows one."""

import pickle

import pytest

from sealstone.model.secret import Sealed, Secret


@pytest.mark.parametrize("kind", [Secret, Sealed])
def test_nothing_shows_the_content(kind: type[Secret] | type[Sealed]) -> None:
    hidden = kind(b"hunter2")
    shown = f"{hidden} {hidden!r} {hidden!s} {hidden:>20} {[hidden]} {vars}".replace(repr(vars), "")
    assert "hunter2" not in shown
    assert "***" in shown
    assert hidden.reveal() == b"hunter2"
    assert not hasattr(hidden, "__dict__")


@pytest.mark.parametrize("kind", [Secret, Sealed])
def test_a_secret_does_not_pickle(kind: type[Secret] | type[Sealed]) -> None:
    with pytest.raises(TypeError, match="never serialised"):
        pickle.dumps(kind(b"hunter2"))
