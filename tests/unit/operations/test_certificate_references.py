"""ARNs of certificates that listeners use: what they are told to be, and back."""

from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID
from tests.acm import imported
from tests.acm_requests import requested
from tests.house_fixture import ACCOUNT, World
from tests.pki import NOW, rsa_key, self_signed
from tests.uploads import Scene

from sealstone.operations.call import Call, Caller
from sealstone.operations.certificate_references import (
    CertificateReference,
    UnusableCertificate,
    of_server_certificate,
    present_arn,
    resolve,
)
from sealstone.store import server_certificates

ARN = f"arn:aws:iam::{ACCOUNT}:server-certificate/eu/site"
SCENE = Scene.around(NOW)
LONG = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "www.example.com")] * 129)
"""More parts than anybody reads."""


def call(world: World) -> Call:
    caller = Caller(ACCOUNT, "AKIA1", None)
    return Call(world.house, caller, "elasticloadbalancing", "CreateLoadBalancer", {}, "id", world.clock.now)


def resolved(world: World, arn: str) -> CertificateReference | UnusableCertificate | None:
    asking = call(world)
    with world.store.reading() as tx:
        asking.enter(tx)
        return resolve(asking, arn)


@pytest.fixture
def certificate(world: World) -> str:
    form = {
        "Action": "UploadServerCertificate",
        "ServerCertificateName": "site",
        "Path": "/eu/",
        "CertificateBody": SCENE.rsa_leaf.certificate_pem,
        "PrivateKey": SCENE.rsa_leaf.private_key_pem,
    }
    return str(world.done("iam", form)["ServerCertificateMetadata"]["ServerCertificateId"])


def test_a_reference_says_what_a_listener_needs(world: World, certificate: str) -> None:
    asking = call(world)
    with world.store.reading() as tx:
        asking.enter(tx)
        found = resolve(asking, ARN)
        assert isinstance(found, CertificateReference)
        assert (found.certificate_id, found.arn, found.key_algorithm) == (certificate, ARN, "RSA 2048")
        assert found.is_of_acm is False
        assert found.names
        assert found.not_after > NOW
        assert present_arn(asking, certificate) == ARN
        assert present_arn(asking, "ASCA0") is None


@pytest.mark.parametrize(
    "arn",
    [
        ARN.replace("/eu/", "/"),
        ARN.replace("site", "SITE"),
        ARN.replace(ACCOUNT, "210987654321"),
        ARN + "/",
        "arn:aws:acm:us-east-1:123456789012:certificate/1",
        "site",
        "",
    ],
)
def test_another_arn_is_nobody_s(world: World, certificate: str, arn: str) -> None:
    assert certificate
    asking = call(world)
    with world.store.reading() as tx:
        asking.enter(tx)
        assert resolve(asking, arn) is None


def test_a_certificate_of_acm_is_told_apart(world: World) -> None:
    arn = imported(world, self_signed("a.example.com", valid_at=NOW, key=rsa_key()), region="us-east-1")
    found = resolved(world, arn)
    assert isinstance(found, CertificateReference)
    assert (found.is_of_acm, found.key_algorithm) == (True, "RSA 2048")


def test_one_that_is_not_issued_is_there_and_of_no_use(world: World) -> None:
    arn = requested(world, region="us-east-1")
    found = resolved(world, arn)
    assert isinstance(found, UnusableCertificate)
    assert found.reason.startswith("Listeners use certificates that are ISSUED, and this one is PENDING_VALIDATION;")
    found = resolved(world, requested(world, "a.cloudfront.net", region="us-east-1"))
    assert isinstance(found, UnusableCertificate)
    assert found.reason.endswith("this one is FAILED; request or import another one.")


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"name": "My Server", "alternative_names": ["a.example", "b.example"]}, ("a.example", "b.example")),
        ({"name": "www.example.com", "alternative_names": ["192.0.2.1"]}, ("www.example.com",)),
        ({"name": "My Server", "alternative_names": []}, ("My Server",)),
        ({"subject": LONG, "alternative_names": []}, ()),
    ],
)
def test_the_common_name_counts_where_no_host_is_named(
    world: World, options: dict[str, Any], names: tuple[str, ...]
) -> None:
    leaf = self_signed(**({"valid_at": NOW} | options))
    form = {
        "Action": "UploadServerCertificate",
        "ServerCertificateName": "one",
        "CertificateBody": leaf.certificate_pem,
        "PrivateKey": leaf.private_key_pem,
    }
    found = resolved(world, str(world.done("iam", form)["ServerCertificateMetadata"]["Arn"]))
    assert isinstance(found, CertificateReference)
    assert found.names == names


GARBLED = x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, b"garbage")


def test_alternative_names_that_cannot_be_read_are_none(world: World) -> None:
    """The common name stands for no host there: nobody knows what the certificate says of hosts."""
    leaf = self_signed("www.example.com", alternative_names=(), extensions=[GARBLED], valid_at=NOW)
    form = {
        "Action": "UploadServerCertificate",
        "ServerCertificateName": "site",
        "Path": "/eu/",
        "CertificateBody": leaf.certificate_pem,
        "PrivateKey": leaf.private_key_pem,
    }
    world.done("iam", form)
    found = resolved(world, ARN)
    assert isinstance(found, CertificateReference)
    assert found.names == ()
    with world.store.reading() as tx:
        stored = server_certificates.find(tx, ACCOUNT, "site")
    assert stored is not None
    assert of_server_certificate(stored) == found
