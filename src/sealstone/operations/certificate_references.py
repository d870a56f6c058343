"""Certificates as listeners name them: an ARN in, what the listener needs to know out, and back.

Two services keep certificates that listeners use; here is where an ARN is told to be whose. The private key never
comes by: a listener keeps the certificate's id, and what serves it reads the key from the store. Which keys and names
fit which load balancer, and in which words one is refused, is the services' affair (elb.listening, elbv2.certificates).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sealstone.model.certificate import Certificate, CertificateStatus, Content, certificate_arn
from sealstone.model.server_certificate import ServerCertificate
from sealstone.operations.authorization import permit
from sealstone.operations.call import Call, Resource
from sealstone.store import certificates, server_certificates
from sealstone.x509 import certificate, pem, presentable, server_names
from sealstone.x509.acceptance import IAM
from sealstone.x509.problems import Part

_IAM_ACTION: Final = "iam:GetServerCertificate"
_ACM_ACTION: Final = "acm:DescribeCertificate"
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
    """DNS names of the subjectAltName, as encoded; when it has none, the subject's common names.

    None when the subjectAltName cannot be read. HAProxy loads such a certificate all the same, and OpenSSL reads more
    encodings than DER; what it cannot read either keeps an EC key out of TLS 1.2 (measured), and the proof tells that.
    """
    key_algorithm: str
    """`RSA 2048`, `EC P-256`."""
    is_of_acm: bool = False
    """Whether it is kept by ACM, and not by IAM."""


@dataclass(frozen=True, slots=True)
class UnusableCertificate:
    """A certificate that is there and that no listener can use: not issued, no longer valid, or not to be loaded."""

    reason: str
    """Why, and the cure: whole sentences, for the message of a refusal."""


def resolve(call: Call, arn: str) -> CertificateReference | UnusableCertificate | None:
    """The certificate of the caller's account that has this ARN now; None when there is none.

    The caller needs iam:GetServerCertificate or acm:DescribeCertificate on it [inferred: AWS's own condition is not
    documented], and is asked for that before anything is told of what there is. Raises AccessDenied.
    """
    if arn.startswith(f"arn:aws:iam::{call.account_id}:server-certificate/"):
        return _of_iam(call, arn)
    # Certificates of ACM are used in their own Region and in no other.
    if arn.startswith(certificate_arn(call.region, call.account_id, "")):
        return _of_acm(call, arn)
    return None


def of_server_certificate(stored: ServerCertificate) -> CertificateReference | UnusableCertificate:
    """What a listener needs to know of one, whoever asks: a rotation does, of one that is not stored yet."""
    return _loadable(stored, stored)


def present_arn(call: Call, certificate_id: str) -> str | None:
    """The ARN that a certificate has now; None when it is gone."""
    found = server_certificates.with_id(call.tx, call.account_id, certificate_id)
    if found:
        return found.arn
    imported = certificates.with_id(call.tx, call.account_id, certificate_id)
    return imported.arn if imported else None


def _of_iam(call: Call, arn: str) -> CertificateReference | UnusableCertificate | None:
    found = server_certificates.find(call.tx, call.account_id, arn.rpartition("/")[2])
    stored = found if found and found.arn == arn else None
    permit(call, _IAM_ACTION, (Resource(arn, stored.tags if stored else {}),))
    return _loadable(stored, stored) if stored else None


def _of_acm(call: Call, arn: str) -> CertificateReference | UnusableCertificate | None:
    stored = certificates.find(call.tx, call.account_id, call.region, arn.rpartition("/")[2])
    stored = stored if stored and stored.arn == arn else None
    permit(call, _ACM_ACTION, (Resource(arn, stored.tags if stored else {}),))
    if stored is None:
        return None
    status = stored.status(call.now)
    if status is not CertificateStatus.ISSUED or stored.content is None:
        cure = _CURES.get(status, "request or import another one")
        return UnusableCertificate(f"Listeners use certificates that are ISSUED, and this one is {status}; {cure}.")
    return _loadable(stored, stored.content)


def _loadable(
    stored: ServerCertificate | Certificate, content: ServerCertificate | Content
) -> CertificateReference | UnusableCertificate:
    if problem := presentable.problem_of_texts(content.certificate_body, content.certificate_chain):
        return UnusableCertificate(f"{problem.cause[0].upper()}{problem.cause[1:]}; {problem.cure}.")
    block = next(pem.blocks(content.certificate_body, Part.CERTIFICATE))
    found = certificate.read(block, IAM)
    return CertificateReference(
        certificate_id=stored.unique_id,
        arn=stored.arn,
        not_after=content.not_after,
        names=server_names.of(found.der, found.subject_name),
        key_algorithm=str(found.key),
        is_of_acm=isinstance(stored, Certificate),
    )
