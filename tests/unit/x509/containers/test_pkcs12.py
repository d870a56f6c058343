"""PKCS #12 of OpenSSL, Java and our own engine, and forged ones: nothing gets lost, nothing is guessed."""

import hmac

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from tests.corpus import answers
from tests.pki import Authority
from tests.unit.x509.containers.samples import (
    CERTIFICATE,
    KEY,
    NULL,
    PASSWORD,
    SECOND,
    SECRET,
    UMLAUT,
    WRONG,
    algorithm,
    explicit,
    identifier,
    number,
    octets,
    of,
    opened,
    pkcs8_of,
    recorded,
    sequence,
    told,
)

from sealstone.model.secret import Secret
from sealstone.x509 import der
from sealstone.x509.containers import ber, derivation, reading
from sealstone.x509.containers.passwords import Password
from sealstone.x509.containers.problems import (
    ContainerUnreadable,
    PasswordNeeded,
    TooManyRounds,
    UnsupportedContainer,
    WrongPassword,
)
from sealstone.x509.material import Form, Kind, Piece, Unreadable

DATA = identifier("1.2.840.113549.1.7.1")
BAGS = "1.2.840.113549.1.12.10.1."
CRL = recorded("crl.p7b")
BOTH = [("entry tomcat", "tomcat", CERTIFICATE), ("entry tomcat", "tomcat", KEY)]
UNNAMED = [("part 1, bag 1", "", CERTIFICATE), ("part 2, bag 1", "", KEY)]
UNCHECKED = "no password was given, so the file's integrity was not checked"


def data(content: bytes) -> bytes:
    return sequence(DATA, explicit(0, octets(content)))


def bag(kind: int, value: bytes, *attributes: bytes) -> bytes:
    set_of = (ber.written(0x31, b"".join(attributes)),) if attributes else ()
    return sequence(identifier(f"{BAGS}{kind}"), explicit(0, value), *set_of)


def certificate_bag(content: bytes = CERTIFICATE, kind: int = 3) -> bytes:
    return bag(kind, sequence(identifier("1.2.840.113549.1.9.22.1"), explicit(0, octets(content))))


def attribute(dotted: str, *values: bytes) -> bytes:
    return sequence(identifier(dotted), ber.written(0x31, b"".join(values)))


def alias(name: str) -> bytes:
    return attribute("1.2.840.113549.1.9.20", ber.written(0x1E, name.encode("utf-16-be")))


def safe(*bags: bytes) -> bytes:
    return sequence(data(sequence(*bags)))


def mac_over(content: bytes, password: Password, rounds: int = 1) -> bytes:
    key = derivation.pkcs12("sha256", password.bmp, b"salt", rounds, derivation.MAC, 32)
    info = sequence(algorithm("2.16.840.1.101.3.4.2.1", NULL), octets(hmac.digest(key, content, "sha256")))
    return sequence(info, octets(b"salt"), number(rounds))


def pfx(content: bytes, *mac: bytes) -> bytes:
    return sequence(number(3), data(content), *mac)


def read(content: bytes, password: Secret | None = SECRET, *, proven: bool = True) -> tuple[Piece | Unreadable, ...]:
    mac = (mac_over(content, PASSWORD),) if proven else ()
    return reading.opened(of(Form.PKCS12, pfx(content, *mac)), password)


# --- what tools write ---


@pytest.mark.parametrize("name", ["modern.p12", "legacy.p12", "nomac.p12", "halfopen.p12", "open.p12", "sha512.p12"])
def test_what_openssl_writes_is_read(name: str) -> None:
    assert told(opened(name)) == BOTH


@pytest.mark.parametrize("name", ["modern.p12", "legacy.p12", "nomac.p12", "open.p12", "sha512.p12"])
def test_a_wrong_password_is_told(name: str) -> None:
    with pytest.raises(WrongPassword, match="does not open the PKCS #12 file"):
        opened(name, WRONG)


@pytest.mark.parametrize("name", ["modern.p12", "legacy.p12", "nomac.p12", "sha512.p12"])
def test_a_password_is_needed(name: str) -> None:
    with pytest.raises(PasswordNeeded):
        opened(name, None)


@pytest.mark.parametrize("password", [None, Secret(b"")])
def test_an_empty_password_is_tried(password: Secret | None) -> None:
    assert told(opened("empty.p12", password)) == UNNAMED


def test_passwords_beyond_ascii() -> None:
    assert told(opened("umlaut.p12", UMLAUT)) == UNNAMED


def test_a_key_says_how_it_was_kept() -> None:
    certificate, key = opened("modern.p12")
    assert certificate.origin.forms == (Form.PKCS12,)
    assert key.origin.forms == (Form.PKCS12, Form.ENCRYPTED_PKCS8)


def test_nothing_of_a_java_keystore_gets_lost() -> None:
    found = told(opened("store.p12"))
    assert sorted(found) == sorted(
        [
            *BOTH,
            ("entry zwei", "zwei", SECOND),
            ("entry zwei", "zwei", pkcs8_of("key2.pem")),
            ("entry trüst", "trüst", SECOND),
        ]
    )


def test_a_secret_of_a_java_keystore_is_told() -> None:
    (found,) = opened("secret.p12")
    assert isinstance(found, Unreadable)
    assert isinstance(found.problem, UnsupportedContainer)
    assert "a secret that is no key pair" in str(found.problem)


def test_what_our_own_engine_writes_is_read() -> None:
    leaf = Authority("Root").authority("Intermediate").leaf("a.example")
    written = pkcs12.serialize_key_and_certificates(
        b"alias",
        leaf.key,  # type: ignore[arg-type]
        leaf.certificate,
        [issuer.certificate for issuer in leaf.issuers],
        BestAvailableEncryption(b"secret"),
    )
    found = reading.opened(of(Form.PKCS12, written), SECRET)
    assert [one.kind for one in found if isinstance(one, Piece)].count(Kind.CERTIFICATE) == 3
    assert {one.der for one in found if isinstance(one, Piece)} >= {
        one.certificate_der for one in (leaf, *leaf.issuers)
    }


def test_ber_is_read() -> None:
    """With open ends and strings in pieces, as old Windows wrote it."""
    content = safe(certificate_bag())
    pieces = b"\x24\x80" + octets(content[:50]) + octets(content[50:]) + b"\0\0"
    info = b"\x30\x80" + DATA + b"\xa0\x80" + pieces + b"\0\0" * 2
    ber_file = b"\x30\x80" + number(3) + info + mac_over(content, PASSWORD) + b"\0\0"
    (found,) = reading.contents(ber_file, "file")
    assert isinstance(found, type(of(Form.PKCS12, b"")))
    assert told(reading.opened(found, SECRET)) == [("part 1, bag 1", "", CERTIFICATE)]


# --- what lies in the open ---


def test_what_is_not_protected_is_shown_without_a_password() -> None:
    found = opened("open.p12", None)
    assert told(found) == BOTH
    assert all(isinstance(one, Piece) and one.remarks == (UNCHECKED,) for one in found)


def test_what_is_protected_beside_it_is_told() -> None:
    assert told(opened("halfopen.p12", None)) == [BOTH[0], ("entry tomcat", "PasswordNeeded", b"")]
    content = safe(certificate_bag(), bag(2, recorded("scrypt.p8")))
    assert told(read(content, None)) == [
        ("part 1, bag 1", "", CERTIFICATE),
        ("part 1, bag 2", "PasswordNeeded", b""),
    ]


# --- forged ---


def test_bags_of_every_kind() -> None:
    name = [alias("ein\x1b Name"), attribute("1.2.3", NULL)]
    content = safe(
        bag(1, KEY, *name),
        certificate_bag(),
        bag(6, sequence(certificate_bag())),
        certificate_bag(kind=4),
        bag(5, NULL),
        bag(9, NULL),
        certificate_bag(b"nothing"),
        certificate_bag(recorded("two.p7b")),
        bag(3, sequence()),
        bag(3, sequence(NULL, explicit(0, NULL))),
    )
    assert told(read(content)) == [
        (r"entry ein\1B Name", "ein\x1b Name", KEY),
        ("part 1, bag 2", "", CERTIFICATE),
        ("part 1, bag 3, bag 1", "", CERTIFICATE),
        ("part 1, bag 4", "", CERTIFICATE),
        ("part 1, bag 5", "UnsupportedContainer", b""),
        ("part 1, bag 6", "UnsupportedContainer", b""),
        ("part 1, bag 7", "Damaged", b""),
        ("part 1, bag 8", "Damaged", b""),
        ("part 1, bag 9", "ContainerUnreadable", b""),
        ("part 1, bag 10", "ContainerUnreadable", b""),
    ]


def test_a_revocation_list() -> None:
    (revoked,) = (one for one in opened("crl.p7b") if isinstance(one, Piece) and one.kind is Kind.REVOCATION_LIST)
    (found,) = read(safe(certificate_bag(revoked.der, kind=4)))
    assert isinstance(found, Piece)
    assert (found.kind, found.der) == (Kind.REVOCATION_LIST, revoked.der)


@pytest.mark.parametrize("attributes", [[attribute("1.2.840.113549.1.9.20")], [sequence(NULL)], [attribute("1.2.3")]])
def test_odd_attributes_are_no_alias(attributes: list[bytes]) -> None:
    (found,) = read(safe(bag(1, KEY, *attributes)))
    assert isinstance(found, Piece)
    assert found.label == ""


def test_a_key_with_a_password_of_its_own_is_told_beside_the_rest() -> None:
    content = safe(certificate_bag(), bag(2, recorded("scrypt.p8")))
    mac = mac_over(content, Password(WRONG))
    found = reading.opened(of(Form.PKCS12, pfx(content, mac)), WRONG)
    assert told(found) == [("part 1, bag 1", "", CERTIFICATE), ("part 1, bag 2", "WrongPassword", b"")]


def test_a_key_with_a_password_of_its_own_is_opened_with_that() -> None:
    content = safe(certificate_bag(), bag(2, recorded("scrypt.p8")))
    one = of(Form.PKCS12, pfx(content, mac_over(content, Password(WRONG))))
    found = reading.opened(one, WRONG, [Secret(b"nothing"), SECRET])
    assert told(found) == [("part 1, bag 1", "", CERTIFICATE), ("part 1, bag 2", "", KEY)]
    with pytest.raises(WrongPassword):
        reading.opened(one, SECRET, [WRONG])  # that of the whole comes first
    (_, locked) = reading.opened(one, WRONG, [Secret(b"nothing")])
    assert isinstance(locked, Unreadable)
    assert "may have a password of its own" in locked.problem.cause


def test_an_encrypted_part_with_a_password_of_its_own() -> None:
    """As openssl pkcs12 -export -twopass writes: one password for the MAC, another for what is in it."""
    (case,) = (one for one in answers.read() if one.file == "pkcs12-two-passwords.p12")
    one = of(Form.PKCS12, case.data)
    mac, encryption = Secret(answers.PASSWORD.encode()), Secret(answers.OTHER_PASSWORD.encode())
    assert all(isinstance(item, Piece) for item in reading.opened(one, mac, [encryption]))
    assert [type(item) for item in reading.opened(one, mac)] == [Unreadable, Unreadable]
    with pytest.raises(WrongPassword):
        reading.opened(one, encryption)


def test_an_empty_password_of_the_whole_and_another_of_the_key() -> None:
    content = safe(bag(2, recorded("scrypt.p8")))
    one = of(Form.PKCS12, pfx(content, mac_over(content, Password(Secret(b"")))))
    assert told(reading.opened(one, None, [SECRET])) == [("part 1, bag 1", "", KEY)]


def test_without_a_mac_several_passwords_are_tried_all_the_same() -> None:
    one = of(Form.PKCS12, pfx(safe(bag(2, recorded("scrypt.p8")), certificate_bag())))
    assert len(reading.opened(one, WRONG, [SECRET])) == 2
    with pytest.raises(WrongPassword):
        reading.opened(one, WRONG)


def test_parts_that_no_password_opens() -> None:
    enveloped = sequence(identifier("1.2.840.113549.1.7.3"), explicit(0, sequence()))
    broken = sequence(identifier("1.2.840.113549.1.7.6"), explicit(0, sequence(number(0), sequence(DATA))))
    content = sequence(enveloped, broken, data(sequence(certificate_bag())), sequence(DATA))
    with pytest.raises(ContainerUnreadable, match="integrity holds: a part of it has no content"):
        read(content)
    assert told(read(sequence(enveloped, broken, data(sequence(certificate_bag()))))) == [
        ("part 1", "UnsupportedContainer", b""),
        ("part 2", "ContainerUnreadable", b""),
        ("part 3, bag 1", "", CERTIFICATE),
    ]


def test_an_encrypted_part_in_pieces() -> None:
    scheme = recorded("scrypt.p8")
    described, hidden = der.whole_sequence(scheme)
    sealed_algorithm, ciphertext = scheme[described.start : described.end], der.content(scheme, hidden)
    for value in (explicit(0, octets(ciphertext[:16]) + octets(ciphertext[16:])), ber.written(0x80, ciphertext)):
        info = sequence(DATA, sealed_algorithm, value)
        part = sequence(identifier("1.2.840.113549.1.7.6"), explicit(0, sequence(number(0), info)))
        found = told(read(sequence(part)))
        assert found == [("part 1", "ContainerUnreadable", b"")]  # it opens: a key where bags belong


def test_nesting_is_bounded() -> None:
    inner = certificate_bag()
    for _ in range(9):
        inner = bag(6, sequence(inner))
    ((_, problem, _),) = told(read(safe(inner)))
    assert problem == "ContainerUnreadable"


@pytest.mark.parametrize(
    "content",
    [
        safe(
            bag(2, sequence(algorithm("1.2.840.113549.1.12.1.3", sequence(octets(b"s"), number(2**31))), octets(b"x")))
        ),
        sequence(
            sequence(
                identifier("1.2.840.113549.1.7.6"),
                explicit(
                    0,
                    sequence(
                        number(0),
                        sequence(
                            DATA,
                            algorithm("1.2.840.113549.1.12.1.3", sequence(octets(b"s"), number(2**31))),
                            ber.written(0x80, b"x"),
                        ),
                    ),
                ),
            )
        ),
    ],
)
def test_bombs_are_refused(content: bytes) -> None:
    with pytest.raises(TooManyRounds):
        read(content)


def test_a_bomb_in_the_mac_is_refused() -> None:
    content = safe(certificate_bag())
    info = sequence(algorithm("1.3.14.3.2.26", NULL), octets(b""))
    with pytest.raises(TooManyRounds):
        reading.opened(of(Form.PKCS12, pfx(content, sequence(info, octets(b"s"), number(2**31)))), SECRET)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (sequence(number(3)), "two or three values"),
        (sequence(number(3), sequence(DATA)), "no content"),
        (sequence(number(3), sequence(DATA, NULL)), "tag 0x05"),
        (pfx(octets(b"")), "tag 0x04"),
        (pfx(safe(certificate_bag()), sequence()), "MAC"),
    ],
)
def test_damage(content: bytes, words: str) -> None:
    with pytest.raises(ContainerUnreadable, match=words):
        reading.opened(of(Form.PKCS12, content), SECRET)


def test_a_part_with_a_damaged_bag_is_told() -> None:
    assert told(read(sequence(data(sequence(sequence(NULL)))))) == [("part 1", "ContainerUnreadable", b"")]


def test_protection_by_public_keys_is_refused() -> None:
    content = sequence(number(3), sequence(identifier("1.2.840.113549.1.7.2"), explicit(0, sequence())))
    with pytest.raises(UnsupportedContainer, match="public keys"):
        reading.opened(of(Form.PKCS12, content), SECRET)


def test_an_empty_one_says_so() -> None:
    (found,) = read(sequence())
    assert isinstance(found, Unreadable)
    assert "is empty" in str(found.problem)
