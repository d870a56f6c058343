"""SSL negotiation policies of classic load balancers: protocols, ciphers, and the predefined lists, as data.

Source: classic load balancer guide, "SSL negotiation configurations" (all ciphers, in the order in which predefined
policies prefer them) and "Predefined SSL security policies". Names are OpenSSL's. The policies of 2014 and 2011 are
from the guide of 2015, whose table survives without its marks, and are in part inferred from it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sealstone.model.classic_detail import ClassicDetail, ClassicListener

NEGOTIATION: Final = "SSLNegotiationPolicyType"
REFERENCE: Final = "Reference-Security-Policy"
SERVER_ORDER: Final = "Server-Defined-Cipher-Order"
DEFAULT: Final = "ELBSecurityPolicy-2016-08"
_TRUE: Final = "true"
_FALSE: Final = "false"

PROTOCOLS: Final = ("Protocol-SSLv2", "Protocol-TLSv1", "Protocol-SSLv3", "Protocol-TLSv1.1", "Protocol-TLSv1.2")
# What OpenSSL has removed or what nothing here is built with.
UNSERVED_PROTOCOLS: Final = frozenset({"Protocol-SSLv2", "Protocol-SSLv3"})


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_RECOMMENDED: Final = _names(
    "ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES128-SHA256 ECDHE-RSA-AES128-SHA256 "
    "ECDHE-ECDSA-AES128-SHA ECDHE-RSA-AES128-SHA ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384 "
    "ECDHE-ECDSA-AES256-SHA384 ECDHE-RSA-AES256-SHA384 ECDHE-RSA-AES256-SHA ECDHE-ECDSA-AES256-SHA "
    "AES128-GCM-SHA256 AES128-SHA256 AES128-SHA AES256-GCM-SHA384 AES256-SHA256 AES256-SHA"
)

CIPHERS: Final = _names(
    "ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES128-SHA256 ECDHE-RSA-AES128-SHA256 "
    "ECDHE-ECDSA-AES128-SHA ECDHE-RSA-AES128-SHA DHE-RSA-AES128-SHA ECDHE-ECDSA-AES256-GCM-SHA384 "
    "ECDHE-RSA-AES256-GCM-SHA384 ECDHE-ECDSA-AES256-SHA384 ECDHE-RSA-AES256-SHA384 ECDHE-RSA-AES256-SHA "
    "ECDHE-ECDSA-AES256-SHA AES128-GCM-SHA256 AES128-SHA256 AES128-SHA AES256-GCM-SHA384 AES256-SHA256 AES256-SHA "
    "DHE-DSS-AES128-SHA CAMELLIA128-SHA EDH-RSA-DES-CBC3-SHA DES-CBC3-SHA ECDHE-RSA-RC4-SHA RC4-SHA "
    "ECDHE-ECDSA-RC4-SHA DHE-DSS-AES256-GCM-SHA384 DHE-RSA-AES256-GCM-SHA384 DHE-RSA-AES256-SHA256 "
    "DHE-DSS-AES256-SHA256 DHE-RSA-AES256-SHA DHE-DSS-AES256-SHA DHE-RSA-CAMELLIA256-SHA DHE-DSS-CAMELLIA256-SHA "
    "CAMELLIA256-SHA EDH-DSS-DES-CBC3-SHA DHE-DSS-AES128-GCM-SHA256 DHE-RSA-AES128-GCM-SHA256 "
    "DHE-RSA-AES128-SHA256 DHE-DSS-AES128-SHA256 DHE-RSA-CAMELLIA128-SHA DHE-DSS-CAMELLIA128-SHA "
    "ADH-AES128-GCM-SHA256 ADH-AES128-SHA ADH-AES128-SHA256 ADH-AES256-GCM-SHA384 ADH-AES256-SHA "
    "ADH-AES256-SHA256 ADH-CAMELLIA128-SHA ADH-CAMELLIA256-SHA ADH-DES-CBC3-SHA ADH-DES-CBC-SHA ADH-RC4-MD5 "
    "ADH-SEED-SHA DES-CBC-SHA DHE-DSS-SEED-SHA DHE-RSA-SEED-SHA EDH-DSS-DES-CBC-SHA EDH-RSA-DES-CBC-SHA "
    "IDEA-CBC-SHA RC4-MD5 SEED-SHA DES-CBC3-MD5 DES-CBC-MD5 RC2-CBC-MD5 PSK-AES256-CBC-SHA PSK-3DES-EDE-CBC-SHA "
    "KRB5-DES-CBC3-SHA KRB5-DES-CBC3-MD5 PSK-AES128-CBC-SHA PSK-RC4-SHA KRB5-RC4-SHA KRB5-RC4-MD5 "
    "KRB5-DES-CBC-SHA KRB5-DES-CBC-MD5 EXP-EDH-RSA-DES-CBC-SHA EXP-EDH-DSS-DES-CBC-SHA EXP-ADH-DES-CBC-SHA "
    "EXP-DES-CBC-SHA EXP-RC2-CBC-MD5 EXP-KRB5-RC2-CBC-SHA EXP-KRB5-DES-CBC-SHA EXP-KRB5-RC2-CBC-MD5 "
    "EXP-KRB5-DES-CBC-MD5 EXP-ADH-RC4-MD5 EXP-RC4-MD5 EXP-KRB5-RC4-SHA EXP-KRB5-RC4-MD5"
)

SERVED_CIPHERS: Final = frozenset(
    name for name in CIPHERS if "AES" in name and "DSS" not in name and not name.startswith(("ADH-", "PSK-"))
)
"""Those that a present OpenSSL offers to clients with certificates of the usual keys."""

ATTRIBUTE_NAMES: Final = (*PROTOCOLS, SERVER_ORDER, *CIPHERS)


@dataclass(frozen=True, slots=True)
class Negotiation:
    """What a listener offers in TLS handshakes."""

    protocols: tuple[str, ...]
    """Names of `PROTOCOLS` that are on."""
    ciphers: tuple[str, ...]
    """Names of `CIPHERS` that are on, best first."""
    server_order: bool = True
    """Whether that order counts, or the client's."""

    @property
    def versions(self) -> tuple[str, ...]:
        """Those that can be served, oldest first: TLSv1.0, TLSv1.1, TLSv1.2."""
        served = [name.removeprefix("Protocol-") for name in self.protocols if name not in UNSERVED_PROTOCOLS]
        return tuple(sorted("TLSv1.0" if name == "TLSv1" else name for name in served))

    @property
    def attributes(self) -> tuple[tuple[str, str], ...]:
        """Every attribute that the policy type has, on or off."""
        chosen = {*self.protocols, *self.ciphers, *((SERVER_ORDER,) if self.server_order else ())}
        return tuple((name, _TRUE if name in chosen else _FALSE) for name in ATTRIBUTE_NAMES)


def read(attributes: Iterable[tuple[str, str]]) -> Negotiation:
    """What the attributes of a policy say; names that are no such attribute are left to whoever took them."""
    on = {name for name, value in attributes if value == _TRUE}
    return Negotiation(
        protocols=tuple(name for name in PROTOCOLS if name in on),
        ciphers=tuple(name for name in CIPHERS if name in on),
        server_order=SERVER_ORDER in on,
    )


def _policy(protocols: str, *more: str, less: str = "-", server_order: bool = True) -> Negotiation:
    """Of the recommended ciphers those that do not end with `less`, and more."""
    chosen = {name for name in _RECOMMENDED if not name.endswith(less)} | set(more)
    names = {f"Protocol-{name}" for name in protocols.split()}
    return Negotiation(
        tuple(name for name in PROTOCOLS if name in names),
        tuple(name for name in CIPHERS if name in chosen),
        server_order,
    )


_ALL: Final = "TLSv1 TLSv1.1 TLSv1.2"
_DHE: Final = ("DHE-RSA-AES128-SHA", "DHE-DSS-AES128-SHA")
_RC4: Final = ("ECDHE-RSA-RC4-SHA", "RC4-SHA")

PREDEFINED: Final[dict[str, Negotiation]] = {
    DEFAULT: _policy(_ALL),
    "ELBSecurityPolicy-TLS-1-2-2017-01": _policy("TLSv1.2", less="-SHA"),
    "ELBSecurityPolicy-TLS-1-1-2017-01": _policy("TLSv1.1 TLSv1.2"),
    "ELBSecurityPolicy-2015-05": _policy(_ALL, "DES-CBC3-SHA"),
    "ELBSecurityPolicy-2015-03": _policy(_ALL, *_DHE, "DES-CBC3-SHA"),
    "ELBSecurityPolicy-2015-02": _policy(_ALL, *_DHE),
    "ELBSecurityPolicy-2014-10": _policy(_ALL, *_DHE, *_RC4),
    "ELBSecurityPolicy-2014-01": _policy(f"SSLv3 {_ALL}", *_DHE, *_RC4),
    "ELBSecurityPolicy-2011-08": Negotiation(
        ("Protocol-TLSv1", "Protocol-SSLv3"),
        (
            *("DHE-RSA-AES128-SHA", "AES128-SHA", "AES256-SHA", "DHE-DSS-AES128-SHA", "CAMELLIA128-SHA"),
            *("EDH-RSA-DES-CBC3-SHA", "DES-CBC3-SHA", "RC4-SHA"),
        ),
        server_order=False,
    ),
}


def of_listener(detail: ClassicDetail, listener: ClassicListener) -> Negotiation:
    """What a secure listener negotiates by: its policy of the type, else the default."""
    policy = detail.named(listener.policies, NEGOTIATION)
    return read(policy.attributes) if policy else PREDEFINED[DEFAULT]
