"""Mail through a real SMTP receiver on loopback: what arrives, under which protection, and every way it can fail."""

import smtplib
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.mail_server import Mailbox, mailbox
from tests.pki import NOW, Authority
from tests.tls_servers import context, refusing, silent

from sealstone.probe import mail
from sealstone.probe.mail import Login, Mailer
from sealstone.probe.problems import MailFailed, MailRefused, MailUnconfirmed, ProbeProblem
from sealstone.server.clock import system_clock

SENDER = "seal@sealstone.example"
ADMIN, HOSTMASTER = "admin@example.com", "hostmaster@example.com"
TEXT = "Somebody asks.\n\n.hidden line\nhttps://seal.example/approve/abc_-\n"
ROOT = Authority("Mail Root", valid_at=system_clock())
LEAF = ROOT.leaf("127.0.0.1")


def mailer(port: int, **options: Any) -> Mailer:
    options.setdefault("tls", "none")
    return Mailer(("127.0.0.1", port), SENDER, clock=lambda: NOW, chance=lambda n: b"\xab" * n, **options)


def send(box: Mailbox, to: Sequence[str] = (ADMIN,), **options: Any) -> None:
    mailer(box.port, **options).send(to, "Certificate request", TEXT)


def trusting(authority: Authority = ROOT) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=authority.certificate_pem)


def reason(port: int, problem: type[ProbeProblem] = MailFailed, **options: Any) -> str:
    with pytest.raises(problem) as failed:
        mailer(port, **options).send([ADMIN], "Certificate request", TEXT)
    assert str(port) in failed.value.cause
    return failed.value.cause


def test_what_arrives_is_what_was_sent() -> None:
    with mailbox() as box:
        send(box, [ADMIN, HOSTMASTER])
    (came,) = box.received
    assert (came.sender, came.to) == (SENDER, (ADMIN, HOSTMASTER))
    assert {name: str(value) for name, value in came.message.items()} == {
        "From": SENDER,
        "To": f"{ADMIN}, {HOSTMASTER}",
        "Subject": "Certificate request",
        "Date": "Sat, 21 Nov 2026 12:00:00 +0000",
        "Message-ID": f"<{'ab' * 16}@sealstone.example>",
        "Auto-Submitted": "auto-generated",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "7bit",
        "MIME-Version": "1.0",
    }
    assert came.text == TEXT
    assert box.lines[0].lower() == "ehlo sealstone.example"


def test_a_text_in_any_script_arrives() -> None:
    with mailbox() as box:
        mailer(box.port).send([ADMIN], "Zertifikat für bücher.example", "Grüße, 証明書\n")
    assert box.received[0].message["Subject"] == "Zertifikat für bücher.example"
    assert box.received[0].text == "Grüße, 証明書\n"
    assert box.received[0].data.isascii()


@pytest.mark.parametrize("implicit", [False, True])
def test_the_password_goes_only_through_tls_that_is_trusted(tmp_path: Path, implicit: bool) -> None:
    password = tmp_path / "password"
    password.write_text("s3cret words\n")
    options: dict[str, Any] = {"tls": "tls" if implicit else "starttls", "login": Login("seal", password)}
    with mailbox(tls=context(LEAF), implicit=implicit, passwords={"seal": "s3cret words"}) as box:
        send(box, trust=trusting(), **options)
        other = Authority("Other Root", valid_at=system_clock())
        for trust in (trusting(other), None):
            assert "certificate is not trusted" in reason(box.port, trust=trust, **options)
    (came,) = box.received
    assert came.encrypted
    assert came.login == ("seal", "s3cret words")
    assert sum(line.startswith("AUTH") for line in box.lines) == 1


def test_a_server_without_starttls_gets_no_mail() -> None:
    with mailbox() as box:
        assert "STARTTLS" in reason(box.port, tls="starttls")
    assert not [line for line in box.lines if line.startswith("MAIL")]


def test_a_password_is_read_anew_each_time(tmp_path: Path) -> None:
    path = tmp_path / "password"
    with mailbox(passwords={"seal": "new"}) as box:
        path.write_text("old")
        told = reason(box.port, login=Login("seal", path))
        assert "535 5.7.8 wrong password" in told
        assert "old" not in told.replace(str(path), "")
        path.write_text("new\r\n")
        send(box, login=Login("seal", path))
    assert len(box.received) == 1


@pytest.mark.parametrize(
    ("content", "part"),
    [(None, "No such file"), (b"\xff", "no text"), (b"", "holds no password"), (b"a\nb", "holds no password")],
)
def test_a_password_that_cannot_be_read_is_told_before_anything_is_sent(
    tmp_path: Path, content: bytes | None, part: str
) -> None:
    path = tmp_path / "password"
    if content is not None:
        path.write_bytes(content)
    with mailbox(passwords={"seal": "x"}) as box, pytest.raises(MailRefused, match=part):
        send(box, login=Login("seal", path))
    assert box.received == []


# --- nobody adds anything ---


@pytest.mark.parametrize(
    "address",
    [
        "", "admin", "@example.com", "admin@", "a b@example.com", "admin@example.com\r\nBcc: x@example.com",
        "admin@example.com\n", "admin@example.com>\r\nDATA", "<admin@example.com>", '"a"@example.com',
        "admin@example.com, other@example.com", "a@b@example.com", "admin@-example.com", "ädmin@example.com",
        "admin@[127.0.0.1]", "a" * 65 + "@example.com",
    ],
)  # fmt: skip
def test_only_plain_addresses_are_written_to(address: str) -> None:
    with mailbox() as box, pytest.raises(MailRefused, match="no mail address"):
        send(box, [ADMIN, address])
    assert box.lines == []


@pytest.mark.parametrize("subject", ["a\r\nBcc: x@example.com", "a\nb", "a\x00b", "a\u2028b", "a\u202eb", "a" * 251])
def test_a_subject_is_one_line(subject: str) -> None:
    with pytest.raises(MailRefused, match="one printable line"):
        mailer(1).send([ADMIN], subject, TEXT)


def test_somebody_must_be_written_to() -> None:
    with pytest.raises(MailRefused, match="nobody"):
        mailer(1).send([], "Certificate request", TEXT)


# --- servers that do not take it ---


def test_one_mailbox_that_exists_is_enough() -> None:
    with mailbox(refused={ADMIN: "550 5.1.1 no such user"}) as box:
        send(box, [ADMIN, HOSTMASTER])
    assert box.received[0].to == (HOSTMASTER,)


def test_no_mailbox_that_exists_is_told_with_the_server_s_words() -> None:
    with mailbox(refused={ADMIN: "550 5.1.1 no \x1b[2Jsuch user"}) as box:
        told = reason(box.port)
    assert f"takes none of the recipients: {ADMIN}: 550 5.1.1 no \\1B[2Jsuch user" in told


@pytest.mark.parametrize(
    ("command", "answer", "part"),
    [
        ("CONNECT", "554 go away", "554 go away"),
        ("MAIL", "451 later", "451 later"),
        ("DATA", "552 too much", "552 too much"),
        ("DATA", "250 what", "250 what"),
        ("EHLO", "421 closing", ""),
    ],
)
def test_a_refusal_is_told_with_the_server_s_words(command: str, answer: str, part: str) -> None:
    with mailbox(refused={command: answer, "HELO": answer}) as box:
        assert part in reason(box.port)
    assert box.received == []


def test_a_server_that_is_not_there_or_is_none() -> None:
    with refusing() as port:
        assert "Connection refused" in reason(port)
    with mailbox(refused={"CONNECT": "HTTP/1.1 400 Bad Request"}) as box:
        assert "did not take the mail" in reason(box.port)


def test_a_server_that_says_nothing_is_waited_for_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mail.TIMEOUT == 10
    monkeypatch.setattr(mail, "TIMEOUT", 0.05)
    with silent() as port:
        assert "did not answer in time" in reason(port)


# --- servers that have it ---


@pytest.mark.parametrize("answer", ["452 no room", "554 5.7.1 spam", "421 closing"])
def test_what_is_refused_as_a_whole_was_not_taken(answer: str) -> None:
    with mailbox(refused={".": answer}) as box:
        assert f"did not take the mail: {answer}" in reason(box.port)
    assert len(box.received) == 1


@pytest.mark.parametrize(
    ("answer", "part"),
    [("", "did not answer in time"), ("what", "did not confirm"), ("999", "999"), ("250 " + "k" * 9000, "too long")],
)
def test_what_nobody_refused_may_have_been_taken(monkeypatch: pytest.MonkeyPatch, answer: str, part: str) -> None:
    monkeypatch.setattr(mail, "LAST_TIMEOUT", 0.05)
    with mailbox(refused={".": answer}) as box:
        told = reason(box.port, MailUnconfirmed)
    assert "did not confirm the mail, which may arrive or not" in told
    assert part in told
    assert len(box.received) == 1


@pytest.mark.parametrize("refused", [{".": "251 taken"}, {"QUIT": "250 bye"}, {"QUIT": "554 no"}, {"QUIT": ""}])
def test_what_was_taken_stays_so(monkeypatch: pytest.MonkeyPatch, refused: dict[str, str]) -> None:
    monkeypatch.setattr(mail, "_FAREWELL", 0.05)
    with mailbox(refused=refused) as box:
        send(box)
    assert len(box.received) == 1


def test_the_last_answer_may_take_longer_than_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    real = mail._Conversation.getreply

    def watched(conversation: mail._Conversation) -> tuple[int, bytes]:
        code, words = real(conversation)
        assert conversation.sock is not None
        waited.append(conversation.sock.gettimeout() or 0)
        return code, words

    assert mail.TIMEOUT < mail.LAST_TIMEOUT < mail.LONGEST
    monkeypatch.setattr(mail._Conversation, "getreply", watched)
    clock = iter([*range(0, 48, 6), 0, *[50] * 7])
    monkeypatch.setattr(mail, "monotonic", lambda: next(clock))
    with mailbox() as box:
        send(box)
    # 220, EHLO, MAIL, RCPT, DATA, the message, QUIT; at 6, 12, 18 and so on of the 45 seconds.
    assert waited == [10, 10, 10, 10, 10, 9, 1]
    monkeypatch.setattr(mail, "_SOON", 8.0)
    with mailbox() as box:
        send(box)
    assert waited[7:] == [8] * 7


def test_without_a_connection_there_is_no_answer() -> None:
    with pytest.raises(smtplib.SMTPServerDisconnected):
        mail._Conversation().getreply()


def test_what_speaks_no_tls_is_told() -> None:
    with mailbox() as box:
        told = reason(box.port, tls="tls", trust=trusting())
    assert "did not take the mail" in told
