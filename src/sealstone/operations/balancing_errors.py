"""The errors of load balancing of both generations: code and status of botocore's models, one class per code.

`InvalidConfigurationRequest` is the classic service's, 409; in the second generation it is 400 and not this class.
"""

from sealstone.operations.errors import AWSError


class LoadBalancerNotFound(AWSError):
    """There is no such load balancer."""

    code, status = "LoadBalancerNotFound", 400


class ListenerNotFound(AWSError):
    """The load balancer has no listener on the port."""

    code, status = "ListenerNotFound", 400


class CertificateNotFound(AWSError):
    """There is no such certificate that a listener could use."""

    code, status = "CertificateNotFound", 400


class DuplicateListener(AWSError):
    """There is another listener on the port."""

    code, status = "DuplicateListener", 400


class DuplicateLoadBalancerName(AWSError):
    """The name is taken by a load balancer with other settings."""

    code, status = "DuplicateLoadBalancerName", 400


class TooManyLoadBalancers(AWSError):
    """The quota of load balancers in the region is used up."""

    code, status = "TooManyLoadBalancers", 400


class UnsupportedProtocol(AWSError):
    """Listeners have no such protocol."""

    code, status = "UnsupportedProtocol", 400


class InvalidConfigurationRequest(AWSError):
    """What is asked does not fit what is configured."""

    code, status = "InvalidConfigurationRequest", 409


class InvalidScheme(AWSError):
    """Load balancers have no such scheme."""

    code, status = "InvalidScheme", 400


class InvalidInstance(AWSError):
    """There is no such instance."""

    code, status = "InvalidInstance", 400


class PolicyNotFound(AWSError):
    """There is no such policy."""

    code, status = "PolicyNotFound", 400


class PolicyTypeNotFound(AWSError):
    """There is no such type of policies."""

    code, status = "PolicyTypeNotFound", 400


class DuplicatePolicyName(AWSError):
    """The load balancer has a policy of this name."""

    code, status = "DuplicatePolicyName", 400


class TooManyPolicies(AWSError):
    """The quota of policies is used up."""

    code, status = "TooManyPolicies", 400


class TooManyTags(AWSError):
    """The load balancer would have too many tags."""

    code, status = "TooManyTags", 400


class DuplicateTagKeys(AWSError):
    """A tag key was sent twice."""

    code, status = "DuplicateTagKeys", 400


class LoadBalancerAttributeNotFound(AWSError):
    """Load balancers have no such attribute."""

    code, status = "LoadBalancerAttributeNotFound", 400
