"""Which parameters of RequestCertificate go together, and which values of them there are here.

Source: RequestCertificate (API reference). Who names an authority has nothing validated, so that what is about
validation is refused, not ignored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sealstone.model.certificate_request import ValidationMethod
from sealstone.operations.acm.wording import explained
from sealstone.operations.errors import ValidationError

USUAL_KEY: Final = "RSA_2048"
USUAL_METHOD: Final = ValidationMethod.EMAIL
"""Recorded: LocalStack's test_domain_validation, which names none."""
_KEYS: Final = (USUAL_KEY, "EC_prime256v1", "EC_secp384r1")
# Recorded: cloudposse/terraform-aws-acm-request-certificate#95.
_PRIVATE: Final = "One or more of the options specified in the request are not supported for PRIVATE certificate types"
_METHOD: Final = "ValidationMethod"
_LOGGING: Final = "CertificateTransparencyLoggingPreference"


@dataclass(frozen=True, slots=True)
class Given:
    """Parameters about validation and options, as they were sent."""

    method: str | None
    domains: Sequence[Mapping[str, str]] | None
    options: Mapping[str, str]
    authority_arn: str | None


def check_unmanaged(managed_by: str | None) -> None:
    """Raises ValidationError: there is no such service here."""
    if managed_by is not None:
        raise ValidationError(
            explained(
                f"ManagedBy {managed_by} is not supported here",
                "it marks certificates that another service of AWS requests and manages",
                "send the request without ManagedBy",
            )
        )


def read_key_algorithm(sent: str | None) -> str:
    """RSA_2048 unless another one is named (API reference). Raises ValidationError for those of imports alone."""
    if sent is not None and sent not in _KEYS:
        raise ValidationError(
            explained(
                f"The key algorithm {sent} cannot be requested",
                "it is for imported certificates alone",
                f"use one of {', '.join(_KEYS)}",
            )
        )
    return sent or USUAL_KEY


def read_method(given: Given) -> ValidationMethod:
    """The parameter or the option of the same name. Raises ValidationError when they differ."""
    option = given.options.get(_METHOD)
    if given.method and option and given.method != option:
        raise ValidationError(
            explained(
                "The validation method is not clear",
                f"ValidationMethod is {given.method}, and in Options it is {option}",
                "give it once",
            )
        )
    return ValidationMethod(given.method or option or USUAL_METHOD)


def check_private(given: Given) -> None:
    """What cannot be asked of an authority that is named. Raises ValidationError."""
    if "Export" in given.options or _METHOD in given.options:
        refused = "Export" if "Export" in given.options else _METHOD
        raise ValidationError(
            explained(
                _PRIVATE,
                f"{refused} is for certificates whose domains are validated; a private one can always be exported",
                f"send the request without {refused}",
            )
        )
    if given.options.get(_LOGGING) == "ENABLED":
        raise ValidationError(
            explained(
                _PRIVATE,
                f"{_LOGGING} is ENABLED, and no log has private certificates",
                f"send the request without {_LOGGING}, or with DISABLED",
            )
        )
    if given.method is not None or given.domains is not None:
        refused = _METHOD if given.method is not None else "DomainValidationOptions"
        raise ValidationError(
            explained(
                f"{refused} cannot be given together with CertificateAuthorityArn",
                "a private authority issues without validating domains",
                f"send the request without {refused}, or without CertificateAuthorityArn",
            )
        )
