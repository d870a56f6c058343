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
