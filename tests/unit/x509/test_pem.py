"""PEM framing: round trips of anything, refusal of everything else, and floods in linear time."""

from base64 import b64encode, encodebytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests import forged

from sealstone.x509 import pem
from sealstone.x509.problems import NotPEM, Part, TextAroundPEM, X509Problem

LABELS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789. ", min_size=1, max_size=64)
WHITE = st.text(" \t\n", max_size=4)


def read(text: str, part: Part = Part.CERTIFICATE) -> list[pem.Block]:
    return list(pem.blocks(pem.normalised(text), part))


@given(st.lists(st.tuples(LABELS, st.binary(min_size=1, max_size=200), WHITE), min_size=1, max_size=5))
def test_round_trip(contents: list[tuple[str, bytes, str]]) -> None:
    text = "\n".join(white + forged.pem(der, label) + white for label, der, white in contents)
    for form in (text, text.replace("\n", "\r\n"), text.replace("\n", "\r")):
        found = read(form)
        assert [(block.label, block.der()) for block in found] == [(label, der) for label, der, _ in contents]
        assert [block.number for block in found] == list(range(len(contents)))
    assert pem.count(text) == len(contents)


def blocks_or_finding(text: str) -> None:
    """Blocks or a finding that can be shown, never another exception."""
    for part in (Part.CERTIFICATE, Part.PRIVATE_KEY, Part.CHAIN):
        try:
            for block in read(text, part):
                block.der()
        except X509Problem as problem:
            shown = str(problem)
        else:
            shown = ""
        assert shown.isprintable()


@given(st.text())
@example("-----BEGIN -----\n-----END -----")
@example("-----BEGIN A-----\n-----BEGIN A-----\n-----END A-----")
@example("-----BEGIN A-----\nAAAA\n-----END A------")
@example("-----BEGIN A-----\n\ud800\n-----END A-----")
def test_any_text(text: str) -> None:
    blocks_or_finding(text)


@given(st.lists(st.sampled_from(["-----BEGIN A-----", "-----END A-----", "QUJD", "\n", " ", "-", "x", "\x00"])))
def test_any_pieces(pieces: list[str]) -> None:
    blocks_or_finding("".join(pieces))


@given(st.binary(min_size=1, max_size=100), st.characters(exclude_characters=" \t\n\r-"))
def test_only_white_space_around(der: bytes, character: str) -> None:
    block = forged.pem(der, "A")
    for text in (character + block, block + character, block + character + "\n" + block):
        with pytest.raises((TextAroundPEM, NotPEM)):
            read(text)


@pytest.mark.parametrize(
    "text",
    [
        "-" * 5_000_000,
        " " * 5_000_000,
        "\n" * 5_000_000 + "x",
        "-----BEGIN CERTIFICATE-----\n" * 100_000,
        "-----BEGIN " * 500_000,
        "-----BEGIN A-----\n" + "A\n" * 2_500_000,
        "-----BEGIN A-----\n" + " " * 5_000_000 + "-----END A-----",
        "-----BEGIN A-----\n" + "-----END B-----\n" * 100_000,
        "-----END A-----\n" * 100_000,
    ],
)
def test_floods(text: str) -> None:
    """No time is measured: anything worse than linear would not come back."""
    with pytest.raises(X509Problem):
        [block.der() for block in read(text)]


def test_many_blocks_are_read_one_by_one() -> None:
    text = pem.normalised(forged.pem(b"x", "A") * 50_000 + "junk")
    assert next(pem.blocks(text, Part.CHAIN)).der() == b"x"
    with pytest.raises(TextAroundPEM):
        read(text, Part.CHAIN)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("-----BEGIN A----\nQUJD\n-----END A-----", "five hyphens"),
        ("-----BEGIN " + "A" * 65 + "-----\n", "five hyphens"),
        ("-----BEGIN A\n-----\nQUJD\n-----END A-----", "five hyphens"),
        ("-----BEGIN A-----", "without its END"),
        ("-----BEGIN A-----\nQUJD-----END A-----", "line breaks"),
        ("-----BEGIN A-----\nQUJD\n-----END A----------BEGIN A-----\nQUJD\n-----END A-----", "share one line"),
        ("-----BEGIN A-----\nQUJD\n-----END A-----\n-----BEGINX", "between"),
        ("-----BEGIN A-----\nQUJD\n-----END A-----x\n-----BEGIN A-----", "between its blocks: one line of 1 character"),
    ],
)
def test_framing(text: str, words: str) -> None:
    with pytest.raises(X509Problem) as caught:
        read(text)
    assert words in caught.value.cause


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("QUJ", "missing"),
        ("QUJD=", "missing"),
        ("QQ==QUJD", "missing"),
        ("====", "missing"),
        ("QUJD====", "missing"),
        ("QUJD\nQU$D", "line 2"),
        ("QUJD\nQU\u00e4D", "line 2"),
        ("X-Header: 1\n\nQUJD", "a header"),
        ("", "empty"),
    ],
)
def test_base64(body: str, words: str) -> None:
    (block,) = read(f"-----BEGIN A-----\n{body}\n-----END A-----")
    with pytest.raises(NotPEM) as caught:
        block.der()
    assert words in caught.value.cause


def test_lenient_where_it_harms_nobody() -> None:
    der = bytes(range(200))
    one_line = b64encode(der).decode()
    blanks = encodebytes(der).decode().replace("\n", " \t\n\n")
    for body in (one_line, blanks):
        (block,) = read(f" -----BEGIN A----- \n{body}\n -----END A-----\t")
        assert block.der() == der


def test_encrypted() -> None:
    header = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nQUJD"
    (block,) = read(f"-----BEGIN A-----\n{header}\n-----END A-----")
    assert block.encrypted
    for other in ("QUJD", "Proc-Type: 4,CLEAR\nX: ENCRYPTED\n\nQUJD", "X: ENCRYPTED\n\nQUJD"):
        (block,) = read(f"-----BEGIN A-----\n{other}\n-----END A-----")
        assert not block.encrypted


def test_a_block_does_not_show_its_body() -> None:
    (block,) = read(forged.pem(b"secret", "PRIVATE KEY"))
    assert "c2VjcmV0" not in repr(block)
