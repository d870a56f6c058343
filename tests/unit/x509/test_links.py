"""One link: names, signatures, and what weak or unknown algorithms make of it."""

from base64 import b64decode
from dataclasses import replace

import pytest
from cryptography import x509
from tests import forged
from tests.forged import sequence, tlv
from tests.pki import NOW, Authority, Issued, rsa_key
from tests.submissions import items_of

from sealstone.x509 import signatures, trees
from sealstone.x509.algorithms import Signature
from sealstone.x509.conversion import gathered
from sealstone.x509.description import CertificateDescription, describe
from sealstone.x509.links import VERIFIED, Link, Links, State
from sealstone.x509.material import Kind, Origin, Piece
from sealstone.x509.signatures import Verdict

ROOT = Authority("Root", key=rsa_key())
LEAF = ROOT.leaf("leaf.example")


def of(issued: Issued | str) -> CertificateDescription:
    pem = issued if isinstance(issued, str) else issued.certificate_pem
    found = describe(Piece(Kind.CERTIFICATE, Origin("file"), b64decode("".join(pem.split("\n")[1:-2]))))
    assert isinstance(found, CertificateDescription)
    return found


def between(subject: Issued | str, issuer: Issued | str) -> Link:
    return Links().between(of(subject), of(issuer))


def broken(subject: Issued | str, issuer: Issued | str) -> str:
    link = between(subject, issuer)
    assert link.state is State.BROKEN
    assert not link.holds
    return link.reason


def test_name_and_signature() -> None:
    assert between(LEAF, ROOT) is VERIFIED
    assert VERIFIED.holds
    assert broken(ROOT, LEAF) == "it names another issuer"


def identified(key: bytes, authority_key: bytes | None = None) -> list[x509.ExtensionType]:
    extensions: list[x509.ExtensionType] = [x509.SubjectKeyIdentifier(key)]
    return [*extensions, x509.AuthorityKeyIdentifier(authority_key, None, None)] if authority_key else extensions


def test_why_a_signature_does_not_fit() -> None:
    first = Authority("Twin", extensions=identified(b"1"))
    second = Authority("Twin", extensions=identified(b"2"))
    leaf = first.leaf("leaf.example", extensions=identified(b"3", b"1"))
    assert broken(leaf, second) == "its issuer has that name but another key"
    changed = forged.forged(leaf, second.key)
    assert broken(changed, first).endswith("it was changed after it was signed")
    assert broken(LEAF, Authority("Root")).endswith("another one of that name signed it, or it was changed")
    stolen = Authority("Root", signing_key=rsa_key(2048, 1))
    assert broken(stolen, stolen) == "it names itself as its issuer, but its own key did not sign it"


@pytest.mark.parametrize(
    ("algorithm", "reason"),
    [
        (forged.RSA_SHA1, "SHA-1 with RSA proves nothing any more"),
        (forged.RSA_MD5, "MD5 with RSA proves nothing any more"),
        (forged.RSA_UNKNOWN, "a signature by algorithm 1.2.840.113549.1.1.99 with RSA 2048 is not checked here"),
    ],
)
def test_what_is_unproven(algorithm: bytes, reason: str) -> None:
    leaf = forged.forged(LEAF, rsa_key(), signature=algorithm)
    assert between(leaf, ROOT) == Link(State.UNPROVEN, reason)
    assert between(leaf, ROOT).holds


def test_a_weak_signature_that_does_not_even_fit_is_broken() -> None:
    leaf = forged.forged(LEAF, rsa_key(2048, 1), signature=forged.RSA_SHA1)
    assert between(leaf, ROOT).state is State.BROKEN


def test_a_serial_number_that_is_not_positive_is_no_matter() -> None:
    assert between(forged.forged(LEAF, rsa_key(), serial=forged.integer(-5)), ROOT) is VERIFIED


def test_an_issuer_that_is_no_authority() -> None:
    server = ROOT.leaf("server.example", is_authority=False)
    leaf = Authority("Below", signed_by=Authority("server.example", key=server.key)).certificate_pem
    assert Links().as_issuer(of(leaf), of(server)).state is State.BROKEN
    assert "CA:FALSE" in Links().as_issuer(of(leaf), of(server)).reason
    assert Links().between(of(leaf), of(server)) is VERIFIED
    assert Links().as_issuer(of(LEAF), of(ROOT)) is VERIFIED
    alone = Authority("alone.example", is_authority=False)
    assert Links().as_issuer(of(alone), of(alone)) is VERIFIED


def test_roots() -> None:
    assert Links().is_root(of(ROOT))
    assert not Links().is_root(of(LEAF))
    assert not Links().is_root(of(Authority("Root", signing_key=rsa_key(2048, 1))))
    assert Links().is_root(of(forged.forged(ROOT, rsa_key(), signature=forged.RSA_SHA1)))


def test_each_signature_is_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    verdict = signatures.verdict

    def counted(info: bytes, algorithm: Signature, signature: bytes, signed: bytes) -> Verdict:
        asked.append(signed)
        return verdict(info, algorithm, signature, signed)

    monkeypatch.setattr(signatures, "verdict", counted)
    known, leaf, root = Links(), of(LEAF), of(ROOT)
    for _ in range(3):
        assert known.between(leaf, root) is VERIFIED
    assert len(asked) == 1


def test_there_is_an_end_of_checking() -> None:
    """Attack X6: a thousand certificates of one name and a thousand keys."""
    known = Links(most=1)
    assert known.between(of(LEAF), of(ROOT)) is VERIFIED
    link = known.between(of(ROOT), of(ROOT))
    assert link.state is State.UNPROVEN
    assert "too many" in link.reason


def test_the_end_of_checking_is_where_the_document_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/workbench.md, Limits. Without it a million signatures would be checked for these thousand certificates."""
    asked: list[None] = []

    def counted(*_: object) -> Verdict:
        asked.append(None)
        return Verdict.FAILS

    monkeypatch.setattr(signatures, "verdict", counted)
    one = of(Authority("Twin"))
    many = [replace(one, fingerprint=f"{number:064}", public_key_fingerprint=f"{number:064}") for number in range(1000)]
    trees.tree(many, NOW)
    assert len(asked) == 5000


def test_a_whole_conversion_checks_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search for the leaf and that for its path share one bound, and what they know."""
    asked: list[bytes] = []
    verdict = signatures.verdict

    def counted(info: bytes, algorithm: Signature, signature: bytes, signed: bytes) -> Verdict:
        asked.append(signed)
        return verdict(info, algorithm, signature, signed)

    monkeypatch.setattr(signatures, "verdict", counted)
    files = (LEAF.certificate_pem, ROOT.certificate_pem, LEAF.private_key_pem)
    gathered([one for text in files for one in items_of(text.encode(), "file")], at=NOW)
    assert len(asked) == 2


def test_an_unreadable_key_proves_nothing() -> None:
    odd = forged.forged(ROOT, rsa_key(), public_key=sequence(sequence(tlv(6, b"\x2a\x03")), forged.bits(b"")))
    assert between(LEAF, odd).state is State.BROKEN
