"""Targets: which keys each takes, and that the tables hold together."""

import dataclasses

import pytest

from sealstone.x509 import acceptance, targets
from sealstone.x509.public_keys import EC, RSA, KeyKind

P256, P384, P521 = (KeyKind(EC, bits, f"P-{bits}") for bits in (256, 384, 521))


def rsa(bits: int) -> KeyKind:
    return KeyKind(RSA, bits)


@pytest.mark.parametrize(
    ("target", "taken", "refused"),
    [
        ("iam", (rsa(1024), rsa(2048), rsa(4097), rsa(8192), P256, P384, P521), (rsa(1023), rsa(16385))),
        ("acm", (rsa(1024), rsa(2048), rsa(3072), rsa(4096), P256, P384, P521), (rsa(2560), rsa(8192), rsa(512))),
        ("elb", (rsa(1024), rsa(2560), rsa(4096), P256, P384, P521), (rsa(4097), rsa(8192))),
        ("cloudfront", (rsa(1024), rsa(2048), rsa(3072), rsa(4096), P256), (rsa(2560), rsa(8192), P384, P521)),
    ],
)
def test_which_keys_a_target_takes(target: str, taken: tuple[KeyKind, ...], refused: tuple[KeyKind, ...]) -> None:
    accepted = targets.TARGETS[target].keys
    assert [key for key in taken if not targets.takes(accepted, key)] == []
    assert [key for key in refused if targets.takes(accepted, key)] == []


def test_what_is_wanted_is_told_in_words() -> None:
    assert targets.wanted(acceptance.CLOUDFRONT) == "RSA of 1024, 2048, 3072 or 4096 bits or EC on P-256"
    assert targets.wanted(acceptance.ELB) == "RSA of 1024 to 4096 bits or EC on P-256, P-384, P-521"
    classic = targets.ACM.attachments[-1].keys
    assert targets.wanted(classic) == "RSA of 1024, 2048 or 3072 bits"


def test_every_target_has_its_name_and_its_document() -> None:
    assert list(targets.TARGETS) == ["iam", "acm", "elb", "cloudfront"]
    for name, target in targets.TARGETS.items():
        assert target.name == name
        assert target.page
        assert target.title


def test_what_may_be_attached_may_be_stored() -> None:
    """A key that the target takes at the end must not be refused by its store."""
    for target in targets.TARGETS.values():
        assert target.keys.curves <= target.store.curves
        assert target.keys.rsa_bits_min >= target.store.rsa_bits_min
        assert target.keys.rsa_bits_max <= target.store.rsa_bits_max


def test_acceptance_of_iam_is_what_it_was() -> None:
    assert dataclasses.asdict(acceptance.IAM) == {
        "rsa_bits_min": 1024,
        "rsa_bits_max": 16384,
        "curves": frozenset({"P-256", "P-384", "P-521"}),
        "max_chain_certificates": 10,
        "max_certificate_body": 16384,
        "max_private_key": 16384,
        "max_certificate_chain": 2097152,
        "refuse_issuers_marked_as_no_ca": True,
        "rsa_sizes": frozenset(),
        "sending": dataclasses.asdict(acceptance.AS_TEXTS),
    }
