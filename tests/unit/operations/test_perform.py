"""The one entrance: order, what a refusal leaves, and what of a call is ever written down."""

import threading
from collections.abc import Callable

import pytest
from tests.house_fixture import ACCOUNT, Key, World, allow, signed
from tests.pki import self_signed
from tests.sessions import ROOT, assumed, role, trusting

from sealstone.endpoint.request import Response
from sealstone.model.identity import InlinePolicy
from sealstone.store import access_keys, roles, user_policies, users
from sealstone.store.engine import Tx

LEAF = self_signed("build.example.com")
SMALL = self_signed("small.example.com")


def upload(**more: str) -> dict[str, str]:
    return {
        "Action": "UploadServerCertificate",
        "ServerCertificateName": "build",
        "CertificateBody": LEAF.certificate_pem,
        "PrivateKey": LEAF.private_key_pem,
    } | more


def test_without_rights_nobody_learns_whether_parameters_were_good(world: World) -> None:
    bob = world.user("bob", allow("iam:GetUser", "*"))
    for form in (upload(), upload(CertificateBody=""), {"Action": "UploadServerCertificate"}):
        answer = world.ask("iam", form, key=bob)
        assert (answer.status, answer.code) == (403, "AccessDenied")


def test_a_missing_and_an_existing_name_are_denied_alike(world: World) -> None:
    world.done("iam", upload())
    bob = world.user("bob", allow("iam:GetUser", "*"))
    texts = {
        world.ask("iam", {"Action": "GetServerCertificate", "ServerCertificateName": name}, key=bob).message.replace(
            name, "X"
        )
        for name in ("build", "nowhere")
    }
    assert len(texts) == 1


def test_a_write_is_audited_before_it_is_answered_and_a_read_soon_after(world: World) -> None:
    world.done("iam", upload())
    assert world.recorder.records == []
    (record,) = world.audited()
    assert (record.operation, record.outcome) == ("UploadServerCertificate", "ok")
    assert record.resources == (f"arn:aws:iam::{ACCOUNT}:server-certificate/build",)
    world.done("iam", {"Action": "GetServerCertificate", "ServerCertificateName": "build"})
    assert [item.operation for item in world.recorder.records] == ["GetServerCertificate"]


def test_a_refused_write_leaves_nothing_but_its_record(world: World) -> None:
    world.done("iam", upload())
    assert world.ask("iam", upload()).code == "EntityAlreadyExists"
    assert [item.outcome for item in world.audited()] == ["ok", "EntityAlreadyExists"]
    assert world.done("iam", {"Action": "GetAccountSummary"})["SummaryMap"]["ServerCertificates"] == 1


@pytest.mark.parametrize(
    "form",
    [
        upload(),
        upload(CertificateBody=SMALL.traditional_private_key_pem),
        upload(CertificateChain=SMALL.traditional_private_key_pem),
        upload(ServerCertificateName=SMALL.traditional_private_key_pem),
        upload(ServerCertificateName="".join(SMALL.traditional_private_key_pem.splitlines()[1:-1])),
        upload(Path=SMALL.traditional_private_key_pem),
        upload(**{"Tags.member.1.Key": "k", "Tags.member.1.Value": SMALL.traditional_private_key_pem}),
        {"Action": "GetUser", "UserName": SMALL.traditional_private_key_pem},
    ],
)
def test_no_key_is_written_down_whatever_field_it_was_put_in(world: World, form: dict[str, str]) -> None:
    world.ask("iam", form, headers=[("user-agent", SMALL.traditional_private_key_pem.replace("\n", " "))])
    written = repr(world.audited())
    for key in (LEAF, SMALL):
        for pem in (key.private_key_pem, key.traditional_private_key_pem):
            for line in pem.splitlines()[1:-1]:
                assert line not in written


@pytest.mark.parametrize("name", ["a" * 2_049, "a" * 1_000_000])
def test_what_is_too_large_is_refused_before_any_policy_is_asked(world: World, name: str) -> None:
    """In the same words for everybody: the names of nobody, of somebody without rights and of the administrator."""
    bob = world.user("bob", allow("iam:GetUser", [f"arn:aws:iam::*:user/*?{number}" for number in range(40)]))
    forms = [
        {"Action": "GetUser", "UserName": name},
        {"Action": "TagUser", "UserName": "bob", "Tags.member.1.Key": name, "Tags.member.1.Value": ""},
        {"Action": "UntagUser", "UserName": "bob", "TagKeys.member.1": name},
        {"Action": "UntagUser", "UserName": "bob"} | {f"TagKeys.member.{number}": "a" for number in range(1, 102)},
    ]
    for form in forms:
        answers = {(answer.code, answer.message) for answer in (world.ask("iam", form, key=key) for key in (None, bob))}
        assert [code for code, _ in answers] == ["ValidationError"]


def test_of_documents_no_length_is_asked_before_rights(world: World) -> None:
    form = {"Action": "PutUserPolicy", "UserName": "administrator", "PolicyName": "", "PolicyDocument": " " * 3_000}
    assert world.ask("iam", form, key=world.user("bob")).code == "AccessDenied"


CREATE = {"Action": "CreateUser", "UserName": "late"}


def waiting(
    world: World, key: Key, meanwhile: Callable[[Tx], None], form: dict[str, str] = CREATE, service: str = "iam"
) -> Response:
    """The answer to a write that waited while `meanwhile` was written."""
    request = signed(service, form, key, at=world.clock.now)
    answers: list[Response] = []
    reached, go_on = threading.Event(), threading.Event()
    writing = world.store.writing

    def late() -> object:
        reached.set()
        assert go_on.wait(60)
        return writing()

    def ask() -> None:
        answers.append(world.endpoint.handle(request))

    thread = threading.Thread(target=ask)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.store, "writing", late)
        thread.start()
        assert reached.wait(60)
    with world.store.writing() as tx:
        meanwhile(tx)
    go_on.set()
    thread.join()
    return answers[0]


def without_policy(tx: Tx) -> None:
    user = users.find(tx, ACCOUNT, "bob")
    assert user
    user_policies.remove(tx, InlinePolicy(ACCOUNT, user.unique_id, "policy-1", ""))


def without_role(tx: Tx) -> None:
    found = roles.find(tx, ACCOUNT, "maker")
    assert found
    roles.remove(tx, found)


def test_a_write_that_waited_is_done_with_present_rights(world: World) -> None:
    bob = world.user("bob", allow("iam:*", "*"))
    maker = assumed(world, role(world, "maker", trusting(ROOT), allow("iam:*", "*")))
    denied = waiting(world, bob, without_policy)
    assert (denied.status, b"<Code>AccessDenied</Code>" in denied.body) == (403, True)
    gone = waiting(world, bob, lambda tx: access_keys.remove(tx, bob.access_key_id))
    assert (gone.status, b"<Code>InvalidClientTokenId</Code>" in gone.body) == (403, True)
    key = world.user("ann")
    gone = waiting(
        world, key, lambda tx: access_keys.remove(tx, key.access_key_id), {"Action": "GetSessionToken"}, "sts"
    )
    assert b"<Message>The security token included in the request is invalid.</Message>" in gone.body
    assert waiting(world, maker, without_role).status == 403
    outcomes = [record.outcome for record in world.audited() if record.operation == "CreateUser"]
    assert outcomes == ["AccessDenied", "InvalidClientTokenId", "InvalidClientTokenId"]
    assert waiting(world, world.administrator, lambda _tx: None).status == 200
