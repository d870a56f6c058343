"""What the child does, in this process: it answers whatever is asked, and shows nothing secret of it."""

import resource
import runpy
import sys
from io import BytesIO
from types import SimpleNamespace

import msgspec
import pytest
from tests.unit.x509.containers.samples import CERTIFICATE, KEY, container, recorded

from sealstone.isolation import child
from sealstone.isolation.messages import Answer, Finding, Found, Lost, Request
from sealstone.x509.material import Form, Kind
from sealstone.x509.problems import NotCertificate, Part


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch) -> dict[int, tuple[int, int]]:
    """Limits are written down, and this process keeps its own."""
    found: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(resource, "setrlimit", found.__setitem__)
    return found


def request(name: str = "modern.p12", password: bytes | None = b"secret") -> Request:
    one = container(name)
    return Request(one.form, one.data, "block 2", one.origin.forms, password, (b"other1",), memory=2**29, cpu_seconds=7)


def said(asked: Request) -> Answer:
    outgoing = BytesIO()
    assert child.main(BytesIO(msgspec.msgpack.encode(asked)), outgoing) == 0
    return msgspec.msgpack.decode(outgoing.getvalue(), type=Answer)


def test_it_answers_with_what_is_inside() -> None:
    certificate, key = said(request()).items
    assert isinstance(certificate, Found)
    assert isinstance(key, Found)
    assert (certificate.kind, certificate.der, certificate.secret) == (Kind.CERTIFICATE, CERTIFICATE, None)
    assert (key.kind, key.der, key.secret, key.label) == (Kind.PRIVATE_KEY, b"", KEY, "tomcat")
    assert key.forms == (Form.PKCS12, Form.ENCRYPTED_PKCS8)


def test_it_answers_with_what_is_unreadable() -> None:
    (found,) = said(request("secret.p12")).items
    assert isinstance(found, Lost)
    assert found.place == "entry sec"
    assert found.finding.name == "UnsupportedContainer"


def test_further_passwords_are_tried_at_keys() -> None:
    items = said(request("store.jks")).items
    assert len([item for item in items if isinstance(item, Found)]) == 5


@pytest.mark.parametrize(("password", "name"), [(b"wrong", "WrongPassword"), (None, "PasswordNeeded")])
def test_it_answers_with_a_refusal(password: bytes | None, name: str) -> None:
    answer = said(request(password=password))
    assert isinstance(answer.refused, Finding)
    assert (answer.refused.name, answer.items) == (name, ())


def test_its_limits_come_before_the_file(limits: dict[int, tuple[int, int]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "answer", lambda _: Answer() if limits else pytest.fail("no limits"))
    said(request())
    assert limits[resource.RLIMIT_CORE] == (0, 0)
    assert limits[resource.RLIMIT_FSIZE] == (0, 0)
    assert limits[resource.RLIMIT_NOFILE] == (0, 0)
    assert limits[resource.RLIMIT_CPU][0] <= 7
    assert limits[resource.RLIMIT_AS][0] <= 2**29


@pytest.mark.parametrize(("most", "expected"), [(100, 100), (resource.RLIM_INFINITY, 2**29)])
def test_a_limit_that_is_there_already_is_kept(
    most: int, expected: int, limits: dict[int, tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (most, most))
    child.limit(2**29, 100)
    assert limits[resource.RLIMIT_AS] == (expected, expected)


def test_a_lack_of_memory_has_a_status_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def hungry(_: Request) -> Answer:
        raise MemoryError

    monkeypatch.setattr(child, "answer", hungry)
    assert child.main(BytesIO(msgspec.msgpack.encode(request())), BytesIO()) == child.OUT_OF_MEMORY


def test_a_finding_of_another_room_is_a_fault() -> None:
    with pytest.raises(TypeError):
        child._finding(NotCertificate(Part.CERTIFICATE, "x"))


def test_messages_show_nothing() -> None:
    assert repr(request()) == "Request(***)"
    found = said(request()).items[1]
    assert KEY.hex() not in repr(found)
    assert repr(KEY)[2:40] not in repr(found)
    assert b"secret" in msgspec.msgpack.encode(request())
    assert recorded("modern.p12") in msgspec.msgpack.encode(request())


def test_it_runs_as_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    incoming, outgoing = BytesIO(msgspec.msgpack.encode(request("two.p7b"))), BytesIO()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=incoming))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=outgoing))
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(child.__file__, run_name="__main__")
    assert stop.value.code == 0
    assert len(msgspec.msgpack.decode(outgoing.getvalue(), type=Answer).items) == 2
