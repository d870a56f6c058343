"""Whether the caller may pass a role on to a service that will act with it: iam:PassRole.

Without that, who may make profiles or fill instance profiles could have, by way of the service, rights of every role
that trusts it. Source: IAM user guide, "Grant a user permissions to pass a role to an AWS service".
"""

from typing import Final

from sealstone.operations.authorization import permit
from sealstone.operations.call import Call, Resource

PASS_ROLE: Final = "iam:PassRole"  # noqa: S105 - an action
_SERVICE: Final = "iam:passedtoservice"


def check(call: Call, role: Resource, service: str) -> None:
    """Ask the caller's policies, which see the role's tags and `service`, as in `ec2.amazonaws.com`.

    Root may pass every role. Raises AccessDenied.
    """
    permit(call, PASS_ROLE, (role,), more={_SERVICE: (service,)})
