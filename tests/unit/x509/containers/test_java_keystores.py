"""JKS and JCEKS as keytool wrote them, and forged ones."""

import hashlib
from contextlib import suppress
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.x509.containers.samples import (
    CERTIFICATE,
    KEY,
    NULL,
    SECOND,
    SECRET,
    WRONG,
    algorithm,
    container,
    number,
    octets,
    of,
    opened,
    recorded,
    sequence,
    told,
)

from sealstone.model.secret import Secret
from sealstone.x509 import der
from sealstone.x509.containers import java_keystores, reading
from sealstone.x509.containers.passwords import Password
from sealstone.x509.containers.problems import (
    ContainerUnreadable,
    FileProblem,
    TooManyRounds,
    UnsupportedContainer,
    WrongPassword,
)
from sealstone.x509.material import Container, Form, Origin, Piece, Unreadable

STORES: Final = ("store.jks", "store.jceks")
SUN: Final = "1.3.6.1.4.1.42.2.17.1.1"
MD5_TRIPLE_DES: Final = "1.3.6.1.4.1.42.2.19.1"


def u(size: int, value: int) -> bytes:
    return value.to_bytes(size, "big")


def text(value: str) -> bytes:
    return u(2, len(value.encode())) + value.encode()


def counted(value: bytes) -> bytes:
    return u(4, len(value)) + value


def entry(tag: int, alias: str, rest: bytes) -> bytes:
    return u(4, tag) + text(alias) + u(8, 0) + rest


def trusted(alias: str = "a", certificate: bytes = CERTIFICATE, kind: str = "X.509") -> bytes:
    return entry(2, alias, text(kind) + counted(certificate))


def store(*entries: bytes, count: int | None = None, version: int = 2) -> bytes:
    said = len(entries) if count is None else count
    data = b"\xfe\xed\xfe\xed" + u(4, version) + u(4, said) + b"".join(entries)
    digest = hashlib.sha1("secret".encode("utf-16-be") + b"Mighty Aphrodite" + data).digest()  # noqa: S324
    return data + digest


def read(data: bytes, password: Secret | None = SECRET) -> list[tuple[str, str, bytes]]:
    return told(reading.opened(of(Form.JKS, data), password))


def key_entry(protected: bytes, alias: str = "k") -> bytes:
    return entry(1, alias, counted(protected) + u(4, 1) + text("X.509") + counted(CERTIFICATE))


# --- what keytool writes ---


@pytest.mark.parametrize("name", STORES)
def test_everything_is_found(name: str) -> None:
    found = told(opened(name))
    assert sorted(found) == sorted(
        [
            ("entry tomcat", "tomcat", KEY),
            ("entry tomcat", "tomcat", CERTIFICATE),
            ("entry zwei", "WrongPassword", b""),
            ("entry zwei", "zwei", SECOND),
            ("entry trüst", "trüst", SECOND),
        ]
    )
    assert all(one.remarks == () for one in opened(name) if isinstance(one, Piece))


@pytest.mark.parametrize("name", STORES)
def test_a_key_with_a_password_of_its_own_says_so(name: str) -> None:
    (bad,) = (one for one in opened(name) if isinstance(one, Unreadable))
    assert "the key of the entry zwei, which may have a password of its own" in bad.problem.cause


@pytest.mark.parametrize("name", STORES)
def test_a_key_with_a_password_of_its_own_is_opened_with_that(name: str) -> None:
    other = Secret(b"other1")
    found = reading.opened(container(name), SECRET, [WRONG, other])
    assert all(isinstance(one, Piece) for one in found)
    assert len(found) == 5
    with pytest.raises(WrongPassword):
        reading.opened(container(name), other, [SECRET])  # that of the store comes first
    locked = reading.opened(container(name), None, [SECRET, other])
    assert [problem for _, problem, _ in told(locked)].count("PasswordNeeded") == 2  # its integrity is not proven


@pytest.mark.parametrize("name", STORES)
def test_certificates_are_shown_without_a_password(name: str) -> None:
    found = opened(name, None)
    assert [problem for _, problem, _ in told(found)].count("PasswordNeeded") == 2
    pieces = [one for one in found if isinstance(one, Piece)]
    assert len(pieces) == 3
    assert all("integrity was not checked" in one.remarks[0] for one in pieces)


@pytest.mark.parametrize("name", STORES)
def test_a_wrong_password_is_told(name: str) -> None:
    with pytest.raises(WrongPassword, match="or the file has been changed"):
        opened(name, WRONG)


@pytest.mark.parametrize("name", STORES)
def test_a_changed_file_does_not_pass(name: str) -> None:
    data = recorded(name)
    at = data.index(CERTIFICATE) + 200
    changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    with pytest.raises(WrongPassword, match="or the file has been changed"):
        reading.opened(of(Form.JKS, changed), SECRET)


def test_a_secret_key_is_told() -> None:
    (found,) = opened("secret.jceks")
    assert isinstance(found, Unreadable)
    assert isinstance(found.problem, UnsupportedContainer)
    assert "keytool -importkeystore" in found.problem.cure


@pytest.mark.parametrize(
    ("name", "form", "needed"),
    [
        ("store.jks", Form.JKS, True),
        ("store.jceks", Form.JCEKS, True),
        ("trust.jks", Form.JKS, False),
        ("secret.jceks", Form.JCEKS, False),
    ],
)
def test_a_keystore_is_told_by_its_first_bytes(name: str, form: Form, needed: bool) -> None:
    found = container(name)
    assert (found.form, found.password_needed, found.origin) == (form, needed, Origin(name, "", (form,)))
    assert java_keystores.form_of(b"\xfe\xed") is None


# --- forged ---


def test_version_1_has_no_types() -> None:
    data = store(entry(2, "a", counted(CERTIFICATE)), version=1)
    assert read(data) == [("entry a", "a", CERTIFICATE)]


def test_an_empty_store_says_so() -> None:
    assert read(store()) == [("", "NotRecognised", b"")]


def test_what_is_no_certificate_is_told() -> None:
    found = read(store(trusted(certificate=b"x"), trusted("b"), trusted("c", recorded("two.p7b"))))
    assert [problem for _, problem, _ in found] == ["Damaged", "b", "Damaged"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (store(version=3), "version 3"),
        (store(count=2**31), "2,147,483,648 entries"),
        (store(trusted(), count=2), "cut short"),
        (store(trusted(), b"more", count=1), "4 bytes follow"),
        (store(entry(7, "a", b"")), "of the kind 7"),
        (store(trusted(kind="PGP\x1b")), "of the type PGP"),
        (b"\xfe\xed\xfe\xed", "cut short"),
    ],
)
def test_damage(data: bytes, words: str) -> None:
    with pytest.raises(ContainerUnreadable, match=words):
        reading.opened(of(Form.JKS, data), SECRET)
    (found,) = reading.contents(data, "file")
    assert isinstance(found, Container)
    assert not found.password_needed


@pytest.mark.parametrize(
    ("protected", "problem"),
    [
        (b"nonsense", "Damaged"),
        (sequence(NULL), "Damaged"),
        (sequence(algorithm("1.2.3"), octets(b"")), "UnsupportedContainer"),
        (sequence(algorithm(SUN), octets(bytes(39))), "Damaged"),
        (sequence(algorithm(SUN), octets(bytes(60))), "WrongPassword"),
        (sequence(algorithm(MD5_TRIPLE_DES, sequence()), octets(b"")), "Damaged"),
        (sequence(algorithm(MD5_TRIPLE_DES, sequence(octets(b"salt"), number(1))), octets(b"")), "Damaged"),
        (
            sequence(algorithm(MD5_TRIPLE_DES, sequence(octets(bytes(8)), number(1))), octets(bytes(16))),
            "WrongPassword",
        ),
    ],
)
def test_a_damaged_key_is_told_beside_its_certificate(protected: bytes, problem: str) -> None:
    assert read(store(key_entry(protected))) == [("entry k", problem, b""), ("entry k", "k", CERTIFICATE)]


def test_bombs_are_refused() -> None:
    bomb = sequence(algorithm(MD5_TRIPLE_DES, sequence(octets(bytes(8)), number(2**31))), octets(bytes(16)))
    with pytest.raises(TooManyRounds):
        read(store(key_entry(bomb)))


def test_what_a_key_protects_may_be_something_else() -> None:
    password, salt = "secret".encode("utf-16-be"), bytes(20)
    stream, step = b"", salt
    while len(stream) < len(CERTIFICATE):
        step = hashlib.sha1(password + step).digest()  # noqa: S324
        stream += step
    hidden = bytes(a ^ b for a, b in zip(CERTIFICATE, stream, strict=False))
    check = hashlib.sha1(password + CERTIFICATE).digest()  # noqa: S324
    protected = sequence(algorithm(SUN), octets(salt + hidden + check))
    assert read(store(key_entry(protected)))[0] == ("entry k", "k", CERTIFICATE)


@given(st.binary(max_size=120))
def test_any_bytes_are_refused_or_read(data: bytes) -> None:
    with suppress(FileProblem, der.Malformed):
        java_keystores.opened(of(Form.JKS, b"\xfe\xed\xfe\xed\0\0\0\2\0\0\0\2" + data), Password(None))


def test_a_chain_that_claims_more_certificates_than_any_has() -> None:
    """Empty ones take four bytes each: a small file would make a large list."""
    head = bytes.fromhex("feedfeed") + (1).to_bytes(4) + (1).to_bytes(4)
    entry = (1).to_bytes(4) + (1).to_bytes(2) + b"a" + bytes(8) + bytes(4)
    for count in (100, 101):
        data = head + entry + count.to_bytes(4) + bytes(4) * count + bytes(20)
        if count > 100:
            with pytest.raises(der.Malformed, match="100 is the most"):
                java_keystores._entries(data)
        else:
            assert len(java_keystores._entries(data)[0].certificates) == count
