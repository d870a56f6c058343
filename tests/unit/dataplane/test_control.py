"""Speaking over the control sockets, with answers recorded from HAProxy 2.8.25."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from tests.pki import self_signed

from sealstone.dataplane import control
from sealstone.dataplane.changes import Deed, Step
from sealstone.dataplane.data_plane import ServerState
from sealstone.dataplane.problems import ConfigurationRefused, NotAnswered
from sealstone.model.secret import Secret

SECONDS = 10.0
LEAF = self_signed("a.example.com")
PAIR = LEAF.certificate_pem + LEAF.private_key_pem
GOOD = {
    "new ssl cert c.pem": "New empty certificate store 'c.pem'!\n\n",
    "set ssl cert c.pem <<": "Transaction created for certificate c.pem!\n\n",
    "commit ssl cert c.pem": "Committing c.pem.\nSuccess!\n\n",
    "add ssl crt-list l.list <<": "Inserting certificate 'c.pem' in crt-list 'l.list'.\nSuccess!\n\n",
    "del ssl crt-list l.list c.pem": "Entry 'c.pem' deleted in crtlist 'l.list'!\n\n",
    "del ssl cert c.pem": "Certificate 'c.pem' deleted!\n\n",
    "abort ssl cert c.pem": "Transaction aborted for certificate 'c.pem'!\n\n",
}


@contextmanager
def answering(path: Path, answers: Mapping[str, str]) -> Iterator[list[bytes]]:
    """Answers by the first line of what is said; collects all that is said."""
    heard: list[bytes] = []
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def serve() -> None:
        while True:
            connection, _ = server.accept()
            with connection, connection.makefile("rb") as said:
                heard.append(said.read())
                if not heard[-1]:
                    return
                connection.sendall(answers.get(heard[-1].decode().partition("\n")[0], "Unknown command\n").encode())

    thread = Thread(target=serve)
    thread.start()
    try:
        yield heard
    finally:
        with socket.socket(socket.AF_UNIX) as last:
            last.connect(str(path))
        thread.join()
        server.close()
        path.unlink()
        heard.pop()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Step("new", "c.pem"), ["new ssl cert c.pem", f"set ssl cert c.pem <<\n{PAIR}", "commit ssl cert c.pem"]),
        (Step("replace", "c.pem"), [f"set ssl cert c.pem <<\n{PAIR}", "commit ssl cert c.pem"]),
        (Step("list", "c.pem", "l.list"), ["add ssl crt-list l.list <<\nc.pem\n"]),
        (Step("unlist", "c.pem", "l.list"), ["del ssl crt-list l.list c.pem"]),
        (Step("delete", "c.pem"), ["del ssl cert c.pem"]),
    ],
)
def test_each_deed(path: Path, step: Step, said: list[str]) -> None:
    with answering(path, GOOD) as heard:
        control.performed(path, step, Secret(PAIR.encode()), SECONDS)
    assert [one.decode() for one in heard] == [f"{command}\n" for command in said]
    for command in said:
        with (
            answering(path, {**GOOD, command.partition("\n")[0]: "No.\n"}),
            pytest.raises(ConfigurationRefused, match=r"refused it: No\."),
        ):
            control.performed(path, step, Secret(PAIR.encode()), SECONDS)


def test_a_refused_certificate_is_given_up(path: Path) -> None:
    refusal = "inconsistencies between private key and certificate loaded 'c.pem'.\nCan't commit c.pem!\n"
    with (
        answering(path, {**GOOD, "commit ssl cert c.pem": refusal}) as heard,
        pytest.raises(ConfigurationRefused, match="inconsistencies"),
    ):
        control.performed(path, Step("replace", "c.pem"), Secret(PAIR.encode()), SECONDS)
    assert heard[-1] == b"abort ssl cert c.pem\n"


@pytest.mark.parametrize("deed", ["new", "replace"])
@pytest.mark.parametrize("key", [self_signed("b.example.com").private_key_pem, ""])
def test_a_key_of_another_certificate_never_reaches_the_socket(path: Path, deed: Deed, key: str) -> None:
    """The commit would be refused, and disturb connections of others."""
    bad = Secret((LEAF.certificate_pem + key).encode())
    with answering(path, GOOD) as heard, pytest.raises(ConfigurationRefused, match="do not belong together"):
        control.performed(path, Step(deed, "c.pem"), bad, SECONDS)
    assert heard == []


VERSION = {"prepare map m": "New version created: 7\n\n"}


@pytest.mark.parametrize(
    ("text", "messages"), [("", 0), ("/a 1\n/b 2\n", 1), ("/a " + "x" * 8000 + "\n/b 2\n" * 99, 2)]
)
def test_a_map_is_exchanged_at_once(path: Path, text: str, messages: int) -> None:
    answers = VERSION | {"add map @7 m <<": "\n", "commit map @7 m": "\n"}
    with answering(path, answers) as heard:
        control.exchanged(path, "m", text, SECONDS)
    assert (heard[0], heard[-1]) == (b"prepare map m\n", b"commit map @7 m\n")
    added = [one.decode().removeprefix("add map @7 m <<\n").removesuffix("\n") for one in heard[1:-1]]
    assert (len(added), "".join(added)) == (messages, text)


@pytest.mark.parametrize(
    "answers", [{"prepare map m": "Unknown map\n"}, VERSION, VERSION | {"add map @7 m <<": "\n"}], ids=len
)
def test_a_map_that_is_not_taken(path: Path, answers: Mapping[str, str]) -> None:
    with answering(path, answers), pytest.raises(ConfigurationRefused, match="Unknown"):
        control.exchanged(path, "m", "/a 1\n", SECONDS)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("Success=1\n\n", ""),
        ("Success=0\n--\n[ALERT] (1) : config : x\n", "[ALERT] (1) : config : x"),
        ("Success=0\n", "reload failed"),
        ("Unknown", "Unknown"),
    ],
)
def test_reloads(path: Path, answer: str, words: str) -> None:
    with answering(path, {"reload": answer}):
        assert control.reloaded(path, SECONDS) == words


def test_no_answer(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotAnswered) as caught:
        control.asked(path, b"x", SECONDS)
    assert not caught.value.silent
    monkeypatch.setattr(control, "MOST_BYTES", 3)
    with answering(path, {"x": "too long"}), pytest.raises(NotAnswered, match="does not end"):
        control.asked(path, b"x", SECONDS)
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(path))
        mute.listen()
        with pytest.raises(NotAnswered) as caught:
            control.asked(path, b"x", 0.01)
    assert caught.value.silent


def test_states_of_servers(path: Path) -> None:
    table = "# pxname,svname,status,check_status,check_code,\n"
    rows = ["P-p,S-a,UP,L7OK,200,", "P-p,S-b,DOWN 1/2,* L4CON,,", "P-p,S-c,no check,,,", "P-p,S-d,MAINT,,,"]
    others = ["P-p,BACKEND,UP,,,", "x,S-a,UP,,,", "P-p,S-e,odd,,,"]
    with answering(path, {"show stat -1 4 -1": table + "\n".join(rows + others) + "\n\n"}):
        assert control.server_states(path, SECONDS) == (
            ServerState("p", "a", "up", "L7OK 200"),
            ServerState("p", "b", "down", "L4CON"),
            ServerState("p", "c", "unchecked"),
            ServerState("p", "d", "draining"),
            ServerState("p", "e", "down"),
        )


PROCESSES = """\
#<PID>          <type>          <reloads>       <uptime>        <version>
14275           master          0 [failed: 0]   0d00h00m00s     2.8.25-5cf5d0683
# workers
14276           worker          0               0d00h00m00s     2.8.25-5cf5d0683
# programs

"""


def test_the_master_in_office(path: Path) -> None:
    with answering(path, {"show proc": PROCESSES}):
        assert control.master(path, SECONDS) == 14275
    with answering(path, {}):
        assert control.master(path, SECONDS) is None
    with pytest.raises(NotAnswered):
        control.master(path, SECONDS)
