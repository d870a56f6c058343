"""Authentication by certificate on its own: whom it finds, what it keeps, and what it does not do for strangers."""

import base64
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from tests.house_fixture import ACCOUNT, WINDOW, World, allow
from tests.pki import NOW
from tests.protocol.by_certificate import BOB, EVE, change, shown, signed, upload, with_header

from sealstone.endpoint import authenticate
from sealstone.endpoint.authenticate import Authenticator
from sealstone.endpoint.request import Request
from sealstone.operations.call import Caller
from sealstone.operations.errors import AWSError, InvalidClientTokenId, SignatureDoesNotMatch
from sealstone.store import signing_certificates

BARE = "The security token included in the request is invalid"


@pytest.fixture
def door(world: World) -> Authenticator:
    return Authenticator(world.house, ("iam", "sts"), WINDOW)


@pytest.fixture
def bob(world: World) -> str:
    """The id of Bob's certificate."""
    world.user("bob", allow("iam:GetUser", "*"))
    return upload(world, BOB)


def caller(door: Authenticator, request: Request, days: float = 0) -> Caller:
    return door.authenticate(request, door.claim(request), NOW + timedelta(days=days))


def refused(door: Authenticator, request: Request, days: float = 0) -> AWSError:
    with pytest.raises(AWSError) as refusal:
        caller(door, request, days)
    return refusal.value


def test_the_caller(world: World, door: Authenticator, bob: str) -> None:
    found = caller(door, signed(BOB))
    assert found.user is not None
    assert (found.account_id, found.user.name, found.access_key_id) == (ACCOUNT, "bob", bob)
    assert len(found.policies) == 1
    assert bob not in {use.access_key_id for use in world.recorder.uses}, "last uses are of access keys"


def test_what_is_not_told_apart(world: World, door: Authenticator, bob: str) -> None:
    """Not there, switched off, another serial number, a session token: one answer."""
    token = with_header(signed(BOB), "x-amz-security-token", "token")
    answers = [refused(door, request) for request in (signed(EVE), signed(BOB, serial_number="1"), token)]
    change(world, "Update", bob, Status="Inactive")
    answers.append(refused(door, signed(BOB)))
    assert {type(answer) for answer in answers} == {InvalidClientTokenId}
    assert {answer.message for answer in answers} == {BARE}


@pytest.mark.parametrize("service", ["iam", "sts"])
@pytest.mark.parametrize("days", [-30.1, 365.1])
def test_a_validity_is_told_to_the_key_s_holder(door: Authenticator, bob: str, service: str, days: float) -> None:
    request = signed(BOB, service=service, at=NOW + timedelta(days=days))
    told = refused(door, request, days)
    assert isinstance(told, InvalidClientTokenId)
    assert told.message.startswith(f"{BARE}: the signing certificate {bob} is valid from 2026-10-22T12:00:00Z to ")
    stranger = signed(EVE, at=NOW + timedelta(days=days), serial_number=str(BOB.certificate.serial_number))
    answer = refused(door, with_header(stranger, "x-amz-x509", shown(BOB)), days)
    assert isinstance(answer, SignatureDoesNotMatch)
    assert bob not in answer.message


def reads(door: Authenticator, requests: list[Request]) -> int:
    """How often the store is asked for a signer."""
    asked = 0
    look_up = signing_certificates.signer

    def counted(*arguments: Any) -> Any:
        nonlocal asked
        asked += 1
        return look_up(*arguments)

    with patch("sealstone.store.signing_certificates.signer", counted):
        for request in requests:
            try:
                caller(door, request)
            except InvalidClientTokenId:
                continue
    return asked


@pytest.mark.usefixtures("bob")
def test_it_is_read_once_until_an_identity_changes(world: World, door: Authenticator) -> None:
    known, unknown = signed(BOB), signed(EVE)
    assert reads(door, [known, unknown] * 3) == 2, "that there is none is kept too"
    assert reads(door, [known, unknown]) == 0
    world.user("ann")
    assert reads(door, [known, unknown]) == 2


@pytest.mark.usefixtures("bob")
def test_what_is_kept_is_bounded(door: Authenticator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and certificates count together: neither grows by what strangers send."""
    monkeypatch.setattr(authenticate, "_KEPT", 3)
    for number in range(20):
        unknown = base64.b64encode(bytes([number])).decode()
        assert isinstance(refused(door, with_header(signed(EVE), "x-amz-x509", unknown)), InvalidClientTokenId)
        assert len(door._signers) + len(door._identities) <= 4
    assert caller(door, signed(BOB)).user is not None


@pytest.mark.usefixtures("bob")
def test_nothing_of_a_stranger_s_certificate_is_parsed(door: Authenticator) -> None:
    with patch("sealstone.endpoint.authenticate.Verifier", side_effect=AssertionError):
        assert isinstance(refused(door, signed(EVE)), InvalidClientTokenId)
