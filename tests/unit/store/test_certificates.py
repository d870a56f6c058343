"""Certificates of ACM in the store: kept apart from their keys, found by place or id, counted, read by batches."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.databases import migrated
from tests.pki import NOW
from tests.unit.model.test_certificate import CONTENT, ONE

from sealstone.model.certificate import CertificateType
from sealstone.model.listener import CertificateUse
from sealstone.model.secret import Sealed
from sealstone.store import certificate_settings, certificate_uses, certificates, configuration
from sealstone.store.engine import Tx

ACCOUNT, REGION = ONE.account_id, ONE.region
KEY = Sealed(b"sealed")


@pytest.fixture
def tx(tmp_path: Path) -> Iterator[Tx]:
    """A writing unit of an empty store."""
    store = migrated(tmp_path / "sealstone.db")
    with store.writing() as unit:
        yield unit
    store.close()


def test_what_was_stored_comes_back(tx: Tx) -> None:
    chained = replace(ONE, content=replace(CONTENT, certificate_chain="chain"), tags={"a": "1"})
    certificates.add(tx, chained, KEY)
    assert certificates.find(tx, ACCOUNT, REGION, ONE.unique_id) == chained
    assert certificates.with_id(tx, ACCOUNT, ONE.unique_id) == chained
    assert certificates.find(tx, ACCOUNT, "us-east-1", ONE.unique_id) is None
    assert certificates.with_id(tx, "210987654321", ONE.unique_id) is None
    certificates.save_tags(tx, chained.tagged({"b": "2"}))
    found = certificates.find(tx, ACCOUNT, REGION, ONE.unique_id)
    assert found == chained.tagged({"b": "2"})
    sealed = certificates.sealed_key(tx, chained)
    assert sealed is not None
    assert sealed.reveal() == b"sealed"


def test_another_content_leaves_tags_and_others_alone(tx: Tx) -> None:
    certificates.add(tx, ONE.tagged({"a": "1"}), KEY)
    certificates.add(tx, replace(ONE, region="us-east-1"), KEY)
    new = replace(
        ONE,
        version=2,
        content=replace(CONTENT, certificate_body="new", fingerprint="01"),
        imported_at=NOW + timedelta(1),
    )
    certificates.replace(tx, new, Sealed(b"new"))
    assert certificates.find(tx, ACCOUNT, REGION, ONE.unique_id) == new.tagged({"a": "1"})
    sealed = certificates.sealed_key(tx, new)
    assert sealed is not None
    assert sealed.reveal() == b"new"
    elsewhere = certificates.find(tx, ACCOUNT, "us-east-1", ONE.unique_id)
    assert elsewhere is not None
    assert elsewhere.version == 1


def test_only_another_content_of_a_used_one_is_a_change_of_what_is_served(tx: Tx) -> None:
    certificates.add(tx, ONE, KEY)
    before = configuration.generation(tx)
    certificates.replace(tx, ONE, KEY)
    certificate_uses.add(tx, CertificateUse("210987654321", "listener", ONE.unique_id))
    certificates.replace(tx, ONE, KEY)
    assert configuration.generation(tx) == before
    certificate_uses.add(tx, CertificateUse(ACCOUNT, "listener", ONE.unique_id))
    certificates.replace(tx, ONE, KEY)
    assert configuration.generation(tx) == before + 1


def test_a_removed_one_is_gone_with_its_key(tx: Tx) -> None:
    certificates.add(tx, ONE, KEY)
    certificates.add(tx, replace(ONE, region="us-east-1"), KEY)
    certificates.remove(tx, ONE)
    certificates.remove(tx, ONE)
    assert certificates.sealed_key(tx, ONE) is None
    counts = [certificates.count(tx, ACCOUNT, region, CertificateType.IMPORTED) for region in (REGION, "us-east-1")]
    assert counts == [0, 1]
    assert certificates.count(tx, ACCOUNT, "us-east-1", CertificateType.PRIVATE) == 0


def test_many_are_read_in_their_order_either_way(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "_BATCH", 3)
    made = [
        replace(ONE, unique_id=f"x-{number}", created_at=NOW + timedelta(seconds=number // 4)) for number in range(10)
    ]
    for one in reversed(made):
        certificates.add(tx, one, KEY)
    assert list(certificates.each(tx, ACCOUNT, REGION, after=None)) == made
    assert list(certificates.each(tx, ACCOUNT, REGION, after=None, descending=True)) == made[::-1]
    assert list(certificates.each(tx, ACCOUNT, REGION, after=certificates.place(made[4]))) == made[5:]
    down = certificates.each(tx, ACCOUNT, REGION, after=certificates.place(made[4]), descending=True)
    assert list(down) == made[3::-1]
    assert list(certificates.each(tx, ACCOUNT, "us-east-1", after=None)) == []


def test_imports_are_counted_by_the_day(tx: Tx) -> None:
    for day in (0, 0, 1, 400):
        certificates.count_import(tx, ACCOUNT, REGION, NOW + timedelta(days=day))
    certificates.count_import(tx, ACCOUNT, "us-east-1", NOW)
    since = [certificates.imports_since(tx, ACCOUNT, REGION, NOW + timedelta(days=day)) for day in (0, 1, 2, 401)]
    assert since == [4, 2, 1, 0]


def test_settings_are_of_the_region(tx: Tx) -> None:
    assert certificate_settings.days_before_expiry(tx, ACCOUNT, REGION) is None
    for days in (30, 20):
        certificate_settings.set_days_before_expiry(tx, ACCOUNT, REGION, days)
    assert certificate_settings.days_before_expiry(tx, ACCOUNT, REGION) == 20
    assert certificate_settings.days_before_expiry(tx, ACCOUNT, "us-east-1") is None
