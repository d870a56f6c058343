"""`sealstone check`: connect to a server, show what it sends, and say whether clients will take it.

The person names the server, so any address is connected to, loopback and private ones too. Judging is `x509.served`'s
work, showing is `check_report`'s.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import click

from sealstone.cli import check_report
from sealstone.cli.check_report import Report
from sealstone.cli.expected import certificates_of, expected, refuse_unchecked
from sealstone.cli.material import Passwords, password_options, proven_material_of
from sealstone.model.problem import Problem
from sealstone.probe import guard, handshake, trust
from sealstone.server.clock import system_clock
from sealstone.x509 import served
from sealstone.x509.description import CertificateDescription
from sealstone.x509.escaping import shown
from sealstone.x509.findings import Severity
from sealstone.x509.host_names import address_of
from sealstone.x509.served_rules import Finding

_HTTPS: Final = 443


@click.command()
@click.argument("server", metavar="HOST[:PORT]")
@click.option("--sni", metavar="NAME", help="Ask for this name, and judge by it, instead of HOST.")
@click.option("--ca", "authorities", metavar="FILE", multiple=True, help="Trust these instead of the system's.")
@click.option("--expect", metavar="FILE|ARN", help="The certificate that should be served.")
@click.option(
    "--days", metavar="N", type=click.IntRange(min=0), help="Warn when fewer days are left. [default: 14, or less]"
)
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=click.FloatRange(min=0.1),
    default=10.0,
    show_default=True,
    help="For the handshake.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@password_options
def check(
    server: str,
    sni: str | None,
    authorities: tuple[str, ...],
    expect: str | None,
    days: int | None,
    timeout: float,
    as_json: bool,
    passwords: Passwords,
) -> None:
    """Connect to a server and judge the certificates that it serves.

    Exit status 0 when all is well, 1 when a client would refuse or warn.
    """
    host, port = target(server)
    name = host_name(sni) if sni else host
    trusted, doubts = _trusted(authorities, passwords)
    wanted = expected(expect, passwords) if expect else None
    try:
        addresses = guard.resolved(host, port, allow_private=True)
        asked_for = None if address_of(name) else name  # RFC 6066 3: no addresses there
        seen = handshake.served(host, port, server_name=asked_for, addresses=addresses, timeout=timeout)
        at = system_clock()
        judged = served.judged(
            seen.chain_ders,
            host=name,
            at=at,
            trust_ders=trusted,
            soon=None if days is None else timedelta(days=days),
            protocol=seen.protocol,
        )
    except Problem as problem:
        raise click.ClickException(str(problem)) from None
    judged = replace(judged, findings=(*judged.findings, *doubts, *_doubts([wanted] if wanted else [])))
    report = Report(host, port, name, seen, judged, at, authorities, len(trusted), expect, wanted)
    check_report.show(report, as_json=as_json)
    if not report.well:
        raise click.exceptions.Exit(1)


def target(server: str) -> tuple[str, int]:
    """Host (a name in A-labels, or an IP address) and port of HOST[:PORT], [IPV6]:PORT or https://HOST/.

    Raises UsageError.
    """
    text = server.removeprefix("https://").partition("/")[0]
    if address_of(text):
        return str(address_of(text)), _HTTPS
    host, colon, digits = text.rpartition(":")
    host, digits = (host, digits) if colon else (text, str(_HTTPS))
    if not (digits.isascii() and digits.isdigit() and len(digits) < 6 and 0 < int(digits) < 65536):
        raise click.UsageError(f"{shown(digits)} is no port; write HOST:PORT, or [ADDRESS]:PORT for IPv6")
    return host_name(host), int(digits)


def host_name(text: str) -> str:
    """An IP address in its usual form, or a name in A-labels and lower case. Raises UsageError."""
    address = address_of(text)
    if address is not None:
        return str(address)
    try:
        name = text.encode("idna").decode("ascii").lower().rstrip(".")
    except UnicodeError:
        name = ""
    if not name or any(not (character.isalnum() or character in "-._") for character in name):
        raise click.UsageError(f"{shown(text)!r} is no host; write HOST or HOST:PORT")
    return name


def _trusted(authorities: tuple[str, ...], passwords: Passwords) -> tuple[tuple[bytes, ...], tuple[Finding, ...]]:
    """DER of what is trusted, and what is doubtful about it. Raises ClickException when there is nothing."""
    if authorities:
        items = proven_material_of(authorities, passwords)
        refuse_unchecked(items)
        found = certificates_of(items)
        if not found:
            raise click.ClickException(f"there is no certificate in {', '.join(map(shown, authorities))}")
        return tuple(one.piece.der for one in found), _doubts(found)
    system = trust.system_trust()
    if not system:
        raise click.ClickException("this system has no trust store that can be found; name one with --ca FILE")
    return system, ()


def _doubts(found: Sequence[CertificateDescription]) -> tuple[Finding, ...]:
    """A note about each keystore that anybody could have changed without knowing its password."""
    told = {one.piece.origin.file: one.piece.doubt for one in found if one.piece.doubt}
    return tuple(
        Finding(
            "keystore-unproven",
            Severity.NOTE,
            None,
            f"what {shown(file)} holds was taken as it stands: {doubt}",
            "RFC 7292 4",
            "give the keystore with a MAC under a password of its own",
        )
        for file, doubt in told.items()
    )
