"""A listener as a section of HAProxy's configuration: where it listens, how it speaks TLS, what it does. Pure."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from sealstone.dataplane import tokens
from sealstone.dataplane.certificate_files import list_place
from sealstone.dataplane.header_lines import request_headers, response_headers
from sealstone.dataplane.problems import NotServable
from sealstone.dataplane.request_rules import choosing, forwarding, pool_section
from sealstone.dataplane.wanted import Forward, Listener, MutualTLS, TLSPolicy
from sealstone.dataplane.wording import cipher, identifier, listening_address, port, protocol_names, seconds, signature

VERSIONS: Final = ("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")
REMEMBERED: Final = 4096
"""How many sections are remembered as they were written; no key is in any."""
ENCRYPTED: Final = ("HTTPS", "SSL")
UNDERSTOOD: Final = ("HTTP", "HTTPS")

_REQUEST_TIME: Final = "30s"
"""How long a client may take to send the head of a request, however little of it at a time."""
_NO_ROOT: Final = 2
"""X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT of OpenSSL: the path ends at an authority that is believed and not its own
issuer. Where the path reaches no believed authority, it is another error."""
_NO_CRL: Final = 3
_EXPIRED: Final = 10
_CRL_NOT_YET_VALID: Final = 11
_CRL_EXPIRED: Final = 12
"""X509_V_ERR_* of OpenSSL: what is forgiven. A list of revocations that is out of date still revokes, and does not
lock everybody out; an authority without a list is none the worse for another's [inferred from the documented meaning
of a trust store's revocations]."""


def section(listener_id: str) -> str:
    """The name of a listener's section."""
    return f"L-{identifier('the id of a listener', listener_id)}"


def bundle_place(listener_id: str) -> str:
    """Where the authorities are that a listener believes."""
    return f"trust/{identifier('the id of a listener', listener_id)}.pem"


def revocations_place(listener_id: str) -> str:
    """Where their revocation lists are."""
    return f"trust/{identifier('the id of a listener', listener_id)}.crl"


@lru_cache(maxsize=REMEMBERED)
def frontend(listener: Listener) -> str:
    """The section. Raises NotWritable, NotServable. Of hundreds of listeners one has changed: the others are known."""
    return "".join([f"frontend {section(listener.listener_id)}\n", *(f"  {line}\n" for line in _lines(listener))])


def _lines(listener: Listener) -> Iterator[str]:
    http = listener.protocol in UNDERSTOOD
    idle = seconds("the idle timeout of a listener", listener.idle_timeout)
    yield f"mode {'http' if http else 'tcp'}"
    yield " ".join(["bind", *_bind(listener)])
    yield f"timeout client {idle}"
    if not http:
        pool_id, weight = _only_pool(listener)
        if not weight:
            yield "tcp-request content reject"  # whoever connects is let go: there is nobody to hand to
        yield f"default_backend {pool_section(pool_id)}"
        return
    yield f"timeout http-keep-alive {idle}"
    yield f"timeout http-request {_REQUEST_TIME}"
    yield "option idle-close-on-response"  # else a reload closes idle connections under their clients
    if tokens.answered_by(listener):
        yield tokens.answering(listener.account_id)
    yield from choosing(listener)
    yield from request_headers(listener)
    yield from response_headers(listener)
    yield from forwarding(listener)


def _only_pool(listener: Listener) -> tuple[str, int]:
    action = listener.action
    if listener.rules or not isinstance(action, Forward) or len(action.pools) != 1:
        raise NotServable("a listener for TCP or SSL hands everything to one pool and has no rules")
    return action.pools[0]


def _bind(listener: Listener) -> Iterator[str]:
    address = listening_address("the address of a listener", listener.address)
    yield f"{address}:{port('the port of a listener', listener.port)}"
    if listener.protocol not in ENCRYPTED:
        return
    yield f"ssl crt-list {list_place(listener.listener_id)}"
    alpn = _alpn(listener)
    if alpn:
        yield f"alpn {alpn}"
    yield from _policy(listener.tls)
    if listener.mutual is not None:
        yield from _mutual(listener, listener.mutual)


def _alpn(listener: Listener) -> str:
    if listener.protocol == "HTTPS":
        return "h2,http/1.1" if listener.http2 else "http/1.1"
    return protocol_names("a protocol of a listener", listener.alpn)


def _policy(policy: TLSPolicy | None) -> Iterator[str]:
    """Versions and ciphers as named and nothing else: OpenSSL's levels of security would refuse TLS 1.0 and 1.1."""
    if policy is None:
        raise NotServable("a listener for HTTPS or SSL needs a TLS policy")
    if policy.minimum not in VERSIONS or policy.maximum not in VERSIONS or policy.minimum > policy.maximum:
        raise NotServable("a TLS policy goes from one version to the same or a later one, TLSv1.0 to TLSv1.3")
    yield f"ssl-min-ver {policy.minimum} ssl-max-ver {policy.maximum}"
    ciphers = [cipher("a cipher of a TLS policy", name) for name in policy.ciphers]
    if policy.minimum != VERSIONS[-1] and not ciphers:
        raise NotServable("a TLS policy below TLS 1.3 needs ciphers")
    yield f"ciphers {':'.join([*(ciphers or ['DEFAULT']), '@SECLEVEL=0'])}"
    suites = [cipher("a cipher suite of a TLS policy", name) for name in policy.ciphersuites]
    if suites:
        yield f"ciphersuites {':'.join(suites)}"
    if not policy.server_order:
        yield "prefer-client-ciphers"
    if policy.groups:
        yield f"curves {':'.join(cipher('a group of a TLS policy', name) for name in policy.groups)}"
    if policy.signatures:
        yield f"sigalgs {':'.join(signature('a signature of a TLS policy', name) for name in policy.signatures)}"


def _mutual(listener: Listener, mutual: MutualTLS) -> Iterator[str]:
    """Without tickets: a resumed session would not be asked for its certificate again."""
    yield f"ca-file {bundle_place(listener.listener_id)} no-tls-tickets"
    if not mutual.advertise_names or mutual.mode == "passthrough":
        yield "no-ca-names"
    if mutual.mode == "passthrough":
        yield "verify optional ca-ignore-err all crt-ignore-err all"
        return
    yield "verify required"
    forgiven = [_EXPIRED] if mutual.ignore_expiry else []
    if mutual.revocation_lists:
        yield f"crl-file {revocations_place(listener.listener_id)}"
        forgiven += [_NO_CRL, _CRL_NOT_YET_VALID, _CRL_EXPIRED]
    yield f"ca-ignore-err {','.join(map(str, [_NO_ROOT, *forgiven]))}"
    if forgiven:
        yield f"crt-ignore-err {','.join(map(str, forgiven))}"
