"""The order of what SearchCertificates finds, and where the next page begins.

A page begins behind a place, and not behind a number of certificates: none is told twice or skipped because others
came or went meanwhile.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sealstone.model import page
from sealstone.model.certificate import Certificate
from sealstone.operations.acm.descriptions import eligibility, export_option, origin
from sealstone.operations.acm.distinguished_names import common_name
from sealstone.operations.acm.uses import is_used
from sealstone.operations.call import Call
from sealstone.operations.errors import ValidationError
from sealstone.store.columns import exact_time_text

_SEPARATOR: Final = "\n"


@dataclass(frozen=True, slots=True)
class Place:
    """A certificate and what it is sorted by; empty without a value."""

    certificate: Certificate
    key: str


@dataclass(frozen=True, slots=True)
class Order:
    """By one of the API model's SearchCertificatesSortBy; equal ones by id."""

    by: str
    descending: bool

    def sorted(self, call: Call, certificates: Iterable[Certificate]) -> Sequence[Place]:
        """In order; those without a value stand last in both directions."""
        key = _KEYS[self.by]
        places = [Place(one, key(call, one)) for one in certificates]
        places.sort(key=lambda place: (place.key, place.certificate.unique_id), reverse=self.descending)
        return [place for place in places if place.key] + [place for place in places if not place.key]

    def token(self, last: Place) -> str:
        """Of the page behind that place."""
        return page.marker(_SEPARATOR.join((self._name, last.certificate.unique_id, last.key)))

    def after(self, places: Sequence[Place], sent: str | None) -> int:
        """The index at which the page begins. Raises ValidationError for a token that no search in this order gave."""
        if sent is None:
            return 0
        with suppress(ValueError):
            name, unique_id, key = page.unmarked(sent).split(_SEPARATOR, 2)
            if name == self._name:
                return next((at for at, one in enumerate(places) if self._follows(one, key, unique_id)), len(places))
        raise ValidationError("The NextToken is not one that a search in this order gave; begin anew without it.")

    @property
    def _name(self) -> str:
        return f"{self.by} {'descending' if self.descending else 'ascending'}"

    def _follows(self, one: Place, key: str, unique_id: str) -> bool:
        if bool(one.key) is not bool(key):
            return not one.key
        place, other = (one.key, one.certificate.unique_id), (key, unique_id)
        return place < other if self.descending else place > other


def _time(moment: datetime | None) -> str:
    return exact_time_text(moment) if moment else ""


def _renewal_status(_call: Call, one: Certificate) -> str:
    renewal = one.request.told_renewal if one.request else None
    return renewal.status.value if renewal else ""


def _method(_call: Call, one: Certificate) -> str:
    methods = (each.method for each in one.request.validations if each.method) if one.request else ()
    return next((method.value for method in methods), "")


def _eligibility(call: Call, one: Certificate) -> str:
    return eligibility(call, one, in_use=is_used(call, one))


def _nothing(_call: Call, _one: Certificate) -> str:
    """Of what no certificate here has: another service that manages it, an ACME endpoint or account."""
    return ""


_KEYS: Final[Mapping[str, Callable[[Call, Certificate], str]]] = {
    "CREATED_AT": lambda _, one: _time(one.created_at),
    "NOT_AFTER": lambda _, one: _time(one.content.not_after if one.content else None),
    "STATUS": lambda call, one: one.status(call.now).value,
    "RENEWAL_STATUS": _renewal_status,
    "EXPORTED": lambda _, one: str(one.request.exported) if one.request else "",
    "IN_USE": lambda call, one: str(is_used(call, one)),
    "NOT_BEFORE": lambda _, one: _time(one.content.not_before if one.content else None),
    "KEY_ALGORITHM": lambda _, one: one.detail.key_algorithm,
    "TYPE": lambda _, one: one.kind.value,
    "CERTIFICATE_ARN": lambda _, one: one.arn,
    "COMMON_NAME": lambda _, one: common_name(one.detail.subject).lower(),
    "REVOKED_AT": lambda _, one: _time(one.request.revoked_at if one.request else None),
    "RENEWAL_ELIGIBILITY": _eligibility,
    "ISSUED_AT": lambda _, one: _time(one.request.issued_at if one.request else None),
    "MANAGED_BY": _nothing,
    "EXPORT_OPTION": lambda _, one: export_option(one),
    "VALIDATION_METHOD": _method,
    "IMPORTED_AT": lambda _, one: _time(one.imported_at),
    "ACME_ENDPOINT_ARN": _nothing,
    "ACME_ACCOUNT_ID": _nothing,
    "CERTIFICATE_KEY_PAIR_ORIGIN": lambda _, one: origin(one),
}
