"""Certificates as listeners name them: an ARN in, what the listener needs to know out, and back.

Two services keep certificates that listeners use; here is where an ARN is told to be whose. The private key never
comes by: a listener keeps the certificate's id, and what serves it reads the key from the store. What of the key types
fits which load balancer is the services' affair (elbv2.certificates), but for one thing that only ACM's certificates
know: a classic load balancer takes fewer of them out of ACM than out of IAM (classic load balancer guide, "SSL/TLS
certificates").
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sealstone.model.certificate import Certificate, CertificateStatus, Content, certificate_arn
from sealstone.model.server_certificate import ServerCertificate
from sealstone.operations.authorization import permit
from sealstone.operations.balancing_errors import CertificateNotFound
from sealstone.operations.call import Call, Resource
from sealstone.store import certificates, server_certificates
from sealstone.x509 import certificate, host_names, pem
from sealstone.x509.acceptance import IAM
from sealstone.x509.problems import Part

_IAM_ACTION: Final = "iam:GetServerCertificate"
_ACM_ACTION: Final = "acm:DescribeCertificate"
# The operations of classic load balancers that name certificates; no operation of the second generation has their names
# and names certificates as well.
_CLASSIC: Final = frozenset(
    {"CreateLoadBalancer", "CreateLoadBalancerListeners", "SetLoadBalancerListenerSSLCertificate"}
)
_CLASSIC_TAKES: Final = frozenset({"RSA_1024", "RSA_2048", "RSA_3072"})
_CURES: Final = {
    CertificateStatus.EXPIRED: "import its successor first",
    CertificateStatus.PENDING_VALIDATION: "have its domains validated first (aws acm wait certificate-validated)",
}


@dataclass(frozen=True, slots=True)
class CertificateReference:
    """A certificate that a listener may use."""

    certificate_id: str
    """Stays through renames, moves and re-imports."""
    arn: str
    """The present one."""
    not_after: datetime
    names: tuple[str, ...]
    """DNS names of the subjectAltName, as encoded."""
    key_algorithm: str
    """`RSA 2048`, `EC P-256`."""


def resolve(call: Call, arn: str) -> CertificateReference | None:
    """The certificate of the caller's account that has this ARN now; None when there is none.

    The caller needs iam:GetServerCertificate or acm:DescribeCertificate on it [inferred: AWS's own condition is not
    documented], and is asked for that before anything is told of what there is. Raises AccessDenied, and
    CertificateNotFound for a certificate of ACM that is there and cannot be used.
    """
    if arn.startswith(f"arn:aws:iam::{call.account_id}:server-certificate/"):
        return _of_iam(call, arn)
    # Certificates of ACM are used in their own Region and in no other.
    if arn.startswith(certificate_arn(call.region, call.account_id, "")):
        return _of_acm(call, arn)
    return None


def present_arn(call: Call, certificate_id: str) -> str | None:
    """The ARN that a certificate has now; None when it is gone."""
    found = server_certificates.with_id(call.tx, call.account_id, certificate_id)
    if found:
        return found.arn
    imported = certificates.with_id(call.tx, call.account_id, certificate_id)
    return imported.arn if imported else None


def _of_iam(call: Call, arn: str) -> CertificateReference | None:
    found = server_certificates.find(call.tx, call.account_id, arn.rpartition("/")[2])
    stored = found if found and found.arn == arn else None
    permit(call, _IAM_ACTION, (Resource(arn, stored.tags if stored else {}),))
    return _reference(stored, stored) if stored else None


def _of_acm(call: Call, arn: str) -> CertificateReference | None:
    stored = certificates.find(call.tx, call.account_id, call.region, arn.rpartition("/")[2])
    stored = stored if stored and stored.arn == arn else None
    permit(call, _ACM_ACTION, (Resource(arn, stored.tags if stored else {}),))
    if stored is None:
        return None
    unusable = _unusable(call, stored)
    if unusable or stored.content is None:
        is_classic = call.operation in _CLASSIC
        sentence = "Server Certificate not found for the key: {}" if is_classic else "Certificate '{}' not found"
        raise CertificateNotFound(f"{sentence.format(arn)}. {unusable}")
    return _reference(stored, stored.content)


def _unusable(call: Call, stored: Certificate) -> str:
    """Why a listener cannot use it, and the cure; empty when it can."""
    status = stored.status(call.now)
    if status is not CertificateStatus.ISSUED:
        cure = _CURES.get(status, "request or import another one")
        return f"Listeners use certificates that are ISSUED, and this one is {status}; {cure}."
    algorithm = stored.detail.key_algorithm
    if call.operation in _CLASSIC and algorithm not in _CLASSIC_TAKES:
        return (
            f"A classic load balancer takes RSA keys of 1024 to 3072 bits out of ACM, and this one is {algorithm}; "
            "upload the certificate to IAM, from where it takes more kinds."
        )
    return ""


def _reference(stored: ServerCertificate | Certificate, content: ServerCertificate | Content) -> CertificateReference:
    block = next(pem.blocks(content.certificate_body, Part.CERTIFICATE))
    found = certificate.read(block, IAM)
    return CertificateReference(
        certificate_id=stored.unique_id,
        arn=stored.arn,
        not_after=content.not_after,
        names=tuple(name.decode("ascii", "replace") for name in host_names.of(found.der).dns),
        key_algorithm=str(found.key),
    )
