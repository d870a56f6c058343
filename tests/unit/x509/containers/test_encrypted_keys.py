"""Encrypted keys: OpenSSL's traditional form, and what the password shows when it fits."""

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from tests.pki import ec_key
from tests.unit.x509.containers import samples
from tests.unit.x509.containers.samples import KEY, PASSWORD, SECRET, WRONG, container, of, only_key, opened, recorded

from sealstone.x509 import der
from sealstone.x509.containers import encrypted_keys, reading
from sealstone.x509.containers.problems import (
    ContainerUnreadable,
    PasswordNeeded,
    UnsupportedContainer,
    WrongPassword,
)
from sealstone.x509.containers.schemes import Sealed
from sealstone.x509.material import Container, Form, Kind, Origin, Piece

TRADITIONAL = (
    *(f"aes-{bits}-cbc.pem" for bits in (128, 192, 256)),
    "des-ede3-cbc.pem",
    "des-cbc.pem",
    "camellia-256-cbc.pem",
)
ORIGIN = Origin("file")


def changed(old: bytes, new: bytes, name: str = "aes-128-cbc.pem") -> Container:
    data = recorded(name)
    assert old in data
    (found,) = reading.contents(data.replace(old, new), name)
    assert isinstance(found, Container)
    return found


@pytest.mark.parametrize("name", TRADITIONAL)
def test_what_openssl_writes_is_read(name: str) -> None:
    assert only_key(opened(name)) == KEY
    (piece,) = opened(name)
    assert isinstance(piece, Piece)
    assert piece.label == "EC PRIVATE KEY"
    assert piece.origin.forms == (Form.PEM, Form.ENCRYPTED_PEM)


@pytest.mark.parametrize("name", TRADITIONAL)
def test_a_wrong_password_is_told(name: str) -> None:
    with pytest.raises(WrongPassword):
        opened(name, WRONG)


@pytest.mark.parametrize("name", ["aes-128-cbc.pem", "scrypt.p8"])
def test_a_password_is_needed(name: str) -> None:
    with pytest.raises(PasswordNeeded, match="--password-file"):
        opened(name, None)


def test_other_ciphers_are_told_before_a_password_is_asked_for() -> None:
    with pytest.raises(UnsupportedContainer, match="none of AES"):
        opened("bf-cbc.pem", None)


@pytest.mark.parametrize(
    ("old", "new"), [(b"AES-128-CBC,", b"AES-128-CBC,zz"), (b"AES-128-CBC,", b"AES-128-CBC,00"), (b"\n\n", b"\n\n!!!!")]
)
def test_damaged_blocks(old: bytes, new: bytes) -> None:
    with pytest.raises(ContainerUnreadable, match=r"DEK-Info is damaged|not base64|16 bytes"):
        reading.opened(changed(old, new), SECRET)


def test_a_block_cut_short() -> None:
    with pytest.raises(ContainerUnreadable, match="no PEM block"):
        reading.opened(of(Form.ENCRYPTED_PEM, b"Proc-Type: 4,ENCRYPTED"), SECRET)


def test_a_plain_text_without_sequence_is_a_wrong_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """One wrong password of 256 leaves a padding that looks right."""
    monkeypatch.setattr(Sealed, "cbc", lambda *_: b"nonsense")
    with pytest.raises(WrongPassword):
        reading.opened(container("aes-128-cbc.pem"), SECRET)


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        (samples.sequence(), "the password fits, but the private key cannot be read"),
        (samples.CERTIFICATE, "the password fits, but what it protects is no private key"),
        (
            samples.sequence(samples.number(0), samples.algorithm("1.2.840.113549.1.1.1"), samples.octets(b"x")),
            "numbers",
        ),
        (b"\x30\x80\0\0", "BER"),
        (recorded("two.p7b"), "no private key"),
    ],
)
def test_a_damaged_key_is_no_wrong_password(plain: bytes, words: str) -> None:
    with pytest.raises(ContainerUnreadable, match=words):
        encrypted_keys.piece(plain, ORIGIN, "the key")


@pytest.mark.parametrize("data", [samples.sequence(), samples.sequence(samples.NULL), samples.NULL])
def test_other_structures_are_damage(data: bytes) -> None:
    with pytest.raises(der.Malformed):
        encrypted_keys.key(data, PASSWORD, ORIGIN, "the key")


def test_what_our_own_engine_writes_is_read() -> None:
    key = ec_key()
    data = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    piece = encrypted_keys.key(data, PASSWORD, ORIGIN, "the key")
    assert piece.kind is Kind.PRIVATE_KEY
    assert piece.secret
    assert piece.secret.reveal() in data or len(piece.secret.reveal()) == 138
