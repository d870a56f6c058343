"""Certificates that are requested, and what the workers make of them, without workers.

arn = requested(world, "a.example")
leaf = issued(world, arn)
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from tests.acm import REGION, asked, done
from tests.house_fixture import ACCOUNT, World
from tests.pki import Authority, Leaf, PrivateKey, ec_key, issue, rsa_key

from sealstone.model import authority as authority_model
from sealstone.model.authority import AuthorityCertificate, Holder, IssuedCertificate, serial_text
from sealstone.model.certificate import Certificate, Content
from sealstone.model.certificate_request import CertificateRequest, Stage, ValidationStatus
from sealstone.model.secret import Secret
from sealstone.store import authorities, certificate_requests, certificates, issued_certificates
from sealstone.x509.description import CertificateDescription, describe
from sealstone.x509.details import detail_of
from sealstone.x509.material import Kind, Origin, Piece

AUTHORITY_ID: Final = "11111111-2222-4333-8444-555555555555"
AUTHORITY_ARN: Final = authority_model.authority_arn(REGION, ACCOUNT, AUTHORITY_ID)
ISSUER: Final = Authority("Issuing", signed_by=Authority("Private Root"))
PHRASE: Final = b"correct horse"
_KEYS: Final[Mapping[str, PrivateKey]] = {"RSA_2048": rsa_key(), "EC_prime256v1": ec_key()}


def requested(world: World, name: str = "a.example", *, region: str = REGION, **parameters: Any) -> str:
    """The ARN of a certificate that was asked for, by DNS unless told otherwise."""
    usual = {} if "CertificateAuthorityArn" in parameters else {"ValidationMethod": "DNS"}
    sent = {"DomainName": name} | usual | parameters
    return str(done(world, "RequestCertificate", sent, region=region)["CertificateArn"])


def private(world: World, name: str = "a.example", **parameters: Any) -> str:
    """The same of the installation's authority, which is there from then on."""
    found(world)
    return requested(world, name, CertificateAuthorityArn=AUTHORITY_ARN, **parameters)


def exportable(world: World, name: str = "a.example", **parameters: Any) -> str:
    """The same with validation, and so that it can be exported."""
    return requested(world, name, Options={"Export": "ENABLED"}, **parameters)


def found(world: World) -> None:
    """Give the installation its authority."""
    with world.store.writing() as tx:
        if authorities.find_id(tx) is not None:
            return
        row = AuthorityCertificate(
            certificate_id="00" * 8,
            authority_id=AUTHORITY_ID,
            role=authority_model.Role.INTERMEDIATE,
            state=authority_model.State.ACTIVE,
            issued_by=None,
            certificate=ISSUER.certificate_der,
            created_at=world.clock.now,
            not_after=world.clock.now + timedelta(days=3650),
        )
        authorities.add(tx, row, world.keyring.seal(Secret(b"key"), bound_to=row.bound_to))


def record(world: World, arn: str) -> Certificate:
    """As it is stored."""
    region, unique_id = arn.split(":")[3], arn.rpartition("/")[2]
    with world.store.reading() as tx:
        one = certificates.find(tx, ACCOUNT, region, unique_id)
    assert one is not None
    return one


def request_of(world: World, arn: str) -> CertificateRequest:
    """Its request."""
    request = record(world, arn).request
    assert request is not None
    return request


def changed(world: World, arn: str, **changes: Any) -> None:
    """What a worker wrote into its request."""
    one, request = record(world, arn), request_of(world, arn).changed(**changes)
    with world.store.writing() as tx:
        certificate_requests.schedule(tx, one, request, None)


def issued(world: World, arn: str, *, by_us: bool = True, **options: Any) -> Leaf:
    """Validate and issue it, as the workers do; `by_us`: the authority keeps what it issued."""
    one = record(world, arn)
    key = _KEYS[one.detail.key_algorithm]
    leaf = _leaf(one, key, options)
    described = describe(Piece(Kind.CERTIFICATE, Origin(""), leaf.certificate_der))
    assert isinstance(described, CertificateDescription)
    certificate = leaf.certificate
    content = Content(
        certificate_body=leaf.certificate_pem.strip(),
        certificate_chain=leaf.chain_without_root_pem.strip(),
        fingerprint=described.fingerprint,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )
    made = one.renewed(content, detail_of(described))
    request = request_of(world, arn)
    validations = tuple(replace(each, status=ValidationStatus.SUCCESS) for each in request.validations)
    with world.store.writing() as tx:
        secret = Secret(leaf.private_key_der)
        certificates.replace(tx, made, world.keyring.seal(secret, bound_to=made.bound_to))
        done_ = request.changed(
            stage=Stage.ISSUED,
            issued_at=world.clock.now,
            validations=validations,
            exported_at=None,
            renewal_wished=False,
        )
        certificate_requests.schedule(tx, made, done_, None)
        if by_us:
            issued_certificates.add(tx, _kept(world, made, certificate.serial_number))
    return leaf


def described(world: World, arn: str) -> dict[str, Any]:
    """What is told of it."""
    return dict(done(world, "DescribeCertificate", {"CertificateArn": arn})["Certificate"])


def exported(world: World, arn: str, phrase: bytes = PHRASE, **how: Any) -> Any:
    """The answer to an export."""
    return asked(world, "ExportCertificate", {"CertificateArn": arn, "Passphrase": phrase}, **how)


def balanced(world: World, arn: str) -> None:
    """A classic load balancer that uses it."""
    listener = {"Protocol": "HTTPS", "LoadBalancerPort": "443", "InstanceProtocol": "HTTP", "InstancePort": "80"}
    members = {f"Listeners.member.1.{member}": value for member, value in listener.items()}
    members |= {"Listeners.member.1.SSLCertificateId": arn, "AvailabilityZones.member.1": f"{REGION}a"}
    parameters = {"Action": "CreateLoadBalancer", "LoadBalancerName": "web", **members}
    world.done("elb", parameters, region=REGION)


def _leaf(one: Certificate, key: PrivateKey, options: dict[str, Any]) -> Leaf:
    certificate, key = issue(
        one.detail.domain_name, signed_by=ISSUER, key=key, alternative_names=one.detail.names, **options
    )
    return Leaf(one.detail.domain_name, certificate, key, (ISSUER, *ISSUER.issuers))


def _kept(world: World, made: Certificate, serial_number: int) -> IssuedCertificate:
    assert made.content is not None
    return IssuedCertificate(
        serial_number=serial_text(serial_number),
        issuer_id="00" * 8,
        order_id=f"{made.unique_id}/{made.version}",
        holder=Holder(made.account_id, made.region, made.unique_id),
        issued_at=world.clock.now,
        not_after=made.content.not_after,
    )
