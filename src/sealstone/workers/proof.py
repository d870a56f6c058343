"""Proof that a listener serves: a real handshake whose certificate must be the stored one. Changes nothing."""

import hashlib
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sealstone.dataplane.wanted import Listener
from sealstone.probe import handshake
from sealstone.probe.guard import Address
from sealstone.probe.problems import ProbeProblem
from sealstone.workers.certificates import Opened

_SECONDS: Final = 5.0
_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - told apart, not bound
_PROBE_LABEL: Final = "sealstone-proof"


@dataclass(frozen=True, slots=True)
class Proof:
    """What was seen of one listener."""

    reason: str = ""
    """Why it does not serve as wanted; empty when it does."""
    fingerprint: str = ""
    """SHA-256 of the certificate that a client without a server name gets, lower-case hex."""


def of(listener: Listener, opened: Mapping[str, Opened]) -> Proof:
    """Connect as a client would: once without a name, and once for each name of the listener's certificates."""
    address = Address(_ANYWHERE.get(listener.address, listener.address), listener.port)
    if listener.default_certificate_id is None:
        return _connected(address)
    default = opened[listener.default_certificate_id]
    seen = _fingerprint(address, None)
    if seen.reason or seen.fingerprint != default.fingerprint:
        return Proof(seen.reason or _difference("", seen.fingerprint, default.fingerprint), seen.fingerprint)
    for name, expected in _names(listener, opened):
        named = _fingerprint(address, name)
        if named.reason or named.fingerprint not in expected:
            reason = named.reason or _difference(name, named.fingerprint, " or ".join(sorted(expected)))
            return Proof(reason, seen.fingerprint)
    return seen


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


def _names(listener: Listener, opened: Mapping[str, Opened]) -> Iterator[tuple[str, frozenset[str]]]:
    """Each name of the certificates chosen by name, with the fingerprints of all that are for it, by a wildcard too.

    Where several are for one name, the client's abilities and the kinds of their keys decide; any of them is right.
    """
    listed = [opened[certificate_id] for certificate_id in listener.sni_certificate_ids]
    default = opened[listener.default_certificate_id] if listener.default_certificate_id else None
    able = [*listed, *([default] if default else [])]
    for name in dict.fromkeys(name for one in listed for name in one.certificate.names):
        asked = name.replace("*", _PROBE_LABEL, 1) if name.startswith("*.") else name
        if asked.isascii() and "*" not in asked:
            yield asked, frozenset(one.fingerprint for one in able if _is_for(one, asked))


def _is_for(one: Opened, asked: str) -> bool:
    """By one of its names, or by a wildcard for the leftmost label (RFC 6125 6.4.3)."""
    wild = f"*.{asked.partition('.')[2]}"
    return any(name in {asked, wild} for name in one.certificate.names)


def _difference(name: str, seen: str, wanted: str) -> str:
    whose = f" for {name}" if name else ""
    return f"it serves the certificate {seen or '(none)'}{whose}, wanted is {wanted}"
