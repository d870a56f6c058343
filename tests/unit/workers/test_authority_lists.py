"""The keeper's other half: revocation lists kept fresh, the thread that sees to it, and responders."""

from pathlib import Path

import pytest
from cryptography import x509
from tests.authority import Installation, loaded
from tests.pki import NOW

from sealstone.model.authority import RevocationReason, Role
from sealstone.store.faults import StoreFailed
from sealstone.workers import authority
from sealstone.workers.authority import AuthorityKeeper
from sealstone.workers.authority_choice import LIST_PERIOD

DAY = 86_400.0


@pytest.fixture
def made(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def test_there_is_a_list_from_the_first_moment(made: Installation) -> None:
    made.keeper.ensure()
    for row in made.rows():
        found = made.list_of(row.certificate_id)
        assert list(found) == []
        assert found.issuer == loaded(row.certificate).subject
        assert found.next_update_utc == NOW + LIST_PERIOD


def number_of(crl: x509.CertificateRevocationList) -> int:
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def test_a_list_is_made_for_what_was_revoked_and_not_again(made: Installation) -> None:
    issued = made.issue()
    below = made.row(Role.INTERMEDIATE).certificate_id
    made.keeper.revocations(made.clock.now)
    assert number_of(made.list_of(below)) == 1
    made.clock.advance(60)
    assert made.revoke(issued.certificate, RevocationReason.KEY_COMPROMISE)
    for _ in range(3):
        made.keeper.revocations(made.clock.now)
    found = made.list_of(below)
    assert number_of(found) == 2
    entry = found.get_revoked_certificate_by_serial_number(loaded(issued.certificate).serial_number)
    assert entry is not None
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.key_compromise
    assert entry.revocation_date_utc == made.clock.now


def test_a_list_is_renewed_when_half_of_its_time_is_over(made: Installation) -> None:
    made.keeper.ensure()
    root = made.row(Role.ROOT).certificate_id
    made.clock.advance(3.4 * DAY)
    made.keeper.revocations(made.clock.now)
    assert number_of(made.list_of(root)) == 1
    made.clock.advance(0.2 * DAY)
    made.keeper.revocations(made.clock.now)
    assert number_of(made.list_of(root)) == 2


def test_a_revoked_certificate_leaves_the_list_some_time_after_its_end(made: Installation) -> None:
    issued = made.issue(days=6)
    below = made.row(Role.INTERMEDIATE).certificate_id
    made.revoke(issued.certificate)
    lengths = []
    for _ in range(8):
        made.keeper.revocations(made.clock.now)
        lengths.append(len(list(made.list_of(below))))
        made.clock.advance(4 * DAY)
    assert lengths == [1, 1, 1, 1, 1, 0, 0, 0]


def test_what_has_expired_makes_no_lists(made: Installation) -> None:
    made.keeper.ensure()
    below = made.row(Role.INTERMEDIATE).certificate_id
    made.clock.advance(6 * 366 * DAY)
    made.keeper.revocations(made.clock.now)
    assert number_of(made.list_of(below)) == 1
    assert number_of(made.list_of(made.row(Role.ROOT).certificate_id)) == 2


def test_two_processes_make_one_list(made: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    made.revoke(made.issue().certificate)
    below = made.row(Role.INTERMEDIATE)
    made.another_keeper().revocations(made.clock.now)
    real, first = authority._stale, iter([[below]])
    monkeypatch.setattr(authority, "_stale", lambda tx, at: next(first, None) or real(tx, at))
    made.keeper.revocations(made.clock.now)
    assert number_of(made.list_of(below.certificate_id)) == 2


# --- the thread, and the responder ---


class Stop:
    """An Event that is set after so many waits."""

    def __init__(self, rounds: int) -> None:
        self.left, self.waited = rounds, list[float]()

    def wait(self, seconds: float) -> bool:
        self.waited.append(seconds)
        self.left -= 1
        return self.left < 0


def test_the_thread_makes_lists_and_outlives_faults(made: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    made.revoke(made.issue().certificate)
    stop = Stop(1)
    made.keeper.run(stop)  # type: ignore[arg-type]
    assert number_of(made.list_of(made.row(Role.INTERMEDIATE).certificate_id)) == 2
    faults = iter([StoreFailed("full"), ZeroDivisionError()])

    def failing(*_: object) -> None:
        fault = next(faults, None)
        if fault:
            raise fault

    monkeypatch.setattr(AuthorityKeeper, "revocations", failing)
    stop = Stop(3)
    made.keeper.run(stop)  # type: ignore[arg-type]
    assert stop.waited == [authority.LOOK, 30.0, 30.0, authority.LOOK]


def test_a_responder_answers_for_a_certificate_of_the_authority(made: Installation) -> None:
    made.keeper.ensure()
    below = made.row(Role.INTERMEDIATE)
    responder = made.keeper.responder(below.certificate_id)
    loaded(responder.certificate).verify_directly_issued_by(loaded(below.certificate))
    with pytest.raises(LookupError, match="no certificate"):
        made.keeper.responder("nothing")


def test_a_cross_certificate_has_no_key(made: Installation) -> None:
    made.keeper.rotate(root=True)
    with pytest.raises(LookupError, match="no private key"):
        made.keeper.responder(made.row(Role.CROSS).certificate_id)
