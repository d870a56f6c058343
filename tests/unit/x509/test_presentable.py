"""Which certificates and chains listeners can load: by signature; a real HAProxy agrees in tests/dataplane."""

import pytest
from cryptography import x509
from tests import forged
from tests.pki import Authority, ec_key, rsa_key, self_signed
from tests.signature_kinds import LEAF, LOADED, REFUSED, SHA_1, of_others, signed_with

from sealstone.x509 import presentable
from sealstone.x509.presentable import NotPresentable
from sealstone.x509.problems import Part

ALONE = self_signed("alone.example.com", key=rsa_key())


def fault(body: str, chain: str | None = None) -> NotPresentable | None:
    return presentable.problem_of_texts(body, chain)


@pytest.mark.parametrize("algorithm", LOADED.values(), ids=LOADED)
def test_what_can_be_loaded(algorithm: bytes) -> None:
    assert fault(signed_with(algorithm)) is None


@pytest.mark.parametrize("algorithm", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_loaded(algorithm: bytes) -> None:
    found = fault(signed_with(algorithm))
    assert found
    assert (found.part, found.at) == (Part.CERTIFICATE, -1)
    assert found.cause.startswith("the certificate is signed with ")
    assert found.cause.endswith(", so no listener can load it")
    assert "SHA-256" in found.cure


def test_what_signed_itself_is_exempt() -> None:
    for algorithm in (SHA_1, forged.RSA_MD5, REFUSED["pss-sha-1"]):
        assert fault(forged.forged(ALONE, ALONE.key, signature=algorithm)) is None
    with_curve = self_signed("curve.example.com", key=ec_key())
    assert fault(forged.forged(with_curve, with_curve.key, signature=forged.ECDSA_SHA1)) is None


@pytest.mark.parametrize("algorithm", [forged.ECDSA_SHA1, forged.RSA_UNKNOWN], ids=["another kind", "unknown"])
def test_a_key_of_another_kind_did_not_sign_itself(algorithm: bytes) -> None:
    assert fault(forged.forged(ALONE, ALONE.key, signature=algorithm))


def test_identifiers_are_compared_where_both_are_there() -> None:
    named = x509.AuthorityKeyIdentifier(OTHER, None, None)
    alone = self_signed("alone.example.com", key=rsa_key(), extensions=[named])
    assert fault(forged.forged(alone, alone.key, signature=SHA_1)) is None


IDENTIFIER, OTHER = b"1" * 20, b"2" * 20
NAMES = [x509.DirectoryName(x509.Name([]))]


@pytest.mark.parametrize(
    ("named", "is_itself"),
    [
        (x509.AuthorityKeyIdentifier(IDENTIFIER, None, None), True),
        (x509.AuthorityKeyIdentifier(OTHER, None, None), False),
        (x509.AuthorityKeyIdentifier(IDENTIFIER, NAMES, 5), False),
    ],
    ids=["by its identifier", "by another's", "by another serial number"],
)
def test_identifiers_say_whether_it_signed_itself(named: x509.AuthorityKeyIdentifier, is_itself: bool) -> None:
    root = Authority("Root", key=rsa_key(2048, 4), extensions=[x509.SubjectKeyIdentifier(IDENTIFIER), named])
    leaf = root.leaf("a.example.com")
    found = fault(leaf.certificate_pem, forged.forged(root, root.key, signature=SHA_1))
    assert (found is None) is is_itself


def test_the_chain_is_looked_at_too() -> None:
    middle, root, leaf = of_others(SHA_1)
    found = fault(leaf.certificate_pem, middle + root)
    assert found
    assert (found.part, found.at) == (Part.CHAIN, 0)
    assert found.cause == "chain certificate 0 is signed with SHA-1 with RSA, so no listener can load it"
    assert fault(leaf.certificate_pem, root) is None
    assert fault(LEAF.certificate_pem, LEAF.chain_pem) is None


def test_what_cannot_be_described_is_passed_by() -> None:
    """Stores take no such thing; whoever did would not be kept from the rest."""
    assert fault(LEAF.certificate_pem, forged.pem(b"\x30\x00")) is None
