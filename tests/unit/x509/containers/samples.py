"""Containers as other tools wrote them (`recorded`), and forged ones, made value by value.

The recorded files were written by OpenSSL 3.0 and OpenJDK 17: `key.pem` and `cert.pem` under the alias `tomcat`, in
the stores `key2.pem` and `cert2.pem` under `zwei` (with a key password of its own, `other1`, in JKS and JCEKS) and
`cert2.pem` alone under `trüst`. Their names say how; the password is `secret`, that of umlaut.p12 is `UMLAUT`.
"""

from functools import cache
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509 import load_pem_x509_certificate

from sealstone.model.secret import Secret
from sealstone.x509.containers import ber, reading
from sealstone.x509.containers.passwords import Password
from sealstone.x509.der import OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE
from sealstone.x509.material import Container, Form, Kind, Origin, Piece, Unreadable

FOLDER: Final = Path(__file__).parent / "recorded"
SECRET: Final = Secret(b"secret")
PASSWORD: Final = Password(SECRET)
WRONG: Final = Secret(b"wrong")
UMLAUT: Final = Secret("pä€𝄞".encode())
NULL: Final = b"\x05\x00"


def recorded(name: str) -> bytes:
    """A file of another tool."""
    return (FOLDER / name).read_bytes()


def pkcs8_of(name: str) -> bytes:
    """The key of a recorded PEM file as PKCS #8 DER."""
    key = load_pem_private_key(recorded(name), None)
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def der_of(name: str) -> bytes:
    """The certificate of a recorded PEM file."""
    return load_pem_x509_certificate(recorded(name)).public_bytes(Encoding.DER)


KEY: Final = pkcs8_of("key.pem")
CERTIFICATE: Final = der_of("cert.pem")
SECOND: Final = der_of("cert2.pem")


def container(name: str) -> Container:
    """The one container in a recorded file."""
    (found,) = reading.contents(recorded(name), name)
    assert isinstance(found, Container)
    return found


def of(form: Form, data: bytes) -> Container:
    """A container of these bytes."""
    return Container(form, Origin("file", "", (form,)), data, password_needed=True)


@cache
def opened(name: str, password: Secret | None = SECRET) -> tuple[Piece | Unreadable, ...]:
    """What is in a recorded file."""
    return reading.opened(container(name), password)


def told(items: tuple[Piece | Unreadable, ...]) -> list[tuple[str, str, bytes]]:
    """Place, alias and content of each piece; of what is unreadable its place and problem."""
    return [
        (item.origin.place, item.label, item.secret.reveal() if item.secret else item.der)
        if isinstance(item, Piece)
        else (item.origin.place, type(item.problem).__name__, b"")
        for item in items
    ]


def only_key(items: tuple[Piece | Unreadable, ...]) -> bytes:
    """The PKCS #8 DER of the only piece."""
    (item,) = items
    assert isinstance(item, Piece)
    assert item.kind is Kind.PRIVATE_KEY
    assert item.secret
    return item.secret.reveal()


# --- DER, value by value ---


def sequence(*values: bytes) -> bytes:
    return ber.written(SEQUENCE, b"".join(values))


def octets(content: bytes) -> bytes:
    return ber.written(OCTET_STRING, content)


def explicit(number: int, content: bytes) -> bytes:
    return ber.written(0xA0 | number, content)


def number(value: int) -> bytes:
    return ber.written(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def identifier(dotted: str) -> bytes:
    first, second, *arcs = map(int, dotted.split("."))
    content = bytes([40 * first + second])
    for arc in arcs:
        digits = [arc & 0x7F]
        while arc := arc >> 7:
            digits.append(arc & 0x7F | 0x80)
        content += bytes(reversed(digits))
    return ber.written(OBJECT_IDENTIFIER, content)


def algorithm(dotted: str, *parameters: bytes) -> bytes:
    return sequence(identifier(dotted), *parameters)
