"""Fetching the issuers that are missing, one after the other, from where the certificates say they are.

Only when asked to. The guard of `probe` stands between; what comes is believed only when its signature fits.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import click

from sealstone.isolation import opening
from sealstone.probe import fetch
from sealstone.probe.problems import ProbeProblem
from sealstone.x509.containers import reading
from sealstone.x509.conversion import gathered
from sealstone.x509.escaping import shown
from sealstone.x509.material import Container, Piece, Unreadable
from sealstone.x509.problems import X509Problem

_MOST: Final = 8
_MOST_URLS: Final = 3


def fetched(items: Sequence[Piece | Unreadable], *, at: datetime, alias: str | None = None) -> tuple[Piece, ...]:
    """The missing issuers, as far as they are to be had; faults on the way are told on stderr. `alias` as `gathered`.

    Raises what `conversion.gathered` raises.
    """
    found: list[Piece] = []
    for _ in range(_MOST):
        so_far = gathered((*items, *found), at=at, key_needed=False, alias=alias)
        if so_far.missing_issuer is None:
            break
        top = (so_far.leaf, *so_far.issuers)[-1]
        more = _from_urls(top.issuer_urls[:_MOST_URLS])
        if not more:
            break
        found += more
        if gathered((*items, *found), at=at, key_needed=False, alias=alias).missing_issuer == so_far.missing_issuer:
            click.echo(f"What was fetched is not the issuer {shown(so_far.missing_issuer)}.", err=True)
            break
    return tuple(found)


def _from_urls(urls: Sequence[str]) -> list[Piece]:
    """The certificates behind the first URL that answers with any."""
    for url in urls:
        try:
            pieces = _pieces(fetch.issuer(url), url)
        except (ProbeProblem, X509Problem) as problem:
            click.echo(f"Not fetched: {problem}", err=True)
            continue
        if pieces:
            return pieces
        click.echo(f"No certificate is at {shown(url)}.", err=True)
    return []


def _pieces(data: bytes, url: str) -> list[Piece]:
    """A certificate, or PKCS #7 with several (RFC 5280 4.2.2.1)."""
    found: list[Piece] = []
    for item in reading.contents(data, url):
        inside = opening.opened(item, None) if isinstance(item, Container) else (item,)
        found += [piece for piece in inside if isinstance(piece, Piece) and piece.der]
    return found
