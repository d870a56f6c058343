"""Certificates and keys that others collected to break parsers: a finding or an acceptance, nothing else, no hang.

No warning either: warnings are errors in this suite.
"""

from base64 import encodebytes
from collections.abc import Iterator
from pathlib import Path

import cryptography_vectors
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import forged
from tests.pki import NOW, Authority, rsa_key, self_signed

from sealstone.x509 import bundle
from sealstone.x509.acceptance import IAM
from sealstone.x509.problems import X509Problem

VECTORS = Path(cryptography_vectors.__file__).parent
ROOM = ("x509", "pkcs7", "pkcs12", "asymmetric")
LARGEST = 200_000
LEAF = Authority("Root").leaf("build.example.com")
RSA_LEAF = self_signed("rsa.example.com", key=rsa_key())
LABELS = ("CERTIFICATE", "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")


def judged(body: str, key: str, chain: str | None) -> str:
    """The name of the finding, or nothing."""
    try:
        bundle.read(body, key, chain, at=NOW, acceptance=IAM)
    except X509Problem as problem:
        shown = str(problem)
    else:
        shown = "accepted"
    assert shown.isprintable()
    return shown


def in_every_place(text: str) -> list[str]:
    """The text as certificate, as key, as chain, and as all of them."""
    return [
        judged(text, LEAF.private_key_pem, None),
        judged(LEAF.certificate_pem, text, None),
        judged(LEAF.certificate_pem, LEAF.private_key_pem, text),
        judged(text, text, text),
    ]


def texts(file: Path) -> Iterator[str]:
    """The file as it is, and DER as PEM under every label."""
    raw = file.read_bytes()
    if len(raw) > LARGEST:
        return
    yield raw.decode("latin-1")
    if raw[:1] == b"0":
        for label in LABELS:
            yield f"-----BEGIN {label}-----\n{encodebytes(raw).decode()}-----END {label}-----\n"


@pytest.mark.parametrize("folder", ROOM)
def test_cryptography_vectors(folder: str) -> None:
    """All that the authors of the library keep for their own tests."""
    files = [file for file in sorted((VECTORS / folder).rglob("*")) if file.is_file()]
    outcomes = [outcome for file in files for text in texts(file) for outcome in in_every_place(text)]
    assert len(outcomes) > 4 * 20


def test_some_vectors_are_accepted() -> None:
    """So that the corpus proves more than that everything is refused."""
    folder = VECTORS / "x509" / "custom" / "ca"
    body, key = ((folder / name).read_text() for name in ("rsa_ca.pem", "rsa_key.pem"))
    assert judged(body, key, body) == "accepted"
    assert judged(body, key, None) == "accepted"


@pytest.mark.parametrize("leaf", [LEAF, RSA_LEAF], ids=["EC", "RSA"])
@given(data=st.data())
def test_flipped_bytes(leaf: object, data: st.DataObject) -> None:
    """One byte of the DER of certificate or key changed."""
    found = LEAF if leaf is LEAF else RSA_LEAF
    for der, label in ((found.certificate_der, "CERTIFICATE"), (found.private_key_der, "PRIVATE KEY")):
        at = data.draw(st.integers(0, len(der) - 1))
        changed = der[:at] + bytes([der[at] ^ data.draw(st.integers(1, 255))]) + der[at + 1 :]
        text = forged.pem(changed, label)
        if label == "CERTIFICATE":
            judged(text, found.private_key_pem, text)
            judged(LEAF.certificate_pem, LEAF.private_key_pem, text)
        else:
            assert judged(found.certificate_pem, text, None)


@given(st.binary(max_size=300), st.sampled_from(LABELS))
def test_any_der(der: bytes, label: str) -> None:
    in_every_place(forged.pem(forged.sequence(der), label))
