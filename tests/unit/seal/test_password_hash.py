"""What is kept of a password."""

import pytest
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from sealstone.seal.password_hash import password_hash, password_matches


def salt(length: int) -> bytes:
    return bytes(range(length))


def test_the_hash_is_argon2id_at_the_cost_of_rfc_9106() -> None:
    text = password_hash("h\u00e9llo", salt)
    name, version, cost, kept_salt, tag = text.split("$")[1:]
    assert (name, version, cost) == ("argon2id", "v=19", "m=65536,t=3,p=4")
    assert (len(kept_salt), len(tag)) == (22, 43)  # 16 and 32 bytes in base64 without padding
    Argon2id.verify_phc_encoded("h\u00e9llo".encode(), text)
    with pytest.raises(InvalidKey):
        Argon2id.verify_phc_encoded(b"hello", text)


def test_the_salt_is_drawn_and_decides() -> None:
    assert password_hash("hello", salt) == password_hash("hello", salt)
    assert password_hash("hello", salt) != password_hash("hello", bytes)


def test_a_password_matches_its_own_hash_alone() -> None:
    text = password_hash("h\u00e9llo", salt)
    assert password_matches("h\u00e9llo", text)
    assert not password_matches("hello", text)
