"""The service models of botocore, loaded once: the contract that codecs, validators and operations are built from.

Nothing here interprets a model; `shapes` (validation) and the codecs of the endpoint do. What a service is documented
to have and its model lacks is declared by hand, in `session_model`.
"""

from functools import cache
from typing import Final

from botocore.loaders import Loader
from botocore.model import ServiceModel

from sealstone.operations import session_model

_COMPLETED: Final = "rolesanywhere"
# Only the files of the botocore package: models that somebody keeps in ~/.aws/models or names in AWS_DATA_PATH are for
# clients, and must not change what a server holds to be valid.
_LOADER: Final = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)


@cache
def service(name: str) -> ServiceModel:
    """The newest model of one service ("iam", "sts", "acm"); the same object every time.

    Raises botocore.exceptions.UnknownServiceError for a name that botocore does not know.
    """
    data = _LOADER.load_service_model(name, "service-2")
    return ServiceModel(session_model.completed(data) if name == _COMPLETED else data, name)
