"""ExportCertificate: the only operation that ever gives a private key, encrypted under the caller's passphrase.

Source: ExportCertificate (API reference); user guide, "Export a private certificate", "Export a public certificate".
"""

from collections.abc import Mapping
from typing import Any, Final

from sealstone.model.certificate import Certificate, CertificateStatus, CertificateType, Content
from sealstone.model.certificate_request import CertificateRequest
from sealstone.model.secret import Secret
from sealstone.operations.acm.named import find_certificate, named_certificate, not_issued
from sealstone.operations.acm.wording import explained
from sealstone.operations.call import Call
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation
from sealstone.store import certificate_requests, certificates
from sealstone.x509 import writing

_FORBIDDEN: Final = b"#$%"
"""API reference: any ASCII character but these."""
_ROUNDS: Final = 50_000
"""Of PBKDF2 with HMAC-SHA-1: other writers wait meanwhile, some 70 ms."""


# "Read" is AWS's word for it (service authorization reference); what it gives away is audited before it is given.
@operation("acm", on=named_certificate, access="Read", issues=True)
def export_certificate(call: Call, *, certificate_arn: str, passphrase: bytes) -> Mapping[str, Any]:
    """Certificate, chain and encrypted key of what was requested so that it can be exported; imported ones never."""
    found = find_certificate(call, certificate_arn)
    request = _exportable(found)
    _check_passphrase(passphrase)
    if found.content is None:
        raise not_issued(found, call.now)
    _check_not_revoked(call, found)
    key = _encrypted_key(call, found, Secret(passphrase))
    certificate_requests.save(call.tx, found, request.changed(exported=True, exported_at=call.now))
    # From now on it is renewed, which may be due already.
    certificate_requests.nudge(call.tx, found.account_id, found.unique_id)
    return {**_public(found.content), "PrivateKey": key.reveal().decode("ascii")}


def _exportable(found: Certificate) -> CertificateRequest:
    """Its request. Raises ValidationError."""
    request = found.request
    if request is None or found.kind is CertificateType.IMPORTED:
        raise ValidationError(
            f"Certificate ARN: {found.arn} is not a private certificate. It was imported, and the private key of an "
            "imported certificate is never given back; take it from where it was imported from."
        )
    if not request.exportable:
        raise ValidationError(
            f"Certificate ARN: {found.arn} is not a private certificate. It was requested without Export=ENABLED among "
            "its Options, which cannot be changed later; request another one with it."
        )
    return request


def _check_passphrase(passphrase: bytes) -> None:
    """Its length is checked by the service model. Raises ValidationError."""
    if not passphrase.isascii() or any(byte in _FORBIDDEN for byte in passphrase):
        raise ValidationError(
            explained(
                "The passphrase is not valid",
                "it has a character that is not ASCII, or one of # $ %",
                "use other characters",
            )
        )


def _check_not_revoked(call: Call, found: Certificate) -> None:
    """Raises ValidationError."""
    if found.status(call.now) is CertificateStatus.REVOKED:
        raise ValidationError(
            explained(
                f"Certificate {found.arn} cannot be exported", "it is revoked, for good", "request another certificate"
            )
        )


def _encrypted_key(call: Call, found: Certificate, passphrase: Secret) -> Secret:
    """PEM, as ACM writes it: PBES2 with AES-256-CBC and HMAC-SHA-1 (recorded, and so that old readers read it)."""
    sealed = certificates.sealed_key(call.tx, found)
    if sealed is None:
        raise RuntimeError(f"the certificate {found.arn} has no private key in the store")
    key = call.house.keyring.unseal(sealed, bound_to=found.bound_to)
    return writing.encrypted_key_pem(key, passphrase, call.house.chance, rounds=_ROUNDS, with_sha1=True)


def _public(content: Content) -> Mapping[str, str]:
    chain = {"CertificateChain": content.certificate_chain} if content.certificate_chain else {}
    return {"Certificate": content.certificate_body, **chain}
