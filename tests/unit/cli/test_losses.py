"""A conversion into the directory of its own files, or beside an older chain: nothing of its user's is lost."""

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.pki import EC_PARAMETERS_PEM, Authority, self_signed
from tests.weak_moduli import P, prime_from

from sealstone.cli import files, losses, main
from sealstone.server.clock import system_clock
from sealstone.x509.links import Links

ROOT = Authority("Example Root", valid_at=system_clock())
LOWER = ROOT.authority("Example Lower")
LEAF = LOWER.leaf("build.example.com")
OTHER = Authority("Other Root", valid_at=system_clock())
ALONE = self_signed("alone.example.com", valid_at=system_clock())
CHAIN = "CertificateChain.pem"
PAIR = ("Certificate.pem", "PrivateKey.pem")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Certificate.pem").write_text(LEAF.certificate_pem)
    (tmp_path / "PrivateKey.pem").write_text(LEAF.private_key_pem)
    return tmp_path


def there(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def convert(*arguments: str) -> int:
    status: int = main(["convert", *arguments, "--force"])
    return status


def refused(here: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The line of a conversion that changes nothing at all."""
    before = there(here)
    assert convert(*arguments) == 1
    assert there(here) == before
    told = capsys.readouterr()
    assert told.out == ""
    return told.err


@pytest.mark.parametrize("chain", [LOWER.certificate_pem, LOWER.certificate_pem + ROOT.certificate_pem])
def test_a_right_chain_that_was_not_given_stays(here: Path, capsys: pytest.CaptureFixture[str], chain: str) -> None:
    (here / CHAIN).write_text(chain)
    assert convert(*PAIR) == 0
    assert (here / CHAIN).read_text() == chain
    told = capsys.readouterr()
    assert f"Left as it is: {CHAIN}, which holds an issuer of this certificate; give it, too" in told.out
    assert f"--certificate-chain file://{CHAIN}" in told.out
    assert told.err == ""


def test_a_chain_of_another_certificate_goes_unless_it_was_given(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / CHAIN).write_text(OTHER.certificate_pem)
    told = refused(here, capsys, *PAIR, CHAIN)
    assert f"{CHAIN} was given, and is no part of the chain of CN=build.example.com" in told
    (here / "link.pem").symlink_to(CHAIN)
    assert "was given, and is no part of" in refused(here, capsys, *PAIR, "link.pem")
    assert convert(*PAIR) == 0
    assert set(there(here)) == set(PAIR)
    assert capsys.readouterr().err == f"Removed {CHAIN}: it is of an earlier chain.\n"


@pytest.mark.parametrize(
    "content",
    ["notes", "", LOWER.certificate_pem + LOWER.private_key_pem, LOWER.private_key_pem, "x" * (16 * 2**20 + 1)],
    ids=["text", "nothing", "with a key", "a key", "too large"],
)
def test_what_cannot_be_read_as_a_chain_stops_it(here: Path, capsys: pytest.CaptureFixture[str], content: str) -> None:
    (here / CHAIN).write_text(content)
    assert "cannot be read as certificates; move it away, or write into another" in refused(here, capsys, *PAIR)


def test_a_directory_in_the_place_of_a_chain_stops_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / CHAIN).mkdir()
    assert convert(*PAIR) == 1
    assert "cannot be read as certificates" in capsys.readouterr().err


def test_what_cannot_be_proven_stops_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As when a signature is of an unknown algorithm."""
    (here / CHAIN).write_text(LOWER.certificate_pem)
    unproven = Links(most=0)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(losses, "Links", lambda: unproven)
        assert f"nothing proves whether {CHAIN} belongs to CN=build.example.com" in refused(here, capsys, *PAIR)


def test_in_place_the_root_is_not_lost(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / CHAIN).write_text(LOWER.certificate_pem + ROOT.certificate_pem)
    told = refused(here, capsys, *PAIR, CHAIN)
    assert f"{CHAIN} was given and would be overwritten, and the certificate CN=Example Root" in told
    assert "keep the root: --with-root; or write into another directory: -o DIR" in told
    assert convert(*PAIR, CHAIN, "--with-root") == 0
    assert (here / CHAIN).read_text() == LOWER.certificate_pem + ROOT.certificate_pem
    (here / "root.pem").write_text(ROOT.certificate_pem)
    assert convert(*PAIR, CHAIN, "root.pem") == 0, "it is safe in the other file"
    assert (here / CHAIN).read_text() == LOWER.certificate_pem


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (OTHER.certificate_pem, "the certificate CN=Other Root"),
        (OTHER.private_key_pem, "a private key"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "what cannot be read"),
        ("-----BEGIN DH PARAMETERS-----\nMAYCAQsCAQI=\n-----END DH PARAMETERS-----\n", "parameters"),
    ],
)
def test_in_place_nothing_else_is_lost(here: Path, capsys: pytest.CaptureFixture[str], more: str, named: str) -> None:
    (here / "Certificate.pem").write_text(LEAF.certificate_pem + more)
    told = refused(here, capsys, *PAIR)
    assert f"Certificate.pem was given and would be overwritten, and {named}" in told
    assert convert(*PAIR, "-o", "out") == 0


def test_in_place_what_is_in_the_result_may_be_overwritten(here: Path) -> None:
    everything = EC_PARAMETERS_PEM + LEAF.private_key_pem + LEAF.certificate_pem + LOWER.certificate_pem
    (here / "Certificate.pem").write_text(everything)
    (here / "PrivateKey.pem").unlink()
    assert convert("Certificate.pem") == 0
    assert set(there(here)) == {*PAIR, CHAIN}


def test_in_der_no_input_goes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in here.iterdir():
        path.unlink()
    given = {
        "Certificate.der": LEAF.certificate_der,
        "CertificateChain-1.der": LOWER.certificate_der,
        "CertificateChain-2.der": ROOT.certificate_der,
        "PrivateKey.der": LEAF.private_key_der,
    }
    for name, content in given.items():
        (here / name).write_bytes(content)
    assert convert(*given, "--to", "der") == 0
    assert there(here) == given
    assert "Left as it is: CertificateChain-2.der" in capsys.readouterr().out
    (here / "CertificateChain-2.der").write_bytes(LOWER.certificate_der)
    assert "CertificateChain-2.der was given" in refused(here, capsys, *given, "--to", "der")
    rest = set(given) - {"CertificateChain-2.der"}
    assert convert(*rest, "--to", "der") == 0, "what is written already is no loss"
    assert set(there(here)) == rest


def test_a_package_without_the_key_does_not_overwrite_one_with_it(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "CertificateBundle.p7b").write_text(LEAF.certificate_pem + LEAF.private_key_pem)
    assert "a private key in it is not" in refused(here, capsys, "CertificateBundle.p7b", "--to", "pkcs7")
    (here / "haproxy.pem").write_text(LEAF.private_key_pem + LEAF.certificate_pem)
    assert convert("haproxy.pem", "--to", "haproxy") == 0


def test_a_key_that_protects_nothing_is_warned_of(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """AWS is not known to refuse it, so it is converted."""
    q, p = next_primes()
    key = rsa.RSAPrivateNumbers(
        p,
        q,
        d := pow(65537, -1, (p - 1) * (q - 1)),
        d % (p - 1),
        d % (q - 1),
        pow(q, -1, p),
        rsa.RSAPublicNumbers(65537, p * q),
    ).private_key()
    weak = self_signed("weak.example.com", valid_at=system_clock(), key=key)
    (here / "weak.pem").write_text(weak.certificate_pem + weak.private_key_pem)
    assert convert("weak.pem", "-o", "out") == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Warning: the key of CN=weak.example.com,O=Example protects nothing: the two primes")


def next_primes() -> tuple[int, int]:
    """Two of 512 bits, one behind the other."""
    return P, prime_from(P + 2)


def test_after_a_kill_what_is_read_is_the_old_set(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without that the new certificate would be read with the old key, or none."""
    before = there(here)

    def killed(*_: object) -> None:
        raise SystemExit(1)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sealstone.cli.undo_log.undo", killed)
        patched.setattr(os, "replace", killed)
        with pytest.raises(SystemExit):
            files.write_all(here, {"Certificate.pem": b"new"}, force=True)
    assert there(here) != before
    assert convert(*PAIR, "-o", "out") == 0
    assert "Undone in" in capsys.readouterr().err
    assert there(here) == before
