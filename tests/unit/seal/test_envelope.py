"""Envelope encryption: what is sealed opens in its own place only, and no altered byte passes."""

import os

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sealstone.model.secret import Sealed, Secret
from sealstone.seal.envelope import Keyring, MasterKeys
from sealstone.seal.faults import MasterKeyMissing, MasterKeyWrong, SealBroken

PLACE = "server-certificate|123456789012|ASCAX|1"


def keys(identifier: str = "0011223344556677") -> MasterKeys:
    return MasterKeys({identifier: Secret(os.urandom(32))}, identifier)


def test_what_is_sealed_opens_in_its_place() -> None:
    ring = Keyring(keys(), os.urandom)
    for content in (b"", b"x", os.urandom(1700)):
        sealed = ring.seal(Secret(content), bound_to=PLACE)
        assert content == b"" or content not in sealed.reveal() or len(content) < 3
        assert ring.unseal(sealed, bound_to=PLACE).reveal() == content


def test_the_same_secret_never_seals_to_the_same_bytes() -> None:
    ring = Keyring(keys(), os.urandom)
    assert len({ring.seal(Secret(b"same"), bound_to=PLACE).reveal() for _ in range(50)}) == 50


def test_another_place_does_not_open_it() -> None:
    ring = Keyring(keys(), os.urandom)
    sealed = ring.seal(Secret(b"key"), bound_to=PLACE)
    with pytest.raises(SealBroken, match="belongs to another row"):
        ring.unseal(sealed, bound_to=PLACE.replace("ASCAX", "ASCAY"))


def test_no_altered_byte_passes() -> None:
    ring = Keyring(keys(), os.urandom)
    content = ring.seal(Secret(b"a private key"), bound_to=PLACE).reveal()
    for position in range(len(content)):
        altered = bytearray(content)
        altered[position] ^= 0x01
        with pytest.raises((SealBroken, MasterKeyMissing)):
            ring.unseal(Sealed(bytes(altered)), bound_to=PLACE)


def test_a_cut_value_is_refused() -> None:
    ring = Keyring(keys(), os.urandom)
    content = ring.seal(Secret(b"a private key"), bound_to=PLACE).reveal()
    for length in (0, 1, 9, 50, len(content) - 1):
        with pytest.raises(SealBroken):
            ring.unseal(Sealed(content[:length]), bound_to=PLACE)


def test_every_master_key_opens_and_the_primary_one_seals() -> None:
    old, new = keys("00000000000000aa"), keys("00000000000000bb")
    both = MasterKeys({**old.by_id, **new.by_id}, new.primary)
    sealed_by_old = Keyring(old, os.urandom).seal(Secret(b"k"), bound_to=PLACE)
    ring = Keyring(both, os.urandom)
    assert ring.unseal(sealed_by_old, bound_to=PLACE).reveal() == b"k"
    fresh = ring.seal(Secret(b"k"), bound_to=PLACE)
    assert Keyring(new, os.urandom).unseal(fresh, bound_to=PLACE).reveal() == b"k"
    with pytest.raises(MasterKeyMissing, match="00000000000000bb"):
        Keyring(old, os.urandom).unseal(fresh, bound_to=PLACE)


def test_a_primary_key_that_is_missing_is_refused() -> None:
    with pytest.raises(MasterKeyMissing, match="primary"):
        Keyring(MasterKeys(keys().by_id, "ffffffffffffffff"), os.urandom)


def test_derived_keys_differ_by_purpose_and_by_master_key() -> None:
    ring, other = Keyring(keys(), os.urandom), Keyring(keys(), os.urandom)
    values = {ring.derive("a").reveal(), ring.derive("b").reveal(), other.derive("a").reveal()}
    assert len(values) == 3
    assert ring.derive("a").reveal() == ring.derive("a").reveal()


def test_a_store_knows_its_master_key_again() -> None:
    ring = Keyring(keys(), os.urandom)
    ring.verify(ring.check_value())
    with pytest.raises(MasterKeyWrong, match="nothing was changed") as refused:
        Keyring(keys(), os.urandom).verify(ring.check_value())
    assert "\n" not in str(refused.value)


def test_a_new_master_key_needs_only_the_data_key_wrapped_anew() -> None:
    """What rotation will do, by hand: the ciphertext stays as it lies, and still opens in its own place only."""
    old, new = keys("00000000000000aa"), keys("00000000000000bb")
    content = Keyring(old, os.urandom).seal(Secret(b"a private key"), bound_to=PLACE).reveal()
    place, nonce = PLACE.encode(), os.urandom(12)
    data_key = AESGCM(old.by_id[old.primary].reveal()).decrypt(content[9:21], content[21:69], content[:9] + place)
    header = content[:1] + bytes.fromhex(new.primary)
    wrapped = AESGCM(new.by_id[new.primary].reveal()).encrypt(nonce, data_key, header + place)
    sealed = Sealed(header + nonce + wrapped + content[69:])
    ring = Keyring(new, os.urandom)
    assert ring.unseal(sealed, bound_to=PLACE).reveal() == b"a private key"
    with pytest.raises(SealBroken):
        ring.unseal(sealed, bound_to=PLACE + "1")


def test_a_ciphertext_does_not_follow_another_data_key() -> None:
    """The first half of one sealed secret with the second half of another of the same place."""
    ring = Keyring(keys(), os.urandom)
    one, other = (ring.seal(Secret(b"a private key"), bound_to=PLACE).reveal() for _ in range(2))
    with pytest.raises(SealBroken):
        ring.unseal(Sealed(one[:69] + other[69:]), bound_to=PLACE)


def test_nothing_shows_a_secret() -> None:
    master = keys()
    ring = Keyring(master, os.urandom)
    sealed = ring.seal(Secret(b"a private key"), bound_to=PLACE)
    shown = f"{master!r} {ring!r} {ring.derive('audit')!r} {sealed!r} {sealed} {ring.unseal(sealed, bound_to=PLACE)}"
    raw = master.by_id[master.primary].reveal()
    assert "a private key" not in shown
    assert raw.hex() not in shown
    assert repr(raw) not in shown
    assert raw.hex() not in ring.check_value()


def test_the_ciphertext_itself_is_bound_to_its_place() -> None:
    """Not by way of its data key alone: one that was wrapped for another place opens nothing there."""
    master, nonce, elsewhere = keys(), os.urandom(12), PLACE + "1"
    cipher = AESGCM(master.by_id[master.primary].reveal())
    ring = Keyring(master, os.urandom)
    content = ring.seal(Secret(b"a private key"), bound_to=PLACE).reveal()
    data_key = cipher.decrypt(content[9:21], content[21:69], content[:9] + PLACE.encode())
    wrapped = cipher.encrypt(nonce, data_key, content[:9] + elsewhere.encode())
    with pytest.raises(SealBroken):
        ring.unseal(Sealed(content[:9] + nonce + wrapped + content[69:]), bound_to=elsewhere)
