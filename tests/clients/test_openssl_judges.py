"""The real `openssl` and `keytool` as judges of the corpus and of the formats that `x509.writing` writes.

Skipped where the tools are not installed; the corpus itself is read without them in `tests/unit/x509/test_corpus.py`.
"""

import os
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from tests.corpus import answers
from tests.corpus.answers import PASSWORD, Case
from tests.corpus.judges import KEYTOOL, OPENSSL, fingerprints, openssl, public_half, run
from tests.corpus.workshop import blocks, verify
from tests.pki import Authority, Leaf, PrivateKey, ec_key, rsa_key

from sealstone.model.secret import Secret
from sealstone.x509 import writing

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")

CHAINS: Final = tuple(case for case in answers.read() if case.verdict)
SECRET: Final = Secret(PASSWORD.encode())
OPENS: Final = f"-passin pass:{PASSWORD}"


@pytest.mark.parametrize("case", CHAINS, ids=lambda case: str(case.file))
def test_the_recorded_verdicts_are_those_of_openssl(case: Case, tmp_path: Path) -> None:
    assert case.verdict is not None
    assert verify(case.data.decode(), case.verdict, tmp_path) == case.verdict.openssl


KEYS: Final[Mapping[str, Callable[[], PrivateKey]]] = {
    "rsa-2048": rsa_key,
    "rsa-3072": lambda: rsa_key(3072),
    "rsa-4096": lambda: rsa_key(4096),
    "p256": ec_key,
    "p384": lambda: ec_key(ec.SECP384R1()),
    "p521": lambda: ec_key(ec.SECP521R1()),
    "secp256k1": lambda: ec_key(ec.SECP256K1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}


@dataclass(frozen=True)
class Scene:
    """A leaf, the two above it, and what OpenSSL must find in everything we write of them."""

    leaf: Leaf

    @property
    def ders(self) -> list[bytes]:
        """The leaf's first."""
        return [ssl.PEM_cert_to_DER_cert(block) for block in blocks(self.leaf.certificate_pem + self.leaf.chain_pem)]

    @property
    def key(self) -> Secret:
        """PKCS #8 DER."""
        return Secret(self.leaf.private_key_der)

    @property
    def fingerprints(self) -> list[str]:
        """The leaf's first."""
        return [sha256(der).hexdigest() for der in self.ders]

    @property
    def public_half(self) -> str:
        """By OpenSSL, from what `cryptography` wrote."""
        return public_half(self.leaf.private_key_pem.encode())

    def pkcs12(self, *, for_java8: bool) -> bytes:
        """As we write it."""
        return writing.pkcs12(self.ders[0], self.key, self.ders[1:], "www.example", SECRET, for_java8=for_java8)


@pytest.fixture(scope="module", params=KEYS)
def scene(request: pytest.FixtureRequest) -> Scene:
    """One for each kind of key."""
    key = KEYS[request.param]()
    return Scene(Authority("Root").authority("Intermediate").leaf("www.example", key=key))


def test_keys(scene: Scene) -> None:
    plain = writing.private_key_pem(scene.key).reveal()
    assert public_half(plain) == scene.public_half
    encrypted = writing.encrypted_key_pem(scene.key, SECRET, os.urandom).reveal()
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in encrypted
    assert public_half(encrypted, OPENS) == scene.public_half
    openssl("pkey -noout -passin pass:wrong", encrypted, fails=1)


def test_pem_is_byte_for_byte_that_of_openssl(scene: Scene) -> None:
    der = scene.ders[0]
    assert writing.pem(writing.CERTIFICATE, der).encode() == openssl("x509 -inform DER", der)
    by_openssl = openssl("pkey", scene.leaf.private_key_pem.encode())
    assert writing.private_key_pem(scene.key).reveal() == by_openssl


def test_combined_pem(scene: Scene) -> None:
    combined = writing.combined_pem(scene.ders, scene.key).reveal()
    assert fingerprints(combined.decode()) == scene.fingerprints
    assert public_half(combined) == scene.public_half


@pytest.mark.parametrize("for_java8", [False, True])
def test_pkcs12(scene: Scene, for_java8: bool) -> None:
    bundle = scene.pkcs12(for_java8=for_java8)
    # The command of the IAM document.
    unpacked = openssl(f"pkcs12 -nodes {OPENS}", bundle)
    assert sorted(fingerprints(unpacked.decode())) == sorted(scene.fingerprints)
    assert b"friendlyName: www.example" in unpacked
    assert public_half(unpacked) == scene.public_half
    openssl("pkcs12 -nodes -passin pass:wrong", bundle, fails=1)


@pytest.mark.skipif(KEYTOOL is None, reason="keytool is not installed")
@pytest.mark.parametrize("for_java8", [False, True])
def test_pkcs12_in_java(tmp_path: Path, for_java8: bool) -> None:
    scene = Scene(Authority("Root").authority("Intermediate").leaf("www.example"))
    keystore = tmp_path / "keystore.p12"
    keystore.write_bytes(scene.pkcs12(for_java8=for_java8))
    listed = run("keytool", "-list", "-v", "-keystore", keystore, "-storepass", PASSWORD).decode()
    assert "Alias name: www.example" in listed
    assert "Entry type: PrivateKeyEntry" in listed
    # The whole chain hangs at the key: Java puts it together by names.
    assert "Certificate chain length: 3" in listed
    found = re.findall(r"SHA256: ([0-9A-F:]+)", listed)
    assert [digest.replace(":", "").lower() for digest in found] == scene.fingerprints


@pytest.mark.parametrize("form", ["DER", "PEM"])
def test_pkcs7(scene: Scene, form: str) -> None:
    bundle = writing.pkcs7(scene.ders, pem=form == "PEM")
    # The command of the IAM document.
    printed = openssl(f"pkcs7 -inform {form} -print_certs", bundle)
    assert sorted(fingerprints(printed.decode())) == sorted(scene.fingerprints)
