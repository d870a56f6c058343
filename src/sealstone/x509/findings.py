"""What is said of something handed in: findings, each with its rule, its weight, its source and its cure.

Records only. Refusals come from `X509Problem`s and from the demands of a service; warnings and notes from `rules`.
"""

from dataclasses import dataclass
from enum import StrEnum

from sealstone.x509.problems import Part


class Severity(StrEnum):
    """How much a finding weighs."""

    REFUSAL = "refusal"
    """The service does not take it."""
    WARNING = "warning"
    """It is taken, and somebody who connects, or another service, may not like it."""
    NOTE = "note"
    """Good to know; nothing need be done."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. Cause and cure are clauses without a full stop, escaped, and without secret material."""

    rule: str
    """Its name for scripts, which stays the same: `key-type`."""
    severity: Severity
    part: Part
    cause: str
    source: str
    """Where the rule is written: a clause, the name of an AWS page, or `inferred`."""
    cure: str = ""
