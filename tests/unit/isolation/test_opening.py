"""The parent's side, with real children: the same answers as without, and one problem whatever the child does."""

import signal
import sys
from typing import Final

import pytest
from tests.unit.x509.containers.samples import KEY, SECRET, UMLAUT, WRONG, container, opened, told

from sealstone.isolation import opening
from sealstone.isolation.opening import Limits
from sealstone.isolation.problems import ReaderStopped
from sealstone.model.secret import Secret
from sealstone.x509.containers import reading
from sealstone.x509.containers.problems import FileProblem, PasswordNeeded, WrongPassword
from sealstone.x509.material import Container, Form, Origin, Piece, Unreadable

PKCS12: Final = container("modern.p12")
NIL: Final = b"\xc0"
OTHER: Final = Secret(b"other1")
OF_EACH_KIND: Final = (
    "store.jks",
    "store.jceks",
    "store.p12",
    "legacy.p12",
    "sha512.p12",
    "umlaut.p12",
    "stream.p7m",
    "crl.p7b",
    "ssh_locked",
    "scrypt.p8",
    "PBE-MD5-RC2-64.p8",
    "PBE-SHA1-RC4-128.p8",
    "v2-camellia-128-cbc.p8",
    "des-cbc.pem",
)
"""Every reader, derivation and family of ciphers."""


def python(script: str) -> tuple[str, ...]:
    """A child of another mind. It has read its request when the script begins."""
    return (sys.executable, "-I", "-c", f"import os, sys, time\nasked = sys.stdin.buffer.read()\n{script}")


def stopped(script: str, **limits: float) -> str:
    with pytest.raises(ReaderStopped) as fault:
        opening.opened(PKCS12, SECRET, limits=Limits(**limits), reader=python(script))  # type: ignore[arg-type]
    assert "secret" not in str(fault.value)
    return fault.value.why


# --- the same as without a child ---


@pytest.mark.parametrize("name", ["modern.p12", "legacy.p12", "store.jks", "store.jceks", "scrypt.p8", "des-cbc.pem"])
def test_the_same_is_found(name: str) -> None:
    found = opening.opened(container(name), SECRET)
    assert told(found) == told(opened(name))
    assert [one.origin for one in found] == [one.origin for one in opened(name)]
    for ours, theirs in zip(found, opened(name), strict=True):
        if isinstance(ours, Piece) and isinstance(theirs, Piece):
            assert (ours.kind, ours.remarks) == (theirs.kind, theirs.remarks)
        else:
            assert isinstance(ours, Unreadable)
            assert isinstance(theirs, Unreadable)
            assert str(ours.problem) == str(theirs.problem)
            assert ours.alias == theirs.alias == "zwei"


@pytest.mark.parametrize(
    ("name", "password", "kind"),
    [
        ("modern.p12", WRONG, WrongPassword),
        ("modern.p12", None, PasswordNeeded),
        ("umlaut.p12", SECRET, WrongPassword),
        ("bf-cbc.pem", SECRET, FileProblem),
    ],
)
def test_the_same_is_raised(name: str, password: Secret | None, kind: type[FileProblem]) -> None:
    with pytest.raises(kind) as ours:
        opening.opened(container(name), password)
    with pytest.raises(kind) as theirs:
        reading.opened(container(name), password)
    assert type(ours.value) is type(theirs.value)
    assert str(ours.value) == str(theirs.value)


def test_passwords_beyond_ascii_arrive() -> None:
    assert len(opening.opened(container("umlaut.p12"), UMLAUT)) == 2


def test_without_a_password() -> None:
    assert told(opening.opened(container("two.p7b"), None)) == told(opened("two.p7b", None))


def test_the_file_s_name_stays_here() -> None:
    one = Container(Form.PKCS12, Origin("some file", "block 3", (Form.PEM,)), PKCS12.data, password_needed=True)
    found = opening.opened(one, SECRET)
    assert {item.origin.file for item in found} == {"some file"}


# --- children of another mind ---


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("", "answered nonsense"),
        ("print('hello')", "answered nonsense"),
        ("sys.stdout.buffer.write(asked)", "answered nonsense"),
        ("sys.exit(3)", "crashed (status 3)"),
        ("os.abort()", f"crashed (status {-signal.SIGABRT})"),
        ("os.kill(os.getpid(), 11)", f"crashed (status {-signal.SIGSEGV})"),
        ("os.kill(os.getpid(), 24)", "took more than 20 seconds of the processor's time"),
        ("os.kill(os.getpid(), 9)", "took more than 20 seconds of the processor's time"),
        ("sys.exit(77)", "wanted more than 768 MiB of memory"),
        ("raise ValueError(asked)", "crashed (status 1)"),
        ("os.close(1)", "answered nonsense"),
    ],
)
def test_what_the_child_does_is_told(script: str, words: str) -> None:
    assert stopped(script) == words


def test_a_child_that_hangs_is_ended() -> None:
    assert stopped("time.sleep(60)", seconds=0.4) == "took longer than 0.4 seconds"


def test_a_child_that_does_not_listen_is_ended() -> None:
    with pytest.raises(ReaderStopped, match=r"took longer than 0\.4 seconds"):
        opening.opened(
            Container(Form.PKCS12, Origin("file"), bytes(4_000_000), password_needed=True),
            SECRET,
            limits=Limits(seconds=0.4),
            reader=(sys.executable, "-I", "-c", "import time; time.sleep(60)"),
        )


def test_a_child_that_is_gone_before_it_is_asked() -> None:
    with pytest.raises(ReaderStopped, match=r"status 5"):
        opening.opened(
            Container(Form.PKCS12, Origin("file"), bytes(4_000_000), password_needed=True),
            SECRET,
            reader=(sys.executable, "-I", "-c", "import sys; sys.exit(5)"),
        )


def test_a_child_that_answers_without_end_is_ended() -> None:
    assert stopped("while True: os.write(1, bytes(65536))", answer=1_000_000) == "answered without end"


def test_what_a_child_started_ends_with_it() -> None:
    script = "if os.fork() == 0:\n    time.sleep(60)\nelse:\n    os._exit(0)"
    assert stopped(script, seconds=0.4) == "took longer than 0.4 seconds"


def test_a_command_that_is_not_there() -> None:
    with pytest.raises(ReaderStopped, match="could not be started"):
        opening.opened(PKCS12, SECRET, reader=("/nowhere/python",))


@pytest.mark.parametrize(
    "answer",
    [
        {"items": [], "refused": {"name": "SystemExit", "arguments": []}},
        {"items": [], "refused": {"name": "TooMany", "arguments": ["x", "y"]}},
        {"items": [{"type": "Lost", "place": "", "forms": [], "finding": {"name": "X", "arguments": []}}]},
        {"items": [{"type": "Found", "kind": "nothing"}]},
        {"items": 5},
        {"items": []},
        {"items": [], "more": 1},
    ],
)
def test_an_answer_without_sense_is_told(answer: object) -> None:
    script = f"import json\nsys.path[:0] = {sys.path!r}\nimport msgspec\n"
    assert stopped(f"{script}sys.stdout.buffer.write(msgspec.msgpack.encode({answer!r}))") == "answered nonsense"


def test_words_of_a_child_are_escaped() -> None:
    item = {
        "type": "Found",
        "kind": "certificate",
        "place": "\x1b[31mentry",
        "forms": ["PKCS #12"],
        "der": b"0",
        "secret": None,
        "label": "x",
        "remarks": ["\x1b[2J"],
    }
    script = f"sys.path[:0] = {sys.path!r}\nimport msgspec\n"
    reader = python(f"{script}sys.stdout.buffer.write(msgspec.msgpack.encode({{'items': [{item!r}]}}))")
    (found,) = opening.opened(PKCS12, SECRET, reader=reader)
    assert isinstance(found, Piece)
    assert "\x1b" not in found.origin.place + "".join(found.remarks)
    assert (found.secret, found.der) == (None, b"0")


# --- what the child is given ---


def test_the_child_has_no_environment_and_no_secret_among_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_PASSWORD", "secret")
    script = (
        "told = [len(os.environ), os.getcwd(), open('/proc/self/cmdline').read()]\n"
        "sys.exit(0 if told[0] <= 1 and told[1] == '/' and 'sec' + 'ret' not in told[2] else 9)"
    )  # LC_CTYPE may be set by Python itself
    assert stopped(script) == "answered nonsense"


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/passwd')",
        "open('/proc/self/environ', 'rb')",
        "os.listdir('/')",
        "os.pipe()",
        "socket.socket()",
        "socket.socketpair()",
    ],
)
def test_the_child_cannot_open_anything(attempt: str) -> None:
    """Not even what everybody may read: whoever takes the reader over finds no file and no network."""
    script = (
        "import errno, socket\n"
        "from sealstone.isolation import child\n"
        f"{{}}\ntry:\n    {attempt}\nexcept OSError as fault:\n    sys.exit(40 + (fault.errno == errno.EMFILE))\n"
    )
    assert stopped(script.format("child.limit(2**30, 20)")) == "crashed (status 41)"
    assert stopped(script.format("")) == "answered nonsense"  # without the limits it may


@pytest.mark.parametrize("name", OF_EACH_KIND)
def test_the_child_needs_no_file(name: str) -> None:
    """Whatever the form and the cipher: all that it reads with was loaded before."""
    one, password = container(name), UMLAUT if name == "umlaut.p12" else SECRET
    found = opening.opened(one, password, [OTHER])
    assert told(found) == told(reading.opened(one, password, [OTHER]))
    assert all(isinstance(item, Piece) for item in found)


def test_the_real_child_is_asked_in_isolation() -> None:
    assert opening._READER[1:] == ("-I", "-m", "sealstone.isolation.child")
    (_, key) = opening.opened(PKCS12, SECRET)
    assert isinstance(key, Piece)
    assert key.secret
    assert key.secret.reveal() == KEY
    assert KEY.hex() not in repr(key)


def test_the_pipes_are_pipes(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bare:
        stdin = None
        stdout = None

    with pytest.raises(AssertionError, match="pipes"):
        opening._exchanged(Bare(), b"", 1)  # type: ignore[arg-type]
