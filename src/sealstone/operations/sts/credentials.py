"""How STS shows temporary credentials."""

from typing import Any

from sealstone.operations.sessions import Credentials
from sealstone.seal import session_token


def credential_members(issued: Credentials) -> dict[str, Any]:
    """The credentials themselves: the only time that the secret is shown."""
    return {
        "Credentials": {
            "AccessKeyId": issued.access_key_id,
            "SecretAccessKey": issued.secret.reveal().decode(),
            "SessionToken": issued.session_token,
            "Expiration": issued.expiration,
        }
    }


def size_members(issued: Credentials) -> dict[str, int]:
    """The token's length in characters, and how many per cent of the longest token that is [inferred]."""
    size = len(issued.session_token)
    return {"SessionTokenUtilization": -(-size * 100 // session_token.LONGEST), "SessionTokenSize": size}
