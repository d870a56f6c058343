"""Every operation through the door, as botocore signs and reads it: answers, refusals and their sentences."""

import json
from typing import Any

import pytest
from tests.house_fixture import ACCOUNT, OTHER_ACCOUNT, World, allow
from tests.pki import Authority, Leaf, self_signed

LEAF: Leaf = Authority("Root").authority("Intermediate").leaf("build.example.com")
OTHER = self_signed("other.example.com")
ARN = f"arn:aws:iam::{ACCOUNT}:server-certificate"


ALLOW_IAM = {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}


def upload(name: str = "build", **more: str) -> dict[str, str]:
    return {
        "Action": "UploadServerCertificate",
        "ServerCertificateName": name,
        "CertificateBody": LEAF.certificate_pem,
        "PrivateKey": LEAF.private_key_pem,
        "CertificateChain": LEAF.chain_pem,
    } | more


def action(name: str, **parameters: str) -> dict[str, str]:
    return {"Action": name} | {key.replace("__", "."): value for key, value in parameters.items()}


def named(operation: str, name: str = "build", **parameters: str) -> dict[str, str]:
    return action(operation, ServerCertificateName=name, **parameters)


def refused(world: World, form: dict[str, str], **how: Any) -> tuple[int, str, str]:
    answer = world.ask("iam", form, **how)
    return answer.status, answer.code, answer.message


# --- server certificates ---


def test_a_certificate_goes_in_and_comes_out_without_its_key(world: World) -> None:
    tags = {"Tags.member.1.Key": "b", "Tags.member.1.Value": "2", "Tags.member.2.Key": "B", "Tags.member.2.Value": ""}
    first = world.done("iam", upload(Path="/abc/certs/", **tags))
    assert first["ServerCertificateMetadata"]["Arn"] == f"{ARN}/abc/certs/build"
    assert first["Tags"] == [{"Key": "B", "Value": ""}, {"Key": "b", "Value": "2"}]
    assert "Tags" not in world.done("iam", upload("plain"))
    kept = world.done("iam", named("GetServerCertificate"))["ServerCertificate"]
    assert kept["CertificateBody"] == LEAF.certificate_pem.strip()
    assert kept["CertificateChain"] == LEAF.chain_pem.strip()
    assert "PRIVATE KEY" not in str(kept)
    assert world.done("iam", named("GetServerCertificate", "plain"))["ServerCertificate"]["Tags"] == []


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (upload(PrivateKey=OTHER.private_key_pem), (400, "KeyPairMismatch", "The public key certificate and the")),
        (upload(CertificateBody="a.pem"), (400, "MalformedCertificate", "Unable to parse certificate. Please ensure")),
        (upload(PrivateKey="k.pem"), (400, "MalformedCertificate", "Unable to parse private key.")),
        (upload(CertificateChain=OTHER.certificate_pem), (400, "MalformedCertificate", "Unable to validate certif")),
        (upload(Path="abc"), (400, "ValidationError", "The specified value for path is invalid.")),
        (upload(Surprise="1"), (400, "ValidationError", "")),
        (
            upload(**{f"Tags.member.{n}.{part}": "a" for n in (1, 2) for part in ("Key", "Value")}),
            (400, "InvalidInput", "Duplicate tag keys found."),
        ),
        (
            upload(**{"Tags.member.1.Key": "aws:x", "Tags.member.1.Value": ""}),
            (400, "InvalidInput", "Tag keys beginning with aws:"),
        ),
    ],
)
def test_a_bad_upload_is_refused_and_leaves_nothing(
    world: World, form: dict[str, str], expected: tuple[int, str, str]
) -> None:
    status, code, message = refused(world, form)
    assert (status, code) == expected[:2]
    assert message.startswith(expected[2])
    assert world.done("iam", action("ListServerCertificates"))["ServerCertificateMetadataList"] == []


def test_names_are_taken_whatever_their_case_and_path(world: World) -> None:
    world.done("iam", upload())
    taken = "The Server Certificate with name BUILD already exists."
    assert refused(world, upload("BUILD", Path="/x/")) == (409, "EntityAlreadyExists", taken)
    world.done("iam", upload("second"))
    answer = refused(world, named("UpdateServerCertificate", "second", NewServerCertificateName="Build"))
    assert answer[:2] == (409, "EntityAlreadyExists")


def test_the_quota_holds(world: World) -> None:
    world.quota("ServerCertificatesPerAccount", 1)
    world.done("iam", upload())
    sentence = "Cannot exceed quota for ServerCertificatesPerAccount: 1"
    assert refused(world, upload("second")) == (409, "LimitExceeded", sentence)


def test_a_rename_keeps_the_id(world: World) -> None:
    before = world.done("iam", upload())["ServerCertificateMetadata"]
    world.done("iam", named("UpdateServerCertificate"))
    world.done("iam", named("UpdateServerCertificate", NewPath="/x/", NewServerCertificateName="build_01"))
    after = world.done("iam", named("GetServerCertificate", "build_01"))["ServerCertificate"]
    assert after["ServerCertificateMetadata"]["ServerCertificateId"] == before["ServerCertificateId"]
    assert after["ServerCertificateMetadata"]["Arn"] == f"{ARN}/x/build_01"
    gone = "The Server Certificate with name build cannot be found."
    assert refused(world, named("GetServerCertificate")) == (404, "NoSuchEntity", gone)


def test_listings_come_in_pages_under_a_prefix(world: World) -> None:
    for number in range(5):
        world.done("iam", upload(f"c{number}", Path="/even/" if number % 2 == 0 else "/"))
    names: list[str] = []
    marker: dict[str, str] = {}
    for _ in range(3):
        page = world.done("iam", action("ListServerCertificates", PathPrefix="/ev", MaxItems="1", **marker))
        names += [item["ServerCertificateName"] for item in page["ServerCertificateMetadataList"]]
        marker = {"Marker": page["Marker"]} if page["IsTruncated"] else {}
    assert (names, marker) == (["c0", "c2", "c4"], {})
    assert refused(world, action("ListServerCertificates", Marker="rubbish!")) == (
        400,
        "ValidationError",
        "Invalid Marker.",
    )


def test_tags_are_added_listed_and_removed(world: World) -> None:
    world.done("iam", upload())
    for first in (0, 49):
        pairs = {f"Tags__member__{n + 1}__{part}": f"k{first + n}" for n in range(49) for part in ("Key", "Value")}
        answer = refused(world, named("TagServerCertificate", **pairs))
        assert answer[1] == ("" if first == 0 else "LimitExceeded")
    page = world.done("iam", named("ListServerCertificateTags", MaxItems="48"))
    assert (len(page["Tags"]), page["IsTruncated"]) == (48, True)
    rest = world.done("iam", named("ListServerCertificateTags", Marker=page["Marker"]))
    assert (len(rest["Tags"]), rest["IsTruncated"]) == (1, False)
    world.done("iam", named("UntagServerCertificate", TagKeys__member__1="k1", TagKeys__member__2="none"))
    assert len(world.done("iam", named("ListServerCertificateTags"))["Tags"]) == 48


def test_a_deleted_certificate_is_gone(world: World) -> None:
    world.done("iam", upload())
    world.done("iam", named("DeleteServerCertificate"))
    for operation in ("GetServerCertificate", "DeleteServerCertificate", "ListServerCertificateTags"):
        assert refused(world, named(operation))[:2] == (404, "NoSuchEntity")


# --- users, keys, policies ---


def test_a_user_lives(world: World) -> None:
    made = world.done("iam", action("CreateUser", UserName="Bob", Tags__member__1__Key="t", Tags__member__1__Value="v"))
    assert made["User"]["Tags"] == [{"Key": "t", "Value": "v"}]
    assert refused(world, action("CreateUser", UserName="bob"))[1:] == (
        "EntityAlreadyExists",
        "User with name bob already exists.",
    )
    world.done("iam", action("UpdateUser", UserName="Bob", NewUserName="Rob", NewPath="/dev/"))
    user = world.done("iam", action("GetUser", UserName="rob"))["User"]
    assert user["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/dev/Rob"
    assert user["UserId"] == made["User"]["UserId"]
    world.done("iam", action("UpdateUser", UserName="Rob"))
    assert refused(world, action("UpdateUser", UserName="Rob", NewUserName="ADMINISTRATOR"))[1] == "EntityAlreadyExists"
    listed = world.done("iam", action("ListUsers", PathPrefix="/dev/"))["Users"]
    assert [item["UserName"] for item in listed] == ["Rob"]
    assert "Tags" not in listed[0]
    world.done("iam", action("DeleteUser", UserName="Rob"))
    assert refused(world, action("GetUser", UserName="Rob")) == (
        404,
        "NoSuchEntity",
        "The user with name Rob cannot be found.",
    )


def test_a_user_is_deleted_only_when_nothing_hangs_on_it(world: World) -> None:
    world.done("iam", action("CreateUser", UserName="Bob"))
    document = json.dumps(allow("iam:GetUser", "*"))
    key = world.done("iam", action("CreateAccessKey", UserName="Bob"))["AccessKey"]
    world.done("iam", action("PutUserPolicy", UserName="Bob", PolicyName="p", PolicyDocument=document))
    gone = action("DeleteUser", UserName="Bob")
    assert refused(world, gone) == (409, "DeleteConflict", "Cannot delete entity, must delete access keys first.")
    world.done("iam", action("DeleteAccessKey", UserName="Bob", AccessKeyId=key["AccessKeyId"]))
    assert refused(world, gone) == (409, "DeleteConflict", "Cannot delete entity, must delete policies first.")
    world.done("iam", action("DeleteUserPolicy", UserName="Bob", PolicyName="p"))
    world.done("iam", gone)


def test_what_is_not_there_yet_is_refused_never_ignored(world: World) -> None:
    lists = {"PolicyInputList.member.1": "{}", "ActionNames.member.1": "iam:GetUser"}
    status, code, message = refused(world, action("SimulateCustomPolicy", ResourceHandlingOption="EC2-VPC", **lists))
    assert (status, code) == (400, "InvalidInput")
    assert "ResourceHandlingOption" in message


def test_the_quota_of_users_holds(world: World) -> None:
    world.quota("UsersPerAccount", 1)
    sentence = "Cannot exceed quota for UsersPerAccount: 1"
    assert refused(world, action("CreateUser", UserName="Bob")) == (409, "LimitExceeded", sentence)


def test_root_has_itself_and_keys_of_its_own(world: World) -> None:
    user = world.done("iam", action("GetUser"), key=world.root)["User"]
    assert (user["UserId"], user["Arn"]) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root")
    made = world.done("iam", action("CreateAccessKey"), key=world.root)["AccessKey"]
    assert "UserName" not in made
    assert len(world.done("iam", action("ListAccessKeys"), key=world.root)["AccessKeyMetadata"]) == 2
    used = world.done("iam", action("GetAccessKeyLastUsed", AccessKeyId=made["AccessKeyId"]), key=world.root)
    assert "UserName" not in used
    identity = world.done("sts", action("GetCallerIdentity"), key=world.root)
    assert (identity["UserId"], identity["Account"]) == (ACCOUNT, ACCOUNT)


def test_keys_are_two_and_are_switched(world: World) -> None:
    world.done("iam", action("CreateUser", UserName="Bob"))
    one, two = (world.done("iam", action("CreateAccessKey", UserName="Bob"))["AccessKey"] for _ in range(2))
    sentence = "Cannot exceed quota for AccessKeysPerUser: 2"
    assert refused(world, action("CreateAccessKey", UserName="Bob")) == (409, "LimitExceeded", sentence)
    world.done("iam", action("UpdateAccessKey", UserName="Bob", AccessKeyId=one["AccessKeyId"], Status="Inactive"))
    page = world.done("iam", action("ListAccessKeys", UserName="Bob", MaxItems="1"))
    rest = world.done("iam", action("ListAccessKeys", UserName="Bob", Marker=page["Marker"]))
    states = {item["AccessKeyId"]: item["Status"] for item in (*page["AccessKeyMetadata"], *rest["AccessKeyMetadata"])}
    assert states == {one["AccessKeyId"]: "Inactive", two["AccessKeyId"]: "Active"}
    missing = action("UpdateAccessKey", AccessKeyId=one["AccessKeyId"], Status="Active")
    text = f"The Access Key with id {one['AccessKeyId']} cannot be found."
    assert refused(world, missing) == (404, "NoSuchEntity", text)


def test_the_last_use_of_a_key(world: World) -> None:
    own = action("GetAccessKeyLastUsed", AccessKeyId=world.administrator.access_key_id)
    assert world.done("iam", own)["AccessKeyLastUsed"] == {"Region": "N/A", "ServiceName": "N/A"}
    world.recorder.write(world.store)
    used = world.done("iam", own)
    assert used["UserName"] == "administrator"
    assert (used["AccessKeyLastUsed"]["Region"], used["AccessKeyLastUsed"]["ServiceName"]) == ("us-east-1", "iam")
    foreign = world.account(OTHER_ACCOUNT)
    status, code, message = refused(world, action("GetAccessKeyLastUsed", AccessKeyId=foreign.access_key_id))
    assert (status, code) == (403, "AccessDenied")
    assert message.endswith(f"iam:GetAccessKeyLastUsed on resource: access key {foreign.access_key_id}")


def test_policies_are_put_shown_and_judged(world: World) -> None:
    world.done("iam", action("CreateUser", UserName="Bob"))
    document = json.dumps(allow("iam:GetUser", "*"), indent=2)
    put = {"UserName": "Bob", "PolicyName": "Own"}
    world.done("iam", action("PutUserPolicy", PolicyDocument=document, **put))
    shown = world.done("iam", action("GetUserPolicy", **put))
    assert (shown["UserName"], shown["PolicyName"]) == ("Bob", "Own")
    assert b"%7B%0A" in world.ask("iam", action("GetUserPolicy", **put)).body
    assert world.done("iam", action("ListUserPolicies", UserName="Bob"))["PolicyNames"] == ["Own"]
    status, code, message = refused(world, action("PutUserPolicy", PolicyDocument="{}", **put))
    assert (status, code) == (400, "MalformedPolicyDocument")
    assert message.startswith("Syntax errors in policy.")
    long = json.dumps(allow("iam:GetUser", "arn:aws:iam::123456789012:user/" + "x" * 2048))
    assert refused(world, action("PutUserPolicy", PolicyDocument=long, **put))[1] == "LimitExceeded"
    missing = action("GetUserPolicy", UserName="Bob", PolicyName="none")
    assert refused(world, missing) == (404, "NoSuchEntity", "The user policy with name none cannot be found.")


def test_the_summary_counts(world: World) -> None:
    world.done("iam", upload())
    summary = world.done("iam", action("GetAccountSummary"))["SummaryMap"]
    assert (summary["ServerCertificates"], summary["ServerCertificatesQuota"], summary["Users"]) == (1, 20, 1)
    assert summary["AccountAccessKeysPresent"] == 1


# --- rights ---


def test_rights_are_on_the_arn_with_its_path(world: World) -> None:
    world.done("iam", upload(Path="/abc/certs/"))
    bob = world.user("bob", allow("iam:*ServerCertificate*", f"{ARN}/abc/certs/build"))
    world.done("iam", named("GetServerCertificate"), key=bob)
    status, code, message = refused(
        world, named("UpdateServerCertificate", NewServerCertificateName="build_01"), key=bob
    )
    assert (status, code) == (403, "AccessDenied")
    assert message == (
        f"User: arn:aws:iam::{ACCOUNT}:user/bob is not authorized to perform: iam:UpdateServerCertificate on "
        f"resource: {ARN}/build_01 because no identity-based policy allows the iam:UpdateServerCertificate "
        "action"
    )
    for form in (named("GetServerCertificate", "none"), upload("other"), action("ListServerCertificates")):
        assert refused(world, form, key=bob)[:2] == (403, "AccessDenied")


def test_a_denial_tells_nothing_of_what_is_stored(world: World) -> None:
    """Whether the name exists, its path, its spelling: the answers are the same to the letter."""
    world.done("iam", upload(Path="/secret/place/"))
    world.done("iam", action("CreateUser", UserName="Alice", Path="/secret/"))
    eve = world.user("eve")
    for operation in ("GetServerCertificate", "DeleteServerCertificate", "ListServerCertificateTags"):
        there, absent = (refused(world, named(operation, name), key=eve) for name in ("BUILD", "OTHER"))
        assert there == (*absent[:2], absent[2].replace("OTHER", "BUILD"))
    there, absent = (
        refused(world, named("UpdateServerCertificate", name, NewPath="/x/"), key=eve) for name in ("BUILD", "OTHER")
    )
    assert there == (*absent[:2], absent[2].replace("OTHER", "BUILD"))
    for operation in ("GetUser", "DeleteUser", "ListAccessKeys"):
        there, absent = (refused(world, action(operation, UserName=name), key=eve) for name in ("ALICE", "NOONE"))
        assert there == (*absent[:2], absent[2].replace("NOONE", "ALICE"))
    key_id = world.administrator.access_key_id
    there, absent = (
        refused(world, action("GetAccessKeyLastUsed", AccessKeyId=key), key=eve) for key in (key_id, "A" * 20)
    )
    assert there == (*absent[:2], absent[2].replace("A" * 20, key_id))


def test_a_second_tag_that_differs_in_case_alone_changes_no_verdict(world: World) -> None:
    """Condition keys have no case: whoever may add `env` gains nothing by it over a Deny about `Env`."""
    world.done("iam", upload(**{"Tags.member.1.Key": "Env", "Tags.member.1.Value": "prod"}))
    deny = {
        "Effect": "Deny",
        "Action": "iam:DeleteServerCertificate",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/Env": "prod"}},
    }
    eve = world.user("eve", {"Version": "2012-10-17", "Statement": [ALLOW_IAM, deny]})
    assert refused(world, named("DeleteServerCertificate"), key=eve)[:2] == (403, "AccessDenied")
    tag = named("TagServerCertificate", **{"Tags.member.1.Key": "env", "Tags.member.1.Value": "dev"})
    world.done("iam", tag, key=eve)
    assert refused(world, named("DeleteServerCertificate"), key=eve)[:2] == (403, "AccessDenied")
    only_dev = allow("iam:*", "*", Condition={"StringEquals": {"aws:ResourceTag/Env": "dev"}})
    mallory = world.user("mallory", only_dev)
    assert refused(world, named("DeleteServerCertificate"), key=mallory)[:2] == (403, "AccessDenied")


def test_rights_on_tags_and_on_oneself(world: World) -> None:
    by_tag = allow(
        "iam:GetServerCertificate",
        "*",
        Condition={"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}},
    )
    own = allow(
        ["iam:GetUser", "iam:CreateAccessKey", "iam:ListAccessKeys"], f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}"
    )
    bob = world.user("bob", by_tag, own, tags={"team": "web"})
    world.done("iam", upload(**{"Tags.member.1.Key": "team", "Tags.member.1.Value": "web"}))
    world.done("iam", upload("other"))
    world.done("iam", named("GetServerCertificate"), key=bob)
    assert refused(world, named("GetServerCertificate", "other"), key=bob)[1] == "AccessDenied"
    assert world.done("iam", action("GetUser"), key=bob)["User"]["UserName"] == "bob"
    world.done("iam", action("CreateAccessKey"), key=bob)
    assert len(world.done("iam", action("ListAccessKeys"), key=bob)["AccessKeyMetadata"]) == 2
    assert refused(world, action("GetUser", UserName="administrator"), key=bob)[1] == "AccessDenied"


def test_two_accounts_do_not_meet(world: World) -> None:
    stranger = world.account(OTHER_ACCOUNT)
    world.done("iam", upload())
    world.done("iam", upload(), key=stranger)
    assert refused(world, named("DeleteServerCertificate"), key=stranger)[1] == ""
    world.done("iam", named("GetServerCertificate"))
    assert refused(world, action("GetUser", UserName="administrator"), key=stranger)[1] == "NoSuchEntity"
    delete = action("DeleteAccessKey", AccessKeyId=world.root.access_key_id)
    assert refused(world, delete, key=stranger)[1] == "NoSuchEntity"
