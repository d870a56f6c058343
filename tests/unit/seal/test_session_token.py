"""Session tokens: what was sealed comes back, for its access key alone, and nothing else is believed."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealstone.model.secret import Secret
from sealstone.model.session import Session, SessionKind
from sealstone.seal.envelope import Keyring, MasterKeys
from sealstone.seal.session_token import LONGEST, MOST_PACKED, issued, opened, packed

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEY = "ASIAQXRQ45OGOXN4H7UI"
SECRET = Secret(b"s" * 40)
BARE = Session("123456789012", KEY, SessionKind.SESSION_TOKEN, "", "", NOW, NOW + timedelta(hours=1))
FULL = Session(
    account_id="123456789012",
    access_key_id=KEY,
    kind=SessionKind.ASSUMED_ROLE,
    owner_id="AROAQXRQ45OGOXN4H7UIZ",
    name="night",
    issued_at=NOW,
    expires_at=NOW + timedelta(hours=12),
    source_identity="alice",
    tags={"team": "wéb", "x": ""},
    transitive_tag_keys=("team",),
    policies=('{"Version": "2012-10-17"}',),
    policy_arns=("arn:aws:iam::aws:policy/SecurityAudit",),
    chained=True,
    mfa=True,
    certificate_id="A" * 32,
)


def chance(length: int) -> bytes:
    return bytes(range(length))


def keyring(*names: str) -> Keyring:
    keys = {name * 8: Secret(bytes.fromhex(name) * 32) for name in names}
    return Keyring(MasterKeys(keys, names[0] * 8), chance)


RING = keyring("00")


def test_every_field_makes_the_way() -> None:
    assert all(getattr(FULL, item.name) != item.default for item in fields(Session)), "each with a value of its own"
    for session in (BARE, FULL):
        found = opened(RING, KEY, issued(RING, session, SECRET))
        assert found is not None
        assert found[0] == session
        assert found[1].reveal() == SECRET.reveal()


def test_a_token_is_text_that_tells_nothing() -> None:
    token = issued(RING, FULL, SECRET)
    assert token.isascii()
    assert token.isprintable()
    assert token.startswith("SealstoneST1")
    assert "alice" not in token


@pytest.mark.parametrize("shortest", [0, 1, 12, 500, 1000, 4095, 4096, 9999])
def test_it_is_filled_up(shortest: int) -> None:
    token = issued(RING, BARE, SECRET, shortest=shortest)
    assert min(shortest, LONGEST) <= len(token) <= LONGEST
    found = opened(RING, KEY, token)
    assert found
    assert found[0] == BARE


def test_the_most_that_fits_is_opened() -> None:
    """Names, keys and source identity as long as they may be, and as many bytes of policies and tags."""
    noise = "".join(chr(0x4E00 + n * 37 % 20000) for n in range(64))
    full = replace(FULL, name=noise, source_identity=noise[::-1], policies=(), policy_arns=(), transitive_tag_keys=())
    tags: dict[str, str] = {}
    number = 0
    while packed((), (), tags | {f"{number:050}": f"{number * 7919 % 99991:05}" * 7}) <= MOST_PACKED:
        tags[f"{number:050}"] = f"{number * 7919 % 99991:05}" * 7
        number += 1
    full = replace(full, tags=tags, transitive_tag_keys=tuple(tags))
    token = issued(RING, full, SECRET)
    assert len(token) <= LONGEST
    found = opened(RING, KEY, token)
    assert found
    assert found[0] == full


def _wrong_tokens() -> dict[str, Callable[[str], str]]:
    return {
        "nothing": lambda _token: "",
        "another format": lambda token: token.replace("ST1", "ST2"),
        "cut": lambda token: token[:-4],
        "longer": lambda token: token + "AAAA",
        "changed": lambda token: token[:60] + ("A" if token[60] != "A" else "B") + token[61:],
        "not base64": lambda token: token[:-3] + "!?*",
        "a space in it": lambda token: token[:50] + " " + token[50:],
        "not ASCII": lambda token: token[:-1] + "é",
        "too long": lambda token: token + "A" * LONGEST,
        "bare": lambda _token: "SealstoneST1",
    }


@pytest.mark.parametrize("change", _wrong_tokens().values(), ids=_wrong_tokens().keys())
def test_what_was_not_issued_is_none(change: Callable[[str], str]) -> None:
    assert opened(RING, KEY, change(issued(RING, FULL, SECRET))) is None


def test_there_is_one_text_of_a_token() -> None:
    """Bits of the last character that stand for nothing (RFC 4648, 3.5): another text would be a second token."""
    texts = (issued(RING, replace(FULL, name="n" * length), SECRET) for length in range(1, 40))
    token = next(text for text in texts if text.endswith("=") and not text.endswith("=="))
    last = token[-2]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = token[:-2] + letters[letters.index(last) ^ 1] + "="
    assert b64decode(other[12:]) == b64decode(token[12:])
    assert opened(RING, KEY, token) is not None
    assert opened(RING, KEY, other) is None


def test_it_opens_for_its_key_alone_and_here_alone() -> None:
    token = issued(RING, FULL, SECRET)
    assert opened(RING, KEY[:-1] + "A", token) is None
    assert opened(keyring("11"), KEY, token) is None, "no such master key"
    assert opened(Keyring(MasterKeys({"00" * 8: Secret(b"\1" * 32)}, "00" * 8), chance), KEY, token) is None
    assert opened(keyring("11", "00"), KEY, token) is not None, "after a change of the master key"


def test_no_other_sealed_thing_is_a_token() -> None:
    """A ciphertext of the same keyring, bound to another place, opens as no session."""
    sealed = RING.seal(SECRET, bound_to=f"access-key|123456789012|{KEY}|root|1")
    assert opened(RING, KEY, "SealstoneST1" + b64encode(sealed.reveal()).decode()) is None


@given(st.text(max_size=200))
def test_no_text_reaches_the_decompressor(text: str) -> None:
    with patch("sealstone.seal.session_token.zlib.decompressobj", side_effect=AssertionError):
        assert opened(RING, KEY, text) is None
        assert opened(RING, KEY, "SealstoneST1" + text) is None


def test_what_is_packed() -> None:
    assert 0 < packed((), (), {"a": "b"}) < packed(("x" * 50,), ("arn",), {"a": "b"})
    assert packed(("x" * 2000,), (), {}) < 100, "packed, not counted"
