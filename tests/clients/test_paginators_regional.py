"""boto3's paginators over the lists of services that have Regions: Roles Anywhere and load balancing.

As in `test_paginators`: nothing is told twice, nothing is left out, no page is longer than was asked for.
"""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any, Final

import pytest
from tests.pki import Authority
from tests.rest_json import TRUSTED, revocation_list, source, workload
from tests.server import Server

from sealstone.server.clock import system_clock
from sealstone.signer import SigningCertificate, signed_headers

_REGION: Final = "eu-central-1"
_MANY: Final = 250
_FEW: Final = 25
_QUOTAS: Final = {"TrustAnchorsPerAccount": _MANY, "RevocationListsPerTrustAnchor": 20}


@pytest.fixture(scope="module")
def anywhere(server: Server) -> Iterator[Any]:
    """The client of an account with many anchors, profiles and lists, and of machines that had sessions."""
    owner = server.account()
    for quota, value in _QUOTAS.items():
        server.done("account", "quota", "set", owner.account_id, quota, str(value))
    authority = Authority("Example Root", valid_at=system_clock().replace(microsecond=0))
    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUSTED]})
    with server.client("iam", owner) as iam:
        role = iam.create_role(RoleName="Build", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    with server.client("rolesanywhere", owner, region=_REGION) as client:
        for number in range(_MANY):
            made = client.create_trust_anchor(name=f"a-{number}", source=source(authority), enabled=True)
            anchor = made["trustAnchor"]["trustAnchorArn"]
            profile = client.create_profile(name=f"p-{number}", roleArns=[role], enabled=True)["profile"]["profileArn"]
            if number < _FEW:
                data = revocation_list(authority)
                client.import_crl(name=f"l-{number}", crlData=data, trustAnchorArn=anchor, enabled=True)
                members = {"trustAnchorArn": anchor, "profileArn": profile, "roleArn": role}
                _session(server.endpoint, authority, f"machine-{number}", members)
        yield client


def _session(endpoint: str, authority: Authority, name: str, members: dict[str, str]) -> None:
    """CreateSession, for a certificate of its own."""
    leaf = workload(authority, name)
    signer = SigningCertificate.read(leaf.certificate_pem, leaf.private_key_pem)
    url, body = f"{endpoint}/sessions", json.dumps(members).encode()
    headers = signed_headers(signer, "POST", url, body, service="rolesanywhere", region=_REGION)
    request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310 - the server of this test
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        assert answer.status == 201


@pytest.mark.parametrize(
    ("operation", "member", "name", "count", "size"),
    [
        ("list_trust_anchors", "trustAnchors", "trustAnchorId", _MANY, 60),
        ("list_profiles", "profiles", "profileId", _MANY, 60),
        ("list_crls", "crls", "crlId", _FEW, 7),
        ("list_subjects", "subjects", "subjectId", _FEW, 7),
    ],
)
def test_roles_anywhere(anywhere: Any, operation: str, member: str, name: str, count: int, size: int) -> None:
    found = [page[member] for page in anywhere.get_paginator(operation).paginate(pageSize=size)]
    items = [item[name] for page in found for item in page]
    assert len(items) == len(set(items)) == count
    assert all(len(page) == size for page in found[:-1])


@pytest.fixture(scope="module")
def balanced(server: Server) -> Iterator[Any]:
    """The client of an account with load balancers and target groups of the second generation."""
    with server.client("elbv2", server.account(), region=_REGION) as client:
        for number in range(_FEW):
            client.create_load_balancer(Name=f"b-{number}", Subnets=["subnet-1"])
        for number in range(_MANY):
            client.create_target_group(Name=f"g-{number}", Protocol="HTTP", Port=80, VpcId="vpc-1")
        yield client


@pytest.mark.parametrize(
    ("operation", "member", "name", "count", "size"),
    [
        ("describe_load_balancers", "LoadBalancers", "LoadBalancerName", _FEW, 7),
        ("describe_target_groups", "TargetGroups", "TargetGroupName", _MANY, 60),
    ],
)
def test_load_balancing(balanced: Any, operation: str, member: str, name: str, count: int, size: int) -> None:
    pages = balanced.get_paginator(operation).paginate(PaginationConfig={"PageSize": size})
    found = [page[member] for page in pages]
    items = [item[name] for page in found for item in page]
    assert len(items) == len(set(items)) == count
    assert all(len(page) == size for page in found[:-1])


def test_classic_load_balancers(server: Server) -> None:
    listener = {"Protocol": "TCP", "InstancePort": 80}
    with server.client("elb", server.account(), region=_REGION) as client:
        for number in range(5):
            client.create_load_balancer(
                LoadBalancerName=f"c-{number}",
                Listeners=[{**listener, "LoadBalancerPort": 2000 + number}],
                AvailabilityZones=["eu-central-1a"],
            )
        pages = client.get_paginator("describe_load_balancers").paginate(PaginationConfig={"PageSize": 2})
        found = [[one["LoadBalancerName"] for one in page["LoadBalancerDescriptions"]] for page in pages]
        assert found == [["c-0", "c-1"], ["c-2", "c-3"], ["c-4"]]
