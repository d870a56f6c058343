"""A Sealstone to measure: its server process, callers with one policy each, and a store filled without the API."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from tests import pki
from tests.bench.processes import Peer
from tests.bench.signed import Signer
from tests.server import SERVICE_QUOTA, Credentials, Server

from sealstone.model.server_certificate import ServerCertificate
from sealstone.store import accounts
from sealstone.store import server_certificates as stored
from sealstone.store.engine import Store
from sealstone.store.schema import SERVER_CERTIFICATE_KEYS, SERVER_CERTIFICATES

PATH: Final = "/bench/certificates/"
_BATCH: Final = 50_000
_START_WITHIN: Final = 120.0
# Audit records of reads are written within a second; what they cost belongs to the requests.
_SETTLES: Final = 1.2
# As long as a sealed RSA-2048 key in PKCS #8.
_SEALED_KEY: Final = b"\0" * 1_300
_NOON: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)


def material() -> dict[str, str]:
    """An RSA-2048 certificate with a chain of two, intermediate and root, RSA-2048 as well."""
    now = datetime.now(UTC)  # noqa: TID251 - the server under measurement lives by the real clock
    root = pki.Authority("Bench Root", key=pki.rsa_key(2048, 1), valid_at=now)
    intermediate = root.authority("Bench Intermediate", key=pki.rsa_key(2048, 2))
    leaf = intermediate.leaf("build.example.com", key=pki.rsa_key(2048, 3))
    return {
        "certificate": leaf.certificate_pem,
        "chain": leaf.chain_pem,
        "private_key": leaf.traditional_private_key_pem,
    }


@contextmanager
def served(directory: Path) -> Iterator[Server]:
    """A server on a port of its own, in a directory of its own; ended here."""
    server = Server(directory, measured=False)
    try:
        yield server.start(_START_WITHIN)
    finally:
        server.kill()


def peer(server: Server) -> Peer:
    """The process and its port."""
    return Peer(int(server.endpoint.rpartition(":")[2]), server.pid, _SETTLES)


def raise_quota(server: Server) -> str:
    """Room for all that the bench stores; the account's id."""
    account_id = server.credentials().account_id
    server.done("account", "quota", "set", account_id, SERVICE_QUOTA, "10000000")
    return account_id


def caller(server: Server, action: str, resource: str) -> Credentials:
    """A new user with one inline policy: one action on one resource, named below the account's certificates."""
    administrator = server.credentials()
    name = action.removeprefix("iam:")
    statement = {
        "Effect": "Allow",
        "Action": action,
        "Resource": f"arn:aws:iam::{administrator.account_id}:server-certificate{resource}",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    with server.client("iam", administrator) as iam:
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="bench", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(administrator.account_id, key["AccessKeyId"], key["SecretAccessKey"])


def signer(server: Server, who: Credentials) -> Signer:
    """Signs as that caller for that server."""
    return Signer(peer(server).port, who.access_key_id, who.secret_access_key)


def name_of(number: int) -> str:
    """Names of one length, so that answers have one length."""
    return f"bench-{number:07}"


def fill(server: Server, account_id: str, count: int, texts: Mapping[str, str] | None = None) -> None:
    """Put certificates into the store of a server, beside the API: with these texts, or without texts and keys.

    A listing reads neither texts nor keys; a million of them would only fill the disk.
    """
    store = Store.open(server.data / "sealstone.db", busy_timeout=60)
    try:
        for first in range(0, count, _BATCH):
            numbers = range(first, min(first + _BATCH, count))
            rows = [_row(account_id, number, texts) for number in numbers]
            with store.writing() as tx:
                tx.change(stored._ADD, *rows)
                if texts:
                    tx.change(stored._ADD_KEY, *(_key_row(row) for row in rows))
                accounts.count_server_certificates(tx, account_id, len(rows))
    finally:
        store.close()


def _row(account_id: str, number: int, texts: Mapping[str, str] | None) -> dict[str, Any]:
    certificate = ServerCertificate(
        account_id=account_id,
        unique_id=f"ASCABENCH{number:012}",
        name=name_of(number),
        path=PATH,
        certificate_body=texts["certificate"].strip() if texts else "-",
        certificate_chain=texts["chain"].strip() if texts else None,
        fingerprint=f"{number:064x}",
        not_after=_NOON + timedelta(days=365),
        upload_date=_NOON,
    )
    row = {"account_id": account_id, "unique_id": certificate.unique_id, **stored._values(certificate)}
    assert row.keys() == set(SERVER_CERTIFICATES.c.keys())
    return row


def _key_row(row: Mapping[str, Any]) -> dict[str, Any]:
    key = {name: row[name] for name in ("account_id", "unique_id")} | {"sealed_private_key": _SEALED_KEY}
    assert key.keys() == set(SERVER_CERTIFICATE_KEYS.c.keys())
    return key


def audited(server: Server) -> int:
    """How many records the audit chains hold, every one of them verified."""
    return sum(int(line.split()[1]) for line in server.done("audit", "verify").splitlines())
