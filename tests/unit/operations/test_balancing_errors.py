"""Errors of load balancing have the codes and statuses of both service models."""

import inspect

from sealstone.operations import balancing_errors
from sealstone.operations.errors import AWSError
from sealstone.operations.service_model import service

CLASSES: list[type[AWSError]] = [
    item
    for item in vars(balancing_errors).values()
    if inspect.isclass(item) and issubclass(item, AWSError) and item is not AWSError
]


def declared(name: str) -> dict[str, int]:
    return {
        shape.metadata["error"]["code"]: shape.metadata["error"]["httpStatusCode"]
        for shape in service(name).error_shapes
    }


def test_every_code_is_the_classic_service_s() -> None:
    classic = declared("elb")
    for error in CLASSES:
        assert error.__name__ == error.code
        assert classic[error.code] == error.status


def test_what_both_have_is_alike_but_for_one() -> None:
    second = declared("elbv2")
    both = {error.code: error.status for error in CLASSES if error.code in second}
    other = {code for code, status in both.items() if second[code] != status}
    assert other == {"InvalidConfigurationRequest"}
    assert len(both) >= 8
