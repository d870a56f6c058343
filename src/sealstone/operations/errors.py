"""Every error an AWS caller can be answered with: one class per AWS code. Wording belongs to where it is raised.

`code` and `status` are what the query protocol (IAM, STS, ELB) answers; `json_code` and `json_status` are given
where the JSON services (ACM) name the same refusal differently. A test compares each class with the error
traits of the service models.
"""

from typing import ClassVar


class AWSError(Exception):
    """A refusal in AWS's words: what the caller sees is `code`, the HTTP status and `message`, nothing else."""

    code: ClassVar[str]
    status: ClassVar[int]
    json_code: ClassVar[str | None] = None
    json_status: ClassVar[int] = 400

    def __init__(self, message: str) -> None:
        """`message` is shown to the caller: it must hold no secret."""
        super().__init__(message)
        self.message = message

    @classmethod
    def code_in(cls, *, json: bool) -> str:
        """The code as it is answered: in JSON some have another name."""
        return (cls.json_code if json else None) or cls.code

    @property
    def fault(self) -> str:
        """Whose fault it is, in the word of the XML answer."""
        return "Sender" if self.status < 500 else "Receiver"


# --- who is calling (aws-common errors; IAM user guide, "Signature Version 4 troubleshooting") ---


class MissingAuthenticationToken(AWSError):
    """The request carries no authentication at all."""

    code, status, json_code = "MissingAuthenticationToken", 403, "MissingAuthenticationTokenException"


class IncompleteSignature(AWSError):
    """The authentication is there but cannot be read."""

    code, status, json_code = "IncompleteSignature", 400, "IncompleteSignatureException"


class InvalidClientTokenId(AWSError):
    """The access key does not exist, or is not active."""

    code, status, json_code = "InvalidClientTokenId", 403, "UnrecognizedClientException"


class SignatureDoesNotMatch(AWSError):
    """The signature is not the one this request should have: key, scope, clock or bytes differ."""

    code, status, json_code = "SignatureDoesNotMatch", 403, "InvalidSignatureException"


class RequestExpired(AWSError):
    """A presigned request after its end."""

    code, status, json_code = "RequestExpired", 400, "RequestExpired"


class ExpiredToken(AWSError):
    """Temporary credentials after their end."""

    code, status, json_code = "ExpiredToken", 403, "ExpiredTokenException"


class AccessDenied(AWSError):
    """No policy allows it, or one denies it."""

    code, status, json_code = "AccessDenied", 403, "AccessDeniedException"


class Throttling(AWSError):
    """Too many failed attempts from one address; the status is the one HTTP has for it (RFC 6585, 4)."""

    code, status, json_code, json_status = "Throttling", 429, "ThrottlingException", 429


# --- what is being asked ---


class InvalidAction(AWSError):
    """No such operation in this version of the service."""

    code, status, json_code = "InvalidAction", 400, "UnknownOperationException"


class MissingAction(AWSError):
    """The request names no operation."""

    code, status, json_code = "MissingAction", 400, "UnknownOperationException"


class MalformedInput(AWSError):
    """The body cannot be decoded into the operation's parameters."""

    code, status, json_code = "MalformedInput", 400, "SerializationException"


class ValidationError(AWSError):
    """A parameter breaks a constraint of the service model."""

    code, status, json_code = "ValidationError", 400, "ValidationException"


class InvalidParameterCombination(AWSError):
    """Parameters that exclude each other, or one that is known but not offered here."""

    code, status, json_code = "InvalidParameterCombination", 400, "ValidationException"


class MethodNotAllowed(AWSError):
    """An HTTP method other than GET and POST."""

    code, status, json_code, json_status = "MethodNotAllowed", 405, "MethodNotAllowed", 405


class RequestEntityTooLarge(AWSError):
    """The body is longer than any request of these services can be."""

    code, status, json_code, json_status = "RequestEntityTooLarge", 413, "RequestEntityTooLargeException", 413


class RequestTimeout(AWSError):
    """The body did not arrive in time."""

    code, status, json_code, json_status = "RequestTimeout", 408, "RequestTimeout", 408


# --- IAM ---


class NoSuchEntity(AWSError):
    """The named entity does not exist."""

    code, status = "NoSuchEntity", 404


class EntityAlreadyExists(AWSError):
    """The name is taken."""

    code, status = "EntityAlreadyExists", 409


class LimitExceeded(AWSError):
    """A quota of the account is used up."""

    code, status = "LimitExceeded", 409


class DeleteConflict(AWSError):
    """Something still hangs on what should be deleted."""

    code, status = "DeleteConflict", 409


class InvalidInput(AWSError):
    """A parameter is well-formed but cannot be meant."""

    code, status, json_code = "InvalidInput", 400, "ValidationException"


class MalformedCertificate(AWSError):
    """Certificate, key or chain cannot be accepted."""

    code, status = "MalformedCertificate", 400


class InvalidCertificate(AWSError):
    """The certificate can be read, but cannot be used for this."""

    code, status = "InvalidCertificate", 400


class DuplicateCertificate(AWSError):
    """The certificate already belongs to someone."""

    code, status = "DuplicateCertificate", 409


class KeyPairMismatch(AWSError):
    """The private key is not the certificate's."""

    code, status = "KeyPairMismatch", 400


class PasswordPolicyViolation(AWSError):
    """The password is not what the account's password policy asks for."""

    code, status = "PasswordPolicyViolation", 400


class InvalidUserType(AWSError):
    """The caller is none of those who have what is to be changed."""

    code, status = "InvalidUserType", 400


class ReportNotPresent(AWSError):
    """No credential report was ever generated."""

    code, status = "ReportNotPresent", 410


class ReportExpired(AWSError):
    """The last credential report is too old."""

    code, status = "ReportExpired", 410


class MalformedPolicyDocument(AWSError):
    """The policy document cannot be accepted."""

    code, status = "MalformedPolicyDocument", 400


# --- STS ---


class InvalidParameterValue(AWSError):
    """Session tags that cannot be meant."""

    code, status = "InvalidParameterValue", 400


class PackedPolicyTooLarge(AWSError):
    """Session policies and session tags are more than a session token holds."""

    code, status = "PackedPolicyTooLarge", 400


class InvalidAuthorizationMessageException(AWSError):
    """The message is no encoded denial."""

    code, status = "InvalidAuthorizationMessageException", 400


# --- Roles Anywhere ---


class ResourceNotFoundException(AWSError):
    """What is named does not exist."""

    code, status = "ResourceNotFoundException", 404


class TooManyTagsException(AWSError):
    """More tags than a resource may have."""

    code, status = "TooManyTagsException", 400


# --- our side ---


class InternalFailure(AWSError):
    """A fault of ours; the log has it under the request id."""

    code, status, json_code, json_status = "InternalFailure", 500, "InternalFailure", 500


class ServiceFailure(AWSError):
    """IAM's word for a fault of the service: what was asked has not happened."""

    code, status = "ServiceFailure", 500


class ServiceUnavailable(AWSError):
    """The store is busy or cannot be written; trying again later is right."""

    code, status, json_code, json_status = "ServiceUnavailable", 503, "ServiceUnavailable", 503
