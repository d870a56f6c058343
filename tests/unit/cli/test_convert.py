"""`sealstone convert`: the three files and the lines that upload them, other programs' files, and refusals."""

import shlex
import stat
from datetime import timedelta
from pathlib import Path

import click
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs7, pkcs12
from cryptography.x509.oid import AuthorityInformationAccessOID
from tests.pki import PASSWORD, Authority, ec_key, key_pem, self_signed

from sealstone.cli import issuers, main, upload_lines
from sealstone.probe import fetch
from sealstone.probe.problems import FetchFailed
from sealstone.server.clock import system_clock
from sealstone.x509.packaging import PACKAGES

NOW = system_clock().replace(microsecond=0)
ROOT = Authority("Example Root", valid_at=NOW)
UPPER = ROOT.authority("Example Upper")
LOWER = UPPER.authority("Example Lower")
LEAF = LOWER.leaf("build.example.com")
THREE = ("Certificate.pem", "CertificateChain.pem", "PrivateKey.pem")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["convert", *arguments])
    captured = capsys.readouterr()
    return int(status), captured.out, captured.err


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with files as authorities and colleagues send them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THE_PASSWORD", PASSWORD)
    (tmp_path / "build.crt").write_bytes(LEAF.certificate_der)
    (tmp_path / "ca-bundle.crt").write_text(ROOT.certificate_pem + UPPER.certificate_pem + LOWER.certificate_pem)
    (tmp_path / "build.key").write_text(LEAF.private_key_pem)
    (tmp_path / "locked.key").write_text(LEAF.encrypted_private_key_pem())
    store = pkcs12.serialize_key_and_certificates(
        b"build",
        LEAF.key,  # type: ignore[arg-type]
        LEAF.certificate,
        [ROOT.certificate, UPPER.certificate, LOWER.certificate],
        BestAvailableEncryption(PASSWORD.encode()),
    )
    (tmp_path / "build.p12").write_bytes(store)
    return tmp_path


def written(directory: Path) -> dict[str, str]:
    return {name: (directory / name).read_text() for name in THREE if (directory / name).exists()}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "arguments",
    [
        ("build.crt", "ca-bundle.crt", "build.key"),
        ("build.key", "ca-bundle.crt", "build.crt"),
        ("locked.key", "ca-bundle.crt", "build.crt", "--password-env", "THE_PASSWORD"),
        ("build.p12", "--password-env", "THE_PASSWORD"),
    ],
)
def test_the_three_files(capsys: pytest.CaptureFixture[str], here: Path, arguments: tuple[str, ...]) -> None:
    status, out, err = run(capsys, *arguments, "-o", "out")
    assert (status, err) == (0, "")
    assert written(here / "out") == {
        "Certificate.pem": LEAF.certificate_pem,
        "CertificateChain.pem": LOWER.certificate_pem + UPPER.certificate_pem,
        "PrivateKey.pem": LEAF.private_key_pem,
    }
    assert sorted(path.name for path in (here / "out").iterdir()) == sorted(THREE)
    assert stat.S_IMODE((here / "out" / "PrivateKey.pem").stat().st_mode) == 0o600
    assert "out/Certificate.pem: CN=build.example.com,O=Example, valid until" in out
    assert "PRIVATE KEY" not in out


@pytest.mark.usefixtures("here")
def test_the_lines_are_ready_to_be_pasted(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, "build.p12", "--password-env", "THE_PASSWORD")[1]
    commands = [shlex.split(block) for block in out.replace("\\\n", " ").splitlines() if block.startswith("aws ")]
    assert commands == [
        [
            *("aws", "iam", "upload-server-certificate", "--server-certificate-name", "build.example.com"),
            *("--certificate-body", "file://Certificate.pem"),
            *("--certificate-chain", "file://CertificateChain.pem"),
            *("--private-key", "file://PrivateKey.pem"),
        ],
        *(
            [
                *("aws", "acm", "import-certificate", "--certificate", f"{scheme}://Certificate.pem"),
                *("--certificate-chain", f"{scheme}://CertificateChain.pem"),
                *("--private-key", f"{scheme}://PrivateKey.pem"),
            ]
            for scheme in ("fileb", "file")
        ),
    ]


@pytest.mark.usefixtures("here")
def test_with_root(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    assert run(capsys, "build.crt", "ca-bundle.crt", "build.key", "--with-root")[0] == 0
    assert written(here)["CertificateChain.pem"] == LEAF.chain_pem


def test_nothing_is_overwritten_unless_forced(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "PrivateKey.pem").write_text("mine")
    (here / "PrivateKey.pem").chmod(0o644)
    status, out, err = run(capsys, "build.crt", "ca-bundle.crt", "build.key")
    assert (status, out) == (1, "")
    assert "PrivateKey.pem" in err
    assert written(here) == {"PrivateKey.pem": "mine"}
    assert run(capsys, "build.crt", "ca-bundle.crt", "build.key", "--force")[0] == 0
    assert written(here)["PrivateKey.pem"] == LEAF.private_key_pem
    assert stat.S_IMODE((here / "PrivateKey.pem").stat().st_mode) == 0o600


def test_a_chain_left_over_is_not_left_to_be_uploaded(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    alone = self_signed("alone.example.com", valid_at=NOW)
    (here / "alone.pem").write_text(alone.certificate_pem + alone.private_key_pem)
    (here / "CertificateChain.pem").write_text(LOWER.certificate_pem)
    status, _, err = run(capsys, "alone.pem")
    assert (status, "CertificateChain.pem" in err) == (1, True)
    assert written(here) == {"CertificateChain.pem": LOWER.certificate_pem}
    status, out, err = run(capsys, "alone.pem", "--force")
    assert status == 0
    assert err == "Removed CertificateChain.pem: it is of an earlier chain.\n"
    assert "--certificate-chain" not in out
    assert set(written(here)) == {"Certificate.pem", "PrivateKey.pem"}


def test_what_was_mended_left_out_and_missing_is_told(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "messy.pem").write_text(
        f"text\n{LEAF.certificate_pem}{LOWER.certificate_pem}{LEAF.private_key_with_parameters_pem}"
    )
    (here / "other.pem").write_text(Authority("Stranger\x1b[31m", valid_at=NOW).certificate_pem)
    status, out, _ = run(capsys, "messy.pem", "other.pem")
    assert status == 0
    assert "Mended: messy.pem: " in out
    assert "Left out: certificate CN=Stranger" in out
    assert "Missing: the certificate of the issuer CN=Example Upper,O=Example; " in out
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (("build.crt",), "there is no private key"),
        (("build.key",), "there is no certificate"),
        (("build.crt", "locked.key"), "could not be read: locked.key"),
        (("build.crt", "other.key"), "build.example.com"),
        (("build.crt", "second.crt", "build.key", "second.key"), "second.example.com"),
        (("nowhere",), "nowhere"),
    ],
)
def test_what_cannot_be_made_is_one_clear_line(
    capsys: pytest.CaptureFixture[str], here: Path, files: tuple[str, ...], words: str
) -> None:
    second = LOWER.leaf("second.example.com")
    (here / "second.crt").write_text(second.certificate_pem)
    (here / "second.key").write_text(second.private_key_pem)
    (here / "other.key").write_text(key_pem(ec_key()))
    status, out, err = run(capsys, *files)
    assert (status, out) == (1, "")
    assert words in err
    assert err.count("\n") == 1
    assert written(here) == {}


def test_files_that_iam_refuses_are_written_and_the_reason_is_the_status(
    capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    old = LOWER.leaf("old.example.com", not_before=NOW - timedelta(days=9), not_after=NOW - timedelta(days=1))
    (here / "old.pem").write_text(old.certificate_pem + old.private_key_pem)
    status, out, err = run(capsys, "old.pem")
    assert status == 1
    assert "IAM refuses them: the certificate expired" in err
    assert "aws iam" not in out
    assert set(written(here)) == {"Certificate.pem", "PrivateKey.pem"}


# --- to other programs ---


@pytest.mark.parametrize("form", PACKAGES)
def test_to_other_forms_and_back(capsys: pytest.CaptureFixture[str], here: Path, form: str) -> None:
    """What is written is read again and makes the same three files."""
    protect = ("--new-password-env", "THE_PASSWORD")
    status, out, err = run(capsys, "build.crt", "ca-bundle.crt", "build.key", "--to", form, "-o", "out", *protect)
    assert (status, err) == (0, "")
    made = sorted(str(path.relative_to(here)) for path in (here / "out").iterdir())
    assert all(f"Wrote {name}" in out for name in made)
    more = ("build.key",) if form == "pkcs7" else ()
    assert run(capsys, *made, *more, "-o", "again", "--password-env", "THE_PASSWORD")[0] == 0
    assert written(here / "again") == {
        "Certificate.pem": LEAF.certificate_pem,
        "CertificateChain.pem": LOWER.certificate_pem + UPPER.certificate_pem,
        "PrivateKey.pem": LEAF.private_key_pem,
    }


def test_a_keystore_needs_a_password(
    capsys: pytest.CaptureFixture[str], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = ("build.crt", "ca-bundle.crt", "build.key", "--to", "pkcs12")
    status, _, err = run(capsys, *files)
    assert (status, "--new-password-file" in err) == (1, True)
    (here / "password").write_text("from a file\nnot this")
    assert run(capsys, *files, "--new-password-file", "password")[0] == 0
    data = (here / "CertificateBundle.p12").read_bytes()
    assert pkcs12.load_pkcs12(data, b"from a file").cert is not None
    assert stat.S_IMODE((here / "CertificateBundle.p12").stat().st_mode) == 0o600

    def typed(text: str, **options: object) -> str:
        assert options == {"hide_input": True, "confirmation_prompt": True, "err": True}
        return "typed" if text else ""

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr(click, "prompt", typed)
    assert run(capsys, *files, "--force")[0] == 0
    assert pkcs12.load_pkcs12((here / "CertificateBundle.p12").read_bytes(), b"typed").key is not None


@pytest.mark.usefixtures("here")
def test_a_form_without_the_key_needs_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "build.crt", "ca-bundle.crt", "--to", "pkcs7")[0] == 0
    status, _, err = run(capsys, "build.crt", "ca-bundle.crt", "--to", "haproxy")
    assert (status, "there is no private key" in err) == (1, True)


# --- fetching issuers ---


def pointing(url: str, *more: str) -> x509.AuthorityInformationAccess:
    return x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(each))
            for each in (url, *more)
        ]
    )


class Web:
    """What answers instead of the network."""

    def __init__(self, **pages: bytes) -> None:
        self.pages = {f"http://pki.example.com/{name}": page for name, page in pages.items()}
        self.asked: list[str] = []

    def issuer(self, url: str) -> bytes:
        self.asked.append(url)
        if url not in self.pages:
            raise FetchFailed(url, "the answer has the status 404")
        return self.pages[url]


U = "http://pki.example.com/"


@pytest.fixture
def far(here: Path) -> Path:
    """A leaf and its key, and an intermediate, whose issuers are to be had elsewhere."""
    lower = UPPER.authority("Far Lower", extensions=[pointing(f"{U}nothing", f"{U}upper")])
    leaf = lower.leaf("far.example.com", extensions=[pointing(f"{U}lower")])
    (here / "far.pem").write_text(leaf.certificate_pem + leaf.private_key_pem)
    (here / "lower.der").write_bytes(lower.certificate_der)
    return here


def test_missing_issuers_are_fetched_when_asked(
    capsys: pytest.CaptureFixture[str], far: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = pkcs7.serialize_certificates([UPPER.certificate, ROOT.certificate], Encoding.DER)
    web = Web(lower=(far / "lower.der").read_bytes(), upper=bundle)
    monkeypatch.setattr(fetch, "issuer", web.issuer)
    assert "Missing: " in run(capsys, "far.pem", "-o", "no")[1]
    assert web.asked == [], "nothing is fetched without being asked for"
    status, out, err = run(capsys, "far.pem", "--fetch-issuers")
    assert status == 0
    assert "Missing" not in out
    assert "Not fetched: " in err
    assert web.asked == [f"{U}lower", f"{U}nothing", f"{U}upper"]
    assert written(far)["CertificateChain.pem"].endswith(UPPER.certificate_pem)


def test_what_is_fetched_must_be_the_issuer(
    capsys: pytest.CaptureFixture[str], far: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    impostor = LOWER.authority("Far Lower")
    for page, words in (
        (impostor.certificate_der, "is not the issuer CN=Far Lower,O=Example"),
        (b"<!DOCTYPE html>", "No certificate is at http://pki.example.com/lower"),
        (LEAF.private_key_der, "No certificate is at"),
    ):
        web = Web(lower=page)
        monkeypatch.setattr(fetch, "issuer", web.issuer)
        status, out, err = run(capsys, "far.pem", "--fetch-issuers", "--force")
        assert status == 0
        assert words in err
        assert "Missing: " in out
        assert web.asked == [f"{U}lower"]
    assert set(written(far)) == {"Certificate.pem", "PrivateKey.pem"}


def test_fetching_ends(far: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the chain is that somebody builds to keep us busy."""
    above = Authority("Top", valid_at=NOW)
    pages = {}
    for number in range(20):
        pages[f"{number}"] = above.certificate_der
        above = above.authority(f"CA {number}", extensions=[pointing(f"{U}{number}")])
    leaf = above.leaf("deep.example.com", extensions=[pointing(f"{U}last")])
    (far / "deep.pem").write_text(leaf.certificate_pem + leaf.private_key_pem)
    web = Web(last=above.certificate_der, **pages)
    monkeypatch.setattr(fetch, "issuer", web.issuer)
    run(capsys, "deep.pem", "--fetch-issuers")
    assert len(web.asked) == 8
    assert issuers.__doc__


# --- names and lines ---


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("build.example.com", "build.example.com"),
        ("*.example.com", "wildcard.example.com"),
        ("CN with blanks/and; $(more)", "CN-with-blanks-and-more"),
        ("\u00fc", "ExampleCertificate"),
        ("", "ExampleCertificate"),
        ("a" * 200, "a" * 128),
    ],
)
def test_names_that_iam_takes(name: str, expected: str) -> None:
    assert upload_lines.server_certificate_name(name) == expected


def test_paths_are_quoted_for_the_shell() -> None:
    files = upload_lines.Files("my files/Certificate.pem", "my files/PrivateKey.pem", None)
    line = upload_lines.acm(files, "fileb")
    assert "'fileb://my files/Certificate.pem'" in line
    assert shlex.split(line.replace("\\\n", " "))[-1] == "fileb://my files/PrivateKey.pem"
