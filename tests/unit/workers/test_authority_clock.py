"""A clock that ran ahead and was set right: no revocation is lost, lists are current, and somebody issues."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.ocsp import OCSPCertStatus, OCSPResponseStatus
from tests.authority import HOLDER, Installation, loaded, serial_of
from tests.pki import NOW

from sealstone.issuers.issuer import IssuerAway
from sealstone.model.authority import RevocationReason, Role, State
from sealstone.store import authorities, issued_certificates
from sealstone.workers.authority_choice import LIST_PERIOD
from sealstone.x509.making.certificates import BACKDATED

YEAR = timedelta(days=365)


@pytest.fixture
def made(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def ran_ahead(made: Installation, by: timedelta) -> None:
    """A round of the authority's worker while the clock is so far ahead, and one after it was set right."""
    made.clock.now += by
    assert made.keeper.attend()
    made.clock.now -= by
    assert made.keeper.attend()


def number_of(crl: x509.CertificateRevocationList) -> int:
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


# --- what was revoked ---


@pytest.mark.parametrize("ahead", [timedelta(days=50), 2 * YEAR, 4 * YEAR, 6 * YEAR, 73 * YEAR])
def test_no_revocation_is_lost(made: Installation, ahead: timedelta) -> None:
    good, bad = made.issue(order_id="good", days=6), made.issue(order_id="bad", days=6)
    made.revoke(bad.certificate, RevocationReason.KEY_COMPROMISE)
    ran_ahead(made, ahead)
    issuer = good.chain[0]
    assert made.status(good.certificate, issuer).certificate_status is OCSPCertStatus.GOOD
    assert made.status(bad.certificate, issuer).certificate_status is OCSPCertStatus.REVOKED
    with made.store.reading() as tx:
        found = issued_certificates.find(tx, serial_of(bad.certificate))
    assert found is not None
    listed = made.list_of(found.issuer_id)
    assert listed.get_revoked_certificate_by_serial_number(loaded(bad.certificate).serial_number)
    assert listed.last_update_utc == made.clock.now


def test_what_an_issuer_issued_goes_after_its_own_end(made: Installation) -> None:
    """Day by day to its end, and a month on."""
    issued = made.issue()
    below = made.row(Role.INTERMEDIATE)
    while made.clock.now <= below.not_after:
        assert made.keeper.attend()
        made.clock.now += timedelta(days=3, hours=13)
    kept = below.not_after + timedelta(days=30)
    for at, is_there in ((kept, True), (kept + timedelta(days=4), False)):
        made.clock.now = at
        assert made.keeper.attend()
        made.keeper.rotate(root=False)  # makes lists, whatever the time
        with made.store.reading() as tx:
            assert (issued_certificates.find(tx, serial_of(issued.certificate)) is not None) is is_there
            assert len(issued_certificates.of(tx, HOLDER)) == int(is_there)


def test_a_list_from_the_future_is_made_anew_and_its_number_grows(made: Installation) -> None:
    made.keeper.ensure()
    root = made.row(Role.ROOT).certificate_id
    made.clock.now += timedelta(days=10)
    assert made.keeper.attend()
    assert (number_of(made.list_of(root)), made.list_of(root).last_update_utc) == (2, made.clock.now)
    made.clock.now -= timedelta(days=10)
    for _ in range(2):
        assert made.keeper.attend()
        found = made.list_of(root)
        assert (number_of(found), found.last_update_utc) == (3, NOW)
        assert found.next_update_utc == NOW + LIST_PERIOD


# --- who issues ---


def test_the_newest_that_is_valid_now_issues_again(made: Installation) -> None:
    first = made.issue().chain
    before = made.row(Role.INTERMEDIATE)
    made.clock.now += 4 * YEAR
    assert made.issue(order_id="ahead").chain != first
    future = made.row(Role.INTERMEDIATE)
    made.clock.now -= 4 * YEAR
    assert made.issue(order_id="right").chain == first
    assert made.row(Role.INTERMEDIATE) == before
    assert made.row(Role.INTERMEDIATE, State.RETIRED).certificate_id == future.certificate_id


def test_a_process_that_knows_only_the_future_one_sees_the_clock_set_right(made: Installation) -> None:
    made.keeper.ensure()
    made.clock.now += 4 * YEAR
    ahead = made.another_keeper()
    ahead.issuer(HOLDER)
    assert ahead._opened().certificate_id == made.row(Role.INTERMEDIATE).certificate_id
    made.clock.now -= 4 * YEAR
    assert ahead._opened().not_before <= made.clock.now


def test_a_root_from_the_future_gives_way_to_the_one_before_it(made: Installation) -> None:
    first = made.issue().chain
    old = made.row(Role.ROOT)
    made.clock.now += 17 * YEAR
    assert made.keeper.attend()
    assert made.row(Role.ROOT) != old
    made.clock.now -= 17 * YEAR
    assert made.issue(order_id="right").chain == first
    assert made.row(Role.ROOT) == old
    made.keeper.rotate(root=True)
    assert made.issue(order_id="rotated").chain[1] in {row.certificate for row in made.rows() if row.role is Role.CROSS}


def test_another_is_made_below_the_old_root_when_none_has_enough_left(made: Installation) -> None:
    """The one before the future one nears its end itself."""
    made.keeper.ensure()
    old = made.row(Role.ROOT)
    made.clock.now += 17 * YEAR
    assert made.keeper.attend()
    made.clock.now -= 13 * YEAR
    issued = made.issue(order_id="right")
    below = made.row(Role.INTERMEDIATE)
    assert (below.issued_by, below.created_at) == (old.certificate_id, made.clock.now)
    assert made.row(Role.ROOT) == old
    assert issued.chain == (below.certificate,)


def test_what_a_rotation_retired_is_not_taken_back_for_a_step_within_the_hour(made: Installation) -> None:
    made.keeper.ensure()
    made.keeper.rotate(root=False)
    new = made.row(Role.INTERMEDIATE)
    made.clock.now -= BACKDATED
    assert made.issue().chain == (new.certificate,)
    assert made.row(Role.INTERMEDIATE) == new


def test_when_all_lies_in_the_future_it_says_so_until_another_root_is_made(made: Installation) -> None:
    made.keeper.ensure()
    future = made.row(Role.ROOT)
    made.clock.now -= YEAR
    with pytest.raises(IssuerAway, match=r"valid from 2026-11-21 12:00 UTC on; .* sealstone ca rotate --root"):
        made.issue()
    assert not made.keeper.attend()
    assert made.row(Role.ROOT) == future
    made.keeper.rotate(root=True)
    root, below = made.row(Role.ROOT), made.row(Role.INTERMEDIATE)
    assert made.issue().chain == (below.certificate,)
    assert root.authority_id == future.authority_id
    loaded(below.certificate).verify_directly_issued_by(loaded(root.certificate))
    made.clock.now += YEAR  # and nothing changes when the time of the other one has come
    assert made.keeper.attend()
    assert (made.row(Role.ROOT), made.row(Role.INTERMEDIATE)) == (root, below)


def test_a_retired_one_comes_back_when_none_is_active(made: Installation) -> None:
    made.keeper.ensure()
    below = made.row(Role.INTERMEDIATE)
    with made.store.writing() as tx:
        authorities.retire(tx, below.certificate_id)
    assert made.issue().chain == (below.certificate,)


# --- who answers ---


def test_a_responder_from_the_future_is_replaced(made: Installation) -> None:
    issued = made.issue()
    status_of(made, issued.certificate, issued.chain[0], made.clock.now + timedelta(days=30))
    responder = status_of(made, issued.certificate, issued.chain[0], NOW)
    assert responder.not_valid_before_utc <= NOW


def status_of(made: Installation, certificate: bytes, issuer: bytes, at: datetime) -> x509.Certificate:
    """Who signs the answer at that time."""
    made.clock.now = at
    response = made.status(certificate, issuer, bytes(16))
    assert response.response_status is OCSPResponseStatus.SUCCESSFUL
    return response.certificates[0]
