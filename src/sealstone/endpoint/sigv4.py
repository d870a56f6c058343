"""AWS Signature Version 4, the server's side: a claim is proven over the bytes received.

1. `host`, `content-type` and every `x-amz-*` received are signed; the body is the one signed       `signed_digest`
2. the signature, compared in constant time                                                         `verify`

Not here: what is claimed (`claim`), which keys exist (the caller's look-up before this), canonical spelling
(`canonical`), signatures by a certificate's key (`x509_signature`), the clock.
Source: IAM user guide, "Signature Version 4"; message forms as recorded from AWS, see docs/divergences.md.
"""

import hmac
import re
from hashlib import sha256
from typing import Final

from sealstone.endpoint.canonical import Headers, canonical_request, query_pairs
from sealstone.endpoint.claim import TERMINATOR, Claim
from sealstone.endpoint.request import Request
from sealstone.operations.errors import SignatureDoesNotMatch

MISMATCH: Final = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)

_SIGNATURE: Final = re.compile(r"[0-9a-f]{64}")
# RFC 9110, 5.6.3: optional white space.
_BLANK: Final = " \t"


def signing_key(secret: bytes, date: str, region: str, service: str) -> bytes:
    """The 32-byte key of one day, Region and service; may be kept for as long as that day is accepted."""
    key = b"AWS4" + secret
    for part in (date, region, service, TERMINATOR):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def verify(request: Request, claim: Claim, key: bytes) -> None:
    """Prove the claim with the signing key of its scope; raises SignatureDoesNotMatch."""
    if not _matches(request, claim, key, signed_digest(request, claim)):
        raise SignatureDoesNotMatch(MISMATCH)


def signed_digest(request: Request, claim: Claim) -> str:
    """The digest of the body received, when what must be signed is; raises SignatureDoesNotMatch.

    `x-amz-content-sha256` must equal it, so that neither UNSIGNED-PAYLOAD nor a STREAMING form exists here.
    """
    headers = request.by_name
    _check_signed_headers(headers, claim)
    body_digest = sha256(request.body).hexdigest()
    declared = list(headers.get("x-amz-content-sha256", ()))
    if claim.form == "query":
        declared += [value for name, value in query_pairs(request.query) if name == "X-Amz-Content-Sha256"]
    if any(digest.strip(_BLANK) != body_digest for digest in declared):
        raise SignatureDoesNotMatch(
            f"{MISMATCH} The value of x-amz-content-sha256 is not the SHA-256 of the body received; "
            "unsigned and streaming payloads are not accepted."
        )
    return body_digest


def matches(request: Request, claim: Claim, key: bytes) -> bool:
    """Whether the signature alone is that of `key`: the work of `verify` without its other checks.

    Only for spending the same time on an access key that does not exist; what is believed goes through `verify`.
    """
    return _matches(request, claim, key, sha256(request.body).hexdigest())


def string_to_sign(request: Request, claim: Claim, body_digest: str) -> bytes:
    """The four lines that the signature is over, whichever key makes it."""
    canonical = canonical_request(request, request.by_name, claim.signed_headers, body_digest)
    return f"{claim.algorithm}\n{claim.amz_date}\n{claim.scope}\n{sha256(canonical).hexdigest()}".encode("latin-1")


def _matches(request: Request, claim: Claim, key: bytes, body_digest: str) -> bool:
    expected = hmac.digest(key, string_to_sign(request, claim, body_digest), "sha256").hex()
    # The form first: compare_digest wants ASCII, and the form of a signature is no secret.
    return _SIGNATURE.fullmatch(claim.signature) is not None and hmac.compare_digest(expected, claim.signature)


def _check_signed_headers(headers: Headers, claim: Claim) -> None:
    """What changes a request's meaning must be signed, and what is signed must be there."""
    signed = frozenset(claim.signed_headers)
    if len(headers.get("host", ())) != 1:
        raise SignatureDoesNotMatch(f"{MISMATCH} The request must have exactly one Host header.")
    if "host" not in signed:
        raise SignatureDoesNotMatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    for name in headers:
        if name not in signed and (name == "content-type" or name.startswith("x-amz-")):
            raise SignatureDoesNotMatch(f"'{name}' must be a 'SignedHeader' in the AWS Authorization.")
    for name in claim.signed_headers:
        if name not in headers:
            raise SignatureDoesNotMatch(f"{MISMATCH} The signed header {name} is not in the request received.")
