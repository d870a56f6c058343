"""The keeper of the private authority: made once, issued with, rotated, renewed in time, its lists kept fresh."""

import threading
from pathlib import Path

import pytest
from cryptography import x509
from tests.authority import HOLDER, HOST, URL, Installation, loaded, order_of, serial_of

from sealstone.issuers.issuer import IssuerAway, OrderRefused
from sealstone.model.authority import AuthorityPlan, Holder, Role, State
from sealstone.seal.envelope import Keyring
from sealstone.seal.faults import SealBroken
from sealstone.store import authorities, issued_certificates
from sealstone.store.engine import Store
from sealstone.store.faults import StoreBusy, StoreFailed
from sealstone.workers.authority import AuthorityKeeper
from sealstone.x509.making.certificates import Usage

DAY = 86_400.0


@pytest.fixture
def made(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


# --- made ---


def test_it_is_made_once(made: Installation) -> None:
    first = made.keeper.ensure()
    assert made.keeper.ensure() == made.another_keeper().ensure() == first
    assert len(first) == 36
    assert [row.role for row in made.rows()].count(Role.ROOT) == 1
    root, below = made.row(Role.ROOT), made.row(Role.INTERMEDIATE)
    assert below.issued_by == root.certificate_id
    loaded(below.certificate).verify_directly_issued_by(loaded(root.certificate))
    basic = loaded(below.certificate).extensions.get_extension_for_class(x509.BasicConstraints)
    assert basic.value.path_length == 0


def test_of_two_that_come_at_once_one_makes_it(made: Installation) -> None:
    keepers = [made.another_keeper() for _ in range(2)]
    together, found = threading.Barrier(2), []

    def ensure(keeper: AuthorityKeeper) -> None:
        together.wait()
        found.append(keeper.ensure())

    threads = [threading.Thread(target=ensure, args=(keeper,)) for keeper in keepers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(made.rows()) == 2


def test_who_loses_the_race_takes_what_is_there(made: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look and the write another process made it."""
    first = made.another_keeper().ensure()
    answers = iter([()])
    real = authorities.every
    monkeypatch.setattr(authorities, "every", lambda tx: next(answers, real(tx)))
    assert made.keeper.ensure() == first
    assert len(made.rows()) == 2


# --- issuing ---


def test_what_it_issues_is_in_the_store(made: Installation) -> None:
    issued = made.issue(usages=(Usage.SERVER, Usage.CLIENT))
    below = made.row(Role.INTERMEDIATE)
    assert issued.chain == (below.certificate,)
    with made.store.reading() as tx:
        found = issued_certificates.find(tx, serial_of(issued.certificate))
    assert found is not None
    assert (found.issuer_id, found.order_id, found.holder) == (below.certificate_id, "order-1", HOLDER)
    assert found.not_after == loaded(issued.certificate).not_valid_after_utc


def test_certificates_name_where_the_authority_answers(made: Installation) -> None:
    below = made.row(Role.INTERMEDIATE) if made.keeper.ensure() else None
    assert below is not None
    points = loaded(made.issue().certificate).extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert points[0].full_name == [x509.UniformResourceIdentifier(f"{URL}/{below.certificate_id}.crl")]


def test_without_a_place_nothing_is_named(tmp_path: Path) -> None:
    made = Installation(tmp_path, AuthorityPlan())
    found = loaded(made.issue().certificate).extensions
    assert not any(isinstance(one.value, x509.CRLDistributionPoints) for one in found)


def test_constraints_are_in_both_and_hold(tmp_path: Path) -> None:
    made = Installation(tmp_path, AuthorityPlan(permitted_names=("example.com",)))
    made.issue(HOST)
    for row in made.rows():
        limits = loaded(row.certificate).extensions.get_extension_for_class(x509.NameConstraints)
        assert limits.critical
        assert limits.value.permitted_subtrees == [x509.DNSName("example.com")]
    with pytest.raises(OrderRefused) as refused:
        made.issue("www.example.org")
    assert refused.value.reason == "PCA_NAME_CONSTRAINTS_VALIDATION"


def test_the_key_is_opened_once(made: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    real = Keyring.unseal

    def counted(ring: Keyring, sealed: object, *, bound_to: str) -> object:
        opened.append(bound_to)
        return real(ring, sealed, bound_to=bound_to)  # type: ignore[arg-type]

    monkeypatch.setattr(Keyring, "unseal", counted)
    made.keeper.ensure()
    opened.clear()
    for number in range(3):
        made.issue(order_id=f"order-{number}")
    assert opened == [made.row(Role.INTERMEDIATE).bound_to]
    made.another_keeper().rotate(root=False)
    opened.clear()
    made.issue()
    assert opened == [made.row(Role.INTERMEDIATE).bound_to]


def test_what_cannot_be_opened_is_away(made: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    made.keeper.ensure()

    def broken(*_: object, **__: object) -> object:
        raise SealBroken("altered")

    monkeypatch.setattr(Keyring, "unseal", broken)
    with pytest.raises(IssuerAway, match="altered"):
        made.issue()


def test_an_unreadable_store_is_away(made: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_store: Store) -> object:
        raise StoreFailed("the disk failed")

    monkeypatch.setattr(Store, "reading", failing)
    with pytest.raises(IssuerAway, match="disk"):
        made.issue()


def test_what_cannot_be_recorded_is_not_handed_out(made: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> None:
        raise StoreBusy("busy")

    monkeypatch.setattr(issued_certificates, "add", failing)
    monkeypatch.undo()
    made.keeper.ensure()
    monkeypatch.setattr(issued_certificates, "add", failing)
    with pytest.raises(IssuerAway, match="recorded: busy"):
        made.issue()


def test_an_authority_that_is_gone_in_between_is_away(made: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    made.keeper.ensure()
    monkeypatch.setattr(authorities, "active_id", lambda _tx: None)
    with pytest.raises(IssuerAway, match="no active intermediate"):
        made.issue()


# --- rotation ---


def test_after_a_rotation_old_certificates_stay_valid_and_revocable(made: Installation) -> None:
    old = made.issue(order_id="old")
    before = made.row(Role.INTERMEDIATE)
    made.keeper.rotate(root=False)
    new = made.issue(order_id="new")
    assert new.chain != old.chain
    assert made.row(Role.INTERMEDIATE, State.RETIRED).certificate_id == before.certificate_id
    assert made.revoke(old.certificate)
    made.keeper.revocations(made.clock.now)
    listed = made.list_of(before.certificate_id)
    assert listed.get_revoked_certificate_by_serial_number(loaded(old.certificate).serial_number)
    assert made.list_of(made.row(Role.INTERMEDIATE).certificate_id) is not None


def test_no_two_certificates_of_it_have_a_name_in_common(made: Installation) -> None:
    for root in (False, True, False):
        made.clock.advance(1)
        made.keeper.rotate(root=root)
    names = [loaded(row.certificate).subject for row in made.rows() if row.role is not Role.CROSS]
    assert len(names) == len(set(names)) == 6


def test_a_new_root_is_reached_by_the_old_one(made: Installation) -> None:
    made.keeper.ensure()
    old = made.row(Role.ROOT)
    made.clock.advance(1)
    done: list[int] = []
    made.keeper.rotate(root=True, also=lambda tx: done.append(len(authorities.every(tx))))
    assert done == [5]
    new, cross = made.row(Role.ROOT), made.row(Role.CROSS)
    assert made.row(Role.ROOT, State.RETIRED).certificate_id == old.certificate_id
    assert cross.issued_by == old.certificate_id
    issued = made.issue()
    below, sent = issued.chain
    assert sent == cross.certificate
    loaded(below).verify_directly_issued_by(loaded(sent))
    loaded(below).verify_directly_issued_by(loaded(new.certificate))
    loaded(sent).verify_directly_issued_by(loaded(old.certificate))


def test_of_several_roots_the_last_two_are_connected(made: Installation) -> None:
    """What a server sends stays short: a client has the time of a whole root to take up the next one."""
    for _ in range(2):
        made.clock.advance(1)
        made.keeper.rotate(root=True)
    assert made.issue().chain == (made.row(Role.INTERMEDIATE).certificate, made.row(Role.CROSS).certificate)


def test_what_is_done_along_fails_with_it(made: Installation) -> None:
    made.keeper.ensure()
    before = made.rows()

    def failing(_tx: object) -> None:
        raise StoreFailed("full")

    with pytest.raises(StoreFailed):
        made.keeper.rotate(root=True, also=failing)
    assert made.rows() == before


def test_it_renews_itself_before_what_it_issues_would_outlive_it(made: Installation) -> None:
    """Thirty years in steps of 200 days: an order of 398 days never fails."""
    roots = set()
    for number in range(55):
        issued = made.issue(order_id=str(number), days=398)
        end = loaded(issued.certificate).not_valid_after_utc
        assert all(loaded(one).not_valid_after_utc >= end for one in issued.chain)
        assert made.row(Role.ROOT).not_after >= end
        roots.add(made.row(Role.ROOT).certificate_id)
        made.clock.advance(200 * DAY)
    assert len(roots) == 2
    assert made.row(Role.INTERMEDIATE).state is State.ACTIVE


def test_an_authority_that_slept_through_its_end_is_made_anew(made: Installation) -> None:
    made.issue()
    made.clock.advance(21 * 366 * DAY)
    assert made.issue(order_id="late").chain[0] == made.row(Role.INTERMEDIATE).certificate
    assert [row for row in made.rows() if row.role is Role.CROSS] == []


def test_renewal_happens_once(made: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    made.keeper.ensure()
    made.clock.advance(4 * 365 * DAY)
    before = iter([made.rows()])
    made.another_keeper().ensure()
    count = len(made.rows())
    real = authorities.every
    monkeypatch.setattr(authorities, "every", lambda tx: next(before, None) or real(tx))
    made.keeper.ensure()
    assert len(made.rows()) == count


def test_orders_of_others_are_told_apart(made: Installation) -> None:
    other = Holder("210987654321", "eu-west-1", "1")
    made.issue(holder=other)
    with made.store.reading() as tx:
        assert len(issued_certificates.of(tx, other)) == 1
        assert issued_certificates.of(tx, HOLDER) == ()
    assert order_of().order_id == "order-1"
