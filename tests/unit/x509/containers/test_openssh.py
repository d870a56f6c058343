"""What ssh-keygen writes."""

import base64
from dataclasses import replace
from typing import Final

import cryptography_vectors
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key
from tests.pki import ec_key
from tests.unit.x509.containers.samples import SECRET, of, only_key, opened, recorded

from sealstone.model.secret import Secret
from sealstone.x509.containers import openssh, reading
from sealstone.x509.containers.problems import (
    ContainerUnreadable,
    Damaged,
    PasswordNeeded,
    TooManyRounds,
    UnsupportedContainer,
    WrongPassword,
)
from sealstone.x509.material import Container, Form, Kind, Origin, Piece, Unreadable

LINE: Final = ec_key().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def test_a_key_without_password() -> None:
    key = load_der_private_key(only_key(opened("ssh_plain", None)), None)
    assert isinstance(key, ed25519.Ed25519PrivateKey)


def locked() -> Container:
    (found,) = reading.contents(recorded("ssh_locked"), "file")
    assert isinstance(found, Container)
    assert found.password_needed
    return found


def test_a_key_with_its_password() -> None:
    (piece,) = reading.opened(locked(), SECRET)
    assert isinstance(piece, Piece)
    assert piece.kind is Kind.PRIVATE_KEY


def test_a_key_without_its_password() -> None:
    with pytest.raises(PasswordNeeded):
        reading.opened(locked(), None)
    with pytest.raises(WrongPassword):
        reading.opened(locked(), Secret(b"wrong"))


def test_what_is_derived_is_bounded_and_known_first() -> None:
    data = locked().data
    rounds = data.index(b"\0\0\0\x18\0\0\0\x10") + 4 + 20
    forged = data[:rounds] + (2**31).to_bytes(4) + data[rounds + 4 :]
    with pytest.raises(TooManyRounds):
        reading.opened(replace(locked(), data=forged), Secret(b"x"))
    for other in (data.replace(b"bcrypt", b"scrypt"), data[:40], data.replace(b"aes256-ctr", b"aes256-xyz")):
        with pytest.raises(UnsupportedContainer):
            reading.opened(replace(locked(), data=other), Secret(b"x"))


@pytest.mark.parametrize("data", [b"other", b"openssh-key-v1\0" + bytes(40_000)])
def test_other_content_is_damage(data: bytes) -> None:
    body = base64.encodebytes(data)
    block = b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + body + b"-----END OPENSSH PRIVATE KEY-----\n"
    (found,) = reading.contents(block, "file")
    assert isinstance(found, Unreadable)
    assert isinstance(found.problem, Damaged)


def test_a_damaged_key() -> None:
    with pytest.raises(ContainerUnreadable, match="damaged"):
        reading.opened(of(Form.OPENSSH, b"openssh-key-v1\0\0\0\0\4none" + bytes(50)), None)


@pytest.mark.parametrize("name", ["dsa-nopsw.key", "sk-ed25519-nopsw.key", "sk-ecdsa-nopsw.key"])
def test_kinds_that_are_not_read_say_so(name: str) -> None:
    with cryptography_vectors.open_vector_file(f"asymmetric/OpenSSH/{name}", "rb") as file:
        (found,) = reading.contents(file.read(), name)
    assert isinstance(found, Container)
    with pytest.raises(UnsupportedContainer, match="security key"):
        reading.opened(found, None)


def test_a_public_key() -> None:
    (found,) = reading.contents(f"{LINE} me@example\n".encode(), "file")
    assert isinstance(found, Piece)
    assert (found.kind, found.remarks, found.origin.forms) == (
        Kind.PUBLIC_KEY,
        ("it is an SSH public key",),
        (Form.OPENSSH,),
    )


def test_a_damaged_public_key() -> None:
    found = openssh.public_key(LINE[:60], Origin("file"))
    assert isinstance(found, Unreadable)
    assert openssh.public_key("hello", Origin("file")) is None
