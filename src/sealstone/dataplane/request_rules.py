"""What an HTTP listener does with a request: its rules, redirects, fixed responses and choice of pools. Pure.

The first rule that fits leaves its id in a variable of the transaction; what is done goes by that variable alone. So
the order of priorities holds across redirects, responses and pools, which HAProxy works off in an order of its own.
"""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from sealstone.dataplane.cookies import WEEK, set_twin
from sealstone.dataplane.problems import NotServable
from sealstone.dataplane.wanted import Action, Condition, FixedResponse, Forward, Listener, Redirect, Rule
from sealstone.dataplane.wording import content_type, encoded, identifier, network, number, pattern, seconds, token

PLACEHOLDERS: Final = {
    "protocol": "%[var(txn.protocol)]",
    "host": "%[req.hdr(host),host_only]",
    "port": "%[dst_port]",
    "path": "%[path,regsub(^/,)]",
    "query": "%[query]",
}
_WITHOUT_CONTENT: Final = (204, 205, 304)
REDIRECTS: Final = (301, 302, 303, 307, 308)
HEAVIEST: Final = 999
GROUP_COOKIE: Final = "AWSALBTG"
"""Which pool a client was given by weight, and when it last asked (application guide, "Sticky sessions")."""
GROUP_TWIN: Final = "AWSALBTGCORS"

_PLACEHOLDER: Final = re.compile(r"#\{([a-z]+)\}")
_LITERAL: Final = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/?%-]{0,1024}")  # RFC 3986, less `#`, `[` and `]`
_FETCHES: Final = {"host": "req.hdr(host),host_only", "path": "path", "method": "method", "query": "query"}
_CASELESS: Final = ("host", "header", "query")


def pool_section(pool_id: str) -> str:
    """The name of a pool's section."""
    return f"P-{identifier('the id of a pool', pool_id)}"


def body_place(listener_id: str, owner: str) -> str:
    """Where the body of a fixed response is: of a rule, or of the listener's own action (`default`)."""
    # No identifier has a `+`: no two of these places are the same.
    return f"responses/{identifier('the id of a listener', listener_id)}+{identifier('the id of a rule', owner)}.body"


def has_content(action: FixedResponse) -> bool:
    """Whether its body is sent: some statuses have none, and what came behind them would be taken for another answer.

    RFC 9110 15.3.5, 15.3.6 and 15.4.5.
    """
    return bool(action.body) and action.status not in _WITHOUT_CONTENT


def bodies(listener: Listener) -> dict[str, str]:
    """The bodies of all fixed responses of a listener that have one, by their place."""
    return {
        body_place(listener.listener_id, owner): action.body
        for owner, action in _actions(listener)
        if isinstance(action, FixedResponse) and has_content(action)
    }


def pools_of(listener: Listener) -> tuple[str, ...]:
    """The ids of all pools that a listener may hand to."""
    forwards = [action for _, action in _actions(listener) if isinstance(action, Forward)]
    return tuple(dict.fromkeys(pool_id for forward in forwards for pool_id, _ in forward.pools))


def choosing(listener: Listener) -> Iterator[str]:
    """Lines that find the rule for a request and answer what needs no server. Raises NotWritable, NotServable."""
    protocol = "https" if listener.protocol == "HTTPS" else "http"
    yield f"http-request set-var(txn.protocol) str({protocol})"
    for rule in _ordered(listener):
        yield from _matching(rule)
    for owner, action in _actions(listener):
        if not isinstance(action, Forward):
            yield from _answering(listener, owner, action)


def forwarding(listener: Listener) -> Iterator[str]:
    """Lines that choose the pool; they stand behind everything that is done to the request."""
    forwards = [(owner, action) for owner, action in _actions(listener) if isinstance(action, Forward)]
    if any(_is_sticky(forward) for _, forward in forwards):
        yield from _remembering()
    for owner, forward in forwards:
        yield from _sticking(owner, forward)
        yield from _drawing(owner, forward)
    for owner, forward in forwards:
        yield from _using(owner, forward)


def _ordered(listener: Listener) -> list[Rule]:
    return sorted(listener.rules, key=lambda rule: (rule.priority, rule.rule_id))


def _actions(listener: Listener) -> list[tuple[str, Action]]:
    """Every action with its owner: the rules', and in the end the listener's own."""
    return [*((rule.rule_id, rule.action) for rule in _ordered(listener)), ("default", listener.action)]


def _applies(owner: str) -> str:
    if owner == "default":
        return "!{ var(txn.rule) -m found }"
    return f"{{ var(txn.rule) -m str {identifier('the id of a rule', owner)} }}"


def _matching(rule: Rule) -> Iterator[str]:
    """Values of one name are alternatives (their `acl` lines have the same name); conditions must all be met."""
    rule_id = identifier("the id of a rule", rule.rule_id)
    if rule_id == "default":
        raise NotServable("no rule may have the id default")
    names = []
    for at, condition in enumerate(rule.conditions):
        names.append(f"C-{rule_id}-{at}")
        if not condition.values:
            raise NotServable("a condition without a value is never met")
        for value in condition.values:
            yield f"acl {names[-1]} {_test(condition, value)}"
    yield " ".join([f"http-request set-var(txn.rule) str({rule_id}) if !{{ var(txn.rule) -m found }}", *names])


def _test(condition: Condition, value: str) -> str:
    what = f"the value of a condition on {condition.field}"
    if condition.field == "source-ip":
        return f"src {network(what, value)}"
    if condition.field == "header":
        fetch = f"req.fhdr({token('the name of a header', condition.name)})"
    else:
        fetch = _FETCHES[condition.field]
    caseless = " -i" if condition.field in _CASELESS else ""
    return f"{fetch} -m reg{caseless} {_expression(what, condition.field, value)}"


def _expression(what: str, field: str, value: str) -> str:
    if field != "query":
        return f"'^{pattern(what, value)}$'"
    name, equals, rest = value.partition("=")
    # [inferred] parameters are compared as they were sent, without decoding
    # API reference, QueryStringConditionConfig: `*` and `?` themselves are written with a `\\` before them.
    key = pattern(what, name, any_character="[^&=]", escapes=True) if equals and name else "[^&=]*"
    wanted = pattern(what, rest if equals else name, any_character="[^&]", escapes=True) if rest or not equals else ""
    return f"'(^|&){key}={wanted}(&|$)'"


def _answering(listener: Listener, owner: str, action: Redirect | FixedResponse) -> Iterator[str]:
    applies = _applies(owner)
    if isinstance(action, FixedResponse):
        status = number("the status of a fixed response", action.status, 200, 599)
        kind = content_type("the content type of a fixed response", action.content_type or "text/plain")
        place = body_place(listener.listener_id, owner)
        content = f"content-type {kind} file {place}" if has_content(action) else ""
        yield f"http-request return status {status} {content} if {applies}".replace("  ", " ")
        return
    if action.status not in REDIRECTS:
        raise NotServable(f"a redirect has one of the statuses {', '.join(map(str, REDIRECTS))}")
    redirect = f"http-request redirect code {action.status} location"
    place = _located(action)
    query = _format("the query of a redirect", action.query)
    if not query:
        yield f"{redirect} '{place}' if {applies}"
        return
    # Nothing may be left of the client's query, and then there is no `?` either.
    yield f"http-request set-var-fmt(txn.query) '{query}' if {applies}"
    yield f"{redirect} '{place}' if {applies} {{ var(txn.query) -m len 0 }}"
    yield f"{redirect} '{place}?%[var(txn.query)]' if {applies}"


def _located(action: Redirect) -> str:
    protocol = action.protocol if action.protocol == "#{protocol}" else action.protocol.lower()
    if protocol not in {"#{protocol}", "http", "https"}:
        raise NotServable("a redirect leads to HTTP or HTTPS")
    host = _format("the host of a redirect", action.host)
    port = _format("the port of a redirect", action.port)
    path = _format("the path of a redirect", action.path)
    return f"{_format('the protocol of a redirect', protocol)}://{host}:{port}{path}"


def _format(what: str, value: str) -> str:
    """A value with placeholders as a format of HAProxy's; `%` is doubled, so that only ours begin an expression."""
    written, at = "", 0
    for found in _PLACEHOLDER.finditer(value):
        if found[1] not in PLACEHOLDERS:
            raise NotServable(f"{what} has a placeholder that is none of {', '.join(PLACEHOLDERS)}")
        written += _literal(what, value[at : found.start()]) + PLACEHOLDERS[found[1]]
        at = found.end()
    return written + _literal(what, value[at:])


def _literal(what: str, text: str) -> str:
    if not _LITERAL.fullmatch(text):
        raise NotServable(f"{what} holds characters that no URL has")
    return text.replace("%", "%%").replace("'", encoded("'"))


def _drawing(owner: str, forward: Forward) -> Iterator[str]:
    """A number is drawn where a choice is to be made; where there is none, the answer is 503 at once."""
    weights = [weight for _, weight in forward.pools]
    for weight in weights:
        number("the weight of a pool", weight, 0, HEAVIEST)
    total = sum(weights)
    if not total:
        yield f"http-request return status 503 if {_applies(owner)}"
    elif len(weights) > 1:
        yield f"http-request set-var(txn.draw) rand({total}) if {_applies(owner)}"


def _is_sticky(forward: Forward) -> bool:
    return forward.sticky_seconds is not None and len(_open(forward)) > 1


def _open(forward: Forward) -> tuple[tuple[str, int], ...]:
    """The pools that get requests: one without weight gets none, of its old clients neither [inferred]."""
    return tuple((pool_id, weight) for pool_id, weight in forward.pools if weight)


def _mark(pool_id: str) -> str:
    """What a cookie says of a pool, which is not its id."""
    return sha256(pool_section(pool_id).encode()).hexdigest()[:16]


def _remembering() -> Iterator[str]:
    """Lines that read the cookie of groups, `<mark>.<seconds since 1970>`, and set it anew in each answer."""
    yield f"http-request set-var(txn.kept) req.cook({GROUP_COOKIE})"
    yield f"http-request set-var(txn.kept) req.cook({GROUP_TWIN}) if !{{ var(txn.kept) -m found }}"
    yield "http-request set-var(txn.since) var(txn.kept),field(2,.)"
    yield "http-request set-var(txn.age) date(),sub(txn.since)"
    value, condition = "%[var(txn.pool)].%[date()]", "{ var(txn.pool) -m found }"
    yield f"http-response add-header Set-Cookie '{GROUP_COOKIE}={value}; Path=/; {WEEK}' if {condition}"
    yield from set_twin("http-response", GROUP_TWIN, value, WEEK, condition)


def _sticking(owner: str, forward: Forward) -> Iterator[str]:
    """Lines that give a client the pool again that it had, if that was no longer ago than it may be."""
    if forward.sticky_seconds is None or not _is_sticky(forward):
        return
    seconds("the time of a stickiness", forward.sticky_seconds)
    fresh = f"{{ var(txn.age) -m int 0:{forward.sticky_seconds} }}"
    for pool_id, _ in _open(forward):
        was = f"{{ var(txn.kept),field(1,.) -m str {_mark(pool_id)} }}"
        yield f"http-request set-var(txn.pool) str({_mark(pool_id)}) if {_applies(owner)} {was} {fresh}"


def _using(owner: str, forward: Forward) -> Iterator[str]:
    chosen = _open(forward)
    if _is_sticky(forward):
        for pool_id, drawn in _drawn(chosen):
            applies = f"{_applies(owner)} !{{ var(txn.pool) -m found }}{drawn}"
            yield f"http-request set-var(txn.pool) str({_mark(pool_id)}) if {applies}"
        for pool_id, _ in chosen:
            its = f"{{ var(txn.pool) -m str {_mark(pool_id)} }}"
            yield f"use_backend {pool_section(pool_id)} if {_applies(owner)} {its}"
        return
    for pool_id, drawn in _drawn(chosen):
        yield f"use_backend {pool_section(pool_id)} if {_applies(owner)}{drawn}"


def _drawn(chosen: tuple[tuple[str, int], ...]) -> Iterator[tuple[str, str]]:
    """Each pool with the condition that it was drawn, if none of those before it was; of the last, none is needed."""
    below = 0
    for pool_id, weight in chosen:
        below += weight
        yield pool_id, "" if pool_id == chosen[-1][0] else f" {{ var(txn.draw) -m int lt {below} }}"
