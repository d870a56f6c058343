"""Which entry of a keystore is meant: by its alias, as the keystore or the PKCS #12 file has it."""

from dataclasses import replace

import pytest
from tests.corpus import answers
from tests.pki import NOW, Authority, Issued, ec_key, self_signed
from tests.submissions import items_of

from sealstone.x509 import paths
from sealstone.x509.containers.problems import OF_ITS_OWN, WrongPassword
from sealstone.x509.conversion import (
    KeyNotOpened,
    NoKeyUnderAlias,
    NoPrivateKey,
    NoSuchAlias,
    SeveralUnderAlias,
    converted,
    gathered,
)
from sealstone.x509.material import Form, Kind, Origin, Piece, Unreadable
from sealstone.x509.problems import KeyMismatch

ROOT = Authority("Example Root", valid_at=NOW)
WEB, MAIL = ROOT.leaf("web.example.com"), ROOT.leaf("mail.example.com")

Items = tuple[Piece | Unreadable, ...]


def named(text: str, alias: str, form: Form = Form.PKCS12) -> Items:
    """What is in the text, as if it were entries of a keystore with that alias."""
    found = items_of(text.encode(), "store")
    return tuple(
        replace(one, label=alias, origin=replace(one.origin, forms=(form,))) for one in found if isinstance(one, Piece)
    )


def entry(issued: Issued, alias: str, certificate_alias: str | None = None) -> Items:
    of_certificate = alias if certificate_alias is None else certificate_alias
    return (*named(issued.private_key_pem, alias), *named(issued.certificate_pem, of_certificate))


def subject(items: Items, alias: str | None, *, key_needed: bool = True) -> str:
    return gathered(items, at=NOW, alias=alias, key_needed=key_needed).leaf.subject.split(",")[0]


BOTH = (*entry(WEB, "web"), *entry(MAIL, "Mail"), *named(ROOT.certificate_pem, ""))


def test_an_entry_is_taken_by_its_alias() -> None:
    assert subject(BOTH, "web") == "CN=web.example.com"
    three = converted(BOTH, with_root=False, at=NOW, alias="Mail")
    assert three.certificate_pem == MAIL.certificate_pem
    assert three.private_key_pem.reveal().decode() == MAIL.private_key_pem
    assert three.certificate_chain_pem == ROOT.certificate_pem
    assert len([one for one in three.left_out if "web.example.com" in one or one.startswith("private key")]) == 2


def test_the_case_of_letters_does_not_matter_unless_it_must() -> None:
    """Keytool writes aliases in lower case; PKCS #12 may hold two that differ in it alone."""
    assert subject(BOTH, "MAIL") == "CN=mail.example.com"
    alike = (*entry(WEB, "server"), *entry(MAIL, "SERVER"))
    assert subject(alike, "SERVER") == "CN=mail.example.com"
    with pytest.raises(SeveralUnderAlias, match="several keys have the alias Server, in store"):
        subject(alike, "Server")


def test_without_an_alias_the_refusal_names_them() -> None:
    with pytest.raises(paths.SeveralLeaves) as several:
        subject(BOTH, None)
    assert several.value.aliases == ("web", "Mail")
    assert several.value.cure.endswith(", or name it by its alias (--alias): web, Mail")


def test_without_any_alias_there_is_none_to_name() -> None:
    items = (*items_of(WEB.certificate_pem.encode(), "a"), *items_of(MAIL.certificate_pem.encode(), "b"))
    with pytest.raises(paths.SeveralLeaves) as several:
        subject(items, None, key_needed=False)
    assert "--alias" not in several.value.cure
    with pytest.raises(NoSuchAlias) as absent:
        subject(items, "web", key_needed=False)
    assert "leave it out" in absent.value.cure


def test_an_alias_that_there_is_not_names_those_that_there_are() -> None:
    with pytest.raises(NoSuchAlias, match=r"with the alias a\\1Bb") as absent:
        subject(BOTH, "a\x1bb")
    assert absent.value.cure == "take one of these: web, Mail"
    assert absent.value.aliases == ("web", "Mail")


def test_many_aliases_are_cut() -> None:
    items = tuple(one for number in range(8) for one in entry(self_signed(f"{number}.example"), f"n{number}"))
    with pytest.raises(NoSuchAlias) as absent:
        subject(items, "x")
    assert absent.value.cure == "take one of these: n0, n1, n2, n3, n4 and 3 more"


def test_a_certificate_without_an_alias_is_found_by_its_key() -> None:
    """PKCS #12 of OpenSSL names the key, and the certificate through localKeyID only."""
    items = (*entry(WEB, "web", ""), *entry(MAIL, "mail", ""))
    assert subject(items, "mail") == "CN=mail.example.com"


def test_of_two_certificates_for_a_key_the_named_one_is_taken() -> None:
    old = ROOT.leaf("old.example.com", key=WEB.key)
    items = (*entry(WEB, "web"), *named(old.certificate_pem, "old"))
    assert subject(items, "web") == "CN=web.example.com"
    assert subject(items, "old") == "CN=old.example.com"


def test_a_java_entry_names_its_whole_chain() -> None:
    middle = ROOT.authority("Middle")
    leaf = middle.leaf("leaf.example")
    items = (*entry(leaf, "tomcat"), *named(middle.certificate_pem + ROOT.certificate_pem, "tomcat", Form.JKS))
    found = gathered((*items, *entry(MAIL, "mail")), at=NOW, alias="tomcat")
    assert found.leaf.subject == "CN=leaf.example,O=Example"
    assert [one.subject for one in found.issuers] == ["CN=Middle,O=Example"]


def test_a_certificate_alone_is_taken_by_its_alias() -> None:
    items = (*named(WEB.certificate_pem, "web"), *named(MAIL.certificate_pem, "mail"))
    assert subject(items, "web", key_needed=False) == "CN=web.example.com"
    with pytest.raises(NoPrivateKey):
        subject(items, "web")
    key = items_of(WEB.private_key_pem.encode(), "key.pem")
    assert subject((*items, *key), "web") == "CN=web.example.com"
    with pytest.raises(NoKeyUnderAlias):
        subject((*items, *key), "mail")


def test_a_key_whose_certificate_is_not_there_is_a_mismatch() -> None:
    with pytest.raises(KeyMismatch):
        subject((*named(self_signed(key=ec_key()).private_key_pem, "alone"), *entry(WEB, "web")), "alone")


def test_the_label_of_a_pem_block_is_no_alias() -> None:
    with pytest.raises(NoSuchAlias):
        subject((*items_of(WEB.certificate_pem.encode(), "a"), *entry(MAIL, "mail")), "CERTIFICATE")


def test_keytool_s_keystore_with_two_keys() -> None:
    (case,) = (one for one in answers.read() if one.file == "keystore-several-keys.jks")
    items = items_of(case.data, case.file, case.password)
    for alias, subject_of in (("web", "CN=www.example"), ("RSA", "CN=rsa.example")):
        found = gathered(items, at=NOW, alias=alias)
        assert found.leaf.subject.startswith(subject_of)
        assert found.key is not None
        assert (found.key.kind, found.key.alias) == (Kind.PRIVATE_KEY, alias.lower())
    with pytest.raises(paths.SeveralLeaves, match=r"--alias\): .*rsa"):
        gathered(items, at=NOW)


def locked(alias: str) -> Unreadable:
    """A key with a password of its own, which nobody gave."""
    return Unreadable(Origin("store", f"entry {alias}", (Form.JKS,)), WrongPassword("the key", OF_ITS_OWN), alias)


def test_a_key_that_did_not_open_is_no_mismatch() -> None:
    items = (*entry(WEB, "web"), locked("mail"), *named(MAIL.certificate_pem, "mail", Form.JKS))
    for alias in ("mail", "MAIL"):
        with pytest.raises(KeyNotOpened, match=f"the key of the alias {alias} cannot be used") as fault:
            subject(items, alias)
        assert "the password does not open the key" in fault.value.cause
        assert "check the password" in fault.value.cure
    assert subject(items, "mail", key_needed=False) == "CN=mail.example.com"
    assert subject(items, "web") == "CN=web.example.com"
    with pytest.raises(KeyNotOpened):  # also where there is no other key
        subject((*items[2:], locked("mail")), "mail")


def test_a_key_of_the_alias_that_did_open_is_taken() -> None:
    assert subject((locked("mail"), *entry(MAIL, "mail")), "mail") == "CN=mail.example.com"


def test_a_trusted_certificate_is_no_mismatch() -> None:
    items = (*entry(WEB, "web"), *named(MAIL.certificate_pem, "mail", Form.JKS))
    with pytest.raises(NoKeyUnderAlias, match="under the alias mail is a certificate without its private key"):
        subject(items, "mail")
    assert subject((*items, *items_of(MAIL.private_key_pem.encode(), "key.pem")), "mail") == "CN=mail.example.com"
    mismatched = (*named(MAIL.private_key_pem, "web"), *named(WEB.certificate_pem, "web"))
    with pytest.raises(KeyMismatch):
        subject(mismatched, "web")


def test_an_alias_in_two_keystores_names_both() -> None:
    of_second = tuple(replace(one, origin=replace(one.origin, file="second")) for one in entry(MAIL, "web"))
    with pytest.raises(SeveralUnderAlias, match="in store, second") as several:
        subject((*entry(WEB, "web"), *of_second), "web")
    assert several.value.files == ("store", "second")
    assert "--alias" not in several.value.cure
    assert subject((*entry(WEB, "web"), *entry(WEB, "web")), "web") == "CN=web.example.com"  # twice the same


def test_an_alias_of_two_certificates_is_not_asked_for_again() -> None:
    two = (*named(WEB.certificate_pem, "a"), *named(MAIL.certificate_pem, "a"))
    with pytest.raises(paths.SeveralLeaves) as several:
        subject(two, "a", key_needed=False)
    assert "--alias" not in several.value.cure
