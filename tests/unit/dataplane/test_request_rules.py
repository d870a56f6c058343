"""What is not to be seen from outside of HAProxy: refusals of rules, and that no text gets into the configuration."""

from hashlib import sha256

import pytest

from sealstone.dataplane.problems import DataPlaneProblem
from sealstone.dataplane.request_rules import bodies, choosing, forwarding, pools_of
from sealstone.dataplane.wanted import Action, Condition, FixedResponse, Forward, Listener, Redirect, Rule

TO_ONE = Forward((("p1", 1),))


def listener(*rules: Rule, action: Action = TO_ONE) -> Listener:
    return Listener("l1", "127.0.0.1", 80, "HTTP", action, rules)


@pytest.mark.parametrize(
    "rule",
    [
        Rule("default", 1, (), TO_ONE),
        Rule("a b", 1, (), TO_ONE),
        Rule("r", 1, (Condition("path", ()),), TO_ONE),
        Rule("r", 1, (Condition("path", ("",)),), TO_ONE),
        Rule("r", 1, (Condition("header", ("x",), "X Y"),), TO_ONE),
        Rule("r", 1, (Condition("source-ip", ("localhost",)),), TO_ONE),
        Rule("r", 1, (), Redirect(200)),
    ],
)
def test_rules_that_cannot_be_written(rule: Rule) -> None:
    with pytest.raises(DataPlaneProblem):
        list(choosing(listener(rule)))


def test_text_of_requests_becomes_hexadecimal() -> None:
    hostile = Condition("header", ("'\" } || TRUE #\\",), "X-H")
    written = "\n".join(choosing(listener(Rule("r", 1, (hostile,), TO_ONE))))
    assert r"'^\x27\x22\x20\x7d\x20\x7c\x7c\x20TRUE\x20\x23\x5c$'" in written


def test_bodies_are_files() -> None:
    rules = (Rule("r", 1, (), FixedResponse(200, body="x\ny")),)
    made = listener(*rules, action=FixedResponse(200, "", ""))
    assert bodies(made) == {"responses/l1+r.body": "x\ny"}
    written = list(choosing(made))
    assert written[-2].endswith("file responses/l1+r.body if { var(txn.rule) -m str r }")
    assert written[-1] == "http-request return status 200 if !{ var(txn.rule) -m found }"


@pytest.mark.parametrize("status", [204, 205, 304])
def test_statuses_without_content_have_none(status: int) -> None:
    made = listener(action=FixedResponse(status, body="HTTP/1.1 200 OK"))
    assert bodies(made) == {}
    assert list(choosing(made))[-1] == f"http-request return status {status} if !{{ var(txn.rule) -m found }}"


def test_pools_are_chosen_by_weight_and_none_by_nothing() -> None:
    made = listener(Rule("r", 1, (), Forward((("p1", 0), ("p2", 3), ("p3", 2)))))
    assert pools_of(made) == ("p1", "p2", "p3")
    assert list(forwarding(made)) == [
        "http-request set-var(txn.draw) rand(5) if { var(txn.rule) -m str r }",
        "use_backend P-p2 if { var(txn.rule) -m str r } { var(txn.draw) -m int lt 3 }",
        "use_backend P-p3 if { var(txn.rule) -m str r }",
        "use_backend P-p1 if !{ var(txn.rule) -m found }",
    ]
    assert list(forwarding(listener(action=Forward(())))) == [
        "http-request return status 503 if !{ var(txn.rule) -m found }"
    ]


def test_redirects_are_formats_in_which_only_ours_begins_an_expression() -> None:
    made = listener(Rule("r", 1, (), Redirect(301, "HTTPS", "#{host}", "443", "/%41/#{path}", "")))
    assert list(choosing(made))[-1] == (
        "http-request redirect code 301 location 'https://%[req.hdr(host),host_only]:443/%%41/%[path,regsub(^/,)]' "
        "if { var(txn.rule) -m str r }"
    )
    written = list(choosing(listener(action=Redirect(302))))
    assert written[-3] == "http-request set-var-fmt(txn.query) '%[query]' if !{ var(txn.rule) -m found }"
    assert written[-2].endswith("{ var(txn.query) -m len 0 }")


@pytest.mark.parametrize(
    ("value", "expression"),
    [
        ("a=b*", "(^|&)a=b[^&]*(&|$)"),
        ("b", "(^|&)[^&=]*=b(&|$)"),
        ("=b", "(^|&)[^&=]*=b(&|$)"),
        ("a=", "(^|&)a=(&|$)"),
        (r"a\*=\?*", r"(^|&)a\x2a=\x3f[^&]*(&|$)"),
    ],
)
def test_conditions_on_parameters(value: str, expression: str) -> None:
    written = list(choosing(listener(Rule("r", 1, (Condition("query", (value,)),), TO_ONE))))
    assert f"acl C-r-0 query -m reg -i '{expression}'" in written


@pytest.mark.parametrize("bad", [Redirect(301, "ftp"), Redirect(301, host="#{x}"), Redirect(301, path="a b")])
def test_redirects_that_cannot_be_written(bad: Redirect) -> None:
    with pytest.raises(DataPlaneProblem):
        list(choosing(listener(action=bad)))


def test_a_redirect_may_have_an_apostrophe() -> None:
    written = list(choosing(listener(action=Redirect(302, path="/it's/#{path}", query=""))))
    assert "/it%[str(%27),url_dec]s/%[path,regsub(^/,)]'" in written[-1]


def sticky(*shares: tuple[str, int], seconds: int | None = 60) -> list[str]:
    return list(forwarding(listener(action=Forward(shares, seconds))))


def test_a_client_stays_with_its_pool() -> None:
    written = sticky(("p1", 3), ("p2", 2), ("p3", 0))
    one, two = (sha256(f"P-{name}".encode()).hexdigest()[:16] for name in ("p1", "p2"))
    default = "!{ var(txn.rule) -m found }"
    kept = "{ var(txn.kept),field(1,.) -m str %s } { var(txn.age) -m int 0:60 }"
    new = f"{default} !{{ var(txn.pool) -m found }}"
    assert written[:4] == [
        "http-request set-var(txn.kept) req.cook(AWSALBTG)",
        "http-request set-var(txn.kept) req.cook(AWSALBTGCORS) if !{ var(txn.kept) -m found }",
        "http-request set-var(txn.since) var(txn.kept),field(2,.)",
        "http-request set-var(txn.age) date(),sub(txn.since)",
    ]
    assert [line.split()[3].split("=")[0] for line in written[4:7]] == ["'AWSALBTG", "'AWSALBTGCORS", "'AWSALBTGCORS"]
    assert written[7:] == [
        f"http-request set-var(txn.pool) str({one}) if {default} {kept % one}",
        f"http-request set-var(txn.pool) str({two}) if {default} {kept % two}",
        f"http-request set-var(txn.draw) rand(5) if {default}",
        f"http-request set-var(txn.pool) str({one}) if {new} {{ var(txn.draw) -m int lt 3 }}",
        f"http-request set-var(txn.pool) str({two}) if {new}",
        f"use_backend P-p1 if {default} {{ var(txn.pool) -m str {one} }}",
        f"use_backend P-p2 if {default} {{ var(txn.pool) -m str {two} }}",
    ]
    assert "p1" not in "".join(line for line in written if "Set-Cookie" in line)


@pytest.mark.parametrize(
    ("shares", "seconds"), [((("p1", 1), ("p2", 1)), None), ((("p1", 1),), 9), ((("p1", 1), ("p2", 0)), 9)]
)
def test_where_there_is_no_choice_there_is_no_cookie(shares: tuple[tuple[str, int], ...], seconds: int | None) -> None:
    assert not [line for line in sticky(*shares, seconds=seconds) if "AWSALBTG" in line or "txn.pool" in line]


def test_the_time_with_a_pool_has_bounds() -> None:
    with pytest.raises(DataPlaneProblem):
        sticky(("p1", 1), ("p2", 1), seconds=0)
