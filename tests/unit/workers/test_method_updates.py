"""A change of the validation method: looked at beside all else, made when all is found, given up after 72 hours."""

import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.issuing import ACCOUNT, DAY, HOUR, REGION, SECOND, Issuance, Owners, to_renewal

from sealstone.model.approval import Approval
from sealstone.model.certificate import Certificate, CertificateType
from sealstone.model.certificate_request import (
    OUTSIDE,
    VALIDATION_ENDS,
    DomainValidation,
    MethodUpdate,
    Renewal,
    RenewalStatus,
    Stage,
    UpdateStatus,
    ValidationMethod,
    ValidationStatus,
)
from sealstone.seal.faults import SealFault
from sealstone.store import certificate_requests, validation_approvals
from sealstone.store.certificate_requests import Place
from sealstone.store.columns import time_text
from sealstone.workers import method_updates

DNS, EMAIL = ValidationMethod.DNS, ValidationMethod.EMAIL
PENDING, SUCCESS, FAILED = ValidationStatus.PENDING_VALIDATION, ValidationStatus.SUCCESS, ValidationStatus.FAILED
PLACE = Place(ACCOUNT, REGION, "a")


class Both(Owners):
    """Who sets records, and who answers mails; every look is told by its method."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = {DNS: PENDING, EMAIL: SUCCESS}
        self.looks: list[ValidationMethod] = []

    def checked(self, certificate: Certificate, at: datetime) -> tuple[tuple[DomainValidation, ...], str]:
        """The answer of that method for every domain."""
        assert certificate.request is not None
        method = certificate.request.validations[0].method
        assert method is not None
        self.looks.append(method)
        self.answer = self.answers[method]
        found, _ = super().checked(certificate, at)
        return found, f"no answer by {method}"


class Scene:
    """A certificate that was validated by mail, and is exported so that it is renewed."""

    def __init__(self, house: Issuance) -> None:
        self.house = house
        self.both = house.owners = Both()
        house.worker = house.another()
        house.ask("a", stage=Stage.VALIDATING, method=EMAIL, days=47, kind=CertificateType.AMAZON_ISSUED)
        house.pass_time(SECOND)
        house.pass_time(SECOND)
        found, request = house.of("a"), house.request_of("a").changed(exported=True, exported_at=house.now)
        with house.store.writing() as tx:
            certificate_requests.save(tx, found, request)
        self.both.looks.clear()

    def begin(self, *names: str) -> None:
        """As UpdateCertificateOptions leaves it."""
        now = self.house.now
        wanted = tuple(DomainValidation(name, name, DNS) for name in names or ("a.example",))
        update = MethodUpdate(UpdateStatus.PENDING_DOMAIN_VALIDATION, EMAIL, DNS, now, now, wanted)
        self.put(method_update=update)

    def put(self, **changes: Any) -> None:
        """With these values, and a look that is due."""
        found, request = self.house.of("a"), self.house.request_of("a").changed(**changes)
        with self.house.store.writing() as tx:
            certificate_requests.look(tx, found, request, self.house.now)

    @property
    def update(self) -> MethodUpdate:
        """As it is now."""
        update = self.house.request_of("a").method_update
        assert update is not None
        return update

    @property
    def renewal(self) -> Renewal:
        """The same."""
        renewal = self.house.request_of("a").renewal
        assert renewal is not None
        return renewal

    @property
    def method(self) -> ValidationMethod | None:
        """Of the certificate."""
        return self.house.request_of("a").validations[0].method

    @property
    def times(self) -> tuple[str | None, str | None]:
        """When its errand is due, and when its look."""
        with sqlite3.connect(self.house.path) as raw:
            row = raw.execute("SELECT due_at, look_at FROM certificate_requests").fetchone()
        raw.close()
        return row[0], row[1]


@pytest.fixture
def scene(house: Issuance) -> Scene:
    return Scene(house)


def test_when_the_records_are_found_the_method_is_another(scene: Scene, house: Issuance) -> None:
    due_at, before = scene.times[0], house.of("a")
    scene.begin()
    house.pass_time(timedelta())
    assert (scene.update.status, scene.method) == (UpdateStatus.PENDING_DOMAIN_VALIDATION, EMAIL)
    assert scene.update.explanation == "no answer by DNS"
    scene.both.answers[DNS] = SUCCESS
    house.pass_time(4 * SECOND)
    assert scene.method is DNS
    assert scene.update == MethodUpdate(UpdateStatus.SUCCESS, EMAIL, DNS, scene.update.requested_at, house.now, (), "")
    assert scene.times == (due_at, None)
    after = house.of("a")
    assert (after.version, after.content) == (before.version, before.content)
    assert scene.both.looks == [DNS, DNS]
    scene.both.looks.clear()
    to_renewal(house)
    assert house.of("a").version == 2
    assert scene.both.looks == [DNS]
    assert [one.method for one in scene.renewal.validations] == [DNS]


def test_records_that_nobody_sets_leave_the_method(
    scene: Scene, house: Issuance, caplog: pytest.LogCaptureFixture
) -> None:
    due_at, began = scene.times[0], house.now
    scene.begin()
    while house.now < began + VALIDATION_ENDS - SECOND:
        house.pass_time(min(timedelta(minutes=11), began + VALIDATION_ENDS - SECOND - house.now))
    assert scene.update.is_pending
    assert scene.update.updated_at == began
    house.pass_time(timedelta(minutes=11))
    assert (scene.update.status, scene.update.updated_at, scene.method) == (UpdateStatus.FAILED, house.now, EMAIL)
    assert scene.update.validations == ()
    assert scene.update.explanation == "no answer by DNS"
    assert scene.times == (due_at, None)
    assert "is still validated by EMAIL: no answer by DNS" in caplog.text
    looks = len(scene.both.looks)
    house.pass_time(DAY)
    assert len(scene.both.looks) == looks


def test_it_is_looked_ever_less_often(scene: Scene, house: Issuance) -> None:
    scene.begin()
    for _ in range(60):
        house.pass_time(SECOND)
    assert 18 <= len(scene.both.looks) <= 31
    house.pass_time(3 * HOUR)
    scene.both.looks.clear()
    for _ in range(60):
        house.pass_time(timedelta(minutes=1))
    assert 5 <= len(scene.both.looks) <= 8


def test_a_domain_that_was_found_stays_so(scene: Scene, house: Issuance) -> None:
    scene.begin("a.example", "b.example")
    first, second = scene.update.validations
    scene.put(method_update=replace(scene.update, validations=(replace(first, status=SUCCESS), second)))
    house.pass_time(timedelta())
    assert [one.status for one in scene.update.validations] == [SUCCESS, PENDING]
    assert scene.method is EMAIL


def test_a_renewal_meanwhile_goes_by_mail(scene: Scene, house: Issuance) -> None:
    to_renewal(house)
    # Its first second belongs to the mails of before.
    scene.begin()
    house.pass_time(SECOND)
    assert house.of("a").version == 2
    assert [one.method for one in scene.renewal.validations] == [EMAIL]
    assert (scene.update.is_pending, scene.method) == (True, EMAIL)
    scene.both.answers[DNS] = SUCCESS
    house.pass_time(4 * SECOND)
    assert (scene.update.status, scene.method) == (UpdateStatus.SUCCESS, DNS)
    # What has ended is told as it was.
    assert [one.method for one in scene.renewal.validations] == [EMAIL]


def test_looks_do_not_ask_again_who_declined(scene: Scene, house: Issuance) -> None:
    scene.both.answers[EMAIL] = FAILED
    to_renewal(house)
    house.pass_time(SECOND)
    due_at, mails = scene.times[0], scene.both.looks.count(EMAIL)
    scene.begin()
    house.pass_time(SECOND)
    house.pass_time(10 * HOUR)
    assert scene.both.looks.count(EMAIL) == mails
    assert (scene.renewal.status, scene.times[0]) == (RenewalStatus.FAILED, due_at)
    # With the records there is a proof that nobody declines.
    scene.both.answers[DNS] = SUCCESS
    house.pass_time(timedelta(minutes=11))
    assert house.of("a").version == 2
    assert scene.renewal.status is RenewalStatus.SUCCESS
    assert [one.method for one in scene.renewal.validations] == [DNS]


def test_a_renewal_that_waits_for_mails_goes_on_by_the_records(scene: Scene, house: Issuance) -> None:
    scene.both.answers[EMAIL] = PENDING
    to_renewal(house)
    house.pass_time(SECOND)
    assert scene.renewal.status is RenewalStatus.PENDING_VALIDATION
    with house.store.writing() as tx:
        question = Approval("00", ACCOUNT, REGION, "a", "a.example", "a@b.example", house.now, house.now + DAY)
        validation_approvals.add(tx, question)
    scene.both.answers[DNS] = SUCCESS
    scene.begin()
    house.pass_time(timedelta())
    assert house.of("a").version == 2
    assert [one.method for one in scene.renewal.validations] == [DNS]
    with house.store.reading() as tx:
        assert validation_approvals.of(tx, "00") is None


def test_a_renewal_that_failed_otherwise_keeps_its_time(scene: Scene, house: Issuance) -> None:
    failed = Renewal(RenewalStatus.FAILED, house.now, "OTHER", house.request_of("a").validations)
    scene.begin()
    scene.put(renewal=failed)
    due_at = scene.times[0]
    scene.both.answers[DNS] = SUCCESS
    house.pass_time(timedelta())
    assert scene.method is DNS
    assert scene.renewal == failed
    assert scene.times == (due_at, None)


def test_a_look_that_was_cut_off_is_made_by_the_next_worker(scene: Scene, house: Issuance) -> None:
    due_at = scene.times[0]
    scene.begin()
    frozen = house.another()
    errand = frozen._errands.take(PLACE, house.now)
    assert errand is not None
    assert errand.looks
    scene.both.answers[DNS] = SUCCESS
    house.pass_time(59 * SECOND)
    assert scene.update.is_pending
    house.pass_time(2 * SECOND)
    assert scene.update.status is UpdateStatus.SUCCESS
    assert scene.times == (due_at, None)
    # The first one wakes up, and comes too late.
    scene.both.answers[DNS] = PENDING
    frozen._run(errand)
    assert frozen.outcomes["late"] == 1
    assert scene.update.status is UpdateStatus.SUCCESS


def test_a_wish_during_a_look_is_heard(scene: Scene, house: Issuance) -> None:
    def wish() -> None:
        scene.both.meanwhile = lambda: None
        found, request = house.of("a"), house.request_of("a").changed(renewal_wished=True)
        with house.store.writing() as tx:
            certificate_requests.schedule(tx, found, request, house.now)

    scene.begin()
    scene.both.meanwhile = wish
    house.pass_time(timedelta())
    assert scene.both.looks[0] is DNS
    house.pass_time(SECOND)
    assert house.of("a").version == 2
    assert scene.update.is_pending


def test_a_revoked_one_is_looked_at_no_more(scene: Scene, house: Issuance) -> None:
    scene.begin()
    scene.put(stage=Stage.REVOKED, revoked_at=house.now)
    house.pass_time(timedelta())
    assert scene.both.looks == []
    assert scene.times[1] is None
    told = house.request_of("a").told_method_update
    assert told is not None
    assert (told.status, told.updated_at) == (UpdateStatus.FAILED, house.now)


def test_a_look_without_a_change_is_none(scene: Scene, house: Issuance) -> None:
    scene.put()
    house.pass_time(timedelta())
    assert (scene.both.looks, scene.times[1]) == ([], None)


def test_a_fault_puts_the_look_off_and_nothing_else(scene: Scene, house: Issuance) -> None:
    def fault() -> None:
        raise ZeroDivisionError

    due_at = scene.times[0]
    scene.begin()
    scene.both.meanwhile = fault
    house.pass_time(timedelta())
    assert scene.both.looks == [DNS]
    again_at = scene.times[1]
    assert again_at is not None
    assert again_at > time_text(house.now)
    assert scene.times[0] == due_at
    assert house.request_of("a").explanation == ""
    assert scene.update.explanation == "a fault of Sealstone's; the log has it"
    # The tries belong to the renewal, and let it wait; a look comes again as after one that found nothing.
    for _ in range(20):
        house.pass_time(4 * SECOND)
    assert len(scene.both.looks) > 10
    assert (house.request_of("a").tries, scene.times[0]) == (0, due_at)


def test_a_fault_that_stays_ends_the_change_in_time(scene: Scene, house: Issuance) -> None:
    def fault() -> None:
        raise SealFault("another key")

    scene.begin()
    scene.both.meanwhile = fault
    house.pass_time(VALIDATION_ENDS)
    assert (scene.update.status, scene.method) == (UpdateStatus.FAILED, EMAIL)
    assert scene.update.explanation == "a private key cannot be opened: another key"
    assert scene.times[1] is None


def test_a_fault_with_a_look_that_is_none_ends_it(scene: Scene, house: Issuance) -> None:
    assert method_updates.put_off(house.of("a"), house.request_of("a"), "", house.now, abs) is method_updates.NOTHING


def test_one_that_cannot_be_read_is_not_looked_at_again_and_again(
    scene: Scene, house: Issuance, caplog: pytest.LogCaptureFixture
) -> None:
    scene.begin()
    with sqlite3.connect(house.path) as raw:
        raw.execute("UPDATE certificate_requests SET request = '{'")
    raw.close()
    for _ in range(3):
        house.worker.round(OUTSIDE)
    assert caplog.text.count("cannot be read") == 1


def test_one_that_was_deleted_is_gone(scene: Scene, house: Issuance) -> None:
    def delete() -> None:
        found = house.of("a")
        with house.store.writing() as tx:
            certificate_requests.remove(tx, found)

    scene.begin()
    scene.both.meanwhile = delete
    house.pass_time(timedelta())
    assert house.worker.outcomes["late"] == 1
    with house.store.reading() as tx:
        assert certificate_requests.next_due(tx) is None
