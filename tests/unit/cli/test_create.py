"""`sealstone create key`, `csr` and `self-signed`: what they write, what they say, and what they refuse."""

import io
import sys
from pathlib import Path

import click
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from tests.pki import ec_key, key_pem, rsa_key

from sealstone.cli import create_options, main, upload_lines
from sealstone.cli.material import Passwords

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Captured = pytest.CaptureFixture[str]
HOST = "build.example.com"
PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to work in, and no terminal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THE_PASSWORD", PASSWORD)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    return tmp_path


@pytest.fixture
def run(capsys: Captured) -> "Run":
    return Run(capsys)


class Run:
    """`sealstone create ...`."""

    def __init__(self, capsys: Captured) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str, status: int = 0) -> str:
        """What it said; on standard error when it fails."""
        found = main(["create", *arguments])
        captured = self._capsys.readouterr()
        assert found == status, captured.err
        return captured.err if status else captured.out


def certificate(path: str = "Certificate.pem") -> x509.Certificate:
    return x509.load_pem_x509_certificate(Path(path).read_bytes())


def request(path: str = "CertificateRequest.pem") -> x509.CertificateSigningRequest:
    return x509.load_pem_x509_csr(Path(path).read_bytes())


def private_key(path: str = "PrivateKey.pem", password: bytes | None = None) -> Key:
    key = load_pem_private_key(Path(path).read_bytes(), password)
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return key


def names_of(made: x509.Certificate | x509.CertificateSigningRequest) -> list[str]:
    found = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in found]


def files(folder: str = ".") -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


# --- key ---


def test_a_key_is_made(run: Run) -> None:
    assert run("key") == "PrivateKey.pem: private key (rsa:2048), unencrypted\n"
    assert private_key().key_size == 2048
    assert Path("PrivateKey.pem").stat().st_mode & 0o777 == 0o600
    assert files() == ["PrivateKey.pem"]


def test_a_key_s_type_and_place_are_chosen(run: Run) -> None:
    run("key", "--type", "P384", "-o", "other.pem")
    assert private_key("other.pem").key_size == 384


def test_a_key_on_standard_output_is_alone_there(capfd: Captured) -> None:
    assert main(["create", "key", "--type", "p256", "-o", "-"]) == 0
    captured = capfd.readouterr()
    assert captured.out.startswith("-----BEGIN PRIVATE KEY-----\n")
    assert captured.out.endswith("-----END PRIVATE KEY-----\n")
    assert captured.err == "-: private key (p256), unencrypted\n"
    assert files() == []


@pytest.mark.parametrize("way", ["file", "env"])
def test_a_key_is_encrypted(run: Run, way: str) -> None:
    Path("password").write_text(f"{PASSWORD}\n")
    given = {"file": ("--password-file", "password"), "env": ("--password-env", "THE_PASSWORD")}[way]
    assert "encrypted\n" in run("key", "--type", "p256", "--encrypt", *given)
    assert b"ENCRYPTED" in Path("PrivateKey.pem").read_bytes()
    assert private_key(password=PASSWORD.encode()).key_size == 256


def test_an_encrypted_key_needs_a_password(run: Run) -> None:
    assert "--encrypt needs a password: --password-file or --password-env" in run("key", "--encrypt", status=1)
    assert files() == []


def test_a_password_without_encryption_is_a_mistake(run: Run) -> None:
    """Otherwise a key lies there in the clear that somebody believes protected."""
    said = run("key", "--password-env", "THE_PASSWORD", status=2)
    assert "--encrypt" in said
    assert files() == []


def test_an_empty_password_protects_nothing(run: Run) -> None:
    Path("password").write_text("\n")
    assert "empty" in run("key", "--encrypt", "--password-file", "password", status=1)


def test_at_a_terminal_the_password_is_typed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []

    def typed(_text: str, **options: object) -> str:
        asked.append(options)
        return PASSWORD

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(click, "prompt", typed)
    password = create_options.new_password(Passwords(), encrypt=True)
    assert password
    assert password.reveal() == PASSWORD.encode()
    assert asked == [{"hide_input": True, "confirmation_prompt": True, "err": True}]


def test_what_is_there_stays(run: Run) -> None:
    Path("PrivateKey.pem").write_text("mine")
    assert "PrivateKey.pem exists already" in run("key", status=1)
    assert Path("PrivateKey.pem").read_text() == "mine"
    run("key", "--type", "p256", "--force")
    assert private_key().key_size == 256


@pytest.mark.parametrize("kind", ["rsa:1024", "ed25519", "dsa"])
def test_other_types_are_usage_errors(run: Run, kind: str) -> None:
    assert "rsa:2048" in run("key", "--type", kind, status=2)


# --- csr ---


def test_a_request_is_made_with_a_new_key(run: Run) -> None:
    said = run("csr", "--name", HOST, "--name", "10.0.0.1", "--new-key", "p256")
    assert said.splitlines() == [
        "PrivateKey.pem: private key (p256), unencrypted",
        f"CertificateRequest.pem: CN={HOST}, DNS:{HOST}, IP:10.0.0.1",
    ]
    assert request().is_signature_valid
    assert request().public_key() == private_key().public_key()
    assert names_of(request()) == [HOST, "10.0.0.1"]


def test_a_request_is_made_with_a_key_that_is_there(run: Run) -> None:
    """Encrypted, as `openssl genrsa -aes256` leaves it."""
    Path("mine.pem").write_text(key_pem(rsa_key(), password=PASSWORD))
    subject = "/C=US/O=Example/CN=build.example.com"
    run("csr", "--key", "mine.pem", "--subject", subject, "-o", "csr.pem", "--password-env", "THE_PASSWORD")
    assert request("csr.pem").public_key() == rsa_key().public_key()
    assert files() == ["csr.pem", "mine.pem"]


def test_many_names_are_counted(run: Run) -> None:
    given = [part for number in range(8) for part in ("--name", f"h{number}.example.com")]
    assert ", 3 more names\n" in run("csr", "--new-key", "p256", *given)


@pytest.mark.parametrize("arguments", [("--name", HOST, "--key", "a", "--new-key", "p256"), ()])
def test_a_request_needs_a_name_and_one_key(run: Run, arguments: tuple[str, ...]) -> None:
    run("csr", *arguments, status=2)
    assert files() == []


def test_what_cannot_be_a_name_is_told(run: Run) -> None:
    assert "the name 'a b' cannot be used" in run("csr", "--name", "a b", status=1)
    assert "2 characters" in run("csr", "--subject", "C=USA,CN=a", status=1)
    assert files() == []


# --- reading what was given ---


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("nonsense", "mine.pem"),
        (key_pem(ec_key(), password=PASSWORD), "protected by a password"),
        (key_pem(ec_key()) + key_pem(ec_key()), "holds 2 of the kind private key"),
        (key_pem(rsa_key(1024)), "RSA of 1024 bits"),
    ],
    ids=["nonsense", "locked", "two", "small"],
)
def test_a_key_that_cannot_be_used_is_told(run: Run, content: str, told: str) -> None:
    Path("mine.pem").write_text(content)
    assert told in run("csr", "--key", "mine.pem", "--name", HOST, status=1)
    assert files() == ["mine.pem"]


def test_another_thing_than_a_key_is_told(run: Run) -> None:
    run("self-signed", "--name", HOST, "--new-key", "p256")
    said = run("csr", "--key", "Certificate.pem", "--name", HOST, status=1)
    assert "there is no private key in Certificate.pem; there is: certificate" in said
    assert "cannot read none.pem" in run("csr", "--key", "none.pem", "--name", HOST, status=1)


# --- self-signed ---


def test_a_certificate_signs_itself(run: Run) -> None:
    said = run("self-signed", "--name", HOST, "--days", "30")
    assert f"Certificate.pem: CN={HOST}, DNS:{HOST}, valid until " in said
    assert upload_lines.iam(upload_lines.Files("Certificate.pem", "PrivateKey.pem", None), HOST) in said
    assert "aws acm import-certificate" in said
    made = certificate()
    made.verify_directly_issued_by(made)
    assert made.public_key() == private_key().public_key()
    assert (made.not_valid_after_utc - made.not_valid_before_utc).days == 29


@pytest.mark.parametrize(("usage", "signs"), [("client", True), ("server", False), ("both", False)])
def test_a_certificate_for_clients_is_uploaded_for_signing(run: Run, usage: str, signs: bool) -> None:
    said = run("self-signed", "--name", HOST, "--usage", usage)
    files = upload_lines.Files("Certificate.pem", "PrivateKey.pem", None)
    assert (upload_lines.signing(files) in said) == signs
    assert ("aws iam upload-server-certificate" in said) == ("aws acm import-certificate" in said) == (not signs)


def test_a_request_is_signed_with_its_own_key(run: Run) -> None:
    """The load balancing document: `openssl x509 -req -days 365 -in csr.pem -signkey my-private-key.pem`."""
    run("key", "--type", "p256", "-o", "my-private-key.pem")
    run("csr", "--key", "my-private-key.pem", "--name", HOST, "-o", "csr.pem")
    run("self-signed", "--csr", "csr.pem", "--key", "my-private-key.pem", "-o", "my-certificate.pem", "--days", "365")
    assert certificate("my-certificate.pem").subject == request("csr.pem").subject
    assert names_of(certificate("my-certificate.pem")) == [HOST]
    run("key", "--type", "p256", "-o", "another.pem")
    refused = run("self-signed", "--csr", "csr.pem", "--key", "another.pem", status=1)
    assert "made with another private key" in refused
    assert "Certificate.pem" not in files()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--csr", "a"),
        ("--csr", "a", "--key", "b", "--name", HOST),
        ("--csr", "a", "--key", "b", "--subject", HOST),
        ("--name", HOST, "--days", "0"),
        (),
    ],
)
def test_what_excludes_each_other_is_a_usage_error(run: Run, arguments: tuple[str, ...]) -> None:
    run("self-signed", *arguments, status=2)


def test_a_key_and_what_is_made_with_it_are_two_files(run: Run) -> None:
    said = run("csr", "--subject", "CN=a.example", "--key-output", "x.pem", "-o", "./x.pem", "--force", status=2)
    assert "cannot hold both" in said
    assert not Path("x.pem").exists()
