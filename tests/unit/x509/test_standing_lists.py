"""Which list of an authority stands for all of its."""

from datetime import timedelta

import pytest
from tests.pki import NOW, Authority, chain_of, ec_key
from tests.rest_json import revocation_list

from sealstone.x509 import standing_lists, trust_bundle
from sealstone.x509.revocation import UnusableRevocationList, read
from sealstone.x509.standing_lists import ListsApart, standing

ROOT, OTHER = Authority("Clients"), Authority("Other")
SAME_NAME = Authority("Clients", key=ec_key())
BUNDLE = chain_of([ROOT, OTHER])


def made(issuer: Authority, *serial_numbers: int, days: int = 0) -> str:
    return revocation_list(issuer, *serial_numbers, at=NOW + timedelta(days=days)).decode()


def test_one_is_not_even_read() -> None:
    assert standing("", ("anything",)) == ("anything",)


def test_the_one_that_holds_all_others() -> None:
    most = made(ROOT, 1, 2, 3, days=-60)
    lists = (made(ROOT, 1), most, made(ROOT), made(ROOT, 1, 3))
    assert standing(BUNDLE, lists) == (most,)
    assert standing(BUNDLE, lists[::-1]) == (most,)


def test_of_equals_the_newest() -> None:
    lists = made(ROOT, 1, days=-1), made(ROOT, 1), made(ROOT, 1, days=-2)
    assert standing(BUNDLE, lists) == lists[1:2]


def test_authorities_do_not_disturb_each_other() -> None:
    lists = made(ROOT, 1), made(OTHER, 2), made(SAME_NAME, 3)
    assert standing(chain_of([ROOT, OTHER, SAME_NAME]), lists) == lists


def test_authorities_that_are_gone_go_by_their_names() -> None:
    lists = made(ROOT, 1), made(ROOT, 1, 2), made(OTHER, 3)
    assert standing(chain_of([OTHER]), lists) == lists[1:]


@pytest.mark.parametrize(("bundle", "told"), [([ROOT], "CN=Clients,O=Example"), ([OTHER], "not in the bundle")])
def test_neither_holds_the_other(bundle: list[Authority], told: str) -> None:
    """Also where a third holds both: without it, there would be none that stands for both."""
    lists = made(ROOT, 1), made(ROOT, 2), made(ROOT, 1, 2)
    with pytest.raises(ListsApart, match=told):
        standing(chain_of(bundle), lists)


def test_what_cannot_be_read() -> None:
    with pytest.raises(UnusableRevocationList):
        standing(BUNDLE, ("a", "b"))


def test_a_check_alone() -> None:
    authorities = trust_bundle.stored(BUNDLE).authorities
    standing_lists.check([read(made(ROOT, 1).encode()), read(made(OTHER, 2).encode())], authorities)
    with pytest.raises(ListsApart):
        standing_lists.check([read(made(ROOT, 1).encode()), read(made(ROOT, 2).encode())], authorities)
