"""The types of policies: what DescribeLoadBalancerPolicyTypes tells of them, and what a policy of each may say.

Source: the descriptions are AWS's (command line reference, describe-load-balancer-policy-types), attributes by the same
and by the classic guide.
"""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sealstone.model import elb_policies
from sealstone.model.classic_detail import ClassicDetail
from sealstone.operations.balancing_errors import PolicyTypeNotFound
from sealstone.operations.elb.wording import conflict
from sealstone.x509 import algorithms, der

APP_COOKIE: Final = "AppCookieStickinessPolicyType"
LB_COOKIE: Final = "LBCookieStickinessPolicyType"
NEGOTIATION: Final = elb_policies.NEGOTIATION
PROXY_PROTOCOL: Final = "ProxyProtocolPolicyType"
PUBLIC_KEY: Final = "PublicKeyPolicyType"
BACKEND_AUTHENTICATION: Final = "BackendServerAuthenticationPolicyType"

COOKIE_NAME: Final = "CookieName"
COOKIE_PERIOD: Final = "CookieExpirationPeriod"
PROXY: Final = "ProxyProtocol"
KEY: Final = "PublicKey"
KEY_POLICY: Final = "PublicKeyPolicyName"

# Of the characters of a cookie's name (RFC 6265 4.1.1, a token) those that no configuration gives a meaning to.
_COOKIE: Final = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_PERIOD: Final = re.compile(r"[0-9]{1,18}")
_BOOLEANS: Final = frozenset({"true", "false"})
_LONGEST_KEY: Final = 8192

Attributes = Sequence[tuple[str, str]]
Judge = Callable[[ClassicDetail, Attributes], Attributes]


@dataclass(frozen=True, slots=True)
class PolicyType:
    """One type; `attributes` are name, type and cardinality, `judge` gives the attributes as they are kept."""

    description: str
    attributes: tuple[tuple[str, str, str], ...]
    judge: Judge


def judged(detail: ClassicDetail, type_name: str, attributes: Attributes) -> Attributes:
    """The attributes of a new policy as they are kept. Raises PolicyTypeNotFound, InvalidConfigurationRequest."""
    found = find(type_name)
    known = {name: cardinality for name, _, cardinality in found.attributes}
    names = [name for name, _ in attributes]
    for name in names:
        if name not in known:
            raise conflict(f"Policies of type {type_name} have no attribute '{name}'.")
        if names.count(name) > 1 and known[name] != "ONE_OR_MORE":
            raise conflict(f"The attribute '{name}' was sent more than once; send it once.")
    for name, cardinality in known.items():
        if cardinality.startswith("ONE") and name not in names:
            raise conflict(f"A policy of type {type_name} needs the attribute '{name}'.")
    return found.judge(detail, attributes)


def find(type_name: str) -> PolicyType:
    """By name. Raises PolicyTypeNotFound."""
    found = TYPES.get(type_name)
    if found is None:
        raise PolicyTypeNotFound(f"There is no policy type with name {type_name}; there are: {', '.join(TYPES)}")
    return found


def _proxy_protocol(_: ClassicDetail, attributes: Attributes) -> Attributes:
    _check_boolean(*attributes[0])
    return attributes


def _public_key(_: ClassicDetail, attributes: Attributes) -> Attributes:
    """Base64 of a SubjectPublicKeyInfo, without the lines that begin and end a PEM block."""
    text = "".join(attributes[0][1].split())
    try:
        if len(text) > _LONGEST_KEY:
            raise der.Malformed("it is too long")
        algorithms.public_key(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, der.Malformed) as fault:
        raise conflict(
            "The public key is not valid.",
            cure="Send the base64 lines of a public key in PEM, without the BEGIN and END lines.",
        ) from fault
    return ((KEY, text),)


def _app_cookie(_: ClassicDetail, attributes: Attributes) -> Attributes:
    if not _COOKIE.fullmatch(attributes[0][1]):
        raise conflict("CookieName must be 1 to 128 letters, digits, dots, dashes and underscores.")
    return attributes


def _lb_cookie(_: ClassicDetail, attributes: Attributes) -> Attributes:
    for _name, value in attributes:
        if not _PERIOD.fullmatch(value) or int(value) < 1:
            raise conflict("CookieExpirationPeriod must be a number of seconds, at least 1.")
    return attributes


def _backend_authentication(detail: ClassicDetail, attributes: Attributes) -> Attributes:
    for _, name in attributes:
        policy = detail.policy(name)
        if policy is None or policy.type_name != PUBLIC_KEY:
            raise conflict(f"There is no policy '{name}' of type {PUBLIC_KEY}; create it first.")
    return attributes


def _negotiation(_: ClassicDetail, attributes: Attributes) -> Attributes:
    """All attributes on or off, whether they were named one by one or by a predefined policy."""
    sent = dict(attributes)
    reference = sent.pop(elb_policies.REFERENCE, None)
    if reference is not None:
        return _predefined(reference, sent)
    for name, value in attributes:
        _check_boolean(name, value)
        if name in elb_policies.UNSERVED_PROTOCOLS and value == "true":
            raise conflict(f"{name} cannot be served.", "It is broken and no longer part of OpenSSL;", "leave it out.")
    found = elb_policies.read(attributes)
    if not found.protocols or not found.ciphers:
        what = "cipher" if found.protocols else "protocol"
        raise conflict(f"The policy enables no {what}; set at least one to true, or name a predefined policy.")
    if found.versions == ("TLSv1.0", "TLSv1.2"):
        raise conflict(
            "A policy with TLS 1.0 and TLS 1.2, and without TLS 1.1, cannot be served.",
            "OpenSSL speaks every version between two;",
            "set Protocol-TLSv1.1 to true as well, or leave Protocol-TLSv1 out.",
        )
    if elb_policies.SERVED_CIPHERS.isdisjoint(found.ciphers):
        raise conflict(
            "None of the policy's ciphers can be served.",
            "They are broken and no longer part of OpenSSL;",
            "set at least one with AES to true, such as ECDHE-RSA-AES128-GCM-SHA256.",
        )
    return found.attributes


def _predefined(reference: str, others: dict[str, str]) -> Attributes:
    predefined = elb_policies.PREDEFINED.get(reference)
    if predefined is None:
        known = ", ".join(elb_policies.PREDEFINED)
        raise conflict(f"There is no predefined security policy '{reference}'.", f"There are: {known}.")
    if others:
        raise conflict(
            f"{elb_policies.REFERENCE} cannot be combined with other attributes.",
            cure=f"Leave out {', '.join(sorted(others)[:5])}, or name every protocol and cipher yourself.",
        )
    return ((elb_policies.REFERENCE, reference), *predefined.attributes)


def _check_boolean(name: str, value: str) -> None:
    if value not in _BOOLEANS:
        raise conflict(f"The value of '{name}' must be true or false.")


_ON_OR_OFF: Final = tuple((name, "Boolean", "ZERO_OR_ONE") for name in elb_policies.ATTRIBUTE_NAMES)

TYPES: Final = {
    PROXY_PROTOCOL: PolicyType(
        "Policy that controls whether to include the IP address and port of the originating request for TCP messages. "
        "This policy operates on TCP/SSL listeners only",
        ((PROXY, "Boolean", "ONE"),),
        _proxy_protocol,
    ),
    PUBLIC_KEY: PolicyType(
        "Policy containing a list of public keys to accept when authenticating the back-end server(s). This policy "
        "cannot be applied directly to back-end servers or listeners but must be part of a "
        "BackendServerAuthenticationPolicyType.",
        ((KEY, "String", "ONE"),),
        _public_key,
    ),
    APP_COOKIE: PolicyType(
        "Stickiness policy with session lifetimes controlled by the lifetime of the application-generated cookie. "
        "This policy can be associated only with HTTP/HTTPS listeners.",
        ((COOKIE_NAME, "String", "ONE"),),
        _app_cookie,
    ),
    LB_COOKIE: PolicyType(
        "Stickiness policy with session lifetimes controlled by the browser (user-agent) or a specified expiration "
        "period. This policy can be associated only with HTTP/HTTPS listeners.",
        ((COOKIE_PERIOD, "Long", "ZERO_OR_ONE"),),
        _lb_cookie,
    ),
    NEGOTIATION: PolicyType(
        "Listener policy that defines the ciphers and protocols that will be accepted by the load balancer. This "
        "policy can be associated only with HTTPS/SSL listeners.",
        (*_ON_OR_OFF, (elb_policies.REFERENCE, "String", "ZERO_OR_ONE")),
        _negotiation,
    ),
    BACKEND_AUTHENTICATION: PolicyType(
        "Policy that controls authentication to back-end server(s) and contains one or more policies, such as an "
        "instance of a PublicKeyPolicyType. This policy can be associated only with back-end servers that are using "
        "HTTPS/SSL.",
        ((KEY_POLICY, "PolicyName", "ONE_OR_MORE"),),
        _backend_authentication,
    ),
}
