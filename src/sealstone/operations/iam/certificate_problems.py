"""What IAM calls each x509 finding: one table, AWS's sentence first, then the exact cause and the cure.

Sentences marked R are recorded from AWS; the others are ours, since nobody recorded AWS's (docs/divergences.md).
"""

from typing import Final

from sealstone.operations.errors import AWSError, InvalidCertificate, KeyPairMismatch, MalformedCertificate
from sealstone.operations.iam.wording import explained
from sealstone.x509 import problems
from sealstone.x509.escaping import LIMIT, quotable, shown

_CERTIFICATE: Final = "Unable to parse certificate. Please ensure the certificate is in PEM format."  # R
_KEY: Final = "Unable to parse private key. Please ensure the private key is in PEM format and is not encrypted."
_CHAIN: Final = (  # R
    "Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, "
    "followed by any intermediaries in order. The index within the chain of the invalid certificate is: {at}"
)
_VALIDITY: Final = "The certificate is not valid at this time."
_MISMATCH: Final = "The public key certificate and the private key do not match."

_SIGNING: Final = "Certificate {body} is malformed."  # R, with the whole body
_SIGNING_UNSAID: Final = "Certificate is malformed."
_NO_SIGNER: Final = "The certificate cannot be used to sign requests."
_HYPHENS: Final = "-----"

_BY_PART: Final = {problems.Part.CERTIFICATE: _CERTIFICATE, problems.Part.PRIVATE_KEY: _KEY}


def refusal(problem: problems.X509Problem) -> AWSError:
    """The AWS error for a finding: code and leading sentence by AWS, cause and cure by x509."""
    if isinstance(problem, problems.KeyMismatch):
        return KeyPairMismatch(explained(_MISMATCH, problem.cause, problem.cure))
    return MalformedCertificate(explained(_sentence(problem), problem.cause, problem.cure))


def signing_refusal(problem: problems.X509Problem, body: str) -> AWSError:
    """The same for UploadSigningCertificate. A short `body`, a file's name mostly, is repeated as AWS does.

    A longer one is not, nor what may be a secret: it says nothing, and people send private keys by mistake.
    """
    if isinstance(problem, problems.UnsupportedKey):
        return InvalidCertificate(explained(_NO_SIGNER, problem.cause, problem.cure))
    if isinstance(problem, problems.NotYetValid | problems.Expired):
        # "malformed or expired": the documentation of the error.
        sentence = _VALIDITY
    elif len(body) <= LIMIT and _HYPHENS not in body and quotable(body):
        sentence = _SIGNING.format(body=shown(body))
    else:
        sentence = _SIGNING_UNSAID
    return MalformedCertificate(explained(sentence, problem.cause, problem.cure))


def _sentence(problem: problems.X509Problem) -> str:
    if isinstance(problem, problems.NotYetValid | problems.Expired):
        return _VALIDITY
    if problem.part in _BY_PART:
        return _BY_PART[problem.part]
    return _CHAIN.format(at=getattr(problem, "at", -1))
