"""Imports that are refused, each in AWS's words with cause and cure, and imports that are taken, through the door."""

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests.acm import asked, done, imported, message, texts
from tests.bad_imports import CODE, TAKEN, Import, bad_imports
from tests.bad_uploads import bad_uploads
from tests.house_fixture import World
from tests.pki import NOW, ec_key, rsa_key, self_signed
from tests.uploads import Scene

SCENE = Scene.around(NOW)


@pytest.mark.parametrize("row", bad_imports(), ids=repr)
def test_a_bad_import_is_refused_in_aws_s_words_with_cause_and_cure(world: World, row: Import) -> None:
    answer = asked(world, "ImportCertificate", row.parameters)
    assert (answer.status, answer.code) == (400, CODE)
    assert message(answer).startswith(row.sentence)
    assert [word for word in row.words if word.lower() not in message(answer).lower()] == []
    every = {"Includes": {"keyTypes": ["RSA_2048", "EC_prime256v1"]}}
    assert done(world, "ListCertificates", every)["CertificateSummaryList"] == []


@pytest.mark.parametrize("row", [row for row in bad_uploads() if row.id in TAKEN], ids=repr)
def test_acm_strips_the_parameters_of_the_curve(world: World, row: Any) -> None:
    done(world, "ImportCertificate", {"Certificate": row.certificate_body, "PrivateKey": row.private_key})


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (rsa_key(1024), "RSA-1024"),
        (rsa_key(2048), "RSA-2048"),
        (rsa_key(3072), "RSA-3072"),
        (rsa_key(4096), "RSA-4096"),
        (ec_key(), "EC-prime256v1"),
        (ec_key(ec.SECP384R1()), "EC-secp384r1"),
        (ec_key(ec.SECP521R1()), "EC-secp521r1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_seven_algorithms_are_taken(world: World, key: Any, name: str) -> None:
    arn = imported(world, self_signed(key=key))
    assert done(world, "DescribeCertificate", {"CertificateArn": arn})["Certificate"]["KeyAlgorithm"] == name


@pytest.mark.parametrize("chain", ["", SCENE.leaf.chain_pem, None], ids=["without root", "with root", "none"])
def test_a_chain_may_end_with_its_root_and_may_be_left_out(world: World, chain: str | None) -> None:
    sent = texts(SCENE.leaf, chain=chain)
    arn = done(world, "ImportCertificate", sent)["CertificateArn"]
    told = done(world, "GetCertificate", {"CertificateArn": arn})
    assert told["Certificate"] == sent["Certificate"].strip()
    assert told["CertificateChain"] == sent.get("CertificateChain", sent["Certificate"]).strip()


@pytest.mark.parametrize("field", ["Certificate", "CertificateChain"])
def test_a_key_in_the_wrong_field_is_not_recorded(world: World, field: str) -> None:
    """Whoever sends the key as the certificate must not find it in the audit log, in whatever encoding."""
    leaf = SCENE.leaf
    parameters = texts(leaf) | {field: leaf.private_key_pem}
    assert asked(world, "ImportCertificate", parameters).status == 400
    recorded = str(world.audited())
    secret = base64.b64encode(leaf.private_key_pem.encode())[40:120].decode()
    assert secret not in recorded
    assert leaf.private_key_pem.split("\n")[2] not in recorded
    assert f"{len(leaf.private_key_pem)} bytes, sha256" in recorded


def test_where_chains_are_asked_for_one_has_to_come(world: World) -> None:
    object.__setattr__(world.house, "chain_required", True)
    imported(world, self_signed())
    imported(world, SCENE.rsa_leaf, CertificateChain=SCENE.rsa_leaf.chain_without_root_pem)
    answer = asked(world, "ImportCertificate", texts(SCENE.rsa_leaf, chain=None))
    assert (answer.status, answer.code) == (400, CODE)
    assert message(answer).startswith("Provided certificate is not a valid self signed. Please provide either a valid")
