"""Paths up to a root through anything: order, gaps, look-alikes, cross-signed authorities, circles."""

from base64 import b64decode
from collections.abc import Sequence
from datetime import timedelta

import pytest
from tests import forged
from tests.pki import NOW, Authority, Issued, ec_key, rsa_key, self_signed

from sealstone.model.secret import Secret
from sealstone.x509 import paths
from sealstone.x509.description import CertificateDescription, KeyDescription, describe
from sealstone.x509.links import Links, State
from sealstone.x509.material import Kind, Origin, Piece
from sealstone.x509.paths import NoLeaf, Path, SeveralLeaves

ROOT = Authority("Root")
UPPER = ROOT.authority("Upper")
LOWER = UPPER.authority("Lower")
LEAF = LOWER.leaf("leaf.example")
EXPIRED = {"not_before": NOW - timedelta(days=900), "not_after": NOW - timedelta(days=1)}


def of(issued: Issued | str) -> CertificateDescription:
    pem = issued if isinstance(issued, str) else issued.certificate_pem
    found = describe(Piece(Kind.CERTIFICATE, Origin("file"), b64decode("".join(pem.split("\n")[1:-2]))))
    assert isinstance(found, CertificateDescription)
    return found


def key_of(issued: Issued) -> KeyDescription:
    found = describe(Piece(Kind.PRIVATE_KEY, Origin("file"), secret=Secret(issued.private_key_der)))
    assert isinstance(found, KeyDescription)
    return found


def path(leaf: Issued, *among: Issued) -> Path:
    return paths.path(of(leaf), [of(one) for one in among], NOW)


def subjects(found: tuple[CertificateDescription, ...]) -> list[str]:
    return [one.subject.removeprefix("CN=").removesuffix(",O=Example") for one in found]


# --- issuers ---


def test_issuers_are_proven() -> None:
    candidates = [of(one) for one in (ROOT, LOWER, UPPER, UPPER.again(), LEAF)]
    assert paths.issuers_of(of(LOWER), candidates) == (candidates[2],)
    assert paths.issuers_of(of(ROOT), candidates, Links()) == (candidates[0],)
    assert paths.issuers_of(of(LEAF), [of(ROOT)]) == ()


# --- paths ---


@pytest.mark.parametrize(
    "order", [(LOWER, UPPER, ROOT), (ROOT, UPPER, LOWER), (UPPER, LEAF, ROOT, LOWER, LEAF, ROOT)], ids=len
)
def test_order_is_no_matter(order: tuple[Issued, ...]) -> None:
    found = path(LEAF, *order)
    assert subjects(found.issuers) == ["Lower", "Upper"]
    assert found.root is not None
    assert found.root.subject == "CN=Root,O=Example"
    assert (found.missing, found.unrelated) == (None, ())
    assert [link.state for link in found.links] == [State.VERIFIED] * 3


@pytest.mark.parametrize(
    ("among", "issuers", "missing", "unrelated"),
    [
        ((), [], "Lower", []),
        ((UPPER, ROOT), [], "Lower", ["Upper", "Root"]),
        ((LOWER, ROOT), ["Lower"], "Upper", ["Root"]),
        ((LOWER, UPPER), ["Lower", "Upper"], "Root", []),
        ((LOWER.again(), UPPER), [], "Lower", ["Lower", "Upper"]),
    ],
)
def test_what_is_missing_is_named(
    among: tuple[Issued, ...], issuers: list[str], missing: str, unrelated: list[str]
) -> None:
    found = path(LEAF, *among)
    assert subjects(found.issuers) == issuers
    assert found.root is None
    assert found.missing == f"CN={missing},O=Example"
    assert subjects(found.unrelated) == unrelated
    assert len(found.links) == len(issuers)


def test_a_self_signed_one_is_its_own_root() -> None:
    alone = self_signed("alone.example")
    found = path(alone, ROOT)
    assert found.root == found.leaf
    assert (found.issuers, found.links, subjects(found.unrelated)) == ((), (), ["Root"])


def test_the_valid_issuer_is_preferred_then_the_longest_lived() -> None:
    old = UPPER.authority("Lower", key=LOWER.key, **EXPIRED)
    longer = UPPER.authority("Lower", key=LOWER.key, not_after=NOW + timedelta(days=500))
    for among in ((old, LOWER, longer), (longer, LOWER, old)):
        found = path(LEAF, *among, UPPER, ROOT)
        assert found.issuers[0].fingerprint == of(longer).fingerprint
        assert len(found.unrelated) == 2
    assert path(LEAF, old, UPPER, ROOT).root is not None


def test_a_whole_path_is_better_than_a_preferred_issuer() -> None:
    elsewhere = Authority("Elsewhere").authority("Lower", key=LOWER.key, not_after=NOW + timedelta(days=500))
    found = path(LEAF, elsewhere, LOWER, UPPER, ROOT)
    assert subjects(found.issuers) == ["Lower", "Upper"]
    assert found.root is not None


def test_a_valid_path_is_better_than_one_through_the_expired() -> None:
    old_root = Authority("Old", **EXPIRED)
    crossed = old_root.authority("Upper", key=UPPER.key, not_after=NOW + timedelta(days=500))
    found = path(LEAF, LOWER, crossed, old_root, UPPER, ROOT)
    assert found.root is not None
    assert found.root.subject == "CN=Root,O=Example"


def test_a_root_is_better_than_its_cross_signed_twin() -> None:
    older = Authority("Older")
    crossed = older.authority("Root", key=ROOT.key, not_after=NOW + timedelta(days=500))
    found = path(LEAF, crossed, LOWER, UPPER, ROOT, older)
    assert subjects(found.issuers) == ["Lower", "Upper"]
    without = path(LEAF, crossed, LOWER, UPPER, older)
    assert subjects(without.issuers) == ["Lower", "Upper", "Root"]
    assert without.root is not None
    assert without.root.subject == "CN=Older,O=Example"


def test_circles_end() -> None:
    first, second = Authority("First"), Authority("Second")
    one = second.authority("First", key=first.key)
    two = first.authority("Second", key=second.key)
    leaf = first.leaf("leaf.example")
    found = path(leaf, one, two)
    assert subjects(found.issuers) == ["First", "Second"]
    assert (found.root, found.missing) == (None, "CN=First,O=Example")
    assert path(leaf, one, two, second).root is not None


def test_one_that_is_no_authority_issues_nothing() -> None:
    server = ROOT.leaf("server.example", is_authority=False)
    below = Authority("server.example", key=server.key).leaf("below.example")
    found = path(below, server, ROOT)
    assert (found.issuers, found.missing) == ((), "CN=server.example,O=Example")


def test_an_unproven_link_is_followed_when_there_is_no_other() -> None:
    root = Authority("RSA Root", key=rsa_key())
    intermediate = root.authority("Intermediate")
    leaf = intermediate.leaf("leaf.example")
    weak = of(forged.forged(intermediate, rsa_key(), signature=forged.RSA_SHA1))
    found = paths.path(of(leaf), [weak, of(root)], NOW)
    assert found.root is not None
    assert [link.state for link in found.links] == [State.VERIFIED, State.UNPROVEN]


def test_a_long_chain_needs_no_recursion() -> None:
    keys = [ec_key(), ec_key()]
    chain = [Authority("0", key=keys[0])]
    for number in range(1, 150):
        chain.append(Authority(str(number), signed_by=chain[-1], key=keys[number % 2]))
    found = path(chain[-1], *chain)
    assert len(found.issuers) == 148
    assert found.root is not None


def test_no_more_than_a_thousand_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "MOST", 2)
    assert path(LEAF, LOWER, UPPER, ROOT).missing == "CN=Upper,O=Example"
    assert paths.not_looked_at([of(one) for one in (LEAF, LEAF, LOWER)]) == 0
    assert paths.not_looked_at([of(one) for one in (LEAF, LOWER, UPPER, UPPER, ROOT)]) == 2
    assert paths.beyond(1234) == "1,234 more certificates were not looked at: 2 is the most"
    assert paths.beyond(1) == "1 more certificate was not looked at: 2 is the most"


# --- the leaf ---


def leaf_of(certificates: Sequence[Issued], keys: Sequence[Issued]) -> str:
    found = paths.leaf_of([of(one) for one in certificates], [key_of(one) for one in keys])
    return found.fingerprint


@pytest.mark.parametrize(
    ("certificates", "keys", "expected"),
    [
        ([ROOT, UPPER, LOWER, LEAF], [], LEAF),
        ([ROOT, UPPER, LOWER, LEAF], [LEAF], LEAF),
        ([ROOT, UPPER, LOWER, LEAF], [LEAF, ROOT], LEAF),
        ([ROOT, UPPER, LOWER, LEAF], [UPPER], LEAF),  # whose key is not there: an issuer is not what is served
        ([ROOT, UPPER], [UPPER], UPPER),
        ([ROOT, UPPER, LOWER, LEAF], [Authority("Other")], LEAF),
        ([ROOT, LEAF, Authority("Stranger")], [], LEAF),
        ([ROOT, UPPER], [], UPPER),
        ([ROOT], [], ROOT),
        ([LEAF, LEAF], [], LEAF),
    ],
)
def test_the_leaf(certificates: list[Issued], keys: list[Issued], expected: Issued) -> None:
    assert leaf_of(certificates, keys) == of(expected).fingerprint


def test_of_renewals_the_one_that_is_valid_is_meant() -> None:
    key = ec_key()
    old, now, later = (
        LOWER.leaf("leaf.example", key=key, not_before=NOW + begin, not_after=NOW + begin + timedelta(days=90))
        for begin in (timedelta(days=-200), timedelta(days=-30), timedelta(days=5))
    )
    each = [of(one) for one in (old, now, later)]
    assert paths.leaf_of(each, [], NOW) == of(now)
    assert paths.leaf_of(each, []) == of(later)
    assert paths.leaf_of([of(old), of(later)], [], NOW) == of(later)


def test_of_renewals_the_newest_is_meant() -> None:
    renewed = LOWER.leaf("leaf.example", key=LEAF.key, not_before=NOW)
    other = Authority("Other").leaf("leaf.example", key=LEAF.key, not_before=NOW + timedelta(days=1))
    for order in ([LEAF, renewed, other], [other, renewed, LEAF]):
        assert leaf_of(order, []) == leaf_of(order, [LEAF]) == of(other).fingerprint


def test_several_leaves() -> None:
    others = [LOWER.leaf(f"{number}.example") for number in range(7)]
    with pytest.raises(SeveralLeaves) as caught:
        leaf_of([*others, LOWER], [])
    assert len(caught.value.subjects) == 7
    assert "there are 7 certificates" in caught.value.cause
    assert caught.value.cause.endswith("CN=4.example,O=Example and 2 more")
    assert leaf_of(others, [others[3]]) == of(others[3]).fingerprint
    with pytest.raises(SeveralLeaves, match=r"1\.example,O=Example;"):
        leaf_of(others[:2], others[:2])


def test_no_leaf() -> None:
    with pytest.raises(NoLeaf):
        leaf_of([], [LEAF])
    first, second = Authority("First"), Authority("Second")
    circle = [second.authority("First", key=first.key), first.authority("Second", key=second.key)]
    with pytest.raises(NoLeaf):
        leaf_of(circle, [])


def test_which_key_is_whose() -> None:
    keys = [key_of(LEAF), key_of(ROOT)]
    found = paths.keys_of([of(LEAF), of(LOWER), of(LEAF)], keys)
    assert found == {keys[0].public_key_fingerprint: (of(LEAF),), keys[1].public_key_fingerprint: ()}
