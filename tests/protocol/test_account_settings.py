"""What an account has one of: its alias, its password policy, its credential report. And what nobody has."""

import csv
import io

import pytest
from tests.house_fixture import ACCOUNT, OTHER_ACCOUNT, Key, World, allow
from tests.pki import self_signed

BOB = {"UserName": "Bob"}
ALIAS = {"Action": "CreateAccountAlias", "AccountAlias": "example-one"}
NONE = "N/A"


def aliases(world: World, key: Key | None = None) -> list[str]:
    found: list[str] = world.done("iam", {"Action": "ListAccountAliases"}, key=key)["AccountAliases"]
    return found


def test_an_alias_is_one_account_s(world: World) -> None:
    stranger = world.account(OTHER_ACCOUNT)
    world.done("iam", ALIAS)
    taken = world.ask("iam", ALIAS, key=stranger)
    assert (taken.status, taken.code, taken.message) == (
        409,
        "EntityAlreadyExists",
        "The account alias example-one already exists.",
    )
    foreign = world.ask("iam", {**ALIAS, "Action": "DeleteAccountAlias"}, key=stranger)
    assert (foreign.status, foreign.code) == (404, "NoSuchEntity")
    assert (aliases(world), aliases(world, stranger)) == (["example-one"], [])
    world.done("iam", ALIAS | {"AccountAlias": "example-two"})
    world.done("iam", ALIAS, key=stranger)
    assert (aliases(world), aliases(world, stranger)) == (["example-two"], ["example-one"])


def test_password_policies_are_their_accounts(world: World) -> None:
    stranger = world.account(OTHER_ACCOUNT)
    world.done("iam", {"Action": "UpdateAccountPasswordPolicy", "MaxPasswordAge": "1", "HardExpiry": "false"})
    policy = world.done("iam", {"Action": "GetAccountPasswordPolicy"})["PasswordPolicy"]
    assert (policy["ExpirePasswords"], policy["HardExpiry"], policy["RequireSymbols"]) == (True, False, False)
    assert "PasswordReusePrevention" not in policy
    for verb in ("Get", "Delete"):
        assert world.ask("iam", {"Action": f"{verb}AccountPasswordPolicy"}, key=stranger).code == "NoSuchEntity"


@pytest.mark.parametrize(
    "form",
    [
        {"Action": "ListSSHPublicKeys"},
        {"Action": "ListMFADevices"},
        {"Action": "ListServiceSpecificCredentials"},
        {"Action": "ListServiceSpecificCredentials", "AllUsers": "true"},
        {"Action": "ListVirtualMFADevices"},
    ],
)
def test_nobody_has_what_is_not_here(world: World, form: dict[str, str]) -> None:
    for key in (world.administrator, world.root):
        answer = dict(world.done("iam", form, key=key))
        answer.pop("ResponseMetadata")
        assert answer.pop("IsTruncated") is False
        assert list(answer.values()) == [[]]
    assert world.ask("iam", form | {"Marker": "@"}).message == "Invalid Marker."


def test_all_users_needs_a_right_on_all(world: World) -> None:
    bob = world.user("Bob", allow("iam:ListServiceSpecificCredentials", f"arn:aws:iam::{ACCOUNT}:user/Bob"))
    form = {"Action": "ListServiceSpecificCredentials"}
    assert world.ask("iam", form, key=bob).status == 200
    assert world.ask("iam", form | {"AllUsers": "true"}, key=bob).code == "AccessDenied"


# --- the credential report ---


def report(world: World) -> dict[str, dict[str, str]]:
    assert world.done("iam", {"Action": "GenerateCredentialReport"})["State"] == "COMPLETE"
    answer = world.done("iam", {"Action": "GetCredentialReport"})
    assert (answer["ReportFormat"], answer["GeneratedTime"]) == ("text/csv", world.clock.now)
    rows = csv.DictReader(io.StringIO(answer["Content"].decode()))
    return {row["user"]: row for row in rows}


def test_the_report_has_a_row_for_root_and_each_user(world: World) -> None:
    world.account(OTHER_ACCOUNT)
    world.user("eve", account_id=OTHER_ACCOUNT)
    world.done("iam", {"Action": "CreateUser", "UserName": "a,b", "Path": "/dev/"})
    rows = report(world)
    assert list(rows) == ["<root_account>", "a,b", "administrator"]
    assert rows["a,b"] == {
        "user": "a,b",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/dev/a,b",
        "user_creation_time": "2026-11-21T12:00:00+00:00",
        "password_enabled": "false",
        **dict.fromkeys(("password_last_used", "password_last_changed", "password_next_rotation"), NONE),
        "mfa_active": "false",
        **slot("access_key_1"),
        **slot("access_key_2"),
        **slot("cert_1"),
        **slot("cert_2"),
    }
    root = rows["<root_account>"]
    assert (root["arn"], root["password_enabled"]) == (f"arn:aws:iam::{ACCOUNT}:root", "not_supported")
    assert (root["access_key_1_active"], root["access_key_2_active"]) == ("true", "false")


def slot(name: str) -> dict[str, str]:
    more = () if name.startswith("cert") else ("last_used_date", "last_used_region", "last_used_service")
    return {f"{name}_active": "false"} | {f"{name}_{what}": NONE for what in ("last_rotated", *more)}


def test_the_report_tells_of_keys_certificates_and_passwords(world: World) -> None:
    bob = world.user("Bob", allow("iam:GetUser", "*"))
    world.done("iam", {"Action": "GetUser"}, key=bob)
    world.recorder.write(world.store)
    world.clock.advance(60)
    second = world.done("iam", {"Action": "CreateAccessKey", **BOB})["AccessKey"]["AccessKeyId"]
    world.done("iam", {"Action": "UpdateAccessKey", **BOB, "AccessKeyId": second, "Status": "Inactive"})
    body = self_signed("bob.example.com").certificate_pem
    world.done("iam", {"Action": "UploadSigningCertificate", **BOB, "CertificateBody": body})
    world.done("iam", {"Action": "CreateLoginProfile", **BOB, "Password": "Correct-Horse-7"})
    row = report(world)["Bob"]
    later = "2026-11-21T12:01:00+00:00"
    assert [row[f"access_key_1_{what}"] for what in ("active", "last_rotated", "last_used_date")] == [
        "true",
        "2026-11-21T12:00:00+00:00",
        "2026-11-21T12:00:00+00:00",
    ]
    assert (row["access_key_1_last_used_region"], row["access_key_1_last_used_service"]) == ("us-east-1", "iam")
    assert (row["access_key_2_active"], row["access_key_2_last_rotated"]) == ("false", NONE)
    assert (row["cert_1_active"], row["cert_1_last_rotated"], row["cert_2_active"]) == ("true", later, "false")
    assert (row["password_enabled"], row["password_last_used"]) == ("true", "no_information")
    assert (row["password_last_changed"], row["password_next_rotation"]) == (later, NONE)
    world.done("iam", {"Action": "UpdateAccountPasswordPolicy", "MaxPasswordAge": "30"})
    assert report(world)["Bob"]["password_next_rotation"] == "2026-12-21T12:01:00+00:00"


def test_a_report_is_of_its_moment_and_holds_four_hours(world: World) -> None:
    form = {"Action": "GetCredentialReport"}
    nothing = world.ask("iam", form)
    assert (nothing.status, nothing.code, nothing.message) == (410, "ReportNotPresent", "")
    report(world)
    world.done("iam", {"Action": "CreateUser", **BOB})
    world.clock.advance(4 * 3600)
    assert b"Bob" not in world.done("iam", form)["Content"]
    world.clock.advance(1)
    assert world.ask("iam", form).code == "ReportExpired"
    assert "Bob" in report(world)
