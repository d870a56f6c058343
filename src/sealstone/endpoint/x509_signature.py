"""Requests signed by a signing certificate's private key: `sigv4` with a certificate in place of the secret.

1. `x-amz-x509` is there once, one line of base64, and signed like every `x-amz-*`      `certificate`
2. what must be signed is signed, the body is the one signed                            `sigv4.signed_digest`
3. the signature, by the algorithm that is claimed and the key that the certificate has `verify`

Not here: whose certificate it is, and whether it is Active and valid (`authenticate`).
Source: IAM Roles Anywhere user guide, "Signing process"; that every service takes it is ours (docs/divergences.md).
"""

import binascii
from hashlib import sha256
from typing import Final

from sealstone.endpoint import sigv4
from sealstone.endpoint.claim import Claim
from sealstone.endpoint.request import Request
from sealstone.operations.errors import IncompleteSignature, SignatureDoesNotMatch
from sealstone.x509.anchored import LONGEST_CHAIN
from sealstone.x509.request_signatures import Verifier

_HEADER: Final = "x-amz-x509"
_CHAIN: Final = "x-amz-x509-chain"
_WRITTEN: Final = {_HEADER: "X-Amz-X509", _CHAIN: "X-Amz-X509-Chain"}
# In characters: what an upload of a signing certificate may have (API model, certificateBodyType).
_LONGEST: Final = 16_384


def certificate(request: Request) -> bytes:
    """The DER that the request shows as its signer's; nothing of it is believed. Raises IncompleteSignature."""
    if _CHAIN in request.by_name:
        _only_one(request)
        raise IncompleteSignature(
            "The header X-Amz-X509-Chain is not taken: a signing certificate is believed because it was uploaded, "
            "whoever issued it. Send the request without it."
        )
    return _der(_only_one(request), _HEADER)


def certificates(request: Request) -> tuple[bytes, tuple[bytes, ...]]:
    """The same with the chain, for CreateSession: several DERs in one header, with commas between them."""
    shown = _der(_only_one(request), _HEADER)
    chains = request.by_name.get(_CHAIN, ())
    if len(chains) > 1 or (chains and chains[0].count(",") >= LONGEST_CHAIN):
        raise IncompleteSignature(f"There is one X-Amz-X509-Chain header, of {LONGEST_CHAIN} certificates at most.")
    pieces = [piece.strip(" \t") for piece in chains[0].split(",")] if chains else []
    return shown, tuple(_der(piece, _CHAIN) for piece in pieces)


def _only_one(request: Request) -> str:
    values = request.by_name.get(_HEADER, ())
    if len(values) != 1:
        raise IncompleteSignature("A request signed by a certificate has exactly one X-Amz-X509 header.")
    return values[0]


def _der(text: str, header: str) -> bytes:
    name = _WRITTEN[header]
    if len(text) > _LONGEST:
        raise IncompleteSignature(f"The {name} header holds more than {_LONGEST} characters for a certificate.")
    try:
        der = binascii.a2b_base64(text.encode("latin-1"))
    except binascii.Error:
        der = b""
    # One spelling only: what Python's strict decoder lets pass differs from version to version.
    if not der or binascii.b2a_base64(der, newline=False).decode() != text:
        raise IncompleteSignature(f"The {name} header is not the base64 of DER, on one line.")
    return der


def fingerprint(der: bytes) -> str:
    """By which signing certificates are found: SHA-256 over the DER, lower-case hex."""
    return sha256(der).hexdigest()


def verify(request: Request, claim: Claim, verifier: Verifier) -> None:
    """Prove the claim with the certificate's key; raises SignatureDoesNotMatch."""
    message = sigv4.string_to_sign(request, claim, sigv4.signed_digest(request, claim))
    try:
        signature = bytes.fromhex(claim.signature)
    except ValueError:
        signature = b""
    # One spelling only, as for keys: `fromhex` passes over white space and takes capitals.
    if signature.hex() != claim.signature or not verifier.proves(claim.algorithm, signature, message):
        raise SignatureDoesNotMatch(sigv4.MISMATCH)
