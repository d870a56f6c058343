"""What a private key looks like when it has leaked: as bytes, hex, decimal, base64 at any offset, lines of PEM."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from tests.pki import PrivateKey

_LINE: Final = 24
_FRAGMENT: Final = 16


def secret_numbers(key: PrivateKey) -> tuple[int, ...]:
    """The numbers that are the key: one of them is enough to have it."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return (key.private_numbers().private_value,)
    assert isinstance(key, rsa.RSAPrivateKey)
    numbers = key.private_numbers()
    return numbers.p, numbers.q, numbers.d, numbers.dmp1, numbers.dmq1, numbers.iqmp


def of_key(key: PrivateKey, *pems: str) -> Iterator[bytes]:
    """Every form of every secret number, and every line of the PEM texts that holds a piece of one."""
    raws = [number.to_bytes((number.bit_length() + 7) // 8) for number in secret_numbers(key)]
    for number, raw in zip(secret_numbers(key), raws, strict=True):
        yield str(number).encode()
        yield from of_bytes(raw)
    for pem in pems:
        lines = pem.splitlines()
        yield from (
            line.encode() for line in lines if len(line) >= _LINE and "-----" not in line and _secret(line, raws)
        )


def of_bytes(raw: bytes) -> Iterator[bytes]:
    """A secret's fragments as bytes, reversed, hex in both cases, escaped, and base64 at its three offsets."""
    for at in {0, len(raw) // 2, len(raw) - _FRAGMENT}:
        fragment = raw[max(at, 0) :][:_FRAGMENT]
        yield fragment
        yield fragment[::-1]
        yield fragment.hex().encode()
        yield fragment.hex().upper().encode()
        yield repr(fragment)[2:-1].encode()
        for offset in range(3):
            # What stands at the ends depends on the neighbours: four characters of them are left away.
            text = base64.b64encode(bytes(offset) + fragment)[4:-4]
            yield text
            yield text.replace(b"+", b"-").replace(b"/", b"_")


def of_text(secret: str) -> Iterator[bytes]:
    """A secret access key as it is and as base64 at its three offsets."""
    yield secret.encode()
    for offset in range(3):
        yield base64.b64encode(bytes(offset) + secret.encode())[4:-4]


def _secret(line: str, raws: list[bytes]) -> bool:
    """Whether any base64 reading of the line shares bytes with a secret: a line of the public half does not."""
    piece = base64.b64decode(line + "=" * (-len(line) % 4))
    return any(raw[at : at + 8] in piece for raw in raws for at in range(len(raw) - 7))


def found(needles: set[bytes], places: dict[str, bytes]) -> list[tuple[str, bytes]]:
    """Where something leaked."""
    return [(place, needle) for place, content in places.items() for needle in needles if needle in content]


def files_below(*directories: Path) -> dict[str, bytes]:
    """Every file's bytes by its name."""
    return {
        str(path): path.read_bytes()
        for directory in directories
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }
