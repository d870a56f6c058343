"""What ACM says of each x509 finding: AWS's sentence first, then the exact cause and the cure.

Sentences marked R are recorded from AWS or quoted by its Knowledge Center; the others are ours, since nobody recorded
AWS's (docs/divergences.md). All of them are answered as ValidationException (recorded).
"""

from typing import Final

from sealstone.operations.acm.wording import explained
from sealstone.operations.errors import ValidationError
from sealstone.x509 import problems
from sealstone.x509.imported import ChainMissing, NotAsDemanded
from sealstone.x509.problems import Part, X509Problem
from sealstone.x509.public_keys import RSA

_SEVERAL: Final = (  # R: hashicorp/terraform-provider-aws#19400
    "The certificate field contains more than one certificate. You can specify only one certificate in this field."
)
_FORM: Final = "The certificate body/chain provided is not in a valid PEM format"  # R: acm-import-troubleshooting
_UNPARSED: Final = "Unable to parse certificate. Please ensure the certificate is in PEM format."  # R: the same
_CHAIN: Final = "Could not validate the certificate with the certificate chain."  # R: go-acme/lego#1506
_NO_CHAIN: Final = (  # R: what ACM said while it asked for chains
    "Provided certificate is not a valid self signed. Please provide either a valid self-signed certificate or "
    "certificate chain."
)
_EXPIRED: Final = "The certificate has expired, is not valid."
_NOT_YET: Final = "The certificate is not in effect yet, is not valid."
_NOT_DEMANDED: Final = "The certificate is not one that can be imported."

_KEY_FORM: Final = "The private key is not PEM-encoded or is not valid."
_NO_KEY: Final = "Passed PEM was not a private key."  # R: an import with another block as key
_ENCRYPTED: Final = "Your private key should not be encrypted."  # R: acm-import-troubleshooting
_UNSUPPORTED: Final = "The private key is not supported."  # R: pplu/aws-sdk-perl#173, acm-import-troubleshooting
_LENGTH: Final = "The private key length is not supported for key algorithm."  # R: acm-import-troubleshooting
_MISMATCH: Final = "The private key does not match the certificate."

_IN_CERTIFICATE: Final = (problems.NotPEM, problems.TextAroundPEM, problems.WrongBlock, problems.TooLong)


def refusal(problem: X509Problem) -> ValidationError:
    """The AWS error for a finding: code and leading sentence by AWS, cause and cure by x509."""
    return ValidationError(explained(_sentence(problem), problem.cause, problem.cure))


def _sentence(problem: X509Problem) -> str:
    if isinstance(problem, problems.UnsupportedKey):
        return _of_key_kind(problem)
    if isinstance(problem, ChainMissing):
        return _NO_CHAIN
    return {Part.CERTIFICATE: _of_certificate, Part.PRIVATE_KEY: _of_private_key}.get(problem.part, _of_chain)(problem)


def _of_key_kind(problem: problems.UnsupportedKey) -> str:
    """The key of an authority is the chain's fault, not the import's."""
    if problem.at != problems.NOT_IN_CHAIN:
        return _CHAIN
    return _LENGTH if problem.kind == RSA else _UNSUPPORTED


def _of_certificate(problem: X509Problem) -> str:
    match problem:
        case problems.SeveralCertificates():
            return _SEVERAL
        case problems.Expired():
            return _EXPIRED
        case problems.NotYetValid():
            return _NOT_YET
        case NotAsDemanded(rule="blank-at-line-end"):
            return _FORM
        case NotAsDemanded(rule="key-type"):  # RSA of a size between those that are named
            return _LENGTH
        case NotAsDemanded():
            return _NOT_DEMANDED
    return _FORM if isinstance(problem, _IN_CERTIFICATE) else _UNPARSED


def _of_private_key(problem: X509Problem) -> str:
    match problem:
        case problems.KeyMismatch():
            return _MISMATCH
        case problems.KeyEncrypted():
            return _ENCRYPTED
        case problems.WrongBlock():
            return _NO_KEY
    return _KEY_FORM


def _of_chain(problem: X509Problem) -> str:
    is_form = isinstance(problem, _IN_CERTIFICATE) or (
        isinstance(problem, NotAsDemanded) and problem.rule == "blank-at-line-end"
    )
    return _FORM if is_form else _CHAIN
