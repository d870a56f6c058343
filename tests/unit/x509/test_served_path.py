"""The way up from what a server sends to what is trusted, as positions and links. Verdicts: test_served."""

import pytest
from tests.pki import NOW, Authority, Issued

from sealstone.x509.links import State
from sealstone.x509.served_path import End, Trust, Way, described, subject_of, way
from sealstone.x509.served_rules import Scene

ROOT = Authority("Root")
UPPER = ROOT.authority("Upper")
LOWER = UPPER.authority("Lower")
LEAF = LOWER.leaf("build.example.com")


def found(*chain: Issued, trust: tuple[Issued, ...] = ()) -> Way:
    served = [described(one.certificate_der, position) for position, one in enumerate(chain)]
    return way(served, Trust(one.certificate_der for one in trust), NOW)


@pytest.mark.parametrize(
    ("chain", "trust", "positions", "needed", "end"),
    [
        ((LEAF, LOWER, UPPER), (ROOT,), (0, 1, 2), 3, End.TRUSTED),
        ((LEAF, LOWER, UPPER, ROOT), (ROOT,), (0, 1, 2, 3), 3, End.TRUSTED),
        ((LEAF, UPPER, ROOT, LOWER), (ROOT,), (0, 3, 1, 2), 3, End.TRUSTED),
        ((LEAF, LOWER, UPPER), (UPPER, ROOT), (0, 1, 2), 2, End.TRUSTED),
        ((LEAF, LOWER), (LEAF,), (0, 1), 1, End.TRUSTED),
        ((LEAF, UPPER), (ROOT,), (0,), 1, End.MISSING),
        ((LEAF, LOWER, UPPER, ROOT), (), (0, 1, 2, 3), 1, End.SELF_SIGNED),
        ((LEAF, LOWER.again()), (ROOT,), (0,), 1, End.IMPOSTOR),
    ],
    ids=lambda value: (
        "-".join(one.name for one in value if isinstance(one, Issued)) if isinstance(value, tuple) else ""
    ),
)
def test_ways(
    chain: tuple[Issued, ...], trust: tuple[Issued, ...], positions: tuple[int, ...], needed: int, end: End
) -> None:
    way_up = found(*chain, trust=trust)
    assert way_up.positions == positions
    assert way_up.end is end
    assert (way_up.anchor is not None) is (end is End.TRUSTED)
    if end is End.TRUSTED:
        assert way_up.needed == needed


def test_every_step_is_proven() -> None:
    assert [link.state for link in found(LEAF, LOWER, UPPER, trust=(ROOT,)).links] == [State.VERIFIED] * 3
    assert found(LEAF, trust=(LEAF,)).links == ()
    assert len(found(LEAF, LOWER).links) == 1


def test_an_impostor_is_explained() -> None:
    way_up = found(LEAF, LOWER.again())
    assert "its signature does not fit its issuer's key" in way_up.reason


def test_there_is_no_way_over_what_cannot_be_read() -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        way((None,), Trust(()), NOW)
    with pytest.raises(ValueError, match="certificate 0 cannot be read"):
        _ = Scene("a.example", NOW, (None,), found(LEAF), None).leaf


def test_trust_knows_its_own() -> None:
    trust = Trust((ROOT.certificate_der, ROOT.certificate_der, b"nonsense"))
    name = ROOT.certificate.subject.public_bytes()
    assert ROOT.certificate_der in trust
    assert UPPER.certificate_der not in trust
    assert [one.piece.der for one in trust.named(name)] == [ROOT.certificate_der]
    assert trust.named(b"") == ()


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"\x30\x02\x30\x00", b"nonsense"])
def test_what_has_no_subject(data: bytes) -> None:
    assert subject_of(data) == b""
