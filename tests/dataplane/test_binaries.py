"""HAProxy's binary is gone, was moved, or cannot be run: what serves goes on, and gives way without a failure."""

import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.dataplane.rig import LOOPBACK, Backend, Load, asked, certificate, free_port, listener, pool, presented
from tests.pki import Authority, Leaf

from sealstone.dataplane import processes
from sealstone.dataplane.data_plane import Outcome
from sealstone.dataplane.directory import Directory
from sealstone.dataplane.haproxy import HAProxy
from sealstone.dataplane.problems import BinaryMissing, NotRunnable
from sealstone.dataplane.wanted import Wanted


class Binaries:
    """Where HAProxy is found: a name for it that comes and goes."""

    def __init__(self, real: Path, folder: Path) -> None:
        self._real, self._folder = real, folder
        self.found = folder

    def __call__(self) -> Path:
        if not self.found.exists():
            raise BinaryMissing
        return self.found

    def move_to(self, name: str) -> None:
        """It is there from now on, and nowhere else."""
        self.remove()
        self.found = self._folder / name / "haproxy"
        self.found.parent.mkdir(exist_ok=True)
        self.found.symlink_to(self._real)

    def remove(self) -> None:
        """It is nowhere."""
        if self.found.is_symlink():
            self.found.unlink()


@pytest.fixture
def binaries(haproxy_binary: Path, tmp_path: Path) -> Binaries:
    made = Binaries(haproxy_binary, tmp_path)
    made.move_to("first")
    return made


@pytest.fixture
def moving(place: Path, binaries: Binaries) -> Iterator[HAProxy]:
    made = HAProxy(Directory(place), binaries)
    yield made
    made.stop()


@pytest.fixture
def base(one: Backend, leaf: Leaf) -> Wanted:
    """One HTTPS listener."""
    return Wanted(1, (listener(free_port(), protocol="HTTPS"),), (pool(one),), {"c1": certificate("c1", leaf)})


def test_a_moved_binary_takes_over_without_a_failed_handshake(
    moving: HAProxy, place: Path, binaries: Binaries, base: Wanted
) -> None:
    moving.apply(base)
    with Load(base.listeners[0].port) as load:
        for name in ("second", "third"):
            before = processes.running(place)
            binaries.move_to(name)
            other = listener(free_port(), "l2")
            assert moving.apply(replace(base, listeners=(*base.listeners, other))) == Outcome(
                applied=True, reloaded=True
            )
            assert asked(other.port).status == 200
            assert moving.apply(base) == Outcome(applied=True, reloaded=True)
            load.go_on(20)
            while set(before) & set(processes.running(place)):
                load.go_on(1)
            assert {processes.program(process) for process in processes.running(place)} == {binaries.found}
    assert not load.failures


def test_a_takeover_that_fails_leaves_what_serves(
    place: Path, binaries: Binaries, base: Wanted, root: Authority, leaf: Leaf
) -> None:
    """A port is taken at the last moment: the old one is still there to be spoken with, and its certificates change."""
    moving = HAProxy(Directory(place), binaries, unavailable=lambda _: "")
    try:
        moving.apply(base)
        before = processes.running(place)
        binaries.move_to("second")
        with socket.create_server((LOOPBACK, 0)) as taken:
            blocked = listener(taken.getsockname()[1], "l2")
            outcome = moving.apply(replace(base, listeners=(*base.listeners, blocked)))
            assert "cannot bind socket" in outcome.failed["l2"]
        assert presented(base.listeners[0].port) == leaf.certificate
        assert processes.running(place) == before
        renewed = root.leaf("a.example.com")
        assert moving.apply(replace(base, certificates={"c1": certificate("c1", renewed)})) == Outcome(applied=True)
        assert presented(base.listeners[0].port) == renewed.certificate
    finally:
        moving.stop()


@pytest.mark.parametrize("look", ["apply", "ensure"])
def test_whoever_comes_after_a_takeover_that_was_cut_off_leaves_one_haproxy(
    place: Path, binaries: Binaries, base: Wanted, root: Authority, monkeypatch: pytest.MonkeyPatch, look: str
) -> None:
    """The new one serves already when we are killed, and the old one does not know: one of them has to go."""
    base = replace(base, listeners=(*base.listeners, listener(free_port(), "l2")))
    renewed = certificate("c1", root.leaf("a.example.com"))
    wanted = replace(base, listeners=base.listeners[:1], certificates={"c1": renewed})
    moving = HAProxy(Directory(place), binaries)
    try:
        moving.apply(base)
        before = processes.running(place)
        binaries.move_to("second")
        if not (child := os.fork()):
            with monkeypatch.context() as killed:
                killed.setattr(processes, "_signal", lambda *_: os._exit(9))
                try:
                    moving.apply(wanted)
                finally:
                    os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
        assert len(processes.running(place)) == 2 * len(before)
        later = HAProxy(Directory(place), binaries)
        assert later.apply(wanted).applied if look == "apply" else not later.ensure()
        while set(before) & set(processes.running(place)):
            pass
        later.apply(wanted)
        with pytest.raises(ConnectionRefusedError):
            asked(base.listeners[1].port)
        assert {processes.program(process) for process in processes.running(place)} == {binaries.found}
        assert not list(place.glob("*.kept"))
    finally:
        moving.stop()


def test_without_a_binary_certificates_change_and_nothing_else(
    moving: HAProxy, binaries: Binaries, base: Wanted, root: Authority
) -> None:
    moving.apply(base)
    binaries.remove()
    port, renewed = base.listeners[0].port, root.leaf("a.example.com")
    changed = replace(base, certificates={"c1": certificate("c1", renewed)})
    assert moving.apply(changed) == Outcome(applied=True)
    assert presented(port) == renewed.certificate
    with pytest.raises(BinaryMissing):
        moving.apply(replace(changed, listeners=(*base.listeners, listener(free_port(), "l2"))))
    assert presented(port) == renewed.certificate
    assert moving.apply(changed) == Outcome(applied=True)
    binaries.move_to("again")
    assert moving.apply(replace(base, listeners=(*base.listeners, listener(free_port(), "l2")))).reloaded


def test_one_that_dies_without_a_binary_is_back_with_it(
    moving: HAProxy, place: Path, binaries: Binaries, base: Wanted, leaf: Leaf
) -> None:
    moving.apply(base)
    binaries.remove()
    processes.ended(place, within=5)
    with pytest.raises(BinaryMissing):
        moving.ensure()
    binaries.move_to("again")
    assert moving.ensure()
    assert presented(base.listeners[0].port) == leaf.certificate


def test_a_binary_that_cannot_be_run_leaves_what_serves(
    moving: HAProxy, binaries: Binaries, base: Wanted, leaf: Leaf, tmp_path: Path
) -> None:
    moving.apply(base)
    broken = tmp_path / "haproxy"
    broken.write_text("#!/nowhere/at/all\n")
    broken.chmod(0o700)
    binaries.remove()
    binaries.found = broken
    with pytest.raises(NotRunnable, match="No such file"):
        moving.apply(replace(base, listeners=(*base.listeners, listener(free_port(), "l2"))))
    assert presented(base.listeners[0].port) == leaf.certificate
    assert moving.apply(base).applied
