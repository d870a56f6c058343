"""Roles of files: which would be sent as certificate, key and chain, whatever their names and their order."""

from itertools import permutations

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from tests.pki import NOW, PASSWORD, Authority, ec_key, key_pem, self_signed
from tests.submissions import file_of, items_of

from sealstone.x509.submission import Submission, as_text, assigned

ROOT = Authority("Example Root", valid_at=NOW)
LOWER = ROOT.authority("Example Lower")
LEAF = LOWER.leaf("build.example.com")
OTHER = LOWER.leaf("other.example.com")

TEXTS = {
    "leaf": LEAF.certificate_pem,
    "key": LEAF.private_key_pem,
    "chain": LEAF.chain_pem,
    "full": LEAF.certificate_pem + LEAF.chain_pem,
    "all": LEAF.private_key_pem + LEAF.certificate_pem + LEAF.chain_pem,
    "lower": LOWER.certificate_pem,
    "root": ROOT.certificate_pem,
    "other": OTHER.certificate_pem,
    "other-key": key_pem(ec_key()),
    "locked": LEAF.encrypted_private_key_pem(),
    "locked-old": LEAF.traditional_encrypted_private_key_pem(),
    "broken-key": "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n",
    "hello": "hello",
    "my.cert": "nothing",
    "my.key": "nothing",
}


def roles(*names: str) -> tuple[str, str, str, str]:
    found = assigned([file_of(name, TEXTS[name]) for name in names])
    return as_words(found)


def as_words(found: Submission) -> tuple[str, str, str, str]:
    fields = (found.certificate_body, found.private_key, found.certificate_chain)
    body, key, chain = (" ".join(field.files) if field else "" for field in fields)
    return body, key, chain, " ".join(found.unused)


@pytest.mark.parametrize(
    ("names", "body", "key", "chain", "unused"),
    [
        ("leaf key chain", "leaf", "key", "chain", ""),
        ("leaf key", "leaf", "key", "", ""),
        ("leaf", "leaf", "", "", ""),
        ("key", "", "key", "", ""),
        ("full key", "full", "key", "", ""),
        ("full", "full", "", "", ""),
        ("leaf full key", "leaf", "key", "full", ""),
        ("leaf full chain key", "leaf", "key", "chain", "full"),
        ("all", "all", "all", "", ""),
        ("all chain", "all", "all", "chain", ""),
        ("leaf all", "leaf", "all", "", ""),
        ("leaf other-key key", "leaf", "key", "", "other-key"),
        ("leaf other-key", "leaf", "other-key", "", ""),
        ("leaf locked chain", "leaf", "locked", "chain", ""),
        ("leaf locked-old", "leaf", "locked-old", "", ""),
        ("leaf broken-key", "leaf", "broken-key", "", ""),
        ("leaf hello", "leaf", "hello", "", ""),
        ("leaf key hello", "leaf", "key", "hello", ""),
        ("key hello", "hello", "key", "", ""),
        ("key hello my.cert", "my.cert", "key", "hello", ""),
        ("leaf my.cert my.key", "leaf", "my.key", "my.cert", ""),
        ("hello", "hello", "", "", ""),
    ],
)
def test_roles_do_not_depend_on_the_order(names: str, body: str, key: str, chain: str, unused: str) -> None:
    for order in permutations(names.split()):
        assert roles(*order) == (body, key, chain, unused), order


def test_a_chain_of_several_files_is_joined_in_the_order_given() -> None:
    assert roles("root", "leaf", "lower", "key") == ("leaf", "key", "root lower", "")
    files = [file_of("a", ROOT.certificate_pem.strip()), file_of("b", LOWER.certificate_pem)]
    found = assigned([*files, file_of("leaf", LEAF.certificate_pem), file_of("key", LEAF.private_key_pem)])
    assert found.certificate_chain
    assert found.certificate_chain.text == ROOT.certificate_pem + LOWER.certificate_pem
    assert len(found.certificate_chain.items) == 2


def test_the_same_file_twice_is_a_certificate_and_its_chain() -> None:
    alone = self_signed("alone.example.com", valid_at=NOW)
    files = [
        file_of("1", alone.certificate_pem),
        file_of("2", alone.private_key_pem),
        file_of("3", alone.certificate_pem),
    ]
    assert as_words(assigned(files)) == ("1", "2", "3", "")


def test_of_several_servers_the_first_is_taken_when_no_key_tells() -> None:
    assert roles("other", "leaf") == ("other", "", "leaf", "")
    assert roles("other", "leaf", "key") == ("leaf", "key", "other", "")


def test_a_keystore_stands_for_certificate_and_key() -> None:
    data = pkcs12.serialize_key_and_certificates(
        b"build",
        LEAF.key,  # type: ignore[arg-type]
        LEAF.certificate,
        [LOWER.certificate],
        BestAvailableEncryption(PASSWORD.encode()),
    )
    opened = assigned([file_of("build.p12", data, PASSWORD)])
    assert as_words(opened) == ("build.p12", "build.p12", "", "")
    locked = assigned([file_of("build.p12", data)])
    assert as_words(locked) == ("build.p12", "build.p12", "", "")


def test_nothing_has_no_roles() -> None:
    assert as_words(assigned([])) == ("", "", "", "")


def test_bytes_that_are_no_text() -> None:
    assert as_text("é".encode()) == "é"
    assert as_text(b"\xff\xfe-\x00") == "\u00ff\u00fe-\x00"
    assert items_of(b"hello", "x")
