"""The shapes of a password."""

import pytest

from sealstone.model.secret import Secret
from sealstone.x509.containers.passwords import Password


@pytest.mark.parametrize(
    ("secret", "given", "utf8", "utf16", "bmp"),
    [
        (None, False, b"", b"", b""),
        (Secret(b""), True, b"", b"", b"\0\0"),
        (Secret(b"ab"), True, b"ab", b"\0a\0b", b"\0a\0b\0\0"),
        (Secret("ä".encode()), True, b"\xc3\xa4", b"\0\xe4", b"\0\xe4\0\0"),
        (Secret(b"\xe4"), True, b"\xe4", b"\0\xe4", b"\0\xe4\0\0"),
        (Secret("𝄞".encode()), True, "𝄞".encode(), b"\xd8\x34\xdd\x1e", b"\xd8\x34\xdd\x1e\0\0"),
    ],
)
def test_shapes(secret: Secret | None, given: bool, utf8: bytes, utf16: bytes, bmp: bytes) -> None:
    password = Password(secret)
    assert (password.given, password.utf8, password.utf16, password.bmp) == (given, utf8, utf16, bmp)


def test_it_prints_nothing_of_itself() -> None:
    assert "hunter2" not in f"{Password(Secret(b'hunter2'))!r}"
