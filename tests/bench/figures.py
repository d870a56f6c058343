"""Figures and verdicts: medians of interleaved rounds, the ratio of each round, a budget beside it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

_SCALES: Final = {"s": (1.0, "s"), "ms": (1e3, "ms"), "us": (1e6, "us")}
_WITHOUT: Final = "-"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `met` is None for a figure that has no budget."""

    what: str
    ours: str
    reference: str
    ratio: str
    budget: str = _WITHOUT
    met: bool | None = None

    @property
    def verdict(self) -> str:
        """The last column."""
        return {None: _WITHOUT, True: "met", False: "NOT MET"}[self.met]


def ratios(ours: Sequence[float], reference: Sequence[float]) -> list[float]:
    """Round by round: what slows a whole round down slows both of its sides."""
    return [own / other for own, other in zip(ours, reference, strict=True)]


def seconds(value: float, unit: str) -> str:
    """A time in `s`, `ms` or `us`."""
    factor, name = _SCALES[unit]
    scaled = value * factor
    return f"{scaled:,.0f} {name}" if scaled >= 100 else f"{scaled:.3g} {name}"


def rates(what: str, ours: Sequence[float], reference: Sequence[float], name: str, at_least: float) -> Row:
    """Requests per second against a reference that ours must reach `at_least` so many times."""
    found = ratios(ours, reference)
    ratio = median(found)
    return Row(
        what,
        f"{median(ours):,.0f}/s",
        f"{name} {median(reference):,.0f}/s",
        _times(found),
        f">= {at_least:g}x",
        ratio >= at_least,
    )


def times(
    what: str,
    ours: Sequence[float],
    reference: Sequence[float],
    name: str,
    *,
    unit: str,
    at_most: float | None = None,
    within: float | None = None,
) -> Row:
    """Seconds against a reference: `at_most` so many times, or `within` so many seconds whatever the reference took."""
    found = ratios(ours, reference)
    ratio = median(found)
    row = Row(what, seconds(median(ours), unit), f"{name} {seconds(median(reference), unit)}".strip(), _times(found))
    if at_most is not None:
        return _judged(row, f"<= {at_most:g}x", met=ratio <= at_most)
    if within is not None:
        return _judged(row, f"<= {within:g} s", met=median(ours) <= within)
    return row


def _judged(row: Row, budget: str, *, met: bool) -> Row:
    return Row(row.what, row.ours, row.reference, row.ratio, budget, met)


def _times(found: Sequence[float]) -> str:
    """The median, and from the lowest to the highest."""
    digits = 1 if median(found) >= 10 else 2
    return f"{median(found):.{digits}f}x ({min(found):.{digits}f} to {max(found):.{digits}f})"


_HEADINGS: Final = ("what", "Sealstone", "reference", "ratio", "budget", "")


def table(rows: Sequence[Row]) -> str:
    """A Markdown table with columns that also line up on a terminal."""
    cells = [_HEADINGS, *((row.what, row.ours, row.reference, row.ratio, row.budget, row.verdict) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADINGS))]
    lines = [f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |" for line in cells]
    lines.insert(1, f"| {' | '.join('-' * width for width in widths)} |")
    return "\n".join(lines)
