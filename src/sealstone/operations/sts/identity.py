"""Who am I: the first call that every tool makes."""

from collections.abc import Mapping

from sealstone.operations.call import Call
from sealstone.operations.operation import UNRESTRICTED, operation


@operation("sts", on=UNRESTRICTED, access="Read")
def get_caller_identity(call: Call) -> Mapping[str, str]:
    """The caller's account, id and ARN; needs no permission, and no policy can deny it."""
    return {"UserId": call.caller.unique_id, "Account": call.account_id, "Arn": call.caller.arn}
