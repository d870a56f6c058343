"""One renewal after another: what was validated for the last counts for no further one, and its tries are over."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.issuing import DAY, HOUR, SECOND, Issuance, issued, to_renewal

from sealstone.issuers.issuer import OrderRefused
from sealstone.model import event
from sealstone.model.certificate_request import Renewal, RenewalStatus, Stage, ValidationMethod, ValidationStatus
from sealstone.store import certificate_metrics, certificate_requests, migrate, superseded_certificates

MINUTES = timedelta(minutes=2)
PENDING = ValidationStatus.PENDING_VALIDATION


def renewal_of(house: Issuance) -> Renewal:
    found = house.request_of("a").renewal
    assert found is not None
    return found


def tries(house: Issuance) -> int:
    return house.request_of("a").tries


def counted(house: Issuance) -> dict[str, int]:
    with house.store.reading() as tx:
        return certificate_metrics.renewals(tx)


def unproven(house: Issuance, method: ValidationMethod) -> None:
    """Validated, issued, served; renewed once, and never seen served since: the data plane does not run any more."""
    house.ask("a", stage=Stage.VALIDATING, method=method, days=47)
    house.pass_time(SECOND)
    house.use("a")
    house.served()
    to_renewal(house)
    house.pass_time(MINUTES)
    assert house.of("a").version == 2
    assert (renewal_of(house).status, renewal_of(house).delivered) == (RenewalStatus.PENDING_AUTO_RENEWAL, True)


def export(house: Issuance) -> None:
    found, exported = house.of("a"), house.request_of("a").changed(exported=True, exported_at=house.now)
    with house.store.writing() as tx:
        certificate_requests.save(tx, found, exported)


# --- what was validated ---


@pytest.mark.parametrize("method", [ValidationMethod.DNS, ValidationMethod.HTTP, ValidationMethod.EMAIL])
def test_domains_are_validated_for_each_renewal_though_the_last_was_not_proven(
    house: Issuance, method: ValidationMethod
) -> None:
    """Else whoever lost a domain would have its certificate renewed for ever."""
    unproven(house, method)
    house.owners.answer, house.owners.reason = PENDING, "the record is gone"
    asked = house.owners.asked
    to_renewal(house)
    house.pass_time(MINUTES)
    assert house.owners.asked > asked
    assert house.of("a").version == 2
    assert (renewal_of(house).status, renewal_of(house).delivered) == (RenewalStatus.PENDING_VALIDATION, False)
    assert [one.status for one in renewal_of(house).validations] == [PENDING]
    house.owners.answer = ValidationStatus.SUCCESS
    house.pass_time(7 * HOUR)
    assert house.of("a").version == 3


def test_a_store_of_before_renewals_were_told_apart_validates_too(house: Issuance) -> None:
    unproven(house, ValidationMethod.DNS)
    with house.store.writing() as tx:
        tx.run(text("UPDATE certificate_requests SET request = json_remove(request, '$.renewal.delivered')"))
        tx.run(text("UPDATE alembic_version SET version_num = '0016'"))
    assert not renewal_of(house).delivered
    migrate.upgrade(house.store)
    assert renewal_of(house).delivered
    house.owners.answer = PENDING
    to_renewal(house)
    house.pass_time(MINUTES)
    assert house.of("a").version == 2


def test_an_outage_just_after_a_renewal_is_told_anew(house: Issuance) -> None:
    """The renewal before, not a day ago, gave its certificate: this is another one."""
    house.ask("a", stage=Stage.VALIDATING, method=ValidationMethod.DNS, days=1)
    house.pass_time(SECOND)
    house.use("a")
    house.served()
    to_renewal(house)
    house.authority.away = True
    to_renewal(house)
    assert house.told().count(event.ACTION_REQUIRED) == 1
    assert renewal_of(house).updated_at == house.now
    house.pass_time(timedelta(minutes=20))
    assert house.told().count(event.ACTION_REQUIRED) == 1


def test_what_was_validated_holds_while_the_authority_is_away(house: Issuance) -> None:
    """Nothing has been issued for it yet."""
    unproven(house, ValidationMethod.DNS)
    house.authority.away = True
    to_renewal(house)
    house.owners.answer = PENDING
    house.authority.away = False
    house.pass_time(HOUR)
    assert house.of("a").version == 3


def test_one_that_is_seen_served_late_does_not_end_the_next_renewal(house: Issuance) -> None:
    unproven(house, ValidationMethod.EMAIL)
    house.owners.answer = PENDING
    to_renewal(house)
    house.pass_time(MINUTES)
    under_way = renewal_of(house)
    house.served()
    house.pass_time(7 * HOUR)
    assert renewal_of(house).status is RenewalStatus.PENDING_VALIDATION
    assert renewal_of(house).updated_at == under_way.updated_at
    assert house.told().count(event.ROTATED) == 1
    with house.store.reading() as tx:
        assert superseded_certificates.find(tx, house.of("a")) is None
    house.owners.answer = ValidationStatus.SUCCESS
    house.pass_time(7 * HOUR)
    assert house.of("a").version == 3


# --- tries ---


def test_tries_are_over_with_a_renewal_that_nobody_has_to_prove(house: Issuance) -> None:
    """An exported one: the next outage begins with a short pause again."""
    issued(house)
    export(house)
    house.authority.away = True
    to_renewal(house)
    house.pass_time(DAY)
    house.pass_time(DAY)
    assert tries(house) > 1
    house.authority.away = False
    house.pass_time(7 * HOUR)
    assert house.of("a").version == 2
    assert (renewal_of(house).status, tries(house)) == (RenewalStatus.SUCCESS, 0)


def test_tries_go_on_until_it_is_seen_served(house: Issuance) -> None:
    issued(house).use("a")
    house.served()
    house.authority.away = True
    to_renewal(house)
    house.authority.away = False
    house.pass_time(HOUR)
    assert house.of("a").version == 2
    assert tries(house) > 0
    house.served()
    house.pass_time(HOUR)
    assert (renewal_of(house).status, tries(house)) == (RenewalStatus.SUCCESS, 0)


# --- what is counted ---


def test_tries_are_no_renewals_that_ended(house: Issuance) -> None:
    issued(house).use("a")
    house.authority.away = True
    to_renewal(house)
    for _ in range(4):
        house.pass_time(7 * HOUR)
    assert tries(house) > 3
    assert counted(house) == {}
    house.authority.away, house.authority.refusal = False, OrderRefused("no", "OTHER")
    house.pass_time(7 * HOUR)
    assert counted(house) == {"failure": 1}
    house.pass_time(7 * HOUR)
    assert renewal_of(house).status is RenewalStatus.FAILED
    assert counted(house) == {"failure": 1}  # it failed once, and is still so
    house.authority.refusal = None
    house.pass_time(7 * HOUR)
    assert house.of("a").version == 2
    assert counted(house) == {"failure": 1, "success": 1}
