"""The files of certificates and keys, and their lists."""

import pytest
from tests.pki import Authority, Leaf, rsa_key

from sealstone.dataplane.certificate_files import (
    LARGEST,
    blocks,
    certificate_file,
    check_pair,
    default_place,
    fits,
    list_of,
    shared_place,
)
from sealstone.dataplane.problems import NotServable
from sealstone.dataplane.wanted import Certificate
from sealstone.model.secret import Secret

ROOT = Authority("Root")
LEAF = ROOT.leaf("a.example.com")


def key_of(leaf: Leaf) -> Secret:
    return Secret(leaf.private_key_der)


def test_certificate_chain_and_key_without_blank_lines() -> None:
    spaced = f"words\r\n{LEAF.certificate_pem}\n\n".replace("\n", "\r\n")
    written = certificate_file(Certificate("c", spaced, "\n" + ROOT.certificate_pem, Secret(LEAF.private_key_der)))
    assert written.reveal().decode() == LEAF.certificate_pem + ROOT.certificate_pem + LEAF.private_key_pem


@pytest.mark.parametrize("body", ["", "-----BEGIN CERTIFICATE-----", LEAF.certificate_pem * 2, LEAF.private_key_pem])
def test_a_body_is_one_certificate(body: str) -> None:
    with pytest.raises(NotServable, match="exactly one"):
        certificate_file(Certificate("c", body, None, Secret(b"")))


def test_only_blocks_of_the_label_are_taken() -> None:
    assert blocks(LEAF.private_key_pem + LEAF.certificate_pem + "x", "CERTIFICATE") == LEAF.certificate_pem
    assert blocks("-----BEGIN X509 CRL-----\nA\n\nB\n-----END X509 CRL-----", "X509 CRL").split("\n")[1] == "AB"
    assert not blocks("-----BEGIN CERTIFICATE-----\nA B!\n-----END CERTIFICATE-----", "CERTIFICATE")


@pytest.mark.parametrize("leaf", [LEAF, ROOT.leaf("b.example.com", key=rsa_key())])
def test_a_certificate_and_its_key_belong_together(leaf: Leaf) -> None:
    check_pair(certificate_file(Certificate("c", leaf.certificate_pem, ROOT.certificate_pem, key_of(leaf))))
    check_pair(certificate_file(Certificate("c", leaf.certificate_pem, None, key_of(leaf))))


@pytest.mark.parametrize(
    "content",
    [
        None,
        Secret(b"PEM"),
        Secret(b"\xff"),
        Secret(LEAF.certificate_pem.encode()),
        Secret(LEAF.private_key_pem.encode()),
        Secret((ROOT.certificate_pem + LEAF.certificate_pem + LEAF.private_key_pem).encode()),
        Secret((LEAF.certificate_pem + ROOT.private_key_pem).encode()),
        Secret((LEAF.certificate_pem + LEAF.private_key_pem + ROOT.private_key_pem).encode()),
    ],
)
def test_what_does_not_is_refused_without_showing_it(content: Secret | None) -> None:
    with pytest.raises(NotServable, match="do not belong together") as caught:
        check_pair(content)
    assert "PRIVATE KEY-----" not in str(caught.value)


def test_lists_have_each_certificate_once_and_the_default_for_nobody() -> None:
    assert list_of("l", ("a", "b", "a")) == (
        "certificates/l.default.pem l.default.invalid\ncertificates/a.sni.pem\ncertificates/b.sni.pem\n"
    )


def test_what_is_larger_than_a_message_does_not_fit() -> None:
    assert fits(Secret(bytes(LARGEST)))
    assert not fits(Secret(bytes(LARGEST + 1)))


def test_no_two_places_are_the_same() -> None:
    assert shared_place("l.default") != default_place("l")
