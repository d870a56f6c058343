"""Signature Version 4: the project's vectors, and botocore's signer as the peer."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.unit.endpoint.signing import HOST, KEY_ID, NOW, SECRET, header_signed, presigned, request

from sealstone.endpoint import claim as claims
from sealstone.endpoint import sigv4
from sealstone.endpoint.canonical import canonical_path, query_pairs
from sealstone.endpoint.request import Request
from sealstone.operations.errors import AWSError, RequestExpired, SignatureDoesNotMatch

VECTORS = Path(__file__).parents[2] / "vectors" / "sigv4"
SERVICES = ("iam", "sts")


def authenticate(received: Request, now: datetime = NOW, services: tuple[str, ...] = SERVICES) -> claims.Claim:
    """All rules in their order, with a key that everybody has."""
    claim = claims.read_claim(received)
    claims.check_scope(claim, services)
    claims.check_time(claim, now)
    sigv4.verify(received, claim, sigv4.signing_key(SECRET.encode(), claim.date, claim.region, claim.service))
    return claim


def vectors() -> list[Any]:
    """Every vector of every file, named `file-id`."""
    found = []
    for path in sorted(VECTORS.glob("*.json")):
        file = json.loads(path.read_text())
        assert file["secret"] == SECRET
        services = tuple(file["services"])
        found += [pytest.param(vector, services, id=f"{path.stem}-{vector['id']}") for vector in file["vectors"]]
    return found


@pytest.mark.parametrize(("vector", "services"), vectors())
def test_vector(vector: dict[str, Any], services: tuple[str, ...]) -> None:
    assert vector["source"]
    sent = vector["request"]
    received = request(
        sent["method"],
        sent["path"],
        sent["query"],
        [(n, v) for n, v in sent["headers"]],
        sent["body"].encode("latin-1"),
    )
    now = datetime.fromisoformat(vector["now"])
    if vector["verdict"] == "accepted":
        assert authenticate(received, now, services).access_key_id == KEY_ID
        return
    with pytest.raises(AWSError) as refusal:
        authenticate(received, now, services)
    assert refusal.value.code == vector["verdict"]
    assert refusal.value.message.startswith(vector["text"])


def test_there_are_enough_vectors() -> None:
    assert len(vectors()) >= 60


# --- botocore as the peer ---

UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"
TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
ENCODED = TEXT.map(
    lambda text: "".join(c if c in UNRESERVED else "".join(f"%{b:02X}" for b in c.encode()) for c in text)
)
QUERY = st.lists(st.tuples(ENCODED.filter(lambda name: not name.startswith("X-Amz-")), ENCODED), max_size=5)
SEGMENT = st.one_of(ENCODED, st.sampled_from(["", ".", "..", "a b", "%20", "~", "*", ":"]))
TARGET = st.builds(
    lambda segments, query: "/" + "/".join(segments) + ("?" + "&".join(f"{n}={v}" for n, v in query) if query else ""),
    st.lists(SEGMENT, max_size=4),
    QUERY,
)
# No white space beyond ASCII: botocore folds it before the bytes are made, a receiver sees only bytes.
VALUE = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc", "Z")) | st.just(" "), max_size=12)
HEADERS = st.dictionaries(
    st.sampled_from(["X-Amz-Meta", "X-Amz-Target", "Content-Type", "Accept", "X-Other", "Content-Length"]),
    VALUE,
    max_size=4,
)
fast = settings(deadline=None, max_examples=150)


@given(
    st.sampled_from(["GET", "POST", "PUT"]), TARGET, HEADERS, st.binary(max_size=40), st.sampled_from([None, "to/k=n"])
)
@fast
def test_whatever_botocore_signs_is_accepted(
    method: str, target: str, headers: dict[str, str], body: bytes, token: str | None
) -> None:
    assume(not target.startswith("//"))  # an authority, to every URL parser
    claim = authenticate(header_signed(method, target, list(headers.items()), body, token=token, region="eu-west-1"))
    assert (claim.region, claim.session_token, claim.form) == ("eu-west-1", token, "header")


@given(QUERY.map(dict), st.sampled_from([None, "to/k=n+"]), st.integers(1, 604_800))
@fast
def test_whatever_botocore_presigns_is_accepted(query: dict[str, str], token: str | None, expires: int) -> None:
    target = "/?" + "&".join(f"{name}={value}" for name, value in query.items())
    claim = authenticate(presigned(target, token=token, expires=expires))
    assert (claim.expires, claim.session_token, claim.form) == (expires, token, "query")


GOOD = header_signed(
    "POST",
    "/path?Action=ListUsers&Name=%C3%A9",
    [("Content-Type", "application/x-www-form-urlencoded"), ("X-Amz-Meta", "a b")],
    b"UserName=a%20b&Path=/",
)
GOOD_URL = presigned("/?Action=GetCallerIdentity&Name=%C3%A9")


def changed(text: str, position: int, by: int) -> str:
    """One byte replaced by another."""
    at = position % len(text)
    return text[:at] + chr((ord(text[at]) + by) % 256) + text[at + 1 :]


def one_byte_changed(good: Request, part: str, position: int, by: int) -> Request:
    """`part` is a field of the request or the name of a header."""
    if part == "body":
        return replace(good, body=changed(good.body.decode("latin-1"), position, by).encode("latin-1"))
    if part == "method":
        return replace(good, method=changed(good.method, position, by))
    if part == "path":
        return replace(good, path=changed(good.path, position, by))
    if part == "query":
        return replace(good, query=changed(good.query, position, by))
    headers = tuple((name, changed(value, position, by) if name == part else value) for name, value in good.headers)
    return replace(good, headers=headers)


def same_meaning(left: Request, right: Request) -> bool:
    """Another spelling of the same request: letters of an escape, white space in a header value, slashes."""
    return (
        left.method == right.method
        and canonical_path(left.path) == canonical_path(right.path)
        and query_pairs(left.query) == query_pairs(right.query)
        and [(n, v.encode("latin-1").split()) for n, v in left.headers]
        == [(n, v.encode("latin-1").split()) for n, v in right.headers]
        and left.body == right.body
    )


PARTS = ["body", "method", "path", "query", "host", "content-type", "x-amz-meta", "x-amz-date", "authorization"]


@given(st.sampled_from(PARTS), st.integers(0, 10_000), st.integers(1, 255))
@settings(deadline=None, max_examples=500)
def test_any_single_byte_changed_is_refused(part: str, position: int, by: int) -> None:
    tampered = one_byte_changed(GOOD, part, position, by)
    try:
        claim = authenticate(tampered)
    except AWSError:
        return
    # The key id names the key: its look-up, not the signature, tells a wrong one (all have one key here).
    assert same_meaning(tampered, GOOD) or (part == "authorization" and claim.access_key_id != KEY_ID)


@given(st.integers(0, 10_000), st.integers(1, 255))
@settings(deadline=None, max_examples=300)
def test_any_single_byte_of_a_presigned_query_changed_is_refused(position: int, by: int) -> None:
    tampered = one_byte_changed(GOOD_URL, "query", position, by)
    try:
        authenticate(tampered)
    except AWSError:
        return
    assert same_meaning(tampered, GOOD_URL)


@given(st.text(st.characters(max_codepoint=255), max_size=80))
@fast
def test_no_authorization_header_is_an_error_of_ours(text: str) -> None:
    for value in (
        text,
        f"AWS4-HMAC-SHA256 {text}",
        f"AWS4-HMAC-SHA256 Credential={text}, SignedHeaders=host, Signature=0",
    ):
        headers = [("host", HOST), ("x-amz-date", "20150830T123600Z"), ("authorization", value)]
        with pytest.raises(AWSError):
            authenticate(request(headers=headers))


@given(st.text(st.characters(max_codepoint=255), max_size=80))
@fast
def test_no_query_string_is_an_error_of_ours(text: str) -> None:
    for query in (text, f"X-Amz-Signature={text}", f"{GOOD_URL.query}&{text}"):
        with pytest.raises(AWSError):
            authenticate(request("GET", query=query))


@pytest.mark.parametrize(
    "value",
    [
        "AWS4-HMAC-SHA256 " + "," * 500_000,
        "AWS4-HMAC-SHA256 " + "a=b " * 200_000,
        "AWS4-HMAC-SHA256 Credential=" + "/" * 500_000,
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e,Signature=0,SignedHeaders=" + "a;" * 300_000,
        " " * 500_000,
    ],
)
def test_long_headers_are_refused_in_linear_time(value: str) -> None:
    headers = [("host", HOST), ("x-amz-date", "20150830T123600Z"), ("authorization", value)]
    with pytest.raises(AWSError) as refusal:
        authenticate(request(headers=headers))
    assert len(refusal.value.message) < 4000


# --- single rules ---


def test_the_published_signature_of_the_example_request() -> None:
    """get-vanilla of the AWS signing test suite, whose signature is printed there."""
    signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    scope = f"{KEY_ID}/20150830/us-east-1/service/aws4_request"
    authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={signature}"
    headers = [
        ("host", "example.amazonaws.com"),
        ("x-amz-date", "20150830T123600Z"),
        ("authorization", authorization),
    ]
    authenticate(request("GET", headers=headers), services=("service",))
    with pytest.raises(SignatureDoesNotMatch):
        authenticate(
            request("GET", headers=[headers[0], ("x-amz-date", "20150830T123601Z"), headers[2]]),
            services=("service",),
        )


def test_the_signing_key_of_the_user_guide() -> None:
    """The example of "Create a signed AWS API request"; AWS prints the key."""
    key = sigv4.signing_key(SECRET.encode(), "20150830", "us-east-1", "iam")
    assert key.hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"


def test_another_key_is_refused() -> None:
    claim = claims.read_claim(GOOD)
    key = sigv4.signing_key(b"another", claim.date, claim.region, claim.service)
    with pytest.raises(SignatureDoesNotMatch):
        sigv4.verify(GOOD, claim, key)
    assert not sigv4.matches(GOOD, claim, key)


def test_matches_never_raises_and_tells_the_truth() -> None:
    claim = claims.read_claim(GOOD)
    key = sigv4.signing_key(SECRET.encode(), claim.date, claim.region, claim.service)
    assert sigv4.matches(GOOD, claim, key)
    assert not sigv4.matches(GOOD, replace(claim, signed_headers=("absent", "host")), key)


def test_a_claim_shows_no_signature_and_no_token() -> None:
    claim = claims.read_claim(header_signed(token="very-secret"))
    assert claim.session_token == "very-secret"
    assert "very-secret" not in repr(claim)
    assert claim.signature not in repr(claim)


@pytest.mark.parametrize("zone", ["GMT", "UTC", "-0000", "+0000"])
def test_the_date_header_tells_the_time(zone: str) -> None:
    good = header_signed(headers=[("Date", "x")])
    assert good.header("date") == "Sun, 30 Aug 2015 12:36:00 -0000"
    told = replace(
        good, headers=tuple((n, v.replace("-0000", zone)) if n == "date" else (n, v) for n, v in good.headers)
    )
    claim = claims.read_claim(told)
    assert (claim.signed_at, claim.amz_date) == (NOW, "20150830T123600Z")


def test_the_window_is_configurable() -> None:
    claim = claims.read_claim(GOOD)
    claims.check_time(claim, NOW + timedelta(minutes=5), 300)
    with pytest.raises(SignatureDoesNotMatch, match=r"\(20150830T124101Z - 5 min\.\)"):
        claims.check_time(claim, NOW + timedelta(seconds=301), 300)


def test_a_presigned_life_is_cut_by_nothing_else() -> None:
    claim = claims.read_claim(presigned(expires=7200))
    claims.check_time(claim, NOW + timedelta(seconds=7200), 300)
    with pytest.raises(RequestExpired):
        claims.check_time(claim, NOW + timedelta(seconds=7201), 300)


def test_times_are_utc() -> None:
    assert claims.read_claim(GOOD).signed_at.tzinfo is UTC
