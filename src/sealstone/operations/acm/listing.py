"""ListCertificates: filters, order and pages. Without a filter of key types RSA of 1024 and 2048 bits is all."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from sealstone.model import page
from sealstone.model.certificate import Certificate
from sealstone.operations.acm.descriptions import export_option, origin, summarised
from sealstone.operations.acm.errors import InvalidArgsException
from sealstone.operations.acm.named import everything
from sealstone.operations.call import Call
from sealstone.operations.errors import ValidationError
from sealstone.operations.operation import operation
from sealstone.store import certificates as stored

# API model, Filters: what is listed when no key types are asked for.
_USUAL_KEYS: Final = ("RSA_1024", "RSA_2048")
_DESCENDING: Final = "DESCENDING"
_SEPARATOR: Final = " "
# ExtendedKeyUsageName has a word for certificates without any, as in a search.
_NONE: Final = "NONE"

_Wanted = Callable[[Certificate], bool]


@dataclass(frozen=True, slots=True)
class _Order:
    descending: bool
    after: tuple[str, str] | None
    size: int


@operation("acm", on=everything, access="List", slow=True)
def list_certificates(
    call: Call,
    *,
    certificate_statuses: Sequence[str] | None = None,
    certificate_key_pair_origins: Sequence[str] | None = None,
    includes: Mapping[str, Any] | None = None,
    next_token: str | None = None,
    max_items: int | None = None,
    sort_by: str | None = None,
    sort_order: str | None = None,
) -> Mapping[str, Any]:
    """Those of the Region that pass every filter, by time of creation, the oldest first unless told otherwise."""
    if (sort_by is None) != (sort_order is None):
        raise InvalidArgsException("SortBy and SortOrder are given together or not at all.")
    order = _Order(sort_order == _DESCENDING, _after(next_token), max_items or page.DEFAULT_SIZE)
    wanted = _wanted(call, certificate_statuses, certificate_key_pair_origins, includes or {})
    found = list(islice(_each(call, order, wanted), order.size + 1))
    chosen = found[: order.size]
    more = {"NextToken": page.marker(_SEPARATOR.join(stored.place(chosen[-1])))} if len(found) > order.size else {}
    return {"CertificateSummaryList": [summarised(call, one) for one in chosen]} | more


def _each(call: Call, order: _Order, wanted: _Wanted) -> Iterator[Certificate]:
    each = stored.each(call.tx, call.account_id, call.region, after=order.after, descending=order.descending)
    return (one for one in each if wanted(one))


def _after(token: str | None) -> tuple[str, str] | None:
    """Raises ValidationError for a token that is not ours."""
    if token is None:
        return None
    with suppress(ValueError):
        time, separator, unique_id = page.unmarked(token).partition(_SEPARATOR)
        if separator:
            return time, unique_id
    raise ValidationError("The NextToken is not one that a listing here gave; begin anew without it.")


def _wanted(
    call: Call, statuses: Sequence[str] | None, origins: Sequence[str] | None, includes: Mapping[str, Any]
) -> _Wanted:
    """All filters as one; within one of several values each will do, an empty one is no filter (API reference)."""
    keys = frozenset(includes.get("keyTypes") or _USUAL_KEYS)
    usages, purposes = includes.get("keyUsage"), includes.get("extendedKeyUsage")
    export = includes.get("exportOption")
    # No other service manages certificates here.
    is_none = bool(includes.get("managedBy"))

    def wanted(one: Certificate) -> bool:
        detail = one.detail
        names = [name for name, _ in detail.extended_key_usages] or [_NONE]
        return (
            not is_none
            and detail.key_algorithm in keys
            and (not origins or origin(one) in origins)
            and export in (None, export_option(one))
            and (not statuses or one.status(call.now).value in statuses)
            and (not usages or not set(usages).isdisjoint(detail.key_usages))
            and (not purposes or not set(purposes).isdisjoint(names))
        )

    return wanted
