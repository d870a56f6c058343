"""What may take the place of a certificate: usages may grow, not shrink and not appear; the key stays of its kind."""

from dataclasses import replace

import pytest
from tests.unit.model.test_certificate import DETAIL, ONE

from sealstone.model.certificate import CertificateType
from sealstone.model.certificate_detail import CertificateDetail
from sealstone.operations.acm import reimport
from sealstone.operations.errors import ValidationError

SERVER = ("TLS_WEB_SERVER_AUTHENTICATION", "1.3.6.1.5.5.7.3.1")
CLIENT = ("TLS_WEB_CLIENT_AUTHENTICATION", "1.3.6.1.5.5.7.3.2")
CUSTOM = ("CUSTOM", "1.2.3")
OTHER = ("CUSTOM", "1.2.4")


def purposes(*usages: tuple[str, str]) -> CertificateDetail:
    return replace(DETAIL, extended_key_usages=usages)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (DETAIL, DETAIL),
        (DETAIL, replace(DETAIL, names=("z.example",), subject="CN=z", serial="01")),
        (DETAIL, replace(DETAIL, key_usages=("DIGITAL_SIGNATURE", "KEY_AGREEMENT"))),
        (purposes(SERVER), purposes(SERVER, CLIENT)),
        (purposes(SERVER, CLIENT), purposes(SERVER)),
        (purposes(CLIENT), purposes()),
        (purposes(), purposes()),
        (replace(DETAIL, key_usages=("DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT")), DETAIL),
    ],
)
def test_what_may(old: CertificateDetail, new: CertificateDetail) -> None:
    reimport.check(replace(ONE, detail=old), new, in_use=False)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (DETAIL, replace(DETAIL, key_algorithm="EC_secp384r1"), "new key is EC_secp384r1, the present one EC_prime256"),
        (DETAIL, replace(DETAIL, key_usages=()), "Key Usages supported.*It lacks DIGITAL_SIGNATURE"),
        (replace(DETAIL, key_usages=()), DETAIL, "New certificate has Key Usages"),
        (purposes(SERVER, CLIENT), purposes(CLIENT), "Extended Key Usages supported.*It lacks TLS_WEB_SERVER"),
        (purposes(CUSTOM), purposes(OTHER), r"It lacks CUSTOM \(1\.2\.3\)"),
        (purposes(), purposes(CLIENT), "New certificate has Extended Key Usages"),
        (
            replace(DETAIL, key_algorithm="RSA_2048", key_usages=("DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT")),
            replace(DETAIL, key_algorithm="RSA_2048"),
            "It lacks KEY_ENCIPHERMENT",
        ),
    ],
)
def test_what_may_not(old: CertificateDetail, new: CertificateDetail, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        reimport.check(replace(ONE, detail=old), new, in_use=False)


def test_of_a_certificate_in_use_one_name_at_least_stays() -> None:
    reimport.check(ONE, replace(DETAIL, names=("b.example", DETAIL.names[0])), in_use=True)
    reimport.check(ONE, replace(DETAIL, names=("b.example", DETAIL.names[0].upper())), in_use=True)
    with pytest.raises(ValidationError, match=r"^You cannot remove all of the domain names from a certificate\."):
        reimport.check(ONE, replace(DETAIL, names=("b.example",)), in_use=True)


def test_only_what_was_imported_is_imported_again() -> None:
    reimport.check_imported(ONE)
    with pytest.raises(ValidationError, match="Its type is AMAZON_ISSUED"):
        reimport.check_imported(replace(ONE, kind=CertificateType.AMAZON_ISSUED))


def test_lost_names_are_told() -> None:
    new = replace(DETAIL, names=("127.0.0.1", "b.example"))
    assert list(reimport.lost_names(ONE, new)) == [f"{ONE.arn} no longer has the name a.example"]
    assert list(reimport.lost_names(ONE, replace(new, names=("127.0.0.1", "A.example")))) == []


def test_tags_even_none_are_refused() -> None:
    reimport.check_untagged(tagged=False)
    with pytest.raises(ValidationError, match=r"^Tagging is not permitted on re-import\."):
        reimport.check_untagged(tagged=True)
