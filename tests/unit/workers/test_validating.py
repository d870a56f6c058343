"""Domains are looked at in the DNS, over HTTP and by mail: what shows control and what does not."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.issuing import ACCOUNT, REGION, Issuance
from tests.pki import NOW

from sealstone.model import approval
from sealstone.model.balancing import Balancing
from sealstone.model.certificate import Certificate
from sealstone.model.certificate_request import DomainValidation, Stage, ValidationMethod, ValidationStatus
from sealstone.model.identity import Account
from sealstone.probe import mail, token
from sealstone.probe.domain_names import Resolver
from sealstone.probe.problems import (
    FetchFailed,
    MailFailed,
    MailRefused,
    MailUnconfirmed,
    NotLookedUp,
    ProbeProblem,
)
from sealstone.store import accounts, certificate_requests, certificates, validation_approvals
from sealstone.workers import validating
from sealstone.workers.own_addresses import OwnAddresses
from sealstone.workers.validating import DomainValidator, Mail

PENDING, SUCCESS, FAILED = ValidationStatus.PENDING_VALIDATION, ValidationStatus.SUCCESS, ValidationStatus.FAILED
URL = "https://seal.example/approve"
LEFT, RIGHT = "_left.{}.", "_Right.validations.example."


class Names(Resolver):
    """A resolver that says what it is told."""

    def __init__(self) -> None:
        super().__init__(["192.0.2.53"])
        self.told: dict[str, tuple[str, ...]] = {}
        self.hosts: dict[str, tuple[str, ...]] = {}
        self.asked: list[str] = []
        self.at: list[float] = [0.0]

    def aliases(self, name: str) -> Iterator[str]:
        """A name that ends in `away` is not answered about."""
        self.asked.append(name)
        if name.endswith("away."):
            self.at[0] += 4
            raise NotLookedUp(name, "nobody answers")
        yield from self.told.get(name, ())

    def addresses(self, host: str, _port: int = 0) -> tuple[str, ...]:
        """As told."""
        return self.hosts[host]


class Scene:
    """A certificate with domains, and whoever looks at them."""

    def __init__(self, house: Issuance) -> None:
        self.house, self.names = house, Names()
        self.sent: list[tuple[tuple[str, ...], str, str]] = []
        self.written: list[tuple[tuple[str, ...], str, str]] = []
        """Those too that end in the fault."""
        self.fault: Exception | None = None
        self.chances = self.first = 0
        """Which domain is the first to be looked at."""
        self.validator = self.made(Mail(self.post, URL))

    def made(self, mail: Mail) -> DomainValidator:
        own = OwnAddresses(self.house.store, Balancing(("127.0.0.1",)))
        return DomainValidator(
            self.house.store, self.names, mail, self.chance, own, http_port=8080, clock=lambda: self.names.at[0]
        )

    def chance(self, size: int) -> bytes:
        self.chances += 1
        return bytes([self.first if size == 1 else self.chances]) * size

    def post(self, to: Sequence[str], subject: str, text: str) -> None:
        self.written.append((tuple(to), subject, text))
        if self.fault:
            raise self.fault
        self.sent.append((tuple(to), subject, text))

    def certificate(self, *validations: DomainValidation, stage: Stage = Stage.VALIDATING) -> Certificate:
        """Stored, with these in the place of its own."""
        one = self.house.ask("c", stage=Stage.VALIDATING, method=ValidationMethod.DNS)
        return self.saved(one, validations, stage)

    def saved(
        self, one: Certificate, validations: tuple[DomainValidation, ...], stage: Stage = Stage.VALIDATING
    ) -> Certificate:
        assert one.request is not None
        with self.house.store.writing() as tx:
            certificate_requests.save(tx, one, one.request.changed(validations=validations, stage=stage))
        return self.house.of("c")

    def looked(self, certificate: Certificate, later: timedelta = timedelta(0)) -> tuple[list[ValidationStatus], str]:
        found, reason = self.validator.checked(certificate, NOW + later)
        return [one.status for one in found], reason

    def questions(self) -> int:
        """How many are stored, of all certificates."""
        with closing(sqlite3.connect(self.house.path)) as store:
            return int(store.execute("SELECT count(*) FROM validation_approvals").fetchone()[0])

    def answer(self, text: str, *, approved: bool) -> None:
        """Whoever got the mail answers."""
        secret = text.partition(f"{URL}/")[2].split()[0]
        with self.house.store.writing() as tx:
            assert validation_approvals.answer(tx, approval.digest(secret), NOW, approved)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Without certificates."""
    house = Issuance(tmp_path)
    yield Scene(house)
    house.close()


def by_record(host: str, status: ValidationStatus = PENDING) -> DomainValidation:
    return DomainValidation(
        *(host, host, ValidationMethod.DNS, status),
        record_name=LEFT.format(host.removeprefix("*.")),
        record_value=RIGHT,
    )


def by_mail(host: str, **more: Any) -> DomainValidation:
    return DomainValidation(host, host, ValidationMethod.EMAIL, emails=(f"admin@{host}", f"webmaster@{host}"), **more)


def over_http(host: str, name: str = "t0k") -> DomainValidation:
    return DomainValidation(host, host, ValidationMethod.HTTP, token=name, redirect_to=f"http://seal.example/{name}")


def test_what_was_not_requested_has_nothing_to_look_at(scene: Scene) -> None:
    one = scene.certificate()
    assert scene.validator.checked(one, NOW) == ((), "")
    assert scene.validator.checked(replace(one, request=None), NOW) == ((), "")


# --- DNS ---


def test_a_record_shows_control_of_all_names_that_share_it(scene: Scene) -> None:
    one = scene.certificate(by_record("a.example"), by_record("*.a.example"), by_record("b.example"))
    reason = "there is no CNAME record _left.{}."
    both = [reason.format(host) for host in ("a.example", "b.example")]
    assert scene.looked(one) == ([PENDING] * 3, "; ".join(both))
    scene.names.told["_left.a.example."] = (RIGHT.lower(),)
    scene.names.asked.clear()
    assert scene.looked(one) == ([SUCCESS, SUCCESS, PENDING], both[1])
    assert scene.names.asked == ["_left.a.example.", "_left.b.example."]


def test_an_alias_of_an_alias_counts_and_another_does_not(scene: Scene) -> None:
    one = scene.certificate(by_record("a.example"))
    scene.names.told["_left.a.example."] = ("else.example.", "where.example.")
    told = f"the CNAME record _left.a.example. leads elsewhere than to {RIGHT}"
    assert scene.looked(one) == ([PENDING], told)
    scene.names.told["_left.a.example."] = ("else.example.", RIGHT.lower())
    assert scene.looked(one) == ([SUCCESS], "")


def test_name_servers_that_do_not_answer_are_told_of(scene: Scene) -> None:
    one = scene.certificate(by_record("away"), by_record("a.example"))
    scene.names.told["_left.a.example."] = (RIGHT.lower(),)
    assert scene.looked(one) == ([PENDING, SUCCESS], "_left.away. could not be looked up: nobody answers")


def test_what_is_validated_is_not_looked_at_again(scene: Scene) -> None:
    one = scene.certificate(by_record("a.example", SUCCESS), by_record("b.example", FAILED))
    assert scene.looked(one) == ([SUCCESS, FAILED], "")
    assert scene.names.asked == []


def test_domains_that_never_answer_hold_up_no_others_for_long(scene: Scene) -> None:
    names = [*(f"a{number}.away" for number in range(6)), "b.example"]
    one = scene.certificate(*map(by_record, names))
    scene.names.told["_left.b.example."] = (RIGHT.lower(),)
    statuses, reason = scene.looked(one)
    assert (statuses, len(scene.names.asked)) == ([PENDING] * 7, 3)
    assert reason.endswith("; there was no time to look at all of the domains; the others come next")
    scene.first = 7 * 5 + 4  # the fifth of seven
    scene.names.asked.clear()
    statuses, _ = scene.looked(one)
    assert statuses == [PENDING] * 6 + [SUCCESS]
    assert scene.names.asked == [f"_left.{name}." for name in ("a4.away", "a5.away", "b.example", "a0.away")]


def test_of_many_reasons_a_few_are_told(scene: Scene) -> None:
    _, reason = scene.looked(scene.certificate(*(by_record(f"a{number}.example") for number in range(100))))
    assert reason.startswith("there is no CNAME record _left.a0.example.; ")
    assert reason.endswith("_left.a4.example.; and 95 more")


# --- HTTP ---


def test_a_token_is_asked_for(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(token, "check", lambda *args, **options: asked.append((args, options)))
    one = scene.certificate(over_http("a.example"))
    with scene.house.store.writing() as tx:
        certificate_requests.add_token(tx, one, "t0k", "b0dy")
    assert scene.looked(one) == ([SUCCESS], "")
    ((arguments, options),) = asked
    assert arguments == ("a.example", "/.well-known/pki-validation/t0k.txt", "b0dy")
    doubt = options.pop("doubt")
    assert doubt("127.0.0.1") == ""  # there is one account at most
    assert options == {
        "port": 8080,
        "redirect_to": "http://seal.example/t0k",
        "resolve": scene.names.addresses,
    }


def test_a_host_without_the_token_is_told_of(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(host: str, *_arguments: object, **_options: object) -> None:
        raise FetchFailed(f"http://{host}/", "no")

    monkeypatch.setattr(token, "check", failing)
    one = scene.certificate(over_http("a.example", "t1"), over_http("b.example", "t2"))
    with scene.house.store.writing() as tx:
        certificate_requests.add_token(tx, one, "t1", "b0dy")
    reasons = "nothing was got from http://a.example/: no; the token for b.example is gone"
    assert scene.looked(one) == ([PENDING, PENDING], reasons)


def test_an_address_that_accounts_share_shows_nothing_and_the_log_tells_it_once(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    with scene.house.store.writing() as tx:
        for account_id in (ACCOUNT, "210987654321"):
            accounts.add(tx, Account(account_id, NOW))
    scene.names.hosts = {"a.example": ("127.0.0.1",), "b.example": ("127.0.0.1",)}
    one = scene.certificate(over_http("a.example", "t1"), over_http("b.example", "t2"))
    with scene.house.store.writing() as tx:
        for name in ("t1", "t2"):
            certificate_requests.add_token(tx, one, name, "b0dy")
    statuses, reason = scene.looked(one)
    assert statuses == [PENDING, PENDING]
    told = "leads to 127.0.0.1, and what answers there shows nothing: it is one of listener_addresses and not"
    for part in (f"a.example {told}", f"b.example {told}", "; validate it by DNS, or give the setting listener_"):
        assert part in reason
    assert caplog.messages == [f"{one.arn} is not validated: {reason}"]
    assert one.request is not None
    with scene.house.store.writing() as tx:
        certificate_requests.save(tx, one, one.request.changed(explanation=reason))
    assert scene.looked(scene.house.of("c")) == (statuses, reason)
    assert len(caplog.messages) == 1


def test_a_token_of_another_certificate_shows_nothing(scene: Scene) -> None:
    other = scene.house.ask("other", stage=Stage.VALIDATING, method=ValidationMethod.HTTP)
    with scene.house.store.writing() as tx:
        certificate_requests.add_token(tx, other, "t0k", "b0dy")
    assert scene.looked(scene.certificate(over_http("a.example"))) == ([PENDING], "the token for a.example is gone")


# --- mail ---


def test_mailboxes_are_written_to_once(scene: Scene) -> None:
    one = scene.certificate(by_mail("*.a.example"))
    found, reason = scene.validator.checked(one, NOW)
    assert (found[0].status, found[0].sent_at) == (PENDING, NOW)
    assert reason == "nobody has answered the mail about *.a.example yet"
    ((to, subject, text),) = scene.sent
    assert to == ("admin@*.a.example", "webmaster@*.a.example")
    assert subject == "Certificate request for *.a.example"
    for part in (
        ACCOUNT,
        REGION,
        one.arn,
        "If you are responsible for a.example,",
        "2026-11-24 12:00 UTC",
        f"\n{URL}/",
    ):
        assert part in text
    one = scene.saved(one, found)
    assert scene.validator.checked(one, NOW + timedelta(hours=1)) == (found, reason)
    assert len(scene.sent) == 1


def test_the_token_of_a_mail_is_nowhere_else(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    scene.looked(scene.certificate(by_mail("a.example")))
    secret = scene.sent[0][2].partition(f"{URL}/")[2].split()[0]
    assert len(secret) == 43
    assert secret not in caplog.text
    assert "asked the owners of a.example" in caplog.text
    with scene.house.store.reading() as tx:
        asked = validation_approvals.of(tx, approval.digest(secret))
        assert validation_approvals.of(tx, secret) is None
    assert asked is not None
    assert (asked.domain_name, asked.email, asked.unique_id) == ("a.example", "admin@a.example", "c")
    assert asked.expires_at == NOW + timedelta(hours=72)


def test_a_mail_that_is_sent_again_ends_with_the_request(scene: Scene) -> None:
    """Of a renewal, which does not time out, each mail has its own time."""
    one = scene.certificate(by_mail("a.example"))
    scene.looked(one, timedelta(hours=70))
    assert "before 2026-11-24 12:00 UTC" in scene.sent[0][2]
    scene.looked(scene.saved(one, (by_mail("a.example"),), Stage.ISSUED), timedelta(hours=70))
    assert "before 2026-11-27 10:00 UTC" in scene.sent[1][2]


@pytest.mark.parametrize("approved", [True, False])
def test_an_answer_settles_it(scene: Scene, approved: bool) -> None:
    one = scene.certificate(by_mail("a.example"), by_mail("b.example"))
    found, _ = scene.validator.checked(one, NOW)
    scene.answer(scene.sent[1][2], approved=approved)
    statuses, reason = scene.looked(scene.saved(one, found))
    assert statuses == [PENDING, SUCCESS if approved else FAILED]
    assert ("the owner of b.example declined" in reason) is not approved
    assert "nobody has answered the mail about a.example yet" in reason
    assert len(scene.sent) == 2


def test_without_a_mail_server_nobody_is_asked(scene: Scene) -> None:
    scene.validator = scene.made(Mail(None, URL))
    one = scene.certificate(by_mail("a.example"))
    assert scene.looked(one) == ([PENDING], "no mail server is set (smtp_server), so nobody was asked")


@pytest.mark.parametrize("fault", [MailFailed("mail.example", 25, "451 later"), MailRefused("there is no password")])
def test_a_mail_that_is_not_taken_is_sent_again(scene: Scene, fault: ProbeProblem) -> None:
    scene.fault = fault
    one = scene.certificate(by_mail("a.example"))
    found, reason = scene.validator.checked(one, NOW)
    assert found[0].sent_at is None
    assert reason == fault.cause
    assert scene.questions() == 0  # nobody was asked
    scene.fault = None
    scene.looked(one)
    assert (len(scene.sent), scene.questions()) == (1, 1)


def test_a_mail_that_may_have_been_taken_leads_somewhere(scene: Scene) -> None:
    """It is sent again, and the links of the last ones are as good as the newest."""
    scene.fault = MailUnconfirmed("mail.example", 25, "it did not answer in time")
    one = scene.certificate(by_mail("a.example"), by_mail("b.example"))
    for minutes in range(5):
        found, reason = scene.validator.checked(one, NOW + timedelta(minutes=minutes))
        assert [each.sent_at for each in found] == [None, None]
        assert "may arrive or not: it did not answer in time" in reason
        assert scene.questions() == 2 * min(minutes + 1, 3)
    about_a = [text for _, subject, text in scene.written if subject.endswith(" a.example")]
    with pytest.raises(AssertionError):
        scene.answer(about_a[1], approved=True)
    scene.answer(about_a[2], approved=True)
    assert scene.looked(one, timedelta(hours=1))[0] == [SUCCESS, PENDING]


def test_a_conversation_ends_before_the_lease_does() -> None:
    assert timedelta(seconds=validating._AT_MOST + mail.LONGEST) < certificate_requests.LEASE


@pytest.mark.parametrize(
    ("asked", "reason"),
    [(over_http("a.example"), "the token for a.example is gone"), (by_mail("a.example"), "it was deleted meanwhile")],
)
def test_deleted_meanwhile(scene: Scene, asked: DomainValidation, reason: str) -> None:
    one = scene.certificate(asked)
    with scene.house.store.writing() as tx:
        certificate_requests.remove(tx, one)
        certificates.remove(tx, one)
    assert scene.looked(one) == ([PENDING], reason)
    assert (scene.sent, scene.questions()) == ([], 0)
