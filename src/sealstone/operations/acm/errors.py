"""The errors of ACM that no other service has, by the names of botocore's model, which states no status: 400 holds."""

from sealstone.operations.errors import AWSError


class InvalidArnException(AWSError):
    """The ARN is none of a resource of this kind."""

    code, status = "InvalidArnException", 400


class InvalidArgsException(AWSError):
    """Parameters that do not go together."""

    code, status = "InvalidArgsException", 400


class InvalidStateException(AWSError):
    """The certificate is none with which this can be done."""

    code, status = "InvalidStateException", 400


class InvalidTagException(AWSError):
    """A tag that cannot be given."""

    code, status = "InvalidTagException", 400


class LimitExceededException(AWSError):
    """A quota of the account is used up."""

    code, status = "LimitExceededException", 400


class InvalidDomainValidationOptionsException(AWSError):
    """A ValidationDomain that is neither the name nor above it."""

    code, status = "InvalidDomainValidationOptionsException", 400


class InvalidParameterException(AWSError):
    """A parameter whose value cannot be used."""

    code, status = "InvalidParameterException", 400


class ConflictException(AWSError):
    """Another change of the same certificate is under way."""

    code, status = "ConflictException", 400


class RequestInProgressException(AWSError):
    """The certificate is being issued or renewed."""

    code, status = "RequestInProgressException", 400


class ResourceInUseException(AWSError):
    """Something uses the certificate."""

    code, status = "ResourceInUseException", 400
