"""Amazon Resource Names of what lives here. Text in, text out; parsing patterns is the policy room's work."""


def root(account_id: str) -> str:
    """The account's root user."""
    return f"arn:aws:iam::{account_id}:root"


def user(account_id: str, path: str, name: str) -> str:
    """A user; `path` begins and ends with a slash."""
    return f"arn:aws:iam::{account_id}:user{path}{name}"


def server_certificate(account_id: str, path: str, name: str) -> str:
    """A server certificate; `path` begins and ends with a slash."""
    return f"arn:aws:iam::{account_id}:server-certificate{path}{name}"


def group(account_id: str, path: str, name: str) -> str:
    """A group of users; `path` begins and ends with a slash."""
    return f"arn:aws:iam::{account_id}:group{path}{name}"


def policy(account_id: str, path: str, name: str) -> str:
    """A managed policy; `path` begins and ends with a slash. AWS's own are of the account `aws`."""
    return f"arn:aws:iam::{account_id}:policy{path}{name}"


def role(account_id: str, path: str, name: str) -> str:
    """A role; `path` begins and ends with a slash."""
    return f"arn:aws:iam::{account_id}:role{path}{name}"


def role_session(account_id: str, role_name: str, session_name: str) -> str:
    """A session of a role, which has the role's name without its path."""
    return f"arn:aws:sts::{account_id}:assumed-role/{role_name}/{session_name}"


def instance_profile(account_id: str, path: str, name: str) -> str:
    """An instance profile; `path` begins and ends with a slash."""
    return f"arn:aws:iam::{account_id}:instance-profile{path}{name}"


def federated_user(account_id: str, name: str) -> str:
    """Whom a session of GetFederationToken stands for."""
    return f"arn:aws:sts::{account_id}:federated-user/{name}"


def roles_anywhere(kind: str, region: str, account_id: str, unique_id: str) -> str:
    """Of Roles Anywhere: `kind` is trust-anchor, profile, crl or subject."""
    return f"arn:aws:rolesanywhere:{region}:{account_id}:{kind}/{unique_id}"


def classic_load_balancer(region: str, account_id: str, name: str) -> str:
    """A classic load balancer, which has no id in its ARN."""
    return f"arn:aws:elasticloadbalancing:{region}:{account_id}:loadbalancer/{name}"


def load_balancer(region: str, account_id: str, kind: str, name: str, unique_id: str) -> str:
    """A load balancer of the second generation; `kind` is app or net."""
    return f"arn:aws:elasticloadbalancing:{region}:{account_id}:loadbalancer/{kind}/{name}/{unique_id}"


def target_group(region: str, account_id: str, name: str, unique_id: str) -> str:
    """A target group."""
    return f"arn:aws:elasticloadbalancing:{region}:{account_id}:targetgroup/{name}/{unique_id}"


def trust_store(region: str, account_id: str, name: str, unique_id: str) -> str:
    """A trust store of mutual TLS."""
    return f"arn:aws:elasticloadbalancing:{region}:{account_id}:truststore/{name}/{unique_id}"
