"""Who creates something with tags must be allowed to tag it, too: the judge of the operations that take `Tags`.

Source: recorded of CreateRole (`not authorized to perform: iam:TagRole on resource: ...`), documented for all ("Tagging
IAM resources"). The resource is the new ARN; the tags are in aws:RequestTag and aws:TagKeys, as for the tagging itself.
"""

from sealstone.operations.authorization import authorize
from sealstone.operations.call import Call
from sealstone.operations.operation import Judge


def tagged_by(tagging: str) -> Judge:
    """The judge of an operation whose tags the action `tagging` allows. It raises AccessDenied."""

    def decide(call: Call, action: str) -> None:
        authorize(call, action)
        if call.parameters.get("Tags"):
            authorize(call, tagging)

    return decide
