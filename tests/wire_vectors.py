"""Wire vectors (`tests/vectors/wire`) as data: reading them, and putting one to a fresh world.

A request of the query protocol has a `form`, one of a JSON service a `target` and its `json`. What the fields mean is
in `tests/vectors/wire/README.md`. Nothing here knows what an answer should be.
"""

import base64
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.acm_requests import issued
from tests.house_fixture import Key, World, form, signed

from sealstone.endpoint.aws_json import CONTENT_TYPE
from sealstone.endpoint.request import Request, Response
from sealstone.store import trust_files

FOLDER: Final = Path(__file__).parent / "vectors" / "wire"
_TOKEN: Final = re.compile(r"<SessionToken>[^<]+")
_CREDENTIALS: Final = ("AccessKeyId", "SecretAccessKey", "SessionToken")
_FILLED: Final = re.compile(r"\{\{(file|trimmed|crlf|repeat|base64|escaped) ([^{}]+)\}\}")
_TARGET_PREFIX: Final = "CertificateManager"


@dataclass(frozen=True)
class Case:
    """One vector: where it stands, and its fields."""

    service: str
    fields: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Service and id."""
        return f"{self.service}/{self.fields['id']}"

    @property
    def is_json(self) -> bool:
        """Whether the service speaks JSON, and not the query protocol."""
        return "target" in self.fields["request"]

    @property
    def operation(self) -> str:
        """What is asked for; empty where that is what is wrong."""
        asked = self.fields["request"]
        return str(asked["target"] if self.is_json else asked["form"].get("Action", ""))

    @property
    def content_type(self) -> str:
        """Of the answer."""
        return CONTENT_TYPE if self.is_json else "text/xml"

    @property
    def expected_body(self) -> bytes:
        """The answer's bytes, placeholders filled."""
        return filled(str(self.fields["body"])).encode()


def masked(body: bytes) -> str:
    """An answer's text without session tokens: their bytes depend on the compression library's version."""
    return _TOKEN.sub("<SessionToken>***", body.decode())


def cases() -> Iterator[Case]:
    """All vectors, by service and file."""
    for path in sorted(FOLDER.glob("*/*.json")):
        for fields in json.loads(path.read_text(encoding="utf-8")):
            yield Case(path.parent.name, fields)


def filled(text: str) -> str:
    """`{{file leaf.pem}}` is a file of the folder pem, `{{repeat 65 a}}` a text as many times.

    `{{base64 leaf.pem}}` is the file as a blob in JSON, `{{escaped leaf.pem}}` its trimmed text as JSON writes it.
    """
    return _FILLED.sub(lambda match: _fill(match[1], match[2]), text)


def _filled_json(value: Any) -> Any:
    """The same in every text of a JSON value."""
    if isinstance(value, dict):
        return {name: _filled_json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled_json(item) for item in value]
    return filled(value) if isinstance(value, str) else value


def _fill(how: str, what: str) -> str:
    if how == "repeat":
        count, _, piece = what.partition(" ")
        return piece * int(count)
    content = (FOLDER / "pem" / what).read_text(encoding="ascii")
    return {
        "file": content,
        "trimmed": content.strip(),
        "crlf": content.replace("\n", "\r\n"),
        "base64": base64.b64encode(content.encode()).decode(),
        "escaped": json.dumps(content.strip())[1:-1],
    }[how]


def put(case: Case, world: World) -> Response:
    """Do what comes before, then ask."""
    callers = Callers(world)
    for step in case.fields.get("before", ()):
        _do(step, case.service, world, callers)
    caller = callers.key(case.fields.get("caller", "administrator"))
    return world.endpoint.handle(_request(case.fields["request"], case.service, world, caller))


class Callers:
    """Keys of those who call, each made when first needed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known = {"root": world.root, "administrator": world.administrator}

    def key(self, caller: str | Mapping[str, Any]) -> Key:
        """By name, or of a user that is described by name, path, tags and policies."""
        if isinstance(caller, str):
            return self._known.get(caller) or Key.made_up(caller)
        name = caller["name"]
        if name not in self._known:
            self._known[name] = self._world.user(
                name, *caller.get("policies", ()), path=caller.get("path", "/"), tags=caller.get("tags")
            )
        return self._known[name]

    def remember(self, name: str, answer: Response) -> None:
        """The credentials in an answer of STS as a caller's."""
        found = [re.search(rf"<{item}>([^<]+)".encode(), answer.body) for item in _CREDENTIALS]
        key_id, secret, token = (match[1].decode() for match in found if match)
        self._known[name] = Key(key_id, secret, token)


def _do(step: Mapping[str, Any], service: str, world: World, callers: Callers) -> None:
    """One step: a request that must succeed, or something that only the operator or time can do."""
    if "account" in step:
        world.account(step["account"])
    elif "quota" in step:
        world.quota(*step["quota"])
    elif "seconds" in step:
        world.clock.advance(step["seconds"])
    elif "user" in step:
        callers.key(step["user"])
    elif "instance" in step:
        world.instance(*step["instance"])
    elif "file" in step:
        _put_file(world, *step["file"])
    elif "issued" in step:
        issued(world, step["issued"])
    elif "write_uses" in step:
        world.recorder.write(world.store)
    else:
        key = callers.key(step.get("caller", "administrator"))
        answer = world.endpoint.handle(_request(step, service, world, key))
        assert answer.status == 200, answer.body
        if "session" in step:
            callers.remember(step["session"], answer)


def _put_file(world: World, name: str, content: str) -> None:
    """What the operator puts where trust stores are read from: `BUCKET/KEY`."""
    place = world.path.parent / trust_files.DIRECTORY / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(filled(content), encoding="ascii")


def _request(asked: Mapping[str, Any], service: str, world: World, key: Key) -> Request:
    service = asked.get("service", service)
    if "token" in asked:
        key = Key(key.access_key_id, key.secret, asked["token"])
    if "secret" in asked:
        key = Key(key.access_key_id, asked["secret"])
    request = signed(
        service,
        _body(asked, service),
        key,
        region=asked.get("region", "us-east-1"),
        method=asked.get("method", "POST"),
        headers=(_json_headers(asked) | asked.get("headers", {})).items(),
        at=world.clock.now.fromtimestamp(
            world.clock.now.timestamp() + asked.get("signed_seconds", 0), world.clock.now.tzinfo
        ),
        presigned=asked.get("presigned"),
        secure=asked.get("tls", False),
    )
    return _tampered(request, asked.get("after_signing", {}))


def _json_headers(asked: Mapping[str, Any]) -> dict[str, str]:
    if "target" not in asked:
        return {}
    return {"content-type": CONTENT_TYPE, "x-amz-target": f"{_TARGET_PREFIX}.{asked['target']}"}


def _body(asked: Mapping[str, Any], service: str) -> bytes:
    if "body" in asked:
        return filled(asked["body"]).encode()
    if "json" in asked:
        return json.dumps(_filled_json(asked["json"])).encode()
    parameters = {name: filled(value) for name, value in asked["form"].items()}
    body = form(service, parameters)
    return gzip.compress(body, mtime=0) if asked.get("headers", {}).get("content-encoding") == "gzip" else body


def _tampered(request: Request, changes: Mapping[str, Any]) -> Request:
    """Headers set (null takes one away) and the method or body changed after signing."""
    headers = dict(request.headers)
    for name, value in changes.get("headers", {}).items():
        if value is None:
            headers.pop(name, None)
        else:
            headers[name] = value.replace("{authorization}", headers.get(name, ""))
    for old, new in changes.get("replace_in_authorization", {}).items():
        headers["authorization"] = headers["authorization"].replace(old, new)
    return Request(
        method=changes.get("method", request.method),
        path=request.path,
        query=changes.get("query", request.query),
        headers=tuple(headers.items()),
        body=changes["body"].encode() if "body" in changes else request.body,
        source_ip=request.source_ip,
        secure=request.secure,
    )
