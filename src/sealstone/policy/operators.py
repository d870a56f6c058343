"""The names of condition operators: which exist and how they are put together. What they do is in `conditions`.

IAM User Guide, "IAM JSON policy elements: Condition operators": an optional `ForAllValues:` or `ForAnyValue:`, the
operator, an optional `IfExists`. Names are case-sensitive.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Self


class Kind(Enum):
    """What the values of an operator are."""

    STRING = "text"
    ARN = "an ARN"
    NUMERIC = "a number"
    DATE = "a date in ISO 8601 or seconds since 1970"
    BOOL = "true or false"
    BINARY = "base64"
    IP_ADDRESS = "an IP address or CIDR block"
    NULL = "true (missing) or false (present)"


class Quantifier(Enum):
    """How the several values of a multivalued key are counted."""

    NONE = ""
    ALL = "ForAllValues:"
    ANY = "ForAnyValue:"


NEGATED: Final = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}

KINDS: Final = {
    "StringEquals": Kind.STRING,
    "StringEqualsIgnoreCase": Kind.STRING,
    "StringLike": Kind.STRING,
    "NumericEquals": Kind.NUMERIC,
    "NumericLessThan": Kind.NUMERIC,
    "NumericLessThanEquals": Kind.NUMERIC,
    "NumericGreaterThan": Kind.NUMERIC,
    "NumericGreaterThanEquals": Kind.NUMERIC,
    "DateEquals": Kind.DATE,
    "DateLessThan": Kind.DATE,
    "DateLessThanEquals": Kind.DATE,
    "DateGreaterThan": Kind.DATE,
    "DateGreaterThanEquals": Kind.DATE,
    "Bool": Kind.BOOL,
    "BinaryEquals": Kind.BINARY,
    "IpAddress": Kind.IP_ADDRESS,
    "ArnEquals": Kind.ARN,
    "ArnLike": Kind.ARN,
    "Null": Kind.NULL,
}


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator taken apart: `base` is the positive operator, `negated` says that its opposite is meant."""

    base: str
    negated: bool
    quantifier: Quantifier
    if_exists: bool

    @property
    def kind(self) -> Kind:
        """What its values are."""
        return KINDS[self.base]

    @classmethod
    def read(cls, name: str) -> Self | None:
        """The operator of that name, or None: there is no other."""
        quantifier = next((found for found in (Quantifier.ALL, Quantifier.ANY) if name.startswith(found.value)), None)
        bare = name.removeprefix(quantifier.value) if quantifier else name
        stem = bare.removesuffix("IfExists")
        base = NEGATED.get(stem, stem)
        # Null asks whether the key is there: neither a quantifier nor IfExists would mean anything.
        if base not in KINDS or (base == "Null" and name != "Null"):
            return None
        return cls(base, stem in NEGATED, quantifier or Quantifier.NONE, bare != stem)
