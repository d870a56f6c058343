"""Requests signed by a certificate's key, through the door: whose they are, and for how long."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests.house_fixture import ACCOUNT, OTHER_ACCOUNT, Key, World, allow
from tests.pki import NOW, Authority, PrivateKey, ec_key, rsa_key, self_signed
from tests.protocol.by_certificate import (
    BOB,
    BOB_RSA,
    EVE,
    MISMATCH,
    UNKNOWN,
    WHO,
    answered,
    ask,
    bob_of,
    change,
    outcome,
    rewritten,
    shown,
    signed,
    upload,
    with_header,
)

from sealstone.model.identity import Status
from sealstone.store import signing_certificates as stored
from sealstone.store.engine import Store

KEYS: Final[dict[str, Callable[[], PrivateKey]]] = {
    "RSA 2048": lambda: rsa_key(2048, 1),
    "RSA 4096": lambda: rsa_key(4096),
    "P-256": ec_key,
    "P-384": lambda: ec_key(ec.SECP384R1()),
    "P-521": lambda: ec_key(ec.SECP521R1()),
}


@pytest.fixture
def bob(world: World) -> str:
    """The id of his certificate."""
    return bob_of(world)


# --- whose it is ---


@pytest.mark.parametrize("kind", KEYS)
def test_whoever_has_the_key_is_the_user(world: World, kind: str) -> None:
    world.user("bob", allow("iam:GetUser", "*"))
    leaf = self_signed("bob", key=KEYS[kind]())
    upload(world, leaf)
    assert ask(world, leaf).parsed["User"]["UserName"] == "bob"
    who = ask(world, leaf, WHO, service="sts").parsed
    assert who["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/bob"
    by_key = world.done("sts", WHO, key=Key.made_up("bob"))
    assert [who[name] for name in ("Account", "Arn", "UserId")] == [
        by_key[name] for name in ("Account", "Arn", "UserId")
    ]


def test_issued_by_anybody(world: World) -> None:
    """No chain is looked at: the certificate was uploaded, to the byte."""
    leaf = Authority("Somebody").authority("Below").leaf("bob")
    world.user("bob", allow("iam:GetUser", "*"))
    upload(world, leaf)
    assert ask(world, leaf).status == 200
    assert outcome(ask(world, self_signed("never uploaded"))) == UNKNOWN


def test_policies_hold_as_for_his_key(world: World, bob: str) -> None:
    denied = world.ask("iam", {"Action": "ListUsers"}, key=Key.made_up("bob"))
    answer = ask(world, BOB, {"Action": "ListUsers"})
    assert (outcome(answer), answer.message) == ((403, "AccessDenied"), denied.message)
    assert bob not in answer.message


def test_aws_userid_is_the_user_s_id(world: World) -> None:
    """And not the certificate's, which changes when it is renewed."""
    world.user("bob", allow("iam:GetUser", "*"))
    upload(world, BOB)
    user_id = ask(world, BOB).parsed["User"]["UserId"]
    same = allow("iam:ListUsers", "*", Condition={"StringEquals": {"aws:userid": user_id}})
    put = {"Action": "PutUserPolicy", "UserName": "bob", "PolicyName": "same", "PolicyDocument": json.dumps(same)}
    assert ask(world, BOB, {"Action": "ListUsers"}).code == "AccessDenied"
    world.done("iam", put)
    assert ask(world, BOB, {"Action": "ListUsers"}).status == 200


def test_root_s_certificate_is_root(world: World) -> None:
    upload(world, BOB, None, world.root)
    who = ask(world, BOB, WHO, service="sts").parsed
    assert (who["Arn"], who["UserId"]) == (f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
    assert ask(world, BOB, {"Action": "ListUsers"}).status == 200


def test_each_account_has_its_own(world: World, bob: str) -> None:
    stranger = world.account(OTHER_ACCOUNT)
    upload(world, EVE, None, stranger)
    accounts = [ask(world, leaf, WHO, service="sts").parsed["Account"] for leaf in (BOB, EVE)]
    assert accounts == [ACCOUNT, OTHER_ACCOUNT]
    assert [user["UserName"] for user in ask(world, EVE, {"Action": "ListUsers"}).parsed["Users"]] == []


def test_he_manages_his_certificates_by_a_certificate(world: World) -> None:
    """Without UserName it is whoever signs, as with a key."""
    world.user("bob", allow(["iam:UploadSigningCertificate", "iam:ListSigningCertificates"], "*"))
    upload(world, BOB)
    again = {"Action": "UploadSigningCertificate", "CertificateBody": BOB_RSA.certificate_pem}
    assert ask(world, BOB, again).parsed["Certificate"]["UserName"] == "bob"
    assert len(ask(world, BOB_RSA, {"Action": "ListSigningCertificates"}).parsed["Certificates"]) == 2


def test_the_audit_log_names_the_certificate(world: World, bob: str) -> None:
    assert ask(world, BOB).status == 200
    row = world.audited()[-1]
    assert (row.principal, row.access_key_id) == (f"arn:aws:iam::{ACCOUNT}:user/bob", bob)
    assert bob not in {use.access_key_id for use in world.recorder.uses}, "last uses are of access keys"
    assert outcome(ask(world, EVE)) == UNKNOWN
    assert (world.audited()[-1].principal, world.audited()[-1].access_key_id) == ("-", "-")


# --- a certificate that no longer counts ---


def test_switched_off_and_on(world: World, bob: str) -> None:
    change(world, "Update", bob, Status="Inactive")
    refused = ask(world, BOB)
    assert outcome(refused) == UNKNOWN
    assert refused.message == ask(world, EVE).message == "The security token included in the request is invalid"
    change(world, "Update", bob, Status="Active")
    assert ask(world, BOB).status == 200


def test_switched_off_by_another_process(world: World, bob: str) -> None:
    assert ask(world, BOB).status == 200
    other = Store.open(world.path)
    with other.writing() as tx:
        stored.set_status(tx, bob, Status.INACTIVE)
    other.close()
    assert outcome(ask(world, BOB)) == UNKNOWN


def test_deleted(world: World, bob: str) -> None:
    assert ask(world, BOB).status == 200
    change(world, "Delete", bob)
    assert outcome(ask(world, BOB)) == UNKNOWN


def test_moved_to_another_user_it_is_the_other_user_s(world: World, bob: str) -> None:
    world.user("ann", allow("iam:GetUser", "*"))
    assert ask(world, BOB).parsed["User"]["UserName"] == "bob"
    change(world, "Delete", bob)
    upload(world, BOB, "ann")
    assert ask(world, BOB).parsed["User"]["UserName"] == "ann"


@pytest.mark.parametrize("day", [-31, 366])
def test_out_of_its_validity_only_the_key_s_holder_is_told_why(world: World, bob: str, day: int) -> None:
    """The server's clock decides, whatever time is signed."""
    world.clock.now = NOW + timedelta(days=day)
    told = ask(world, BOB, at=world.clock.now)
    assert outcome(told) == UNKNOWN
    valid = f"{bob} is valid from 2026-10-22T12:00:00Z to 2027-11-21T12:00:00Z"
    assert told.message.startswith("The security token included in the request is invalid: the signing certificate ")
    assert valid in told.message
    forged = with_header(signed(EVE, at=world.clock.now), "x-amz-x509", shown(BOB))
    answer = answered(world, rewritten(forged, str(EVE.certificate.serial_number), str(BOB.certificate.serial_number)))
    assert outcome(answer) == MISMATCH
    assert bob not in answer.message
    change(world, "Update", bob, Status="Inactive")
    assert ask(world, BOB, at=world.clock.now).message == "The security token included in the request is invalid"


@pytest.mark.usefixtures("bob")
@pytest.mark.parametrize(("day", "seconds", "fine"), [(-30, 0, 1), (-30, -1, 0), (365, 0.999, 1), (365, 1, 0)])
def test_both_ends_of_its_validity_belong_to_it(world: World, day: int, seconds: float, fine: int) -> None:
    world.clock.now = NOW + timedelta(days=day, seconds=seconds)
    assert (ask(world, BOB, at=world.clock.now).status == 200) == bool(fine)


# --- time ---


@pytest.mark.usefixtures("bob")
@pytest.mark.parametrize(("seconds", "expected"), [(900, 200), (901, 403), (-900, 200), (-901, 403)])
def test_clock_skew(world: World, seconds: int, expected: int) -> None:
    answer = ask(world, BOB, at=NOW + timedelta(seconds=seconds))
    assert answer.status == expected
    if expected != 200:
        assert answer.message.startswith(f"Signature {'not yet current' if seconds > 0 else 'expired'}")


@pytest.mark.usefixtures("bob")
def test_a_replay_beyond_the_window(world: World) -> None:
    """Within it a request may come twice, as with keys: Signature Version 4 has no nonce."""
    request = signed(BOB)
    assert [answered(world, request).status for _ in range(2)] == [200, 200]
    world.clock.advance(901)
    assert outcome(answered(world, request)) == MISMATCH
    later = with_header(request, "x-amz-date", f"{world.clock.now:%Y%m%dT%H%M%SZ}")
    assert outcome(answered(world, later)) == MISMATCH
