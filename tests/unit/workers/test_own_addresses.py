"""What answers at addresses of the installation's own: whose word it is, and where it is nobody's."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.databases import migrated
from tests.pki import NOW

from sealstone.model.balancing import Balancing
from sealstone.model.identity import Account
from sealstone.model.load_balancer import Generation, Kind, LoadBalancer
from sealstone.store import accounts, load_balancers
from sealstone.store.engine import Store
from sealstone.workers.own_addresses import OwnAddresses

A, B = "111111111111", "222222222222"
NETWORK = ("10.0.0.0/28",)
TWO = ("10.0.0.1", "10.0.0.2")
ANY = "0.0.0.0"  # noqa: S104 - told apart, not bound
EVERYWHERE = "listener_addresses names every address of this machine, so that all accounts share them"
NOT_ITS_OWN = "it is one of listener_addresses and not this account's alone"
NONE_LEFT = "none of listener_addresses is left, so that the next load balancer of any account may share it"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = migrated(tmp_path / "store.db")
    yield made
    made.close()


def fill(store: Store, held: Sequence[tuple[str, str]], account_ids: Sequence[str] = (A, B)) -> None:
    """Accounts, and a load balancer for each pair of account and address."""
    with store.writing() as tx:
        for account_id in account_ids:
            accounts.add(tx, Account(account_id, NOW))
        for number, (account_id, address) in enumerate(held):
            name, kind = f"lb{number}", Kind.APPLICATION
            one = LoadBalancer(account_id, name, "us-east-1", Generation.V2, kind, name, address, NOW, {})
            load_balancers.add(tx, one)


@pytest.mark.parametrize(
    ("settings", "held", "address", "words"),
    [
        # A network: each has one of its own.
        (NETWORK, [(A, "10.0.0.1"), (B, "10.0.0.2")], "10.0.0.1", ""),
        (NETWORK, [(A, "10.0.0.1"), (A, "10.0.0.1")], "10.0.0.1", ""),
        (NETWORK, [(A, "10.0.0.1"), (B, "10.0.0.2")], "10.0.0.2", NOT_ITS_OWN),
        (NETWORK, [(A, "10.0.0.1"), (B, "10.0.0.1")], "10.0.0.1", NOT_ITS_OWN),
        (NETWORK, [(A, "10.0.0.1")], "10.0.0.9", NOT_ITS_OWN),  # whoever comes next gets it
        (NETWORK, [], "10.0.0.1", NOT_ITS_OWN),
        # None is left, so that the next one shares.
        (("10.0.0.1",), [(A, "10.0.0.1")], "10.0.0.1", NONE_LEFT),
        (("10.0.0.0/30",), [(A, "10.0.0.1"), (B, "10.0.0.2")], "10.0.0.1", NONE_LEFT),
        (("::1",), [(A, "::1")], "::1", NONE_LEFT),
        (TWO, [(A, "10.0.0.1")], "10.0.0.1", ""),
        # An address of an earlier setting: nobody else gets it any more.
        (("10.0.0.1",), [(A, "10.9.9.9"), (B, "10.0.0.1")], "10.9.9.9", ""),
        (("10.0.0.1",), [(A, "10.9.9.9"), (B, "10.9.9.9")], "10.9.9.9", NOT_ITS_OWN),
        (TWO, [(A, "10.0.0.1"), (B, ANY)], "192.0.2.1", EVERYWHERE),
        # Elsewhere.
        (("10.0.0.1",), [(A, "10.0.0.1"), (B, "10.0.0.1")], "10.0.0.2", ""),
        (("127.0.0.1",), [(A, "127.0.0.1")], "::1", ""),
        # Every address of the machine, whichever those are.
        ((ANY,), [], "192.0.2.1", EVERYWHERE),
        (("10.0.0.1", "::"), [], "192.0.2.1", EVERYWHERE),
        (("::ffff:0.0.0.0",), [], "192.0.2.1", EVERYWHERE),
        # The same address in other words.
        (("10.0.0.1",), [(A, "10.0.0.1")], "::ffff:10.0.0.1", NONE_LEFT),
        (NETWORK, [(A, "10.0.0.1")], "::ffff:10.0.0.1", ""),
        (NETWORK, [(B, "10.0.0.1")], "64:ff9b::10.0.0.1", NOT_ITS_OWN),
        (("::ffff:10.0.0.1",), [(B, "::ffff:a00:1")], "10.0.0.1", NOT_ITS_OWN),
        (("fe80::1",), [(B, "fe80::1")], "fe80::1%eth0", NOT_ITS_OWN),
        (("127.0.0.1",), [(B, "127.0.0.1")], ANY, NOT_ITS_OWN),
        (("127.0.0.1",), [(B, "127.0.0.1")], "::", NOT_ITS_OWN),
        (("::1",), [(B, "::1")], "::", NOT_ITS_OWN),
    ],
)
def test_whose_word_it_is(
    store: Store, settings: tuple[str, ...], held: list[tuple[str, str]], address: str, words: str
) -> None:
    fill(store, held)
    assert OwnAddresses(store, Balancing(settings)).doubt(A, address) == words


@pytest.mark.parametrize("settings", [(ANY,), ("10.0.0.1",)])
def test_with_one_account_nothing_is_doubted(store: Store, settings: tuple[str, ...]) -> None:
    fill(store, [(A, settings[0])], [A])
    own = OwnAddresses(store, Balancing(settings))
    assert own.doubt(A, "10.0.0.1") == ""
    fill(store, [], [B])
    assert own.doubt(A, "10.0.0.1") != ""


def test_a_load_balancer_that_comes_counts_at_once(store: Store) -> None:
    own = OwnAddresses(store, Balancing(TWO))
    fill(store, [(A, "10.0.0.1")])
    assert own.doubt(A, "10.0.0.1") == ""
    with store.writing() as tx:
        kind = Kind.CLASSIC
        other = LoadBalancer(B, "other", "us-east-1", Generation.CLASSIC, kind, "other", "10.0.0.2", NOW, {})
        load_balancers.add(tx, other)
    assert own.doubt(A, "10.0.0.1") == NONE_LEFT


def test_a_large_network_is_looked_at_only_as_far_as_needed(store: Store) -> None:
    fill(store, [(A, "10.0.0.1"), (B, "10.0.0.2")])
    own = OwnAddresses(store, Balancing(("10.0.0.0/8", "fd00::/8")))
    assert [own.doubt(A, address) for address in ("10.0.0.1", "fd00::1")] == ["", NOT_ITS_OWN]
