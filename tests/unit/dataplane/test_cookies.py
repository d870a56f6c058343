"""The twin of a cookie: when it counts, and how it is set."""

from sealstone.dataplane.cookies import WEEK, alone, set_twin


def test_it_counts_where_the_other_is_missing() -> None:
    assert alone("C", "CT") == "!{ req.cook(C) -m found } { req.cook(CT) -m found }"


def test_it_is_secure_by_https_alone() -> None:
    rule = "http-response add-header Set-Cookie"
    assert list(set_twin("http-response", "CT", "%[x]", WEEK, "{ y }")) == [
        f"{rule} 'CT=%[x]; Path=/; Max-Age=604800; SameSite=None; Secure' if {{ y }} {{ ssl_fc }}",
        f"{rule} 'CT=%[x]; Path=/; Max-Age=604800; SameSite=None' if {{ y }} !{{ ssl_fc }}",
    ]
    assert next(set_twin("http-response", "CT", "v", "", "{ y }")).startswith(f"{rule} 'CT=v; Path=/; SameSite=None;")
