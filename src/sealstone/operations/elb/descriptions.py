"""A classic load balancer as DescribeLoadBalancers tells it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sealstone.model.classic_detail import ClassicDetail, HealthCheck, read_detail
from sealstone.model.load_balancer import LoadBalancer
from sealstone.operations.call import Call
from sealstone.operations.certificate_references import present_arn
from sealstone.operations.elb import policy_types, serving
from sealstone.operations.elb.named import Classic, Port, ports

# There is no hosted zone here; the id has AWS's form, so that clients that keep it are content.
_HOSTED_ZONE_ID: Final = "Z35SXDOTRQ7X7K"


def described(call: Call, record: LoadBalancer) -> Mapping[str, Any]:
    """Every member but VPCId: with it Terraform would ask EC2, which is not here, for the security group."""
    detail = read_detail(record.document)
    return {
        "LoadBalancerName": record.name,
        "DNSName": detail.dns_name,
        "CanonicalHostedZoneName": detail.dns_name,
        "CanonicalHostedZoneNameID": _HOSTED_ZONE_ID,
        "ListenerDescriptions": [_listener(call, port) for port in ports(call, Classic(record, detail))],
        "Policies": policies(detail),
        "BackendServerDescriptions": [
            {"InstancePort": port, "PolicyNames": list(names)}
            for port, names in sorted(detail.backend_policies.items())
        ],
        "AvailabilityZones": list(detail.zones),
        "Subnets": list(detail.subnets),
        "Instances": instances(detail.instances),
        "HealthCheck": health_check(detail.health),
        "SourceSecurityGroup": {"OwnerAlias": record.account_id, "GroupName": "default"},
        "SecurityGroups": list(detail.security_groups),
        "CreatedTime": record.create_date,
        "Scheme": detail.scheme,
    }


def health_check(health: HealthCheck) -> dict[str, Any]:
    """The member HealthCheck."""
    return {
        "Target": health.target,
        "Interval": health.interval,
        "Timeout": health.timeout,
        "UnhealthyThreshold": health.unhealthy_threshold,
        "HealthyThreshold": health.healthy_threshold,
    }


def instances(registered: Sequence[str]) -> list[dict[str, str]]:
    """The member Instances."""
    return [{"InstanceId": instance} for instance in registered]


def policies(detail: ClassicDetail) -> dict[str, Any]:
    """The member Policies: those of stickiness apart, all others by name only."""
    app, duration, others = [], [], []
    for policy in detail.policies:
        if policy.type_name == policy_types.APP_COOKIE:
            app.append({"PolicyName": policy.name, "CookieName": policy.value("CookieName")})
        elif policy.type_name == policy_types.LB_COOKIE:
            period = policy.value("CookieExpirationPeriod")
            duration.append(
                {"PolicyName": policy.name} | ({"CookieExpirationPeriod": int(period)} if period is not None else {})
            )
        else:
            others.append(policy.name)
    return {"AppCookieStickinessPolicies": app, "LBCookieStickinessPolicies": duration, "OtherPolicies": others}


def _listener(call: Call, port: Port) -> dict[str, Any]:
    certificate = serving.certificate_of(call, port)
    arn = present_arn(call, certificate) if certificate else None
    listener = {
        "Protocol": port.record.protocol,
        "LoadBalancerPort": port.record.port,
        "InstanceProtocol": port.detail.instance_protocol,
        "InstancePort": port.detail.instance_port,
    } | ({"SSLCertificateId": arn} if arn else {})
    return {"Listener": listener, "PolicyNames": list(port.detail.policies)}
