"""The shapes of a password."""

import pytest

from sealstone.model.secret import Secret
from sealstone.x509.containers.passwords import Password
from sealstone.x509.containers.problems import Damaged, WrongPassword


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


def tried_with(password: Password, right: bytes) -> list[bytes]:
    """The passwords that a part is tried with, which that one opens."""
    tried: list[bytes] = []

    def part(one: Password) -> list[bytes]:
        tried.append(one.utf8)
        if one.utf8 != right:
            raise WrongPassword(f"attempt {len(tried)}")
        return tried

    return password.any_opening(part)


def test_the_others_are_tried_when_it_does_not_open_a_part() -> None:
    password = Password(Secret(b"a"), [Secret(b"b"), Secret(b"c")])
    assert tried_with(password, b"a") == [b"a"]
    assert tried_with(password, b"c") == [b"a", b"b", b"c"]
    with pytest.raises(WrongPassword, match="attempt 1"):
        tried_with(password, b"d")


def test_another_one_in_its_place_keeps_the_others() -> None:
    password = Password(Secret(b"a"), [Secret(b"b")]).instead(None)
    assert not password.given
    assert tried_with(password, b"b") == [b"", b"b"]


def test_damage_is_no_reason_to_go_on() -> None:
    def part(_: Password) -> None:
        raise Damaged("it", "it is cut short")

    with pytest.raises(Damaged):
        Password(Secret(b"a"), [Secret(b"b")]).any_opening(part)


def test_others_are_not_printed_either() -> None:
    assert "hunter2" not in repr(Password(None, [Secret(b"hunter2")]))
