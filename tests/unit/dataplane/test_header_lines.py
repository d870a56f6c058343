"""Headers, as far as one need not be HAProxy to see them."""

from dataclasses import replace

import pytest

from sealstone.dataplane.header_lines import NEGOTIATED, PASSED, VERIFIED, request_headers, response_headers
from sealstone.dataplane.problems import NotWritable
from sealstone.dataplane.wanted import Forward, Headers, Listener, MutualTLS


def listener(**headers: object) -> Listener:
    return Listener("l1", "127.0.0.1", 80, "HTTP", Forward(()), headers=Headers(**headers))  # type: ignore[arg-type]


def test_what_only_a_listener_may_say_is_taken_away_first() -> None:
    written = list(request_headers(listener()))
    taken = [f"http-request del-header {name}" for name in (*VERIFIED, *PASSED, *NEGOTIATED)]
    assert written[: len(taken)] == taken
    assert "http-request set-header X-Forwarded-Proto http" in written


def test_renamed_headers_are_taken_away_too() -> None:
    renamed = ((next(iter(PASSED)), "X-Client"),)
    assert "http-request del-header X-Client" in list(request_headers(listener(renamed=renamed)))


@pytest.mark.parametrize("name", ["X Y", "X\n", "", "X'"])
def test_names_are_tokens(name: str) -> None:
    with pytest.raises(NotWritable):
        list(request_headers(listener(renamed=((next(iter(PASSED)), name),))))
    with pytest.raises(NotWritable):
        list(response_headers(listener(response=((name, "x"),))))


@pytest.mark.parametrize("way", ["append", "preserve", "remove"])
def test_where_requests_came_from(way: str) -> None:
    written = [line for line in request_headers(listener(forwarded_for=way)) if "X-Forwarded-For" in line]
    assert len(written) == {"append": 2, "preserve": 0, "remove": 1}[way]


def test_all_that_can_be_asked_for() -> None:
    asked = listener(drop_invalid=True, trace_id=True, client_port=True, response=(("X-A", "1"),))
    written = "\n".join([*request_headers(asked), *response_headers(asked)])
    for words in ("del-header ^", "Root=1-", "Self=1-", "%[src]:%[src_port]", "http-response set-header X-A '1'"):
        assert words in written


def test_what_is_said_of_clients_and_of_tls() -> None:
    secure = replace(listener(tls_version_and_cipher=True), protocol="HTTPS")
    assert "http-request set-header X-Amzn-Tls-Version %[ssl_fc_protocol]" in list(request_headers(secure))
    for mode, names in (("verify", VERIFIED), ("passthrough", PASSED)):
        mutual = MutualTLS("verify") if mode == "verify" else MutualTLS("passthrough")
        written = [
            line for line in request_headers(replace(secure, mutual=mutual)) if line.endswith("if { ssl_c_used }")
        ]
        assert [line.split()[2] for line in written] == list(names)
    assert not [line for line in request_headers(replace(listener(), protocol="HTTPS")) if "ssl_" in line]


def test_a_chain_is_handed_on_where_clients_are_not_judged() -> None:
    renamed = ((next(iter(PASSED)), "X-Chain"),)
    passing = replace(listener(renamed=renamed), protocol="HTTPS", mutual=MutualTLS("passthrough"))
    written = [line for line in request_headers(passing) if "sess.chain" in line]
    assert written[0].startswith('http-request set-var(sess.chain) "ssl_c_chain_der,hex,')
    assert [line.split()[2] for line in written[1:]] == ["X-Chain"] * 5
    assert all("%[req.fhdr(X-Chain)]-----BEGIN%%20CERTIFICATE" in line for line in written[1:])
    judging = replace(passing, mutual=MutualTLS("verify", "bundle"))
    assert not [line for line in request_headers(judging) if "sess.chain" in line]


@pytest.mark.parametrize("value", ["default-src 'self'; img-src \"x\"", "a\\b#c", "100%", "'%[src]'"])
def test_values_of_headers_may_have_quotes(value: str) -> None:
    (written,) = response_headers(listener(response=(("X-A", value),)))
    _, _, words = written.partition("set-header X-A ")
    assert words[0] == words[-1] == "'"
    assert not set("'\"\\#") & set(words[1:-1])
