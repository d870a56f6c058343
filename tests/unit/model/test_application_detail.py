"""The documents of v2 load balancers, listeners and rules: what is written is read again."""

import json

import msgspec
import pytest

from sealstone.model.application_detail import (
    FIXED_RESPONSE,
    FORWARD,
    REDIRECT,
    Action,
    ApplicationDetail,
    ApplicationListener,
    ApplicationRule,
    FixedResponse,
    Forward,
    MutualAuthentication,
    Query,
    Redirect,
    RuleCondition,
    Share,
    Subnet,
    document_of,
    read_detail,
    read_listener,
    read_rule,
    target_groups,
)

FORWARDING = Action(FORWARD, 1, forward=Forward((Share("a"), Share("b", 3)), sticky=True, sticky_seconds=60))
REDIRECTING = Action(REDIRECT, redirect=Redirect("HTTP_302", host="example.com"))
ANSWERING = Action(FIXED_RESPONSE, fixed_response=FixedResponse("503", "text/html", "<p>"))


def test_a_load_balancer_is_read_as_it_was_written() -> None:
    detail = ApplicationDetail(
        "site.example",
        scheme="internal",
        subnets=(Subnet("subnet-1", "eipalloc-1"),),
        security_groups=("sg-1",),
        attributes={"idle_timeout.timeout_seconds": "90"},
        tags={"team": "web"},
    )
    assert read_detail(json.loads(json.dumps(document_of(detail)))) == detail


def test_a_listener_is_read_as_it_was_written() -> None:
    listener = ApplicationListener(
        (FORWARDING,),
        "ELBSecurityPolicy-2016-08",
        ("HTTP2Only",),
        MutualAuthentication("verify", "t", ignore_expiry=True, advertise_names="on"),
    )
    assert read_listener(json.loads(json.dumps(document_of(listener)))) == listener
    assert listener.target_groups == ("a", "b")


def test_a_rule_is_read_as_it_was_written() -> None:
    conditions = (
        RuleCondition("path-pattern", ("/a", "/b")),
        RuleCondition("http-header", ("c",), header="X-A"),
        RuleCondition("query-string", queries=(Query("v"), Query("v", "k"))),
    )
    rule = ApplicationRule(conditions, (REDIRECTING,), {"a": "b"})
    assert read_rule(json.loads(json.dumps(document_of(rule)))) == rule
    assert rule.target_groups == ()


def test_target_groups_are_told_once() -> None:
    assert target_groups((FORWARDING, REDIRECTING, ANSWERING, FORWARDING)) == ("a", "b")


def test_a_document_of_something_else_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        read_listener({"instance_port": 80})
