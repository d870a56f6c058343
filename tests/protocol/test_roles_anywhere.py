"""Trust anchors, profiles and revocation lists through the door: who may, what is taken, what is answered."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from tests.house_fixture import ACCOUNT, OTHER_ACCOUNT, Answer, World, allow
from tests.pki import NOW, Authority, rsa_key, self_signed
from tests.rest_json import (
    REGION,
    Scene,
    add_role,
    call,
    done,
    made_scene,
    request_for,
    revocation_list,
    source,
    workload,
)

ROLE = f"arn:aws:iam::{ACCOUNT}:role/Build"
ROOT = Authority("Example Root")
NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def scene(world: World) -> Scene:
    return made_scene(world)


def refused(answer: Answer) -> str:
    assert (answer.status, answer.code) == (400, "ValidationException"), answer
    return answer.message


def anchor_arn(unique_id: str, region: str = REGION, account_id: str = ACCOUNT) -> str:
    return f"arn:aws:rolesanywhere:{region}:{account_id}:trust-anchor/{unique_id}"


# --- trust anchors ---


def test_what_is_answered(world: World) -> None:
    answer = call(world, "CreateTrustAnchor", {"name": "a b", "source": source(ROOT), "tags": [tag("k", "v")]})
    assert (answer.status, answer.headers["content-type"]) == (201, "application/json")
    anchor = answer.parsed["trustAnchor"]
    assert anchor["trustAnchorArn"] == anchor_arn(anchor["trustAnchorId"])
    assert anchor["enabled"] is False
    assert anchor["source"] == source(ROOT)
    assert anchor["createdAt"] == anchor["updatedAt"] == NOW
    assert b'"createdAt":"2026-11-21T12:00:00Z"' in answer.body
    assert {one["event"]: one["threshold"] for one in anchor["notificationSettings"]} == {
        "CA_CERTIFICATE_EXPIRY": 45,
        "END_ENTITY_CERTIFICATE_EXPIRY": 45,
    }
    for name in (anchor["trustAnchorId"], anchor["trustAnchorArn"]):
        assert done(world, "GetTrustAnchor", {"trustAnchorId": name})["trustAnchor"] == anchor


def test_a_resource_is_of_one_region_and_one_account(world: World) -> None:
    made = done(world, "CreateTrustAnchor", {"name": "a", "source": source(ROOT)})["trustAnchor"]
    named = {"trustAnchorId": made["trustAnchorId"]}
    assert call(world, "GetTrustAnchor", named, region="us-east-1").code == "ResourceNotFoundException"
    assert done(world, "ListTrustAnchors", region="us-east-1")["trustAnchors"] == []
    by_arn = {"trustAnchorId": made["trustAnchorArn"]}
    assert done(world, "GetTrustAnchor", by_arn)["trustAnchor"] == made
    assert call(world, "GetTrustAnchor", by_arn, region="us-east-1").code == "ResourceNotFoundException"
    stranger = world.account(OTHER_ACCOUNT)
    for name in (made["trustAnchorId"], made["trustAnchorArn"]):
        answer = call(world, "GetTrustAnchor", {"trustAnchorId": name}, key=stranger)
        assert (answer.status, answer.code) == (404, "ResourceNotFoundException")
    assert done(world, "ListTrustAnchors", key=stranger)["trustAnchors"] == []


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"sourceType": "AWS_ACM_PCA", "sourceData": {"acmPcaArn": "x"}}, "no AWS Private CA"),
        ({"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"acmPcaArn": "x"}}, "no AWS Private CA"),
        ({"sourceType": "CERTIFICATE_BUNDLE"}, "x509CertificateData"),
        ({"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": "x"}}, "cannot be accepted"),
        (source(ROOT, ROOT, ROOT), "2 is the most"),
        (source(Authority("Old", not_after=NOW - timedelta(days=1))), "not valid"),
        (source(Authority("Weak", key=rsa_key(1024))), "RSA 1024"),
        (source(self_signed("leaf", is_authority=False)), "CA:TRUE"),  # type: ignore[arg-type]
    ],
)
def test_sources_that_are_not_taken(world: World, sent: Any, told: str) -> None:
    assert told in refused(call(world, "CreateTrustAnchor", {"name": "a", "source": sent}))


def test_something_else_than_certificates(world: World) -> None:
    text = ROOT.certificate_pem + ROOT.private_key_pem
    sent = {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": text}}
    assert "something else" in refused(call(world, "CreateTrustAnchor", {"name": "a", "source": sent}))
    records = world.audited()
    assert not any("PRIVATE KEY" in str(record) for record in records)


@pytest.mark.parametrize("name", ["crlDpRevocationEnabled", "aliasName"])
def test_members_that_are_not_supported(world: World, name: str) -> None:
    sent = {"name": "a", "source": source(ROOT), name: "x" if name == "aliasName" else True}
    assert call(world, "CreateTrustAnchor", sent).status == 400
    assert done(world, "ListTrustAnchors")["trustAnchors"] == []


def test_changing_and_switching(scene: Scene) -> None:
    world, named = scene.world, {"trustAnchorId": scene.anchor["trustAnchorId"]}
    world.clock.advance(60)
    renamed = done(world, "UpdateTrustAnchor", named | {"name": "other"})["trustAnchor"]
    assert (renamed["name"], renamed["source"]) == ("other", source(scene.authority))
    assert renamed["updatedAt"] - renamed["createdAt"] == timedelta(seconds=60)
    both = done(world, "UpdateTrustAnchor", named | {"source": source(ROOT, scene.authority)})["trustAnchor"]
    assert both["source"] == source(ROOT, scene.authority)
    assert scene.ask().status == 201
    assert done(world, "DisableTrustAnchor", named)["trustAnchor"]["enabled"] is False
    assert done(world, "EnableTrustAnchor", named)["trustAnchor"]["enabled"] is True
    assert "no AWS" in refused(call(world, "UpdateTrustAnchor", named | {"source": {"sourceType": "AWS_ACM_PCA"}}))
    assert "ImportCrl" in refused(call(world, "UpdateTrustAnchor", named | {"crlDpRevocationEnabled": True}))


def test_notification_settings_are_kept(scene: Scene) -> None:
    world, named = scene.world, {"trustAnchorId": scene.anchor["trustAnchorId"]}
    event = "CA_CERTIFICATE_EXPIRY"
    put = named | {"notificationSettings": [{"event": event, "enabled": False, "threshold": 7}]}
    settings = done(world, "PutNotificationSettings", put)["trustAnchor"]["notificationSettings"]
    own = {"event": event, "enabled": False, "threshold": 7, "channel": "ALL", "configuredBy": ACCOUNT}
    assert own in settings
    reset = named | {"notificationSettingKeys": [{"event": event}]}
    settings = done(world, "ResetNotificationSettings", reset)["trustAnchor"]["notificationSettings"]
    assert own not in settings
    assert len(settings) == 2


def test_quotas(world: World) -> None:
    add_role(world)
    world.quota("TrustAnchorsPerAccount", 1)
    world.quota("ProfilesPerAccount", 1)
    for operation, sent in (
        ("CreateTrustAnchor", {"name": "a", "source": source(ROOT)}),
        ("CreateProfile", {"name": "a", "roleArns": [ROLE]}),
    ):
        done(world, operation, sent)
        assert "Cannot exceed quota" in refused(call(world, operation, sent))


# --- pages and tags ---


def test_pages(world: World) -> None:
    made = [done(world, "CreateTrustAnchor", {"name": "a", "source": source(ROOT)})["trustAnchor"] for _ in range(5)]
    first = done(world, "ListTrustAnchors", {"pageSize": 3})
    second = done(world, "ListTrustAnchors", {"pageSize": 3, "nextToken": first["nextToken"]})
    assert "nextToken" not in second
    found = [*first["trustAnchors"], *second["trustAnchors"]]
    assert sorted(one["trustAnchorId"] for one in made) == [one["trustAnchorId"] for one in found]
    for wrong in ({"pageSize": 0}, {"pageSize": 1001}, {"nextToken": "x"}):
        refused(call(world, "ListTrustAnchors", wrong))


def tag(key: str, value: str) -> dict[str, str]:
    return {"key": key, "value": value}


def test_tags(scene: Scene) -> None:
    world = scene.world
    made = call(world, "ImportCrl", imported(scene, revocation_list(scene.authority))).parsed["crl"]
    for arn in (scene.anchor["trustAnchorArn"], scene.profile["profileArn"], made["crlArn"]):
        named = {"resourceArn": arn}
        assert call(world, "TagResource", named | {"tags": [tag("b", "1"), tag("a", "2")]}).status == 201
        done(world, "TagResource", named | {"tags": [tag("b", "3")]})
        assert done(world, "ListTagsForResource", named)["tags"] == [tag("a", "2"), tag("b", "3")]
        done(world, "UntagResource", named | {"tagKeys": ["b", "z"]})
        assert done(world, "ListTagsForResource", named)["tags"] == [tag("a", "2")]
        refused(call(world, "TagResource", named | {"tags": [tag("x", "1"), tag("x", "2")]}))
        refused(call(world, "TagResource", named | {"tags": [tag("aws:x", "1")]}))
        many = [tag(f"k{number}", "") for number in range(200)]
        assert call(world, "TagResource", named | {"tags": many}).code == "TooManyTagsException"


@pytest.mark.parametrize(
    "arn",
    [anchor_arn(NOBODY), anchor_arn(NOBODY).replace("trust-anchor", "subject"), anchor_arn("x"), "x"],
)
def test_tags_of_what_is_not_there(world: World, arn: str) -> None:
    assert call(world, "ListTagsForResource", {"resourceArn": arn}).code == "ResourceNotFoundException"
    assert call(world, "TagResource", {"resourceArn": arn, "tags": []}).code == "ResourceNotFoundException"


# --- who may ---


def test_policies_name_resources_and_tags(scene: Scene) -> None:
    world = scene.world
    arn = scene.anchor["trustAnchorArn"]
    ann = world.user("ann", allow("rolesanywhere:GetTrustAnchor", arn), allow("rolesanywhere:CreateTrustAnchor", "*"))
    assert call(world, "GetTrustAnchor", {"trustAnchorId": scene.anchor["trustAnchorId"]}, key=ann).status == 200
    other = call(world, "GetTrustAnchor", {"trustAnchorId": NOBODY}, key=ann)
    assert (other.status, other.code) == (403, "AccessDeniedException")
    assert f"rolesanywhere:GetTrustAnchor on resource: {anchor_arn(NOBODY)}" in other.message
    condition = {"StringEquals": {"aws:RequestTag/team": "a"}}
    eve = world.user("eve", allow("rolesanywhere:*", "*", Condition=condition))
    sent = {"name": "a", "source": source(ROOT)}
    assert call(world, "CreateTrustAnchor", sent, key=eve).status == 403
    assert call(world, "CreateTrustAnchor", sent | {"tags": [tag("team", "a")]}, key=eve).status == 201
    done(world, "TagResource", {"resourceArn": arn, "tags": [tag("own", "mia")]})
    condition = {"StringEquals": {"aws:ResourceTag/own": "mia"}}
    mia = world.user("mia", allow("rolesanywhere:*", "*", Condition=condition))
    assert call(world, "DisableTrustAnchor", {"trustAnchorId": arn}, key=mia).status == 200
    assert call(world, "ListTrustAnchors", key=mia).status == 403


def test_a_guardrail_of_regions_holds_for_arns_of_other_regions(scene: Scene) -> None:
    world, anchor, profile = scene.world, scene.anchor["trustAnchorArn"], scene.profile["profileArn"]
    made = done(world, "ImportCrl", imported(scene, revocation_list(scene.authority)))["crl"]["crlArn"]
    only = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    ann = world.user("ann", allow(["rolesanywhere:*", "iam:PassRole"], "*", Condition=only))
    for operation, sent in (
        ("GetTrustAnchor", {"trustAnchorId": anchor}),
        ("DisableTrustAnchor", {"trustAnchorId": anchor}),
        ("UpdateTrustAnchor", {"trustAnchorId": anchor, "source": source(ROOT)}),
        ("DeleteProfile", {"profileId": profile}),
        ("DisableCrl", {"crlId": made}),
        ("ImportCrl", imported(scene, revocation_list(scene.authority))),
        ("TagResource", {"resourceArn": anchor, "tags": [tag("a", "b")]}),
        ("ListTagsForResource", {"resourceArn": anchor}),
    ):
        assert call(world, operation, sent, key=ann, region=REGION).status == 403, operation
        answer = call(world, operation, sent, key=ann, region="eu-west-1")
        assert (answer.status, answer.code) == (404, "ResourceNotFoundException"), operation
    assert done(world, "GetTrustAnchor", {"trustAnchorId": anchor})["trustAnchor"] == scene.anchor


def test_who_makes_a_profile_must_be_allowed_to_pass_its_roles(scene: Scene) -> None:
    world = scene.world
    passed = {"StringEquals": {"iam:PassedToService": "rolesanywhere.amazonaws.com"}}
    ann = world.user("ann", allow("rolesanywhere:*", "*"), allow("iam:PassRole", ROLE, Condition=passed))
    assert call(world, "CreateProfile", {"name": "a", "roleArns": [ROLE]}, key=ann).status == 201
    denied = call(world, "CreateProfile", {"name": "a", "roleArns": [ROLE, f"{ROLE}2"]}, key=ann)
    assert (denied.status, denied.code) == (403, "AccessDeniedException")
    assert f"iam:PassRole on resource: {ROLE}2" in denied.message
    eve = world.user("eve", allow("rolesanywhere:*", "*"))
    named = {"profileId": scene.profile["profileId"]}
    assert call(world, "UpdateProfile", named | {"durationSeconds": 43200}, key=eve).status == 403
    assert call(world, "UpdateProfile", named | {"durationSeconds": 900}, key=world.root).status == 200


def test_who_changes_what_sessions_may_do_passes_the_roles_anew(scene: Scene) -> None:
    world, named = scene.world, {"profileId": scene.profile["profileId"]}
    ann = world.user("ann", allow("rolesanywhere:*", "*"))
    mapped = named | {"certificateField": "x509SAN"}
    for operation, sent in (
        ("EnableProfile", named),
        ("PutAttributeMapping", mapped | {"mappingRules": [{"specifier": "DNS"}]}),
        ("DeleteAttributeMapping", mapped),
    ):
        answer = call(world, operation, sent, key=ann)
        assert (answer.status, answer.code) == (403, "AccessDeniedException")
        assert f"iam:PassRole on resource: {ROLE}" in answer.message
    assert call(world, "DisableProfile", named, key=ann).status == 200


def test_who_passes_a_role_on_is_held_against_its_tags(scene: Scene) -> None:
    world = scene.world
    guarded = add_role(world, "Guarded", tags={"protected": "yes"})
    condition = {"StringEquals": {"aws:ResourceTag/protected": "yes"}}
    deny = allow("iam:PassRole", "*", Effect="Deny", Condition=condition)
    ann = world.user("ann", allow(["rolesanywhere:*", "iam:PassRole"], "*"), deny)
    sent = {"name": "a", "roleArns": [ROLE, guarded.arn]}
    denied = call(world, "CreateProfile", sent, key=ann)
    assert (denied.status, denied.code) == (403, "AccessDeniedException")
    assert "explicit deny" in denied.message
    assert call(world, "CreateProfile", sent | {"roleArns": [ROLE, f"{ROLE}2"]}, key=ann).status == 201


# --- profiles ---


def test_profiles(scene: Scene) -> None:
    world = scene.world
    policy = '{"Version": "2012-10-17", "Statement": []}'
    assert "session policy" in refused(profile(world, sessionPolicy=policy))
    assert "no managed policy" in refused(profile(world, managedPolicyArns=["arn:aws:iam::aws:policy/None"]))
    many = [f"arn:aws:iam::aws:policy/P{number}" for number in range(11)]
    assert "at most 10" in refused(profile(world, managedPolicyArns=many))
    assert "no role of this account" in refused(profile(world, roleArns=[ROLE.replace(ACCOUNT, OTHER_ACCOUNT)]))
    assert "one role at least" in refused(profile(world, roleArns=[]))
    made = profile(world, managedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]).parsed["profile"]
    assert made["durationSeconds"] == 3600
    assert made["createdBy"] == f"arn:aws:iam::{ACCOUNT}:user/administrator"
    assert "sessionPolicy" not in made
    ids = {one["profileId"] for one in done(world, "ListProfiles")["profiles"]}
    assert ids == {made["profileId"], scene.profile["profileId"]}
    assert done(world, "DeleteProfile", {"profileId": made["profileId"]})["profile"] == made
    assert call(world, "GetProfile", {"profileId": made["profileId"]}).code == "ResourceNotFoundException"


def profile(world: World, **more: Any) -> Answer:
    return call(world, "CreateProfile", {"name": "a", "roleArns": [ROLE]} | more)


def test_attribute_mappings(scene: Scene) -> None:
    world, named = scene.world, {"profileId": scene.profile["profileId"], "certificateField": "x509Subject"}
    assert {one["certificateField"] for one in scene.profile["attributeMappings"]} == {
        "x509Issuer",
        "x509SAN",
        "x509Subject",
    }
    refused(call(world, "PutAttributeMapping", named | {"mappingRules": [{"specifier": ""}]}))
    done(world, "PutAttributeMapping", named | {"mappingRules": [{"specifier": "CN"}, {"specifier": "O"}]})
    assert "has no mapping rule for OU" in refused(
        call(world, "DeleteAttributeMapping", named | {"specifiers": ["OU", "CN"]})
    )
    left = done(world, "DeleteAttributeMapping", named | {"specifiers": ["O"]})["profile"]["attributeMappings"]
    assert {"certificateField": "x509Subject", "mappingRules": [{"specifier": "CN"}]} in left
    none = done(world, "DeleteAttributeMapping", named)["profile"]["attributeMappings"]
    assert all(one["certificateField"] != "x509Subject" for one in none)


# --- revocation lists ---


def imported(scene: Scene, data: bytes, **more: Any) -> dict[str, Any]:
    return {"name": "c", "crlData": data, "trustAnchorArn": scene.anchor["trustAnchorArn"]} | more


def test_revocation_lists(scene: Scene) -> None:
    world, authority = scene.world, scene.authority
    made = done(world, "ImportCrl", imported(scene, revocation_list(authority, encoding=Encoding.DER)))["crl"]
    assert (made["enabled"], made["trustAnchorArn"]) == (False, scene.anchor["trustAnchorArn"])
    named = {"crlId": made["crlId"]}
    assert done(world, "GetCrl", named)["crl"] == made
    assert done(world, "ListCrls")["crls"] == [made]
    assert done(world, "EnableCrl", named)["crl"]["enabled"] is True
    assert done(world, "UpdateCrl", named | {"name": "d"})["crl"]["name"] == "d"
    assert "no certificate of the trust anchor" in refused(
        call(world, "UpdateCrl", named | {"crlData": revocation_list(ROOT)})
    )
    done(world, "ImportCrl", imported(scene, revocation_list(authority)))
    assert "Cannot exceed quota" in refused(call(world, "ImportCrl", imported(scene, revocation_list(authority))))
    assert done(world, "DeleteCrl", named)["crl"]["crlId"] == made["crlId"]
    assert call(world, "GetCrl", named).code == "ResourceNotFoundException"
    done(world, "DeleteTrustAnchor", {"trustAnchorId": scene.anchor["trustAnchorId"]})
    assert done(world, "ListCrls")["crls"] == []


def test_lists_that_are_not_taken(scene: Scene) -> None:
    authority = scene.authority
    delta = (x509.DeltaCRLIndicator(1), True)
    for data, told in (
        (b"x", "cannot be accepted"),
        (b"\x30\x03\x02\x01\x01", "cannot be read"),
        (authority.certificate_pem.encode(), "X509 CRL"),
        (revocation_list(authority, signed_by=ROOT), "no certificate of the trust anchor"),
        (revocation_list(authority, extensions=[delta]), "critical extension 2.5.29.27"),
    ):
        assert told in refused(call(scene.world, "ImportCrl", imported(scene, data)))
    missing = imported(scene, revocation_list(authority), trustAnchorArn=anchor_arn(NOBODY))
    assert call(scene.world, "ImportCrl", missing).code == "ResourceNotFoundException"


def test_a_list_of_an_authority_under_the_anchor(scene: Scene) -> None:
    """With the certificates up to the anchor behind it; alone it cannot be told whose it is."""
    world, middle = scene.world, scene.authority.authority("Middle")
    leaf, other = workload(middle), workload(middle)
    data = revocation_list(middle, leaf.certificate.serial_number)
    assert "with the certificates up to the anchor" in refused(call(world, "ImportCrl", imported(scene, data)))
    whole = data + middle.certificate_pem.encode()
    made = done(world, "ImportCrl", imported(scene, whole, enabled=True))["crl"]
    assert made["crlData"] == whole
    assert "is revoked" in scene.ask(leaf, chain=[middle.certificate_der]).message
    assert scene.ask(other, chain=[middle.certificate_der]).status == 201
    assert scene.ask().status == 201


# --- the protocol ---


def test_unknown_paths_methods_and_members(world: World) -> None:
    request = request_for(world, "ListProfiles", {})
    answer = world.endpoint.handle(request)
    assert answer.status == 200
    for operation, sent in (("ListProfiles", {"pageSize": 1}), ("GetProfile", {"profileId": NOBODY})):
        made = request_for(world, operation, sent)
        assert world.endpoint.handle_read(made) is not None
    missing = world.endpoint.handle(type(request)("GET", "/profiles", "", (), b"", request.source_ip))
    assert (missing.status, dict(missing.headers)["x-amzn-errortype"]) == (403, "MissingAuthenticationTokenException")
    assert missing.body == b'{"message":"Missing Authentication Token"}'
