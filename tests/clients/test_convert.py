"""The Troubleshooting section of the IAM document: files of the real openssl, `sealstone convert`, and the upload.

The upload is the line that `convert` prints, run by the unmodified aws CLI. The document's own openssl commands are
not needed for it; openssl judges the result once more.
"""

import shlex
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Final

import pytest
from tests.server import Credentials, Server, child_environment
from tests.warm import as_text, warm

Aws = Callable[..., "CompletedProcess[str]"]

OPENSSL: Final = shutil.which("openssl")
PASSWORD: Final = "correct horse"
EXTENSIONS: Final = """
[ca]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
[leaf]
basicConstraints=CA:FALSE
subjectAltName=DNS:build.example.com
"""

pytestmark = pytest.mark.skipif(
    OPENSSL is None, reason="openssl is not on the PATH, and its files are what is converted"
)


@dataclass(frozen=True)
class Workplace:
    """A directory, and the tools that work in it."""

    directory: Path

    def openssl(self, line: str) -> str:
        """An openssl command, which must succeed; `%` stands for the password as openssl takes it in tests."""
        arguments = line.replace("%", f"pass:{PASSWORD.replace(' ', '_')}").split()
        assert OPENSSL is not None
        result = self._run([OPENSSL, *arguments])
        assert result.returncode == 0, f"openssl {line}: {result.stderr}"
        return result.stdout

    def convert(self, *arguments: str) -> str:
        """`sealstone convert`, which must succeed; what it printed."""
        result = as_text(warm("sealstone").run(["convert", *arguments], _environment(), self.directory))
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def joined(self, name: str, *parts: str) -> str:
        """`cat PARTS > NAME`."""
        (self.directory / name).write_bytes(b"".join((self.directory / part).read_bytes() for part in parts))
        return name

    def _run(self, command: list[str]) -> "CompletedProcess[str]":
        return subprocess.run(
            command, cwd=self.directory, env=_environment(), capture_output=True, text=True, check=False, timeout=60
        )


def _environment() -> dict[str, str]:
    return child_environment() | {"PASSWORD_OF_TESTS": PASSWORD.replace(" ", "_")}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """root.pem, lower.pem, leaf.pem (RSA) and leaf.key, ec.pem and ec.key with its parameters; all by openssl."""
    place = Workplace(tmp_path_factory.mktemp("openssl"))
    (place.directory / "extensions").write_text(EXTENSIONS)
    place.openssl("req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -days 30 -subj /CN=Root")
    place.openssl("genrsa -out leaf.key 2048")
    place.openssl("genrsa -out lower.key 2048")
    place.openssl("ecparam -name prime256v1 -genkey -out ec.key")
    assert "BEGIN EC PARAMETERS" in (place.directory / "ec.key").read_text()
    for name, issuer, section in (("lower", "root", "ca"), ("leaf", "lower", "leaf"), ("ec", "lower", "leaf")):
        place.openssl(f"req -new -key {name}.key -out {name}.csr -subj /CN={name}.example.com")
        place.openssl(
            f"x509 -req -in {name}.csr -CA {issuer}.pem -CAkey {issuer}.key -CAcreateserial -days 20 "
            f"-extfile extensions -extensions {section} -out {name}.pem"
        )
    return place


@pytest.fixture
def uploaded(server: Server, aws: Aws, made: Workplace, tmp_path: Path) -> Callable[..., None]:
    """Convert these files, have openssl look at the result, and paste the printed line into a shell of the aws CLI."""
    account: Credentials = server.account()

    def run(*arguments: str) -> None:
        printed = made.convert(*arguments, "-o", str(tmp_path / "out"))
        directory = tmp_path / "out"
        certificate, chain, key = (
            directory / name for name in ("Certificate.pem", "CertificateChain.pem", "PrivateKey.pem")
        )
        made.openssl(f"verify -CAfile root.pem -untrusted {chain} {certificate}")
        assert "Key is valid" in made.openssl(f"pkey -in {key} -check -noout")
        line = next(text for text in printed.replace("\\\n", " ").splitlines() if text.startswith("aws iam"))
        aws(*shlex.split(line)[1:], who=account)
        name = shlex.split(line)[4]
        found = aws("iam", "get-server-certificate", "--server-certificate-name", name, "--output", "json", who=account)
        assert certificate.read_text().splitlines()[1] in found.stdout

    return run


def test_certificate_chain_and_key_from_der(made: Workplace, uploaded: Callable[..., None]) -> None:
    """The section: To convert a certificate or certificate chain, and a private key, from DER to PEM."""
    made.openssl("x509 -in leaf.pem -outform DER -out Certificate.der")
    made.openssl("x509 -in lower.pem -outform DER -out CertificateChain.der")
    made.openssl("rsa -in leaf.key -outform DER -out PrivateKey.der")
    uploaded("Certificate.der", "CertificateChain.der", "PrivateKey.der")


@pytest.mark.parametrize(
    "encrypt",
    [
        "rsa -in leaf.key -aes256 -passout % -out EncryptedPrivateKey.pem",
        "rsa -in leaf.key -aes256 -traditional -passout % -out EncryptedPrivateKey.pem",
        "pkcs8 -topk8 -in leaf.key -v2 aes-256-cbc -passout % -outform DER -out EncryptedPrivateKey.pem",
    ],
    ids=["as-openssl-does", "traditional", "pkcs8-der"],
)
def test_an_encrypted_key(made: Workplace, uploaded: Callable[..., None], encrypt: str) -> None:
    """The section: To decrypt an encrypted private key (remove the password or passphrase)."""
    made.openssl(encrypt)
    uploaded("leaf.pem", "lower.pem", "EncryptedPrivateKey.pem", "--password-env", "PASSWORD_OF_TESTS")


def test_pkcs12(made: Workplace, uploaded: Callable[..., None]) -> None:
    """The section: To convert a certificate bundle from PKCS#12 to PEM."""
    made.joined("above.pem", "root.pem", "lower.pem")
    made.openssl(
        "pkcs12 -export -in leaf.pem -inkey leaf.key -certfile above.pem "
        "-passout % -name build -out CertificateBundle.p12"
    )
    uploaded("CertificateBundle.p12", "--password-env", "PASSWORD_OF_TESTS")


@pytest.mark.parametrize("form", ["PEM", "DER"])
def test_pkcs7(made: Workplace, uploaded: Callable[..., None], form: str) -> None:
    """The section: To convert a certificate bundle from PKCS#7 to PEM."""
    made.joined("bundle.pem", "root.pem", "lower.pem", "leaf.pem")
    made.openssl(f"crl2pkcs7 -nocrl -certfile bundle.pem -outform {form} -out CertificateBundle.p7b")
    uploaded("CertificateBundle.p7b", "leaf.key")


def test_ec_parameters(uploaded: Callable[..., None]) -> None:
    """The load balancing document: "you must delete the lines containing BEGIN EC PARAMETERS"."""
    uploaded("ec.pem", "lower.pem", "ec.key")


def test_a_chain_in_wrong_order(made: Workplace, uploaded: Callable[..., None]) -> None:
    """The section: each certificate must certify the preceding one. Here root first, the certificate within."""
    uploaded(made.joined("chain.pem", "root.pem", "lower.pem", "leaf.pem"), "leaf.pem", "leaf.key", "--with-root")


def test_text_around_and_everything_in_one_file(made: Workplace, uploaded: Callable[..., None]) -> None:
    """As `openssl x509 -text` and `openssl pkcs12 -nodes` write it."""
    (made.directory / "text.pem").write_text(made.openssl("x509 -in leaf.pem -text"))
    uploaded(made.joined("all.pem", "leaf.key", "root.pem", "lower.pem", "text.pem"))


def test_what_the_document_s_own_commands_make_is_the_same(made: Workplace, tmp_path: Path) -> None:
    """Certificates byte for byte; the key by its numbers, since openssl rsa may write PKCS #1 or PKCS #8."""
    made.openssl("x509 -in leaf.pem -outform DER -out same.der")
    made.openssl("x509 -inform DER -in same.der -outform PEM -out same.pem")
    made.convert("same.der", "lower.pem", "leaf.key", "-o", str(tmp_path))
    assert (tmp_path / "Certificate.pem").read_text() == (made.directory / "same.pem").read_text()
    ours = made.openssl(f"pkey -in {tmp_path / 'PrivateKey.pem'} -outform PEM -traditional")
    assert ours == made.openssl("pkey -in leaf.key -outform PEM -traditional")
