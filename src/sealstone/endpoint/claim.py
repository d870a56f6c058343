"""Who a request says it is from: read from the Authorization header or a presigned query, and checked on its own.

The rules, in order; each raises the AWSError that AWS answers with:

1. one authentication, in the `Authorization` header or in the query string, never both, never two  `read_claim`
2. an algorithm we verify; everything else is refused by default                                    `read_claim`
3. all parts there and readable, the key id or serial number well-formed before anybody looks it up `read_claim`
4. scope: the day of the request's own date, a service of this door, the terminator                 `check_scope`
5. time: inside the window; a presigned request inside its own life                                 `check_time`

What is claimed here is proven by `sigv4` (a secret access key) or `x509_signature` (a signing certificate's key).
Source: IAM user guide, "Signature Version 4"; message forms as recorded from AWS, see docs/divergences.md.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal, NoReturn

from sealstone.endpoint.canonical import (
    Headers,
    decoded,
    query_pairs,
)
from sealstone.endpoint.request import Request
from sealstone.operations.errors import (
    IncompleteSignature,
    InvalidClientTokenId,
    MissingAuthenticationToken,
    RequestExpired,
    SignatureDoesNotMatch,
)

BY_KEY: Final = "AWS4-HMAC-SHA256"
# IAM Roles Anywhere user guide, "Signing process": Signature Version 4 with a private key in place of the secret.
BY_CERTIFICATE: Final = frozenset({"AWS4-X509-RSA-SHA256", "AWS4-X509-ECDSA-SHA256"})
TERMINATOR: Final = "aws4_request"
# STS answers show 15 minutes since about 2019; the user guide says "in most cases five minutes".
WINDOW: Final = 15 * 60
LONGEST_PRESIGNED: Final = 604_800

# How every SDK writes the header; whatever is written otherwise is read piece by piece.
_USUAL: Final = re.compile(
    r"Credential=(?P<Credential>[^,= \t]+), ?SignedHeaders=(?P<SignedHeaders>[^,= \t]+), ?"
    r"Signature=(?P<Signature>[0-9a-f]+)"
)
_PARTS: Final = ("Credential", "Signature", "SignedHeaders")
_QUERY_PARTS: Final = ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")
_PRESIGNED: Final = frozenset({f"X-Amz-{part}" for part in (*_QUERY_PARTS, "Security-Token")})
_KEY_ID: Final = re.compile(r"[A-Z0-9]{16,128}")
# As long as the serial numbers that `x509.certificate` reads.
_SERIAL_NUMBER: Final = re.compile(r"[0-9]{1,155}")
_REGION: Final = re.compile(r"[a-z0-9-]{1,64}")
_HEADER_NAMES: Final = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+(?:;[!#$%&'*+.^_`|~0-9a-z-]+)*")
_SECONDS: Final = re.compile(r"[0-9]{1,6}")
_BASIC_DATE: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z")
# RFC 9110, 5.6.7 (IMF-fixdate); botocore writes its zone as -0000.
_HTTP_DATE: Final = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) ([0-9]{4}) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) (?:GMT|UTC|[+-]0000)"
)
_MONTHS: Final = "JanFebMarAprMayJunJulAugSepOctNovDec"
_SHOWN: Final = 1024
# Characters; whatever is longer is no client's habit, and is not kept.
_REMEMBERED: Final = 512
# RFC 9110, 5.6.3: optional white space.
_BLANK: Final = " \t"


@dataclass(frozen=True, slots=True)
class Claim:
    """Who a request says it is from, readable and well-formed, not yet proven.

    `date`, `region`, `service` and `terminator` are the credential scope; `amz_date` is the time of signing in
    basic ISO form, `signed_at` the same as a time; `expires` are a presigned request's seconds, None in a header.
    """

    access_key_id: str
    """Of a claim by certificate: the serial number, in decimal."""
    date: str
    region: str
    service: str
    terminator: str
    signed_headers: tuple[str, ...]
    signature: str = field(repr=False)
    amz_date: str
    signed_at: datetime
    form: Literal["header", "query"]
    expires: int | None = None
    session_token: str | None = field(default=None, repr=False)
    algorithm: str = BY_KEY

    @property
    def by_certificate(self) -> bool:
        """Whether a signing certificate's key must have made the signature."""
        return self.algorithm in BY_CERTIFICATE

    @property
    def scope(self) -> str:
        """The credential scope as the string to sign has it."""
        return f"{self.date}/{self.region}/{self.service}/{self.terminator}"


def read_claim(request: Request) -> Claim:
    """Read the authentication of a request; nothing is believed yet.

    Raises MissingAuthenticationToken when there is none, IncompleteSignature when it cannot be read or is there
    twice, InvalidClientTokenId for an access key id that no key can have.
    """
    headers = request.by_name
    query: dict[str, list[str]] = {}
    if request.query:
        for name, value in query_pairs(request.query):
            query.setdefault(name, []).append(value)
    authorizations = headers.get("authorization", ())
    presigned = not _PRESIGNED.isdisjoint(query)
    if len(authorizations) + presigned > 1:
        raise IncompleteSignature(
            "The request is authenticated more than once: send one Authorization header or one presigned query string."
        )
    if presigned:
        return _read_query(query)
    header = authorizations[0].strip(_BLANK) if authorizations else ""
    if not header:
        # The JSON services' words are the shorter ones.
        json = "x-amz-target" in headers or request.path != "/"
        raise MissingAuthenticationToken(f"{'Missing' if json else 'Request is missing'} Authentication Token")
    return _read_header(header, headers)


# --- the header form ---


def _read_header(header: str, headers: Headers) -> Claim:
    algorithm, _, rest = header.partition(" ")
    if algorithm != BY_KEY and algorithm not in BY_CERTIFICATE:
        _refuse_algorithm(algorithm)
    usual = _USUAL.fullmatch(rest)
    parts = usual.groupdict() if usual else _key_value_pairs(rest, header)
    date = _only_one(headers, "x-amz-date") or _only_one(headers, "date")
    missing = [f"Authorization header requires '{part}' parameter." for part in _PARTS if not parts.get(part)]
    if not date:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if missing or date is None:
        raise IncompleteSignature(f"{' '.join(missing)} Authorization={_shown(header)}")
    return _claim(
        "header",
        credential=parts["Credential"],
        signed_headers=parts["SignedHeaders"],
        signature=parts["Signature"],
        date=date,
        session_token=_only_one(headers, "x-amz-security-token"),
        algorithm=algorithm,
    )


def _key_value_pairs(rest: str, header: str) -> dict[str, str]:
    """`Credential=..., SignedHeaders=...,Signature=...`: commas, with or without white space beside them."""
    parts: dict[str, str] = {}
    for piece in rest.split(","):
        tokens = piece.strip(_BLANK).split(" ")
        if len(tokens) > 1 or "=" not in piece:
            odd = next((token for token in tokens if "=" not in token), piece)
            raise IncompleteSignature(
                f"'{_shown(odd)}' not a valid key=value pair (missing equal-sign) in Authorization header: "
                f"'{_shown(header)}'."
            )
        name, _, value = tokens[0].partition("=")
        if name not in _PARTS or name in parts:
            raise IncompleteSignature(
                "The Authorization header takes Credential, SignedHeaders and Signature, once each; "
                f"got '{_shown(name)}'."
            )
        parts[name] = value
    return parts


def _only_one(headers: Headers, name: str) -> str | None:
    values = headers.get(name)
    if not values:
        return None
    if len(values) > 1:
        raise IncompleteSignature(f"The header {name} must be sent only once.")
    return values[0].strip(_BLANK)


def _refuse_algorithm(algorithm: str) -> NoReturn:
    # By ECDSA over several regions (SigV4A), by ML-DSA, HTTP Basic: unknown here means refused.
    # What is no algorithm may be a secret in the wrong place, and is not repeated.
    named = f" '{algorithm}'" if re.fullmatch(r"AWS4-[A-Z0-9-]{1,40}", algorithm) else ""
    raise IncompleteSignature(f"Unsupported AWS 'algorithm'{named}: sign with {BY_KEY}.")


# --- the presigned form ---


def _read_query(query: Mapping[str, list[str]]) -> Claim:
    given = {name: values for name, values in query.items() if name in _PRESIGNED}
    if any(len(values) > 1 for values in given.values()):
        raise IncompleteSignature("AWS query-string parameters must be given only once.")
    parts = {name: decoded(values[0]) for name, values in given.items()}
    missing = [f"X-Amz-{part}" for part in _QUERY_PARTS if not parts.get(f"X-Amz-{part}")]
    if missing:
        sentences = [f"AWS query-string parameters must include '{name}'." for name in missing]
        raise IncompleteSignature(f"{' '.join(sentences)} Re-examine the query-string parameters.")
    if parts["X-Amz-Algorithm"] != BY_KEY:
        _refuse_algorithm(parts["X-Amz-Algorithm"])
    return _claim(
        "query",
        credential=parts["X-Amz-Credential"],
        signed_headers=parts["X-Amz-SignedHeaders"],
        signature=parts["X-Amz-Signature"],
        date=parts["X-Amz-Date"],
        session_token=parts.get("X-Amz-Security-Token"),
        expires=_seconds(parts["X-Amz-Expires"]),
    )


def _seconds(text: str) -> int:
    if _SECONDS.fullmatch(text) and 1 <= int(text) <= LONGEST_PRESIGNED:
        return int(text)
    raise IncompleteSignature(f"X-Amz-Expires must be a number of seconds from 1 to {LONGEST_PRESIGNED} (a week).")


# --- what both forms share ---


def _claim(
    form: Literal["header", "query"],
    *,
    credential: str,
    signed_headers: str,
    signature: str,
    date: str,
    session_token: str | None,
    expires: int | None = None,
    algorithm: str = BY_KEY,
) -> Claim:
    read = _read_names if len(credential) + len(signed_headers) <= _REMEMBERED else _read_names.__wrapped__
    elements, names = read(credential, signed_headers, by_key=algorithm == BY_KEY)
    signed_at = _instant(date)
    return Claim(
        access_key_id=elements[0],
        date=elements[1],
        region=elements[2],
        service=elements[3],
        terminator=elements[4],
        signed_headers=names,
        signature=signature,
        amz_date=date if _BASIC_DATE.fullmatch(date) else _basic(signed_at),
        signed_at=signed_at,
        form=form,
        expires=expires,
        session_token=session_token,
        algorithm=algorithm,
    )


@lru_cache(maxsize=1024)
def _read_names(credential: str, signed_headers: str, *, by_key: bool) -> tuple[list[str], tuple[str, ...]]:
    """The elements of the credential and the names of the signed headers: the same for a client's every request."""
    elements = credential.split("/")
    if len(elements) != 5:
        raise IncompleteSignature(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            f"got '{_shown(credential)}'"
        )
    names = tuple(signed_headers.split(";"))
    if not _HEADER_NAMES.fullmatch(signed_headers) or list(names) != sorted(set(names)):
        raise IncompleteSignature("SignedHeaders must be lower-case header names in order, separated by semicolons.")
    if not (_KEY_ID if by_key else _SERIAL_NUMBER).fullmatch(elements[0]):
        raise unknown_key(elements[3])
    return elements, names


@lru_cache(maxsize=64)
def _instant(date: str) -> datetime:
    """The time of signing: basic ISO 8601, or the form of the HTTP Date header."""
    try:
        if _BASIC_DATE.fullmatch(date):
            return datetime.fromisoformat(date)
        http = _HTTP_DATE.fullmatch(date)
        if http:
            day, month, year, hour, minute, second = http.groups()
            number = _MONTHS.index(month) // 3 + 1
            return datetime(int(year), number, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except ValueError:
        pass  # the form is right, the day does not exist: the same answer
    raise IncompleteSignature(
        f"Date must be in ISO-8601 'basic format'. Got '{_shown(date)}'. See http://en.wikipedia.org/wiki/ISO_8601"
    )


def _basic(instant: datetime) -> str:
    return f"{instant:%Y%m%dT%H%M%SZ}"


def unknown_key(service: str) -> InvalidClientTokenId:
    """The refusal of a key that does not exist or is not active; IAM alone says it without a full stop (recorded)."""
    stop = "" if service == "iam" else "."
    return InvalidClientTokenId(f"The security token included in the request is invalid{stop}")


def _shown(text: str) -> str:
    """What of a header is repeated to its sender, as AWS does; never logged."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def check_scope(claim: Claim, services: Collection[str]) -> None:
    """Day, service and terminator of the credential scope; raises SignatureDoesNotMatch.

    Any well-formed Region is accepted: with an endpoint of its own, an SDK signs IAM with the client's Region.
    """
    if claim.date != claim.amz_date[:8]:
        raise SignatureDoesNotMatch(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{_shown(claim.date)}' != '{claim.amz_date[:8]}', from '{claim.amz_date}'."
        )
    if not _REGION.fullmatch(claim.region):
        raise SignatureDoesNotMatch("Credential should be scoped to a valid region.")
    if claim.service not in services:
        expected = ", ".join(f"'{service}'" for service in sorted(services))
        raise SignatureDoesNotMatch(f"Credential should be scoped to correct service: {expected}. ")
    if claim.terminator != TERMINATOR:
        raise SignatureDoesNotMatch(f"Credential should be scoped with a valid terminator: '{TERMINATOR}'")


def check_time(claim: Claim, now: datetime, window: int = WINDOW) -> None:
    """Not signed too long ago, not in the future; `now` is aware, in UTC; `window` is in seconds.

    A presigned request lives from its date for its own seconds and raises RequestExpired after that; everything
    else raises SignatureDoesNotMatch in the words that SDKs read to correct their clock.
    """
    tolerance = timedelta(seconds=window)
    minutes = window // 60
    age = now - claim.signed_at
    if age < -tolerance:
        raise SignatureDoesNotMatch(
            f"Signature not yet current: {claim.amz_date} is still later than {_basic(now + tolerance)} "
            f"({_basic(now)} + {minutes} min.)"
        )
    if claim.expires is not None:
        if age > timedelta(seconds=claim.expires):
            raise RequestExpired("Request has expired.")
    elif age > tolerance:
        raise SignatureDoesNotMatch(
            f"Signature expired: {claim.amz_date} is now earlier than {_basic(now - tolerance)} "
            f"({_basic(now)} - {minutes} min.)"
        )
