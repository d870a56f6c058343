"""The data that findings carry, and the few that the upload tables cannot reach."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.pki import NOW

from sealstone.model.problem import Problem
from sealstone.x509 import problems
from sealstone.x509.problems import Part


def test_all_are_problems_with_a_part() -> None:
    found = problems.TooLong(Part.CHAIN, 12, 10)
    assert isinstance(found, Problem)
    assert (found.part, found.size, found.limit) == (Part.CHAIN, 12, 10)
    assert str(found).startswith("the certificate chain has 12 characters, and 10 is the most; ")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=1), "1 seconds ago"),
        (timedelta(seconds=119), "119 seconds ago"),
        (timedelta(minutes=119), "119 minutes ago"),
        (timedelta(hours=47), "47 hours ago"),
        (timedelta(days=2), "2 days ago"),
    ],
)
def test_how_long_ago(span: timedelta, words: str) -> None:
    found = problems.Expired(NOW - span, NOW)
    assert words in found.cause
    assert found.not_after == NOW - span


def test_years_before_1000() -> None:
    found = problems.NotYetValid(NOW + timedelta(1), NOW)
    assert found.not_before == NOW + timedelta(1)
    assert "the year 7," in problems.Expired(datetime(7, 1, 1, tzinfo=UTC), NOW).cause


def test_data_of_the_rest() -> None:
    assert problems.SeveralCertificates(3).count == 3
    assert problems.SeveralPrivateKeys(2).count == 2
    assert problems.NotCertificate(Part.CHAIN, "why", 4).at == 4
    assert problems.KeyUnreadable("why").reason == "why"
    unsupported = problems.UnsupportedKey(Part.CHAIN, "RSA", 512, "RSA of 1024 bits", 2)
    assert (unsupported.kind, unsupported.bits, unsupported.at) == ("RSA", 512, 2)
    assert problems.UnsupportedSignature(1, "SHA-1").algorithm == "SHA-1"
    assert problems.TooManyChainCertificates(11, 10).limit == 10


def test_text_of_a_private_key_is_not_repeated() -> None:
    assert "secret" not in str(problems.TextAroundPEM(Part.PRIVATE_KEY, "before", "secret"))
