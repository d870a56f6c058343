"""Which URLs events are posted to."""

import pytest

from sealstone.model.webhook import Webhook, WebhookRefused


@pytest.mark.parametrize(
    ("url", "host", "port", "secure", "target"),
    [
        ("https://hooks.example/a/b?c=d", "hooks.example", 443, True, "/a/b?c=d"),
        ("https://10.0.0.1:8443", "10.0.0.1", 8443, True, "/"),
        ("https://[2001:db8::1]:1/x", "2001:db8::1", 1, True, "/x"),
        ("http://127.0.0.1/x", "127.0.0.1", 80, False, "/x"),
        ("http://[::1]:9000/", "::1", 9000, False, "/"),
        ("http://localhost:1/", "localhost", 1, False, "/"),
    ],
)
def test_these_are_taken(url: str, host: str, port: int, secure: bool, target: str) -> None:
    found = Webhook.of(url)
    assert (found.host, found.port, found.secure, found.target) == (host, port, secure, target)


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("http://hooks.example/", "plain http to another machine"),
        ("http://10.0.0.1/", "plain http to another machine"),
        ("ftp://hooks.example/", "no https URL"),
        ("hooks.example", "no https URL"),
        ("https:///x", "no https URL"),
        ("https://a.example:0/", "no https URL"),
        ("https://a.example:99999/", "malformed"),
        ("https://[::1/", "malformed"),
        ("https://u:secret@a.example/", "user name"),
        ("https://a.example/#x", "fragment"),
        ("https://a.example/\r\nHost: b", "characters"),
        ("https://a.example\\@b.example/", "characters"),
        ("https://ä.example/", "characters"),
        ("https://a.example/" + "x" * 2048, "longer"),
    ],
)
def test_others_are_refused_and_not_shown(url: str, part: str) -> None:
    with pytest.raises(WebhookRefused, match=part) as refused:
        Webhook.of(url)
    assert "secret" not in str(refused.value)


def test_what_may_admit_a_sender_is_never_shown() -> None:
    one = Webhook.of("https://hooks.example/services/token?key=k")
    assert str(one) == "https://hooks.example"
    assert "token" not in repr(one)
    assert "key" not in repr(one)


def test_its_name_is_that_of_the_whole_url() -> None:
    names = {Webhook.of(f"https://hooks.example{end}").name for end in ("", "/", "/a", ":8443/a")}
    assert len(names) == 3
    assert all(len(name) == 32 for name in names)
