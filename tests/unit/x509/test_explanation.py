"""Explanations: the same verdict as the server for every row of the upload tables, and all findings, not the first."""

import pytest
from tests import forged
from tests.bad_uploads import bad_uploads
from tests.good_uploads import good_uploads
from tests.pki import NOW, ec_key, key_pem, rsa_key
from tests.submissions import explained, file_of, of_leaf, said, submission_of, with_unused
from tests.uploads import Scene, Upload

from sealstone.model.secret import Secret
from sealstone.x509 import bundle, paths
from sealstone.x509.acceptance import IAM
from sealstone.x509.findings import Severity
from sealstone.x509.problems import Part, X509Problem
from sealstone.x509.submission import Submission, assigned
from sealstone.x509.targets import TARGETS

BAD = bad_uploads()
GOOD = good_uploads()
SCENE = Scene.around(NOW)


def row(upload: Upload) -> Submission:
    return submission_of(upload.certificate_body, upload.private_key, upload.certificate_chain)


def server_says(upload: Upload) -> X509Problem | None:
    """What UploadServerCertificate's own reader raises."""
    texts = (upload.certificate_body, upload.private_key, upload.certificate_chain)
    try:
        bundle.read(*texts, at=NOW, acceptance=IAM)
    except X509Problem as problem:
        return problem
    return None


@pytest.mark.parametrize("upload", [*BAD, *GOOD], ids=repr)
def test_iam_s_verdict_is_the_server_s(upload: Upload) -> None:
    verdict = server_says(upload)
    explanation = explained(row(upload))
    assert explanation.accepted is (verdict is None)
    if verdict:
        first = explanation.findings[0]
        assert (first.severity, first.cause, first.cure) == (Severity.REFUSAL, verdict.cause, verdict.cure)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("upload", [*BAD, *GOOD], ids=repr)
def test_findings_are_whole_printable_and_without_secrets(upload: Upload, target: str) -> None:
    explanation = explained(row(upload), target)
    lines = [line for line in upload.private_key.splitlines() if len(line) > 20 and "-----" not in line]
    for finding in explanation.findings:
        text = f"{finding.cause} {finding.cure} {finding.source}"
        assert text.isprintable()
        assert finding.cause
        assert finding.source
        assert finding.rule.replace("-", "").isalnum()
        assert not any(line[:20] in text for line in lines)
    assert len(explanation.findings) < 20


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("upload", BAD, ids=repr)
def test_what_iam_refuses_no_other_target_takes(upload: Upload, target: str) -> None:
    """But for ACM, which has other limits of size and strips EC PARAMETERS."""
    if target == "acm" and upload.id in {"ec-parameters", "ec-parameters-after"}:
        assert explained(row(upload), target).accepted
        assert said(row(upload), target)["ec-parameters"].severity is Severity.NOTE
    else:
        assert not explained(row(upload), target).accepted


def test_all_findings_are_told_the_heaviest_first() -> None:
    """An expired certificate behind a text, for another key, which is encrypted, with a chain in reverse order."""
    leaf = SCENE.lower.leaf("old.example.com", not_before=SCENE.day(-90), not_after=SCENE.day(-1), alternative_names=())
    other = SCENE.root.leaf("other.example.com")
    reverse = "".join(issuer.certificate_pem for issuer in reversed(leaf.issuers))
    explanation = explained(
        submission_of(f"Subject: old\n{leaf.certificate_pem}", key_pem(rsa_key(1024)) + other.private_key_pem, reverse)
    )
    assert not explanation.accepted
    refusals = [finding.rule for finding in explanation.findings if finding.severity is Severity.REFUSAL]
    assert refusals == ["text-around-pem", "one-private-key", "key-match", "chain-order", "expired"]
    weights = [list(Severity).index(finding.severity) for finding in explanation.findings]
    assert weights == sorted(weights)
    assert "names-missing" in {finding.rule for finding in explanation.findings}


def test_a_part_that_is_not_there_is_a_refusal_and_the_others_are_judged() -> None:
    expired = SCENE.lower.leaf("old.example.com", not_before=SCENE.day(-90), not_after=SCENE.day(-1))
    without_key = said(submission_of(expired.certificate_pem, None))
    assert without_key["key-missing"].part is Part.PRIVATE_KEY
    assert without_key["expired"].severity is Severity.REFUSAL
    only_key = said(submission_of(None, "no key", SCENE.leaf.chain_pem))
    assert set(only_key) == {"certificate-missing", "pem"}
    assert set(said(submission_of(None, None))) == {"certificate-missing", "key-missing"}


def test_a_chain_in_the_certificate_field_is_looked_at_all_the_same() -> None:
    """As certbot's fullchain.pem: refused, and neither a missing chain nor the issuers' keys are complained of."""
    leaf = SCENE.leaf
    whole = leaf.certificate_pem + leaf.chain_without_root_pem
    assert set(said(submission_of(whole, leaf.private_key_pem))) == {"one-certificate"}
    mixed = "".join(issuer.certificate_pem for issuer in reversed(leaf.issuers)) + leaf.certificate_pem
    found = said(submission_of(mixed, leaf.private_key_pem))
    assert set(found) == {"one-certificate", "chain-order"}


def test_a_key_that_is_not_taken_is_said_once() -> None:
    key = forged.rsa_private_key(forged.RSANumbers(0, (1 << 511) + 1, 65537, 3, 5, 7, 1, 1, 1))
    small = forged.forged(SCENE.alone, SCENE.alone.key, public_key=forged.rsa_public_key((1 << 511) + 1, 65537))
    found = explained(submission_of(small, key)).findings
    assert [finding.part for finding in found if finding.rule == "key-type"] == [Part.CERTIFICATE]


def test_sizes_are_judged_for_each_part() -> None:
    leaf = SCENE.leaf
    long = " " * 20000
    body, key = leaf.certificate_pem + long, leaf.private_key_pem + long
    found = [f for f in explained(submission_of(body, key, "x" * 2097153)).findings if f.rule == "size"]
    assert [finding.part for finding in found] == [Part.CERTIFICATE, Part.PRIVATE_KEY, Part.CHAIN]
    long_key = submission_of(leaf.certificate_pem, leaf.private_key_pem + " " * 5000)
    assert explained(long_key).accepted
    assert said(long_key, "acm")["size"].part is Part.PRIVATE_KEY


def test_damage_behind_a_mismatch_is_found() -> None:
    """The certificate in the chain that cannot be read, and one whose key is not taken, are each named."""
    edwards = next(upload for upload in BAD if upload.id == "ed25519-issuer")
    upload = submission_of(edwards.certificate_body, key_pem(ec_key()), edwards.certificate_chain)
    assert {"key-match", "key-type"} <= set(said(upload))


def test_a_mismatch_behind_another_fault_says_whose_key_it_is() -> None:
    """The certificate and the chain are mixed up, and a text stands before the certificate."""
    leaf = SCENE.leaf
    swapped = submission_of(f"text\n{SCENE.lower.certificate_pem}", leaf.private_key_pem, leaf.certificate_pem)
    assert explained(swapped).findings[0].rule == "text-around-pem"
    assert "belongs to chain certificate 0" in said(swapped)["key-match"].cause


def test_a_file_without_a_role_is_told() -> None:
    found = said(with_unused(of_leaf(SCENE.leaf), "other\x1b.pem"))["file-unused"]
    assert (found.severity, found.part) == (Severity.NOTE, Part.FILE)
    assert "\x1b" not in found.cause


def test_certificates_beyond_the_most_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [file_of(f"{number}.pem", one.certificate_pem) for number, one in enumerate((SCENE.leaf, SCENE.lower))]
    assert "too-many-certificates" not in said(assigned(files))
    monkeypatch.setattr(paths, "MOST", 1)
    found = said(assigned(files))["too-many-certificates"]
    assert (found.severity, found.part) == (Severity.WARNING, Part.FILE)
    assert found.cause.startswith("1 more certificate was not looked at")


def test_secrets_stay_secret() -> None:
    """No record of the room shows the key that it holds."""
    submission = of_leaf(SCENE.leaf)
    assert SCENE.leaf.private_key_pem.splitlines()[1] not in repr(submission)
    assert "***" in repr(Secret(b"x"))
