"""Warnings and notes: each by a certificate that deserves it, and none for one that deserves none."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from tests import forged
from tests.pki import NOW, Authority, Issued, chain_of, ec_key, rsa_key, self_signed
from tests.submissions import explained, of_leaf, said, submission_of
from tests.weak_moduli import CLOSE, FAULTY, P

from sealstone.x509.findings import Severity
from sealstone.x509.problems import Part

ROOT = Authority("Example Root", valid_at=NOW)
LOWER = ROOT.authority("Example Lower")
LEAF = LOWER.leaf("build.example.com")


def rules(leaf: Issued, target: str = "iam") -> dict[str, Severity]:
    """What is said of a leaf with its chain."""
    return {rule: finding.severity for rule, finding in said(of_leaf(leaf), target).items()}


def key_usage(**allowed: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names})


def test_alternative_names_of_no_server() -> None:
    names = x509.SubjectAlternativeName([x509.RFC822Name("a@example.com")])
    found = said(of_leaf(LOWER.leaf("build.example.com", alternative_names=(), extensions=[names])))["names-missing"]
    assert found.cause == (
        "the certificate has no subject alternative names that name a server, and clients look at nothing else"
    )
    assert "such as DNS:build.example.com" in found.cure


def test_nothing_is_said_of_a_good_certificate() -> None:
    assert rules(LEAF) == {}
    assert rules(LEAF, "elb") == {}
    assert rules(LEAF, "cloudfront") == {"public-issuer": Severity.NOTE, "upload-path": Severity.NOTE}


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=30), ""),
        (timedelta(days=30) - timedelta(seconds=1), "in 29 days"),
        (timedelta(days=1), "in 1 day, at"),
        (timedelta(0), "in 0 days"),
        (timedelta(seconds=-1), ""),
    ],
)
def test_expires_soon(left: timedelta, words: str) -> None:
    leaf = LOWER.leaf("build.example.com", not_after=NOW + left)
    finding = said(of_leaf(leaf)).get("expires-soon")
    assert (finding is not None) is bool(words)
    if finding:
        assert finding.severity is Severity.WARNING
        assert words in finding.cause
        assert f"{leaf.certificate.not_valid_after_utc:%Y-%m-%d %H:%M:%S} UTC" in finding.cause


def test_a_validity_that_clients_refuse() -> None:
    longest = LOWER.leaf("build.example.com", not_before=NOW, not_after=NOW + timedelta(days=825))
    assert rules(longest) == {}
    longer = LOWER.leaf("build.example.com", not_before=NOW, not_after=NOW + timedelta(days=826))
    assert rules(longer) == {"validity-long": Severity.WARNING}


def test_a_weak_key() -> None:
    assert rules(LOWER.leaf("build.example.com", key=rsa_key(1024))) == {"key-weak": Severity.WARNING}
    assert rules(LOWER.leaf("build.example.com", key=rsa_key(2048))) == {}


@pytest.mark.parametrize(
    ("modulus", "rule"), [(CLOSE, "key-close-primes"), (FAULTY, "key-roca")], ids=["close primes", "ROCA"]
)
def test_a_key_that_anybody_can_break_is_accepted_and_warned_of(modulus: int, rule: str) -> None:
    """As AWS, which is not known to look. The leaf's, and an issuer's."""
    broken = forged.rsa_public_key(modulus, 65537)
    leaf = forged.forged(LEAF, LOWER.key, public_key=broken)
    finding = said(submission_of(leaf, None))[rule]
    assert (finding.severity, finding.part) == (Severity.WARNING, Part.CERTIFICATE)
    assert finding.cause.startswith("the key of the certificate protects nothing: ")
    issuer = forged.forged(LOWER, ROOT.key, public_key=broken)
    finding = said(of_leaf(LEAF, chain=issuer))[rule]
    assert (finding.severity, finding.part) == (Severity.WARNING, Part.CHAIN)
    assert finding.cause.startswith("the key of chain certificate 0 protects nothing: ")


def test_a_broken_key_is_no_refusal() -> None:
    numbers = rsa.RSAPublicNumbers(65537, CLOSE)
    private = rsa.RSAPrivateNumbers(
        p=P,
        q=CLOSE // P,
        d=(d := rsa.rsa_recover_private_exponent(65537, P, CLOSE // P)),
        dmp1=rsa.rsa_crt_dmp1(d, P),
        dmq1=rsa.rsa_crt_dmq1(d, CLOSE // P),
        iqmp=rsa.rsa_crt_iqmp(P, CLOSE // P),
        public_numbers=numbers,
    ).private_key()
    assert rules(LOWER.leaf("build.example.com", key=private)) == {
        "key-weak": Severity.WARNING,
        "key-close-primes": Severity.WARNING,
    }


@pytest.mark.parametrize(
    ("curve", "target", "titles"),
    [
        (ec.SECP521R1(), "iam", ["a CloudFront distribution"]),
        (ec.SECP256R1(), "acm", ["a Classic Load Balancer out of ACM"]),
        (ec.SECP384R1(), "acm", ["a CloudFront distribution", "a Classic Load Balancer out of ACM"]),
        (ec.SECP384R1(), "elb", []),
        (ec.SECP384R1(), "cloudfront", []),
    ],
)
def test_what_the_key_cannot_be_attached_to(curve: ec.EllipticCurve, target: str, titles: list[str]) -> None:
    leaf = LOWER.leaf("build.example.com", key=ec_key(curve))
    found = [f for f in explained(of_leaf(leaf), target).findings if f.rule == "key-not-for-service"]
    assert len(found) == len(titles)
    for finding, title in zip(found, titles, strict=True):
        assert f"cannot be put on {title}" in finding.cause
        assert finding.severity is (Severity.NOTE if "Classic" in title else Severity.WARNING)


def test_large_rsa_keys_are_not_for_network_load_balancers() -> None:
    leaf = LOWER.leaf("build.example.com", key=rsa_key(4096))
    assert "a Network Load Balancer" in said(of_leaf(leaf), "elb")["key-not-for-service"].cause


def test_names_that_no_client_looks_at() -> None:
    plain = LOWER.leaf("build.example.com", alternative_names=())
    finding = said(of_leaf(plain))["names-missing"]
    assert "DNS:build.example.com" in finding.cure
    only_organization = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example")])
    nameless = LOWER.leaf("x", alternative_names=(), subject=only_organization)
    assert said(of_leaf(nameless))["names-missing"].cure == "have it issued with its names there"


def test_usages() -> None:
    client = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    anything = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])
    for extension, expected in (
        (client, {"usage-not-server": Severity.WARNING}),
        (server, {}),
        (anything, {}),
        (key_usage(key_encipherment=True), {"usage-no-signature": Severity.WARNING}),
        (key_usage(digital_signature=True), {}),
    ):
        assert rules(LOWER.leaf("build.example.com", extensions=[extension])) == expected


def test_an_authority_is_no_server() -> None:
    found = rules(LOWER.authority("Example Lowest", alternative_names=["build.example.com"]))
    assert found == {"authority": Severity.WARNING}


def test_weak_signatures_but_for_a_root_s_own() -> None:
    rsa_root = Authority("RSA Root", key=rsa_key(2048, 1), valid_at=NOW)
    leaf = rsa_root.leaf("build.example.com")
    weak = forged.forged(leaf, rsa_root.key, signature=forged.RSA_SHA1)
    finding = said(submission_of(weak, leaf.private_key_pem))["signature-weak"]
    assert (finding.severity, finding.part) == (Severity.WARNING, Part.CERTIFICATE)
    assert "SHA-1" in finding.cause
    weak_root = forged.forged(rsa_root, rsa_root.key, signature=forged.RSA_SHA1)
    assert said(of_leaf(leaf, chain=weak_root)) == {}
    lower = rsa_root.authority("RSA Lower")
    below = lower.leaf("build.example.com")
    weak_lower = forged.forged(lower, rsa_root.key, signature=forged.RSA_MD5)
    assert said(of_leaf(below, chain=weak_lower))["signature-weak"].part is Part.CHAIN


def test_chains() -> None:
    assert set(said(of_leaf(LEAF, chain=None))) == {"chain-missing"}
    assert said(of_leaf(LEAF, chain=None))["chain-missing"].severity is Severity.WARNING
    assert rules(self_signed("alone.example.com", valid_at=NOW)) == {"self-signed": Severity.NOTE}
    assert said(of_leaf(LEAF, chain=LEAF.chain_pem))["root-in-chain"].severity is Severity.NOTE
    direct = ROOT.leaf("direct.example.com")
    assert said(of_leaf(direct, chain=direct.chain_pem)) == {}, "without its root the chain would be empty"


def test_an_issuer_of_another_kind_is_a_note_for_acm_alone() -> None:
    leaf = LOWER.leaf("build.example.com", key=rsa_key())
    assert rules(leaf, "acm") == {"key-kinds-differ": Severity.NOTE}
    assert rules(leaf, "iam") == {}


def test_dates_of_issuers() -> None:
    old = ROOT.authority("Old", not_before=NOW - timedelta(days=900), not_after=NOW - timedelta(days=1))
    new = ROOT.authority("New", not_before=NOW + timedelta(days=1), not_after=NOW + timedelta(days=9))
    last = ROOT.authority("Last", not_after=NOW)
    for issuer, words in ((old, "expired at 2026-11-20"), (new, "not valid before 2026-11-22"), (last, "")):
        leaf = issuer.leaf("build.example.com", valid_at=NOW)
        finding = said(of_leaf(leaf, chain=chain_of([issuer]))).get("issuer-dates")
        assert (finding is not None) is bool(words)
        if finding:
            assert words in finding.cause
            assert finding.severity is Severity.WARNING
