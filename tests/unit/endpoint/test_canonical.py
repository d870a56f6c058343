"""The canonical spelling of paths, queries and headers; that botocore agrees is shown in test_sigv4."""

import pytest
from tests.unit.endpoint.signing import request

from sealstone.endpoint.canonical import canonical_path, canonical_request, decoded, query_pairs
from sealstone.endpoint.request import gathered


def test_the_canonical_request_line_by_line() -> None:
    headers = [("x-b", " 1  2 "), ("host", "h"), ("x-b", "3\t4"), ("x-other", "not signed")]
    received = request("GET", "/a", "b=2&a=1&X-Amz-Signature=0", headers)
    canonical = canonical_request(received, gathered(received.headers), ("absent", "host", "x-b"), "digest")
    assert canonical == b"GET\n/a\na=1&b=2\nabsent:\nhost:h\nx-b:1 2,3 4\n\nabsent;host;x-b\ndigest"


def test_white_space_beyond_ascii_is_no_white_space() -> None:
    received = request("GET", headers=[("host", "\xa0a\x85b")])
    canonical = canonical_request(received, gathered(received.headers), ("host",), "")
    assert b"host:\xa0a\x85b\n" in canonical


def test_one_side_of_a_pair_is_decoded() -> None:
    assert decoded("a%2Fb%E9") == "a/b\xe9"
    assert decoded("plain") == "plain"


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("", "/"),
        ("/", "/"),
        ("//", "/"),
        ("/a/../..", "/"),
        ("/a//b/./c/", "/a/b/c/"),
        ("/a%20b/\u00e9", "/a%2520b/%E9"),
        ("/~*", "/~%2A"),
    ],
)
def test_paths_are_normalised_and_encoded_once_more(path: str, canonical: str) -> None:
    assert canonical_path(path) == canonical


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        ("", []),
        ("a", [("a", "")]),
        ("a=b=c&&%7e=+", [("a", "b%3Dc"), ("", ""), ("~", "%20")]),
        ("a=%zz&\u00e9=%c3", [("a", "%25zz"), ("%E9", "%C3")]),
    ],
)
def test_queries_are_decoded_and_encoded(query: str, pairs: list[tuple[str, str]]) -> None:
    assert query_pairs(query) == pairs
