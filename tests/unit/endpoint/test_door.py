"""The door as a whole: what it refuses before anything is performed, and what it makes of faults."""

import gzip
import json
import logging
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from tests.house_fixture import HOST, SOURCE, Key, World, allow, form, signed

from sealstone.endpoint import authenticate, route
from sealstone.endpoint.request import Request
from sealstone.endpoint.throttle import Failures
from sealstone.model.identity import InlinePolicy, Status
from sealstone.operations.errors import MalformedInput
from sealstone.store import access_keys, user_policies, users
from sealstone.store.engine import Store
from sealstone.store.faults import StoreBusy

WHO = {"Action": "GetCallerIdentity"}
LIST = {"Action": "ListUsers"}


def code(response: Any) -> tuple[int, str]:
    return response.status, ET.fromstring(response.body).findtext(".//{*}Code") or ""  # noqa: S314 - our own answer


def bare(method: str = "POST", *headers: tuple[str, str], body: bytes = b"") -> Request:
    return Request(method, "/", "", (("host", HOST), *headers), body, SOURCE)


# --- before anything is performed ---


@pytest.mark.parametrize(
    ("parameters", "how", "expected"),
    [
        ({"Action": "ListEverything"}, {}, (400, "InvalidAction")),
        ({"Action": "ListUsers", "Version": "2000-01-01"}, {}, (400, "InvalidAction")),
        ({"Action": "ListUsers", "Version": ""}, {}, (400, "InvalidAction")),
        ({"NoAction": "1"}, {}, (400, "MissingAction")),
        (b"", {}, (400, "MissingAction")),
        (b'{"Action": "ListUsers"}', {"headers": {"content-type": "application/json"}.items()}, (400, "MissingAction")),
        (b"x", {"headers": {"content-encoding": "br"}.items()}, (400, "MalformedInput")),
        (b"no gzip", {"headers": {"content-encoding": "gzip"}.items()}, (400, "MalformedInput")),
        (
            gzip.compress(b"x" * 100, mtime=0)[:-4],
            {"headers": {"content-encoding": "gzip"}.items()},
            (400, "MalformedInput"),
        ),
        (
            gzip.compress(bytes(9_000_000), mtime=0),
            {"headers": {"content-encoding": "gzip"}.items()},
            (400, "MalformedInput"),
        ),
        (LIST, {"headers": {"content-encoding": "identity"}.items()}, (200, "")),
        (gzip.compress(form("iam", LIST), mtime=0), {"headers": {"content-encoding": "gzip"}.items()}, (200, "")),
        (LIST, {"method": "GET"}, (200, "")),
        (LIST, {"method": "GET", "presigned": 60}, (200, "")),
        ({"Action": "GetUser", "Surprise": "1"}, {}, (400, "ValidationError")),
    ],
)
def test_what_is_asked(world: World, parameters: Any, how: dict[str, Any], expected: tuple[int, str]) -> None:
    response = world.endpoint.handle(signed("iam", parameters, world.administrator, **how))
    assert code(response) == expected
    assert {"date", "x-amzn-requestid", "content-type"} <= dict(response.headers).keys()


def test_a_query_beside_a_body_is_not_ignored(world: World) -> None:
    request = signed("iam", {**LIST, "PathPrefix": "/"}, world.administrator)
    both = Request("POST", "/", "PathPrefix=/x/", request.headers, request.body, SOURCE)
    assert code(world.endpoint.handle(both)) == (403, "SignatureDoesNotMatch"), "it was not signed"
    assert route.form_of(Request("POST", "/", "A=1", (), b"B=2", SOURCE)) == {"A": "1", "B": "2"}


def test_a_presigned_request_has_its_signature_in_the_query_and_nowhere_else() -> None:
    query = Request("POST", "/", "A=1&X-Amz-Signature=0", (), b"B=2&X-Amz-Date=1", SOURCE)
    assert route.form_of(query) == {"A": "1", "B": "2", "X-Amz-Date": "1"}, "of the body it is a parameter like others"
    assert route.form_of(Request("GET", "/", "A=1&X-Amz-Signature=0", (), b"", SOURCE)) == {"A": "1"}


def test_no_parameter_is_read_twice_or_not_at_all() -> None:
    with pytest.raises(MalformedInput, match="twice"):
        route.form_of(Request("POST", "/", "A=1", (), b"A=1", SOURCE))
    with pytest.raises(MalformedInput, match="without a body"):
        route.form_of(Request("GET", "/", "A=1", (), b"B=2", SOURCE))


def test_methods_other_than_get_and_post(world: World) -> None:
    assert code(world.endpoint.handle(bare("PUT"))) == (405, "MethodNotAllowed")


def test_nobody_is_told_anything_without_a_signature(world: World) -> None:
    assert code(world.endpoint.handle(bare())) == (403, "MissingAuthenticationToken")
    response = world.endpoint.handle(bare("POST", ("x-amz-target", "CertificateManager.ListCertificates")))
    assert response.status == 400
    assert json.loads(response.body)["__type"] == "MissingAuthenticationTokenException"


def test_an_unknown_operation_is_answered_in_the_namespace_of_faults(world: World) -> None:
    answer = world.endpoint.handle(signed("iam", {"Action": "X"}, world.administrator))
    assert b"AWSFault" in answer.body
    wrong = world.endpoint.handle(signed("iam", LIST, Key(world.administrator.access_key_id, "x" * 40)))
    assert b"https://iam.amazonaws.com/doc/2010-05-08/" in wrong.body


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (Key.made_up("nobody"), (403, "InvalidClientTokenId")),
        ("token", (403, "InvalidClientTokenId")),
        ("wrong", (403, "SignatureDoesNotMatch")),
    ],
)
def test_keys_that_are_not_accepted(world: World, key: Key | str, expected: tuple[int, str]) -> None:
    good = world.administrator
    chosen = {
        "token": Key(good.access_key_id, good.secret, "a session token"),
        "wrong": Key(good.access_key_id, "w" * 40),
    }.get(str(key), key)
    assert isinstance(chosen, Key)
    assert code(world.endpoint.handle(signed("iam", LIST, chosen))) == expected
    assert world.recorder.records[-1].account_id == "-"


def test_a_switched_off_key_is_refused_at_the_next_request_whoever_switched_it(world: World) -> None:
    assert world.ask("sts", WHO).status == 200
    other = Store.open(world.path)
    with other.writing() as tx:
        access_keys.set_status(tx, world.administrator.access_key_id, Status.INACTIVE)
    other.close()
    assert world.ask("sts", WHO).code == "InvalidClientTokenId"


def test_a_changed_policy_counts_at_the_next_request(world: World) -> None:
    bob = world.user("bob", allow("iam:ListUsers", "*"))
    assert world.ask("iam", LIST, key=bob).status == 200
    with world.store.writing() as tx:
        user = users.find(tx, "123456789012", "bob")
        assert user is not None
        document = json.dumps(allow("*", "*", Effect="Deny"))
        user_policies.put(tx, InlinePolicy(user.account_id, user.unique_id, "policy-2", document))
    answer = world.ask("iam", LIST, key=bob)
    assert answer.code == "AccessDenied"
    assert answer.message.endswith("with an explicit deny in an identity-based policy")


def test_what_is_kept_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authenticate, "_KEPT", 2)
    keys = [world.user(f"user{number}", allow("*", "*")) for number in range(6)]
    for key in (*keys, *keys):
        assert world.ask("sts", WHO, key=key).status == 200
    door = world.endpoint._authenticator
    assert max(len(door._identities), len(door._signing_keys), len(door._uses)) <= 3


def test_a_last_use_is_told_once_a_second(world: World) -> None:
    for _ in range(3):
        world.ask("sts", WHO)
    assert len(world.recorder.uses) == 1
    world.clock.advance(1)
    world.ask("sts", WHO)
    assert len(world.recorder.uses) == 2


def test_a_flood_of_failures_is_answered_but_not_recorded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.endpoint, "_failures", Failures(burst=2, per_second=0.1))
    answers = [world.endpoint.handle(bare()) for _ in range(4)]
    assert [answer.status for answer in answers] == [403, 403, 429, 429]
    assert ("retry-after", "1") in answers[-1].headers
    assert len(world.recorder.records) == 2
    assert world.ask("sts", WHO).status == 200, "a good signature is never slowed"


# --- reads apart from writes ---


def test_only_reads_are_handled_as_reads(world: World) -> None:
    read, write = (
        signed("iam", {"Action": name, **more}, world.administrator)
        for name, more in (
            ("GetUser", {}),
            ("CreateUser", {"UserName": "Action=GetUser"}),
        )
    )
    assert route.looks_read_only(read)
    answered = world.endpoint.handle_read(read)
    assert answered is not None
    assert answered.status == 200
    assert world.endpoint.handle_read(write) is None
    assert world.ask("iam", LIST).parsed["Users"][0]["UserName"] == "administrator"
    assert len(world.recorder.records) == 2, "the guess that was wrong left no trace"
    world.recorder.full = True
    assert world.endpoint.handle_read(read) is None


def test_the_guess_looks_at_short_forms_only(world: World) -> None:
    assert route.looks_read_only(signed("iam", LIST, world.administrator, method="GET"))
    assert not route.looks_read_only(bare(body=b"Action=GetUser" + b" " * 5000))
    assert not route.looks_read_only(bare(body=b"Action=DeleteUser"))


# --- faults ---


@pytest.mark.parametrize("status", [408, 413, 503])
def test_what_the_listener_refuses_is_answered_in_the_same_form(world: World, status: int) -> None:
    response = world.endpoint.refuse(bare(), status)
    assert response.status == status
    assert code(response)[1] in {"RequestTimeout", "RequestEntityTooLarge", "ServiceUnavailable"}


@pytest.mark.parametrize("form", [LIST, {"Action": "CreateUser", "UserName": "Bob"}])
def test_a_store_that_cannot_is_unavailable(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, form: dict[str, str]
) -> None:
    world.ask("sts", WHO)

    def busy() -> None:
        raise StoreBusy("the database is busy")

    monkeypatch.setattr(Store, "writing", lambda _store: busy())
    monkeypatch.setattr(Store, "reading", lambda _store: busy())
    answer = world.ask("iam", form)
    assert (answer.status, answer.code) == (503, "ServiceUnavailable")
    assert world.recorder.records[-1].outcome == "ServiceUnavailable"
    assert "the database is busy" in caplog.text
    assert "the database is busy" not in answer.message


def test_a_fault_of_ours_is_logged_whole_and_answered_with_its_id_alone(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError("an inner detail")

    monkeypatch.setattr(users, "page", broken)
    answer = world.ask("iam", LIST)
    assert (answer.status, answer.code) == (500, "InternalFailure")
    assert answer.headers["x-amzn-requestid"] in answer.message
    assert "inner detail" not in answer.body.decode()
    assert "an inner detail" in caplog.text
    assert world.recorder.records[-1].outcome == "InternalFailure"


def test_every_request_is_logged_when_asked_for(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="sealstone.api")
    world.ask("sts", WHO)
    assert [(record.message, getattr(record, "operation", "")) for record in caplog.records] == [
        ("done", "sts:GetCallerIdentity")
    ]


def test_a_signature_too_old_tells_the_time(world: World) -> None:
    answer = world.ask("sts", WHO, at=world.clock.now - timedelta(minutes=16))
    assert answer.code == "SignatureDoesNotMatch"
    assert answer.message.startswith("Signature expired: ")
