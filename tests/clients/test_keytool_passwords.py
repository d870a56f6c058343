"""Keystores with two passwords and two keys, made by the real `keytool`, and taken apart by `convert`."""

from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest
from tests.corpus.answers import OTHER_PASSWORD, PASSWORD
from tests.corpus.judges import KEYTOOL, OPENSSL, openssl, public_half, run, sealstone

pytestmark = pytest.mark.skipif(KEYTOOL is None or OPENSSL is None, reason="keytool or openssl is not on the PATH")
_STORE: Final = ("-keystore", "store", "-storepass", PASSWORD)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "store.password").write_text(PASSWORD)
    (tmp_path / "key.password").write_text(OTHER_PASSWORD)
    return tmp_path


def genkeypair(folder: Path, form: str, alias: str, password: str) -> None:
    made = ("-genkeypair", "-storetype", form, "-keyalg", "EC", "-groupname", "secp256r1", "-validity", "30")
    run("keytool", *made, "-alias", alias, "-dname", f"CN={alias}.example", *_STORE, "-keypass", password, cwd=folder)


@pytest.mark.parametrize("form", ["jks", "jceks"])
def test_each_key_is_taken_out_with_its_password(here: Path, form: str) -> None:
    genkeypair(here, form, "web", PASSWORD)
    genkeypair(here, form, "mail", OTHER_PASSWORD)
    both = ("--password-file", "store.password", "--password-file", "key.password")
    for alias in ("web", "mail"):
        sealstone("convert", "store", *both, "--alias", alias, "-o", alias, cwd=here)
        exported = run("keytool", "-exportcert", "-rfc", "-alias", alias, *_STORE, cwd=here)
        certificate = (here / alias / "Certificate.pem").read_bytes()
        assert openssl("x509 -outform DER", certificate) == openssl("x509 -outform DER", exported)
        pinned = openssl("pkey -pubin -outform DER", openssl("x509 -noout -pubkey", certificate))
        assert public_half((here / alias / "PrivateKey.pem").read_bytes()) == sha256(pinned).hexdigest()
    sealstone("convert", "store", "--password-file", "store.password", "--alias", "mail", fails=1, cwd=here)
