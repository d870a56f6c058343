"""What ImportCertificate demands: the engine's refusals, ACM's own, and the same verdict as `explain --for acm`."""

import pytest
from tests.bad_imports import Import, bad_imports
from tests.bad_uploads import bad_uploads
from tests.pki import EC_PARAMETERS_PEM, NOW, self_signed
from tests.signature_kinds import LEAF as SIGNED
from tests.signature_kinds import SHA_1, of_others, signed_with
from tests.submissions import explained, submission_of
from tests.uploads import Scene

from sealstone.x509 import imported
from sealstone.x509.imported import ChainMissing, NotAsDemanded
from sealstone.x509.problems import NotCertificate, Part, TooLong, WrongBlock, X509Problem
from sealstone.x509.rules.subject import Subject

SCENE = Scene.around(NOW)
LEAF = SCENE.leaf
# The service model's own limits come first, and `explain` shows what stands behind them.
ROWS = tuple(row for row in bad_imports() if not row.sentence.startswith("1 validation"))
# `explain` looks at the first key behind a block EC PARAMETERS alone.
UNEXPLAINED = frozenset({"parameters-and-two-keys"})


@pytest.mark.parametrize("row", ROWS, ids=repr)
def test_a_bad_import_is_refused_and_explain_says_so_too(row: Import) -> None:
    with pytest.raises(X509Problem) as refused:
        imported.read(row.certificate, row.private_key, row.chain, at=NOW)
    told = f"{refused.value.cause}. {refused.value.cure}"
    assert [word for word in row.words if word.lower() not in told.lower()] == []
    if row.id not in UNEXPLAINED:
        assert not explained(submission_of(row.certificate, row.private_key, row.chain), "acm").accepted


def test_a_good_import_is_described() -> None:
    found = imported.read(LEAF.certificate_pem, LEAF.private_key_pem, LEAF.chain_pem, at=NOW)
    assert found.bundle.fingerprint == found.description.fingerprint
    assert found.description.alternative_names == ("DNS:build.example.com",)
    assert explained(submission_of(LEAF.certificate_pem, LEAF.private_key_pem, LEAF.chain_pem), "acm").accepted


@pytest.mark.parametrize(
    "key",
    [
        LEAF.private_key_with_parameters_pem,
        LEAF.traditional_private_key_pem + EC_PARAMETERS_PEM,
        LEAF.private_key_with_parameters_pem.replace("\n", "\r\n"),
        LEAF.private_key_with_parameters_pem.strip(),
    ],
    ids=["before", "behind", "CRLF", "no line break at the end"],
)
def test_parameters_of_the_curve_are_taken_away(key: str) -> None:
    assert imported.read(LEAF.certificate_pem, key, None, at=NOW).bundle.private_key.kind.name == "EC"


def test_parameters_alone_are_no_key() -> None:
    with pytest.raises(WrongBlock) as refused:
        imported.read(LEAF.certificate_pem, EC_PARAMETERS_PEM, None, at=NOW)
    assert refused.value.part is Part.PRIVATE_KEY


def test_the_size_of_the_key_is_judged_before_anything_is_taken_away() -> None:
    key = EC_PARAMETERS_PEM * 80 + LEAF.private_key_pem
    with pytest.raises(TooLong):
        imported.read(LEAF.certificate_pem, key, None, at=NOW)


def test_a_chain_is_asked_for_only_when_that_is_wanted() -> None:
    texts = (LEAF.certificate_pem, LEAF.private_key_pem)
    imported.read(*texts, None, at=NOW)
    imported.read(*texts, LEAF.chain_without_root_pem, at=NOW, needs_chain=True)
    alone = SCENE.alone
    imported.read(alone.certificate_pem, alone.private_key_pem, None, at=NOW, needs_chain=True)
    with pytest.raises(ChainMissing, match="no certificate chain") as refused:
        imported.read(*texts, None, at=NOW, needs_chain=True)
    assert "Example Lower" in refused.value.cure


def test_a_demand_keeps_the_name_of_its_rule() -> None:
    alone = self_signed()
    with pytest.raises(NotAsDemanded) as refused:
        imported.read(alone.certificate_pem, alone.private_key_pem, alone.certificate_pem, at=NOW)
    assert (refused.value.rule, refused.value.part) == ("chain-order", Part.CHAIN)


def test_what_cannot_be_described_cannot_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine reads more strictly than what describes, so that no bytes are known that come so far."""
    monkeypatch.setattr(Subject, "leaf_description", None)
    with pytest.raises(NotCertificate):
        imported.read(LEAF.certificate_pem, LEAF.private_key_pem, None, at=NOW)


def test_what_no_listener_can_load_is_taken_and_told() -> None:
    assert imported.read(LEAF.certificate_pem, LEAF.private_key_pem, LEAF.chain_pem, at=NOW).not_presentable is None
    weak = imported.read(signed_with(SHA_1), SIGNED.private_key_pem, None, at=NOW)
    assert weak.not_presentable
    assert weak.not_presentable.part is Part.CERTIFICATE
    middle, _, below = of_others(SHA_1)
    weak = imported.read(below.certificate_pem, below.private_key_pem, middle, at=NOW)
    assert weak.not_presentable
    assert weak.not_presentable.part is Part.CHAIN


def test_every_row_of_the_uploads_has_its_sentence() -> None:
    assert len(ROWS) > 60
    assert {row.id for row in bad_imports()} >= {
        f"upload-{row.id}" for row in bad_uploads() if not row.id.startswith("ec-parameters")
    }
