"""The global condition keys that a request here can have, worked out only when a policy asks.

Source: IAM user guide, "AWS global condition context keys". Values come from the authenticated caller, the
connection and the decoded request, never from a header that nobody signed (aws:UserAgent and aws:Referer apart,
which AWS itself calls unfit for protection).
"""

from collections.abc import Iterator, Mapping
from typing import Final

from sealstone.operations.call import Call, Resource

# IAM user guide, "Available keys for IAM": iam:PolicyARN is the policy that is attached or detached.
_ATTACHING: Final = ("Attach", "Detach")
_TAG_PREFIXES: Final = ("aws:principaltag/", "aws:requesttag/", "aws:resourcetag/", "iam:resourcetag/")


class RequestContext(Mapping[str, tuple[str, ...]]):
    """Lower-case condition key to its values; a key that the request does not have is missing."""

    def __init__(self, call: Call, resource: Resource) -> None:
        self._call = call
        self._resource = resource
        self._built: dict[str, tuple[str, ...]] | None = None

    def _values(self) -> dict[str, tuple[str, ...]]:
        if self._built is None:
            self._built = {**_of_caller(self._call), **_of_request(self._call), **self._of_tags()}
        return self._built

    def _of_tags(self) -> dict[str, tuple[str, ...]]:
        sent = _sent_tags(self._call)
        user = self._call.caller.user
        values: dict[str, tuple[str, ...]] = {}
        sources = (user.tags if user else {}, sent, self._resource.tags, self._resource.tags)
        for prefix, tags in zip(_TAG_PREFIXES, sources, strict=True):
            for key, value in tags.items():
                # Condition keys have no case, tag keys may have: `Env` and `env` are two values of one condition key.
                name = (prefix + key).lower()
                values[name] = (*values.get(name, ()), value)
        keys = (*sent, *_sent_tag_keys(self._call))
        return values | ({"aws:tagkeys": keys} if keys else {})

    def __getitem__(self, key: str) -> tuple[str, ...]:
        return self._values()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())


def _of_caller(call: Call) -> dict[str, tuple[str, ...]]:
    caller = call.caller
    values: dict[str, tuple[str, ...]] = {
        "aws:userid": (caller.unique_id,),
        "aws:principalarn": (caller.arn,),
        "aws:principalaccount": (caller.account_id,),
        "aws:principaltype": (caller.principal_type.value,),
        "aws:principalisawsservice": ("false",),
        "aws:resourceaccount": (caller.account_id,),
    }
    return values | ({"aws:username": (caller.user.name,)} if caller.user else {})


def _of_request(call: Call) -> dict[str, tuple[str, ...]]:
    values: dict[str, str] = {
        "aws:sourceip": call.source_ip,
        "aws:useragent": call.user_agent,
        "aws:referer": call.referer,
        # IAM and STS are global services: their region is us-east-1 whatever a client signed for.
        "aws:requestedregion": "us-east-1",
        "aws:securetransport": "true" if call.secure_transport else "false",
        "aws:currenttime": call.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:epochtime": str(int(call.now.timestamp())),
        "aws:viaawsservice": "false",
    }
    if call.operation.startswith(_ATTACHING):
        values["iam:policyarn"] = call.parameters.get("PolicyArn") or ""
    return {key: (value,) for key, value in values.items() if value}


def _sent_tags(call: Call) -> dict[str, str]:
    tags = call.parameters.get("Tags") or ()
    return {tag["Key"]: tag.get("Value", "") for tag in tags if tag.get("Key")}


def _sent_tag_keys(call: Call) -> tuple[str, ...]:
    return tuple(call.parameters.get("TagKeys") or ())
