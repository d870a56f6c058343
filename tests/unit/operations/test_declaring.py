"""Declaring an operation: whatever differs from the service model cannot be imported."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.house_fixture import ACCOUNT, World

from sealstone.operations.call import Call, Caller, Resource
from sealstone.operations.catalog import operations
from sealstone.operations.operation import Handler, operation


def anywhere(_call: Call) -> tuple[Resource, ...]:
    return (Resource("*"),)


def get_user(call: Call, *, user_name: str | None = None) -> Mapping[str, Any]:
    return {"call": call, "user_name": user_name}


def get_users(call: Call) -> Mapping[str, Any]:
    return {"call": call}


def unknown_parameter() -> Handler:
    def get_user(call: Call, *, user_name: str | None = None, surname: str = "") -> Mapping[str, Any]:
        return {"call": call, "user_name": user_name, "surname": surname}

    return get_user


def forgotten_parameter() -> Handler:
    def get_user(call: Call) -> Mapping[str, Any]:
        return {"call": call}

    return get_user


def optional_without_default() -> Handler:
    def get_user(call: Call, *, user_name: str) -> Mapping[str, Any]:
        return {"call": call, "user_name": user_name}

    return get_user


def required_with_default() -> Handler:
    def delete_user(call: Call, *, user_name: str = "") -> Mapping[str, Any]:
        return {"call": call, "user_name": user_name}

    return delete_user


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: get_users, "has no operation"),
        (unknown_parameter, "surname"),
        (forgotten_parameter, "user_name"),
        (optional_without_default, "must have a default"),
        (required_with_default, "must have no default"),
    ],
)
def test_a_declaration_that_differs_from_the_model(make: Callable[[], Handler], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        operation("iam", on=anywhere, access="Read")(make())


def test_what_is_called_unsupported_must_be_in_the_model() -> None:
    with pytest.raises(TypeError, match="Nothing"):
        operation("iam", on=anywhere, access="Read", unsupported=("Nothing",))(get_user)


def test_a_good_declaration_knows_what_it_needs() -> None:
    made = operation("iam", on=anywhere, access="Read")(get_user)
    assert (made.name, made.action, made.reads) == ("GetUser", "iam:GetUser", True)
    assert made.arguments == (("UserName", "user_name"),)


def test_the_private_key_is_known_to_be_secret() -> None:
    (upload,) = (item for item in operations() if item.name == "UploadServerCertificate")
    assert upload.secret == {"PrivateKey"}
    assert not upload.reads


def test_a_call_has_a_transaction_only_inside_perform(world: World) -> None:
    caller = Caller(ACCOUNT, "AKIA", None)
    call = Call(world.house, caller, "iam", "GetUser", {}, "id", world.clock.now)
    with pytest.raises(RuntimeError, match="only inside perform"):
        _ = call.tx
