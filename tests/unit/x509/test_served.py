"""What is said of the certificates that a server sends: right chains, and every way in which they are not right."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.forged import ECDSA_SHA1, forged, integer, sequence, tlv
from tests.pki import NOW, Authority, Issued, named, rsa_key, self_signed

from sealstone.x509 import served
from sealstone.x509.findings import Severity
from sealstone.x509.problems import NotCertificate
from sealstone.x509.served import Judged, Place
from sealstone.x509.served_path import End
from sealstone.x509.served_rules import Finding

HOST = "build.example.com"
ROOT = Authority("Root")
INTERMEDIATE = ROOT.authority("Intermediate")
LEAF = INTERMEDIATE.leaf(HOST)
OTHER = Authority("Other Root")
STRANGER = OTHER.leaf("stranger.example.com")
DAY = timedelta(days=1)


def judged(*chain: Issued | bytes, trust: tuple[Issued, ...] = (ROOT,), host: str = HOST, **options: Any) -> Judged:
    ders = tuple(one if isinstance(one, bytes) else one.certificate_der for one in chain)
    trusted = tuple(one.certificate_der for one in trust)
    return served.judged(ders, host=host, at=NOW, trust_ders=trusted, **options)


def changed(original: Issued, issuer: Issued, **parts: bytes) -> bytes:
    """DER of the certificate with some parts changed, validly signed."""
    return base64.b64decode("".join(forged(original, issuer.key, **parts).splitlines()[1:-1]))


def rules(verdict: Judged) -> list[tuple[str, Severity, int | None]]:
    return [(finding.rule, finding.severity, finding.position) for finding in verdict.findings]


def only(verdict: Judged) -> Finding:
    assert len(verdict.findings) == 1, verdict.findings
    return verdict.findings[0]


def test_a_right_chain_has_no_findings() -> None:
    verdict = judged(LEAF, INTERMEDIATE)
    assert verdict.findings == ()
    assert verdict.verdict is None
    assert verdict.places == (Place.SERVER, Place.ISSUER)
    assert verdict.not_after == NOW + 365 * DAY
    assert verdict.way is not None
    assert (verdict.way.positions, verdict.way.needed, verdict.way.end) == ((0, 1), 2, End.TRUSTED)
    assert verdict.way.anchor is not None
    assert verdict.way.anchor.subject == "CN=Root,O=Example"


def test_the_first_to_run_out_counts() -> None:
    short = ROOT.authority("Intermediate", not_after=NOW + 100 * DAY)
    assert judged(short.leaf(HOST), short).not_after == NOW + 100 * DAY


def test_a_root_more_is_only_noted() -> None:
    verdict = judged(LEAF, INTERMEDIATE, ROOT)
    assert rules(verdict) == [("superfluous-root", Severity.NOTE, 2)]
    assert verdict.verdict is Severity.NOTE
    assert verdict.places == (Place.SERVER, Place.ISSUER, Place.ROOT)


# --- the way up ---


def test_a_missing_intermediate_is_named() -> None:
    finding = only(judged(LEAF))
    assert (finding.rule, finding.severity, finding.position) == ("missing-issuer", Severity.REFUSAL, None)
    assert finding.cause == (
        f"CN=Intermediate,O=Example, which issued the server's certificate (CN={HOST},O=Example), "
        "is neither sent nor trusted"
    )
    assert "behind it; or" in finding.cure
    assert "behind certificate 1;" in only(judged(LEAF, INTERMEDIATE, trust=())).cure


def test_where_a_missing_intermediate_is_to_be_had() -> None:
    places = [
        x509.AccessDescription(x509.OID_OCSP, x509.UniformResourceIdentifier("http://ocsp.example")),
        x509.AccessDescription(x509.OID_CA_ISSUERS, x509.UniformResourceIdentifier("http://ca.example/i.cer")),
    ]
    leaf = INTERMEDIATE.leaf(HOST, extensions=[x509.AuthorityInformationAccess(places)])
    assert "(it is to be had at http://ca.example/i.cer)" in only(judged(leaf)).cure


def test_the_wrong_order_is_understood() -> None:
    lower = INTERMEDIATE.authority("Lower")
    leaf = lower.leaf(HOST)
    verdict = judged(leaf, INTERMEDIATE, lower)
    assert rules(verdict) == [("wrong-order", Severity.WARNING, None)]
    assert "it is 0, 2, 1" in only(verdict).cause
    assert verdict.places == (Place.SERVER, Place.ISSUER, Place.ISSUER)


def test_what_does_not_belong_there() -> None:
    verdict = judged(LEAF, STRANGER, INTERMEDIATE, INTERMEDIATE)
    assert rules(verdict) == [("superfluous", Severity.WARNING, 1), ("duplicate", Severity.WARNING, 3)]
    assert verdict.places == (Place.SERVER, Place.EXTRA, Place.ISSUER, Place.EXTRA)
    assert "has nothing to do with" in verdict.findings[0].cause


def test_a_self_signed_certificate_must_be_trusted() -> None:
    alone = self_signed(HOST)
    assert rules(judged(alone)) == [("self-signed", Severity.REFUSAL, 0)]
    assert rules(judged(alone, trust=(alone,))) == []


def test_an_untrusted_root() -> None:
    verdict = judged(LEAF, INTERMEDIATE, ROOT, trust=(OTHER,))
    assert rules(verdict) == [("untrusted-root", Severity.REFUSAL, 2)]
    assert verdict.way is not None
    assert verdict.way.end is End.SELF_SIGNED


def test_a_trusted_intermediate_is_enough() -> None:
    assert rules(judged(LEAF, trust=(INTERMEDIATE,))) == []
    assert rules(judged(LEAF, INTERMEDIATE, trust=(INTERMEDIATE,))) == [("cross-signed", Severity.NOTE, 1)]


@pytest.mark.parametrize("sent", [True, False])
def test_an_issuer_of_the_right_name_with_another_key(sent: bool) -> None:
    impostor = INTERMEDIATE.again()
    verdict = judged(LEAF, *([impostor] if sent else []), trust=(ROOT,) if sent else (impostor,))
    assert ("wrong-issuer", Severity.REFUSAL, 0) in rules(verdict)
    assert verdict.way is not None
    assert verdict.way.end is End.IMPOSTOR


def test_of_several_issuers_the_valid_one_is_taken() -> None:
    expired = Authority(
        "Intermediate", signed_by=ROOT, key=INTERMEDIATE.key, not_after=NOW - DAY, not_before=NOW - 90 * DAY
    )
    verdict = judged(LEAF, expired, INTERMEDIATE)
    assert verdict.way is not None
    assert verdict.way.positions == (0, 2)
    assert rules(verdict) == [("superfluous", Severity.WARNING, 1)]
    assert [rule for rule, *_ in rules(judged(LEAF, expired))] == ["expired"]


def test_an_issuer_of_the_future_is_not_taken_for_its_long_life() -> None:
    later = Authority(
        "Intermediate", signed_by=ROOT, key=INTERMEDIATE.key, not_before=NOW + DAY, not_after=NOW + 999 * DAY
    )
    verdict = judged(LEAF, later, INTERMEDIATE)
    assert verdict.way is not None
    assert verdict.way.positions == (0, 2)


def test_authorities_that_signed_each_other_come_to_an_end() -> None:
    """Two roots, cross-signed both ways: the way up is walked once round, and what is trusted lies on it."""
    one, two = Authority("One"), Authority("Two")
    one_by_two = Authority("One", signed_by=two, key=one.key)
    two_by_one = Authority("Two", signed_by=one, key=two.key)
    leaf = one.leaf(HOST)
    verdict = judged(leaf, one_by_two, two_by_one, trust=(one,))
    assert [finding.rule for finding in verdict.findings] == ["cross-signed", "cross-signed"]
    assert judged(leaf, one_by_two, two_by_one, trust=()).verdict is Severity.REFUSAL


# --- names ---


def test_the_wrong_name() -> None:
    leaf = INTERMEDIATE.leaf("a.example.com", alternative_names=["a.example.com", "10.0.0.1"])
    finding = only(judged(leaf, INTERMEDIATE))
    assert (finding.rule, finding.severity) == ("name-mismatch", Severity.REFUSAL)
    assert finding.cause == f"the certificate is for a.example.com, 10.0.0.1, and not for {HOST}"


def test_many_wrong_names_are_counted() -> None:
    leaf = INTERMEDIATE.leaf("x", alternative_names=[f"{number}.example.com" for number in range(20)])
    assert "5.example.com and 14 more, and not" in only(judged(leaf, INTERMEDIATE)).cause


def test_a_name_in_the_subject_alone_counts_for_nobody() -> None:
    assert only(judged(INTERMEDIATE.leaf(HOST, alternative_names=[]), INTERMEDIATE)).rule == "name-missing"


def test_names_that_cannot_be_read() -> None:
    broken = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.17"), b"\x30\x05\x82\x09a")
    leaf = INTERMEDIATE.leaf(HOST, alternative_names=[], extensions=[broken])
    assert "name-unreadable" in [finding.rule for finding in judged(leaf, INTERMEDIATE).findings]


def test_hostile_names_are_escaped() -> None:
    leaf = INTERMEDIATE.leaf("x", alternative_names=["\x1b[2Jevil.example"])
    finding = only(judged(leaf, INTERMEDIATE, host="bad\x1b[2J"))
    assert "\x1b" not in finding.cause + finding.cure


# --- dates ---


@pytest.mark.parametrize(
    ("dates", "rule", "words"),
    [
        ({"not_after": NOW - DAY}, "expired", "expired on 2026-11-20, 24 hours ago"),
        ({"not_after": NOW - 3 * DAY}, "expired", "3 days ago"),
        ({"not_before": NOW + timedelta(minutes=90)}, "not-yet-valid", "from 2026-11-21 13:30 UTC on, in 1 hour"),
        (
            {"not_before": NOW - 90 * DAY, "not_after": NOW + 13 * DAY},
            "expires-soon",
            "expires on 2026-12-04, in 13 days",
        ),
    ],
)
def test_dates_of_the_servers_own(dates: dict[str, Any], rule: str, words: str) -> None:
    finding = only(judged(INTERMEDIATE.leaf(HOST, **dates), INTERMEDIATE))
    assert finding.rule == rule
    assert words in finding.cause
    assert finding.position == 0


def test_dates_of_an_issuer() -> None:
    expired = ROOT.authority("Intermediate", not_after=NOW - DAY)
    assert rules(judged(expired.leaf(HOST), expired)) == [("expired", Severity.REFUSAL, 1)]


def test_an_expired_root() -> None:
    root = Authority("Root", not_before=NOW - 900 * DAY, not_after=NOW - DAY)
    assert [rule for rule, *_ in rules(judged(root.leaf(HOST), trust=(root,)))] == ["root-expired"]


def test_soon_depends_on_the_life_of_the_certificate() -> None:
    short = INTERMEDIATE.leaf(HOST, not_before=NOW - DAY, not_after=NOW + 5 * DAY)
    assert judged(short, INTERMEDIATE).findings == ()
    assert only(judged(short, INTERMEDIATE, soon=6 * DAY)).rule == "expires-soon"
    late = INTERMEDIATE.leaf(HOST, not_before=NOW - 5 * DAY, not_after=NOW + DAY)
    assert only(judged(late, INTERMEDIATE)).rule == "expires-soon"


# --- what certificates may do, and how strong they are ---


@pytest.mark.parametrize("options", [{"is_authority": False}, {"is_authority": None}])
def test_an_issuer_that_is_no_authority(options: dict[str, Any]) -> None:
    issuer = Authority("Intermediate", signed_by=ROOT, **options)
    assert rules(judged(issuer.leaf(HOST), issuer)) == [("not-an-authority", Severity.REFUSAL, 1)]


def key_usage(*, sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


@pytest.mark.parametrize(("sign", "found"), [(True, []), (False, ["usage-without-signing"])])
def test_an_issuer_that_may_not_sign(sign: bool, found: list[str]) -> None:
    issuer = ROOT.authority("Intermediate", extensions=[key_usage(sign=sign)])
    assert [rule for rule, *_ in rules(judged(issuer.leaf(HOST), issuer))] == found


@pytest.mark.parametrize(("length", "found"), [(0, ["path-too-long"]), (1, [])])
def test_a_path_that_is_too_long(length: int, found: list[str]) -> None:
    upper = Authority(
        "Upper", signed_by=ROOT, is_authority=None, extensions=[x509.BasicConstraints(ca=True, path_length=length)]
    )
    lower = upper.authority("Lower")
    assert [rule for rule, *_ in rules(judged(lower.leaf(HOST), lower, upper))] == found


@pytest.mark.parametrize(
    ("purposes", "found"),
    [
        ([ExtendedKeyUsageOID.SERVER_AUTH], []),
        ([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH], []),
        ([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE], []),
        ([ExtendedKeyUsageOID.CLIENT_AUTH], ["not-for-servers"]),
    ],
)
def test_purposes(purposes: list[x509.ObjectIdentifier], found: list[str]) -> None:
    leaf = INTERMEDIATE.leaf(HOST, extensions=[x509.ExtendedKeyUsage(purposes)])
    assert [rule for rule, *_ in rules(judged(leaf, INTERMEDIATE))] == found


def test_a_weak_key() -> None:
    assert rules(judged(INTERMEDIATE.leaf(HOST, key=rsa_key(1024)), INTERMEDIATE)) == [
        ("weak-key", Severity.REFUSAL, 0)
    ]


@pytest.mark.parametrize("trust", [(ROOT,), (INTERMEDIATE,)])
def test_a_weak_signature(trust: tuple[Issued, ...]) -> None:
    leaf = changed(LEAF, INTERMEDIATE, signature=ECDSA_SHA1)
    found = rules(judged(leaf, INTERMEDIATE, trust=trust))
    assert [each for each in found if each[1] is not Severity.NOTE] == [("weak-signature", Severity.REFUSAL, 0)]


def test_old_protocols() -> None:
    assert rules(judged(LEAF, INTERMEDIATE, protocol="TLSv1.1")) == [("old-protocol", Severity.WARNING, None)]
    assert rules(judged(LEAF, INTERMEDIATE, protocol="TLSv1.2")) == []


# --- the second opinion ---


def test_what_only_a_strict_client_refuses() -> None:
    """`cryptography` takes no Ed25519 in certificates; OpenSSL does."""
    issuer = ROOT.authority("Intermediate", key=ed25519.Ed25519PrivateKey.generate(), extensions=[])
    builder = x509.CertificateBuilder(
        issuer_name=named("Intermediate"),
        subject_name=named(HOST),
        public_key=LEAF.key.public_key(),
        serial_number=7,
        not_valid_before=NOW - DAY,
        not_valid_after=NOW + 100 * DAY,
        extensions=[
            x509.Extension(
                x509.OID_SUBJECT_ALTERNATIVE_NAME,
                critical=False,
                value=x509.SubjectAlternativeName([x509.DNSName(HOST)]),
            ),
        ],
    )
    leaf = builder.sign(issuer.key, None)
    finding = only(judged(Issued(HOST, leaf, LEAF.key), issuer))
    assert (finding.rule, finding.severity) == ("second-opinion", Severity.WARNING)


def test_a_serial_number_that_is_not_positive_ends_no_program() -> None:
    leaf = changed(LEAF, INTERMEDIATE, serial=integer(0))
    assert rules(judged(leaf, INTERMEDIATE)) == [("malformed", Severity.WARNING, 0)]


# --- what cannot be read ---


def test_dates_that_cannot_be_read() -> None:
    leaf = changed(LEAF, INTERMEDIATE, validity=sequence(tlv(0x17, b"never"), tlv(0x17, b"ever")))
    found = rules(judged(leaf, INTERMEDIATE))
    assert found == [("dates-unreadable", Severity.REFUSAL, 0), ("malformed", Severity.WARNING, 0)]


def test_a_chain_of_nothing() -> None:
    with pytest.raises(NotCertificate, match="the server sent none"):
        judged()


def test_an_unreadable_certificate_of_the_server() -> None:
    verdict = judged(b"nonsense", INTERMEDIATE)
    assert rules(verdict) == [("unreadable", Severity.REFUSAL, 0)]
    assert verdict.places == (Place.UNREADABLE, Place.EXTRA)
    assert (verdict.way, verdict.not_after) == (None, None)


def test_an_unreadable_issuer() -> None:
    verdict = judged(LEAF, b"\x30\x03\x02\x01\x01", INTERMEDIATE)
    assert rules(verdict) == [("unreadable", Severity.WARNING, 1)]


def test_too_many() -> None:
    verdict = judged(LEAF, INTERMEDIATE, *[STRANGER] * 100)
    assert len(verdict.certificates) == served.MOST
    assert ("too-many", Severity.WARNING, None) in rules(verdict)


def test_trusted_bytes_that_are_no_certificates_are_left_out() -> None:
    trust = (b"", b"nonsense", b"\x30\x00", b"\x30\x02\x30\x00", ROOT.certificate_der)
    found = served.judged((LEAF.certificate_der, INTERMEDIATE.certificate_der), host=HOST, at=NOW, trust_ders=trust)
    assert found.findings == ()
