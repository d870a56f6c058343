"""Certificates that no listener can load, by their signatures: stored, told, and attached nowhere."""

from typing import Any

import pytest
from tests.acm import asked, done, message
from tests.house_fixture import ACCOUNT, World
from tests.protocol.application import Balanced, answering
from tests.signature_kinds import AUTHORITY, LEAF, REFUSED, SHA_1, of_others, signed_with

HERE = "us-east-1"
GOOD = {"Certificate": LEAF.certificate_pem, "PrivateKey": LEAF.private_key_pem}
WEAK = GOOD | {"Certificate": signed_with(SHA_1)}
UNLOADABLE = "signed with SHA-1 with RSA, so no listener can load it"


def stored(world: World, parameters: dict[str, str]) -> str:
    return str(done(world, "ImportCertificate", parameters, region=HERE)["CertificateArn"])


def uploaded(world: World, body: str, name: str = "old", **chain: str) -> str:
    form = {"Action": "UploadServerCertificate", "ServerCertificateName": name, "CertificateBody": body, **chain}
    return str(world.done("iam", form | {"PrivateKey": LEAF.private_key_pem})["ServerCertificateMetadata"]["Arn"])


def classic(world: World, arn: str) -> Any:
    listener = {"Protocol": "HTTPS", "LoadBalancerPort": "443", "InstancePort": "80", "SSLCertificateId": arn}
    members = {f"Listeners.member.1.{member}": value for member, value in listener.items()}
    zone = {"AvailabilityZones.member.1": "us-east-1a"}
    return world.ask("elb", {"Action": "CreateLoadBalancer", "LoadBalancerName": "web", **members, **zone})


def refused_everywhere(world: World, arn: str, words: str) -> None:
    answer = classic(world, arn)
    assert (answer.status, answer.code) == (400, "CertificateNotFound")
    assert answer.message.startswith(f"Server Certificate not found for the key: {arn}. ")
    assert words in answer.message
    balanced = Balanced(world)
    balancer = balanced.balancer()
    secure: dict[str, Any] = {"Protocol": "HTTPS", "Port": 443, "Certificates": [{"CertificateArn": arn}]}
    created = balanced.ask("CreateListener", LoadBalancerArn=balancer, DefaultActions=[answering()], **secure)
    good = {"Certificates": [{"CertificateArn": uploaded(world, LEAF.certificate_pem, "good")}]}
    listener = balanced.listener(balancer, "HTTPS", 8443, **good)
    others = [
        balanced.ask(action, ListenerArn=listener, Certificates=[{"CertificateArn": arn}])
        for action in ("ModifyListener", "AddListenerCertificates")
    ]
    for answer in (created, *others):
        assert (answer.status, answer.code) == (400, "UnsupportedCertificate")
        sentence = "must have a fully-qualified domain name, a supported signature, and a supported key size."
        assert answer.message.startswith(f"The certificate '{arn}' {sentence} ")
        assert words in answer.message


def test_an_imported_one(world: World) -> None:
    arn = stored(world, WEAK)
    (warning,) = world.audited()[-1].warnings
    assert warning.startswith(f"{arn} cannot be attached to a load balancer: the certificate is {UNLOADABLE}; have it")
    refused_everywhere(world, arn, f"The certificate is {UNLOADABLE}; have it issued again with SHA-256 or better.")


def test_one_of_iam(world: World) -> None:
    refused_everywhere(world, uploaded(world, WEAK["Certificate"]), f"The certificate is {UNLOADABLE}")


def test_within_the_chain(world: World) -> None:
    middle, _, below = of_others(SHA_1)
    parameters = {"Certificate": below.certificate_pem, "PrivateKey": below.private_key_pem, "CertificateChain": middle}
    refused_everywhere(world, stored(world, parameters), f"Chain certificate 0 is {UNLOADABLE}")


@pytest.mark.parametrize(
    "algorithm", [REFUSED["md5"], REFUSED["md2"], REFUSED["unknown"]], ids=["MD5", "MD2", "unknown"]
)
def test_other_signatures(world: World, algorithm: bytes) -> None:
    arn = stored(world, GOOD | {"Certificate": signed_with(algorithm)})
    refused_everywhere(world, arn, "so no listener can load it")


def test_a_re_import_that_could_not_be_served_is_refused(world: World) -> None:
    """Until it is in use it may be stored; what is served is never replaced by what cannot be."""
    arn = stored(world, GOOD)
    stored(world, WEAK | {"CertificateArn": arn})
    assert any("cannot be attached" in one for one in world.audited()[-1].warnings)
    stored(world, GOOD | {"CertificateArn": arn, "CertificateChain": AUTHORITY.certificate_pem})
    assert world.audited()[-1].warnings == ()
    assert classic(world, arn).status == 200
    refused = asked(world, "ImportCertificate", WEAK | {"CertificateArn": arn}, region=HERE)
    assert (refused.status, refused.code) == (400, "ValidationException")
    user = f"arn:aws:elasticloadbalancing:{HERE}:{ACCOUNT}:loadbalancer/web"
    assert message(refused) == (
        "The new certificate cannot be used by the load balancers that use the present one. The certificate is "
        f"{UNLOADABLE}, and {user} would have to. Have it issued again with SHA-256 or better."
    )
    told = done(world, "GetCertificate", {"CertificateArn": arn}, region=HERE)
    assert told["Certificate"] == LEAF.certificate_pem.strip()
    world.done("elb", {"Action": "DeleteLoadBalancer", "LoadBalancerName": "web"})
    stored(world, WEAK | {"CertificateArn": arn})
