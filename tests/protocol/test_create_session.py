"""CreateSession through the door: who gets a session, of what, and every forgery beside the genuine request."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from tests.house_fixture import ACCOUNT, OTHER_ACCOUNT, World, allow
from tests.pki import NOW, Authority, Leaf, ec_key, self_signed
from tests.protocol.by_certificate import change, upload
from tests.rest_json import (
    REGION,
    SIGNING,
    TRUSTED,
    UNTRUSTED,
    Scene,
    add_role,
    call,
    credentials,
    done,
    made_scene,
    read,
    refusal,
    session,
    session_request,
    who,
    workload,
)

from sealstone.operations.rolesanywhere.holder import CertificateHolder
from sealstone.store import roles
from sealstone.x509 import anchored


@pytest.fixture
def scene(world: World) -> Scene:
    return made_scene(world)


# --- what is given ---


def test_a_session_of_the_role(scene: Scene) -> None:
    answer = scene.ask()
    number = f"{scene.leaf.certificate.serial_number:010x}"
    assert who(scene.world, answer) == f"arn:aws:sts::{ACCOUNT}:assumed-role/Build/{number}"
    [member] = answer.parsed["credentialSet"]
    assert member["assumedRoleUser"]["assumedRoleId"] == f"{scene.role.unique_id}:{number}"
    assert (member["roleArn"], member["sourceIdentity"]) == (scene.role.arn, "build")
    assert member["credentials"]["expiration"] == NOW + timedelta(hours=1)
    assert answer.parsed["subjectArn"].startswith(f"arn:aws:rolesanywhere:{REGION}:{ACCOUNT}:subject/")


def test_the_arns_may_stand_in_the_query(scene: Scene) -> None:
    in_query = ("profileArn", "roleArn", "trustAnchorArn")
    assert session(scene.world, scene.leaf, scene.members, in_query=in_query).status == 201
    both = session_request(scene.leaf, scene.members, in_query=in_query)
    twice = replace(both, body=b'{"roleArn": "x"}')
    assert "Invalid signature" in read(scene.world.endpoint.handle(twice), "CreateSession").message


def test_the_shortest_of_three_durations(scene: Scene) -> None:
    done(scene.world, "UpdateProfile", {"profileId": scene.profile["profileId"], "durationSeconds": 1800})

    def seconds(**members: Any) -> float:
        expiration = scene.ask(**members).parsed["credentialSet"][0]["credentials"]["expiration"]
        return float((expiration - NOW).total_seconds())

    assert [seconds(), seconds(durationSeconds=900), seconds(durationSeconds=43200)] == [1800, 900, 1800]
    with scene.world.store.writing() as tx:
        roles.save(tx, replace(scene.role, max_session_duration=1000))
    assert seconds() == 1000
    assert scene.ask(durationSeconds=899).code == "ValidationException"


def test_a_name_of_one_s_own_only_where_the_profile_allows_it(scene: Scene) -> None:
    assert refusal(scene.ask(roleSessionName="mine")) == "Not authorized to set roleSessionName."
    done(scene.world, "UpdateProfile", {"profileId": scene.profile["profileId"], "acceptRoleSessionName": True})
    assert who(scene.world, scene.ask(roleSessionName="mine")).endswith("/mine")


def test_session_policies_bound_it(world: World) -> None:
    scene = made_scene(world, sessionPolicy=json.dumps(allow("sts:*", "*")))
    key = credentials(scene.ask())
    answer = world.ask("iam", {"Action": "ListUsers"}, key=key)
    assert answer.code == "AccessDenied"


def test_instance_properties_when_the_profile_wants_them(world: World) -> None:
    scene = made_scene(world, requireInstanceProperties=True)
    assert "instanceProperties" in refusal(scene.ask())
    assert scene.ask(instanceProperties={"host": "a"}).status == 201
    [subject] = done(world, "ListSubjects")["subjects"]
    found = done(world, "GetSubject", {"subjectId": subject["subjectId"]})["subject"]
    assert found["instanceProperties"][0]["properties"] == {"host": "a"}
    assert found["credentials"][0]["x509CertificateData"] == scene.leaf.certificate_pem
    assert found["x509Subject"] == "CN=build,O=Example"


def test_the_subject_is_remembered_once(scene: Scene) -> None:
    for _ in range(2):
        assert scene.ask().status == 201
    scene.world.clock.advance(60)
    renewed = workload(scene.authority)
    assert scene.ask(renewed).status == 201
    [subject] = done(scene.world, "ListSubjects")["subjects"]
    assert subject["lastSeenAt"] == NOW + timedelta(seconds=60)
    found = done(scene.world, "GetSubject", {"subjectId": subject["subjectId"]})["subject"]
    numbers = [one["serialNumber"] for one in found["credentials"]]
    assert numbers == [str(one.certificate.serial_number) for one in (renewed, scene.leaf)]
    unknown = call(scene.world, "GetSubject", {"subjectId": "0" * 8 + "-0000-0000-0000-" + "0" * 12})
    assert (unknown.status, unknown.code) == (404, "ResourceNotFoundException")


def test_a_certificate_without_names_and_a_role_with_tags(scene: Scene) -> None:
    """Nothing becomes a tag or a source identity, so that nobody has to allow either."""
    nameless = workload(
        scene.authority, subject=x509.Name([x509.NameAttribute(NameOID.INN, "1")]), alternative_names=[]
    )
    mapped = {"profileId": scene.profile["profileId"], "certificateField": "x509Issuer"}
    done(scene.world, "DeleteAttributeMapping", mapped)
    with scene.world.store.writing() as tx:
        roles.save(tx, scene.role.tagged({"Team": "a"}))
    condition = {"StringEquals": {"iam:ResourceTag/team": "a", "aws:ResourceTag/Team": "a"}}
    changed = replace(scene, role=scene.role.tagged({"Team": "a"}))
    changed.trusting(TRUSTED | {"Action": "sts:AssumeRole", "Condition": condition})
    answer = scene.ask(nameless)
    assert answer.status == 201, answer
    assert answer.parsed["credentialSet"][0]["sourceIdentity"] == ""
    assert "sts:TagSession" in refusal(scene.ask())


def test_values_that_no_session_holds(scene: Scene) -> None:
    long = workload(scene.authority, alternative_names=["uri:" + "x" * 300, "a" * 257])
    assert "more than 50 session tags" in refusal(scene.ask(long))


@pytest.mark.parametrize("names", [("admin\u200b",), ("admin\nx",), ("admin\0.example",), ("admin", "build")])
def test_a_common_name_that_cannot_be_told(scene: Scene, names: tuple[str, ...]) -> None:
    """Left out it would ask for no source identity, and no policy would see it."""
    scene.trusting(TRUSTED | {"Action": ["sts:AssumeRole", "sts:TagSession"]})
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, name) for name in names]
    told = refusal(scene.ask(workload(scene.authority, subject=x509.Name(parts), alternative_names=[])))
    assert told.startswith(f"{UNTRUSTED}: the subject")


def test_the_holder_of_a_certificate_is_not_root(scene: Scene) -> None:
    holder = CertificateHolder(
        ACCOUNT, "1", None, certificate=anchored.stored(scene.leaf.certificate_pem)[0], region=REGION
    )
    assert not holder.is_root
    assert holder.arn.endswith(holder.unique_id)


def test_it_ends_with_the_role(scene: Scene) -> None:
    key = credentials(scene.ask())
    with scene.world.store.writing() as tx:
        roles.remove(tx, scene.role)
    assert scene.world.ask("sts", {"Action": "GetCallerIdentity"}, key=key).code == "InvalidClientTokenId"
    assert "Unable to assume role" in refusal(scene.ask())


def test_the_audit_log_names_the_subject(scene: Scene) -> None:
    arn = scene.ask().parsed["subjectArn"]
    record = next(one for one in scene.world.audited() if one.operation == "CreateSession")
    assert (record.principal, record.outcome, record.service) == (arn, "ok", "rolesanywhere")
    assert refusal(scene.ask(roleArn=f"{scene.role.arn}x"))
    refused = [one for one in scene.world.audited() if one.operation == "CreateSession"][-1]
    assert (refused.account_id, refused.outcome) == (ACCOUNT, "AccessDeniedException")


# --- whom the role trusts ---


@pytest.mark.parametrize(
    ("condition", "given"),
    [
        ({"StringEquals": {"aws:PrincipalTag/x509Subject/CN": "build"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/x509Subject/CN": "other"}}, False),
        ({"StringEquals": {"aws:RequestTag/x509Issuer/O": "Example"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/x509SAN/DNS": "build"}}, True),
        ({"StringEquals": {"sts:SourceIdentity": "build"}}, True),
        ({"StringLike": {"sts:RoleSessionName": "x*"}}, False),
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, True),
        ({"ArnEquals": {"aws:SourceArn": f"arn:aws:rolesanywhere:{REGION}:{ACCOUNT}:trust-anchor/other"}}, False),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:rolesanywhere:{REGION}:{ACCOUNT}:trust-anchor/*"}}, True),
        ({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}, False),
        ({"DateLessThan": {"aws:CurrentTime": "2026-11-01T00:00:00Z"}}, False),
        ({"ForAllValues:StringLike": {"aws:TagKeys": "x509*"}}, True),
    ],
)
def test_conditions_of_the_trust_policy(scene: Scene, condition: Any, given: bool) -> None:
    scene.trusting(TRUSTED | {"Condition": condition})
    answer = scene.ask()
    assert (answer.status == 201) is given, answer
    if not given:
        assert "Unable to assume role" in refusal(answer)


@pytest.mark.parametrize(
    "statements",
    [
        [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:*"}],
        [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:*"}],
        [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:*"}],
        [TRUSTED | {"Action": "sts:AssumeRole"}],
        [TRUSTED | {"Action": ["sts:AssumeRole", "sts:TagSession"]}],
        [TRUSTED, {"Effect": "Deny", "Principal": "*", "Action": "sts:TagSession"}],
    ],
)
def test_trust_that_is_not_meant_for_the_service(scene: Scene, statements: Any) -> None:
    scene.trusting(*statements)
    assert "Unable to assume role" in refusal(scene.ask())


def test_a_role_that_is_not_there_is_refused_in_the_same_words(scene: Scene) -> None:
    names = [*scene.profile["roleArns"], f"arn:aws:iam::{ACCOUNT}:role/Gone", f"arn:aws:iam::{ACCOUNT}:role/x/Build"]
    done(scene.world, "UpdateProfile", {"profileId": scene.profile["profileId"], "roleArns": names})
    scene.trusting({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
    told = {refusal(scene.ask(roleArn=arn)).replace(arn, "ARN") for arn in names}
    assert len(told) == 1


# --- profiles and anchors ---


def test_only_an_enabled_profile_that_names_the_role(scene: Scene) -> None:
    named = {"profileId": scene.profile["profileId"]}
    arn = scene.profile["profileArn"]
    done(scene.world, "DisableProfile", named)
    assert "no enabled profile" in refusal(scene.ask())
    done(scene.world, "EnableProfile", named)
    assert scene.ask().status == 201
    for wrong in (
        arn.replace(ACCOUNT, OTHER_ACCOUNT),
        arn.replace(REGION, "us-east-1"),
        scene.anchor["trustAnchorArn"],
        arn + "0",
        "arn:aws:rolesanywhere:x",
    ):
        assert "no enabled profile" in refusal(scene.ask(profileArn=wrong)), wrong
    done(scene.world, "DeleteProfile", named)
    assert "no enabled profile" in refusal(scene.ask())


def test_a_role_that_trusts_and_is_not_in_the_profile(scene: Scene) -> None:
    other = add_role(scene.world, "Other")
    assert "no enabled profile" in refusal(scene.ask(roleArn=other.arn))
    both = {"profileId": scene.profile["profileId"], "roleArns": [scene.role.arn, other.arn]}
    done(scene.world, "UpdateProfile", both)
    assert ":assumed-role/Other/" in who(scene.world, scene.ask(roleArn=other.arn))


def test_only_an_enabled_anchor(scene: Scene) -> None:
    named = {"trustAnchorId": scene.anchor["trustAnchorId"]}
    arn = scene.anchor["trustAnchorArn"]
    done(scene.world, "DisableTrustAnchor", named)
    assert refusal(scene.ask()) == UNTRUSTED
    done(scene.world, "EnableTrustAnchor", named)
    assert "signed for the Region eu-central-1" in refusal(scene.ask(trustAnchorArn=arn.replace(REGION, "us-east-1")))
    for wrong in (
        arn.replace(ACCOUNT, OTHER_ACCOUNT),
        scene.profile["profileArn"],
        "arn:aws:rolesanywhere:x",
        "",
    ):
        assert refusal(scene.ask(trustAnchorArn=wrong)) == UNTRUSTED, wrong
    assert refusal(scene.ask(trustAnchorArn=None)) == UNTRUSTED
    assert scene.ask().status == 201
    done(scene.world, "DeleteTrustAnchor", named)
    assert refusal(scene.ask()) == UNTRUSTED


def test_anchor_profile_and_signature_are_of_one_region(scene: Scene) -> None:
    told = refusal(session(scene.world, scene.leaf, scene.members, region="us-east-1"))
    assert told == f"{UNTRUSTED}: the request is signed for the Region us-east-1, and the trust anchor is of {REGION}."
    sent = {"name": "p", "roleArns": [scene.role.arn], "enabled": True}
    elsewhere = done(scene.world, "CreateProfile", sent, region="us-east-1")["profile"]
    assert "no enabled profile" in refusal(scene.ask(profileArn=elsewhere["profileArn"]))


def test_a_refused_stranger_is_in_no_account_s_log(scene: Scene) -> None:
    refusal(scene.ask(workload(Authority("Example Root"))))
    assert scene.world.recorder.records[-1].account_id == "-"


# --- signing certificates of users ---


def bob(world: World, leaf: Leaf) -> tuple[dict[str, str], str]:
    world.user("bob", allow("iam:ListUsers", "*"))
    certificate_id = upload(world, leaf)
    prefix = f"arn:aws:rolesanywhere:{REGION}:{ACCOUNT}"
    members = {
        "trustAnchorArn": f"{prefix}:trust-anchor/signing-certificates",
        "profileArn": f"{prefix}:profile/signing-certificates",
        "roleArn": f"arn:aws:iam::{ACCOUNT}:user/bob",
    }
    return members, certificate_id


def test_a_user_s_own_session(world: World) -> None:
    leaf = self_signed("bob", is_authority=False, extensions=[SIGNING])
    members, certificate_id = bob(world, leaf)
    answer = session(world, leaf, members)
    assert who(world, answer) == members["roleArn"]
    assert world.ask("iam", {"Action": "ListUsers"}, key=credentials(answer)).status == 200
    assert refusal(session(world, leaf, members | {"roleSessionName": "x1"})).startswith("Not authorized")
    properties = members | {"instanceProperties": {"a": "b"}}
    assert session(world, leaf, properties).code == "ValidationException"
    for name, wrong in (
        ("roleArn", f"arn:aws:iam::{ACCOUNT}:user/administrator"),
        ("profileArn", members["profileArn"].replace(ACCOUNT, OTHER_ACCOUNT)),
        ("profileArn", members["profileArn"].replace(REGION, "us-east-1")),
    ):
        assert "own user alone" in refusal(session(world, leaf, members | {name: wrong}))
    for right, wrong in ((ACCOUNT, OTHER_ACCOUNT), (REGION, "us-east-1")):
        other = members["trustAnchorArn"].replace(right, wrong)
        assert refusal(session(world, leaf, members | {"trustAnchorArn": other})) == UNTRUSTED
    change(world, "Update", certificate_id, Status="Inactive")
    assert refusal(session(world, leaf, members)) == UNTRUSTED


def test_a_user_s_session_ends_with_the_certificate(world: World) -> None:
    leaf = self_signed("bob", is_authority=False, extensions=[SIGNING])
    members, certificate_id = bob(world, leaf)
    key = credentials(session(world, leaf, members))
    listing = {"Action": "ListUsers"}
    assert world.ask("iam", listing, key=key).status == 200
    change(world, "Update", certificate_id, Status="Inactive")
    assert world.ask("iam", listing, key=key).code == "InvalidClientTokenId"
    change(world, "Update", certificate_id, Status="Active")
    assert world.ask("iam", listing, key=key).status == 200
    change(world, "Delete", certificate_id)
    assert world.ask("iam", listing, key=key).code == "InvalidClientTokenId"
    upload(world, leaf)
    assert world.ask("iam", listing, key=key).code == "InvalidClientTokenId"


@pytest.mark.parametrize(("left", "asked", "given"), [(86400, None, 3600), (86400, 43200, 3600), (86400, 900, 900)])
def test_how_long_a_user_s_session_is(world: World, left: int, asked: int | None, given: int) -> None:
    assert lasting(world, left, asked) == given


def test_no_longer_than_the_certificate(world: World) -> None:
    """Its last second counts whole (RFC 5280, 4.1.2.5)."""
    assert lasting(world, 599, 3600) == 600


def lasting(world: World, left: int, asked: int | None) -> float:
    """Seconds of a session by a certificate whose last valid second is `left` seconds away."""
    leaf = self_signed("bob", is_authority=False, extensions=[SIGNING], not_after=NOW + timedelta(seconds=left))
    members, _ = bob(world, leaf)
    answer = session(world, leaf, members if asked is None else members | {"durationSeconds": asked})
    assert answer.status == 201, answer
    return float((answer.parsed["credentialSet"][0]["credentials"]["expiration"] - NOW).total_seconds())


def test_a_certificate_of_nobody_and_of_root(world: World) -> None:
    members, _ = bob(world, self_signed("bob", is_authority=False, extensions=[SIGNING]))
    stranger = self_signed("bob", is_authority=False, extensions=[SIGNING], key=ec_key())
    assert refusal(session(world, stranger, members)) == UNTRUSTED
    upload(world, stranger, user=None, key=world.root)
    assert refusal(session(world, stranger, members)) == UNTRUSTED
