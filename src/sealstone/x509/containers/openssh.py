"""OpenSSH's own forms (PROTOCOL.key): private keys, with a password or without, and public keys of one line."""

import binascii
from dataclasses import replace
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
    load_ssh_public_key,
)

from sealstone.model.secret import Secret
from sealstone.x509 import der
from sealstone.x509.border import Otherwise
from sealstone.x509.containers.passwords import Password
from sealstone.x509.containers.problems import (
    ContainerUnreadable,
    Damaged,
    FileProblem,
    PasswordNeeded,
    TooManyRounds,
    UnsupportedContainer,
    WrongPassword,
)
from sealstone.x509.material import Container, Form, Kind, Origin, Piece, Unreadable

WHAT: Final = "the OpenSSH private key"
LABEL: Final = "OPENSSH PRIVATE KEY"
_MAGIC: Final = b"openssh-key-v1\0"
_NO_CIPHER: Final = b"\0\0\0\4none"
_LONGEST: Final = 32 * 1024
_PUBLIC: Final = ("ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-")
_NOT_READ: Final = (b"\0\0\0\x07ssh-dss", b"sk-ssh-ed25519@openssh.com", b"sk-ecdsa-sha2-nistp256@openssh.com")
_PEM: Final = "write a copy of it as PEM, if it can be: ssh-keygen -p -N '' -m PEM -f COPY"
_BCRYPT: Final = b"bcrypt"
# ssh-keygen takes 16 to 24; one takes a hundredth of a second and more.
_MOST_ROUNDS: Final = 1_000


def item(data: bytes, origin: Origin) -> Container | Unreadable:
    """The decoded block: a container that needs no password, or why it cannot be read."""
    if not data.startswith(_MAGIC) or len(data) > _LONGEST:
        return Unreadable(origin, Damaged(WHAT, "it is not of the form that ssh-keygen writes"))
    forms = (*origin.forms, Form.OPENSSH)
    return Container(Form.OPENSSH, replace(origin, forms=forms), data, password_needed=_is_locked(data))


def _is_locked(data: bytes) -> bool:
    return not data.startswith(_MAGIC + _NO_CIPHER)


def opened(container: Container, password: Password) -> tuple[Piece | Unreadable, ...]:
    """The key. Raises PasswordNeeded, WrongPassword, TooManyRounds, UnsupportedContainer, ContainerUnreadable."""
    pem = _armoured(container.data)
    if not container.data.startswith(_MAGIC):
        raise der.Malformed("it is not of the form that ssh-keygen writes")
    locked = _is_locked(container.data)
    if locked:
        _check_derivation(container.data)
        if not password.given:
            raise PasswordNeeded(WHAT)
    if any(kind in container.data for kind in _NOT_READ):
        raise UnsupportedContainer(WHAT, "it is DSA, or kept in a security key", _PEM)
    with Otherwise(_what_is_wrong if locked else _damaged):
        handle = load_ssh_private_key(pem, password.utf8 if locked else None)
        secret = Secret(handle.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    return (Piece(Kind.PRIVATE_KEY, container.origin, secret=secret, label=LABEL),)


def _check_derivation(data: bytes) -> None:
    """PROTOCOL.key 1: cipher, derivation, its salt and rounds; before anything is derived."""
    at, found = len(_MAGIC), []
    for _ in range(3):
        size = int.from_bytes(data[at : at + 4], "big")
        found.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    _, derivation, options = found
    if derivation != _BCRYPT or len(options) < 8:
        raise UnsupportedContainer(WHAT, "its password is turned into a key in a way that is not known here", _PEM)
    rounds = int.from_bytes(options[-4:], "big")
    if rounds > _MOST_ROUNDS:
        raise TooManyRounds(rounds, _MOST_ROUNDS)


def _damaged(_: BaseException) -> FileProblem:
    return ContainerUnreadable(WHAT, "its structure or its numbers are damaged")


def _what_is_wrong(fault: BaseException) -> FileProblem:
    """The one check there is, two equal numbers behind the cipher, does not hold for a wrong password."""
    if isinstance(fault, UnsupportedAlgorithm):
        return UnsupportedContainer(WHAT, "its cipher is not known here", _PEM)
    return WrongPassword(WHAT, "or it is damaged, which its format cannot tell from that")


def public_key(text: str, origin: Origin) -> Piece | Unreadable | None:
    """The key of a line as in `authorized_keys`; None when it is none."""
    if not text.startswith(_PUBLIC):
        return None
    line = text.partition("\n")[0][:_LONGEST]
    found = replace(origin, forms=(*origin.forms, Form.OPENSSH))
    try:
        with Otherwise(lambda _: Damaged("the SSH public key", "it is damaged, or of a kind that is not known here")):
            info = load_ssh_public_key(line.encode()).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except Damaged as problem:
        return Unreadable(found, problem)
    return Piece(Kind.PUBLIC_KEY, found, info, remarks=("it is an SSH public key",))


def _armoured(data: bytes) -> bytes:
    """As the reader of `cryptography` wants it."""
    body = binascii.b2a_base64(data)
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (LABEL.encode(), body, LABEL.encode())
