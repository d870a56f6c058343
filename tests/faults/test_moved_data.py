"""A data directory that is moved, copied or lost: what served for it serves on for its owner, and for nobody else."""

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.handshaking import shaken, trusting
from tests.listening import PATIENCE, Site, directory_of, free_ports, wait_for
from tests.pki import Leaf, self_signed
from tests.server import Server

from sealstone.dataplane.processes import running
from sealstone.server.clock import system_clock


class World(NamedTuple):
    """One server that has run with a listener and is stopped now; another one that has not run yet."""

    before: Server
    after: Server
    site: Site
    port: int
    leaf: Leaf

    def served(self) -> bool:
        try:
            return shaken(trusting(), self.port) == self.leaf.certificate_der
        except OSError:
            return False

    def at(self, server: Server) -> Site:
        """The same site, at another server."""
        self.site.server = server
        self.site.connect()
        return self.site


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    leaf = self_signed("a.example.com", valid_at=system_clock())
    with ExitStack() as stack:
        before, after = (Server(tmp_path / name, measured=False) for name in ("before", "after"))
        for server in (before, after):
            stack.callback(server.unserve)
            stack.callback(server.kill)
        before.start()
        site = Site(before)
        stack.callback(site.close)
        (port,) = free_ports(1)
        site.balance(port, site.upload("site", leaf))
        wait_for(port, leaf)
        before.stop()
        made = World(before, after, site, port, leaf)
        assert made.served()
        yield made


def test_moved(world: World) -> None:
    world.before.directory.rename(world.after.directory)
    world.after.start()
    site = world.at(world.after)
    assert not site.deployed()
    wait_for(world.port, world.leaf)
    assert not directory_of(world.before).exists()
    assert not running(directory_of(world.before))
    site.remove(world.port)
    deadline = time.monotonic() + PATIENCE
    while world.served():
        assert time.monotonic() < deadline


def test_brought_back_elsewhere(world: World) -> None:
    shutil.copytree(world.before.directory, world.after.directory)
    shutil.rmtree(world.before.directory)
    world.after.start()
    assert not world.at(world.after).deployed()
    wait_for(world.port, world.leaf)
    assert not directory_of(world.before).exists()


@pytest.mark.parametrize("stopped", [False, True])
def test_a_copy_ends_nothing_of_the_original(world: World, *, stopped: bool) -> None:
    """Whether the original runs or is stopped for a while; and the other way round."""
    shutil.copytree(world.before.directory, world.after.directory)
    processes = running(directory_of(world.before))
    if not stopped:
        world.before.start()
    world.after.start()
    assert "Address already in use" in world.at(world.after).deployed()[world.port]
    assert running(directory_of(world.before)) == processes
    assert world.served()
    (port,) = free_ports(1)
    world.site.balance(port, world.site.arns["site"])
    wait_for(port, world.leaf)
    copied = running(directory_of(world.after))
    if stopped:
        world.before.start()
        assert not world.at(world.before).deployed()
    else:
        world.before.stop()
        world.before.start()
    assert running(directory_of(world.after)) == copied
    assert world.served()
