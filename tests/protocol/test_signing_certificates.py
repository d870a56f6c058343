"""Signing certificates through the door: what goes in comes out, whose they are, and what must not be told."""

import json
from typing import Any

import pytest
from tests.house_fixture import ACCOUNT, OTHER_ACCOUNT, Key, World, allow
from tests.pki import NOW, Authority, Leaf, rsa_key, self_signed

from sealstone.model.identity import Status
from sealstone.store import signing_certificates as stored

BOB = {"UserName": "Bob"}
ONE, TWO, THREE = (self_signed(f"bob-{number}.example.com") for number in range(3))
ISSUED: Leaf = Authority("Root").authority("Intermediate").leaf("bob.example.com")
LIMIT = (409, "LimitExceeded", "Cannot exceed quota for CertificatesPerUser: 2")


def upload(certificate: Leaf = ONE, /, **more: str) -> dict[str, str]:
    return {"Action": "UploadSigningCertificate", "CertificateBody": certificate.certificate_pem} | more


def action(name: str, **parameters: str) -> dict[str, str]:
    return {"Action": f"{name}SigningCertificate", **parameters}


def listed(world: World, key: Key | None = None, /, **parameters: str) -> list[dict[str, Any]]:
    form = {"Action": "ListSigningCertificates", **parameters}
    found: list[dict[str, Any]] = world.done("iam", form, key=key)["Certificates"]
    return found


def uploaded(world: World, certificate: Leaf = ONE, key: Key | None = None, /, **more: str) -> dict[str, Any]:
    made: dict[str, Any] = world.done("iam", upload(certificate, **more), key=key)["Certificate"]
    return made


def refused(world: World, form: dict[str, str], key: Key | None = None) -> tuple[int, str, str]:
    answer = world.ask("iam", form, key=key)
    return answer.status, answer.code, answer.message


@pytest.fixture
def bob(world: World) -> Key:
    own = [f"iam:{verb}SigningCertificate" for verb in ("Upload", "Update", "Delete")]
    return world.user("Bob", allow([*own, "iam:ListSigningCertificates"], f"arn:aws:iam::{ACCOUNT}:user/Bob"))


@pytest.mark.parametrize(
    "text",
    [
        ONE.certificate_pem,
        ISSUED.certificate_pem.replace("\n", "\r\n"),
        f"\n\t{THREE.certificate_pem.strip()}  ",
    ],
)
def test_the_text_comes_back_to_the_byte(world: World, bob: Key, text: str) -> None:
    made = world.done("iam", upload(**BOB, CertificateBody=text))["Certificate"]
    assert made["CertificateBody"] == text
    assert (made["UserName"], made["Status"], made["UploadDate"]) == ("Bob", "Active", NOW)
    assert len(made["CertificateId"]) == 32
    assert listed(world, **BOB) == listed(world, bob) == [made]


def test_a_user_manages_its_own_and_no_other(world: World, bob: Key) -> None:
    made = uploaded(world, ONE, bob)
    named = {"CertificateId": made["CertificateId"]}
    world.done("iam", action("Update", **named, Status="Inactive"), key=bob)
    assert [item["Status"] for item in listed(world, **BOB)] == ["Inactive"]
    world.user("eve")
    for form in (
        upload(TWO, UserName="eve"),
        action("Update", **named, Status="Active", UserName="eve"),
        action("Delete", **named, UserName="eve"),
        {"Action": "ListSigningCertificates", "UserName": "eve"},
    ):
        assert refused(world, form, bob)[:2] == (403, "AccessDenied")
    world.done("iam", action("Delete", **named), key=bob)
    assert listed(world, bob) == []


@pytest.mark.parametrize("status", ["Expired", "active", "", "INACTIVE"])
def test_a_status_that_nobody_sets(world: World, bob: Key, status: str) -> None:
    made = uploaded(world, ONE, bob)
    form = action("Update", CertificateId=made["CertificateId"], Status=status)
    assert refused(world, form, bob)[:2] == (400, "ValidationError")
    assert listed(world, bob) == [made]


def test_the_administrator_s_own_are_not_bob_s(world: World, bob: Key) -> None:
    mine, his = uploaded(world), uploaded(world, TWO, bob)
    gone = f"The Certificate with id {his['CertificateId']} cannot be found."
    assert refused(world, action("Delete", CertificateId=his["CertificateId"])) == (404, "NoSuchEntity", gone)
    assert listed(world) == [mine]
    assert listed(world, **BOB) == [his]


def test_root_has_its_own_without_a_name(world: World) -> None:
    made = uploaded(world, ONE, world.root)
    assert "UserName" not in made
    summary = world.done("iam", {"Action": "GetAccountSummary"})["SummaryMap"]
    assert (summary["AccountSigningCertificatesPresent"], summary["SigningCertificatesPerUserQuota"]) == (1, 2)
    assert listed(world, world.root) == [made]
    assert listed(world) == []
    world.done("iam", action("Update", CertificateId=made["CertificateId"], Status="Inactive"), key=world.root)
    world.done("iam", action("Delete", CertificateId=made["CertificateId"]), key=world.root)
    summary = world.done("iam", {"Action": "GetAccountSummary"})["SummaryMap"]
    assert summary["AccountSigningCertificatesPresent"] == 0


def test_two_of_a_user_inactive_or_not(world: World, bob: Key) -> None:
    first = uploaded(world, ONE, bob)
    uploaded(world, TWO, bob)
    assert refused(world, upload(THREE), bob) == LIMIT
    world.done("iam", action("Update", CertificateId=first["CertificateId"], Status="Inactive"), key=bob)
    assert refused(world, upload(THREE, **BOB)) == LIMIT
    uploaded(world, THREE)
    world.done("iam", action("Delete", CertificateId=first["CertificateId"]), key=bob)
    assert uploaded(world, ONE, bob)["CertificateId"] != first["CertificateId"]


def test_a_certificate_belongs_to_one_of_all(world: World, bob: Key) -> None:
    """Whatever its text looks like, whether it is on, and in whichever account."""
    made = uploaded(world, ONE, bob)
    world.done("iam", action("Update", CertificateId=made["CertificateId"], Status="Inactive"), key=bob)
    stranger = world.account(OTHER_ACCOUNT)
    other_form = {"CertificateBody": ONE.certificate_pem.replace("\n", "\r\n")}
    for key, form in (
        (bob, upload()),
        (bob, upload(**other_form)),
        (world.administrator, upload()),
        (world.root, upload()),
        (stranger, upload()),
    ):
        status, code, message = refused(world, form, key)
        assert (status, code) == (409, "DuplicateCertificate")
        assert "Bob" not in message
        assert ACCOUNT not in message
    world.done("iam", action("Delete", CertificateId=made["CertificateId"]), key=bob)
    uploaded(world, ONE, stranger)


def test_the_user_goes_when_the_certificates_are_gone(world: World) -> None:
    world.done("iam", {"Action": "CreateUser", **BOB})
    made = uploaded(world, **BOB)
    sentence = "Cannot delete entity, must delete certificates first."
    assert refused(world, {"Action": "DeleteUser", **BOB}) == (409, "DeleteConflict", sentence)
    world.done("iam", action("Delete", CertificateId=made["CertificateId"], **BOB))
    world.done("iam", {"Action": "DeleteUser", **BOB})


def test_a_rename_keeps_them(world: World, bob: Key) -> None:
    made = uploaded(world, ONE, bob)
    world.done("iam", {"Action": "UpdateUser", **BOB, "NewUserName": "Rob", "NewPath": "/ops/"})
    assert listed(world, UserName="rob") == [made | {"UserName": "Rob"}]


def test_listing_in_pages(world: World, bob: Key) -> None:
    made = {uploaded(world, item, bob)["CertificateId"] for item in (ONE, TWO)}
    first = world.done("iam", {"Action": "ListSigningCertificates", **BOB, "MaxItems": "1"})
    assert first["IsTruncated"] is True
    second = world.done("iam", {"Action": "ListSigningCertificates", **BOB, "Marker": first["Marker"]})
    assert second["IsTruncated"] is False
    assert "Marker" not in second
    assert {item["CertificateId"] for item in (*first["Certificates"], *second["Certificates"])} == made


def test_what_the_door_needs_is_kept(world: World, bob: Key) -> None:
    """The signer is found by the certificate's bytes, whatever text they came in."""
    certificate = self_signed("rsa.example.com", key=rsa_key())
    made = uploaded(world, certificate, bob)
    world.done("iam", action("Update", CertificateId=made["CertificateId"], Status="Inactive"), key=bob)
    with world.store.reading() as tx:
        certificates = stored.of_user(tx, ACCOUNT, stored_user(made, tx))
        signer = stored.signer(tx, certificates[0].fingerprint)
    assert signer is not None
    assert signer.user is not None
    assert (signer.user.name, len(signer.policies)) == ("Bob", 1)
    kept = signer.certificate
    assert (kept.serial_number, kept.status) == (certificate.certificate.serial_number, Status.INACTIVE)
    assert (kept.not_before, kept.not_after) == (
        certificate.certificate.not_valid_before_utc,
        certificate.certificate.not_valid_after_utc,
    )


def stored_user(made: dict[str, Any], tx: Any) -> str | None:
    found = stored.find(tx, made["CertificateId"])
    assert found is not None
    return found.user_id


@pytest.mark.parametrize("text", [ONE.private_key_pem, ONE.certificate_pem + ONE.private_key_pem])
def test_a_private_key_sent_by_mistake_is_neither_kept_nor_repeated(world: World, bob: Key, text: str) -> None:
    answer = world.ask("iam", upload(CertificateBody=text), key=bob)
    assert (answer.status, answer.code) == (400, "MalformedCertificate")
    assert "The text holds a private key." in answer.message
    world.recorder.write(world.store)
    told = answer.body.decode() + json.dumps([str(record) for record in world.audited()])
    database = b"".join(path.read_bytes() for path in world.path.parent.glob("sealstone.db*"))
    for line in ONE.private_key_pem.splitlines()[1:-1]:
        assert line not in told
        assert line.encode() not in database


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("hello", "Certificate hello is malformed. "),
        ("a" * 80, f"Certificate {'a' * 80} is malformed. "),
        ("a" * 81, "Certificate is malformed. "),
        (Key.made_up("Bob").secret, "Certificate is malformed. "),
        (ONE.private_key_pem.splitlines()[1], "Certificate is malformed. "),
        ("-----BEGIN X-----", "Certificate is malformed. "),
        ("\u00e9<&", "Certificate \u00e9<& is malformed. "),
        ("a\u009fb", "Certificate a\\C2\\9Fb is malformed. "),
    ],
    ids=range(8),
)
def test_a_short_text_is_repeated_as_aws_does(world: World, bob: Key, body: str, sentence: str) -> None:
    status, code, message = refused(world, upload(CertificateBody=body), bob)
    assert (status, code) == (400, "MalformedCertificate")
    assert message.startswith(sentence)


def test_every_change_is_audited_and_counts_for_the_door(world: World, bob: Key) -> None:
    before = world.store.identity_version()
    made = uploaded(world, ONE, bob)
    world.done("iam", action("Update", CertificateId=made["CertificateId"], Status="Inactive"), key=bob)
    world.done("iam", action("Delete", CertificateId=made["CertificateId"]), key=bob)
    assert world.store.identity_version() == before + 3
    rows = [(row.operation, row.outcome, row.resources) for row in world.audited()]
    arn = (f"arn:aws:iam::{ACCOUNT}:user/Bob",)
    assert rows == [(f"{verb}SigningCertificate", "ok", arn) for verb in ("Upload", "Update", "Delete")]
