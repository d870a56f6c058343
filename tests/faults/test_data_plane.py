"""HAProxy or the control plane dies, a change cannot be deployed: what was served is served on, and the state tells."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from tests.backend import free_port
from tests.faults import needles
from tests.faults.handshakes import Handshakes
from tests.handshaking import shaken, trusting
from tests.listening import PATIENCE, Site, directory_of, kill_haproxy, stopped_after, wait_for
from tests.pki import Leaf, self_signed
from tests.server import Server

from sealstone.dataplane.processes import binary
from sealstone.server.clock import system_clock

BACK_WITHIN: Final = 5.0
GONE_WITHIN: Final = 10.0
_DEAD: Final = 2.0
_REFUSING: Final = """#!/bin/sh
# HAProxy, but that it refuses every configuration while the file is there.
if [ -e {flag} ]; then
  for word in "$@"; do
    if [ "$word" = "-c" ]; then echo "[ALERT]    (1) : config : injected"; exit 1; fi
  done
fi
exec {haproxy} "$@"
"""


@pytest.fixture
def refusal(tmp_path: Path) -> Path:
    """While this file exists, no configuration is good enough."""
    return tmp_path / "refuse"


@pytest.fixture
def server(tmp_path: Path, refusal: Path) -> Iterator[Server]:
    """Running, with a HAProxy that can be told to refuse."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "haproxy"
    script.write_text(_REFUSING.format(flag=refusal, haproxy=binary()))
    script.chmod(0o700)
    prefix = ("/bin/sh", "-c", f'PATH={folder}:$PATH; exec "$@"', "sh")
    with Server(tmp_path, measured=False, prefix=prefix) as running, stopped_after(running):
        yield running


class Served(Site):
    """A listener with its certificate."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self.leaf = fresh("first.example.com")
        self.port = free_port()
        self.arn = self.upload("first", self.leaf)
        self.balance(self.port, self.arn)
        wait_for(self.port, self.leaf)

    def state(self, port: int, *unwanted: str) -> dict[str, Any]:
        """What `sealstone listeners` says of it, as soon as that is none of `unwanted`."""
        deadline = time.monotonic() + PATIENCE
        while True:
            lines = json.loads(self.server.command("listeners", "--json").stdout)
            (line,) = [line for line in lines if line["port"] == port]
            if line["state"] not in {"pending", *unwanted}:
                return dict(line)
            assert time.monotonic() < deadline, f"still {line}"


@pytest.fixture
def site(server: Server) -> Iterator[Served]:
    made = Served(server)
    yield made
    made.close()


def fresh(name: str) -> Leaf:
    """A certificate with a key of its own, valid now."""
    return self_signed(name, valid_at=system_clock())


@pytest.mark.parametrize("which", [slice(None), slice(0, 1), slice(-1, None)], ids=["all", "the master", "the worker"])
def test_haproxy_is_killed(site: Served, which: slice) -> None:
    """TLS again soon, with the same certificate."""
    began = time.monotonic()
    kill_haproxy(site.server, which)
    wait_for(site.port, site.leaf)
    # A worker that is alone may answer once more before it ends: the second answer comes from another one.
    eventually(site.server.log_text, "was started again")
    wait_for(site.port, site.leaf)
    assert time.monotonic() - began < BACK_WITHIN
    assert site.state(site.port, "failed")["state"] == "serving"


def eventually(text: Callable[[], str], part: str) -> str:
    """The text, once it has that part."""
    deadline = time.monotonic() + PATIENCE
    while part not in (found := text()) and time.monotonic() < deadline:
        threading.Event().wait(0.02)
    return found


def test_the_control_plane_is_killed(site: Served, record_property: Callable[[str, object], None]) -> None:
    """Dead, starting, killed at the start, stopped: every handshake succeeds all the while."""
    with Handshakes(site.port) as load:
        site.server.kill()
        threading.Event().wait(_DEAD)
        site.server.launch()
        threading.Event().wait(_DEAD / 4)
        site.server.kill()
        site.server.start(within=30)
        site.server.stop()
        threading.Event().wait(_DEAD)
    record_property("summary", f"{load.done} handshakes while the control plane was dead, {len(load.failed)} failed")
    assert load.done > 100
    assert not load.failed
    assert load.served == {site.leaf.certificate_der}
    site.server.start(within=30)
    site.connect()
    assert site.state(site.port)["state"] == "serving"


def test_a_configuration_is_refused(site: Served, refusal: Path) -> None:
    """Nothing of it is served, all else is; it is served as soon as it can be."""
    refusal.touch()
    leaf, port = fresh("second.example.com"), free_port()
    site.balance(port, site.upload("second", leaf))
    line = site.state(port)
    assert line["state"] == "failed"
    assert "injected" in line["reason"]
    assert site.server.command("listeners").returncode == 1
    assert shaken(trusting(), site.port) == site.leaf.certificate_der
    with pytest.raises(OSError, match="refused"):
        shaken(trusting(), port)
    site.swap(site.port, site.upload("third", third := fresh("third.example.com")))
    site.remove(port)
    # Without the new listener only a certificate differs: that needs no new configuration.
    wait_for(site.port, third)
    refusal.unlink()
    site.balance(port, site.upload("fourth", leaf))
    wait_for(port, leaf)
    assert site.state(port, "failed")["state"] == "serving"


def test_a_key_that_cannot_be_opened(site: Served) -> None:
    """A damaged row: its certificate does not reach a listener, which keeps the one that it had; others change."""
    bad, good = fresh("bad.example.com"), fresh("good.example.com")
    bad_arn, good_arn = site.upload("bad", bad), site.upload("good", good)
    damage(site.server, "bad")
    site.swap(site.port, bad_arn)
    line = site.state(site.port)
    assert line["state"] == "failed"
    assert "cannot be opened" in line["reason"]
    assert shaken(trusting(), site.port) == site.leaf.certificate_der
    other = free_port()
    site.balance(other, good_arn)
    wait_for(other, good)
    assert shaken(trusting(), site.port) == site.leaf.certificate_der
    site.swap(site.port, good_arn)
    wait_for(site.port, good)
    assert site.state(site.port, "failed")["state"] == "serving"


def damage(server: Server, name: str) -> None:
    """Change a byte of the sealed key."""
    with sqlite3.connect(server.data / "sealstone.db", timeout=10) as store:
        done = store.execute(
            "UPDATE server_certificate_keys SET sealed_private_key = zeroblob(length(sealed_private_key)) WHERE "
            "unique_id = (SELECT unique_id FROM server_certificates WHERE name = ?)",
            (name,),
        )
        assert done.rowcount == 1
    store.close()


def test_detached_keys_vanish(site: Served) -> None:
    """From the files, by another certificate, by the end of the listener, by the end of all."""
    place, second = directory_of(site.server), fresh("second.example.com")
    assert keys_in(place, site.leaf)
    site.swap(site.port, site.upload("second", second))
    gone(place, site.leaf)
    assert keys_in(place, second)
    site.remove(site.port)
    gone(place, second)


def keys_in(place: Path, leaf: Leaf) -> list[tuple[str, bytes]]:
    """Where that key is."""
    return needles.found(set(needles.of_key(leaf.key, leaf.private_key_pem)), needles.files_below(place))


def gone(place: Path, leaf: Leaf) -> None:
    """Wait until it is nowhere, but not for long."""
    deadline = time.monotonic() + GONE_WITHIN
    while keys_in(place, leaf):
        assert time.monotonic() < deadline, "the key of a detached certificate is still there"
        threading.Event().wait(0.02)
