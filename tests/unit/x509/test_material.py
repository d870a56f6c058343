"""Pieces, containers and the unreadable: what each says of itself."""

import pytest

from sealstone.x509.containers.problems import NotRecognised
from sealstone.x509.material import EASILY_MADE, NO_MAC, UNCHECKED, Container, Form, Kind, Origin, Piece, Unreadable

IN_STORE = Origin("store", "entry a", (Form.JKS,))
IN_PEM = Origin("a.pem", "", (Form.PEM,))
PROBLEM = NotRecognised("it is a cat", "give another")


def test_only_entries_of_keystores_have_an_alias() -> None:
    assert Piece(Kind.CERTIFICATE, IN_STORE, label="a").alias == "a"
    assert Piece(Kind.CERTIFICATE, IN_PEM, label="CERTIFICATE").alias == ""
    assert Unreadable(IN_STORE, PROBLEM, "a").alias == "a"
    assert Unreadable(IN_PEM, PROBLEM, "CERTIFICATE").alias == ""


@pytest.mark.parametrize("doubt", [UNCHECKED, NO_MAC, EASILY_MADE])
def test_a_doubt_is_found_among_the_remarks(doubt: str) -> None:
    assert Piece(Kind.CERTIFICATE, IN_STORE, remarks=("it is odd", doubt)).doubt == doubt
    assert Piece(Kind.CERTIFICATE, IN_STORE, remarks=("it is odd",)).doubt == ""


@pytest.mark.parametrize(
    ("form", "needed", "takes"),
    [(Form.PKCS7, False, False), (Form.OPENSSH, False, False), (Form.OPENSSH, True, True), (Form.JKS, False, True)],
)
def test_a_truststore_takes_a_password_that_it_does_not_need(form: Form, needed: bool, takes: bool) -> None:
    assert Container(form, IN_PEM, b"", password_needed=needed).takes_password is takes
