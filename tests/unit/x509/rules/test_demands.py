"""What one service demands beyond the engine: each rule by a certificate that breaks it, and one that does not."""

from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from cryptography.x509.oid import NameOID
from tests import forged
from tests.pki import NOW, Authority, Issued, Leaf, ec_key, rsa_key, self_signed
from tests.signature_kinds import LEAF as SIGNED
from tests.signature_kinds import SHA_1, of_others, signed_with
from tests.submissions import explained, of_leaf, said, submission_of

from sealstone.x509.findings import Severity
from sealstone.x509.problems import Part

ROOT = Authority("Example Root", valid_at=NOW)
LOWER = ROOT.authority("Example Lower")
LEAF = LOWER.leaf("build.example.com")


def general_name(name: str) -> x509.GeneralName:
    if "://" in name:
        return x509.UniformResourceIdentifier(name)
    if "@" in name:
        return x509.RFC822Name(name)
    return x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)


def leaf(curve: ec.EllipticCurve) -> Leaf:
    return LOWER.leaf("build.example.com", key=ec_key(curve))


def test_a_refusal_of_the_texts_names_the_document_of_their_store() -> None:
    for target, store in (("iam", "IAM User Guide"), ("cloudfront", "IAM User Guide"), ("acm", "ACM User Guide")):
        found = said(submission_of("hello", None), target)
        assert found["pem"].source.startswith(store)
        assert found["key-missing"].source.startswith(store)


def test_a_good_certificate_is_taken_everywhere() -> None:
    for target in ("iam", "acm", "elb", "cloudfront"):
        assert explained(of_leaf(LEAF), target).accepted, target


@pytest.mark.parametrize(
    ("curve", "target", "accepted"),
    [
        (ec.SECP521R1(), "iam", True),
        (ec.SECP521R1(), "acm", True),
        (ec.SECP521R1(), "elb", True),
        (ec.SECP521R1(), "cloudfront", False),
        (ec.SECP384R1(), "cloudfront", False),
        (ec.SECP256R1(), "cloudfront", True),
    ],
)
def test_curves(curve: ec.EllipticCurve, target: str, accepted: bool) -> None:
    explanation = explained(of_leaf(leaf(curve)), target)
    assert explanation.accepted is accepted
    refused = [finding for finding in explanation.findings if finding.severity is Severity.REFUSAL]
    assert [(finding.rule, finding.part) for finding in refused] == (
        [] if accepted else [("key-type", Part.CERTIFICATE)]
    )
    assert all("RSA of 1024, 2048, 3072 or 4096 bits or EC on P-256" in finding.cure for finding in refused)


def test_issuers_may_have_keys_that_their_certificate_may_not() -> None:
    """Let's Encrypt signs P-256 certificates with a P-384 key."""
    issuer = ROOT.authority("E", key=ec_key(ec.SECP384R1()))
    assert explained(of_leaf(issuer.leaf("build.example.com")), "cloudfront").accepted


def test_sizes_of_rsa_between_the_ones_that_are_named() -> None:
    odd = LOWER.leaf("build.example.com", key=rsa_key(2560))
    verdicts = {target: explained(of_leaf(odd), target).accepted for target in ("iam", "elb", "acm", "cloudfront")}
    assert verdicts == {"iam": True, "elb": True, "acm": False, "cloudfront": False}


def test_what_cannot_even_be_stored_is_said_once() -> None:
    small = self_signed("small.example.com", key=ec_key(ec.SECP256R1()), valid_at=NOW)
    body = forged.forged(small, small.key, public_key=forged.rsa_public_key((1 << 511) + 1, 65537))
    found = explained(submission_of(body, small.private_key_pem), "elb").findings
    assert [finding.rule for finding in found].count("key-type") == 1


def test_version_and_issuer() -> None:
    old = submission_of(forged.version_1(LEAF, LOWER.key), LEAF.private_key_pem)
    assert said(old, "acm")["version"].cause.endswith("takes version 3 only")
    assert "version" not in said(old, "iam")
    nameless = submission_of(forged.forged(LEAF, LOWER.key, issuer=b"\x30\x00"), LEAF.private_key_pem)
    assert said(nameless, "acm")["issuer-name"].severity is Severity.REFUSAL
    assert explained(nameless, "iam").accepted


@pytest.mark.parametrize(("size", "refused"), [(1000, False), (1001, True), (3000, True)])
def test_the_length_of_the_responder_s_url(size: int, refused: bool) -> None:
    """It is cut when it is shown, and judged whole."""
    url = x509.UniformResourceIdentifier("http://ocsp.example/".ljust(size, "x"))
    access = x509.AuthorityInformationAccess([x509.AccessDescription(x509.OID_OCSP, url)])
    found = of_leaf(LOWER.leaf("build.example.com", extensions=[access]))
    assert explained(found, "acm").accepted is not refused
    assert explained(found, "iam").accepted
    if refused:
        finding = said(found, "acm")["ocsp-url"]
        assert f"has {size:,} characters, and 1,000 is the most" in finding.cause
        assert finding.source.startswith("ACM User Guide, Prerequisites")


@pytest.mark.parametrize("blank", [" ", "\t"])
@pytest.mark.parametrize("part", [Part.CERTIFICATE, Part.PRIVATE_KEY, Part.CHAIN])
def test_blanks_at_line_ends(blank: str, part: Part) -> None:
    """The engine takes them, and so does IAM; ACM's document does not."""
    texts = [LEAF.certificate_pem, LEAF.private_key_pem, LEAF.chain_pem]
    at = [Part.CERTIFICATE, Part.PRIVATE_KEY, Part.CHAIN].index(part)
    texts[at] = texts[at].replace("\n", f"{blank}\r\n", 3).replace(f"{blank}\r\n", "\r\n", 2)
    found = submission_of(*texts)
    assert explained(found, "iam").accepted
    refusals = [one for one in explained(found, "acm").findings if one.severity is Severity.REFUSAL]
    assert [(one.rule, one.part) for one in refusals] == [("blank-at-line-end", part)]
    assert refusals[0].cause.startswith(f"line 3 of the {part} ends with a blank, and ACM")
    assert refusals[0].source == "ACM User Guide, Certificate and key format for importing"


def test_blanks_matter_in_pem_only() -> None:
    """Of what is no PEM at all there is more to say."""
    assert "blank-at-line-end" not in said(submission_of("hello \n", None), "acm")


@pytest.mark.parametrize(
    ("common_name", "alternatives", "elb", "acm"),
    [
        ("build.example.com", (), True, True),
        ("build", ("build.example.com",), True, True),
        ("build", ("*.example.com",), True, True),
        ("build.example.com", ("localhost",), False, True),
        ("build", (), False, True),
        ("build", ("10.0.0.1",), False, True),
        ("a b.example.com", (), False, True),
        (None, (), False, False),
        (None, ("10.0.0.1",), False, True),
        ("build.example.com", ("a@example.com",), True, True),
        ("build.example.com", ("https://example.com",), True, True),
        ("build.example.com", ("a@example.com", "10.0.0.1"), True, True),
        (None, ("a@example.com",), False, False),
    ],
)
def test_names(common_name: str | None, alternatives: tuple[str, ...], elb: bool, acm: bool) -> None:
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example, Inc.")]
    attributes += [x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else []
    names = [x509.SubjectAlternativeName([general_name(name) for name in alternatives])] if alternatives else []
    found = LOWER.leaf("x", subject=x509.Name(attributes), alternative_names=(), extensions=names)
    assert explained(of_leaf(found), "elb").accepted is elb
    assert explained(of_leaf(found), "acm").accepted is acm
    assert explained(of_leaf(found), "iam").accepted
    if not elb:
        assert said(of_leaf(found), "elb")["domain-name"].severity is Severity.REFUSAL


@pytest.mark.parametrize(
    ("purposes", "accepted"),
    [
        ((), True),
        ((Purpose.SERVER_AUTH,), True),
        ((Purpose.CLIENT_AUTH,), True),
        ((Purpose.ANY_EXTENDED_KEY_USAGE,), True),
        ((Purpose.CODE_SIGNING, Purpose.SERVER_AUTH), True),
        ((Purpose.CODE_SIGNING,), False),
        ((Purpose.EMAIL_PROTECTION, Purpose.TIME_STAMPING), False),
        ((Purpose.OCSP_SIGNING,), False),
        ((x509.ObjectIdentifier("1.2.3.4"),), False),
        ((x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.3"),), True),
        ((x509.ObjectIdentifier("2.16.840.1.113730.4.1"), Purpose.CODE_SIGNING), True),
    ],
)
def test_acm_takes_certificates_for_tls_alone(purposes: tuple[x509.ObjectIdentifier, ...], accepted: bool) -> None:
    found = of_leaf(LOWER.leaf("a.example.com", extensions=[x509.ExtendedKeyUsage(purposes)] if purposes else []))
    assert explained(found, "acm").accepted is accepted
    assert explained(found, "iam").accepted
    if not accepted:
        refused = said(found, "acm")
        assert (refused["usage"].severity, refused["usage"].part) == (Severity.REFUSAL, Part.CERTIFICATE)
        assert "takes certificates for TLS only" in refused["usage"].cause
        assert "usage-not-server" not in refused
        assert said(found, "iam")["usage-not-server"].severity is Severity.WARNING


def test_what_no_listener_can_load() -> None:
    """It may be stored, and cannot be attached."""
    weak = submission_of(signed_with(SHA_1), SIGNED.private_key_pem)
    for target in ("iam", "acm"):
        assert explained(weak, target).accepted
        warning = said(weak, target)["not-for-listeners"]
        assert warning.severity is Severity.WARNING
        assert warning.cause.endswith("SHA-1 with RSA, so no listener can load it")
    refused = said(weak, "elb")["signature"]
    assert (refused.severity, refused.part) == (Severity.REFUSAL, Part.CERTIFICATE)
    assert refused.cause.endswith("SHA-1 with RSA, so no listener can load it")
    middle, _, below = of_others(SHA_1)
    assert said(of_leaf(below, chain=middle), "elb")["signature"].part is Part.CHAIN
    assert not {"signature", "not-for-listeners"} & set(said(weak, "cloudfront"))


def test_acm_takes_no_certificate_twice() -> None:
    """IAM takes a self-signed certificate as its own chain (recorded)."""
    alone = self_signed("alone.example.com", valid_at=NOW)
    itself = of_leaf(alone, chain=alone.certificate_pem)
    assert explained(itself, "iam").accepted
    refused = said(itself, "acm")["chain-order"]
    assert (refused.severity, refused.part) == (Severity.REFUSAL, Part.CHAIN)


@pytest.mark.parametrize(
    ("subject", "chain", "rule"),
    [
        (self_signed("alone.example.com", valid_at=NOW), None, "public-issuer"),
        (LEAF, None, "chain-missing"),
    ],
)
def test_cloudfront_wants_a_chain_of_a_public_authority(subject: Issued, chain: str | None, rule: str) -> None:
    refusals = [
        finding.rule
        for finding in explained(of_leaf(subject, chain=chain), "cloudfront").findings
        if finding.severity is Severity.REFUSAL
    ]
    assert refusals == [rule]
    assert explained(of_leaf(subject, chain=chain), "elb").accepted


def test_nothing_is_demanded_of_what_is_not_there() -> None:
    assert set(said(submission_of("hello", LEAF.private_key_pem), "cloudfront")) == {"pem", "upload-path"}
    edwards = submission_of(forged.pem(b"\x30\x00"), LEAF.private_key_pem, " ")
    assert set(said(edwards, "elb")) == {"certificate-readable", "pem"}
