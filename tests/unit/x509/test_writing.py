"""What is written is what the library of the trade reads; `tests/clients` has the real programs as readers."""

import os

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs7,
    pkcs12,
)
from hypothesis import given
from hypothesis import strategies as st
from tests.forged import forged, integer
from tests.pki import Authority, PrivateKey, ec_key, rsa_key

from sealstone.model.secret import Secret
from sealstone.x509 import writing
from sealstone.x509.pem import blocks, normalised
from sealstone.x509.problems import Part
from sealstone.x509.writing import CannotBeWritten

ROOT = Authority("Root")
LEAF = ROOT.leaf("build.example.com")
KEY = Secret(LEAF.private_key_der)
PASSWORD = Secret("geheim€".encode())


def secret_of(key: PrivateKey) -> Secret:
    return Secret(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


# --- PEM ---


def test_pem_is_written_as_the_library_writes_it() -> None:
    assert writing.pem("CERTIFICATE", LEAF.certificate_der) == LEAF.certificate_pem
    assert writing.private_key_pem(KEY).reveal().decode() == LEAF.private_key_pem


@given(st.binary(min_size=1, max_size=200))
def test_pem_is_read_back(content: bytes) -> None:
    text = writing.pem("X", content)
    assert text.endswith("\n")
    assert max(map(len, text.splitlines())) <= 64
    [block] = blocks(normalised(text), Part.CERTIFICATE)
    assert (block.label, block.der()) == ("X", content)


def test_several_follow_one_another() -> None:
    whole = writing.certificates_pem([LEAF.certificate_der, ROOT.certificate_der])
    assert whole == LEAF.certificate_pem + ROOT.certificate_pem
    combined = writing.combined_pem([LEAF.certificate_der, ROOT.certificate_der], KEY)
    assert combined.reveal().decode() == whole + LEAF.private_key_pem
    assert "***" in repr(combined)


# --- encrypted keys ---


@pytest.mark.parametrize("key", [rsa_key(), ec_key(), ec_key(ec.SECP521R1())], ids=["rsa", "p256", "p521"])
def test_an_encrypted_key_is_read_back(key: PrivateKey) -> None:
    text = writing.encrypted_key_pem(secret_of(key), PASSWORD, os.urandom, rounds=1000).reveal()
    assert text.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    read = load_pem_private_key(text, PASSWORD.reveal())
    assert isinstance(read, type(key))
    assert read.public_key() == key.public_key()
    with pytest.raises(ValueError):  # noqa: PT011 - one wrong password in 256 leaves good padding, and is told otherwise
        load_pem_private_key(text, b"another")


def test_chance_makes_salt_and_vector() -> None:
    sizes: list[int] = []

    def chance(size: int) -> bytes:
        sizes.append(size)
        return bytes([len(sizes)]) * size

    text = writing.encrypted_key_pem(KEY, PASSWORD, chance, rounds=128).reveal()
    assert sizes == [16, 16]
    assert isinstance(load_pem_private_key(text, PASSWORD.reveal()), ec.EllipticCurvePrivateKey)
    [block] = blocks(normalised(text.decode()), Part.FILE)
    assert bytes([1]) * 16 in block.der()
    assert bytes([2]) * 16 in block.der()


def test_what_old_readers_know_is_the_default_function_and_not_written() -> None:
    """RFC 8018 appendix A.2: without a prf it is HMAC-SHA-1."""
    text = writing.encrypted_key_pem(KEY, PASSWORD, os.urandom, rounds=1000, with_sha1=True).reveal()
    assert isinstance(load_pem_private_key(text, PASSWORD.reveal()), ec.EllipticCurvePrivateKey)
    [block] = blocks(normalised(text.decode()), Part.FILE)
    hmac_sha1, hmac_sha256 = bytes.fromhex("2a864886f70d0207"), bytes.fromhex("2a864886f70d0209")
    assert hmac_sha1 not in block.der()
    assert hmac_sha256 not in block.der()
    usual = writing.encrypted_key_pem(KEY, PASSWORD, os.urandom, rounds=1000).reveal()
    [block] = blocks(normalised(usual.decode()), Part.FILE)
    assert hmac_sha256 in block.der()


def test_an_empty_password_protects_nothing() -> None:
    with pytest.raises(CannotBeWritten, match="the password is empty"):
        writing.encrypted_key_pem(KEY, Secret(b""), os.urandom)
    with pytest.raises(CannotBeWritten, match="the password is empty"):
        writing.pkcs12(LEAF.certificate_der, KEY, [], "a", Secret(b""))


def test_guessing_is_made_expensive() -> None:
    assert writing.ROUNDS == 600_000


# --- PKCS #12 and PKCS #7 ---


@pytest.mark.parametrize("for_java8", [False, True])
def test_a_pkcs12_file_is_read_back(for_java8: bool) -> None:
    chain = [ROOT.certificate_der]
    password = Secret(b"correct horse") if for_java8 else PASSWORD
    made = writing.pkcs12(LEAF.certificate_der, KEY, chain, "Größe", password, for_java8=for_java8)
    read = pkcs12.load_pkcs12(made, password.reveal())
    assert read.cert
    assert read.cert.certificate == LEAF.certificate
    assert read.cert.friendly_name == "Größe".encode()
    assert [other.certificate for other in read.additional_certs] == [ROOT.certificate]
    assert isinstance(read.key, ec.EllipticCurvePrivateKey)
    assert read.key.public_key() == LEAF.key.public_key()


def test_java8_gets_what_it_knows() -> None:
    pbes2, triple_des = bytes.fromhex("2a864886f70d01050d"), bytes.fromhex("2a864886f70d010c0103")
    new = writing.pkcs12(LEAF.certificate_der, KEY, [], "a", PASSWORD)
    old = writing.pkcs12(LEAF.certificate_der, KEY, [], "a", Secret(b"correct horse"), for_java8=True)
    assert (pbes2 in new, triple_des in new) == (True, False)
    assert (pbes2 in old, triple_des in old) == (False, True)


@pytest.mark.parametrize("as_text", [False, True])
def test_a_pkcs7_file_is_read_back(as_text: bool) -> None:
    made = writing.pkcs7([LEAF.certificate_der, ROOT.certificate_der], pem=as_text)
    assert made.startswith(b"-----BEGIN PKCS7-----\n") is as_text
    read = pkcs7.load_pem_pkcs7_certificates(made) if as_text else pkcs7.load_der_pkcs7_certificates(made)
    assert set(read) == {LEAF.certificate, ROOT.certificate}


def test_old_roots_are_copied_without_a_warning() -> None:
    """Warnings are errors here; `cryptography` warns about serial numbers that are not positive."""
    [block] = blocks(normalised(forged(ROOT, ROOT.key, serial=integer(-5))), Part.FILE)
    old = block.der()
    assert old in writing.pkcs7([old], pem=False)
    assert writing.pkcs12(LEAF.certificate_der, KEY, [old], "a", PASSWORD)


def test_what_has_no_place_is_told_without_the_key() -> None:
    with pytest.raises(CannotBeWritten, match="PKCS #7 file") as refused:
        writing.pkcs7([b"0"], pem=True)
    assert refused.value.part is Part.FILE
    with pytest.raises(CannotBeWritten, match="PKCS #7 file"):
        writing.pkcs7([], pem=True)
    strange = x25519.X25519PrivateKey.generate()
    key = strange.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(CannotBeWritten, match="PKCS #12 file") as refused:
        writing.pkcs12(LEAF.certificate_der, Secret(key), [], "a", PASSWORD)
    assert refused.value.__cause__ is None
    assert x509.load_der_x509_certificate(LEAF.certificate_der) == LEAF.certificate


@pytest.mark.parametrize(
    ("password", "words"),
    [
        (b"p\xe4sswort", "the password is not text in UTF-8"),
        ("pässwort".encode(), "Java opens no keystore whose password has other characters than printable ASCII"),
        (b"a\tb", "Java opens no keystore"),
        (b"a\x7f", "Java opens no keystore"),
    ],
)
def test_a_password_that_nobody_could_say_is_refused(password: bytes, words: str) -> None:
    with pytest.raises(CannotBeWritten, match=words) as fault:
        writing.pkcs12(LEAF.certificate_der, KEY, [], "a", Secret(password), for_java8=True)
    assert "the key or a certificate" not in str(fault.value)


def test_a_password_beyond_ascii_is_well_elsewhere() -> None:
    made = writing.pkcs12(LEAF.certificate_der, KEY, [], "a", Secret("pä€".encode()))
    assert pkcs12.load_pkcs12(made, "pä€".encode()).key
    with pytest.raises(CannotBeWritten, match="not text in UTF-8"):
        writing.pkcs12(LEAF.certificate_der, KEY, [], "a", Secret(b"\xff"))
