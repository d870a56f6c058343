"""Records of the private authority."""

import pytest
from tests.pki import NOW

from sealstone.model.authority import (
    AuthorityCertificate,
    AuthorityPlan,
    RevocationReason,
    Role,
    State,
    authority_arn,
    serial_text,
)


def test_every_account_names_the_authority_by_an_arn_of_its_own() -> None:
    assert authority_arn("eu-west-1", "123456789012", "x-1") == (
        "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/x-1"
    )


def test_all_accounts_may_name_it_unless_some_are_named() -> None:
    assert AuthorityPlan().admits("123456789012")
    assert AuthorityPlan(accounts=("1", "2")).admits("2")
    assert not AuthorityPlan(accounts=("1", "2")).admits("3")


@pytest.mark.parametrize("number", [1, 1 << 158])
def test_serial_numbers_are_twenty_octets(number: int) -> None:
    assert len(serial_text(number)) == 40
    assert int(serial_text(number), 16) == number


def test_reasons_have_the_codes_of_rfc_5280() -> None:
    codes = {reason.value: reason.code for reason in RevocationReason}
    assert codes["UNSPECIFIED"] == 0
    assert codes["KEY_COMPROMISE"] == 1
    assert codes["A_A_COMPROMISE"] == 10
    assert {7, 8}.isdisjoint(codes.values())
    assert len(set(codes.values())) == len(codes) == 9


def test_a_key_is_bound_to_its_certificate() -> None:
    row = AuthorityCertificate("c-1", "a-1", Role.ROOT, State.ACTIVE, None, b"secret?", NOW, NOW)
    assert row.bound_to == "authority|a-1|c-1|1"
    assert "secret?" not in repr(row)
