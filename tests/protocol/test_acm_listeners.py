"""Certificates of ACM on listeners of both generations: attached by ARN, told of, kept while in use, served anew."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests.acm import asked, done, imported, message
from tests.acm_requests import requested
from tests.house_fixture import ACCOUNT, World, allow
from tests.pki import NOW, Authority, Leaf, ec_key, rsa_key, self_signed
from tests.protocol.application import Balanced

from sealstone.model.secret import Secret
from sealstone.seal.envelope import Keyring, MasterKeys
from sealstone.store import configuration, served_certificates
from sealstone.store.served_certificates import ServedCertificate
from sealstone.workers.certificates import Certificates

HERE = "us-east-1"


def usual(name: str = "www.example.com", **options: Any) -> Leaf:
    return self_signed(name, **({"key": rsa_key()} | options))


def classic(world: World, arn: str, name: str = "web", **how: Any) -> Any:
    listener = {"Protocol": "HTTPS", "LoadBalancerPort": "443", "InstanceProtocol": "HTTP", "InstancePort": "80"}
    members = {f"Listeners.member.1.{member}": value for member, value in listener.items()}
    members |= {"Listeners.member.1.SSLCertificateId": arn, "AvailabilityZones.member.1": "us-east-1a"}
    return world.ask("elb", {"Action": "CreateLoadBalancer", "LoadBalancerName": name, **members}, **how)


def served(world: World) -> tuple[ServedCertificate, ...]:
    with world.store.reading() as tx:
        return served_certificates.in_use(tx)


def generation(world: World) -> int:
    with world.store.reading() as tx:
        return configuration.generation(tx)


def test_a_classic_listener_has_a_certificate_of_acm(world: World) -> None:
    arn = imported(world, usual(), region=HERE)
    assert classic(world, arn).status == 200
    shown = world.done("elb", {"Action": "DescribeLoadBalancers"})["LoadBalancerDescriptions"]
    assert shown[0]["ListenerDescriptions"][0]["Listener"]["SSLCertificateId"] == arn
    (one,) = served(world)
    assert one.certificate.arn == arn
    assert one.certificate.name == "www.example.com"


def test_a_certificate_in_use_says_so_and_stays(world: World) -> None:
    arn = imported(world, usual(), region=HERE)
    assert classic(world, arn).status == 200
    balanced = Balanced(world)
    balancer = balanced.balancer()
    given = [{"CertificateArn": arn}]
    listener = balanced.listener(balancer, "HTTPS", 8443, Certificates=given, SslPolicy="ELBSecurityPolicy-2016-08")
    users = sorted([f"arn:aws:elasticloadbalancing:{HERE}:{ACCOUNT}:loadbalancer/web", balancer])
    told = done(world, "DescribeCertificate", {"CertificateArn": arn}, region=HERE)["Certificate"]
    assert told["InUseBy"] == users
    (summary,) = done(world, "ListCertificates", {}, region=HERE)["CertificateSummaryList"]
    assert summary["InUse"] is True
    refused = asked(world, "DeleteCertificate", {"CertificateArn": arn}, region=HERE)
    assert (refused.status, refused.code) == (400, "ResourceInUseException")
    assert message(refused) == f"Certificate {arn} in account {ACCOUNT} is in use."
    described = balanced.done("DescribeListenerCertificates", ListenerArn=listener)["Certificates"]
    assert described == [{"CertificateArn": arn, "IsDefault": True}]
    balanced.done("DeleteLoadBalancer", LoadBalancerArn=balancer)
    world.done("elb", {"Action": "DeleteLoadBalancer", "LoadBalancerName": "web"})
    done(world, "DeleteCertificate", {"CertificateArn": arn}, region=HERE)
    assert served(world) == ()


@pytest.mark.parametrize("key", [ec_key(), ec_key(ec.SECP384R1()), rsa_key(4096)], ids=["P-256", "P-384", "RSA 4096"])
def test_a_classic_listener_takes_fewer_keys_out_of_acm(world: World, key: Any) -> None:
    """The others, which come through IAM, are in tests/protocol/test_classic_load_balancers.py."""
    arn = imported(world, usual(key=key), region=HERE)
    refused = classic(world, arn)
    assert (refused.status, refused.code) == (400, "CertificateNotFound")
    assert refused.message.startswith(f"Server Certificate not found for the key: {arn}. A classic load balancer")
    assert "upload the certificate to IAM" in refused.message
    balanced = Balanced(world)
    balanced.listener(balanced.balancer(), "HTTPS", 443, Certificates=[{"CertificateArn": arn}])


def test_only_certificates_of_the_region_and_the_account_are_there(world: World) -> None:
    arn = imported(world, usual(), region="eu-central-1")
    for other in (arn, arn.replace("eu-central-1", HERE), arn.replace(ACCOUNT, "210987654321"), f"{arn}/x"):
        refused = classic(world, other)
        assert (refused.code, refused.message) == (
            "CertificateNotFound",
            f"Server Certificate not found for the key: {other}",
        )
    assert classic(world, arn, region="eu-central-1").status == 200


def test_an_expired_certificate_cannot_be_attached(world: World) -> None:
    arn = imported(world, usual(not_after=NOW.replace(month=12, day=1)), region=HERE)
    world.clock.advance(30 * 86400)
    assert "this one is EXPIRED" in classic(world, arn).message
    balanced = Balanced(world)
    balancer = balanced.balancer()
    members: dict[str, Any] = {"Protocol": "HTTPS", "Port": 443, "Certificates": [{"CertificateArn": arn}]}
    actions = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]
    words = f"The certificate '{arn}' must have a fully-qualified domain name, a supported signature, and a supported"
    balanced.refused(
        "UnsupportedCertificate", words, "CreateListener", LoadBalancerArn=balancer, DefaultActions=actions, **members
    )


def test_a_certificate_that_waits_for_validation_cannot_be_attached(world: World) -> None:
    arn = requested(world, region=HERE)
    assert classic(world, arn).code == "CertificateNotFound"
    balanced = Balanced(world)
    uploaded = balanced.upload("site")
    listener = balanced.listener(balanced.balancer(), "HTTPS", 443, Certificates=[{"CertificateArn": uploaded}])
    for action in ("AddListenerCertificates", "ModifyListener"):
        balanced.refused(
            *("UnsupportedCertificate", "this one is PENDING_VALIDATION; have its domains validated first", action),
            ListenerArn=listener,
            Certificates=[{"CertificateArn": arn}],
        )


def test_whoever_may_not_describe_a_certificate_may_not_attach_it(world: World) -> None:
    arn = imported(world, usual(), region=HERE)
    balancing = world.user("balancing", allow("elasticloadbalancing:*", "*"))
    form = {"Action": "CreateLoadBalancerListeners", "LoadBalancerName": "web"}
    listener = {"Protocol": "HTTPS", "LoadBalancerPort": "444", "InstancePort": "81", "SSLCertificateId": arn}
    assert classic(world, arn).status == 200
    sent = form | {f"Listeners.member.1.{name}": value for name, value in listener.items()}
    refused = world.ask("elb", sent, key=balancing)
    assert refused.code == "AccessDenied"
    assert "acm:DescribeCertificate" in refused.message
    assert world.ask("elb", sent, key=world.root).status == 200


def test_a_listener_chooses_certificates_of_both_stores_by_name(world: World) -> None:
    balanced = Balanced(world)
    uploaded = balanced.upload("site")
    arn = imported(world, usual("more.example.com"), region=HERE)
    listener = balanced.listener(balanced.balancer(), "HTTPS", 443, Certificates=[{"CertificateArn": uploaded}])
    given = {"ListenerArn": listener, "Certificates": [{"CertificateArn": arn}]}
    added = balanced.done("AddListenerCertificates", **given)["Certificates"]
    assert added == [{"CertificateArn": arn, "IsDefault": False}]
    assert {one.certificate.arn for one in served(world)} == {uploaded, arn}
    balanced.done("RemoveListenerCertificates", **given)
    assert [one.certificate.arn for one in served(world)] == [uploaded]


# --- what serves ---


def test_a_re_import_configures_the_listeners_anew_and_tags_do_not(world: World) -> None:
    arn = imported(world, usual(), region=HERE)
    idle = generation(world)
    imported(world, usual(), region=HERE, CertificateArn=arn)
    assert generation(world) == idle  # nobody serves it
    assert classic(world, arn).status == 200
    used = generation(world)
    done(world, "AddTagsToCertificate", {"CertificateArn": arn, "Tags": [{"Key": "a"}]}, region=HERE)
    imported(world, usual(), region=HERE)  # another one
    assert generation(world) == used
    imported(world, usual(), region=HERE, CertificateArn=arn)
    assert generation(world) == used + 1


def test_keys_are_opened_once_for_each_import(world: World) -> None:
    arn = imported(world, usual("first.example.com"), region=HERE)
    assert classic(world, arn).status == 200
    keeping = Certificates(world.keyring)
    (first,) = keeping.of(served(world))[0].values()
    (again,) = keeping.of(served(world))[0].values()
    assert again is first
    assert first.certificate.names == ("first.example.com",)
    both = ["second.example.com", "first.example.com"]
    imported(world, usual("second.example.com", alternative_names=both), region=HERE, CertificateArn=arn)
    (second,) = keeping.of(served(world))[0].values()
    assert second.certificate.names == tuple(both)
    assert second.fingerprint != first.fingerprint


def test_a_certificate_in_use_keeps_one_of_its_names_at_least(world: World) -> None:
    arn = imported(world, usual("first.example.com"), region=HERE)
    assert classic(world, arn).status == 200
    new = usual("second.example.com")
    sent = {"Certificate": new.certificate_pem, "PrivateKey": new.private_key_pem, "CertificateArn": arn}
    refused = asked(world, "ImportCertificate", sent, region=HERE)
    assert refused.code == "ValidationException"
    assert message(refused).startswith("You cannot remove all of the domain names from a certificate.")
    assert served(world)[0].certificate.name == "first.example.com"


def test_another_chain_is_served_although_the_fingerprint_stays(world: World) -> None:
    root = Authority("Root", key=rsa_key(2048, 1))
    below = root.leaf("www.example.com", key=rsa_key())
    arn = imported(world, below, region=HERE)
    assert classic(world, arn).status == 200
    keeping = Certificates(world.keyring)
    (bare,) = keeping.of(served(world))[0].values()
    assert bare.certificate.chain is None
    imported(world, below, region=HERE, CertificateArn=arn, CertificateChain=root.certificate_pem)
    (whole,) = keeping.of(served(world))[0].values()
    assert whole.fingerprint == bare.fingerprint
    assert whole.certificate.chain == root.certificate_pem.strip()


def test_a_key_that_cannot_be_opened_is_told_by_its_arn(world: World) -> None:
    arn = imported(world, usual(), region=HERE)
    assert classic(world, arn).status == 200
    stranger = Keyring(MasterKeys({"00" * 8: Secret(b"x" * 32)}, "00" * 8), world.chance)
    opened, faults = Certificates(stranger).of(served(world))
    assert opened == {}
    (told,) = faults.values()
    assert told.startswith(f"the private key of {arn} cannot be opened")
