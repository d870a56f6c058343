"""The issuing worker: validated, issued, renewed, proven; put off, given up, put back; and never by two at once."""

import sqlite3
import threading
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from tests.issuing import ACCOUNT, DAY, HOUR, REGION, SECOND, Issuance, issued, to_renewal
from tests.pki import NOW

from sealstone.issuers.issuer import Issued, OrderRefused, Waiting
from sealstone.model import event
from sealstone.model.approval import Approval
from sealstone.model.certificate import CertificateStatus, CertificateType
from sealstone.model.certificate_request import INSIDE, OUTSIDE, Stage, ValidationMethod, ValidationStatus
from sealstone.seal.faults import SealBroken
from sealstone.store import certificate_requests, certificates, validation_approvals
from sealstone.store.faults import StoreFailed
from sealstone.workers.errands import renewal_time
from sealstone.workers.issuing import REPEATED


def test_a_private_certificate_is_issued_at_once(house: Issuance) -> None:
    house.ask("a", days=395)
    house.pass_time(SECOND)
    found = house.of("a")
    assert found.status(house.now) is CertificateStatus.ISSUED
    assert found.version == 1
    assert found.content is not None
    assert found.content.not_after - found.content.not_before == timedelta(days=395) - SECOND
    assert found.detail.names == ("a.example",)
    assert found.detail.issuer == "Tests"
    assert house.opens("a")
    assert house.told() == [event.AVAILABLE]
    assert house.authority.orders[0].order_id == f"{ACCOUNT}/{REGION}/a/1"
    assert house.worker.outcomes["issued"] == 1
    request = house.request_of("a")
    assert (request.issued_at, request.tries) == (house.now, 0)


@pytest.mark.parametrize("algorithm", ["RSA_2048", "EC_secp384r1"])
def test_the_key_is_of_the_kind_that_was_asked_for(house: Issuance, algorithm: str) -> None:
    house.ask("a", algorithm=algorithm)
    house.pass_time(SECOND)
    assert house.of("a").detail.key_algorithm == algorithm


def test_domains_are_validated_first_and_looked_at_ever_more_rarely(house: Issuance) -> None:
    house.owners.answer, house.owners.reason = ValidationStatus.PENDING_VALIDATION, "there is no record"
    house.ask("a", stage=Stage.VALIDATING, method=ValidationMethod.DNS, kind=CertificateType.AMAZON_ISSUED)
    for _ in range(60):
        house.pass_time(SECOND)
    assert house.request_of("a").explanation == "there is no record"
    assert 10 < house.owners.asked < 35
    assert house.authority.orders == []
    house.pass_time(HOUR)
    asked = house.owners.asked
    house.pass_time(2 * SECOND)
    assert house.owners.asked == asked
    house.owners.answer = ValidationStatus.SUCCESS
    house.pass_time(HOUR)
    assert house.of("a").status(house.now) is CertificateStatus.ISSUED
    assert house.request_of("a").is_validated


def test_nobody_validates_for_72_hours(house: Issuance) -> None:
    house.owners.answer = ValidationStatus.PENDING_VALIDATION
    house.ask("a", stage=Stage.VALIDATING, method=ValidationMethod.DNS)
    house.pass_time(72 * HOUR - SECOND)
    assert house.of("a").status(house.now) is CertificateStatus.PENDING_VALIDATION
    house.pass_time(HOUR)
    assert house.of("a").status(house.now) is CertificateStatus.VALIDATION_TIMED_OUT
    asked = house.owners.asked
    house.pass_time(100 * DAY)
    assert house.owners.asked == asked


@pytest.mark.parametrize(
    ("answer", "left"),
    [(ValidationStatus.PENDING_VALIDATION, False), (ValidationStatus.FAILED, False), (ValidationStatus.SUCCESS, True)],
)
def test_of_a_request_that_has_ended_nobody_can_answer_the_mails(
    house: Issuance, answer: ValidationStatus, left: bool
) -> None:
    """Not answered for 72 hours, or declined; what was approved stays to be read."""
    house.owners.answer = answer
    house.ask("a", stage=Stage.VALIDATING, method=ValidationMethod.EMAIL)
    asked = Approval("aa", ACCOUNT, REGION, "a", "a.example", "a@b.example", NOW, NOW + 72 * HOUR)
    with house.store.writing() as tx:
        validation_approvals.add(tx, asked)
    house.pass_time(72 * HOUR)
    with house.store.reading() as tx:
        assert validation_approvals.of(tx, "aa") == (asked if left else None)


def test_an_owner_says_no(house: Issuance) -> None:
    house.owners.answer = ValidationStatus.FAILED
    house.ask("a", stage=Stage.VALIDATING, method=ValidationMethod.EMAIL)
    house.pass_time(SECOND)
    assert house.of("a").status(house.now) is CertificateStatus.FAILED
    assert house.request_of("a").failure_reason == "DOMAIN_VALIDATION_DENIED"
    assert house.worker.outcomes["failed"] == 1


def test_a_token_is_served_until_the_request_has_failed(house: Issuance) -> None:
    made = house.ask("a", stage=Stage.VALIDATING, method=ValidationMethod.HTTP)
    assert made.request is not None
    validations = tuple(replace(one, token="t0") for one in made.request.validations)
    request = made.request.changed(validations=validations)
    with house.store.writing() as tx:
        certificate_requests.save(tx, made, request)
        certificate_requests.add_token(tx, made, "t0", "body")
        assert certificate_requests.tokens(tx) == ((made.account_id, "/.well-known/pki-validation/t0.txt", "body"),)
        assert certificate_requests.token_body(tx, made, "t0") == "body"
        assert certificate_requests.token_body(tx, made, "t1") == ""
    house.owners.answer = ValidationStatus.FAILED
    house.pass_time(SECOND)
    with house.store.reading() as tx:
        assert certificate_requests.tokens(tx) == ()


def test_the_authority_is_away_and_comes_back(house: Issuance) -> None:
    house.authority.away = True
    house.ask("a")
    for _ in range(3):
        house.pass_time(SECOND)
    request = house.request_of("a")
    assert (request.tries, request.explanation) == (1, "the authority does not answer")
    house.pass_time(DAY)
    house.authority.away = False
    house.pass_time(7 * HOUR)
    assert house.of("a").status(house.now) is CertificateStatus.ISSUED


def test_the_authority_stays_away(house: Issuance) -> None:
    house.authority.away = True
    house.ask("a")
    house.pass_time(SECOND)
    house.pass_time(8 * DAY)
    assert house.of("a").status(house.now) is CertificateStatus.FAILED
    assert house.request_of("a").failure_reason == "PCA_REQUEST_FAILED"


def test_the_authority_refuses(house: Issuance) -> None:
    house.authority.refusal = OrderRefused("the name is not allowed", "PCA_NAME_CONSTRAINTS_VALIDATION")
    house.ask("a")
    house.pass_time(SECOND)
    request = house.request_of("a")
    assert (request.stage, request.failure_reason) == (Stage.FAILED, "PCA_NAME_CONSTRAINTS_VALIDATION")


def test_the_authority_asks_for_time(house: Issuance) -> None:
    house.authority.waiting = Waiting(NOW + HOUR, {"order": "1"})
    house.ask("a")
    house.pass_time(SECOND)
    house.pass_time(30 * 60 * SECOND)
    assert len(house.authority.orders) == 1
    house.authority.waiting = None
    house.pass_time(HOUR)
    assert house.authority.orders[1].state == {"order": "1"}
    assert house.of("a").status(house.now) is CertificateStatus.ISSUED


def test_what_the_authority_gives_is_judged(house: Issuance) -> None:
    other = issued(house, "b").of("b")
    assert other.content is not None

    def wrong(answer: Issued) -> Issued:
        return Issued(answer.certificate, (answer.certificate,))

    house.authority.spoil = wrong
    house.ask("a")
    house.pass_time(SECOND)
    request = house.request_of("a")
    assert request.stage is Stage.FAILED
    assert request.explanation.startswith("the issuer gave what cannot be used")


def test_a_certificate_for_other_names_is_not_taken(house: Issuance) -> None:
    house.ask("a")
    house.authority.instead = ("other.example",)
    house.pass_time(SECOND)
    assert house.request_of("a").explanation == "the issuer gave a certificate without the name a.example"


def test_names_that_no_request_holds_are_refused(house: Issuance) -> None:
    house.ask("-")
    house.pass_time(SECOND)
    assert house.request_of("-").stage is Stage.FAILED
    assert house.authority.orders == []


def test_a_frozen_worker_comes_too_late(house: Issuance) -> None:
    issued(house).use("a")
    other = house.another()

    def freeze() -> None:
        house.authority.meanwhile = lambda: None
        house.now += timedelta(minutes=2)
        assert other.round()

    house.authority.meanwhile = freeze
    to_renewal(house)
    assert house.worker.outcomes["late"] == 1
    assert other.outcomes["renewed"] == 1
    assert house.of("a").version == 2
    assert house.told().count(event.AVAILABLE) == 2


def test_two_workers_do_not_run_one_errand(house: Issuance) -> None:
    house.ask("a")
    found = house.worker._errands.due(house.now, INSIDE)
    other = house.another()
    assert house.worker._errands.take(found[0], house.now) is not None
    assert other._errands.take(found[0], house.now) is None
    assert other._errands.due(house.now, INSIDE) == ()
    assert other._errands.due(house.now + timedelta(seconds=61), INSIDE) == found


def test_what_is_deleted_or_revoked_meanwhile_stays_so(house: Issuance) -> None:
    issued(house).use("a")

    def revoke() -> None:
        found, request = house.of("a"), house.request_of("a").changed(stage=Stage.REVOKED)
        with house.store.writing() as tx:
            certificate_requests.schedule(tx, found, request, None)

    house.authority.meanwhile = revoke
    to_renewal(house)
    assert house.of("a").version == 1
    assert house.of("a").status(house.now) is CertificateStatus.REVOKED
    house.ask("b")

    def delete() -> None:
        found = house.of("b")
        with house.store.writing() as tx:
            certificate_requests.remove(tx, found)
            certificates.remove(tx, found)

    house.authority.meanwhile = delete
    house.pass_time(SECOND)
    with house.store.reading() as tx:
        assert certificates.find(tx, ACCOUNT, REGION, "b") is None
    assert house.worker.outcomes["late"] == 2


def test_a_wish_for_mails_during_a_look_is_not_lost(house: Issuance) -> None:
    house.owners.answer = ValidationStatus.PENDING_VALIDATION
    house.ask("a", stage=Stage.VALIDATING, method=ValidationMethod.EMAIL)

    def wish() -> None:
        house.owners.meanwhile = lambda: None
        found, request = house.of("a"), house.request_of("a")
        validations = tuple(replace(one, emails=("other@b.example",)) for one in request.validations)
        with house.store.writing() as tx:
            certificate_requests.save(tx, found, request.changed(validations=validations))

    house.owners.meanwhile = wish
    house.pass_time(timedelta())
    assert house.owners.asked == 2
    assert house.request_of("a").validations[0].emails == ("other@b.example",)


def test_a_fault_of_one_certificate_holds_up_no_other(house: Issuance, caplog: pytest.LogCaptureFixture) -> None:
    def fault() -> None:
        raise ZeroDivisionError

    house.ask("a")
    house.authority.meanwhile = fault
    house.pass_time(SECOND)
    assert house.request_of("a").tries == 1
    assert "a fault of ours" in caplog.text
    house.authority.meanwhile = lambda: None
    house.ask("b")
    house.pass_time(SECOND)
    assert house.of("b").status(house.now) is CertificateStatus.ISSUED
    house.pass_time(DAY)
    assert house.of("a").status(house.now) is CertificateStatus.ISSUED


def test_a_store_that_fails_ends_the_round(house: Issuance) -> None:
    def fault() -> None:
        raise StoreFailed("gone")

    house.ask("a")
    house.authority.meanwhile = fault
    with pytest.raises(StoreFailed):
        house.pass_time(SECOND)


def test_the_loop_goes_on_whatever_happens(house: Issuance, caplog: pytest.LogCaptureFixture) -> None:
    stopped = threading.Event()
    outcomes: list[object] = [True, StoreFailed("gone"), ZeroDivisionError(), False]

    def round_(lanes: object, event: object) -> bool:
        assert (lanes, event) == (INSIDE, stopped)
        outcome = outcomes.pop(0)
        if not outcomes:
            stopped.set()
        if isinstance(outcome, Exception):
            raise outcome
        return bool(outcome)

    at_once = replace(REPEATED, rest=0, after_fault=0)
    with patch.object(house.worker, "round", round_), patch("sealstone.workers.issuing.REPEATED", at_once):
        house.worker.run(stopped)
    assert outcomes == []
    assert "the issuing worker: gone" in caplog.text
    assert "a fault of ours in the issuing worker" in caplog.text


def test_a_key_that_does_not_open_puts_the_errand_off(house: Issuance) -> None:
    def fault() -> None:
        raise SealBroken("another master key")

    house.ask("a")
    house.authority.meanwhile = fault
    house.pass_time(SECOND)
    assert "a private key cannot be opened" in house.request_of("a").explanation


def test_a_certificate_that_cannot_be_read_holds_up_no_other(house: Issuance, caplog: pytest.LogCaptureFixture) -> None:
    house.ask("a")
    house.ask("b")
    with sqlite3.connect(house.path) as connection:
        connection.execute("UPDATE certificate_requests SET request = '{' WHERE unique_id = 'a'")
    house.pass_time(SECOND)
    assert house.of("b").status(house.now) is CertificateStatus.ISSUED
    house.pass_time(SECOND)
    assert caplog.text.count("cannot be read") == 1


def test_nothing_is_begun_when_it_is_told_to_stop(house: Issuance) -> None:
    house.ask("a")
    stopped = threading.Event()
    stopped.set()
    assert house.worker.round(INSIDE, stopped) is False
    assert house.authority.orders == []


def test_somebody_wakes_it_while_it_is_looked_at(house: Issuance) -> None:
    house.owners.answer = ValidationStatus.PENDING_VALIDATION
    house.ask("a", stage=Stage.VALIDATING, method=ValidationMethod.EMAIL)

    def approve() -> None:
        house.owners.meanwhile = lambda: None
        house.owners.answer = ValidationStatus.SUCCESS
        found = house.of("a")
        with house.store.writing() as tx:
            certificate_requests.wake(tx, found, house.now)

    def look() -> None:
        house.owners.answer = ValidationStatus.PENDING_VALIDATION
        approve()
        house.owners.answer = ValidationStatus.PENDING_VALIDATION

    house.owners.meanwhile = look
    assert house.worker.round(OUTSIDE)
    house.owners.answer = ValidationStatus.SUCCESS
    house.pass_time(timedelta())
    assert house.of("a").status(house.now) is CertificateStatus.ISSUED


def test_what_is_gone_needs_nothing(house: Issuance) -> None:
    house.ask("a", stage=Stage.REVOKED)
    house.ask("b", stage=Stage.ISSUED)
    house.pass_time(SECOND)
    assert house.worker.round() is False
    with pytest.raises(ValueError, match="not renewed"):
        renewal_time(house.of("b"))
