"""Authentication of temporary credentials on its own: what is read, what is kept, and for how long."""

from typing import Any
from unittest.mock import patch

import pytest
from tests.house_fixture import WINDOW, Key, World, allow, signed
from tests.sessions import ROOT, assumed, role, session_token, trusting

from sealstone.endpoint import authenticate
from sealstone.endpoint.authenticate import Authenticator
from sealstone.operations.call import Caller
from sealstone.operations.errors import ExpiredToken, InvalidClientTokenId, SignatureDoesNotMatch
from sealstone.seal import session_token as tokens

LIST = {"Action": "ListUsers"}


@pytest.fixture
def door(world: World) -> Authenticator:
    return Authenticator(world.house, ("iam", "sts"), WINDOW)


@pytest.fixture
def session(world: World) -> Key:
    return assumed(world, role(world, "deployer", trusting(ROOT), allow("iam:ListUsers", "*")))


def caller(world: World, door: Authenticator, key: Key, service: str = "iam", region: str = "eu-west-1") -> Caller:
    request = signed(service, LIST, key, region=region, at=world.clock.now)
    return door.authenticate(request, door.claim(request), world.clock.now)


def opened_times(world: World, door: Authenticator, *keys: Key) -> int:
    """How often a token is opened."""
    count = 0
    real = tokens.opened

    def counted(*arguments: Any) -> Any:
        nonlocal count
        count += 1
        return real(*arguments)

    with patch("sealstone.seal.session_token.opened", counted):
        for key in keys:
            try:
                caller(world, door, key)
            except InvalidClientTokenId:
                continue
    return count


def test_the_caller(world: World, door: Authenticator, session: Key) -> None:
    found = caller(world, door, session)
    assert found.role is not None
    assert (found.role.name, found.access_key_id, len(found.policies)) == ("deployer", session.access_key_id, 1)


def test_a_token_is_opened_once_until_an_identity_changes(world: World, door: Authenticator, session: Key) -> None:
    wrong = Key(session.access_key_id, session.secret, "SealstoneST1AAAA")
    assert opened_times(world, door, session, session, session) == 1
    assert opened_times(world, door, wrong, wrong, session) == 2, "that a token is none is not kept"
    world.user("ann")
    assert opened_times(world, door, session, session) == 1


def test_who_has_no_secret_does_not_change_what_the_owner_finds(
    world: World, door: Authenticator, session: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if two texts opened as one session: what the first one showed is not in the place of the second's."""
    real = tokens.opened
    genuine = session.token or ""
    monkeypatch.setattr(tokens, "opened", lambda ring, key, token: real(ring, key, token.rstrip("~")))
    with pytest.raises(SignatureDoesNotMatch):
        caller(world, door, Key(session.access_key_id, "wrong", genuine + "~"))
    assert caller(world, door, session).role is not None
    with pytest.raises(SignatureDoesNotMatch):
        caller(world, door, Key(session.access_key_id, "wrong", genuine))
    assert caller(world, door, session).role is not None


def test_what_is_kept_is_bounded(
    world: World, door: Authenticator, session: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authenticate, "_KEPT_SESSIONS", 3)
    for _ in range(8):
        caller(world, door, session_token(world), "sts")
        assert len(door._sessions) <= 3
    for number in range(8):
        stranger = Key(f"ASIA{number:016}", "s" * 40, "SealstoneST1" + "A" * 400)
        with pytest.raises(InvalidClientTokenId):
            caller(world, door, stranger)
    assert len(door._sessions) <= 3


def test_signing_keys_are_bounded_too(world: World, door: Authenticator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authenticate, "_KEPT", 3)
    for _ in range(8):
        caller(world, door, session_token(world), "sts")
        assert len(door._signing_keys) <= 4


def test_a_session_kept_still_ends(world: World, door: Authenticator, session: Key) -> None:
    caller(world, door, session)
    world.clock.advance(3600)
    with pytest.raises(ExpiredToken):
        caller(world, door, session)


def test_a_use_is_the_role_s(world: World, door: Authenticator, session: Key) -> None:
    world.recorder.uses.clear()
    caller(world, door, session, "sts")
    caller(world, door, session_token(world), "sts")
    uses = [(use.access_key_id, use.service, use.region) for use in world.recorder.uses]
    assert ("AROADEPLOYERXXXXXXXXX", "sts", "eu-west-1") in uses
    assert not any(use[0].startswith("ASIA") for use in uses)


def test_a_stranger_costs_a_signature_s_work(world: World, door: Authenticator, session: Key) -> None:
    """An unknown token is answered after the work of a signature, as an unknown key is."""
    request = signed("iam", LIST, Key(session.access_key_id, session.secret, "SealstoneST1AAAA"), at=world.clock.now)
    with (
        patch("sealstone.endpoint.sigv4.matches", return_value=True) as work,
        pytest.raises(InvalidClientTokenId),
    ):
        door.authenticate(request, door.claim(request), world.clock.now)
    assert work.call_count == 1
