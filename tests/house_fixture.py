"""The whole core over a SQLite file, with a clock that stands, chance that repeats itself and no sockets.

    world = World(tmp_path)
    world.ask("iam", {"Action": "ListUsers"}).parsed["Users"]
    bob = world.user("bob", allow("iam:GetServerCertificate", "*"))
    world.ask("iam", {"Action": "ListUsers"}, key=bob).code

Every world is the same to the byte: two questions put to two fresh worlds get one answer. A question goes the whole
way, signed by botocore's signer, through `Endpoint.handle`, and is read back by botocore's parser.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch
from urllib.parse import urlencode, urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.parsers import create_parser
from tests.databases import migrated
from tests.pki import NOW

from sealstone.endpoint.handle import Endpoint
from sealstone.endpoint.request import Request, Response
from sealstone.endpoint.route import Routes
from sealstone.model.audit import AuditRecord
from sealstone.model.identity import AccessKey, Account, InlinePolicy, LastUse, Status, User
from sealstone.model.instance import Instance
from sealstone.model.quotas import ALL as QUOTAS
from sealstone.model.secret import Secret
from sealstone.operations.call import House
from sealstone.operations.catalog import operations
from sealstone.operations.service_model import service as service_model
from sealstone.seal.envelope import Keyring, MasterKeys
from sealstone.store import access_keys, accounts, audit, instances, quotas, user_policies, users
from sealstone.store.engine import Store

ACCOUNT: Final = "123456789012"
OTHER_ACCOUNT: Final = "210987654321"
HOST: Final = "iam.example.com"
SOURCE: Final = "192.0.2.7"
WINDOW: Final = 900
FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"
VERSIONS: Final = {"iam": "2010-05-08", "sts": "2011-06-15", "elb": "2012-06-01", "elbv2": "2015-12-01"}
# Services whose name in credential scopes is another than their model's.
SIGNED_AS: Final = {"elb": "elasticloadbalancing", "elbv2": "elasticloadbalancing"}


@dataclass(frozen=True)
class Key:
    """An access key that can sign. `made_up` gives one that no store knows."""

    access_key_id: str
    secret: str = field(repr=False)
    token: str | None = None

    @classmethod
    def made_up(cls, name: str) -> "Key":
        """The same key for the same name, always."""
        digest = sha256(name.encode()).digest()
        key_id = "AKIA" + base64.b32encode(digest)[:16].decode()
        return cls(key_id, base64.b64encode(digest[:30]).decode())


class Chance:
    """Bytes that look random and repeat: the n-th call for a length gives the same bytes in every world.

    Lengths count apart, so that request ids, entity ids and secrets do not depend on each other's number.
    """

    def __init__(self) -> None:
        self._calls: dict[int, int] = {}

    def __call__(self, length: int) -> bytes:
        """That many bytes."""
        number = self._calls[length] = self._calls.get(length, 0) + 1
        text = f"{length} {number} ".encode()
        return b"".join(sha256(text + bytes([block])).digest() for block in range(length // 32 + 1))[:length]


@dataclass
class Clock:
    """Stands still until it is told."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        """What it says."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Later, or earlier."""
        self.now += timedelta(seconds=seconds)


@dataclass
class Collector:
    """A recorder that keeps what it is given until it is asked to write it."""

    records: list[AuditRecord] = field(default_factory=list)
    uses: list[LastUse] = field(default_factory=list)
    full: bool = False

    def record(self, record: AuditRecord) -> None:
        """Keep one audit record."""
        self.records.append(record)

    def used(self, use: LastUse) -> None:
        """Keep one use."""
        self.uses.append(use)

    def write(self, store: Store) -> None:
        """Store the uses, as the real recorder does within a second."""
        with store.writing() as tx:
            access_keys.record_uses(tx, {use.access_key_id: use for use in self.uses}.values())


@dataclass(frozen=True)
class Answer:
    """One response, as bytes and as botocore's parser reads it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    parsed: Mapping[str, Any]

    @property
    def code(self) -> str:
        """The error code, or an empty text."""
        return str(self.parsed.get("Error", {}).get("Code", ""))

    @property
    def message(self) -> str:
        """The error message, or an empty text."""
        return str(self.parsed.get("Error", {}).get("Message", ""))


def allow(action: str | list[str], resource: str | list[str], **more: object) -> dict[str, object]:
    """A policy of one statement; `Effect` may be given to deny."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource} | more
    return {"Version": "2012-10-17", "Statement": [statement]}


ALLOW_ALL: Final = allow("*", "*")


class World:
    """A house with an account, its root and an administrator, and its AWS door."""

    def __init__(self, directory: Path, *, clock_window: int = WINDOW) -> None:
        self.path = directory / "sealstone.db"
        self.store = migrated(self.path)
        self.clock, self.chance, self.recorder = Clock(), Chance(), Collector()
        self.keyring = Keyring(MasterKeys({"00" * 8: Secret(bytes(32))}, "00" * 8), Chance())
        self.house = House(
            self.store, self.keyring, self.keyring.derive("audit"), self.recorder, self.clock, self.chance
        )
        # The codecs of every operation take longer than most tests: compiled once a process, and nothing changes them.
        routes = _routes()
        with patch.object(Routes, "compiled", lambda _operations: routes):
            self.endpoint = Endpoint(self.house, (), clock_window=clock_window)
        self.root = self.account(ACCOUNT)
        self.administrator = self.user("administrator", ALLOW_ALL)

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def account(self, account_id: str) -> Key:
        """An account and the key of its root."""
        with self.store.writing() as tx:
            accounts.add(tx, Account(account_id, NOW))
        return self.key(account_id, None, f"root of {account_id}")

    def user(
        self,
        name: str,
        *policies: Mapping[str, object],
        path: str = "/",
        tags: Mapping[str, str] | None = None,
        account_id: str = ACCOUNT,
    ) -> Key:
        """A user with these inline policies (named policy-1 and so on), and a key."""
        unique_id = "AIDA" + base64.b32encode(sha256(name.encode()).digest())[:17].decode()
        with self.store.writing() as tx:
            users.add(tx, User(account_id, unique_id, name, path, NOW, tags or {}))
            for number, policy in enumerate(policies, start=1):
                text = json.dumps(policy)
                user_policies.put(tx, InlinePolicy(account_id, unique_id, f"policy-{number}", text))
        return self.key(account_id, unique_id, name)

    def key(self, account_id: str, user_id: str | None, name: str) -> Key:
        """A further key, made from `name`."""
        made = Key.made_up(name)
        record = AccessKey(account_id, made.access_key_id, user_id, Status.ACTIVE, NOW)
        with self.store.writing() as tx:
            access_keys.add(tx, record, self.keyring.seal(Secret(made.secret.encode()), bound_to=record.bound_to))
        return made

    def quota(self, name: str, value: int) -> None:
        """Give the account a quota of its own."""
        with self.store.writing() as tx:
            quotas.set_value(tx, ACCOUNT, QUOTAS[name], value)

    def instance(self, instance_id: str, address: str) -> None:
        """What `sealstone instance add` does."""
        with self.store.writing() as tx:
            instances.add(tx, Instance(ACCOUNT, instance_id, address))

    def audited(self, count: int = 1000) -> tuple[AuditRecord, ...]:
        """The stored audit records, oldest first, then those the recorder holds."""
        with self.store.reading() as tx:
            stored = audit.tail(tx, count)
        return (*stored, *self.recorder.records)

    def ask(self, service: str, parameters: Mapping[str, str], *, key: Key | None = None, **how: Any) -> Answer:
        """Sign (as the administrator unless told otherwise), handle, parse. `how` as for `signed`."""
        how.setdefault("at", self.clock.now)
        request = signed(service, parameters, key or self.administrator, **how)
        return read(self.endpoint.handle(request), service, parameters.get("Action", ""))

    def done(self, service: str, parameters: Mapping[str, str], **how: Any) -> Mapping[str, Any]:
        """The same, which must succeed."""
        answer = self.ask(service, parameters, **how)
        assert answer.status == 200, answer
        return answer.parsed


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A fresh world."""
    fresh = World(tmp_path)
    yield fresh
    fresh.close()


def signed(
    service: str,
    parameters: Mapping[str, str] | bytes,
    key: Key,
    *,
    region: str = "us-east-1",
    method: str = "POST",
    headers: Iterable[tuple[str, str]] = (),
    at: datetime = NOW,
    presigned: int | None = None,
    secure: bool = False,
    source_ip: str = SOURCE,
) -> Request:
    """A request as it arrives, signed by botocore: in the header, or in the query for `presigned` seconds.

    `parameters` get the service's Version unless they have one; bytes are a body as it is. GET puts them in the query.
    """
    body = parameters if isinstance(parameters, bytes) else form(service, parameters)
    in_query = method == "GET"
    target, content = (f"/?{body.decode()}", b"") if in_query else ("/", body)
    unsigned = AWSRequest(method, f"https://{HOST}{target}", data=content)
    for name, value in (({} if in_query else {"content-type": FORM}) | dict(headers)).items():
        unsigned.headers.add_header(name, value)
    credentials = Credentials(key.access_key_id, key.secret, key.token)
    scope = SIGNED_AS.get(service, service)
    signer = (
        SigV4Auth(credentials, scope, region)
        if presigned is None
        else SigV4QueryAuth(credentials, scope, region, expires=presigned)
    )
    with patch("botocore.auth.get_current_datetime", lambda *_: at):
        signer.add_auth(unsigned)
    parts = urlsplit(unsigned.url)
    received = [("host", HOST), *((name.lower(), _text(value)) for name, value in unsigned.headers.items())]
    return Request(method, parts.path or "/", parts.query, tuple(received), content, source_ip, secure)


def form(service: str, parameters: Mapping[str, str]) -> bytes:
    """The body of a query-protocol request."""
    version = {} if "Version" in parameters else {"Version": VERSIONS.get(service, "2010-05-08")}
    return urlencode({**parameters, **version}).encode()


def read(response: Response, service: str, action: str) -> Answer:
    """The response with what botocore's parser makes of it; JSON errors are read as JSON."""
    headers = dict(response.headers)
    raw = {"status_code": response.status, "headers": headers, "body": response.body}
    json_form = headers["content-type"].startswith("application/x-amz-json")
    model = service_model("acm" if json_form else service)
    shape = model.operation_model(action).output_shape if action in model.operation_names else None
    parsed = create_parser("json" if json_form else "query").parse(raw, shape)
    return Answer(response.status, headers, response.body, parsed)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


@cache
def _routes() -> Routes:
    return Routes.compiled(operations())
