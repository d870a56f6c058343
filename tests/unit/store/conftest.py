"""A fresh store, and records to put into it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.databases import migrated

from sealstone.model.audit import AuditRecord
from sealstone.model.identity import Account, Status
from sealstone.model.server_certificate import ServerCertificate
from sealstone.model.signing_certificate import SigningCertificate
from sealstone.store import accounts
from sealstone.store.engine import Store

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACCOUNT = "123456789012"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = migrated(tmp_path / "sealstone.db", busy_timeout=0.2, durable=True)
    with opened.writing() as tx:
        accounts.add(tx, Account(ACCOUNT, NOW))
    yield opened
    opened.close()


def certificate(number: int = 1, *, name: str = "", path: str = "/", account_id: str = ACCOUNT) -> ServerCertificate:
    return ServerCertificate(
        account_id=account_id,
        unique_id=f"ASCA{number:017d}",
        name=name or f"name-{number:05d}",
        path=path,
        certificate_body="body",
        certificate_chain="chain" if number % 2 else None,
        fingerprint="00",
        not_after=NOW,
        upload_date=NOW,
    )


def signing(number: int = 1, *, user_id: str | None = "AIDA1") -> SigningCertificate:
    return SigningCertificate(
        account_id=ACCOUNT,
        user_id=user_id,
        certificate_id=f"{number:032d}",
        certificate_body="body",
        fingerprint=f"{number:064x}",
        serial_number=number,
        not_before=NOW,
        not_after=NOW,
        status=Status.ACTIVE,
        upload_date=NOW,
    )


def record(number: int = 1, *, account_id: str = ACCOUNT) -> AuditRecord:
    return AuditRecord(
        at=NOW.replace(microsecond=number),
        account_id=account_id,
        principal="arn",
        access_key_id="AKIA",
        service="iam",
        operation="GetUser",
        resources=("r",),
        parameters={"Number": number, "When": NOW},
        source_ip="127.0.0.1",
        user_agent="x",
        request_id="id",
        outcome="ok",
    )
