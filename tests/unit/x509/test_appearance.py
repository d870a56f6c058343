"""What a text looks like, and not a word of what it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealstone.x509 import appearance, mistakes
from sealstone.x509.problems import Part, TextAroundPEM


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x", "one line of 1 character"),
        (" hunter2\n", "one line of 7 characters"),
        ("correct horse battery", "one line of 21 characters, several words"),
        ("www.example.com", "one line of 15 characters that may be a host name"),
        ("*.Example.com", "one line of 13 characters that may be a host name"),
        ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "one line of 40 characters that may be base64"),
        ("a" * 79 + "!", "one line of 80 characters or more"),
        ("root: hunter2\nadmin: hunter3", "several lines of text"),
        ("tab\tand\nmore", "several lines of text"),
        ("\x00\x01", "binary data, or text in an odd encoding"),
        ("a\x1b[31m", "binary data, or text in an odd encoding"),
        ("Certificate:\n    Data:", "what openssl prints beside the blocks"),
        ("subject=CN = a\nissuer=CN = b", "what openssl prints beside the blocks"),
    ],
)
def test_size_and_kind(text: str, told: str) -> None:
    assert appearance.told(text) == told


@given(st.text(st.characters(codec="latin-1"), min_size=1).filter(str.strip))
def test_it_is_one_printable_clause_for_anything(text: str) -> None:
    assert appearance.told(text).isprintable()


@pytest.mark.parametrize("part", list(Part)[:3])
@pytest.mark.parametrize(
    "secret", ["hunter2", "correct horse battery", "/wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY", "~/hunter2", "a\nhunter2"]
)
def test_a_file_of_passwords_given_by_mistake_is_not_shown(part: Part, secret: str) -> None:
    """Whichever sentence it comes to: nothing of four letters in it is from the file."""
    for problem in (
        mistakes.no_block(secret, part),
        TextAroundPEM(part, "before the first BEGIN line", secret),
        mistakes.text_before(secret, part),
    ):
        told = f"{problem.cause} {problem.cure}"
        words = [word for word in secret.replace("/", " ").split() if len(word) > 3]
        assert words
        assert not [word for word in words if word in told]


def test_the_name_of_a_file_is_shown() -> None:
    assert "('Certificate.pem')" in mistakes.no_block("Certificate.pem", Part.CERTIFICATE).cause
    assert "('./chain.crt')" in mistakes.no_block("./chain.crt", Part.CHAIN).cause
