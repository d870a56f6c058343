"""Security policies of application and network load balancers: protocols and ciphers, in order, as data.

Source: application load balancer guide, "Security policies" (TLS, FIPS and forward secrecy tables), network load
balancer guide for 2015-05, and what DescribeSSLPolicies answers for the order. Names of ciphers are OpenSSL's. Those of
RFC 9151 are what AWS's own library s2n-tls holds under the same names (its policy snapshots): protocols, and ciphers in
order.

What a policy asks for besides stays with its name: `FIPS` means a validated module, `PQ` hybrid key exchange and
`RFC9151` the curve secp384r1 with signatures by SHA-384. None of them is in every OpenSSL.
"""

from dataclasses import dataclass
from typing import Final

PREFIX: Final = "ELBSecurityPolicy-"
DEFAULT: Final = "ELBSecurityPolicy-2016-08"
"""Of every way to create a listener but AWS's console."""

_VERSIONS: Final = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")


@dataclass(frozen=True, slots=True)
class SSLPolicy:
    """What a listener offers in TLS handshakes; its own order of ciphers counts."""

    name: str
    protocols: tuple[str, ...]
    """Of TLSv1, TLSv1.1, TLSv1.2 and TLSv1.3, oldest first."""
    ciphers: tuple[str, ...]
    """The most wanted first; those of TLS 1.3 begin with `TLS_`."""

    @property
    def is_fips(self) -> bool:
        """Whether a FIPS-validated module is asked for."""
        return "-FIPS-" in self.name

    @property
    def is_hybrid(self) -> bool:
        """Whether key exchange with ML-KEM is asked for besides the classical one."""
        return "-PQ-" in self.name

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups for the exchange of keys, by OpenSSL's names, where the policy leaves no others (RFC 9151 4.1)."""
        return ("P-384",) if self._is_strict else ()

    @property
    def signatures(self) -> tuple[str, ...]:
        """The signatures of the handshake, by OpenSSL's names, where it leaves no others (RFC 9151 4.2)."""
        return ("ECDSA+SHA384", "RSA-PSS+SHA384", "RSA+SHA384") if self._is_strict else ()

    @property
    def _is_strict(self) -> bool:
        return self.is_cnsa and "-INTEROP" not in self.name

    @property
    def is_cnsa(self) -> bool:
        """Whether the suite CNSA 1.0 (RFC 9151) is asked for: groups and signatures, too."""
        return "-RFC9151-" in self.name


_TLS13: Final = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
_TLS13_FIPS: Final = _TLS13[:2]
_TLS13_CNSA: Final = ("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256")

# The widest list; each policy takes a part of it, in this order.
_ORDER: Final = (
    *("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
    *("ECDHE-ECDSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA256"),
    *("ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA"),
    *("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"),
    *("ECDHE-ECDSA-AES256-SHA384", "ECDHE-RSA-AES256-SHA384"),
    *("ECDHE-RSA-AES256-SHA", "ECDHE-ECDSA-AES256-SHA"),
    *("AES128-GCM-SHA256", "AES128-SHA256", "AES128-SHA"),
    *("AES256-GCM-SHA384", "AES256-SHA256", "AES256-SHA"),
    "DES-CBC3-SHA",
)

# The same for the family of RFC 9151, which wants AES-256 before AES-128.
_ORDER_CNSA: Final = (
    *("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"),
    *("ECDHE-ECDSA-AES256-SHA384", "ECDHE-RSA-AES256-SHA384"),
    *("ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA"),
    *("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
    *("ECDHE-ECDSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA256"),
    *("ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA"),
    *("AES256-GCM-SHA384", "AES256-SHA256", "AES256-SHA"),
    *("AES128-GCM-SHA256", "AES128-SHA256", "AES128-SHA"),
)

# Parts of them, by a letter: ECDHE with GCM, with CBC and SHA-2, with CBC and SHA-1; the same without ECDHE; 3DES;
# what RFC 9151 itself allows of TLS 1.2, with ECDHE and without.
_PARTS: Final = {
    "g": tuple(name for name in _ORDER if name.startswith("ECDHE") and "GCM" in name),
    "c": tuple(name for name in _ORDER if name.startswith("ECDHE") and "GCM" not in name and name[-4:] != "-SHA"),
    "s": tuple(name for name in _ORDER if name.startswith("ECDHE") and name.endswith("-SHA")),
    "r": tuple(name for name in _ORDER if name.startswith("AES") and not name.endswith("-SHA")),
    "o": tuple(name for name in _ORDER if name.startswith("AES") and name.endswith("-SHA")),
    "d": ("DES-CBC3-SHA",),
    "x": ("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"),
    "y": ("AES256-GCM-SHA384",),
}

# Name without its prefix, oldest and newest minor version of TLS, parts; `-` stands for no part at all.
_TABLE: Final = """
2016-08 02 gcsro
TLS13-1-2-2021-06 23 gc
TLS13-1-2-Res-2021-06 23 g
TLS13-1-2-Ext1-2021-06 23 gcr
TLS13-1-2-Ext2-2021-06 23 gcsro
TLS13-1-1-2021-06 13 gcsro
TLS13-1-0-2021-06 03 gcsro
TLS13-1-3-2021-06 33 -
TLS13-1-3-PQ-2025-09 33 -
TLS13-1-2-PQ-2025-09 23 gc
TLS13-1-2-Res-PQ-2025-09 23 g
TLS13-1-2-Ext1-PQ-2025-09 23 gcr
TLS13-1-2-Ext2-PQ-2025-09 23 gcsro
TLS13-1-0-PQ-2025-09 03 gcsro
TLS13-1-3-FIPS-2023-04 33 -
TLS13-1-2-FIPS-2023-04 23 gc
TLS13-1-2-Res-FIPS-2023-04 23 g
TLS13-1-2-Ext0-FIPS-2023-04 23 gcs
TLS13-1-2-Ext1-FIPS-2023-04 23 gcr
TLS13-1-2-Ext2-FIPS-2023-04 23 gcsro
TLS13-1-1-FIPS-2023-04 13 gcsro
TLS13-1-0-FIPS-2023-04 03 gcsro
TLS13-1-3-FIPS-PQ-2025-09 33 -
TLS13-1-2-FIPS-PQ-2025-09 23 gc
TLS13-1-2-Res-FIPS-PQ-2025-09 23 g
TLS13-1-2-Ext0-FIPS-PQ-2025-09 23 gcs
TLS13-1-2-Ext1-FIPS-PQ-2025-09 23 gcr
TLS13-1-2-Ext2-FIPS-PQ-2025-09 23 gcsro
TLS13-1-0-FIPS-PQ-2025-09 03 gcsro
TLS13-1-3-RFC9151-FIPS-2023-07 33 -
TLS13-1-2-RFC9151-FIPS-2023-07 23 x
TLS13-1-2-Ext0-RFC9151-FIPS-2023-07 23 xy
TLS13-1-2-RFC9151-INTEROP1-FIPS-2023-07 23 g
TLS13-1-2-RFC9151-INTEROP2-FIPS-2023-07 23 gc
TLS13-1-2-RFC9151-INTEROP3-FIPS-2023-07 23 gcs
TLS13-1-2-RFC9151-INTEROP4-FIPS-2023-07 23 gcsro
TLS-1-2-Ext-2018-06 22 gcsro
TLS-1-2-2017-01 22 gcr
TLS-1-1-2017-01 12 gcsro
TLS-1-0-2015-04 02 gcsrod
2015-05 02 gcsro
FS-2018-06 02 gcs
FS-1-1-2019-08 12 gcs
FS-1-2-2019-08 22 gcs
FS-1-2-Res-2019-08 22 gc
FS-1-2-Res-2020-10 22 g
"""


def _policy(name: str, versions: str, parts: str) -> SSLPolicy:
    oldest, newest = int(versions[0]), int(versions[1])
    chosen = {cipher for letter in parts.replace("-", "") for cipher in _PARTS[letter]}
    order = _ORDER_CNSA if "-RFC9151-" in name else _ORDER
    older = tuple(cipher for cipher in order if cipher in chosen)
    tls13 = _of_tls13(name) if newest == len(_VERSIONS) - 1 else ()
    return SSLPolicy(PREFIX + name, _VERSIONS[oldest : newest + 1], tls13 + older)


def _of_tls13(name: str) -> tuple[str, ...]:
    """The ciphers of TLS 1.3: of the strict policies of RFC 9151 one alone, the others of that family interoperate."""
    if "-RFC9151-" in name:
        return _TLS13_CNSA if "-INTEROP" in name else _TLS13_CNSA[:1]
    return _TLS13_FIPS if "-FIPS-" in name else _TLS13


POLICIES: Final = {policy.name: policy for policy in (_policy(*line.split()) for line in _TABLE.strip().splitlines())}
"""By name, in the order in which they are described."""
