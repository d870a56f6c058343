"""From what is wanted to the files that HAProxy reads: the same for the same, byte for byte. Pure.

A listener that cannot be written is left out and named; the others are written. Pools that nobody hands to are not
written. Every path is relative to the directory that HAProxy runs in.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from sealstone.dataplane import tokens
from sealstone.dataplane.addresses import Place, listening, place_of
from sealstone.dataplane.backends import backend
from sealstone.dataplane.certificate_files import (
    blocks,
    certificate_file,
    default_place,
    list_of,
    list_place,
    place_beside,
    same,
    shared_place,
)
from sealstone.dataplane.frontends import ENCRYPTED, UNDERSTOOD, bundle_place, frontend, revocations_place
from sealstone.dataplane.problems import DataPlaneProblem, NotServable
from sealstone.dataplane.request_rules import bodies, pool_section, pools_of
from sealstone.dataplane.wanted import Certificate, Listener, Pool, Wanted
from sealstone.model.secret import Secret
from sealstone.x509 import standing_lists
from sealstone.x509.problems import X509Problem

CONFIGURATION: Final = "haproxy.cfg"
RUNTIME_SOCKET: Final = "runtime.sock"
SERVER_STATE: Final = "servers.state"
DRAIN: Final = 300
"""Seconds that replaced processes have for their last connections; then they, and the keys in them, are gone."""

_GLOBAL: Final = f"""\
global
  stats socket unix@{RUNTIME_SOCKET} mode 600 level admin expose-fd listeners
  server-state-file {SERVER_STATE}
  hard-stop-after {DRAIN}s
  noreuseport
  default-path config
  ssl-load-extra-files none
  tune.ssl.default-dh-param 2048
  tune.bufsize 32768
  tune.maxrewrite 8192
"""
# With mutual TLS no session is resumed (application guide): it would skip the revocations and the client's chain. That
# cannot be told to HAProxy of one listener; the others still resume theirs by tickets.
_WITHOUT_SESSIONS: Final = "  tune.ssl.cachesize 0\n"
_ASKS_FOR_CERTIFICATES: Final = " ca-file trust/"


@dataclass(frozen=True, slots=True)
class Rendered:
    """Files by name, relative to HAProxy's directory."""

    texts: Mapping[str, str] = field(repr=False)
    keys: Mapping[str, Secret]
    """The files that hold private keys."""
    failed: Mapping[str, str]
    """Why a listener is not among them, by listener_id."""


@dataclass(frozen=True, slots=True)
class Part:
    """All that is one listener's; what several need alike, each of them has."""

    section: str
    backends: Mapping[str, str]
    """The sections of the pools behind it, by their names."""
    texts: Mapping[str, str] = field(repr=False)
    keys: Mapping[str, Secret]


def rendered(wanted: Wanted, kept: Mapping[str, Part] = MappingProxyType({}), out: Collection[str] = ()) -> Rendered:
    """The files for everything that can be written; `kept` stay as they are, and those in `out` are left out."""
    pools = {pool.pool_id: pool for pool in wanted.pools}
    places = {place: name for name, part in kept.items() for place in listening(part.section)}
    parts: dict[str, Part] = {}
    failed: dict[str, str] = {}
    table = ""
    for listener in sorted(wanted.listeners, key=lambda one: one.listener_id):
        name = listener.listener_id
        if name in kept or name in out:
            continue
        try:
            if tokens.answered_by(listener):
                table = tokens.table(wanted.tokens)
            parts[name] = _part(listener, pools, wanted.certificates)
            _alone(listener, places)
        except DataPlaneProblem as problem:
            parts.pop(name, None)
            failed[name] = str(problem)
            continue
        places[place_of(listener)] = name
    texts, keys = _joined(parts, kept)
    return Rendered({**texts, tokens.PLACE: table}, keys, failed)


def _joined(parts: Mapping[str, Part], kept: Mapping[str, Part]) -> tuple[dict[str, str], dict[str, Secret]]:
    """What is kept gives way: the pool of now serves all, and a certificate of then has a place of its own."""
    backends: dict[str, str] = {}
    texts: dict[str, str] = {}
    keys: dict[str, Secret] = {}
    for part in (*parts.values(), *(kept[name] for name in sorted(kept))):
        names: dict[str, str] = {}
        for name, key in part.keys.items():
            names[name] = _free(name, key, keys)
            keys[names[name]] = key
        backends = {**part.backends, **backends}
        texts |= {
            name: _renamed(text, names) if name.startswith("lists/") else text for name, text in part.texts.items()
        }
    every = {**parts, **kept}
    sections = [f"{every[name].section}\n" for name in sorted(every)]
    mutual = _WITHOUT_SESSIONS if any(_ASKS_FOR_CERTIFICATES in section for section in sections) else ""
    configuration = "".join([_GLOBAL, mutual, "\n", *sections, *(backends[name] for name in sorted(backends))])
    return {CONFIGURATION: configuration, **texts}, keys


def _free(name: str, key: Secret, keys: Mapping[str, Secret]) -> str:
    while name in keys and not same(keys[name], key):
        name = place_beside(name)
    return name


def _renamed(lines: str, names: Mapping[str, str]) -> str:
    words = (line.split(" ") for line in lines.splitlines())
    return "".join(" ".join([names[first], *rest]) + "\n" for first, *rest in words)


def _part(listener: Listener, pools: Mapping[str, Pool], certificates: Mapping[str, Certificate]) -> Part:
    return Part(
        frontend(listener),
        {pool_section(pool_id): _backend(listener, pools.get(pool_id)) for pool_id in pools_of(listener)},
        _texts(listener, certificates),
        _keys(listener, certificates),
    )


def _alone(listener: Listener, places: Mapping[Place, str]) -> None:
    if place_of(listener) in places:
        raise NotServable(f"another listener has port {listener.port} of this address", "give one of them another port")


def _backend(listener: Listener, pool: Pool | None) -> str:
    if pool is None:
        raise NotServable("a pool that it hands to is not there")
    if (pool.protocol in UNDERSTOOD) != (listener.protocol in UNDERSTOOD):
        raise NotServable(f"a listener for {listener.protocol} cannot hand to a pool that speaks {pool.protocol}")
    return backend(pool)


def _chosen(certificates: Mapping[str, Certificate], certificate_id: str | None) -> Certificate:
    if certificate_id is None or certificate_id not in certificates:
        raise NotServable("a certificate that it presents is not there")
    return certificates[certificate_id]


def _texts(listener: Listener, certificates: Mapping[str, Certificate]) -> dict[str, str]:
    texts = {place: body for place, body in bodies(listener).items() if listener.protocol in UNDERSTOOD}
    if listener.protocol not in ENCRYPTED:
        return texts
    texts[list_place(listener.listener_id)] = list_of(listener.listener_id, listener.sni_certificate_ids)
    mutual = listener.mutual
    if mutual is None:
        return texts
    # In passthrough nothing is compared with the authorities, yet HAProxy wants some: our own certificate serves.
    verify = mutual.mode == "verify"
    bundle = mutual.bundle if verify else _chosen(certificates, listener.default_certificate_id).body
    authorities = blocks(bundle, "CERTIFICATE")
    if not authorities:
        raise NotServable("its trust store holds no certificate")
    texts[bundle_place(listener.listener_id)] = authorities
    if verify and mutual.revocation_lists:
        texts[revocations_place(listener.listener_id)] = _revocations(authorities, mutual.revocation_lists)
    return texts


def _revocations(authorities: str, lists: tuple[str, ...]) -> str:
    """One list of each authority: HAProxy goes by one, whichever others there are (`x509.standing_lists`)."""
    try:
        standing = standing_lists.standing(authorities, lists)
    except X509Problem as problem:
        raise NotServable(f"the revocations of its trust store cannot be gone by: {problem}") from None
    text = "".join(blocks(one, "X509 CRL") for one in standing)
    if not text:
        raise NotServable("its trust store has revocations that are not PEM")
    return text


def _keys(listener: Listener, certificates: Mapping[str, Certificate]) -> dict[str, Secret]:
    if listener.protocol not in ENCRYPTED:
        return {}
    default = _chosen(certificates, listener.default_certificate_id)
    shared = {name: _chosen(certificates, name) for name in listener.sni_certificate_ids}
    return {
        default_place(listener.listener_id): certificate_file(default),
        **{shared_place(name): certificate_file(certificate) for name, certificate in shared.items()},
    }
