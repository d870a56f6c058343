"""What a TLS server offers, asked with ClientHellos written by hand: whatever the OpenSSL of this machine has left out.

A server answers the first message with its choice; to know all that it offers, and in which order, one asks again
without what it chose (RFC 5246 7.4.1.2, RFC 8446 4.1.2).
"""

import os
import re
import socket
import struct
import subprocess
from typing import Final

from tests.handshaking import LOOPBACK

TLS10: Final = 0x0301
TLS11: Final = 0x0302
TLS12: Final = 0x0303
TLS13: Final = 0x0304
VERSIONS: Final = {"TLSv1.0": TLS10, "TLSv1.1": TLS11, "TLSv1.2": TLS12, "TLSv1.3": TLS13}

_PATIENCE: Final = 10.0
_HANDSHAKE: Final = 22
_SERVER_HELLO: Final = 2
_SUPPORTED_VERSIONS: Final = 43
# Everything ever assigned there, but for the signals 0x00FF (RFC 5746) and 0x5600 (RFC 7507).
_SUITES: Final = (*range(0x0001, 0x00FF), *range(0x1301, 0x1306), *range(0xC001, 0xC100), *range(0xCCA8, 0xCCAF))
_GROUPS: Final = (29, 23, 24, 25)
_SIGNATURES: Final = (0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201)

REMOVED: Final = {
    "RC4-MD5": 0x0004,
    "RC4-SHA": 0x0005,
    "IDEA-CBC-SHA": 0x0007,
    "DES-CBC-SHA": 0x0009,
    "DES-CBC3-SHA": 0x000A,
    "EDH-DSS-DES-CBC3-SHA": 0x0013,
    "EDH-RSA-DES-CBC3-SHA": 0x0016,
    "SEED-SHA": 0x0096,
    "ECDHE-ECDSA-RC4-SHA": 0xC007,
    "ECDHE-RSA-RC4-SHA": 0xC011,
}
"""Names of suites that OpenSSL 3 does not know unless it was built for them."""


def names() -> dict[int, str]:
    """OpenSSL's names of suites by number."""
    command = ["openssl", "ciphers", "-V", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    found = re.findall(r"0x([0-9A-F]{2}),0x([0-9A-F]{2}) - (\S+)", told)
    return {number: name for name, number in REMOVED.items()} | {int(high + low, 16): name for high, low, name in found}


def offered(port: int, version: int, *, reverse: bool = False) -> list[int]:
    """The suites that a server takes in that version, the one that it likes best first.

    Asked with all suites in the order of their numbers, or the other way round.
    """
    left = sorted(_SUITES, reverse=reverse)
    found = []
    while (chosen := answer(port, version, left)) is not None:
        found.append(chosen)
        left.remove(chosen)
    return found


def answer(port: int, version: int, suites: list[int]) -> int | None:
    """The suite that a server chooses, if it speaks the version at all."""
    with socket.create_connection((LOOPBACK, port), timeout=_PATIENCE) as connection:
        connection.sendall(_hello(version, suites))
        with connection.makefile("rb") as reply:
            head = reply.read(5)
            message = reply.read(struct.unpack(">H", head[3:])[0]) if len(head) == 5 else b""
    if not message or head[0] != _HANDSHAKE or message[0] != _SERVER_HELLO:
        return None
    after = 39 + message[38]
    (chosen,) = struct.unpack(">H", message[after : after + 2])
    return int(chosen) if _version(message, after + 3) == version else None


def _version(message: bytes, extensions: int) -> int:
    """Of a ServerHello: TLS 1.3 stands in an extension."""
    at = extensions + 2
    while at < len(message):
        kind, length = struct.unpack(">HH", message[at : at + 4])
        if kind == _SUPPORTED_VERSIONS:
            return int.from_bytes(message[at + 4 : at + 6])
        at += 4 + length
    return int.from_bytes(message[4:6])


def _hello(version: int, suites: list[int]) -> bytes:
    legacy = min(version, TLS12)
    listed = struct.pack(f">{len(suites)}H", *suites)
    body = struct.pack(">H", legacy) + os.urandom(32) + b"\0" + _sized(listed) + b"\1\0" + _sized(_extensions(version))
    message = b"\1" + len(body).to_bytes(3) + body
    return b"\x16\x03\x01" + _sized(message)


def _extensions(version: int) -> bytes:
    found = {
        10: _sized(struct.pack(f">{len(_GROUPS)}H", *_GROUPS)),
        11: b"\1\0",
        13: _sized(struct.pack(f">{len(_SIGNATURES)}H", *_SIGNATURES)),
    }
    if version == TLS13:
        found |= {_SUPPORTED_VERSIONS: b"\2" + struct.pack(">H", version), 51: _sized(b"\0\x1d" + _sized(_point()))}
    return b"".join(struct.pack(">H", kind) + _sized(content) for kind, content in found.items())


def _point() -> bytes:
    """Any 32 bytes are a public key of X25519 (RFC 7748 5)."""
    return os.urandom(31) + b"\1"


def _sized(content: bytes) -> bytes:
    return struct.pack(">H", len(content)) + content
