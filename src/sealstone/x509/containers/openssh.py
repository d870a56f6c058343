"""OpenSSH's own forms (PROTOCOL.key): private keys without a password, and public keys of one line.

Keys under a password need bcrypt's derivation, which nothing here has; they are refused with the way out.
"""

import binascii
from dataclasses import replace
from typing import Final

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
    load_ssh_public_key,
)

from sealstone.model.secret import Secret
from sealstone.x509.border import Otherwise
from sealstone.x509.containers.passwords import Password
from sealstone.x509.containers.problems import ContainerUnreadable, Damaged, UnsupportedContainer
from sealstone.x509.material import Container, Form, Kind, Origin, Piece, Unreadable

WHAT: Final = "the OpenSSH private key"
LABEL: Final = "OPENSSH PRIVATE KEY"
_MAGIC: Final = b"openssh-key-v1\0"
_NO_CIPHER: Final = b"\0\0\0\4none"
_LONGEST: Final = 32 * 1024
_PUBLIC: Final = ("ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-")
_NOT_READ: Final = (b"\0\0\0\x07ssh-dss", b"sk-ssh-ed25519@openssh.com", b"sk-ecdsa-sha2-nistp256@openssh.com")
_PEM: Final = "write a copy of it as PEM, if it can be: ssh-keygen -p -N '' -m PEM -f COPY"
_CURE: Final = "take its password off a copy: ssh-keygen -p -N '' -f COPY"


def item(data: bytes, origin: Origin) -> Container | Unreadable:
    """The decoded block: a container that needs no password, or why it cannot be read."""
    if not data.startswith(_MAGIC) or len(data) > _LONGEST:
        return Unreadable(origin, Damaged(WHAT, "it is not of the form that ssh-keygen writes"))
    if not data.startswith(_MAGIC + _NO_CIPHER):
        return Unreadable(origin, UnsupportedContainer(WHAT, "it is protected by a password", _CURE))
    forms = (*origin.forms, Form.OPENSSH)
    return Container(Form.OPENSSH, replace(origin, forms=forms), data, password_needed=False)


def opened(container: Container, password: Password) -> tuple[Piece | Unreadable, ...]:  # noqa: ARG001
    """The key. Raises ContainerUnreadable; there is no password."""
    pem = _armoured(container.data)
    if any(kind in container.data for kind in _NOT_READ):
        raise UnsupportedContainer(WHAT, "it is DSA, or kept in a security key", _PEM)
    with Otherwise(lambda _: ContainerUnreadable(WHAT, "its structure or its numbers are damaged")):
        handle = load_ssh_private_key(pem, None)
        secret = Secret(handle.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    return (Piece(Kind.PRIVATE_KEY, container.origin, secret=secret, label=LABEL),)


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
