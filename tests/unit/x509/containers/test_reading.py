"""The door of the package: sizes, dispatch, and that no bytes get anything but an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.x509.containers.samples import FOLDER, KEY, SECRET, WRONG, of, recorded

from sealstone.x509.containers import reading
from sealstone.x509.containers.problems import ContainerUnreadable, FileProblem, TooLarge
from sealstone.x509.material import Container, Form, Piece, Unreadable

RECORDED = sorted(path.name for path in FOLDER.iterdir())


@pytest.mark.parametrize("name", RECORDED)
def test_every_recorded_file_is_recognised(name: str) -> None:
    found = reading.contents(recorded(name), name)
    assert found
    assert all(one.origin.file == name for one in found)
    if name != "ssh_locked":
        assert not any(isinstance(one, Unreadable) for one in found)


@pytest.mark.parametrize("name", RECORDED)
def test_no_secret_is_shown(name: str) -> None:
    for one in reading.contents(recorded(name), name):
        assert KEY.hex() not in repr(one)
        assert repr(KEY)[2:-1] not in repr(one)


def test_a_file_that_is_too_large_is_not_looked_at() -> None:
    (found,) = reading.contents(bytes(reading.MOST_BYTES + 1), "file")
    assert isinstance(found, Unreadable)
    assert isinstance(found.problem, TooLarge)
    assert found.problem.size == reading.MOST_BYTES + 1


@pytest.mark.parametrize("form", reading._OPENERS.keys())
@pytest.mark.parametrize("data", [b"", b"\x30", b"\x30\x00", b"\x00" * 64])
def test_nonsense_in_a_container_is_unreadable(form: Form, data: bytes) -> None:
    with pytest.raises(ContainerUnreadable):
        reading.opened(of(form, data), SECRET)


def check_all(data: bytes) -> None:
    """Whatever the bytes, contents answers, and opening answers or raises a FileProblem."""
    for one in reading.contents(data, "file"):
        if isinstance(one, Container):
            for password in (None, SECRET, WRONG):
                try:
                    found = reading.opened(one, password)
                except FileProblem:
                    continue
                assert found
                assert all(isinstance(item, Piece | Unreadable) for item in found)


@given(st.binary(max_size=200))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    check_all(data)


@pytest.mark.parametrize("name", RECORDED)
def test_damaged_files_get_an_answer(name: str) -> None:
    data = recorded(name)
    for at in range(0, len(data), max(1, len(data) // 8)):
        check_all(data[:at])
        check_all(data[:at] + bytes([data[at] ^ 0x41]) + data[at + 1 :])
