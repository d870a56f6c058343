"""Certificates as trees: who stands under whom, and with which verdict."""

from base64 import b64decode
from datetime import timedelta
from typing import Final

from tests import forged
from tests.pki import NOW, Authority, Issued, ec_key

from sealstone.x509.description import CertificateDescription, describe
from sealstone.x509.links import Links, State
from sealstone.x509.material import Kind, Origin, Piece
from sealstone.x509.trees import Branch, tree

ROOT = Authority("Root")
UPPER = ROOT.authority("Upper")
LEAF = UPPER.leaf("leaf")


def of(issued: Issued | str) -> CertificateDescription:
    pem = issued if isinstance(issued, str) else issued.certificate_pem
    found = describe(Piece(Kind.CERTIFICATE, Origin("file"), b64decode("".join(pem.split("\n")[1:-2]))))
    assert isinstance(found, CertificateDescription)
    return found


def grown(*certificates: Issued | str) -> tuple[Branch, ...]:
    return tree([of(one) for one in certificates], NOW)


def outline(branches: tuple[Branch, ...]) -> list[object]:
    """Names, states and children: `("Root", "verified", [...])`."""
    return [
        (
            branch.certificate.subject.removeprefix("CN=").removesuffix(",O=Example"),
            branch.link.state.value if branch.link else None,
            outline(branch.children),
        )
        for branch in branches
    ]


WHOLE: Final[object] = ("Root", "verified", [("Upper", "verified", [("leaf", "verified", [])])])


def test_a_chain_in_any_order() -> None:
    assert outline(grown(LEAF, UPPER, ROOT)) == [WHOLE]
    assert outline(grown(UPPER, ROOT, LEAF, LEAF, ROOT)) == [WHOLE]
    assert outline(tree([of(ROOT)], NOW, Links())) == [("Root", "verified", [])]
    assert grown() == ()


def test_two_chains_and_a_stranger() -> None:
    other = Authority("Other")
    assert outline(grown(LEAF, other.leaf("theirs"), UPPER, other, ROOT, UPPER.leaf("second"))) == [
        ("Other", "verified", [("theirs", "verified", [])]),
        ("Root", "verified", [("Upper", "verified", [("leaf", "verified", []), ("second", "verified", [])])]),
    ]


def test_an_issuer_that_is_not_there() -> None:
    (top,) = grown(LEAF, UPPER)
    assert outline((top,)) == [("Upper", None, [("leaf", "verified", [])])]
    assert not top.is_self_signed
    assert grown(ROOT)[0].is_self_signed


def test_a_broken_link_is_shown_where_it_should_hold() -> None:
    assert outline(grown(LEAF, UPPER.again())) == [("Upper", "verified", [("leaf", "broken", [])])]
    stolen = Authority("Stolen", signing_key=ec_key())
    (top,) = grown(stolen)
    assert outline((top,)) == [("Stolen", "broken", [])]
    assert not top.is_self_signed


def test_the_proven_issuer_is_taken_then_the_valid_then_the_longest_lived() -> None:
    other_key = UPPER.again(not_after=NOW + timedelta(days=5000))
    expired = ROOT.authority(
        "Upper", key=UPPER.key, not_before=NOW - timedelta(days=900), not_after=NOW - timedelta(days=1)
    )
    longest = ROOT.authority("Upper", key=UPPER.key, not_after=NOW + timedelta(days=500))
    branches = grown(LEAF, other_key, expired, UPPER, longest, ROOT)
    holder = next(
        branch for top in branches for branch in (top, *top.children) if branch.children and branch is not top
    )
    assert holder.certificate == of(longest)


def test_a_rolled_over_root_stands_under_the_old_one() -> None:
    """RFC 4210 4.4: the new key, signed with the old one, under the same name."""
    new_with_old = Authority("Root", signing_key=ROOT.key)
    assert outline(grown(new_with_old, ROOT)) == [("Root", "verified", [("Root", "verified", [])])]


def test_a_weak_root_is_a_root() -> None:
    weak = forged.forged(ROOT, ROOT.key, signature=forged.ECDSA_SHA1)
    (top,) = grown(weak)
    assert top.is_self_signed
    assert top.link is not None
    assert top.link.state is State.UNPROVEN


def test_circles_are_cut_open() -> None:
    first, second = Authority("First"), Authority("Second")
    one, two = second.authority("First", key=first.key), first.authority("Second", key=second.key)
    (top,) = grown(first.leaf("leaf"), one, two)
    assert outline((top,)) == [("First", "unproven", [("leaf", "verified", []), ("Second", "verified", [])])]
    assert top.link is not None
    assert "circle" in top.link.reason


def test_a_long_chain_needs_no_recursion() -> None:
    keys = [ec_key(), ec_key()]
    chain = [Authority("0", key=keys[0])]
    for number in range(1, 150):
        chain.append(Authority(str(number), signed_by=chain[-1], key=keys[number % 2]))
    branches, depth = grown(*chain), 0
    while branches:
        (top,) = branches
        branches, depth = top.children, depth + 1
    assert depth == 150
