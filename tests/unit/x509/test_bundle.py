"""The whole: what comes out, the order of the checks, and the edges of validity."""

from dataclasses import FrozenInstanceError, replace
from datetime import datetime, timedelta

import pytest
from tests.pki import NOW, Authority, ec_key, key_pem, self_signed

from sealstone.x509 import bundle
from sealstone.x509.acceptance import IAM
from sealstone.x509.bundle import CertificateBundle
from sealstone.x509.problems import (
    ChainBroken,
    Expired,
    KeyMismatch,
    KeyUnreadable,
    NotPEM,
    NotYetValid,
    Part,
    TooLong,
    X509Problem,
)

ROOT = Authority("Root")
LEAF = ROOT.leaf("build.example.com")


def read(
    body: str = LEAF.certificate_pem,
    key: str = LEAF.private_key_pem,
    chain: str | None = LEAF.chain_pem,
    at: datetime = NOW,
) -> CertificateBundle:
    return bundle.read(body, key, chain, at=at, acceptance=IAM)


def test_what_comes_out() -> None:
    found = read()
    assert found.certificate_body == LEAF.certificate_pem.strip()
    assert found.certificate_chain == ROOT.certificate_pem.strip()
    assert found.private_key.secret.reveal() == LEAF.private_key_der
    assert (found.subject, found.issuer) == ("CN=build.example.com,O=Example", "CN=Root,O=Example")
    assert found.not_after == NOW + timedelta(days=365)
    assert found.not_before.utcoffset() == timedelta(0)
    assert found.serial_number == LEAF.certificate.serial_number
    assert found.fingerprint == read(chain=None).fingerprint
    assert (found.key_kind, found.key_bits) == ("EC", 256)
    with pytest.raises(FrozenInstanceError):
        found.subject = "CN=other"  # type: ignore[misc]


def test_shows_no_key() -> None:
    lines = LEAF.private_key_pem.splitlines()[1:-1]
    assert not any(line[:16] in repr(read()) for line in lines)


def test_sizes_come_first() -> None:
    for part, arguments in (
        (Part.CERTIFICATE, {"body": "x" * 16385}),
        (Part.PRIVATE_KEY, {"key": "x" * 16385}),
        (Part.CHAIN, {"chain": "x" * 2097153}),
    ):
        with pytest.raises(TooLong) as caught:
            read(**arguments)  # type: ignore[arg-type]
        assert caught.value.part is part


def test_order_of_the_checks() -> None:
    """Certificate, key, match, chain, validity: mending one fault at a time shows the next."""
    late = NOW + timedelta(days=1000)
    other = key_pem(ec_key())
    steps: list[tuple[type[X509Problem], tuple[str, str, str | None, datetime]]] = [
        (NotPEM, ("x", "x", "x", late)),
        (NotPEM, (LEAF.certificate_pem, "x", "x", late)),
        (KeyMismatch, (LEAF.certificate_pem, other, "x", late)),
        (NotPEM, (LEAF.certificate_pem, LEAF.private_key_pem, "x", late)),
        (ChainBroken, (LEAF.certificate_pem, LEAF.private_key_pem, LEAF.certificate_pem, late)),
        (Expired, (LEAF.certificate_pem, LEAF.private_key_pem, LEAF.chain_pem, late)),
    ]
    parts = []
    for problem, arguments in steps:
        with pytest.raises(problem) as caught:
            read(*arguments)
        parts.append(caught.value.part)
    assert parts == [
        Part.CERTIFICATE,
        Part.PRIVATE_KEY,
        Part.PRIVATE_KEY,
        Part.CHAIN,
        Part.CHAIN,
        Part.CERTIFICATE,
    ]


def test_validity_is_inclusive_and_knows_no_fractions() -> None:
    begin, end = read().not_before, read().not_after
    second = timedelta(seconds=1)
    for at in (begin, end, end + timedelta(microseconds=999_999)):
        assert read(at=at) is not None
    with pytest.raises(NotYetValid):
        read(at=begin - timedelta(microseconds=1))
    with pytest.raises(Expired):
        read(at=end + second)


def test_immortal_certificate() -> None:
    leaf = self_signed(
        not_before=datetime(1950, 1, 1, tzinfo=NOW.tzinfo),
        not_after=datetime(9999, 12, 31, 23, 59, 59, tzinfo=NOW.tzinfo),
    )
    assert read(leaf.certificate_pem, leaf.private_key_pem, None).not_after.year == 9999


def test_a_chain_of_nothing_is_not_no_chain() -> None:
    with pytest.raises(NotPEM) as caught:
        read(chain="")
    assert caught.value.part is Part.CHAIN


def test_other_acceptance() -> None:
    narrow = replace(IAM, curves=frozenset({"P-384"}))
    with pytest.raises(X509Problem, match="EC P-256 of 256 bits"):
        bundle.read(LEAF.certificate_pem, LEAF.private_key_pem, None, at=NOW, acceptance=narrow)


def test_every_cut_of_every_text() -> None:
    """A prefix of a good text is refused, or it is whole already."""
    for name, text in (("body", LEAF.certificate_pem), ("key", LEAF.private_key_pem), ("chain", LEAF.chain_pem)):
        for length in range(len(text.strip())):
            with pytest.raises((NotPEM, KeyUnreadable)):
                read(**{name: text[:length]})  # type: ignore[arg-type]
