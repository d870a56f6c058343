"""The service models of botocore, loaded once: the contract that codecs, validators and operations are built from.

Nothing here interprets a model; `shapes` (validation) and the codecs of the endpoint do.
"""

from functools import cache

from botocore import xform_name
from botocore.model import OperationModel, ServiceModel
from botocore.session import get_session


@cache
def service(name: str) -> ServiceModel:
    """The newest model of one service ("iam", "sts", "acm"); the same object every time.

    Raises botocore.exceptions.UnknownServiceError for a name that botocore does not know.
    """
    # A bare session reads no profile here: only the data files that are part of the botocore package.
    return get_session().get_service_model(name)


def snake_case_members(operation: OperationModel) -> dict[str, str]:
    """Input member name -> boto3's name for it: `ServerCertificateName` -> `server_certificate_name`."""
    shape = operation.input_shape
    return {name: xform_name(name) for name in shape.members} if shape else {}
