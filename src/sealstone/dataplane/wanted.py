"""What the data plane is wanted to serve: frozen records, without AWS's words and without HAProxy's. Pure.

Nothing is checked here: whoever writes a configuration from these records (`haproxy_config`) refuses what it cannot
write safely. Identifiers name files and sections: letters, digits, `-`, `_` and `.`, at most 128 of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sealstone.model.secret import Secret

TLSVersion = Literal["TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
Protocol = Literal["HTTP", "HTTPS", "TCP", "SSL"]
"""Of a listener and of a pool: `HTTPS` and `SSL` are encrypted, `HTTP` and `HTTPS` are understood."""


@dataclass(frozen=True, slots=True)
class TLSPolicy:
    """Which protocol versions and ciphers a listener takes."""

    minimum: TLSVersion
    maximum: TLSVersion
    ciphers: tuple[str, ...] = ()
    """For TLS 1.2 and below: OpenSSL's names, the most wanted first."""
    ciphersuites: tuple[str, ...] = ()
    """For TLS 1.3: `TLS_AES_128_GCM_SHA256`."""
    server_order: bool = True
    """Whether our order counts, or the client's."""
    groups: tuple[str, ...] = ()
    """For the exchange of keys, by OpenSSL's names: `P-384`; none for all that OpenSSL offers by itself."""
    signatures: tuple[str, ...] = ()
    """Of the handshake, by OpenSSL's names: `ECDSA+SHA384`; none for all that OpenSSL offers by itself."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its key, as a server presents it."""

    certificate_id: str
    body: str
    """One certificate in PEM."""
    chain: str | None
    """PEM, the direct issuer first."""
    private_key: Secret
    """PKCS #8 in DER."""
    names: tuple[str, ...] = ()
    """The names it is for, to say what is served. SNI goes by the certificate itself."""


@dataclass(frozen=True, slots=True)
class MutualTLS:
    """How the certificates of clients are treated."""

    mode: Literal["verify", "passthrough"]
    """`verify`: none or a bad one ends the handshake. `passthrough`: asked for, never judged, handed on in a header."""
    bundle: str = ""
    """PEM: the authorities believed. Not read in passthrough."""
    revocation_lists: tuple[str, ...] = ()
    """PEM, each `X509 CRL`."""
    ignore_expiry: bool = False
    """Whether an expired client certificate is taken."""
    trust_store_id: str = ""
    advertise_names: bool = False
    """Whether clients are told the names of the authorities believed."""


@dataclass(frozen=True, slots=True)
class Server:
    """One back end behind a port."""

    server_id: str
    address: str
    """An IP address or a host name."""
    port: int
    weight: int = 1
    """0 to 256; 0 gets no new work."""
    draining: bool = False
    """No new work of any kind; what runs there ends in peace."""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """How a server is asked whether it lives."""

    protocol: Protocol
    port: int | None = None
    """Another port than the one of the traffic."""
    path: str = "/"
    interval: int = 30
    """Seconds between two questions."""
    timeout: int = 5
    """Seconds to wait for an answer."""
    healthy: int = 2
    """Good answers in a row that bring a server back."""
    unhealthy: int = 2
    """Bad answers in a row that take it out."""
    matcher: str = "200"
    """Statuses that count as good: `200`, `200,202`, `200-299`. Only for HTTP and HTTPS."""


@dataclass(frozen=True, slots=True)
class Stickiness:
    """How a client is brought back to the same server."""

    kind: Literal["duration", "application"]
    cookie_name: str
    """`duration`: the cookie that is set for the client; `application`: the cookie of the application to follow."""
    seconds: int | None = None
    """How long; None is for as long as the browser lives."""
    carrier: str = "AWSELB"
    """`application`: the cookie of ours that goes along with the application's, whenever that is set."""
    twin: str = ""
    """A second cookie of ours that says the same, for requests from other sites (`SameSite=None`); empty for none."""
    refreshed: bool = False
    """Whether the time begins anew with each request, and is held to whatever the client keeps. Else the client alone
    decides when it has passed."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Servers that do the same work."""

    pool_id: str
    protocol: Protocol
    """What the servers speak. Certificates of servers are not judged."""
    servers: tuple[Server, ...] = ()
    health: HealthCheck | None = None
    """None: every server counts as healthy."""
    stickiness: Stickiness | None = None
    balance: Literal["leastconn", "roundrobin", "source"] = "roundrobin"
    """`source`: by the client's address, always to the same server while that one is healthy."""
    send_proxy: bool = False
    """Whether each connection begins with a PROXY line, version 1."""
    idle_timeout: int = 60
    """Seconds."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must be true of a request: any of `values` is met."""

    field: Literal["host", "path", "header", "method", "query", "source-ip"]
    values: tuple[str, ...]
    """host, path, header, query: patterns in which `*` is any text and `?` any one character; path and method compare
    case. query: `name=value` or `value`, of one parameter. source-ip: networks, `192.0.2.0/24`."""
    name: str = ""
    """The header's."""


@dataclass(frozen=True, slots=True)
class Forward:
    """Hand the request to one of the pools, chosen by weight."""

    pools: tuple[tuple[str, int], ...]
    """(pool_id, weight); weights of 0 to 999."""
    sticky_seconds: int | None = None
    """How long after its last request a client stays with the pool that was drawn for it; None: each is drawn anew."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send the client elsewhere.

    Every part but `status` may hold `#{protocol}`, `#{host}`, `#{port}`, `#{path}` (without its first `/`) and
    `#{query}` (without its `?`).
    """

    status: int
    """301, 302, 303, 307 or 308."""
    protocol: str = "#{protocol}"
    host: str = "#{host}"
    port: str = "#{port}"
    path: str = "/#{path}"
    query: str = "#{query}"


@dataclass(frozen=True, slots=True)
class FixedResponse:
    """Answer without any server."""

    status: int
    content_type: str = "text/plain"
    body: str = ""


Action = Forward | Redirect | FixedResponse


@dataclass(frozen=True, slots=True)
class Rule:
    """What is done with the requests that meet all conditions. The lowest priority that fits decides."""

    rule_id: str
    priority: int
    conditions: tuple[Condition, ...]
    action: Action


@dataclass(frozen=True, slots=True)
class Headers:
    """What is added to requests and answers. Only for HTTP and HTTPS."""

    forwarded_for: Literal["append", "preserve", "remove"] = "append"
    """X-Forwarded-For; X-Forwarded-Proto and X-Forwarded-Port are always set."""
    client_port: bool = False
    """Whether X-Forwarded-For names the client's port too."""
    trace_id: bool = False
    """Whether X-Amzn-Trace-Id is set, or continued."""
    tls_version_and_cipher: bool = False
    """Whether X-Amzn-Tls-Version and X-Amzn-Tls-Cipher-Suite are set."""
    drop_invalid: bool = False
    """Whether headers with a name of other characters than letters, digits and `-` are taken away."""
    renamed: tuple[tuple[str, str], ...] = ()
    """(the usual name, the name to use) of the headers about the client's certificate and the TLS version."""
    response: tuple[tuple[str, str], ...] = ()
    """(name, value) of headers set on every answer of a server."""


@dataclass(frozen=True, slots=True)
class Listener:
    """One address and port, and what happens there."""

    listener_id: str
    address: str
    """An IP address."""
    port: int
    protocol: Protocol
    action: Action
    """What is done with everything that no rule takes; TCP and SSL know only `Forward` to one pool."""
    rules: tuple[Rule, ...] = ()
    http2: bool = False
    alpn: tuple[str, ...] = ()
    """Protocols offered on SSL; HTTPS has its own."""
    tls: TLSPolicy | None = None
    default_certificate_id: str | None = None
    """For HTTPS and SSL: what a client gets whose name nobody else has."""
    sni_certificate_ids: tuple[str, ...] = ()
    """The most wanted first, where names and kinds of keys are the same; ECDSA goes before RSA by itself."""
    mutual: MutualTLS | None = None
    idle_timeout: int = 60
    """Seconds."""
    headers: Headers = Headers()
    account_id: str = ""
    """Whose it is: over plain HTTP it answers the tokens of this account alone. Empty: none."""


@dataclass(frozen=True, slots=True)
class Token:
    """A text that proves to somebody who asks for its path that we are whom the name of the host means."""

    account_id: str
    """Twelve digits: only its own listeners answer it. A name that leads to others shows nothing about this account."""
    path: str
    """`/.well-known/pki-validation/0123abcd.txt`; no other token has it."""
    body: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Everything that is wanted, at one generation of the store."""

    generation: int
    listeners: tuple[Listener, ...] = ()
    pools: tuple[Pool, ...] = ()
    certificates: Mapping[str, Certificate] = field(default_factory=dict)
    """By certificate_id."""
    tokens: tuple[Token, ...] = ()
    """What the listeners for plain HTTP of an account answer by themselves, before all rules."""
