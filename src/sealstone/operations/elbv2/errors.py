"""The errors of the second generation of load balancing that the first has not, or has with another status.

Code and status of botocore's model, one class per code. `balancing_errors` has those that both have alike.
"""

from sealstone.operations.errors import AWSError


class InvalidConfigurationRequest(AWSError):
    """What is asked does not fit what is configured; in the first generation it is 409."""

    code, status = "InvalidConfigurationRequest", 400


class InvalidLoadBalancerAction(AWSError):
    """The action cannot be taken by such a listener."""

    code, status = "InvalidLoadBalancerAction", 400


class InvalidSubnet(AWSError):
    """There is no such subnet, or none was named."""

    code, status = "InvalidSubnet", 400


class IncompatibleProtocols(AWSError):
    """Protocols of listener and target group do not go together."""

    code, status = "IncompatibleProtocols", 400


class OperationNotPermitted(AWSError):
    """What is named cannot be treated so."""

    code, status = "OperationNotPermitted", 400


class ResourceInUse(AWSError):
    """What is named is needed by something else."""

    code, status = "ResourceInUse", 400


class PriorityInUse(AWSError):
    """Another rule of the listener has the priority."""

    code, status = "PriorityInUse", 400


class RuleNotFound(AWSError):
    """There is no such rule."""

    code, status = "RuleNotFound", 400


class SSLPolicyNotFound(AWSError):
    """There is no such security policy."""

    code, status = "SSLPolicyNotFound", 400


class ALPNPolicyNotFound(AWSError):
    """There is no such ALPN policy."""

    code, status = "ALPNPolicyNotFound", 400


class UnsupportedCertificate(AWSError):
    """The certificate is none that such a listener can use; not in the model, recorded."""

    code, status = "UnsupportedCertificate", 400


class TargetGroupNotFound(AWSError):
    """There is no such target group."""

    code, status = "TargetGroupNotFound", 400


class TargetGroupAssociationLimit(AWSError):
    """The target group belongs to another load balancer."""

    code, status = "TargetGroupAssociationLimit", 400


class DuplicateTargetGroupName(AWSError):
    """The name is taken by a target group with other settings."""

    code, status = "DuplicateTargetGroupName", 400


class InvalidTarget(AWSError):
    """What is named cannot be a target, or is none."""

    code, status = "InvalidTarget", 400


class TrustStoreNotFound(AWSError):
    """There is no such trust store."""

    code, status = "TrustStoreNotFound", 400


class TrustStoreNotReady(AWSError):
    """The trust store cannot be used yet."""

    code, status = "TrustStoreNotReady", 400


class TrustStoreInUse(AWSError):
    """A listener needs the trust store."""

    code, status = "TrustStoreInUse", 400


class DuplicateTrustStoreName(AWSError):
    """The name is taken by another trust store."""

    code, status = "DuplicateTrustStoreName", 400


class CaCertificatesBundleNotFound(AWSError):
    """There is no such file of certificates."""

    code, status = "CaCertificatesBundleNotFound", 400


class InvalidCaCertificatesBundle(AWSError):
    """The file is no bundle of certificates of authorities."""

    code, status = "InvalidCaCertificatesBundle", 400


class RevocationContentNotFound(AWSError):
    """There is no such file of revocations."""

    code, status = "RevocationContentNotFound", 400


class InvalidRevocationContent(AWSError):
    """The file is no revocation list of an authority of the trust store."""

    code, status = "InvalidRevocationContent", 400


class RevocationIdNotFound(AWSError):
    """The trust store has no such revocation list."""

    code, status = "RevocationIdNotFound", 400


class TooManyActions(AWSError):
    """More actions than a rule may have."""

    code, status = "TooManyActions", 400


class TooManyCertificates(AWSError):
    """More certificates than fit."""

    code, status = "TooManyCertificates", 400


class TooManyListeners(AWSError):
    """The quota of listeners is used up."""

    code, status = "TooManyListeners", 400


class TooManyRules(AWSError):
    """The quota of rules is used up."""

    code, status = "TooManyRules", 400


class TooManyTargetGroups(AWSError):
    """The quota of target groups is used up."""

    code, status = "TooManyTargetGroups", 400


class TooManyUniqueTargetGroupsPerLoadBalancer(AWSError):
    """The load balancer would have too many target groups."""

    code, status = "TooManyUniqueTargetGroupsPerLoadBalancer", 400


class TooManyTargets(AWSError):
    """The quota of targets is used up."""

    code, status = "TooManyTargets", 400


class TooManyTrustStores(AWSError):
    """The quota of trust stores is used up."""

    code, status = "TooManyTrustStores", 400


class TooManyTrustStoreRevocationEntries(AWSError):
    """The trust store would have too many revoked certificates."""

    code, status = "TooManyTrustStoreRevocationEntries", 400
