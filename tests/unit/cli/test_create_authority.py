"""`sealstone create ca` and `issue`: what they write, what they say, and what they refuse."""

import io
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from tests.pki import ec_key, named

from sealstone.cli import main, upload_lines
from sealstone.x509 import bundle
from sealstone.x509.acceptance import IAM

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Captured = pytest.CaptureFixture[str]
HOST = "build.example.com"
PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to work in, and no terminal."""
    monkeypatch.chdir(tmp_path)
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

    def authority(self, *arguments: str) -> None:
        self("ca", "--subject", "CN=Root,O=Example", *arguments)


def certificate(path: str = "Certificate.pem") -> x509.Certificate:
    return x509.load_pem_x509_certificate(Path(path).read_bytes())


def request(path: str = "CertificateRequest.pem") -> x509.CertificateSigningRequest:
    return x509.load_pem_x509_csr(Path(path).read_bytes())


def private_key(path: str = "PrivateKey.pem") -> Key:
    key = load_pem_private_key(Path(path).read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return key


def names_of(made: x509.Certificate | x509.CertificateSigningRequest) -> list[str]:
    found = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in found]


def files(folder: str = ".") -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


# --- ca ---


def test_a_root_is_made(run: Run) -> None:
    said = run("ca", "--subject", "CN=Root,O=Example")
    assert "ca/Certificate.pem: CN=Root,O=Example, valid until " in said
    assert "sealstone create issue --ca ca --name HOST" in said
    assert files("ca") == ["Certificate.pem", "PrivateKey.pem"]
    made = certificate("ca/Certificate.pem")
    made.verify_directly_issued_by(made)
    assert made.public_key() == private_key("ca/PrivateKey.pem").public_key()


def test_authorities_stand_one_below_the_other(run: Run) -> None:
    run.authority()
    run("ca", "--issuer", "ca", "--subject", "Upper", "-o", "upper", "--path-length", "1", "--new-key", "p384")
    run("ca", "--issuer", "upper", "--subject", "Lower")
    assert files("intermediate-ca") == ["Certificate.pem", "CertificateChain.pem", "PrivateKey.pem"]
    above = Path("upper/Certificate.pem").read_text() + Path("ca/Certificate.pem").read_text()
    assert Path("intermediate-ca/CertificateChain.pem").read_text() == above
    refused = run("ca", "--issuer", "intermediate-ca", "--subject", "Lowest", "-o", "lowest", status=1)
    assert "path length allows no authorities" in refused


def test_an_authority_is_named_and_kept(run: Run) -> None:
    assert "needs a name" in run("ca", status=2)
    run.authority()
    assert "exists already" in run("ca", "--subject", "Another", status=1)


def test_an_authority_s_key_is_encrypted(run: Run) -> None:
    Path("password").write_text(PASSWORD)
    given = ("--password-file", "password")
    run.authority("--encrypt", *given)
    assert b"ENCRYPTED" in Path("ca/PrivateKey.pem").read_bytes()
    assert "protected by a password" in run("issue", "--ca", "ca", "--name", HOST, status=1)
    run("issue", "--ca", "ca", "--name", HOST, *given)
    certificate().verify_directly_issued_by(certificate("ca/Certificate.pem"))


def test_a_root_in_the_place_of_another_keeps_no_chain(run: Run) -> None:
    run.authority()
    run("ca", "--issuer", "ca", "--subject", "Lower", "-o", "place")
    run("ca", "--subject", "New Root", "-o", "place", "--force")
    assert files("place") == ["Certificate.pem", "PrivateKey.pem"]
    run("issue", "--ca", "place", "--name", HOST)


# --- issue ---


def test_what_is_issued_for_clients_is_ready_for_signing(run: Run) -> None:
    run.authority()
    said = run("issue", "--ca", "ca", "--name", HOST, "-o", "out", "--usage", "client")
    assert "aws iam upload-signing-certificate" in said
    assert "upload-server-certificate" not in said


def test_what_is_issued_is_ready_for_upload(run: Run) -> None:
    run.authority()
    run("ca", "--issuer", "ca", "--subject", "Lower", "--permit", "DNS:example.com")
    said = run("issue", "--ca", "intermediate-ca", "--name", HOST, "-o", "out")
    assert files("out") == ["Certificate.pem", "CertificateChain.pem", "PrivateKey.pem"]
    three = [(Path("out") / name).read_text() for name in ("Certificate.pem", "PrivateKey.pem", "CertificateChain.pem")]
    at = certificate("out/Certificate.pem").not_valid_before_utc
    assert bundle.read(*three, at=at, acceptance=IAM).issuer == "CN=Lower"
    places = upload_lines.Files("out/Certificate.pem", "out/PrivateKey.pem", "out/CertificateChain.pem")
    assert upload_lines.iam(places, HOST) in said
    assert upload_lines.acm(places, "fileb") in said
    refused = run("issue", "--ca", "intermediate-ca", "--name", "example.org", "-o", "other", status=1)
    assert "DNS:example.org is not among the names" in refused
    assert not Path("other").exists()


def test_the_root_is_in_the_chain_when_asked_for(run: Run) -> None:
    run.authority()
    run("ca", "--issuer", "ca", "--subject", "Lower")
    run("issue", "--ca", "intermediate-ca", "--name", HOST, "--with-root")
    assert Path("CertificateChain.pem").read_text().count("BEGIN") == 2


def test_a_root_that_issues_itself_is_the_chain(run: Run) -> None:
    run.authority()
    run("issue", "--ca", "ca", "--name", HOST, "--new-key", "p256", "--usage", "both", "--days", "47")
    assert Path("CertificateChain.pem").read_text() == Path("ca/Certificate.pem").read_text()
    assert private_key().key_size == 256
    assert len(certificate().extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == 2


def greedy() -> None:
    """A request that wants to be an authority."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(named(HOST))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    signed = builder.sign(ec_key(), SHA256())
    Path("csr.pem").write_bytes(signed.public_bytes(Encoding.PEM))


def test_a_request_gets_its_names_and_nothing_else(run: Run) -> None:
    run.authority()
    greedy()
    Path("PrivateKey.pem").write_text("the key of the request")
    said = run("issue", "--ca", "ca", "--csr", "csr.pem")
    assert "Left out of what the request asks for: the extension basicConstraints" in said
    assert "PrivateKey.pem: put the key there that the request was made with" in said
    made = certificate()
    assert made.public_key() == request("csr.pem").public_key()
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert names_of(made) == [HOST]
    assert Path("PrivateKey.pem").read_text() == "the key of the request"


def test_the_command_line_overrules_a_request(run: Run) -> None:
    run.authority()
    greedy()
    run("issue", "--ca", "ca", "--csr", "csr.pem", "--name", "a.example", "--subject", "O=Other")
    assert names_of(certificate()) == ["a.example"]
    assert certificate().subject.rfc4514_string() == "O=Other"


@pytest.mark.parametrize("arguments", [(), ("--csr", "a", "--new-key", "p256")])
def test_issuing_needs_a_name_or_a_request(run: Run, arguments: tuple[str, ...]) -> None:
    run("issue", "--ca", "ca", *arguments, status=2)


def test_nothing_outlives_its_authority(run: Run) -> None:
    run.authority("--days", "10")
    assert "leave the number of days out" in run("issue", "--ca", "ca", "--name", HOST, "--days", "11", status=1)
    assert files() == ["ca"]


def test_a_place_without_authority_is_told(run: Run) -> None:
    Path("PrivateKey.pem").touch()
    assert "PrivateKey.pem exists already" in run("issue", "--ca", "ca", "--name", HOST, status=1)
    Path("PrivateKey.pem").unlink()
    assert f"cannot read {Path('ca') / 'Certificate.pem'}" in run("issue", "--ca", "ca", "--name", HOST, status=1)


def test_no_private_key_is_ever_said(run: Run) -> None:
    """Whatever is said, on whichever stream, no line of the key's text is in it."""
    said = run("ca", "--subject", "CN=Root") + run("issue", "--ca", "ca", "--name", HOST)
    body = Path("PrivateKey.pem").read_text().splitlines()[1:-1]
    assert len(body) > 10
    assert not [line for line in body if line in said]


@pytest.fixture
def two_passwords(run: Run) -> tuple[str, ...]:
    """An authority under a password, the option that gives it, and another password in a file."""
    Path("password").write_text(PASSWORD)
    Path("new").write_text("battery staple")
    run.authority("--encrypt", "--password-file", "password")
    return ("ca", "--issuer", "ca", "--subject", "CN=Below", "--password-file", "password")


def is_under(password: str) -> bool:
    pem = Path("intermediate-ca/PrivateKey.pem").read_bytes()
    return isinstance(load_pem_private_key(pem, password.encode()), ec.EllipticCurvePrivateKey)


def test_the_issuer_s_key_and_the_new_one_have_passwords_of_their_own(run: Run, two_passwords: tuple[str, ...]) -> None:
    run(*two_passwords, "--encrypt", "--new-password-file", "new")
    assert is_under("battery staple")


def test_the_new_password_may_be_a_variable(
    run: Run, two_passwords: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEW_ONE", "horse battery")
    run(*two_passwords, "--encrypt", "--new-password-env", "NEW_ONE")
    assert is_under("horse battery")


def test_one_password_is_for_both(run: Run, two_passwords: tuple[str, ...]) -> None:
    run(*two_passwords, "--encrypt")
    assert is_under(PASSWORD)


def test_two_passwords_without_a_word_which_is_whose(run: Run, two_passwords: tuple[str, ...]) -> None:
    said = run(*two_passwords, "--password-file", "new", "--encrypt", status=1)
    assert "one password for the new key, and 2 were given" in said
    assert "--new-password-file" in said
    both = ("--new-password-file", "new", "--new-password-env", "HOME")
    said = run(*two_passwords, *both, "--encrypt", status=1)
    assert "2 were given" in said
    assert "say which" not in said


def test_a_new_password_without_encryption_is_a_mistake(run: Run, two_passwords: tuple[str, ...]) -> None:
    assert "--encrypt" in run(*two_passwords, "--new-password-file", "new", status=2)
    assert not Path("intermediate-ca").exists()


def test_what_was_typed_for_the_issuer_s_key_is_not_the_new_one_s(
    run: Run, two_passwords: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = [PASSWORD, "battery staple"]
    monkeypatch.setattr("sealstone.cli.material._is_at_terminal", lambda: True)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.prompt", lambda *_, **__: typed.pop(0))
    run(*two_passwords[:-2], "--encrypt")
    assert is_under("battery staple")


def test_without_a_terminal_both_ways_are_named(run: Run) -> None:
    said = run("ca", "--subject", "CN=Root", "--encrypt", status=1)
    assert "--new-password-file or --new-password-env" in said
