"""One order: a new key, a request signed with it, the issuer's answer, and the proof that it is what was wanted.

What comes back is judged much as an import is: a wrong certificate never takes the place of a right one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sealstone.issuers.issuer import Issuer, Order, OrderRefused, Waiting
from sealstone.model.certificate import Certificate, Content
from sealstone.model.certificate_detail import CertificateDetail
from sealstone.model.certificate_request import CertificateRequest
from sealstone.model.secret import Secret
from sealstone.x509 import bundle
from sealstone.x509.description import CertificateDescription, describe
from sealstone.x509.details import detail_of
from sealstone.x509.making import keys, names, requests
from sealstone.x509.material import Kind, Origin, Piece
from sealstone.x509.problems import X509Problem
from sealstone.x509.submission import as_text
from sealstone.x509.targets import ACM
from sealstone.x509.writing import certificates_pem, private_key_pem

Issuers = Callable[[Certificate], Issuer]
"""Who issues this certificate. Raises IssuerProblem."""

_NOWHERE: Final = Origin("")
_KINDS: Final[Mapping[str, str]] = {
    "RSA_2048": "rsa:2048",
    "RSA_3072": "rsa:3072",
    "RSA_4096": "rsa:4096",
    "EC_prime256v1": "p256",
    "EC_secp384r1": "p384",
    "EC_secp521r1": "p521",
}


@dataclass(frozen=True, slots=True)
class Delivered:
    """A certificate that fits its order, and its private key."""

    content: Content
    detail: CertificateDetail
    private_key: Secret = field(repr=False)


def ordered(
    issuers: Issuers, certificate: Certificate, request: CertificateRequest, at: datetime
) -> Delivered | Waiting:
    """Place the order of the next version. Raises IssuerProblem."""
    issuer = issuers(certificate)
    secret = keys.new(_KINDS[request.key_algorithm])
    wanted = tuple(one.domain_name for one in request.validations)
    try:
        signed = requests.new(names.server("", [f"DNS:{name}" for name in wanted]), secret)
    except X509Problem as problem:
        raise OrderRefused(problem.cause) from problem
    order = Order(
        order_id=f"{certificate.account_id}/{certificate.region}/{certificate.unique_id}/{certificate.version + 1}",
        domain_name=wanted[0],
        names=wanted,
        request=signed,
        days=request.days,
        at=at,
        state=request.order_state,
    )
    answer = issuer.issue(order)
    if isinstance(answer, Waiting):
        return answer
    body, key = certificates_pem([answer.certificate]), private_key_pem(secret)
    chain = certificates_pem(answer.chain) if answer.chain else None
    try:
        accepted = bundle.read(body, as_text(key.reveal()), chain, at=at, acceptance=ACM.store)
    except X509Problem as problem:
        raise OrderRefused(f"the issuer gave what cannot be used: {problem.cause}") from problem
    description = describe(Piece(Kind.CERTIFICATE, _NOWHERE, answer.certificate))
    if not isinstance(description, CertificateDescription):
        raise OrderRefused("the issuer gave a certificate whose structure is against RFC 5280")
    detail = detail_of(description)
    if missing := sorted({name.lower() for name in wanted} - {name.lower() for name in detail.names}):
        raise OrderRefused(f"the issuer gave a certificate without the name {missing[0]}")
    content = Content(
        accepted.certificate_body,
        accepted.certificate_chain,
        accepted.fingerprint,
        accepted.not_before,
        accepted.not_after,
    )
    return Delivered(content, detail, secret)
