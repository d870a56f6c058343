"""The service models are loaded once."""

import pytest
from botocore.exceptions import UnknownServiceError

from sealstone.operations.service_model import service


def test_a_model_is_loaded_once() -> None:
    assert service("iam") is service("iam")
    assert service("iam").metadata["apiVersion"] == "2010-05-08"


def test_an_unknown_service_is_refused() -> None:
    with pytest.raises(UnknownServiceError):
        service("no-such-service")
