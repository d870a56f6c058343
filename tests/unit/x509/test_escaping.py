"""How foreign text is shown."""

from hypothesis import given
from hypothesis import strategies as st

from sealstone.x509.escaping import escaped, shown


def test_ordinary_text_stays() -> None:
    assert shown("CN=München, O=例") == "CN=München, O=例"


def test_controls_and_bidi_are_escaped() -> None:
    assert shown("a\x00b\x1b[31m\r\n") == "a\\00b\\1B[31m\\0D\\0A"
    assert shown("\u202egnp.exe") == "\\E2\\80\\AEgnp.exe"
    assert shown("a\ud800") == "a\\ED\\A0\\80"


def test_long_text_is_cut() -> None:
    assert shown("x" * 80) == "x" * 80
    assert shown("x" * 81) == "x" * 79 + "…"
    assert shown("\x00" * 30) == "\\00" * 26 + "\\…"


@given(st.text())
def test_always_printable_and_short(text: str) -> None:
    assert escaped(text).isprintable()
    assert len(shown(text, 20)) <= 20
