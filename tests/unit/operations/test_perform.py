"""The one entrance: order, what a refusal leaves, and what of a call is ever written down."""

import pytest
from tests.house_fixture import ACCOUNT, World, allow
from tests.pki import self_signed

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
