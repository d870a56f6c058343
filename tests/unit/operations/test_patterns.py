"""The models' Java patterns, in their own meaning and in linear time."""

import pytest

from sealstone.operations.patterns import compile_pattern
from sealstone.operations.service_model import service

TAG = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+"
SESSION_POLICY = r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+"


@pytest.mark.parametrize(
    ("pattern", "text", "holds"),
    [
        (r"[\w+=,.@-]+", "a_Z9+=,.@-", True),
        (r"[\w+=,.@-]+", "", False),
        (r"[\w+=,.@-]+", "\u00e9", False),
        (r"[\w+=,.@-]+", "a\n", False),
        (r"\d{12}", "\u0661" * 12, False),
        (r"^v[1-9]$", "v1", True),
        (r"^v[1-9]$", "v1\n", False),
        (r"a.+", "ab", True),
        (r"a.+", "a\n", False),
        (r"a.+", "a\u2028", False),
        (r"a.+", "a\u0085", False),
        (r"a\.b[.]", "a.b.", True),
        (r"a\.b[.]", "axb.", False),
        (r"[a]+.*", "aab", True),
        (r"[a]+.*", "b", False),
        (TAG, "a B9_.:/=+-@", True),
        (TAG, "", False),
        (TAG, "a\t", False),
        (TAG, "\u00e9\u4e2d\u2003\u0661\U00010400", True),
        (TAG, "\u00e9\u20ac", False),
        (TAG, "\u00e9!", False),
        (TAG.replace("+-@]+", "+-@]*"), "\u00e9", True),
        (r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)", "", True),
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@{}]*", "{a}", True),
        (r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$", "a\u00e9", True),
        (r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$", "a\n", False),
        # Java reads four digits after \u: the range that was meant beyond the BMP is not there.
        (SESSION_POLICY, "{}", True),
        (SESSION_POLICY, "\U0001f511", False),
        (r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)", "/", True),
        (r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)", "/a/b/", True),
        (r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)", "//", False),
    ],
)
def test_a_pattern_means_what_java_means(pattern: str, text: str, holds: bool) -> None:
    assert compile_pattern(pattern)(text) is holds


@pytest.mark.parametrize("pattern", [r"\p{L}+", r"[\p{Lu}]+", r"[\p{L}\u00e9]+", "[\\p{L}\u00e9]+"])
def test_forms_that_are_not_translated_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="no translation"):
        compile_pattern(pattern)


HOSTILE = [
    "a" * 200_000 + "\n",
    "/" * 200_000 + "\n",
    "a-" * 100_000 + "!",
    "arn:a:acm:a:1:certificate/" + "a" * 200_000 + "\n",
]


@pytest.mark.parametrize("name", ["iam", "sts", "acm"])
def test_no_pattern_takes_more_than_linear_time(name: str) -> None:
    """A quadratic one would take minutes here, an exponential one for ever."""
    model = service(name)
    patterns = {model.shape_for(shape).metadata.get("pattern") for shape in model.shape_names} - {None}
    for pattern in patterns:
        holds = compile_pattern(pattern)
        for text in HOSTILE:
            holds(text)


def test_arns_of_roles_anywhere() -> None:
    """Two runs of anything in one pattern try every pair of colons, unless they are one (a longer text is none)."""
    pattern = str(service("rolesanywhere").shape_for("ProfileIdentifier").metadata["pattern"])
    assert "(:.*){2}" in pattern
    holds = compile_pattern(pattern)
    arn = "arn:aws:rolesanywhere:x-1:123456789012:profile/0d4f0b5e-0000-4000-8000-000000000000"
    for text in (arn, arn.rpartition("/")[2], arn.replace(":x-1", "::::x"), arn.replace("profile/", "alias/profile/")):
        assert holds(text), text
    for text in (arn.replace("x-1:", ""), arn.replace("profile", "crl"), f"{arn}\n", arn.replace(":x-1", ":x\n1")):
        assert not holds(text), text
    assert not holds(f"arn:aws:rolesanywhere{':' * 10_000_000}")
    assert not holds(arn + "a" * 2048)
