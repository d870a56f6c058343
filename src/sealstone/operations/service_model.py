"""The service models of botocore, loaded once: the contract that codecs, validators and operations are built from.

Nothing here interprets a model; `shapes` (validation) and the codecs of the endpoint do.
"""

from functools import cache

from botocore.model import ServiceModel
from botocore.session import get_session


@cache
def service(name: str) -> ServiceModel:
    """The newest model of one service ("iam", "sts", "acm"); the same object every time.

    Raises botocore.exceptions.UnknownServiceError for a name that botocore does not know.
    """
    # A bare session reads no profile here: only the data files that are part of the botocore package.
    return get_session().get_service_model(name)
