"""Each OpenSSL command of the AWS documents beside the `sealstone` command that spares it: same files, same result.

The IAM document's Troubleshooting section is done by `sealstone convert`, and what it printed is run as printed, by the
aws CLI against a server. What `sealstone create` makes is judged by OpenSSL.
"""

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest
from tests.corpus import answers
from tests.corpus.answers import PASSWORD
from tests.corpus.judges import (
    KEYTOOL,
    OPENSSL,
    PASSWORD_VARIABLE,
    fingerprints,
    openssl,
    public_half,
    run,
    sealstone,
)
from tests.server import Credentials, Server

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")

FILES: Final = answers.FILES
OPENS: Final = ("--password-env", PASSWORD_VARIABLE)

# The document's words, our files, and the command of the document that makes PEM of the first of them.
TROUBLES: Final = {
    "certificate from DER": (
        ("certificate-rsa-2048.der", "key-rsa-2048.pem"),
        "x509 -inform DER -in IN -outform PEM",
    ),
    "private key from DER": (
        ("key-rsa-2048.der", "certificate-rsa-2048.pem"),
        "rsa -inform DER -in IN -outform PEM",
    ),
    "encrypted private key": (
        ("encrypted-traditional-rsa-2048-aes256.pem", "certificate-rsa-2048.pem"),
        f"rsa -in IN -passin pass:{PASSWORD}",
    ),
    "bundle from PKCS #12": (("pkcs12-modern.p12",), f"pkcs12 -in IN -nodes -passin pass:{PASSWORD}"),
    "bundle from old PKCS #12": (("pkcs12-legacy.p12",), f"pkcs12 -in IN -nodes -legacy -passin pass:{PASSWORD}"),
    "bundle from PKCS #7": (("pkcs7-three.pem", "pkcs12-key-only.p12"), "pkcs7 -in IN -print_certs"),
    "bundle from PKCS #7 in DER": (
        ("pkcs7-three.p7b", "pkcs12-key-only.p12"),
        "pkcs7 -inform DER -in IN -print_certs",
    ),
    "Java keystore": (("keystore-jks.jks",), ""),  # OpenSSL reads none
}


def paths(files: Sequence[str]) -> list[Path]:
    return [FILES / file for file in files]


@pytest.mark.parametrize("trouble", [name for name, (_, command) in TROUBLES.items() if command])
def test_inspect_finds_what_openssl_finds(trouble: str) -> None:
    """As many certificates with the same fingerprints, and the same key."""
    files, command = TROUBLES[trouble]
    unpacked = openssl(command.replace("IN", str(FILES / files[0])))
    shown = sealstone("inspect", FILES / files[0], "--json", *OPENS)
    for fingerprint in fingerprints(unpacked.decode()):
        assert fingerprint in shown
    if b"PRIVATE KEY" in unpacked:
        assert public_half(unpacked) in shown


@pytest.mark.parametrize("trouble", TROUBLES)
def test_troubleshooting(trouble: str, tmp_path: Path, server: Server, administrator: Credentials) -> None:
    """Converted, found right by OpenSSL, and uploaded by the line that `convert` printed."""
    files, command = TROUBLES[trouble]
    said = sealstone("convert", *paths(files), "-o", "upload", "--with-root", *OPENS, cwd=tmp_path)
    upload = tmp_path / "upload"
    leaf, key = upload / "Certificate.pem", upload / "PrivateKey.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    public = openssl(f"x509 -in {leaf} -noout -pubkey")
    assert public == openssl(f"pkey -in {key} -pubout")
    if command:
        unpacked = openssl(command.replace("IN", str(FILES / files[0]))).decode()
        converted = "".join(path.read_text() for path in sorted(upload.glob("Certificate*.pem")))
        assert set(fingerprints(unpacked)) <= set(fingerprints(converted))
    chain = upload / "CertificateChain.pem"
    trusted = chain if chain.exists() else leaf
    assert openssl(f"verify -no-CApath -CAfile {trusted} {leaf}") == f"{leaf}: OK\n".encode()

    lines = said.replace("\\\n", " ").splitlines()
    printed = next(shlex.split(line) for line in lines if line.startswith("aws iam upload-server-certificate"))
    printed[printed.index("--server-certificate-name") + 1] = trouble.replace(" ", "-").replace("#", "No.")
    uploaded = server.aws(*printed[1:], who=administrator, cwd=tmp_path)
    assert uploaded.returncode == 0, uploaded.stderr
    assert json.loads(uploaded.stdout)["ServerCertificateMetadata"]["Path"] == "/"


def test_ec_parameters(tmp_path: Path) -> None:
    """The load balancing document: `ecparam -genkey` writes the block that IAM wants deleted."""
    openssl("ecparam -name prime256v1 -out my-private-key.pem -genkey", cwd=tmp_path)
    openssl("req -sha256 -new -key my-private-key.pem -out csr.pem -subj /CN=www.example", cwd=tmp_path)
    openssl("x509 -req -days 365 -in csr.pem -signkey my-private-key.pem -out my-certificate.pem", cwd=tmp_path)
    assert "EC PARAMETERS" in (tmp_path / "my-private-key.pem").read_text()
    sealstone("convert", "my-private-key.pem", "my-certificate.pem", "-o", "upload", cwd=tmp_path)
    written = (tmp_path / "upload" / "PrivateKey.pem").read_bytes()
    assert b"EC PARAMETERS" not in written
    assert public_half(written) == public_half((tmp_path / "my-private-key.pem").read_bytes())


# --- the other way ---


def test_convert_to_other_forms(tmp_path: Path) -> None:
    """What other programs want, from the same PKCS #12 file."""
    given = FILES / "pkcs12-modern.p12"
    unpacked = openssl(f"pkcs12 -in {given} -nodes -passin pass:{PASSWORD}")
    (tmp_path / "password").write_text("another password\n")
    new = ("--new-password-file", tmp_path / "password")
    for form in ("pkcs12", "pkcs7", "der", "java", "haproxy", "nginx"):
        options = new if form in {"pkcs12", "java"} else ()
        sealstone("convert", given, "--to", form, "-o", tmp_path, "--force", "--with-root", *options, *OPENS)
    wanted, key = sorted(fingerprints(unpacked.decode())), public_half(unpacked)
    for bundle in ("CertificateBundle.p12", "Keystore.p12"):
        found = run("openssl", "pkcs12", "-in", tmp_path / bundle, "-nodes", "-passin", "pass:another password")
        assert (sorted(fingerprints(found.decode())), public_half(found)) == (wanted, key)
        assert (tmp_path / bundle).stat().st_mode & 0o777 == 0o600
    printed = openssl(f"pkcs7 -in {tmp_path / 'CertificateBundle.p7b'} -print_certs").decode()
    assert sorted(fingerprints(printed)) == wanted
    combined = (tmp_path / "haproxy.pem").read_bytes()
    assert (sorted(fingerprints(combined.decode())), public_half(combined)) == (wanted, key)
    assert sorted(fingerprints((tmp_path / "nginx.crt").read_text())) == wanted
    assert public_half((tmp_path / "nginx.key").read_bytes()) == key
    assert public_half((tmp_path / "PrivateKey.der").read_bytes(), "-inform DER") == key
    openssl(f"x509 -inform DER -in {tmp_path / 'Certificate.der'} -noout")


@pytest.mark.skipif(KEYTOOL is None, reason="keytool is not installed")
def test_java_reads_what_convert_writes(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    options = ("--new-password-file", tmp_path / "password")
    sealstone("convert", FILES / "keystore-jks.jks", "--to", "java", "--with-root", "-o", tmp_path, *options, *OPENS)
    listed = run("keytool", "-list", "-v", "-keystore", tmp_path / "Keystore.p12", "-storepass", PASSWORD).decode()
    assert "Entry type: PrivateKeyEntry" in listed
    assert "Certificate chain length: 3" in listed


# --- create ---

KINDS: Final = {
    "rsa:2048": "(2048 bit, 2 primes)",
    "rsa:3072": "(3072 bit, 2 primes)",
    "rsa:4096": "(4096 bit, 2 primes)",
    "p256": "NIST CURVE: P-256",
    "p384": "NIST CURVE: P-384",
    "p521": "NIST CURVE: P-521",
}


@pytest.mark.parametrize("kind", KINDS)
def test_create_key(kind: str, tmp_path: Path) -> None:
    sealstone("create", "key", "--type", kind, cwd=tmp_path)
    key = tmp_path / "PrivateKey.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    found = openssl(f"pkey -in {key} -check -noout -text").decode()
    assert "Key is valid" in found
    assert KINDS[kind] in found
    sealstone("create", "key", "--type", kind, "--encrypt", *OPENS, "--force", cwd=tmp_path)
    openssl(f"pkey -in {key} -noout -passin pass:wrong", fails=1)
    openssl(f"pkey -in {key} -check -noout -passin pass:{PASSWORD}")


def test_create_csr(tmp_path: Path) -> None:
    names = ("www.example", "*.b.example", "192.0.2.7", "2001:db8::7", "email:a@b.example", "https://a.example/x")
    options = [option for name in names for option in ("--name", name)]
    subject = "CN=www.example,O=Bücher & Söhne,C=DE"
    sealstone("create", "csr", "--new-key", "p256", "--subject", subject, *options, cwd=tmp_path)
    request = tmp_path / "CertificateRequest.pem"
    found = openssl(f"req -in {request} -verify -noout -text -nameopt utf8,sep_comma_plus,dn_rev").decode()
    assert "self-signature verify OK" in found
    assert subject in found
    wanted = "DNS:www.example, DNS:*.b.example, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:7"
    assert f"{wanted}, email:a@b.example, URI:https://a.example/x" in found
    assert public_half((tmp_path / "PrivateKey.pem").read_bytes()) in sealstone("inspect", request, "--json")


def test_create_self_signed(tmp_path: Path) -> None:
    """Also from a request that OpenSSL made, as in the load balancing document."""
    sealstone("create", "self-signed", "--name", "www.example", cwd=tmp_path)
    made = tmp_path / "Certificate.pem"
    assert b": OK" in openssl(f"verify -x509_strict -CAfile {made} -verify_hostname www.example {made}")

    openssl("genrsa -out my-private-key.pem 2048", cwd=tmp_path)
    openssl("req -sha256 -new -key my-private-key.pem -out csr.pem -subj /C=US/CN=www.example", cwd=tmp_path)
    files = ("--csr", "csr.pem", "--key", "my-private-key.pem", "-o", "my-certificate.pem")
    sealstone("create", "self-signed", *files, cwd=tmp_path)
    found = openssl("x509 -in my-certificate.pem -noout -subject -pubkey -nameopt RFC2253", cwd=tmp_path)
    assert b"subject=CN=www.example,C=US" in found
    assert openssl("pkey -in my-private-key.pem -pubout", cwd=tmp_path) in found


def test_create_an_authority_and_issue(tmp_path: Path) -> None:
    """A root, one below it, leaves for a new key and for a request by OpenSSL; constraints are seen by OpenSSL."""
    sealstone("create", "ca", "--subject", "CN=My Root,O=Example", "-o", "root", cwd=tmp_path)
    limits = ("--permit", "DNS:allowed.example")
    sealstone("create", "ca", "--subject", "CN=My CA", "--issuer", "root", "-o", "ca", *limits, cwd=tmp_path)
    text = openssl("x509 -in ca/Certificate.pem -noout -text", cwd=tmp_path)
    assert b"CA:TRUE, pathlen:0" in text
    assert b"DNS:allowed.example" in text
    sealstone("create", "issue", "--ca", "ca", "--name", "www.allowed.example", "-o", "one", cwd=tmp_path)
    openssl("ecparam -name prime256v1 -out key.pem -genkey", cwd=tmp_path)
    asked = "-addext subjectAltName=DNS:two.allowed.example"
    openssl(f"req -new -key key.pem -out csr.pem -subj /CN=two.allowed.example {asked}", cwd=tmp_path)
    sealstone("create", "issue", "--ca", "ca", "--csr", "csr.pem", "-o", "two", cwd=tmp_path)
    for folder, host in (("one", "www.allowed.example"), ("two", "two.allowed.example")):
        chain = f"-CAfile root/Certificate.pem -untrusted {folder}/CertificateChain.pem"
        judge = f"verify -x509_strict -purpose sslserver -verify_hostname {host} {chain} {folder}/Certificate.pem"
        assert b": OK" in openssl(judge, cwd=tmp_path)
    assert b"PRIVATE KEY" in (tmp_path / "one" / "PrivateKey.pem").read_bytes()


# --- what is documented ---

WORKBENCH: Final = Path(__file__).parents[2] / "docs" / "workbench.md"


def members_of(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {name for inner in value.values() for name in members_of(inner)}
    return {name for inner in value for name in members_of(inner)} if isinstance(value, list) else set()


@pytest.mark.parametrize(
    ("command", "files"),
    [
        (
            "inspect",
            (
                "chain-wrong-key.pem",
                "mixture-request-and-key.pem",
                "revocation-list.pem",
                "other-archive.zip",
                "parameters-ec.pem",
            ),
        ),
        ("explain", ("certificate-ec-p-521.pem", "key-ec-p-521.pem")),
        ("lint", ("certificate-version-1.pem",)),
    ],
)
def test_every_member_of_the_json_is_documented(command: str, files: tuple[str, ...]) -> None:
    fails = 0 if command != "lint" else 1
    written = json.loads(sealstone(command, *paths(files), "--json", fails=fails))
    section = WORKBENCH.read_text().split(f"\n`{command}`:")[1]
    assert not [name for name in members_of(written) if f"`{name}`" not in section]


def test_every_command_of_the_documents_has_its_twin() -> None:
    text = WORKBENCH.read_text()
    table = text[: text.index("And what people type")]
    assert f"\n{len(answers.read())} files made by OpenSSL and keytool" in text
    for name in ("x509", "rsa", "pkcs12", "pkcs7", "ec", "genrsa", "ecparam", "req"):
        assert f"openssl {name} " in table
