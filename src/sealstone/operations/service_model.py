"""The service models of botocore, loaded once: the contract that codecs, validators and operations are built from.

Nothing here interprets a model; `shapes` (validation) and the codecs of the endpoint do. What a service is documented
to have and its model lacks is declared by hand, in `session_model`.
"""

from functools import cache
from typing import Final

from botocore.model import ServiceModel
from botocore.session import get_session

from sealstone.operations import session_model

_COMPLETED: Final = "rolesanywhere"


@cache
def service(name: str) -> ServiceModel:
    """The newest model of one service ("iam", "sts", "acm"); the same object every time.

    Raises botocore.exceptions.UnknownServiceError for a name that botocore does not know.
    """
    # A bare session reads no profile here: only the data files that are part of the botocore package.
    session = get_session()
    if name == _COMPLETED:
        return ServiceModel(session_model.completed(session.get_service_data(name)), name)
    return session.get_service_model(name)
