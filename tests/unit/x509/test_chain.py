"""Links on their own; orders and messages are in the upload tables."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from tests import forged
from tests.pki import Authority, Issued, chain_of, rsa_key

from sealstone.x509 import certificate, chain, pem
from sealstone.x509.acceptance import IAM
from sealstone.x509.certificate import Certificate
from sealstone.x509.problems import ChainBroken, Part, TooManyChainCertificates

ROOT = Authority("Root")
LEAF = ROOT.leaf("leaf.example.com")
RSA_ROOT = Authority("RSA Root", key=rsa_key())


def read(text: str) -> Certificate:
    (block,) = pem.blocks(text.strip(), Part.CERTIFICATE)
    return certificate.read(block, IAM)


def of(issued: Issued) -> Certificate:
    return read(issued.certificate_pem)


@pytest.mark.parametrize("root", [ROOT, RSA_ROOT], ids=["EC", "RSA"])
def test_serial_number_0_is_proven_over_the_original_bytes(root: Authority) -> None:
    leaf = root.leaf("leaf.example.com")
    zero = forged.forged(leaf, root.key, serial=forged.integer(0))
    assert chain.signed(read(zero), of(root))
    other = root.again(key=rsa_key(2048, 1)) if root is RSA_ROOT else root.again()
    assert not chain.signed(read(zero), of(other))
    tampered = read(forged.forged(leaf, other.key, serial=forged.integer(0)))
    assert not chain.signed(tampered, of(root))


def test_rsassa_pss() -> None:
    builder_root = Authority("PSS Root", key=rsa_key())
    leaf = builder_root.leaf("pss.example.com")
    pss = bytes.fromhex(
        "304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108"
        "300d06096086480165030402010500a203020120"
    )
    for serial in (5, 0):
        fields = forged.Fields.of(leaf)
        signed = forged.sequence(
            fields.version,
            forged.integer(serial),
            pss,
            fields.issuer,
            fields.validity,
            fields.subject,
            fields.public_key,
            fields.extensions,
        )
        signature = rsa_key().sign(signed, PSS(MGF1(hashes.SHA256()), 32), hashes.SHA256())
        body = forged.pem(forged.sequence(signed, pss, forged.bits(signature)))
        assert chain.signed(read(body), of(builder_root))
        assert not chain.signed(read(body), of(builder_root.again(key=rsa_key(2048, 1))))


def test_tampered_certificate() -> None:
    der = bytearray(LEAF.certificate_der)
    der[der.index(b"leaf.example.com")] ^= 1
    assert not chain.signed(read(forged.pem(bytes(der))), of(ROOT))


def test_ten_and_no_more() -> None:
    authorities = [ROOT]
    for number in range(10):
        authorities.insert(0, authorities[0].authority(f"Authority {number}"))
    leaf = authorities[1].leaf("deep.example.com")
    ten = chain.read(leaf.chain_pem.strip(), IAM)
    assert [found.at for found in ten] == list(range(10))
    chain.prove(of(leaf), ten, IAM)
    with pytest.raises(TooManyChainCertificates) as caught:
        chain.read(chain_of(authorities).strip(), IAM)
    assert (caught.value.count, caught.value.limit) == (11, 10)


def test_no_chain_proves_nothing_and_refuses_nothing() -> None:
    chain.prove(of(LEAF), (), IAM)


def test_the_index_when_an_authority_within_the_chain_is_none() -> None:
    server = ROOT.leaf("server.example.com", is_authority=False)
    middle = Authority("Middle")
    below = middle.leaf("below.example.com")
    signed_by_server = forged.forged(middle, server.key, issuer=forged.Fields.of(server).subject)
    issuers = chain.read((signed_by_server + server.certificate_pem + ROOT.certificate_pem).strip(), IAM)
    with pytest.raises(ChainBroken, match="no authority") as caught:
        chain.prove(of(below), issuers, IAM)
    assert caught.value.at == 0
    chain.prove(of(below), issuers, replace(IAM, refuse_issuers_marked_as_no_ca=False))


@pytest.mark.parametrize("root", [ROOT, RSA_ROOT], ids=["EC", "RSA"])
def test_names_are_compared_as_names_and_the_key_still_decides(root: Authority) -> None:
    """RFC 5280 7.1: another string type and another case are the same name; `openssl verify` agrees."""
    leaf = root.leaf("leaf.example.com")
    name = forged.Fields.of(leaf).issuer
    common = root.name.encode()
    head = bytes([12, len(common)])
    assert head + common in name
    other_spelling = name.replace(head + common, bytes([19, len(common)]) + common.upper())
    spelled = read(forged.forged(leaf, root.key, issuer=other_spelling))
    chain.prove(spelled, (of(root),), IAM)
    impostor = root.again(key=rsa_key(2048, 1)) if root is RSA_ROOT else root.again()
    with pytest.raises(ChainBroken, match="another key"):
        chain.prove(spelled, (of(impostor),), IAM)
