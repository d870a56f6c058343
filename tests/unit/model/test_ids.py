"""Identifiers: form, the account inside, and that chance is really used."""

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealstone.model import ids


def test_a_recorded_id_tells_its_account() -> None:
    """Recorded pair from AWS."""
    assert ids.account_of("ASCAQXRQ45OGOXN4H7UIZ") == "050568424332"


@given(st.integers(0, 10**12 - 1), st.sampled_from([ids.SERVER_CERTIFICATE, ids.USER, ids.ACCESS_KEY]))
def test_every_id_carries_its_account(number: int, prefix: str) -> None:
    account = f"{number:012d}"
    identifier = ids.new(prefix, account, os.urandom)
    assert re.fullmatch(prefix + "[A-Z2-7]+", identifier)
    assert len(identifier) == (20 if prefix == ids.ACCESS_KEY else 21)
    assert ids.account_of(identifier) == account


def test_other_texts_carry_no_account() -> None:
    with pytest.raises(ValueError, match=r".+"):
        ids.account_of("ASCA!!!!!!!!!!!!!!!!!")


def test_accounts_are_twelve_digits_without_a_leading_zero() -> None:
    for _ in range(200):
        assert re.fullmatch("[1-9][0-9]{11}", ids.new_account(os.urandom))


def test_signing_certificates_have_ids_without_prefix_and_account() -> None:
    found = {ids.new_signing_certificate(os.urandom) for _ in range(100)}
    assert len(found) == 100
    assert all(re.fullmatch("[A-Z2-7]{32}", identifier) for identifier in found)
    assert len({identifier[:4] for identifier in found}) > 50


def test_secrets_have_the_form_of_aws_secrets() -> None:
    secrets = {ids.new_secret(os.urandom) for _ in range(100)}
    assert len(secrets) == 100
    assert all(re.fullmatch(rb"[A-Za-z0-9/+]{40}", secret) for secret in secrets)


def test_request_ids_are_version_four() -> None:
    identifier = ids.new_request_id(os.urandom)
    assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", identifier)
    assert identifier != ids.new_request_id(os.urandom)
