"""PEM as people have it: every oddity a remark, every fault said, and no text takes long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealstone.x509.containers import pem_blocks
from sealstone.x509.containers.pem_blocks import Found

BEGIN = "-----BEGIN X-----"
END = "-----END X-----"
BLOCK = f"{BEGIN}\nQUJD\n{END}\n"
BEFORE = "text stands before its BEGIN line"
AFTER = "text stands after its END line"
LOST = "it has lost its line breaks"
ESCAPED = "it has the two characters \\n where line breaks belong"
MISMATCH = "its END line does not match its BEGIN line"
JOINED = "its BEGIN line stands on the END line of the block before"


@pytest.mark.parametrize(
    ("text", "remarks"),
    [
        (BLOCK, [()]),
        (f"\n \n{BLOCK}\n\n", [()]),
        (f"Bag Attributes\n{BLOCK}", [(BEFORE,)]),
        (f"{BLOCK}the end", [(AFTER,)]),
        (f"{BLOCK}between\n{BLOCK}", [(), (BEFORE,)]),
        (BLOCK.strip() + BLOCK, [(), (JOINED,)]),
        (f'"{BLOCK}",', [()]),
        (BLOCK.replace("\n", "\\n"), [(ESCAPED,)]),
        (BLOCK.replace("\n", "\\r\\n"), [(ESCAPED,)]),
        (f"{BEGIN} {'QUJD' * 20} {END}", [(LOST,)]),
        (f"{BEGIN}\nQUJD\n-----END Y-----\n", [(MISMATCH,)]),
        (f"{BEGIN}\nQUJD\n-----END X", [(MISMATCH,)]),
        (f"{BEGIN}\nQUJD\n-----END X\n{BLOCK}", [(MISMATCH,), ()]),
    ],
)
def test_oddities_are_remarked_on(text: str, remarks: list[tuple[str, ...]]) -> None:
    found = list(pem_blocks.found(text))
    assert [block.remarks for block in found] == remarks
    assert all(block.label == "X" and block.decoded()[0].startswith(b"ABC") for block in found)


@pytest.mark.parametrize(
    ("text", "labels", "words"),
    [
        ("-----BEGIN X\nQUJD\n-----END X-----", [""], "five hyphens"),
        ("-----BEGIN X----\nQUJD\n-----END X-----", [""], "five hyphens"),
        (f"-----BEGIN {'X' * 65}-----\n", [""], "five hyphens"),
        (f"{BEGIN}\nQUJD\n", ["X"], "cut off"),
        (f"{BEGIN}\nQUJD\n{BLOCK}", ["X", "X"], "before the next line of hyphens"),
        (f"{BEGIN}\n-----\n{END}", ["X"], "before the next line of hyphens"),
    ],
)
def test_faults_are_said(text: str, labels: list[str], words: str) -> None:
    found = list(pem_blocks.found(text))
    assert [block.label for block in found] == labels
    assert words in found[0].fault
    assert found[0].remarks == ()


def test_no_block_is_nothing() -> None:
    assert list(pem_blocks.found("no block at all -----END X-----")) == []


def test_a_block_is_written_again() -> None:
    (found,) = pem_blocks.found(BLOCK)
    assert found.text == BLOCK


@pytest.mark.parametrize(
    ("body", "data", "remarks"),
    [
        ("\nQUJD\n", b"ABC", ()),
        ("QUI=", b"AB", ()),
        ("QUI", b"AB", ("its base64 has lost its padding",)),
        (" QU\n\tJD \n", b"ABC", ()),
        ("\ufeffQU\u00a0JD", b"ABC", ()),
        ("\nA: b\n\nQUJD\n", b"ABC", ()),
        ("\nA: b\n  more\nC: d\n\nQUJD\n", b"ABC", ()),
        ("\n" + "A: b\n" * 32 + "QUJD", b"ABC", ()),
    ],
)
def test_base64_is_read(body: str, data: bytes, remarks: tuple[str, ...]) -> None:
    assert Found("X", body).decoded() == (data, remarks)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "it is empty"),
        ("\nQUJD\nQ!JD\n", "line 3 "),
        ("\nQUJD\nQäJD\n", "line 3 "),
        ("\nQUJDA\n", "missing or too many"),
        ("\nQU=JD=\n", "line 2 "),
        ("A: b", "it is empty"),
    ],
)
def test_damaged_base64_is_told_without_showing_it(body: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as fault:
        Found("X", body).decoded()
    assert "Q!" not in str(fault.value)


def test_headers() -> None:
    found = Found("X", "\nProc-Type: 4,ENCRYPTED\nDEK-Info: A,\n 00\n\nQUJD\n")
    assert found.headers == {"Proc-Type": "4,ENCRYPTED", "DEK-Info": "A,00"}
    assert found.encrypted
    assert not Found("X", "QUJD").encrypted


@given(st.text(alphabet="-BEGINDX \n:=Q\\", max_size=200))
def test_any_text_is_read_to_its_end(text: str) -> None:
    for block in pem_blocks.found(text):
        assert block.fault or block.text
        assert isinstance(block.encrypted, bool)


def test_a_flood_can_be_stopped() -> None:
    found = pem_blocks.found("-----BEGIN X-----\n" * 100_000)
    assert "before the next" in next(found).fault
