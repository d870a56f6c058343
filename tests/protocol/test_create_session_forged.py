"""CreateSession forged: certificates, chains, headers and bodies; each is refused, and the genuine one is not."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from tests.house_fixture import ACCOUNT, World
from tests.pki import NOW, Authority, rsa_key
from tests.protocol.by_certificate import rewritten, with_header, with_signature
from tests.rest_json import (
    UNTRUSTED,
    USAGES,
    Scene,
    call,
    done,
    made_scene,
    read,
    refusal,
    request_for,
    revocation_list,
    session_request,
    workload,
)


@pytest.fixture
def scene(world: World) -> Scene:
    return made_scene(world)


# --- forged certificates ---


def test_the_same_name_another_authority(scene: Scene) -> None:
    forged = workload(Authority("Example Root"), key=scene.leaf.key)
    assert forged.certificate.issuer == scene.leaf.certificate.issuer
    assert refusal(scene.ask(forged)).startswith(UNTRUSTED)
    assert refusal(scene.ask(forged, chain=[scene.authority.certificate_der])).startswith(UNTRUSTED)


def test_a_chain_in_any_order_and_no_chain_of_another(scene: Scene) -> None:
    upper = scene.authority.authority("Upper")
    lower = upper.authority("Lower")
    leaf = workload(lower)
    ders = [upper.certificate_der, lower.certificate_der]
    for chain in (ders, ders[::-1], [*ders, scene.authority.certificate_der]):
        assert scene.ask(leaf, chain=chain).status == 201
    for chain in ([], ders[:1], ders[1:], [upper.certificate_der, upper.again().certificate_der]):
        assert refusal(scene.ask(leaf, chain=chain)).startswith(UNTRUSTED)


def test_an_issuer_that_is_no_authority(scene: Scene) -> None:
    middle = scene.authority.authority("Middle", is_authority=False)
    assert "CA:TRUE" in refusal(scene.ask(workload(middle), chain=[middle.certificate_der]))
    unsaid = scene.authority.authority("Middle", is_authority=None)
    assert "CA:TRUE" in refusal(scene.ask(workload(unsaid), chain=[unsaid.certificate_der]))


def test_a_workload_s_certificate_issues_nothing(scene: Scene) -> None:
    issuer = Authority("build", key=scene.leaf.key)
    forged = workload(issuer, "root")
    assert refusal(scene.ask(forged, chain=[scene.leaf.certificate_der])).startswith(UNTRUSTED)


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        ({"is_authority": True}, "CA:FALSE"),
        ({"is_authority": None}, "CA:FALSE"),
        ({"not_after": NOW - timedelta(seconds=1)}, "not valid at"),
        ({"not_before": NOW + timedelta(seconds=1)}, "not valid at"),
        ({"key": rsa_key(1024)}, "RSA from 2048"),
    ],
)
def test_certificates_that_are_not_taken(scene: Scene, options: Any, cause: str) -> None:
    told = refusal(scene.ask(workload(scene.authority, **options)))
    assert told.startswith(UNTRUSTED)
    assert cause in told


def test_a_certificate_that_is_not_for_signatures(scene: Scene) -> None:
    usage = x509.KeyUsage(**(USAGES | {"digital_signature": False, "key_encipherment": True}))
    for extensions in ((), (usage,)):
        leaf = scene.authority.leaf("build", is_authority=False, extensions=extensions)
        assert "digitalSignature" in refusal(scene.ask(leaf))


def test_an_anchor_that_has_expired(scene: Scene) -> None:
    scene.world.clock.advance(366 * 86400)
    leaf = workload(scene.authority, valid_at=scene.world.clock.now)
    assert "not valid at" in refusal(scene.ask(leaf))


# --- forged requests ---


def test_forged_headers_and_bodies(scene: Scene) -> None:
    request = session_request(scene.leaf, scene.members)
    other = scene.members | {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/Admin"}
    stolen = workload(scene.authority, "admin")
    encoded = base64.b64encode(stolen.certificate_der).decode()
    number = str(scene.leaf.certificate.serial_number)
    handle = scene.world.endpoint.handle
    assert read(handle(request), "CreateSession").status == 201
    for forged in (
        replace(request, body=json.dumps(other).encode()),
        replace(request, query="roleArn=x"),
        with_header(request, "x-amz-x509", encoded),
        rewritten(with_header(request, "x-amz-x509", encoded), number, str(stolen.certificate.serial_number)),
        rewritten(request, number, "1"),
        with_header(request, "host", "other.example.com"),
        with_header(request, "x-amz-security-token", "x"),
        with_signature(request, b"0" * 70),
        with_header(request, "x-amz-x509-chain", encoded),
    ):
        assert refusal(read(handle(forged), "CreateSession")) == "Invalid signature"


def test_chains_that_cannot_be_read(scene: Scene) -> None:
    request = session_request(scene.leaf, scene.members)
    one = base64.b64encode(scene.authority.certificate_der).decode()
    for values in (("x",), (one, one), (",".join([one] * 6),), (f"{one},",), ("A" * 16_388,)):
        answer = read(scene.world.endpoint.handle(with_header(request, "x-amz-x509-chain", *values)), "CreateSession")
        assert (answer.status, answer.code) == (400, "IncompleteSignatureException"), values
    garbage = scene.ask(chain=[b"0" * 300])
    assert refusal(garbage) == f"{UNTRUSTED}: it cannot be read as a certificate."


def test_time_and_replay(scene: Scene) -> None:
    request = session_request(scene.leaf, scene.members)
    for seconds, expected in ((900, ""), (1, "InvalidSignatureException")):
        scene.world.clock.advance(seconds)
        assert read(scene.world.endpoint.handle(request), "CreateSession").code == expected


def test_a_body_that_no_helper_sends(scene: Scene) -> None:
    long = scene.ask(instanceProperties={"k": "v" * 70_000})
    assert long.code == "SerializationException"
    assert scene.ask(surprise="1").code == "ValidationException"
    assert scene.ask(sessionName="x").status == 400


def test_a_secret_key_gets_no_session_here(scene: Scene) -> None:
    answer = call(scene.world, "CreateSession", scene.members)
    assert "private key" in refusal(answer)
    assert scene.world.recorder.records == [] or answer.status == 403


def test_the_certificate_of_a_workload_calls_nothing_else(scene: Scene) -> None:
    request = session_request(scene.leaf, scene.members)
    for path in ("/profiles", "/trustanchors", "/sessions/"):
        answer = scene.world.endpoint.handle(replace(request, path=path))
        assert answer.status == 403
        assert dict(answer.headers)["x-amzn-errortype"] == "UnrecognizedClientException" or path == "/sessions/"


def test_a_guess_that_it_reads_does_nothing(scene: Scene) -> None:
    request = session_request(scene.leaf, scene.members)
    assert scene.world.endpoint.handle_read(request) is None
    listing = request_for(scene.world, "ListProfiles", {})
    assert scene.world.endpoint.handle_read(listing) is not None


# --- revocation ---


def crl(scene: Scene, data: bytes, **more: Any) -> Any:
    sent = {"name": "c", "crlData": data, "trustAnchorArn": scene.anchor["trustAnchorArn"], "enabled": True} | more
    return call(scene.world, "ImportCrl", sent)


def test_revoked(scene: Scene) -> None:
    other = workload(scene.authority, "other")
    made = crl(scene, revocation_list(scene.authority, scene.leaf.certificate.serial_number)).parsed["crl"]
    assert "is revoked" in refusal(scene.ask())
    assert scene.ask(other).status == 201
    named = {"crlId": made["crlId"]}
    done(scene.world, "UpdateCrl", named | {"crlData": revocation_list(scene.authority)})
    assert scene.ask().status == 201
    later = revocation_list(scene.authority, next_update=NOW - timedelta(seconds=1))
    done(scene.world, "UpdateCrl", named | {"crlData": later})
    assert "due for renewal" in refusal(scene.ask())
    done(scene.world, "DisableCrl", named)
    assert scene.ask().status == 201


def test_a_revoked_intermediate(scene: Scene) -> None:
    middle = scene.authority.authority("Middle")
    leaf = workload(middle)
    assert scene.ask(leaf, chain=[middle.certificate_der]).status == 201
    assert crl(scene, revocation_list(scene.authority, middle.certificate.serial_number)).status == 201
    assert "is revoked" in refusal(scene.ask(leaf, chain=[middle.certificate_der]))
