"""ARNs of certificates that listeners use: what they are told to be, and back."""

import pytest
from tests.house_fixture import ACCOUNT, World
from tests.pki import NOW
from tests.uploads import Scene

from sealstone.operations.call import Call, Caller
from sealstone.operations.certificate_references import present_arn, resolve

ARN = f"arn:aws:iam::{ACCOUNT}:server-certificate/eu/site"
SCENE = Scene.around(NOW)


def call(world: World) -> Call:
    caller = Caller(ACCOUNT, "AKIA1", None)
    return Call(world.house, caller, "elasticloadbalancing", "CreateLoadBalancer", {}, "id", NOW)


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
        assert found is not None
        assert (found.certificate_id, found.arn, found.key_algorithm) == (certificate, ARN, "RSA 2048")
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
