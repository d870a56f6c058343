"""Keys of listeners are in files for HAProxy alone, and nowhere else: no log, audit record, store, argument or state.

Which file is which certificate's is told by our ids; names that callers gave are in no file's name.
"""

import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.backend import free_port
from tests.faults import needles
from tests.listening import Site, directory_of, kill_haproxy, stopped_after, wait_for
from tests.pki import Leaf, rsa_key, self_signed
from tests.server import Server

from sealstone.dataplane.processes import running
from sealstone.server.clock import system_clock


@dataclass
class Scenario:
    """Listeners that had good and bad days."""

    server: Server
    leaves: list[Leaf]
    ports: list[int]
    needles: set[bytes] = field(default_factory=set)


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    """An EC and an RSA certificate, swapped, killed, started again, all logged in detail."""
    settings = {"log_level": "debug"}
    with Server(tmp_path_factory.mktemp("keys"), settings=settings) as server, stopped_after(server):
        site = Site(server)
        now = system_clock()
        leaves = [
            self_signed("canary-ec.example.com", valid_at=now),
            self_signed("canary-rsa.example.com", valid_at=now, key=rsa_key(2048, 950)),
        ]
        arns = [site.upload(f"canary-name-{number}", leaf) for number, leaf in enumerate(leaves)]
        ports = [free_port(), free_port()]
        for port, arn, leaf in zip(ports, arns, leaves, strict=True):
            site.balance(port, arn)
            wait_for(port, leaf)
        kill_haproxy(server)
        wait_for(ports[0], leaves[0])
        site.swap(ports[0], arns[1])
        wait_for(ports[0], leaves[1])
        site.swap(ports[0], arns[0])
        wait_for(ports[0], leaves[0])
        site.close()
        made = Scenario(server, leaves, ports)
        for leaf in leaves:
            made.needles |= set(needles.of_key(leaf.key, leaf.private_key_pem, leaf.traditional_private_key_pem))
        yield made


def test_keys_are_where_they_belong(scenario: Scenario) -> None:
    """Otherwise nothing below means anything."""
    files = needles.files_below(directory_of(scenario.server) / "certificates")
    assert len({place for place, _ in needles.found(scenario.needles, files)}) == len(scenario.leaves)


def test_and_nowhere_else(scenario: Scenario) -> None:
    server = scenario.server
    place = directory_of(server)
    certificates = str(place / "certificates")
    places = {
        name: text for name, text in needles.files_below(place).items() if not name.startswith(certificates)
    } | needles.files_below(server.directory)
    for process in (server.pid, *running(place)):
        for name in ("cmdline", "environ", "comm"):
            places[f"{process} {name}"] = Path(f"/proc/{process}/{name}").read_bytes()
    for command in (("listeners",), ("listeners", "--json"), ("audit", "tail", "--json", "-n", "1000")):
        places[" ".join(command)] = server.done(*command).encode()
    leaks = needles.found(scenario.needles, places)
    assert not leaks, sorted({where for where, _ in leaks})


def test_files_are_ours_alone_and_named_by_ids(scenario: Scenario) -> None:
    place = directory_of(scenario.server)
    for path in (place, *place.rglob("*")):
        assert stat.S_IMODE(path.lstat().st_mode) & 0o077 == 0, path
        assert "canary" not in str(path.relative_to(place))


def test_no_key_survives_the_end(scenario: Scenario) -> None:
    """`sealstone listeners stop`, the server stopped: not one file with a piece of a key is left in memory."""
    place = directory_of(scenario.server)
    scenario.server.stop()
    scenario.server.done("listeners", "stop")
    assert not running(place)
    assert not needles.found(scenario.needles, needles.files_below(place))
