"""Words for common mistakes; those that the upload tables do not reach."""

import base64

import pytest
from tests.pki import rsa_key, self_signed
from tests.unit.x509.containers.samples import CERTIFICATE, recorded

from sealstone.x509 import mistakes, pem
from sealstone.x509.acceptance import AS_BLOBS
from sealstone.x509.problems import Part
from sealstone.x509.submission import as_text


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


def told(data: bytes, part: Part = Part.CERTIFICATE) -> list[str]:
    """What is said of the bytes, read as Latin-1 and as UTF-8 with losses."""
    texts = (data.decode("latin-1"), data.decode("utf-8", "replace"))
    return [str(mistakes.no_block(pem.normalised(text), part)) for text in texts]


@pytest.mark.parametrize(
    ("data", "what", "cure"),
    [
        (CERTIFICATE, "is binary DER, not PEM", "openssl x509 -inform DER"),
        (recorded("modern.p12"), "is a PKCS #12 file, not PEM", "openssl pkcs12 -in"),
        (recorded("empty.p12"), "is a PKCS #12 file, not PEM", "openssl pkcs12 -in"),
        (recorded("two.p7b"), "is a PKCS #7 file", "openssl pkcs7"),
        (recorded("store.jks"), "is a Java keystore (JKS or JCEKS), not PEM", "keytool"),
        (recorded("trust.jks"), "is a Java keystore (JKS or JCEKS), not PEM", "keytool"),
        (recorded("store.jceks"), "is a Java keystore (JKS or JCEKS), not PEM", "keytool"),
    ],
    ids=["certificate", "pkcs12", "pkcs12-empty", "pkcs7", "jks", "truststore", "jceks"],
)
def test_binary_files_are_named_by_their_own_signs(data: bytes, what: str, cure: str) -> None:
    whole, lossy = told(data)
    for text in (whole, lossy):
        assert what in text
        assert "sealstone convert FILE" in text
        assert cure in text
        assert "UTF-16" not in text
    assert "damaged" not in whole
    assert "has been damaged on its way as text" in lossy


@pytest.mark.parametrize(
    ("part", "option"),
    [
        (Part.CERTIFICATE, "--certificate fileb://Certificate.pem"),
        (Part.PRIVATE_KEY, "--private-key fileb://PrivateKey.pem"),
        (Part.CHAIN, "--certificate-chain fileb://CertificateChain.pem"),
    ],
)
def test_cures_for_acm_name_its_options(part: Part, option: str) -> None:
    for text in ("", "hello", "my.pem", "a\0b" + "c" * 80):
        assert option in mistakes.no_block(text, part, AS_BLOBS).cure
    for name in ("file://my.pem", "fileb://my.pem"):
        assert mistakes.no_block(name, part, AS_BLOBS).cure.endswith("for a name with fileb://")
    assert "fileb" not in str(mistakes.no_block("hello", part))


def test_pem_that_the_aws_command_has_decoded_is_told() -> None:
    """Version 2 takes what it reads by `file://` for base64, and Python leaves out what is none."""
    alone = self_signed(key=rsa_key())
    for pem_text in (alone.certificate_pem, alone.private_key_pem, alone.traditional_private_key_pem):
        letters = "".join(sign for sign in pem_text[:40] if sign not in "- \n")
        sent = as_text(base64.b64decode(letters[:24]))
        found = mistakes.no_block(pem.normalised(sent), Part.CERTIFICATE, AS_BLOBS)
        assert found.cause == "the certificate is PEM that was decoded as base64 on its way"
        assert "fileb://" in found.cure
        assert "decodes as base64" in found.cure
        assert "decoded" not in mistakes.no_block(sent, Part.CERTIFICATE).cause
    other = mistakes.no_block("\x01\x02" + "c" * 80, Part.PRIVATE_KEY, AS_BLOBS)
    assert other.cause == "the private key is binary data and not PEM"
    assert "version 2 of the aws command" in other.cure


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_told(encoding: str) -> None:
    for text in told("-----BEGIN CERTIFICATE-----".encode(encoding)):
        assert "is UTF-16 text" in text


def test_one_zero_makes_no_utf16() -> None:
    assert "binary data" in mistakes.no_block("a\0b" + "c" * 80, Part.CERTIFICATE).cause


@pytest.mark.parametrize(
    "text",
    [
        "https://user:hunter2@host/x.pem",
        "db.password=hunter2.pem",
        "./?token=hunter2&a.pem",
        "hunter2 %40.pem",
        "C:\\hunter2.pem",
        "file://user:hunter2@host/a.pem",
    ],
)
def test_what_may_hold_a_password_is_not_shown(text: str) -> None:
    problem = str(mistakes.no_block(text, Part.CERTIFICATE))
    assert "is the name of a file" in problem
    assert "hunter2" not in problem


@pytest.mark.parametrize("text", ["leaf.pem", "file://certificate.pem", "fileb://~/my-certs/a_1.p12", "../a/b.crt"])
def test_a_plain_name_is_shown(text: str) -> None:
    assert f"('{text}')" in mistakes.no_block(text, Part.CERTIFICATE).cause
    assert text not in str(mistakes.no_block(text, Part.PRIVATE_KEY))
