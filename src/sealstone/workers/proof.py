"""Proof that a listener serves: a real handshake whose certificate must be the stored one. Changes nothing.

A listener may have thousands of names: one look at it takes some of them, and says with which the next begins.
"""

import hashlib
import re
import socket
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from time import monotonic
from typing import Final

from sealstone.dataplane.wanted import Listener
from sealstone.probe import handshake
from sealstone.probe.guard import Address
from sealstone.probe.problems import ProbeProblem
from sealstone.workers.certificates import Opened

MOST: Final = 250
"""How many names one look at a listener asks for."""
_SECONDS: Final = 5.0
_WHILE: Final = 5.0
"""Seconds after which a look begins no other handshake: whoever answers slowly keeps nobody waiting."""
_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - told apart, not bound
_PROBE_LABEL: Final = "sealstone-proof"


# What a client can send as server name (RFC 6066 3): a host name, here with the underscores that are met in practice.
# A last label without a letter is no top-level domain: `192.0.2.1` is an address, for which no client sends a name.
_HOST: Final = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_-]{1,63}\.)*(?=[a-z0-9_-]*[a-z])[a-z0-9_-]{1,63}")


@dataclass(frozen=True, slots=True)
class Proof:
    """What was seen of one listener."""

    reason: str = ""
    """Why it does not serve as wanted; empty when it does."""
    fingerprint: str = ""
    """SHA-256 of the certificate that a client without a server name gets, lower-case hex."""
    rest: int = 0
    """The number of the name with which the next look is to begin: the first not asked for, or the one that failed."""


@dataclass(frozen=True, slots=True)
class _Named:
    """A name to ask for, and the fingerprints of all certificates that are for it."""

    asked: str
    expected: frozenset[str]


def of(
    listener: Listener, opened: Mapping[str, Opened], beginning: int = 0, clock: Callable[[], float] = monotonic
) -> Proof:
    """Connect as a client would: once without a name, and once for each name of the listener's certificates.

    `beginning` is the number of the first name asked for, MOST of them at most. `clock` counts seconds.
    """
    address = Address(_ANYWHERE.get(listener.address, listener.address), listener.port)
    if listener.default_certificate_id is None:
        return _connected(address)
    ends = clock() + _WHILE
    default = opened[listener.default_certificate_id]
    seen = _fingerprint(address, None)
    if seen.reason or seen.fingerprint != default.fingerprint:
        return Proof(seen.reason or _difference("", seen.fingerprint, default.fingerprint), seen.fingerprint, beginning)
    names = _names(listener, opened)
    last = min(beginning + MOST, len(names))
    for number in range(beginning, last):
        if number > beginning and clock() > ends:
            return Proof("", seen.fingerprint, number)
        reason = _refuted(address, names[number])
        if reason:
            return Proof(reason, seen.fingerprint, number)
    return Proof("", seen.fingerprint, last if last < len(names) else 0)


def _refuted(address: Address, name: _Named) -> str:
    """Why one name is not served as wanted; empty when it is."""
    seen = _fingerprint(address, name.asked)
    if seen.reason or seen.fingerprint in name.expected:
        return seen.reason
    return _difference(name.asked, seen.fingerprint, " or ".join(sorted(name.expected)))


def _connected(address: Address) -> Proof:
    try:
        socket.create_connection((address.host, address.port), timeout=_SECONDS).close()
    except OSError as fault:
        return Proof(f"no connection to {address}: {fault.strerror or fault}")
    return Proof()


def _fingerprint(address: Address, name: str | None) -> Proof:
    try:
        served = handshake.served(address.host, address.port, server_name=name, addresses=(address,), timeout=_SECONDS)
    except ProbeProblem as problem:
        return Proof(f"no handshake with {address}{f' for {name}' if name else ''}: {problem.cause}")
    return Proof(fingerprint=hashlib.sha256(served.chain_ders[0]).hexdigest() if served.chain_ders else "")


def _names(listener: Listener, opened: Mapping[str, Opened]) -> Sequence[_Named]:
    """Each name of the certificates chosen by name, with the fingerprints of all that are for it, by a wildcard too.

    Where several are for one name, the client's abilities and the kinds of their keys decide; any of them is right.
    One name of each certificate comes before the second of any. Names that no client can ask for are left out.
    """
    listed = [opened[certificate_id] for certificate_id in listener.sni_certificate_ids]
    default = opened[listener.default_certificate_id] if listener.default_certificate_id else None
    fingerprints: dict[str, set[str]] = defaultdict(set)
    for one in [*listed, *([default] if default else [])]:
        for name in one.certificate.names:
            fingerprints[name].add(one.fingerprint)
    able = {name: frozenset(found) for name, found in fingerprints.items()}
    in_turn = zip_longest(*(one.certificate.names for one in listed))
    asked = dict.fromkeys(_asked(name) for names in in_turn for name in names if name)
    return [_Named(name, _for(name, able)) for name in asked if name]


def _asked(name: str) -> str:
    """What a client asks for to get the certificate of this name; empty when no client can."""
    host = name.replace("*", _PROBE_LABEL, 1) if name.startswith("*.") else name
    return host if _HOST.fullmatch(host) else ""


def _for(asked: str, able: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """By one of its names, or by a wildcard for the leftmost label (RFC 6125 6.4.3)."""
    nobody: frozenset[str] = frozenset()
    return able.get(asked, nobody) | able.get(f"*.{asked.partition('.')[2]}", nobody)


def _difference(name: str, seen: str, wanted: str) -> str:
    whose = f" for {name}" if name else ""
    return f"it serves the certificate {seen or '(none)'}{whose}, wanted is {wanted}"
