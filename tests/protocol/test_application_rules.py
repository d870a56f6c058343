"""Rules of listeners: what wire vectors do not tell of them."""

from typing import Any

import pytest
from tests.house_fixture import ACCOUNT, World
from tests.protocol.application import Balanced, answering

from sealstone.model.balancing_quota import RULES
from sealstone.store import quotas


@pytest.fixture
def here(world: World) -> Balanced:
    return Balanced(world)


@pytest.fixture
def listener(here: Balanced) -> str:
    return here.listener(here.balancer())


def test_the_quota_counts_the_rules_of_all_listeners(here: Balanced) -> None:
    with here.world.store.writing() as tx:
        quotas.set_value(tx, ACCOUNT, RULES, 1)
    balancer = here.balancer()
    here.rule(here.listener(balancer))
    here.refused(
        "TooManyRules",
        "A load balancer can have 1 rules",
        "CreateRule",
        ListenerArn=here.listener(balancer, port=81),
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/b"]}],
        Actions=[answering()],
    )


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (
            {"Field": "host-header", "PathPatternConfig": {"Values": ["/a"]}},
            "PathPatternConfig cannot be specified with condition field 'host-header'",
        ),
        ({"Field": "source-ip", "Values": ["192.0.2.0/24"]}, "Values of condition field 'source-ip' belong into"),
        (
            {"Field": "path-pattern", "Values": ["/a"], "PathPatternConfig": {"Values": ["/b"]}},
            "You cannot specify both Values and PathPatternConfig",
        ),
        ({"Field": "source-ip", "SourceIpConfig": {"Values": ["192.0.2.1"]}}, "must have a prefix length, as '/32'"),
        ({"Field": "source-ip", "SourceIpConfig": {"Values": ["fe80::%eth0/128"]}}, "must be a valid CIDR block"),
        (
            {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X A", "Values": ["a"]}},
            "HttpHeaderName must be the name of a header",
        ),
        ({"Field": "query-string"}, "A condition value must be specified for condition field 'query-string'"),
        (
            {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "a=b", "Value": "c"}]}},
            "The key 'a=b' of condition field 'query-string' cannot have an equals sign",
        ),
        (
            {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "a"}]}},
            "The value '' of condition field 'query-string' must be 1 to 128 printable characters",
        ),
        (
            {"Field": "query-string", "QueryStringConfig": {"Values": [{"Value": "a\\\\*"}, {"Value": "\\**????"}]}},
            "A rule can only have '5' condition wildcards",
        ),
        (
            {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET*"]}},
            "without wildcards",
        ),
        ({"Field": "path-pattern", "Values": ["/a"], "RegexValues": ["/b"]}, "RegexValues is not supported here"),
        (
            {"Field": "source-ip", "SourceIpConfig": {"Values": ["192.0.2.0/24"], "IpAddressType": "ipv4"}},
            "IpAddressType is not supported here",
        ),
    ],
)
def test_conditions_that_are_refused(here: Balanced, listener: str, condition: dict[str, Any], words: str) -> None:
    given: dict[str, Any] = {"ListenerArn": listener, "Priority": 1, "Conditions": [condition]}
    answer = here.ask("CreateRule", **given, Actions=[answering()])
    assert (answer.status, answer.code in {"ValidationError", "InvalidInput"}) == (400, True), answer
    assert words in answer.message


def test_conditions_and_actions_must_be_there(here: Balanced, listener: str) -> None:
    form = {"Action": "CreateRule", "ListenerArn": listener, "Priority": "1", "Actions": "", "Conditions": ""}
    assert here.world.ask("elbv2", form).message == "A condition must be specified"
    form |= {"Conditions.member.1.Field": "path-pattern", "Conditions.member.1.Values.member.1": "/a"}
    del form["Conditions"]
    assert here.world.ask("elbv2", form).message == "At least one action must be specified"


def test_an_escaped_wildcard_is_none(here: Balanced, listener: str) -> None:
    """In the query only: elsewhere a backslash is one."""
    values = [{"Key": "a\\*\\?", "Value": "\\*\\?\\\\*"}, {"Value": "\\**???"}]
    condition = {"Field": "query-string", "QueryStringConfig": {"Values": values}}
    rule = here.rule(listener, Conditions=[condition])
    (told,) = here.done("DescribeRules", RuleArns=[rule])["Rules"]
    assert told["Conditions"] == [condition]
    header = {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X", "Values": ["\\*" * 6]}}
    given: dict[str, Any] = {"ListenerArn": listener, "Priority": 2, "Conditions": [header], "Actions": [answering()]}
    here.refused("ValidationError", "condition wildcards", "CreateRule", **given)


def test_both_forms_of_the_same_values_are_one(here: Balanced, listener: str) -> None:
    condition = {"Field": "path-pattern", "Values": ["/a"], "PathPatternConfig": {"Values": ["/a"]}}
    rule = here.rule(listener, Conditions=[condition])
    (told,) = here.done("DescribeRules", RuleArns=[rule])["Rules"]
    assert told["Conditions"] == [condition]


@pytest.mark.parametrize(
    ("action", "code", "words"),
    [
        ({"Type": "redirect"}, "ValidationError", "A RedirectConfig must be specified"),
        ({"Type": "fixed-response"}, "ValidationError", "A FixedResponseConfig must be specified"),
        (
            {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Path": "a"}},
            "ValidationError",
            "The path of a redirect must begin with '/'",
        ),
        (
            {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Port": "65536"}},
            "ValidationError",
            "The port of a redirect must be a value from 1 to 65535",
        ),
        (
            {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Host": "#{name}"}},
            "ValidationError",
            "The host of a redirect holds characters",
        ),
    ],
)
def test_actions_that_are_refused(here: Balanced, listener: str, action: dict[str, Any], code: str, words: str) -> None:
    conditions = [{"Field": "path-pattern", "Values": ["/a"]}]
    here.refused(code, words, "CreateRule", ListenerArn=listener, Priority=1, Conditions=conditions, Actions=[action])


def test_priorities_are_of_one_listener_and_each_rule_once(here: Balanced, listener: str) -> None:
    other = here.listener(here.balancer("other"), port=81)
    rules = [here.rule(listener), here.rule(other)]
    pairs = [{"RuleArn": rule, "Priority": 5 + number} for number, rule in enumerate(rules)]
    here.refused("ValidationError", "same listener", "SetRulePriorities", RulePriorities=pairs)
    here.refused("ValidationError", "once", "SetRulePriorities", RulePriorities=[pairs[0], pairs[0]])
    here.refused("ValidationError", "A priority", "SetRulePriorities", RulePriorities=[{"RuleArn": rules[0]}])
    answer = here.world.ask("elbv2", {"Action": "SetRulePriorities", "RulePriorities": ""})
    assert (answer.status, answer.parsed["Rules"]) == (200, [])
    more = here.rule(listener, 20)
    same = [{"RuleArn": rules[0], "Priority": 7}, {"RuleArn": more, "Priority": 7}]
    here.refused("PriorityInUse", "'7'", "SetRulePriorities", RulePriorities=same)


def test_modifying_nothing_changes_nothing(here: Balanced, listener: str) -> None:
    rule = here.rule(listener)
    (before,) = here.done("DescribeRules", RuleArns=[rule])["Rules"]
    assert here.done("ModifyRule", RuleArn=rule)["Rules"] == [before]
    pairs = [{"RuleArn": rule, "Priority": 10}]
    assert here.done("SetRulePriorities", RulePriorities=pairs)["Rules"] == [before]
