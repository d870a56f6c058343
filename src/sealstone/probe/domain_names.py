"""Looking up names in the DNS, at the servers that are set or at the system's own (RFC 1034, RFC 1035).

What is asked for are names of certificates, foreign input: only names of letters, digits, hyphens and underscores are.
"""

import importlib
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from time import monotonic
from typing import Any, Final

from sealstone.probe.guard import server_address
from sealstone.probe.problems import NotLookedUp

WITHIN: Final = 5.0
"""Seconds that one look-up may take, all of its questions and tries together."""
MOST_HOPS: Final = 5
"""From alias to alias (ACM user guide, "DNS validation")."""
_HALF: Final = 0.45
"""Of the time, so that two of it end before it."""
_NAME: Final = re.compile(r"(?=.{1,254}\Z)([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)+\Z")


class Resolver:
    """Asks name servers. Its methods are called by several threads."""

    def __init__(
        self, servers: Sequence[str] = (), within: float = WITHIN, clock: Callable[[], float] = monotonic
    ) -> None:
        """`servers` are HOST:PORT or HOST, an address each; none means those of the system."""
        self._servers = tuple(servers)
        self._within = within
        self._clock = clock

    @cached_property
    def _resolver(self) -> Any:
        """Of `dns.resolver`, which is imported when something is asked for: a start does not pay for it."""
        library = importlib.import_module("dns.resolver")
        try:
            made = library.Resolver(configure=not self._servers)
        except library.NoResolverConfiguration as fault:
            raise NotLookedUp("any name", f"this system names no name server ({fault})") from fault
        if self._servers:
            server = importlib.import_module("dns.nameserver").Do53Nameserver
            made.nameservers = [server(*server_address(each)) for each in self._servers]
        return made

    def aliases(self, name: str) -> Iterator[str]:
        """What the name is an alias of, and that again, lower case with the final dot; none without such a record.

        One after the other as they are taken: whoever has found what they look for asks no further. The place that a
        record of ours leads to is in a zone of somebody else's, which may not be reachable from here.
        Raises NotLookedUp when nobody answers in time, or when the chain is longer than `MOST_HOPS`.
        """
        deadline = self._clock() + self._within
        asked, hops = name, 0
        while (target := self._alias(asked, deadline - self._clock())) is not None:
            if hops == MOST_HOPS:
                raise NotLookedUp(name, f"more than {MOST_HOPS} aliases lead from one to the next")
            yield target
            asked, hops = target, hops + 1

    def addresses(self, host: str, _port: int = 0) -> tuple[str, ...]:
        """The IPv4 addresses, or else the IPv6 ones. Raises OSError when there are none, as the system's resolver does.

        Both questions have less than the time of one together: some name servers never answer about IPv6.
        """
        reason = "the name has no address"
        for kind in ("A", "AAAA"):
            try:
                found = self._asked(host.rstrip(".") + ".", kind, self._within * _HALF)
            except NotLookedUp as problem:
                reason = problem.cause
                continue
            if found:
                return tuple(found)
        raise OSError(reason)

    def _alias(self, name: str, within: float) -> str | None:
        answer = self._asked(name, "CNAME", within)
        return next((target.lower() for target in answer), None)

    def _asked(self, name: str, kind: str, within: float) -> Sequence[str]:
        """The records of that kind as text; none when there is no such name. Raises NotLookedUp."""
        if not _NAME.match(name):
            raise NotLookedUp(name, "it is no name of a host")
        if within <= 0:
            raise NotLookedUp(name, "no time was left to ask")
        resolver = self._resolver
        no_such_name, failed = _faults()
        try:
            answer = resolver.resolve(name, kind, raise_on_no_answer=False, search=False, lifetime=within)
        except no_such_name:
            return ()
        except (failed, OSError) as fault:
            raise NotLookedUp(name, f"the name servers gave no answer ({type(fault).__name__})") from fault
        return tuple(record.to_text() for record in answer.rrset or ())


def _faults() -> tuple[type[Exception], type[Exception]]:
    """NXDOMAIN, and whatever else the library raises."""
    return importlib.import_module("dns.resolver").NXDOMAIN, importlib.import_module("dns.exception").DNSException
