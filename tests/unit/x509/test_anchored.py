"""Certificates under trust anchors: every rule by itself, and the search for a way up."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from tests.pki import NOW, Authority, Leaf, ec_key, rsa_key, self_signed
from tests.rest_json import SIGNING, USAGES, revocation_list, workload

from sealstone.x509 import anchored, revocation
from sealstone.x509.anchored import Untrusted
from sealstone.x509.description import CertificateDescription

ROOT = Authority("Example Root")
Way = tuple[CertificateDescription, ...]


def prove(leaf: Leaf, *chain: Authority, roots: tuple[Authority, ...] = (ROOT,)) -> Way:
    anchors = tuple(anchored.stored(root.certificate_pem)[0] for root in roots)
    own = anchored.end_entity(leaf.certificate_der, NOW)
    return anchored.prove(own, [one.certificate_der for one in chain], anchors, NOW)


def subjects(way: Way) -> list[str]:
    return [one.subject.split(",")[0] for one in way]


def usage(**bits: bool) -> x509.KeyUsage:
    return x509.KeyUsage(**(USAGES | bits))


def limited(length: int) -> dict[str, Any]:
    """No BasicConstraints of the builder's, but these."""
    return {"is_authority": None, "extensions": [x509.BasicConstraints(ca=True, path_length=length)]}


# --- one certificate ---


def test_bundles() -> None:
    assert subjects(anchored.bundle(ROOT.certificate_pem * 2, NOW)) == ["CN=Example Root"] * 2
    below = ROOT.authority("Issuing")
    assert subjects(anchored.bundle(below.certificate_pem, NOW)) == ["CN=Issuing"], "it need not be a root"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        (ROOT.certificate_pem * 3, "2 is the most"),
        (ROOT.certificate_pem.replace("CERTIFICATE", "X509 CRL"), "something else"),
        (ROOT.certificate_pem[:-30], "END line"),
        ("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", "cannot be read"),
        (self_signed("x").certificate_pem, "CA:TRUE"),
        (Authority("x", extensions=[usage()]).certificate_pem, "keyCertSign"),
        (Authority("x", key=rsa_key(1024)).certificate_pem, "RSA 1024"),
        (Authority("x", not_before=NOW + timedelta(seconds=1)).certificate_pem, "not valid"),
    ],
)
def test_bundles_that_are_not_taken(text: str, told: str) -> None:
    with pytest.raises(Untrusted, match=told):
        anchored.bundle(text, NOW)


def test_both_ends_of_the_validity_belong_to_it() -> None:
    leaf = workload(ROOT)
    for at in (leaf.certificate.not_valid_before_utc, leaf.certificate.not_valid_after_utc.replace(microsecond=9)):
        anchored.end_entity(leaf.certificate_der, at)
    with pytest.raises(Untrusted, match="not valid"):
        anchored.end_entity(leaf.certificate_der, leaf.certificate.not_valid_after_utc + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"version": 1}, "of version 1"),
        ({"unprocessed": ("1.2.3",)}, "critical extension not known here: 1.2.3"),
        ({"serial_number": 0}, "serial number"),
        ({"serial_number": 1 << 160}, "serial number"),
        ({"authority": None}, "CA:FALSE"),
        ({"usages": ()}, "digitalSignature"),
        ({"weaknesses": ("x",)}, "EC P-256"),
    ],
)
def test_each_rule_for_a_workload(monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], told: str) -> None:
    found = anchored.end_entity(workload(ROOT).certificate_der, NOW)
    monkeypatch.setattr(anchored, "describe", lambda _: replace(found, **change))
    with pytest.raises(Untrusted, match=told):
        anchored.end_entity(b"", NOW)


@pytest.mark.parametrize("digest", ["SHA-1", "SHA-224"])
def test_weak_signatures(monkeypatch: pytest.MonkeyPatch, digest: str) -> None:
    found = anchored.end_entity(workload(ROOT).certificate_der, NOW)
    signed = replace(found.signed, algorithm=replace(found.signed.algorithm, digest=digest))
    monkeypatch.setattr(anchored, "describe", lambda _: replace(found, signed=signed))
    with pytest.raises(Untrusted, match="SHA-256 or better"):
        anchored.end_entity(b"", NOW)


@pytest.mark.parametrize("key", [ec_key(), rsa_key(2048), rsa_key(4096)], ids=["EC", "2048", "4096"])
def test_keys_that_are_taken(key: Any) -> None:
    assert subjects(prove(workload(ROOT, key=key))) == ["CN=build", "CN=Example Root"]


# --- the way up ---


def test_the_way() -> None:
    upper = ROOT.authority("Upper")
    lower = upper.authority("Lower")
    leaf = workload(lower)
    expected = ["CN=build", "CN=Lower", "CN=Upper", "CN=Example Root"]
    assert subjects(prove(leaf, lower, upper)) == subjects(prove(leaf, upper, ROOT, lower)) == expected
    assert subjects(prove(leaf, lower, roots=(ROOT, upper))) == ["CN=build", "CN=Lower", "CN=Upper"]
    with pytest.raises(Untrusted, match="no certificate of the trust anchor signed it"):
        prove(leaf, upper)
    with pytest.raises(Untrusted, match="5 is the most"):
        prove(leaf, *[lower] * 6)


def test_a_way_that_leads_nowhere_is_left() -> None:
    other = Authority("Other")
    cross = other.authority("Issuing", key=ec_key())
    good = ROOT.authority("Issuing", key=cross.key)
    assert subjects(prove(workload(good), cross, good)) == ["CN=build", "CN=Issuing", "CN=Example Root"]


def test_path_length() -> None:
    tight = Authority("Tight", **limited(0))
    assert len(prove(workload(tight), roots=(tight,))) == 2
    below = tight.authority("Below")
    with pytest.raises(Untrusted, match="allows 0 authorities below it, and there are 1"):
        prove(workload(below), below, roots=(tight,))


def test_name_constraints() -> None:
    permitted = x509.NameConstraints([x509.DNSName("example.com")], None)
    root = Authority("Narrow", extensions=[permitted])
    assert len(prove(workload(root, "a.example.com"), roots=(root,))) == 2
    with pytest.raises(Untrusted):
        prove(workload(root, "a.example.org"), roots=(root,))


def test_an_expired_intermediate() -> None:
    old = ROOT.authority("Old", not_after=NOW - timedelta(days=1))
    with pytest.raises(Untrusted, match="not valid"):
        prove(workload(old), old)


def test_a_self_signed_workload_is_no_anchor_of_its_own() -> None:
    with pytest.raises(Untrusted):
        prove(self_signed("build", is_authority=False, extensions=[SIGNING]))


# --- revocation ---


def made_by(maker: Authority, *chain: Authority, roots: tuple[Authority, ...] = (ROOT,)) -> None:
    anchors = tuple(anchored.stored(root.certificate_pem)[0] for root in roots)
    found = revocation.read(revocation_list(maker, 1))
    anchored.prove_maker(found, [one.certificate_der for one in chain], anchors, NOW)


def test_who_may_have_made_a_list() -> None:
    upper = ROOT.authority("Upper")
    lower = upper.authority("Lower")
    made_by(ROOT)
    made_by(upper, upper)
    made_by(lower, upper, lower)
    made_by(lower, roots=(ROOT, lower))
    for maker, chain in ((lower, ()), (lower, (lower,)), (lower, (upper,)), (lower, (upper, ROOT))):
        with pytest.raises(Untrusted, match="no certificate of the trust anchor signed it"):
            made_by(maker, *chain)
    with pytest.raises(Untrusted, match="5 is the most"):
        made_by(lower, *[upper] * 6)


def test_a_maker_that_is_not_under_the_anchor_or_no_authority() -> None:
    for maker, told in (
        (Authority("Other"), "no certificate of the trust anchor"),
        (ROOT.authority("Old", not_after=NOW - timedelta(days=1)), "not valid"),
        (ROOT.authority("Leaf", is_authority=False), "CA:TRUE"),
    ):
        with pytest.raises(Untrusted, match=told):
            made_by(maker, maker)


def test_revocation() -> None:
    leaf = workload(ROOT)
    way = prove(leaf)
    number = leaf.certificate.serial_number

    def check(data: bytes, days: int = 0) -> None:
        anchored.check_revocation(way, [revocation.read(data)], NOW + timedelta(days=days))

    check(revocation_list(ROOT, number + 1))
    check(revocation_list(ROOT), days=30)
    check(revocation_list(Authority("Example Root"), number))  # another authority of the name
    with pytest.raises(Untrusted, match="is revoked"):
        check(revocation_list(ROOT, number))
    with pytest.raises(Untrusted, match="is revoked"):
        check(revocation_list(ROOT, number), days=31)
    with pytest.raises(Untrusted, match="due for renewal"):
        check(revocation_list(ROOT), days=31)
    endless = replace(revocation.read(revocation_list(ROOT)), next_update=None)
    anchored.check_revocation(way, [endless], NOW + timedelta(days=300))
