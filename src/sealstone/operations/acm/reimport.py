"""What a certificate must be to take the place of another under its ARN.

Source: ACM user guide, "Reimport a certificate" and "Prerequisites for importing ACM certificates". Names may change;
the audit row tells which ones are no longer there. Of a certificate in use not all may go (documented); of one that
nobody uses they may (recorded: Terraform's acceptance tests do that).
"""

from collections.abc import Iterator, Sequence
from typing import Final

from sealstone.model.certificate import Certificate, CertificateType
from sealstone.model.certificate_detail import CertificateDetail
from sealstone.operations.acm.wording import explained
from sealstone.operations.authorization import authorize
from sealstone.operations.call import Call
from sealstone.operations.errors import ValidationError
from sealstone.x509.presentable import NotPresentable

_TAGS: Final = "Tagging is not permitted on re-import."  # recorded: hashicorp/terraform-provider-aws#15055
_MISSING_EXTENDED: Final = (  # recorded, without its full stop: hashicorp/terraform-provider-aws#42779
    "New certificate is missing one or more Extended Key Usages supported by the currently imported certificate"
)
_MISSING: Final = "New certificate is missing one or more Key Usages supported by the currently imported certificate"
_ADDED_EXTENDED: Final = "New certificate has Extended Key Usages, and the currently imported certificate has none"
_ADDED: Final = "New certificate has Key Usages, and the currently imported certificate has none"
_KEY: Final = "The key algorithm of the new certificate is not the one of the currently imported certificate"
_NOT_PRESENTABLE: Final = "The new certificate cannot be used by the load balancers that use the present one"
_NAMES: Final = "You cannot remove all of the domain names from a certificate"
# Public authorities no longer put it into certificates for servers, so it may go (user guide).
_MAY_GO: Final = frozenset({"TLS_WEB_CLIENT_AUTHENTICATION (1.3.6.1.5.5.7.3.2)"})
# RFC 5480 section 3: an elliptic curve key has no such usage, so it may go from there (user guide).
_NOT_OF_CURVES: Final = frozenset({"KEY_ENCIPHERMENT"})
_CURVE: Final = "EC_"
_CURE: Final = "have a certificate issued with the usages of the present one, or import it as a new one"


def judge(call: Call, action: str) -> None:
    """The caller's policies decide. Raises AccessDenied, and ValidationError for an empty list of tags.

    AWS says the same of it as of any other (recorded: aws-controllers-k8s#3018), before what its model says.
    """
    authorize(call, action)
    if call.parameters.get("CertificateArn") and call.parameters.get("Tags") == []:
        check_untagged(tagged=True)


def check_imported(there: Certificate) -> None:
    """Raises ValidationError: what was requested is renewed, and never imported."""
    if there.kind is not CertificateType.IMPORTED:
        raise ValidationError(
            explained(
                f"Certificate {there.arn} is not an imported certificate",
                f"its type is {there.kind}, and only an imported certificate can be imported again",
                "import it as a new certificate, without CertificateArn",
            )
        )


def check_untagged(*, tagged: bool) -> None:
    """Raises ValidationError: tags are changed by AddTagsToCertificate alone."""
    if tagged:
        raise ValidationError(explained(_TAGS, "", "send it without Tags, and change tags with AddTagsToCertificate"))


def check(there: Certificate, new: CertificateDetail, *, in_use: bool) -> None:
    """Raises ValidationError."""
    old = there.detail
    if new.key_algorithm != old.key_algorithm:
        raise ValidationError(
            explained(
                _KEY,
                f"the new key is {new.key_algorithm}, the present one {old.key_algorithm}",
                "use a key of the same kind and size, or import it as a new certificate",
            )
        )
    if in_use and _folded(old).isdisjoint(_folded(new)):
        raise ValidationError(
            explained(
                _NAMES,
                f"it is in use, and the new one has none of its names: {', '.join(old.names)}",
                "have a certificate issued with one of them at least, or import it as a new one",
            )
        )
    may_go = _NOT_OF_CURVES if new.key_algorithm.startswith(_CURVE) else frozenset()
    _check_usages(frozenset(old.key_usages), frozenset(new.key_usages), _MISSING, _ADDED, may_go=may_go)
    _check_usages(_usages(old), _usages(new), _MISSING_EXTENDED, _ADDED_EXTENDED, may_go=_MAY_GO)


def not_presentable(problem: NotPresentable, users: Sequence[str]) -> ValidationError:
    """For a certificate in use: what is stored must be served, and this one no listener could load [inferred]."""
    cause = f"{problem.cause}, and {', '.join(users)} would have to"
    return ValidationError(explained(_NOT_PRESENTABLE, cause, problem.cure))


def lost_names(there: Certificate, new: CertificateDetail) -> Iterator[str]:
    """A sentence for each name that clients may have asked for."""
    kept = _folded(new)
    for name in there.detail.names:
        if name.lower() not in kept:
            yield f"{there.arn} no longer has the name {name}"


def _folded(detail: CertificateDetail) -> frozenset[str]:
    """Its names; those of hosts have no case (RFC 4343)."""
    return frozenset(name.lower() for name in detail.names)


def _check_usages(
    old: frozenset[str], new: frozenset[str], missing: str, added: str, may_go: frozenset[str] = frozenset()
) -> None:
    """An extension may grow and not shrink, and one that was not there may not come (prerequisites)."""
    if gone := sorted(old - new - may_go):
        raise ValidationError(explained(missing, f"it lacks {', '.join(gone)}", _CURE))
    if new and not old:
        raise ValidationError(explained(added, f"it has {', '.join(sorted(new))}", _CURE))


def _usages(detail: CertificateDetail) -> frozenset[str]:
    return frozenset(f"{name} ({identifier})" for name, identifier in detail.extended_key_usages)
