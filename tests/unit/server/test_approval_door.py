"""The page of an approval: what it shows, that only a button answers, once, in time, and what is recorded of it."""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.databases import migrated
from tests.house_fixture import Chance, Clock
from tests.pki import NOW
from tests.unit.store.test_certificate_metrics import ISSUED, REQUEST

from sealstone.endpoint.request import Request, Response
from sealstone.model import approval
from sealstone.model.approval import Approval
from sealstone.model.certificate import CertificateType
from sealstone.model.certificate_request import OUTSIDE
from sealstone.model.identity import Account
from sealstone.model.secret import Secret
from sealstone.server.approval_door import ApprovalDoor
from sealstone.store import (
    accounts,
    audit,
    certificate_requests,
    certificates,
    validation_approvals,
)
from sealstone.store.engine import Store
from sealstone.store.faults import StoreFailed

TOKEN = approval.new_token(lambda length: b"\xa5" * length)
FORM = "application/x-www-form-urlencoded"
KEY = Secret(b"k" * 32)
PLACE = (ISSUED.account_id, ISSUED.region, ISSUED.unique_id)
PENDING = replace(ISSUED, kind=CertificateType.AMAZON_ISSUED, content=None, imported_at=None, request=REQUEST)


class Door:
    """A door over a store with one question."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock = store, Clock()
        self.door = ApprovalDoor(store, KEY, self.clock, Chance())
        with store.writing() as tx:
            accounts.add(tx, Account(ISSUED.account_id, NOW))
            certificates.add(tx, PENDING)
            certificate_requests.add(tx, PENDING, REQUEST, due_at=NOW + timedelta(hours=1))
        self.ask(TOKEN, "*.example.com")

    def ask(self, token: str, domain_name: str) -> None:
        asked = Approval(
            approval.digest(token), *PLACE, domain_name, "admin@example.com", NOW, NOW + timedelta(hours=72)
        )
        with self.store.writing() as tx:
            validation_approvals.add(tx, asked)

    def see(self, token: str = TOKEN, method: str = "GET") -> Response:
        return self.door.answer(Request(method, f"/approve/{token}", "", (), b"", "192.0.2.1"))

    def press(self, body: bytes, token: str = TOKEN, kind: str = FORM) -> Response:
        headers = (("content-type", kind), ("user-agent", "Browser" * 100))
        return self.door.answer(Request("POST", f"/approve/{token}", "", headers, body, "192.0.2.1"))

    def answers(self) -> dict[str, bool]:
        with self.store.reading() as tx:
            return validation_approvals.answers(tx, *PLACE)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """One question, not answered yet."""
    store = migrated(tmp_path / "sealstone.db")
    yield Door(store)
    store.close()


def test_looking_at_the_page_answers_nothing(door: Door) -> None:
    assert [door.see(method=method).status for method in ("GET", "HEAD", "GET")] == [200, 200, 200]
    page = door.see()
    text = page.body.decode()
    for part in ("*.example.com", "a.example", ISSUED.account_id, ISSUED.region, PENDING.arn, "2026-"):
        assert part in text
    assert re.findall(r'<button name="answer" value="(\w+)">(\w+)<', text) == [
        ("approve", "Approve"),
        ("decline", "Decline"),
    ]
    assert TOKEN not in text
    assert not re.search(r"<script|style=|url\(|@import|src=|href=| on\w+=", text)
    assert door.answers() == {}


@pytest.mark.parametrize(("button", "approved"), [(b"approve", True), (b"decline", False)])
def test_a_button_answers_once(door: Door, button: bytes, approved: bool) -> None:
    page = door.press(b"answer=" + button)
    assert page.status == 200
    assert (b"Approved" in page.body) is approved
    assert door.answers() == {"*.example.com": approved}
    other = b"decline" if approved else b"approve"
    assert [door.press(b"answer=" + other).status, door.see().status] == [410, 410]
    assert door.answers() == {"*.example.com": approved}


def test_an_answer_is_recorded_and_wakes_the_worker(door: Door) -> None:
    door.clock.advance(60)
    door.press(b"answer=approve")
    with door.store.reading() as tx:
        (record,) = audit.tail(tx, 10)
        woken = certificate_requests.due(tx, door.clock.now, 10, OUTSIDE)
        assert [one.unique_id for one in woken] == [ISSUED.unique_id]
    assert (record.operation, record.principal, record.resources) == (
        "AnswerValidation",
        "approval by mail",
        (PENDING.arn,),
    )
    assert record.parameters == {"DomainName": "*.example.com", "Email": "admin@example.com", "Approved": True}
    assert (record.source_ip, len(record.user_agent), record.at) == ("192.0.2.1", 200, door.clock.now)
    assert TOKEN not in str(record)


def test_another_question_about_the_same_domain_is_settled_too(door: Door) -> None:
    other = approval.new_token(lambda length: b"\x01" * length)
    door.ask(other, "*.example.com")
    assert door.see(other).status == 200
    door.press(b"answer=decline")
    assert [door.see(other).status, door.press(b"answer=approve", other).status] == [410, 410]
    assert door.answers() == {"*.example.com": False}


def test_it_ends_with_the_request(door: Door) -> None:
    door.clock.advance(72 * 3600)
    assert [door.see().status, door.press(b"answer=approve").status] == [410, 410]
    assert door.answers() == {}


@pytest.mark.parametrize("token", ["", "x", TOKEN[:-1], TOKEN + "A", "A" * 43, TOKEN + "/", approval.digest(TOKEN)])
def test_what_is_no_token_of_ours_finds_nothing(door: Door, token: str) -> None:
    pages = [door.see(token), door.press(b"answer=approve", token)]
    assert [page.status for page in pages] == [404, 404]
    assert pages[0].body == pages[1].body == door.see("A" * 43).body
    assert door.answers() == {}


def test_a_certificate_that_is_gone_is_asked_about_no_more(door: Door) -> None:
    with door.store.writing() as tx:
        certificates.remove(tx, PENDING)
    assert [door.see().status, door.press(b"answer=approve").status] == [404, 404]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", FORM),
        (b"answer=", FORM),
        (b"answer=yes", FORM),
        (b"answer=approve&answer=decline", FORM),
        (b"answer=approve&answer=approve", FORM),
        (b"answer=approve" + b"&a=b" * 100, FORM),
        (b"answer=approve", "text/plain"),
        (b"answer=approve", ""),
    ],
)
def test_what_no_button_sends_is_not_understood(door: Door, body: bytes, kind: str) -> None:
    assert door.press(body, kind=kind).status == 400
    assert door.answers() == {}


def test_browsers_say_their_charset(door: Door) -> None:
    assert door.press(b"answer=approve", kind=f"{FORM.upper()}; charset=utf-8").status == 200


def test_other_methods_are_told_which(door: Door) -> None:
    refused = door.see(method="PUT")
    assert (refused.status, dict(refused.headers)["allow"]) == (405, "GET, HEAD, POST")


def test_every_page_keeps_the_token_to_itself(door: Door) -> None:
    for page in (door.see(), door.see("x"), door.press(b""), door.see(method="PUT"), door.press(b"answer=approve")):
        headers = dict(page.headers)
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["content-type"] == "text/html; charset=utf-8"
        [style] = re.findall(rb"<style>(.*?)</style>", page.body)
        digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
        policy = "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        assert headers["content-security-policy"] == f"default-src 'none'; style-src 'sha256-{digest}'; {policy}"


def test_what_somebody_chose_is_escaped(tmp_path: Path) -> None:
    store = migrated(tmp_path / "sealstone.db")
    door = Door(store)
    name = "<b>&\"'\u202e\x1b</b>"
    evil = replace(PENDING, unique_id="evil", detail=replace(PENDING.detail, names=(name,)))
    token = approval.new_token(lambda length: b"\x02" * length)
    asked = Approval(approval.digest(token), *PLACE[:2], "evil", name, "a@example.com", NOW, NOW + timedelta(1))
    with store.writing() as tx:
        certificates.add(tx, evil)
        validation_approvals.add(tx, asked)
    text = door.see(token).body.decode()
    store.close()
    assert text.count("&lt;b&gt;&amp;&quot;&#x27;\\E2\\80\\AE\\1B&lt;/b&gt;") == 3
    assert name not in text


def test_a_store_that_fails_changes_nothing(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> None:
        raise StoreFailed("gone")

    monkeypatch.setattr(certificate_requests, "wake", failing)
    assert door.press(b"answer=approve").status == 503
    assert door.answers() == {}
    with door.store.reading() as tx:
        assert audit.tail(tx, 10) == ()
