"""Rules about extensions and keys: name constraints, critical extensions that clients do not know, broken keys.

All others are in `test_served.py`.
"""

import subprocess
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography import x509
from tests import forged
from tests.forged import octets, sequence, tlv
from tests.pki import NOW, Authority, Issued, rsa_key
from tests.weak_moduli import CLOSE, FAULTY

from sealstone.x509 import served
from sealstone.x509.findings import Severity
from sealstone.x509.served import Judged

HOST = "build.example.com"
ROOT = Authority("Root", key=rsa_key(2048, 1))
INTERMEDIATE = ROOT.authority("Intermediate", key=rsa_key(2048, 2))
LEAF = INTERMEDIATE.leaf(HOST)
NULL = b"\x05\x00"


def der_of(pem: str) -> bytes:
    return b64decode("".join(pem.splitlines()[1:-1]))


def judged(*chain: bytes, root: bytes = ROOT.certificate_der) -> Judged:
    return served.judged(chain, host=HOST, at=NOW, trust_ders=(root,))


def with_extension(original: Issued, issuer: Issued, identifier: str, value: bytes, *, critical: bool = True) -> str:
    """The certificate with one extension more, or another in the place of its own of that kind; PEM."""
    fields = [tlv(6, bytes.fromhex(identifier)), *([b"\x01\x01\xff"] if critical else []), octets(value)]
    kept = [
        each
        for each in forged.split(forged.split(forged.Fields.of(original).extensions)[0])
        if forged.split(each)[0] != fields[0]
    ]
    return forged.forged(original, issuer.key, extensions=forged.extensions(*kept, sequence(*fields)))


def openssl_takes(folder: Path, leaf: str, chain: str, root: str) -> bool:
    for name, text in {"root.pem": root, "chain.pem": chain, "leaf.pem": leaf}.items():
        (folder / name).write_text(text)
    at = ("-attime", str(int(NOW.timestamp())))
    command = ("openssl", "verify", *at, "-CAfile", "root.pem", "-untrusted", "chain.pem", "leaf.pem")
    return subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode == 0


def of(*chain: Issued, root: bytes = ROOT.certificate_der) -> Judged:
    return judged(*(one.certificate_der for one in chain), root=root)


# --- name constraints ---


def test_name_constraints_are_seen() -> None:
    other = x509.NameConstraints([x509.DNSName("other.org")], None)
    issuer = ROOT.authority("Intermediate", extensions=[other])
    (finding,) = of(issuer.leaf(HOST), issuer).findings
    assert (finding.rule, finding.severity, finding.position) == ("name-constraints", Severity.REFUSAL, 0)
    root = Authority("Limited Root", extensions=[other])
    lower = root.authority("Lower", alternative_names=["lower.example.com"])
    (finding,) = of(lower.leaf(HOST), lower, root=root.certificate_der).findings
    assert (finding.rule, finding.position) == ("name-constraints", 1), "the first from above is told"


def test_name_constraints_that_hold_are_no_harm() -> None:
    """Of kinds that the verifier knows and of such as it does not; `openssl verify -x509_strict` takes the chain."""
    for permitted in (
        [x509.DNSName(f".{HOST.partition('.')[2]}")],
        [x509.DNSName(HOST), x509.RFC822Name("example.com")],
        [x509.DirectoryName(x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "EXAMPLE")]))],
    ):
        issuer = ROOT.authority("Intermediate", extensions=[x509.NameConstraints(permitted, None)])
        assert of(issuer.leaf(HOST), issuer).findings == ()


def test_directory_names_are_constrained() -> None:
    other = x509.DirectoryName(x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Other")]))
    issuer = ROOT.authority("Intermediate", extensions=[x509.NameConstraints([other], None)])
    (finding,) = of(issuer.leaf(HOST), issuer).findings
    assert (finding.rule, finding.severity, finding.position) == ("name-constraints", Severity.REFUSAL, 0)
    assert f"CN={HOST},O=Example is not among what CN=Intermediate,O=Example may issue for" in finding.cause


# --- critical extensions ---


@pytest.mark.parametrize(
    ("identifier", "value", "name"),
    [
        ("2a0304", NULL, "1.2.3.4"),
        ("551d0e", octets(b"\x01"), "subjectKeyIdentifier"),
        ("551d12", sequence(tlv(0x82, b"a")), "issuerAltName"),
        ("2b06010505070101", sequence(), "authorityInfoAccess"),
        ("2b06010505070118", sequence(), "tlsFeature"),
        ("2b06010401d679020403", NULL, "precertificatePoison"),
        ("551d0f", tlv(3, b"\x07\x80"), ""),
        ("551d11", sequence(tlv(0x82, HOST.encode())), ""),
        ("551d20", sequence(sequence(tlv(6, bytes.fromhex("2a0304")))), ""),
        ("551d25", sequence(tlv(6, bytes.fromhex("2b06010505070301"))), ""),
        ("551d0f", NULL, "keyUsage"),
    ],
)
def test_critical_extensions_as_openssl_judges_them(tmp_path: Path, identifier: str, value: bytes, name: str) -> None:
    leaf = with_extension(LEAF, INTERMEDIATE, identifier, value)
    found = [each for each in judged(der_of(leaf), INTERMEDIATE.certificate_der).findings if each.position == 0]
    refused = [each for each in found if each.rule == "critical-extension"]
    assert bool(refused) is bool(name)
    assert openssl_takes(tmp_path, leaf, INTERMEDIATE.certificate_pem, ROOT.certificate_pem) is not bool(name)
    for finding in refused:
        assert finding.severity is Severity.REFUSAL
        assert finding.cause.endswith(f"critical extensions that clients do not know: {name}")


def test_what_is_not_critical_is_nobodys_business() -> None:
    leaf = with_extension(LEAF, INTERMEDIATE, "2a0304", NULL, critical=False)
    assert judged(der_of(leaf), INTERMEDIATE.certificate_der).findings == ()


def test_critical_extensions_of_those_above_count_too(tmp_path: Path) -> None:
    """Of an authority that is sent, and of the one that is trusted."""
    lower = with_extension(INTERMEDIATE, ROOT, "2a0304", NULL)
    (finding,) = judged(LEAF.certificate_der, der_of(lower)).findings
    assert (finding.rule, finding.position) == ("critical-extension", 1)
    assert not openssl_takes(tmp_path, LEAF.certificate_pem, lower, ROOT.certificate_pem)
    root = with_extension(ROOT, ROOT, "2a0304", NULL)
    (finding,) = judged(LEAF.certificate_der, INTERMEDIATE.certificate_der, root=der_of(root)).findings
    assert (finding.rule, finding.position) == ("critical-extension", None)
    assert finding.cause.startswith("the trusted authority CN=Root,O=Example has critical extensions")
    assert not openssl_takes(tmp_path, LEAF.certificate_pem, INTERMEDIATE.certificate_pem, root)


def test_a_trusted_certificate_that_is_sent_is_judged_once() -> None:
    root = der_of(with_extension(ROOT, ROOT, "2a0304", NULL))
    found = served.judged((root,), host="x", at=NOW, trust_ders=(root,)).findings
    assert [(one.rule, one.position) for one in found if one.rule == "critical-extension"] == [
        ("critical-extension", 0)
    ]


# --- keys that protect nothing ---


@pytest.mark.parametrize(
    ("modulus", "rule"), [(CLOSE, "key-close-primes"), (FAULTY, "key-roca")], ids=["close primes", "ROCA"]
)
def test_a_key_that_anybody_can_break_is_warned_of(modulus: int, rule: str) -> None:
    leaf = der_of(forged.forged(LEAF, INTERMEDIATE.key, public_key=forged.rsa_public_key(modulus, 65537)))
    found = {one.rule: one for one in judged(leaf, INTERMEDIATE.certificate_der).findings}
    assert (found[rule].severity, found[rule].position) == (Severity.WARNING, 0)
    assert found[rule].cause.startswith(f"the key of the server's certificate (CN={HOST},O=Example) protects nothing: ")
    assert "malformed" not in found, "it is said once"


def test_the_key_of_a_trusted_authority_counts_too() -> None:
    broken = der_of(forged.forged(ROOT, ROOT.key, public_key=forged.rsa_public_key(CLOSE, 65537)))
    found = served.judged((broken,), host="x", at=NOW, trust_ders=(broken,)).findings
    assert "key-close-primes" in [one.rule for one in found]


def test_a_good_chain_says_nothing_of_all_that() -> None:
    assert judged(LEAF.certificate_der, INTERMEDIATE.certificate_der).findings == ()
