"""Revocation lists as readers take them: our own and `cryptography`."""

import os
from datetime import timedelta

import pytest
from cryptography import x509
from tests.pki import NOW

from sealstone.model.authority import RevocationReason
from sealstone.x509 import revocation
from sealstone.x509.making import authority, keys, names, revocation_lists
from sealstone.x509.making.authority import Authority
from sealstone.x509.making.revocation_lists import Revoked

WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def root() -> Authority:
    key = keys.new("p384")
    made = authority.root(names.authority("CN=Root,O=Example"), key, at=NOW, random=os.urandom)
    return authority.opened((made.certificate,), key)


def made(root: Authority, *revoked: Revoked, number: int = 7) -> bytes:
    return revocation_lists.made(root, number, revoked, this_update=NOW, next_update=NOW + WEEK)


def test_a_list_is_signed_and_numbered(root: Authority) -> None:
    found = x509.load_der_x509_crl(made(root))
    assert found.is_signature_valid(root.key.public_key())
    assert found.issuer == root.certificates[0].subject
    assert (found.last_update_utc, found.next_update_utc) == (NOW, NOW + WEEK)
    assert found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 7
    named = found.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    own = root.certificates[0].extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert named == own.key_identifier
    assert not any(extension.critical for extension in found.extensions)
    assert list(found) == []


def test_entries_say_when_and_why(root: Authority) -> None:
    entries = [Revoked(number, NOW, reason.code) for number, reason in enumerate(RevocationReason, 1)]
    found = x509.load_der_x509_crl(made(root, *entries))
    reasons = {}
    for one in found:
        assert one.revocation_date_utc == NOW
        told = list(one.extensions)
        reasons[one.serial_number] = told[0].value.reason.value if told else ""
    assert reasons == {
        1: "",  # RFC 5280 5.3.1: of an unspecified one nothing is said
        2: "keyCompromise",
        3: "cACompromise",
        4: "affiliationChanged",
        5: "superseded",
        6: "cessationOfOperation",
        7: "certificateHold",
        8: "privilegeWithdrawn",
        9: "aACompromise",
    }


def test_our_own_reader_goes_by_it(root: Authority) -> None:
    found = revocation.read(made(root, Revoked(5, NOW)))
    assert found.serial_numbers == {5}
    assert found.next_update == NOW + WEEK
