"""The managed policies that people expect to find under AWS's own ARNs, reduced to the services that are here.

Names, ids and dates are AWS's; the documents say what AWS's say of IAM, STS, ACM and Elastic Load Balancing, and
nothing of services that are not here. They cannot be changed.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from sealstone.model.managed_policy import AWS, ManagedPolicy, PolicyVersion


def _allow(*actions: str) -> str:
    statement = {"Effect": "Allow", "Action": actions[0] if len(actions) == 1 else actions, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=4)


_ACM_READING: Final = ("acm:DescribeCertificate", "acm:ListCertificates", "acm:GetCertificate", "acm:ListTagsFor*")
_IAM_READING: Final = (
    "iam:GenerateCredentialReport",
    "iam:GenerateServiceLastAccessedDetails",
    "iam:Get*",
    "iam:List*",
    "iam:SimulateCustomPolicy",
    "iam:SimulatePrincipalPolicy",
)
_AUDITING: Final = ("acm:Describe*", "acm:List*", "elasticloadbalancing:Describe*", *_IAM_READING)

# Name, id, date of creation, description, document. (Pages of the AWS managed policy reference guide.)
_ROWS: Final = (
    (
        "AdministratorAccess",
        "ANPAIWMBCKSKIEE64ZLYK",
        "2015-02-06T18:39:46Z",
        "Provides full access to AWS services and resources.",
        _allow("*"),
    ),
    (
        "IAMFullAccess",
        "ANPAI7XKCFMBPM3QQRRVQ",
        "2015-02-06T18:40:38Z",
        "Provides full access to IAM via the AWS Management Console.",
        _allow("iam:*"),
    ),
    (
        "IAMReadOnlyAccess",
        "ANPAJKSO7NDY4T57MWDSQ",
        "2015-02-06T18:40:39Z",
        "Provides read only access to IAM via the AWS Management Console.",
        _allow(*_IAM_READING),
    ),
    (
        "AWSCertificateManagerFullAccess",
        "ANPAJYCHABBP6VQIVBCBQ",
        "2016-01-21T17:02:36Z",
        "Provides full access to AWS Certificate Manager (ACM)",
        _allow("acm:*"),
    ),
    (
        "AWSCertificateManagerReadOnly",
        "ANPAI4GSWX6S4MESJ3EWC",
        "2016-01-21T17:07:33Z",
        "Provides read only access to AWS Certificate Manager (ACM).",
        _allow(*_ACM_READING),
    ),
    (
        "ElasticLoadBalancingFullAccess",
        "ANPAIDPMLA3IUIOQCISJ4",
        "2018-09-20T20:42:07Z",
        (
            "Provides full access to Amazon ElasticLoadBalancing, and limited access to other services necessary to "
            "provide ElasticLoadBalancing features."
        ),
        _allow("elasticloadbalancing:*"),
    ),
    (
        "ElasticLoadBalancingReadOnly",
        "ANPAJMO7B7SNFLQ6HH736",
        "2018-09-20T20:17:09Z",
        "Provides read only access to Amazon ElasticLoadBalancing and dependent services",
        _allow("elasticloadbalancing:Describe*"),
    ),
    (
        "SecurityAudit",
        "ANPAIX2T3QCXHR2OGGCTO",
        "2015-02-06T18:41:01Z",
        (
            "The security audit template grants access to read security configuration metadata. It is useful for "
            "software that audits the configuration of an AWS account."
        ),
        _allow(*_AUDITING),
    ),
)


def _policy(name: str, unique_id: str, date: str, description: str) -> ManagedPolicy:
    created = datetime.fromisoformat(date).astimezone(UTC)
    return ManagedPolicy(AWS, unique_id, name, "/", description, created, created, 1, 1)


ALL: Final = tuple(sorted((_policy(*row[:4]) for row in _ROWS), key=lambda policy: policy.name.lower()))
_BY_ARN: Final[Mapping[str, ManagedPolicy]] = MappingProxyType({policy.arn: policy for policy in ALL})
_BY_ID: Final[Mapping[str, ManagedPolicy]] = MappingProxyType({policy.unique_id: policy for policy in ALL})
_DOCUMENTS: Final[Mapping[str, str]] = MappingProxyType({row[1]: row[4] for row in _ROWS})


def by_arn(arn: str) -> ManagedPolicy | None:
    """The policy of this ARN, to the letter."""
    return _BY_ARN.get(arn)


def by_id(unique_id: str) -> ManagedPolicy | None:
    """The policy of this id."""
    return _BY_ID.get(unique_id)


def version(policy: ManagedPolicy) -> PolicyVersion:
    """The one version that a policy of this module has."""
    return PolicyVersion(AWS, policy.unique_id, 1, _DOCUMENTS[policy.unique_id], policy.create_date)
