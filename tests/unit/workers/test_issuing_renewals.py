"""Renewals: of what is used or exported, validated anew, proven served before the old one goes, put back if not."""

from datetime import timedelta

from tests.issuing import ACCOUNT, DAY, HOUR, SECOND, Issuance, issued, to_renewal

from sealstone.issuers.issuer import OrderRefused, Waiting
from sealstone.model import event
from sealstone.model.certificate_request import RenewalStatus, Stage, ValidationMethod, ValidationStatus
from sealstone.store import certificate_requests, superseded_certificates
from sealstone.workers.errands import renewal_time


def test_nobody_uses_it_so_it_is_not_renewed(house: Issuance) -> None:
    issued(house)
    to_renewal(house)
    house.pass_time(2 * HOUR)
    assert len(house.authority.orders) == 1
    house.use("a")
    house.pass_time(SECOND)
    assert len(house.authority.orders) == 2


def test_an_exported_one_is_renewed_once(house: Issuance) -> None:
    issued(house)
    found = house.of("a")
    exported = house.request_of("a").changed(exported=True, exported_at=house.now)
    with house.store.writing() as tx:
        certificate_requests.save(tx, found, exported)
    to_renewal(house)
    renewed = house.of("a")
    assert renewed.version == 2
    assert renewed.content is not None
    assert renewed.content.fingerprint != (found.content and found.content.fingerprint)
    request = house.request_of("a")
    assert request.exported_at is None
    assert request.renewal is not None
    assert request.renewal.status is RenewalStatus.SUCCESS
    assert house.opens("a")
    assert house.told() == [event.AVAILABLE, event.AVAILABLE]
    assert house.worker.outcomes["renewed"] == 1


def test_the_old_one_stays_until_the_new_one_is_seen_served(house: Issuance) -> None:
    issued(house).use("a")
    house.served()
    to_renewal(house)
    renewed = house.of("a")
    assert renewed.version == 2
    request = house.request_of("a")
    assert request.renewal is not None
    assert request.renewal.status is RenewalStatus.PENDING_AUTO_RENEWAL
    house.pass_time(DAY)
    with house.store.reading() as tx:
        kept = superseded_certificates.find(tx, renewed)
        assert kept is not None
        assert kept.version == 1
    house.served()
    house.pass_time(timedelta(minutes=11))
    request = house.request_of("a")
    assert request.renewal is not None
    assert request.renewal.status is RenewalStatus.SUCCESS
    with house.store.reading() as tx:
        assert superseded_certificates.find(tx, renewed) is None
    assert house.told() == [event.AVAILABLE, event.AVAILABLE, event.ROTATED]


def test_a_new_one_that_cannot_be_served_is_put_back(house: Issuance) -> None:
    issued(house).use("a")
    house.served()
    before = house.of("a")
    to_renewal(house)
    house.served(reason="HAProxy refuses it")
    house.pass_time(SECOND)
    house.pass_time(timedelta(minutes=5))
    assert house.of("a").version == 2
    house.pass_time(timedelta(minutes=6))
    put_back = house.of("a")
    assert put_back.version == 3
    assert put_back.content == before.content
    assert put_back.detail == before.detail
    assert house.opens("a")
    request = house.request_of("a")
    assert request.renewal is not None
    assert request.renewal.status is RenewalStatus.FAILED
    assert "HAProxy refuses it" in request.explanation
    house.served()
    house.pass_time(2 * HOUR)
    house.served()
    house.pass_time(HOUR)
    assert house.of("a").version == 4
    assert house.request_of("a").renewal is not None


def test_what_is_renewed_by_wish_is_renewed_now(house: Issuance) -> None:
    issued(house).use("a")
    found, wished = house.of("a"), house.request_of("a").changed(renewal_wished=True)
    with house.store.writing() as tx:
        certificate_requests.schedule(tx, found, wished, due_at=house.now)
    house.pass_time(SECOND)
    assert house.of("a").version == 2
    assert not house.request_of("a").renewal_wished


def test_a_renewal_is_validated_again(house: Issuance) -> None:
    house.ask("a", stage=Stage.VALIDATING, method=ValidationMethod.DNS, days=198)
    house.pass_time(SECOND)
    house.use("a")
    house.owners.answer, house.owners.reason = ValidationStatus.PENDING_VALIDATION, "there is no record"
    to_renewal(house)
    request = house.request_of("a")
    assert request.renewal is not None
    assert request.renewal.status is RenewalStatus.PENDING_VALIDATION
    assert request.is_validated
    assert house.of("a").version == 1
    assert house.told() == [event.AVAILABLE, event.ACTION_REQUIRED]
    for _ in range(47):
        house.pass_time(HOUR)
    assert house.told() == [event.AVAILABLE, event.ACTION_REQUIRED, event.ACTION_REQUIRED]
    house.owners.answer = ValidationStatus.SUCCESS
    house.pass_time(7 * HOUR)
    assert house.of("a").version == 2


def test_owners_are_asked_again_by_mail_and_old_answers_do_not_count(house: Issuance) -> None:
    house.ask("a", stage=Stage.VALIDATING, method=ValidationMethod.EMAIL, days=198)
    house.pass_time(SECOND)
    house.use("a")
    asked = house.owners.asked
    house.owners.answer = ValidationStatus.PENDING_VALIDATION
    to_renewal(house)
    assert house.owners.asked == asked
    house.pass_time(SECOND)
    request = house.request_of("a")
    assert request.renewal is not None
    assert request.renewal.status is RenewalStatus.PENDING_VALIDATION
    assert house.owners.asked == asked + 1


def test_an_owner_declines_a_renewal_and_is_asked_again_later(house: Issuance) -> None:
    house.ask("a", stage=Stage.VALIDATING, method=ValidationMethod.EMAIL, days=198)
    house.pass_time(SECOND)
    house.use("a")
    house.owners.answer, house.owners.reason = ValidationStatus.FAILED, "declined"
    to_renewal(house)
    house.pass_time(SECOND)
    request = house.request_of("a")
    assert request.renewal is not None
    assert (request.renewal.status, request.renewal.reason) == (RenewalStatus.FAILED, "DOMAIN_VALIDATION_DENIED")
    house.owners.answer = ValidationStatus.SUCCESS
    house.pass_time(6 * DAY)
    assert house.of("a").version == 1
    house.pass_time(2 * DAY)
    house.pass_time(SECOND)
    assert house.of("a").version == 2


def test_a_wish_begins_a_renewal_anew(house: Issuance) -> None:
    house.ask("a", stage=Stage.VALIDATING, method=ValidationMethod.DNS, days=198)
    house.pass_time(SECOND)
    house.use("a")
    house.owners.answer = ValidationStatus.FAILED
    to_renewal(house)
    house.owners.answer = ValidationStatus.SUCCESS
    found, wished = house.of("a"), house.request_of("a").changed(renewal_wished=True)
    with house.store.writing() as tx:
        certificate_requests.save(tx, found, wished)
        certificate_requests.nudge(tx, ACCOUNT, "a")
    house.pass_time(SECOND)
    assert house.of("a").version == 2


def test_a_listener_that_never_served_proves_nothing(house: Issuance) -> None:
    issued(house).use("a")
    house.use("a", "broken")
    house.served()
    house.served("broken", reason="the port is taken")
    for number in range(10):
        to_renewal(house)
        house.served()
        house.served("broken", reason="the port is taken")
        house.pass_time(HOUR)
        request = house.request_of("a")
        assert request.renewal is not None
        assert request.renewal.status is RenewalStatus.SUCCESS
        assert house.of("a").version == number + 2
    assert len(house.authority.orders) == 11


def test_what_ends_soon_is_not_put_back_and_each_time_takes_longer(house: Issuance) -> None:
    issued(house, days=47).use("a")
    for _ in range(4):
        house.served()
        house.now = max(house.now, renewal_time(house.of("a")))
        house.pass_time(SECOND)
        house.served(reason="no")
        house.pass_time(timedelta(minutes=20))
        house.pass_time(timedelta(minutes=20))
        house.pass_time(7 * HOUR)
    assert 2 <= len(house.authority.orders) <= 9


def test_the_authority_is_away_or_refuses_when_it_is_time_to_renew(house: Issuance) -> None:
    issued(house).use("a")
    house.authority.away = True
    to_renewal(house)
    request = house.request_of("a")
    assert request.renewal is not None
    assert request.renewal.status is RenewalStatus.PENDING_AUTO_RENEWAL
    house.authority.away, house.authority.refusal = False, OrderRefused("no", "OTHER")
    house.pass_time(HOUR)
    request = house.request_of("a")
    assert request.renewal is not None
    assert (request.renewal.status, request.renewal.reason) == (RenewalStatus.FAILED, "OTHER")
    house.authority.refusal, house.authority.waiting = None, Waiting(house.now + 5 * HOUR, {})
    house.pass_time(7 * HOUR)
    house.authority.waiting = None
    house.pass_time(7 * HOUR)
    assert house.of("a").version == 2


def test_a_jump_of_the_clock_makes_no_storm(house: Issuance) -> None:
    for number in range(30):
        house.ask(f"c{number}", days=198)
        house.use(f"c{number}", f"l{number}")
    house.pass_time(SECOND)
    house.pass_time(DAY)
    orders = len(house.authority.orders)
    assert orders == 30
    house.now = house.now + 150 * DAY
    house.worker.round()
    house.worker.round()
    assert len(house.authority.orders) == orders + 10
    house.pass_time(timedelta(minutes=2))
    assert len(house.authority.orders) == orders + 20
    # Those that end within a day wait for nobody.
    house.now += 47 * DAY - 10 * HOUR
    while house.worker.round():
        pass
    assert len(house.authority.orders) == orders + 30


def test_the_next_renewal_waits_for_no_proof_of_the_last(house: Issuance) -> None:
    issued(house).use("a")
    to_renewal(house)
    assert house.of("a").version == 2
    to_renewal(house)
    assert house.of("a").version == 3
