"""Words for common mistakes; those that the upload tables do not reach."""

import pytest

from sealstone.x509 import mistakes
from sealstone.x509.problems import Part


@pytest.mark.parametrize("text", ["c:\\certs\\a.txt", "~/a", "../x", "fileb://a.pem", "A.PFX"])
def test_file_names(text: str) -> None:
    assert "name of a file" in mistakes.no_block(text, Part.CERTIFICATE).cause


def test_not_every_line_is_a_file_name() -> None:
    for text in ("/" * 2000, "/etc/a\n/etc/b"):
        assert "no BEGIN line" in mistakes.no_block(text, Part.CHAIN).cause


def test_byte_order_mark_and_more_is_just_text() -> None:
    assert "byte order mark" in mistakes.text_before("\ufeff", Part.CERTIFICATE).cause
    assert "has text before" in mistakes.text_before("\ufeffCertificate:", Part.CERTIFICATE).cause


def test_begin_line_with_blanks_only() -> None:
    assert "without its END" in mistakes.begin_line_goes_on("  ", Part.CERTIFICATE).cause


def test_the_key_field_shows_known_labels_only() -> None:
    assert "hunter2" not in str(mistakes.wrong_block("hunter2", Part.PRIVATE_KEY))
    assert "PKCS7" in str(mistakes.wrong_block("PKCS7", Part.PRIVATE_KEY))
    assert "hunter2" in str(mistakes.wrong_block("hunter2", Part.CHAIN))
    assert mistakes.wrong_block("a\x1b", Part.CHAIN).label == "a\\1B"
