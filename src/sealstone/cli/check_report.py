"""How `sealstone check` tells what it found: for a person at 80 columns, the verdict first, or as one JSON object."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import click

from sealstone.cli.screen import Part, Row, Screen, Style
from sealstone.probe.handshake import Served
from sealstone.x509.description import CertificateDescription
from sealstone.x509.escaping import shown
from sealstone.x509.findings import Severity
from sealstone.x509.served import Judged, Place
from sealstone.x509.served_rules import Finding, days

OK: Final = "ok"
WARNING: Final = "warning"
REFUSED: Final = "refused"
OTHER: Final = "other"
"""Clients take it, and it is not the certificate that was expected."""

_VERDICTS: Final = {
    OK: ("clients take what {where} serves", Style.GOOD),
    WARNING: ("most clients take what {where} serves", Style.WARNING),
    REFUSED: ("clients do not take what {where} serves", Style.BAD),
    OTHER: ("{where} serves another certificate", Style.BAD),
}
_WORDS: Final = {Severity.REFUSAL: "refused", Severity.WARNING: "warning", Severity.NOTE: "note"}
_STYLES: Final = {Severity.REFUSAL: Style.BAD, Severity.WARNING: Style.WARNING, Severity.NOTE: Style.PLAIN}
_MOST_NAMES: Final = 12


@dataclass(frozen=True, slots=True)
class Report:
    """All there is to tell about one server."""

    host: str
    port: int
    name: str
    """What was asked for and judged by: the host, or --sni."""
    served: Served
    judged: Judged
    at: datetime
    authorities: tuple[str, ...]
    """The files of --ca; empty for the system's."""
    trusted: int
    """How many certificates those hold."""
    source: str | None
    """What --expect said."""
    expected: CertificateDescription | None

    @property
    def equal(self) -> bool | None:
        """Whether the server's certificate is the expected one, byte for byte; None when none was named."""
        if self.expected is None:
            return None
        first = self.judged.certificates[0]
        return first is not None and first.fingerprint == self.expected.fingerprint

    @property
    def days_left(self) -> int | None:
        """Whole days until the first of the needed certificates runs out; negative when one has."""
        return None if self.judged.not_after is None else (self.judged.not_after - self.at).days

    @property
    def verdict(self) -> str:
        """OK, WARNING, REFUSED or OTHER."""
        if self.judged.verdict is Severity.REFUSAL:
            return REFUSED
        if self.equal is False:
            return OTHER
        return WARNING if self.judged.verdict is Severity.WARNING else OK

    @property
    def well(self) -> bool:
        """No refusal, no warning, and the expected certificate."""
        return self.verdict == OK


def show(report: Report, *, as_json: bool) -> None:
    """Print it to standard output."""
    if as_json:
        click.echo(json.dumps(members(report), indent=2))
    else:
        _show(report)


# --- JSON ---


def members(report: Report) -> dict[str, Any]:
    """The object that --json prints; docs/workbench.md describes it."""
    seen, judged = report.served, report.judged
    anchor = judged.way.anchor if judged.way else None
    return {
        "verdict": report.verdict,
        "host": report.host,
        "port": report.port,
        "name": report.name,
        "address": seen.address.host,
        "protocol": seen.protocol or None,
        "cipher": seen.cipher or None,
        "alpn": seen.alpn or None,
        "unfinished": seen.unfinished or None,
        "days_left": report.days_left,
        "chain": [_certificate(report, position) for position in range(len(judged.certificates))],
        "trust": {
            "files": list(report.authorities) or None,
            "anchor": anchor.subject if anchor else None,
            "anchor_fingerprint": anchor.fingerprint if anchor else None,
        },
        "expected": report.expected
        and {"source": report.source, "fingerprint": report.expected.fingerprint, "equal": report.equal},
        "findings": [
            {
                "rule": finding.rule,
                "severity": finding.severity.value,
                "position": finding.position,
                "cause": finding.cause,
                "source": finding.source,
                "cure": finding.cure,
            }
            for finding in judged.findings
        ],
    }


def _certificate(report: Report, position: int) -> dict[str, Any]:
    one, place = report.judged.certificates[position], report.judged.places[position]
    if one is None:
        return {"position": position, "place": place.value}
    return {
        "position": position,
        "place": place.value,
        "subject": one.subject,
        "issuer": one.issuer,
        "names": list(one.alternative_names),
        "serial": one.serial,
        "not_before": f"{one.not_before:%Y-%m-%dT%H:%M:%SZ}",
        "not_after": f"{one.not_after:%Y-%m-%dT%H:%M:%SZ}",
        "days_left": (one.not_after - report.at).days,
        "key": one.key,
        "signature": one.signature,
        "fingerprint": one.fingerprint,
        "public_key_fingerprint": one.public_key_fingerprint,
    }


# --- for a person ---


def _show(report: Report) -> None:
    """The verdict, how it was reached, the chain as sent, the findings."""
    screen = Screen()
    screen.parts(_verdict(report))
    screen.block(_connection(report))
    screen.line()
    screen.line("Chain as sent", Style.TITLE)
    for position in range(len(report.judged.certificates)):
        screen.block(_sent(report, position))
    for finding in report.judged.findings:
        screen.line()
        screen.block(_finding(finding))
    if report.expected:
        screen.line()
        screen.block(_expectation(report, report.expected))


def _verdict(report: Report) -> tuple[Part, Part]:
    where = f"{f'[{report.host}]' if ':' in report.host else report.host}:{report.port}"
    what, style = _VERDICTS[report.verdict]
    soonest = report.judged.not_after
    left = "" if report.verdict == REFUSED or soonest is None else f", {days(soonest - report.at)} left"
    return (report.verdict.upper(), style), (f"  {what.format(where=where)}{left}", Style.PLAIN)


def _connection(report: Report) -> Iterator[Row]:
    seen = report.served
    asked = f", asked for {report.name}" if report.name != report.host else ""
    yield Row("address", f"{seen.address}{asked}")
    spoken = [seen.protocol, seen.cipher, f"ALPN {seen.alpn}" if seen.alpn else ""]
    yield Row("protocol", ", ".join(filter(None, spoken)) or "none was agreed on")
    if seen.unfinished:
        yield Row("", f"the server broke off after its certificates: {seen.unfinished}")
    anchor = report.judged.way.anchor if report.judged.way else None
    whose = ", ".join(map(shown, report.authorities)) or "this system"
    met = f"{anchor.subject}, by {whose}" if anchor else f"nothing that {whose} trusts was met"
    yield Row("trust", met)


def _sent(report: Report, position: int) -> Iterator[Row]:
    """One certificate: its place and names, then key, time left and issuer."""
    one, place = report.judged.certificates[position], report.judged.places[position]
    heaviest = next((found.severity for found in report.judged.findings if found.position == position), None)
    title, style = f"{position} {place.value}", _STYLES[heaviest] if heaviest else Style.GOOD
    if one is None:
        yield Row(title, "cannot be read", style)
        return
    yield Row(title, one.subject, style)
    if place is Place.SERVER and one.alternative_names:
        more = len(one.alternative_names) - _MOST_NAMES
        tail = f" and {more} more" if more > 0 else ""
        yield Row("", ", ".join(one.alternative_names[:_MOST_NAMES]) + tail)
    yield Row("", f"{one.key}, {_left(report, one.not_after)}")
    yield Row("", f"issued by {'itself' if one.is_self_issued else one.issuer}")


def _finding(finding: Finding) -> Iterator[Row]:
    """One block, as `explain` has it: what, how to mend it, and where it is written."""
    yield Row(_WORDS[finding.severity], f"{finding.cause} [{finding.rule}]", _STYLES[finding.severity])
    yield Row("", f"cure: {finding.cure}" if finding.cure else "")
    yield Row("", f"source: {finding.source}")


def _expectation(report: Report, expected: CertificateDescription) -> Iterator[Row]:
    source, first = shown(report.source or "", 200), report.judged.certificates[0]
    if report.equal:
        yield Row("expected", f"the server's certificate is the one of {source}", Style.GOOD)
        return
    yield Row("expected", f"not the certificate of {source}", Style.BAD)
    yield Row("", f"{expected.subject}, {_left(report, expected.not_after)}")
    if first is not None and first.public_key_fingerprint == expected.public_key_fingerprint:
        yield Row("", "both are for the same key: one is a renewal of the other")
    yield Row("its SHA-256", expected.fingerprint)
    yield Row("served", first.fingerprint if first else "")


def _left(report: Report, not_after: datetime) -> str:
    if not_after < report.at:
        return f"expired {days(report.at - not_after)} ago"
    return f"{days(not_after - report.at)} left (until {not_after:%Y-%m-%d})"
