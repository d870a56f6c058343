"""Signing certificates as they are kept, and the one query by which a request's signer is found."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.store.conftest import ACCOUNT, NOW

from sealstone.model.identity import InlinePolicy, Status, User
from sealstone.model.managed_policy import EffectivePolicy
from sealstone.model.signing_certificate import SigningCertificate
from sealstone.store import signing_certificates, user_policies, users
from sealstone.store.engine import Store
from sealstone.store.faults import NameTaken

BOB = User(ACCOUNT, "AIDABOB", "Bob", "/dev/", NOW, {"team": "é"})
CERTIFICATE = SigningCertificate(
    account_id=ACCOUNT,
    user_id=BOB.unique_id,
    certificate_id="B" * 32,
    certificate_body="-----BEGIN CERTIFICATE-----\r\n\u00e9\r\n",
    fingerprint="ab" * 32,
    serial_number=2**511 - 1,
    not_before=datetime(1, 1, 1, tzinfo=UTC),
    not_after=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    status=Status.ACTIVE,
    upload_date=NOW,
)
OF_ROOT = replace(CERTIFICATE, user_id=None, certificate_id="A" * 32, fingerprint="cd" * 32, status=Status.INACTIVE)


def test_a_certificate_comes_back_as_it_was_put(store: Store) -> None:
    with store.writing() as tx:
        signing_certificates.add(tx, CERTIFICATE)
        assert signing_certificates.find(tx, CERTIFICATE.certificate_id) == CERTIFICATE
        assert signing_certificates.find(tx, "none") is None
        assert signing_certificates.is_known(tx, CERTIFICATE.fingerprint)
        assert not signing_certificates.is_known(tx, OF_ROOT.fingerprint)


def test_owners_have_their_own_by_id(store: Store) -> None:
    second = replace(CERTIFICATE, certificate_id="A2" * 16, fingerprint="ef" * 32)
    with store.writing() as tx:
        for certificate in (CERTIFICATE, OF_ROOT, second):
            signing_certificates.add(tx, certificate)
        assert signing_certificates.of_user(tx, ACCOUNT, BOB.unique_id) == (second, CERTIFICATE)
        assert signing_certificates.of_user(tx, ACCOUNT, None) == (OF_ROOT,)
        assert signing_certificates.of_user(tx, "000000000000", None) == ()
        assert signing_certificates.of_user(tx, "000000000000", BOB.unique_id) == ()


def test_a_certificate_is_switched_and_removed(store: Store) -> None:
    with store.writing() as tx:
        signing_certificates.add(tx, CERTIFICATE)
        signing_certificates.add(tx, OF_ROOT)
        signing_certificates.set_status(tx, CERTIFICATE.certificate_id, Status.INACTIVE)
        found = signing_certificates.find(tx, CERTIFICATE.certificate_id)
        assert found == replace(CERTIFICATE, status=Status.INACTIVE)
        signing_certificates.remove(tx, CERTIFICATE.certificate_id)
        assert signing_certificates.find(tx, CERTIFICATE.certificate_id) is None
        assert signing_certificates.find(tx, OF_ROOT.certificate_id) == OF_ROOT
        signing_certificates.add(tx, replace(CERTIFICATE, user_id=None))


@pytest.mark.parametrize(
    "changes",
    [
        {"certificate_id": "C" * 32},
        {"certificate_id": "C" * 32, "user_id": None},
        {"certificate_id": "C" * 32, "account_id": "210987654321", "user_id": "AIDAEVE"},
        {"fingerprint": "ef" * 32},
    ],
)
def test_a_fingerprint_and_an_id_are_there_once_in_the_installation(store: Store, changes: dict[str, str]) -> None:
    with store.writing() as tx:
        signing_certificates.add(tx, CERTIFICATE)
    with pytest.raises(NameTaken), store.writing() as tx:
        signing_certificates.add(tx, replace(CERTIFICATE, **changes))  # type: ignore[arg-type]


def test_one_query_answers_who_signed(store: Store) -> None:
    own, other = (InlinePolicy(ACCOUNT, BOB.unique_id, name, "{}") for name in ("a", "b"))
    elsewhere = InlinePolicy("210987654321", BOB.unique_id, "c", "{}")
    with store.writing() as tx:
        users.add(tx, BOB)
        signing_certificates.add(tx, CERTIFICATE)
        found = signing_certificates.signer(tx, CERTIFICATE.fingerprint)
        assert found == signing_certificates.Signer(CERTIFICATE, BOB, ())
        for policy in (other, own, elsewhere):
            user_policies.put(tx, policy)
        found = signing_certificates.signer(tx, CERTIFICATE.fingerprint)
        assert found == signing_certificates.Signer(
            CERTIFICATE, BOB, (EffectivePolicy("a", "{}"), EffectivePolicy("b", "{}"))
        )
        assert signing_certificates.signer(tx, "00" * 32) is None
        assert signing_certificates.signer(tx, CERTIFICATE.fingerprint.upper()) is None


def test_root_signs_without_user_and_policies(store: Store) -> None:
    with store.writing() as tx:
        signing_certificates.add(tx, OF_ROOT)
        assert signing_certificates.signer(tx, OF_ROOT.fingerprint) == signing_certificates.Signer(OF_ROOT, None, ())


@pytest.mark.parametrize("account_id", [ACCOUNT, "210987654321"])
def test_a_certificate_whose_user_is_gone_is_nobody_s(store: Store, account_id: str) -> None:
    """Not root's above all; and a user of another account under the same id is somebody else."""
    with store.writing() as tx:
        users.add(tx, BOB)
        signing_certificates.add(tx, replace(CERTIFICATE, account_id=account_id))
        if account_id == ACCOUNT:
            users.remove(tx, BOB)
        assert signing_certificates.signer(tx, CERTIFICATE.fingerprint) is None


def test_times_are_kept_to_the_second(store: Store) -> None:
    """X.509 knows no fractions (RFC 5280, 4.1.2.5), and the upload is answered in seconds."""
    with store.writing() as tx:
        signing_certificates.add(tx, replace(CERTIFICATE, upload_date=NOW + timedelta(milliseconds=999)))
        found = signing_certificates.find(tx, CERTIFICATE.certificate_id)
        assert found is not None
        assert found.upload_date == NOW
