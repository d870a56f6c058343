"""What can go wrong on the way to another machine: one class each, with cause and cure. No certificates here."""

from typing import Final

from sealstone.model.problem import Problem
from sealstone.x509.escaping import shown

SHOWS_NOTHING: Final = "what answers there shows nothing"
"""What every `AnswerShowsNothing` says."""


class ProbeProblem(Problem):
    """The base: a machine could not be reached, or must not be."""


class NotResolved(ProbeProblem):
    """The name has no address, or the resolver did not answer in time."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"{shown(host)} has no address: {shown(reason)}", "check the spelling, and the name server")


class NotLookedUp(ProbeProblem):
    """The name servers could not be asked, or their answer is of no use."""

    def __init__(self, name: str, reason: str) -> None:
        """`reason` is a clause."""
        super().__init__(
            f"{shown(name)} could not be looked up: {shown(reason)}", "check the name servers (the setting dns_servers)"
        )


class AddressRefused(ProbeProblem):
    """A name from a foreign source leads to an address that only this machine or its network should reach."""

    def __init__(self, host: str, address: str, kind: str) -> None:
        """`kind` is a noun phrase: `a loopback address`."""
        named = shown(address) if host == address else f"{shown(host)} leads to {shown(address)}, which"
        super().__init__(
            f"{named} is {kind}, and nothing is fetched from there because a certificate says so",
            "fetch the file yourself if you trust the place",
        )
        self.address = address
        self.kind = kind


class URLRefused(ProbeProblem):
    """A URL from a certificate is not of the one plain form that is followed."""

    def __init__(self, url: str, reason: str) -> None:
        """`reason` is a clause about `it`."""
        super().__init__(f"the URL {shown(url)} is not followed: {reason}", "fetch the file yourself if you trust it")


class FetchFailed(ProbeProblem):
    """The other side was asked and gave no usable answer."""

    def __init__(self, url: str, reason: str) -> None:
        """`reason` is a clause about the other side."""
        super().__init__(f"nothing was got from {shown(url)}: {reason}", "try again later, or fetch the file yourself")


class NotConnected(ProbeProblem):
    """No TCP connection came about."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"no connection to {shown(host)} port {port}: {shown(reason)}",
            "check that the server runs, and the firewalls between",
        )


class AnswerShowsNothing(ProbeProblem):
    """What answers under a name may be somebody else's than the name."""

    def __init__(self, host: str, address: str, reason: str) -> None:
        """`reason` is a clause about the address."""
        super().__init__(
            f"{shown(host)} leads to {shown(address)}, and {SHOWS_NOTHING}: {reason}",
            "validate it by DNS, or give the setting listener_addresses a network with an address for each load "
            "balancer, and create the load balancer anew",
        )


class NoAnswer(ProbeProblem):
    """Connected, but the handshake did not end in time."""

    def __init__(self, host: str, port: int, seconds: float) -> None:
        super().__init__(
            f"{shown(host)} port {port} took the connection and did not complete a TLS handshake in {seconds:g} s",
            "check that this port speaks TLS at once, without STARTTLS",
        )


class NotTLS(ProbeProblem):
    """What answered is no TLS server. `speaks` is a guess from its first bytes, or empty."""

    def __init__(self, host: str, port: int, speaks: str, start: str) -> None:
        what = f"speaks {speaks}" if speaks else f"answers with {start}"
        super().__init__(
            f"{shown(host)} port {port} {what} and not TLS",
            "name the port that speaks TLS (443 for HTTPS); STARTTLS is not supported",
        )
        self.speaks = speaks


class HandshakeFailed(ProbeProblem):
    """TLS was spoken and no certificate came of it."""

    def __init__(self, host: str, port: int, reason: str, cure: str) -> None:
        """`reason` is a clause about the server."""
        super().__init__(f"the TLS handshake with {shown(host)} port {port} failed: {reason}", cure)


class MailRefused(ProbeProblem):
    """A mail cannot be sent as it is; nobody was asked."""

    def __init__(self, reason: str) -> None:
        """`reason` is a sentence without foreign text."""
        super().__init__(reason, "correct it and send again")


class MailFailed(ProbeProblem):
    """The mail server did not take a mail."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        """`reason` is a clause about the server, or its own words."""
        super().__init__(
            f"the mail server {shown(host)} port {port} did not take the mail: {shown(reason, 300)}",
            "check the settings that begin with smtp_, and the mail server's log",
        )


class MailUnconfirmed(ProbeProblem):
    """The mail server has all of a mail and did not say that it takes it: it may arrive or not."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        """`reason` is a clause about the server, or its own words."""
        super().__init__(
            f"the mail server {shown(host)} port {port} did not confirm the mail, which may arrive or not: "
            f"{shown(reason, 300)}",
            "see the mail server's log for what it did, and for how long, after it had the mail",
        )
