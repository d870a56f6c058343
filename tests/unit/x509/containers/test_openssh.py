"""What ssh-keygen writes."""

import base64
from typing import Final

import cryptography_vectors
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key
from tests.pki import ec_key
from tests.unit.x509.containers.samples import of, only_key, opened, recorded

from sealstone.x509.containers import openssh, reading
from sealstone.x509.containers.problems import ContainerUnreadable, Damaged, UnsupportedContainer
from sealstone.x509.material import Container, Form, Kind, Origin, Piece, Unreadable

LINE: Final = ec_key().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def test_a_key_without_password() -> None:
    key = load_der_private_key(only_key(opened("ssh_plain", None)), None)
    assert isinstance(key, ed25519.Ed25519PrivateKey)


def test_a_key_with_password_is_refused_with_the_way_out() -> None:
    (found,) = reading.contents(recorded("ssh_locked"), "file")
    assert isinstance(found, Unreadable)
    assert isinstance(found.problem, UnsupportedContainer)
    assert "ssh-keygen -p" in found.problem.cure


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
