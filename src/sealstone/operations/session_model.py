"""CreateSession of IAM Roles Anywhere, which no SDK calls and botocore's model does not have, declared as that one is.

Source: IAM Roles Anywhere user guide, "CreateSession API" (names, ranges, status 201; the ARNs in the query string or
in the body). Bounds that the page does not give are those of AssumeRole and of the model's other shapes.
"""

from collections.abc import Mapping
from typing import Any, Final

NAME: Final = "CreateSession"
METHOD: Final = "POST"
PATH: Final = "/sessions"
IN_QUERY_TOO: Final = ("profileArn", "roleArn", "trustAnchorArn")
"""The page has them in the body or in the query string; AWS's own credential helper sends them in the query."""

_OPERATION: Final = {
    "name": NAME,
    "http": {"method": METHOD, "requestUri": PATH, "responseCode": 201},
    "input": {"shape": "CreateSessionRequest"},
    "output": {"shape": "CreateSessionResponse"},
    "errors": [{"shape": "ValidationException"}, {"shape": "AccessDeniedException"}],
}


def _structure(required: tuple[str, ...] = (), **members: str) -> dict[str, Any]:
    found = {name: {"shape": shape} for name, shape in members.items()}
    return {"type": "structure", "required": list(required), "members": found}


_SHAPES: Final[Mapping[str, Mapping[str, Any]]] = {
    "CreateSessionRequest": _structure(
        IN_QUERY_TOO,
        durationSeconds="CreateSessionRequestDurationSecondsInteger",
        profileArn="CreateSessionRequestArnString",
        roleArn="CreateSessionRequestArnString",
        trustAnchorArn="CreateSessionRequestArnString",
        roleSessionName="CreateSessionRequestRoleSessionNameString",
        instanceProperties="InstancePropertyMap",
        # Deprecated on the page, and not used there either.
        sessionName="String",
        # Sent by older helpers; the page no longer names it.
        cert="String",
    ),
    "CreateSessionRequestDurationSecondsInteger": {"type": "integer", "box": True, "min": 900, "max": 43200},
    "CreateSessionRequestArnString": {"type": "string", "min": 20, "max": 1011},
    "CreateSessionRequestRoleSessionNameString": {
        "type": "string",
        "min": 2,
        "max": 64,
        "pattern": "[\\w+=,.@-]*",
    },
    "CreateSessionResponse": _structure(credentialSet="CredentialSet", subjectArn="String"),
    "CredentialSet": {"type": "list", "member": {"shape": "CredentialSetMember"}},
    "CredentialSetMember": _structure(
        assumedRoleUser="AssumedRoleUser",
        credentials="SessionCredentials",
        packedPolicySize="Integer",
        roleArn="String",
        sourceIdentity="String",
    ),
    "AssumedRoleUser": _structure(arn="String", assumedRoleId="String"),
    "SessionCredentials": _structure(
        accessKeyId="String",
        secretAccessKey="String",
        sessionToken="String",
        expiration="SyntheticTimestamp_date_time",
    ),
}


def completed(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of botocore's model with the operation and its shapes."""
    return {
        **data,
        "operations": {**data["operations"], NAME: _OPERATION},
        "shapes": {**data["shapes"], **_SHAPES},
    }
