"""A renewal by mail from its first question to its end: declined, left without an answer, and begun anew by its owner.

The operations go through the door, the mails into a list; the worker is a real one and its clock is moved.
"""

from collections.abc import Sequence
from datetime import timedelta

from tests.acm import asked, done
from tests.acm_requests import described, exportable, exported, issued, record, request_of
from tests.house_fixture import World
from tests.issuing import Authority

from sealstone.model import approval
from sealstone.model.balancing import Balancing
from sealstone.model.certificate_request import INSIDE, OUTSIDE
from sealstone.probe.domain_names import Resolver
from sealstone.store import certificate_requests, validation_approvals
from sealstone.workers.issuing import Issuing
from sealstone.workers.own_addresses import OwnAddresses
from sealstone.workers.validating import DomainValidator, Mail

URL = "https://seal.example/approve"
HOUR = timedelta(hours=1)
PENDING = "PENDING_VALIDATION"


class Scene:
    """A certificate for two domains that was exported, so that it may be renewed."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.mails: list[str] = []
        own_addresses = OwnAddresses(world.store, Balancing())
        validator = DomainValidator(
            world.store, Resolver(["192.0.2.53"]), Mail(self.post, URL), world.chance, own_addresses
        )
        authority = Authority(world.clock.now)
        self.worker = Issuing(
            world.store, world.keyring, lambda _: authority, validator, clock=world.clock, chance=world.chance
        )
        self.arn = exportable(world, ValidationMethod="EMAIL", SubjectAlternativeNames=["b.example"])
        issued(world, self.arn)
        exported(world, self.arn)

    def post(self, _to: Sequence[str], _subject: str, text: str) -> None:
        self.mails.append(text)

    def renew(self) -> str:
        """RenewCertificate; the code of a refusal."""
        code = asked(self.world, "RenewCertificate", {"CertificateArn": self.arn}).code
        self.pass_time(timedelta(seconds=1))
        return code

    def resend(self, name: str) -> None:
        sent = {"CertificateArn": self.arn, "Domain": name, "ValidationDomain": name}
        done(self.world, "ResendValidationEmail", sent)
        self.pass_time(timedelta(seconds=1))

    def answer(self, name: str, *, approved: bool) -> None:
        """Whoever got the last mail about the domain answers."""
        text = next(text for text in reversed(self.mails) if f"certificate for {name}." in text)
        secret = text.partition(f"{URL}/")[2].split()[0]
        certificate = record(self.world, self.arn)
        with self.world.store.writing() as tx:
            assert validation_approvals.answer(tx, approval.digest(secret), self.world.clock.now, approved)
            certificate_requests.wake(tx, certificate, self.world.clock.now)
        self.pass_time(timedelta(seconds=1))

    def pass_time(self, time: timedelta) -> None:
        for later in (time, 2 * timedelta(seconds=1)):
            self.world.clock.now += later
            while self.worker.round(OUTSIDE) + self.worker.round(INSIDE):
                pass

    @property
    def state(self) -> tuple[str, list[str]]:
        """Of the renewal and of each of its domains."""
        told = described(self.world, self.arn)["RenewalSummary"]
        return told["RenewalStatus"], [one["ValidationStatus"] for one in told["DomainValidationOptions"]]

    @property
    def is_renewed(self) -> bool:
        return record(self.world, self.arn).version == 2


def test_who_declined_is_asked_again_when_the_renewal_is_asked_for_again(world: World) -> None:
    scene = Scene(world)
    assert scene.renew() == ""
    assert (len(scene.mails), scene.state) == (2, (PENDING, [PENDING, PENDING]))
    assert scene.renew() == "RequestInProgressException"
    scene.answer("a.example", approved=True)
    scene.answer("b.example", approved=False)
    assert scene.state == ("FAILED", ["SUCCESS", "FAILED"])
    assert scene.renew() == ""
    assert (len(scene.mails), scene.state) == (4, (PENDING, [PENDING, PENDING]))
    for name in ("a.example", "b.example"):
        assert not scene.is_renewed
        scene.answer(name, approved=True)
    assert scene.is_renewed
    assert scene.state == ("SUCCESS", ["SUCCESS", "SUCCESS"])


def test_who_declined_is_asked_again_by_a_further_mail(world: World) -> None:
    scene = Scene(world)
    scene.renew()
    scene.answer("a.example", approved=True)
    scene.answer("b.example", approved=False)
    assert scene.state == ("FAILED", ["SUCCESS", "FAILED"])
    scene.resend("b.example")
    assert (len(scene.mails), scene.state) == (3, (PENDING, ["SUCCESS", PENDING]))
    scene.answer("b.example", approved=True)
    assert scene.is_renewed


def test_who_did_not_answer_in_time_is_asked_again(world: World) -> None:
    scene = Scene(world)
    scene.renew()
    scene.answer("a.example", approved=True)
    scene.pass_time(71 * HOUR)
    assert scene.renew() == "RequestInProgressException"
    scene.resend("b.example")
    assert (len(scene.mails), scene.state) == (3, (PENDING, ["SUCCESS", PENDING]))
    scene.pass_time(70 * HOUR)
    assert scene.renew() == "RequestInProgressException"
    scene.pass_time(2 * HOUR)
    assert scene.renew() == ""
    assert scene.state == (PENDING, [PENDING, PENDING])
    for name in ("a.example", "b.example"):
        scene.answer(name, approved=True)
    assert scene.is_renewed
    assert not request_of(world, scene.arn).renewal_wished
