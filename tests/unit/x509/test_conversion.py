"""From heaps of files to what an upload wants: choosing, ordering, naming what is missing, refusing to guess."""

from datetime import timedelta
from itertools import permutations

import pytest
from tests.pki import (
    EC_PARAMETERS_PEM,
    NOW,
    PASSWORD,
    Authority,
    Issued,
    ec_key,
    key_pem,
    public_key_pem,
    rsa_key,
    self_signed,
)
from tests.submissions import explained, items_of
from tests.unit.x509.test_public_halves import ON_SECT163K1

from sealstone.x509 import bundle, paths
from sealstone.x509.acceptance import IAM
from sealstone.x509.conversion import (
    KeyNotComparable,
    NoCertificate,
    NoPrivateKey,
    ThreeFiles,
    as_submission,
    converted,
    gathered,
    private_key_of,
)
from sealstone.x509.material import Piece, Unreadable
from sealstone.x509.problems import Expired, KeyMismatch, X509Problem

ROOT = Authority("Example Root", valid_at=NOW)
UPPER = ROOT.authority("Example Upper")
LOWER = UPPER.authority("Example Lower")
LEAF = LOWER.leaf("build.example.com")
STRANGER = Authority("Stranger Root", valid_at=NOW)

Items = tuple[Piece | Unreadable, ...]


def heap(*texts: str | bytes, password: str | None = None) -> Items:
    """What is in files of these contents."""
    found: list[Piece | Unreadable] = []
    for number, text in enumerate(texts):
        data = text.encode() if isinstance(text, str) else text
        found += items_of(data, f"file{number}", password)
    return tuple(found)


def three(*texts: str | bytes, with_root: bool = False, password: str | None = None) -> ThreeFiles:
    return converted(heap(*texts, password=password), with_root=with_root, at=NOW)


def accepted(files: ThreeFiles) -> bool:
    """By the server's own reader."""
    key = files.private_key_pem.reveal().decode()
    try:
        bundle.read(files.certificate_pem, key, files.certificate_chain_pem, at=NOW, acceptance=IAM)
    except X509Problem:
        return False
    return True


def test_any_order_gives_the_same_three_texts() -> None:
    parts = (LEAF, LOWER, UPPER, ROOT)
    for order in permutations([part.certificate_pem for part in parts]):
        files = three(*order, LEAF.private_key_pem)
        assert files.certificate_pem == LEAF.certificate_pem
        assert files.certificate_chain_pem == LOWER.certificate_pem + UPPER.certificate_pem
        assert files.private_key_pem.reveal().decode() == LEAF.private_key_pem
        assert (files.missing_issuer, files.left_out, files.remarks, files.refused) == (None, (), (), None)
        assert accepted(files)


def test_the_root_comes_when_it_is_asked_for() -> None:
    files = three(LEAF.chain_pem, LEAF.certificate_pem, LEAF.private_key_pem, with_root=True)
    assert files.certificate_chain_pem == LEAF.chain_pem
    assert accepted(files)


def test_a_root_that_signed_the_certificate_itself_is_its_chain() -> None:
    leaf = ROOT.leaf("direct.example.com")
    files = three(ROOT.certificate_pem, leaf.certificate_pem, leaf.private_key_pem)
    assert files.certificate_chain_pem == ROOT.certificate_pem
    assert accepted(files)


@pytest.mark.parametrize("with_root", [False, True])
def test_a_self_signed_certificate_has_no_chain(with_root: bool) -> None:
    alone = self_signed("alone.example.com", valid_at=NOW)
    files = three(alone.certificate_pem + alone.private_key_pem, with_root=with_root)
    assert files.certificate_chain_pem is None
    assert (files.missing_issuer, accepted(files)) == (None, True)


def test_a_missing_issuer_is_named() -> None:
    files = three(LEAF.certificate_pem, LOWER.certificate_pem, LEAF.private_key_pem)
    assert files.missing_issuer == "CN=Example Upper,O=Example"
    assert files.certificate_chain_pem == LOWER.certificate_pem
    assert accepted(files)
    alone = three(LEAF.certificate_pem, LEAF.private_key_pem)
    assert (alone.certificate_chain_pem, alone.missing_issuer) == (None, "CN=Example Lower,O=Example")


def test_what_belongs_to_something_else_is_left_out_and_named() -> None:
    other = LOWER.leaf("other.example.com")
    files = three(
        STRANGER.certificate_pem,
        LEAF.certificate_pem + LEAF.chain_pem + other.certificate_pem,
        LEAF.private_key_pem,
        key_pem(ec_key()),
        "hello",
        public_key_pem(LEAF.key),
        EC_PARAMETERS_PEM,
    )
    assert files.certificate_chain_pem == LOWER.certificate_pem + UPPER.certificate_pem
    told = "\n".join(files.left_out)
    for words in ("CN=Stranger Root,O=Example in file0", "CN=other.example.com", "private key (EC P-256) in file3"):
        assert words in told
    assert "file4: " in told
    assert "public key in file5" in told
    assert "file6" not in told


def test_the_same_thing_twice_is_one() -> None:
    files = three(LEAF.certificate_pem * 2, LEAF.chain_pem * 3, LEAF.private_key_pem * 2)
    assert files.left_out == ()
    assert accepted(files)


def test_what_is_mended_is_told() -> None:
    files = three("some text\n" + LEAF.certificate_pem, LEAF.private_key_with_parameters_pem)
    assert accepted(files)
    assert any("file0" in remark for remark in files.remarks)
    assert any("EC PARAMETERS" in remark and "file1" in remark for remark in files.remarks)


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_keys_are_written_as_pkcs_8_whatever_they_were(kind: str) -> None:
    leaf: Issued = LEAF if kind == "ec" else LOWER.leaf("rsa.example.com", key=rsa_key())
    for key in (
        leaf.traditional_private_key_pem,
        leaf.private_key_der,
        leaf.encrypted_private_key_pem(),
        leaf.traditional_encrypted_private_key_pem(),
    ):
        files = three(leaf.certificate_der, leaf.chain_pem, key, password=PASSWORD)
        assert files.private_key_pem.reveal().decode() == leaf.private_key_pem
        assert accepted(files)


def test_what_essential_is_missing_is_said() -> None:
    with pytest.raises(NoPrivateKey, match=r"no private key .* there is: certificate"):
        three(LEAF.certificate_pem)
    with pytest.raises(NoCertificate, match=r"no certificate .* there is: private key"):
        three(LEAF.private_key_pem)
    with pytest.raises(NoPrivateKey, match=r"could not be read: file1 \("):
        three(LEAF.certificate_pem, LEAF.encrypted_private_key_pem())
    with pytest.raises(NoCertificate):
        three()


def test_a_key_of_another_certificate_is_a_mismatch() -> None:
    with pytest.raises(KeyMismatch, match=r"build\.example\.com"):
        three(LEAF.certificate_pem, LEAF.chain_pem, key_pem(ec_key()))
    with pytest.raises(KeyMismatch, match="and 1 more"):
        three(LEAF.certificate_pem, *(key_pem(ec_key()) for _ in range(3)))


def test_several_servers_are_named_and_none_is_guessed() -> None:
    other = LOWER.leaf("other.example.com")
    both = (LEAF.certificate_pem, other.certificate_pem, LEAF.private_key_pem, other.private_key_pem)
    with pytest.raises(paths.SeveralLeaves, match=r"other\.example\.com"):
        three(*both)
    assert three(*both[:3]).gathered.name == "build.example.com"


def test_a_result_that_iam_refuses_is_made_and_the_reason_told() -> None:
    old = LOWER.leaf("old.example.com", not_before=NOW - timedelta(days=9), not_after=NOW - timedelta(days=1))
    files = three(old.certificate_pem, old.chain_pem, old.private_key_pem)
    assert isinstance(files.refused, Expired)
    assert files.certificate_pem == old.certificate_pem


def test_as_a_submission_it_is_judged_like_any_other() -> None:
    files = three(LEAF.certificate_pem, LEAF.chain_pem, LEAF.private_key_pem)
    assert explained(as_submission(files)).findings == ()
    alone = self_signed("alone.example.com", valid_at=NOW)
    assert explained(as_submission(three(alone.certificate_pem, alone.private_key_pem))).accepted


def test_without_a_key_where_none_is_needed() -> None:
    found = gathered(heap(LEAF.certificate_pem, LEAF.chain_pem), at=NOW, key_needed=False)
    assert found.key is None
    with pytest.raises(NoPrivateKey):
        private_key_of(found)
    others = gathered(heap(LEAF.certificate_pem, key_pem(ec_key())), at=NOW, key_needed=False)
    assert (others.key, len(others.left_out)) == (None, 1)


def test_a_name_for_people() -> None:
    nameless = self_signed("10.0.0.1", valid_at=NOW)
    found = gathered(heap(nameless.certificate_pem), at=NOW, key_needed=False)
    assert found.name == "server"


def test_nothing_shows_the_key() -> None:
    files = three(LEAF.certificate_pem, LEAF.private_key_pem)
    assert LEAF.private_key_pem.splitlines()[1] not in repr(files)


def test_a_key_without_a_public_half_is_no_mismatch() -> None:
    """On a curve that is not worked with: whose it is cannot be told."""
    items = (*heap(LEAF.certificate_pem), *items_of(ON_SECT163K1, "key.der"))
    with pytest.raises(KeyNotComparable, match="cannot be told: its public half is not computed here"):
        converted(items, with_root=False, at=NOW)
