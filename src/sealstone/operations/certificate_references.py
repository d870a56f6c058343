"""Certificates as listeners name them: an ARN in, what the listener needs to know out, and back.

Two services keep certificates that listeners use; here is where an ARN is told to be whose. The private key never
comes by: a listener keeps the certificate's id, and what serves it reads the key from the store.
"""

from dataclasses import dataclass
from datetime import datetime

from sealstone.model.server_certificate import ServerCertificate
from sealstone.operations.authorization import denied, judged
from sealstone.operations.call import Call, Resource
from sealstone.policy.judgement import denial
from sealstone.store import server_certificates
from sealstone.x509 import certificate, host_names, pem
from sealstone.x509.acceptance import IAM
from sealstone.x509.problems import Part

_IAM_ACTION = "iam:GetServerCertificate"


@dataclass(frozen=True, slots=True)
class CertificateReference:
    """A certificate that a listener may use."""

    certificate_id: str
    """Stays through renames and moves."""
    arn: str
    """The present one."""
    not_after: datetime
    names: tuple[str, ...]
    """DNS names of the subjectAltName, as encoded."""
    key_algorithm: str
    """`RSA 2048`, `EC P-256`."""


def resolve(call: Call, arn: str) -> CertificateReference | None:
    """The certificate of the caller's account that has this ARN now; None when there is none.

    The caller needs iam:GetServerCertificate on it [inferred: AWS's own condition is not documented], and is asked for
    that before anything is told of what there is. Raises AccessDenied.
    """
    prefix = f"arn:aws:iam::{call.account_id}:server-certificate/"
    if not arn.startswith(prefix):
        return None
    found = server_certificates.find(call.tx, call.account_id, arn.rpartition("/")[2])
    stored = found if found and found.arn == arn else None
    _permit(call, Resource(arn, stored.tags if stored else {}))
    return _reference(stored) if stored else None


def present_arn(call: Call, certificate_id: str) -> str | None:
    """The ARN that a certificate has now; None when it is gone."""
    found = server_certificates.with_id(call.tx, call.account_id, certificate_id)
    return found.arn if found else None


def _permit(call: Call, resource: Resource) -> None:
    if call.caller.is_root:
        return
    judgement = judged(call, _IAM_ACTION, resource)
    if not judgement.allowed:
        raise denied(call, _IAM_ACTION, resource, denial(judgement, _IAM_ACTION))


def _reference(stored: ServerCertificate) -> CertificateReference:
    block = next(pem.blocks(stored.certificate_body, Part.CERTIFICATE))
    found = certificate.read(block, IAM)
    return CertificateReference(
        certificate_id=stored.unique_id,
        arn=stored.arn,
        not_after=stored.not_after,
        names=tuple(name.decode("ascii", "replace") for name in host_names.of(found.der).dns),
        key_algorithm=str(found.key),
    )
