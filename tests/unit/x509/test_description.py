"""What is told of pieces of each kind: good ones, old ones, and those made to confuse (attacks X4, X5, X6)."""

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from hashlib import sha1, sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AttributeOID, ExtendedKeyUsageOID
from tests import forged
from tests.forged import ECDSA_SHA256, bits, integer, octets, sequence, tlv
from tests.pki import NOW, Authority, ec_key, named, rsa_key
from tests.weak_moduli import CLOSE, P

from sealstone.model.secret import Secret
from sealstone.x509.containers.problems import NotRecognised
from sealstone.x509.description import (
    NO_BEGIN,
    NO_END,
    CertificateDescription,
    KeyDescription,
    OtherDescription,
    RequestDescription,
    RevocationListDescription,
    describe,
)
from sealstone.x509.material import Kind, Origin, Piece, Unreadable
from sealstone.x509.weak_keys import CLOSE_PRIMES

ROOT = Authority("Root")
LEAF = ROOT.leaf("build.example.com")
ORIGIN = Origin("file")


def certificate(der: bytes) -> CertificateDescription:
    found = describe(Piece(Kind.CERTIFICATE, ORIGIN, der))
    assert isinstance(found, CertificateDescription)
    return found


def changed(**changes: bytes) -> CertificateDescription:
    """Another certificate like the leaf, with parts replaced."""
    pem = forged.forged(LEAF, ROOT.key, inner_signature=None, **changes)
    return certificate(b64decode("".join(pem.split("\n")[1:-2])))


def test_a_certificate() -> None:
    found = certificate(LEAF.certificate_der)
    info = LEAF.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert found.version == 3
    assert found.serial_number == LEAF.certificate.serial_number
    assert found.serial.replace(":", "") == f"{found.serial_number:010x}"
    assert (found.subject, found.issuer) == ("CN=build.example.com,O=Example", "CN=Root,O=Example")
    assert found.subject_name == LEAF.certificate.subject.public_bytes()
    assert found.issuer_name == ROOT.certificate.subject.public_bytes()
    assert (found.not_before, found.not_after) == (NOW - timedelta(days=30), NOW + timedelta(days=365))
    assert (found.key, found.key_bits, found.signature) == ("EC P-256", 256, "SHA-256 with ECDSA")
    assert found.fingerprint == sha256(LEAF.certificate_der).hexdigest()
    assert found.fingerprint_sha1 == sha1(LEAF.certificate_der).hexdigest()  # noqa: S324 - as shown
    assert found.public_key_fingerprint == sha256(info).hexdigest()
    assert found.key_info == info
    assert found.alternative_names == ("DNS:build.example.com",)
    assert (found.authority, found.path_length, found.faults) == (None, None, ())
    assert not found.is_self_issued
    assert certificate(ROOT.certificate_der).is_self_issued
    assert certificate(ROOT.certificate_der).authority is True


def test_extensions_are_told() -> None:
    extensions = [
        x509.KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=False,
            crl_sign=False,
            encipher_only=False,
            decipher_only=False,
        ),
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
        x509.SubjectKeyIdentifier(b"\x01"),
        x509.AuthorityKeyIdentifier(b"\x02", None, None),
        x509.InhibitAnyPolicy(0),
    ]
    found = certificate(ROOT.leaf("a.example", extensions=extensions).certificate_der)
    assert found.usages == ("digitalSignature",)
    assert found.extended_usages == ("serverAuth",)
    assert (found.key_identifier, found.authority_key_identifier) == ("01", "02")
    assert found.other_extensions == ("inhibitAnyPolicy",)


@pytest.mark.parametrize(
    ("number", "shown", "fault"),
    [
        (5, "05", ""),
        (0x8000, "80:00", ""),
        (0, "00", "its serial number is not positive"),
        (-5, "-05", "its serial number is not positive"),
        (2**159 - 1, "7f" + ":ff" * 19, ""),
        (2**160, "01" + ":00" * 20, "its serial number has 21 bytes, and 20 is the most"),
        (2**80_000, "01" + ":00" * 63 + "…", "its serial number has 10,001 bytes, and 20 is the most"),
    ],
    ids=["small", "two bytes", "zero", "negative", "longest", "too long", "10 kB"],
)
def test_serial_numbers(number: int, shown: str, fault: str) -> None:
    found = changed(serial=integer(number))
    assert (found.serial_number, found.serial) == (number, shown)
    assert found.faults == ((fault,) if fault else ())
    assert len(repr(found)) < 3000  # Python does not even print a number of 10 kB


@pytest.mark.parametrize(
    "dates",
    [
        sequence(tlv(0x18, b"00000101000000Z"), tlv(0x18, b"99991231235959Z")),
        sequence(tlv(0x17, b"260101000000Z")),
        sequence(integer(1), integer(2)),
        integer(1),
    ],
)
def test_dates_that_cannot_be_read_are_never_valid(dates: bytes) -> None:
    found = changed(validity=dates)
    assert (found.not_before, found.not_after) == (NO_BEGIN, NO_END)
    (fault,) = found.faults
    assert fault.startswith("its dates cannot be read: ")


def test_dates_at_the_edge_of_time() -> None:
    found = changed(validity=sequence(tlv(0x17, b"500101000000Z"), tlv(0x18, b"99991231235959Z")))
    assert found.not_before == datetime(1950, 1, 1, tzinfo=UTC)
    assert found.not_after == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert found.faults == ()
    backwards = changed(validity=sequence(tlv(0x17, b"260102000000Z"), tlv(0x17, b"260101000000Z")))
    assert backwards.faults == ("it ends before it begins",)


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        (forged.name(b"evil\x00.example"), "CN=evil\\00.example"),
        (forged.name("a\u202eb\x1b[31m".encode()), "CN=a\\E2\\80\\AEb\\1B[31m"),
        (forged.name(b"\xff\xfe"), "CN=#0c02fffe"),
        (forged.name(b"x" * 60_000), "CN=" + "x" * 60_000),
        (sequence(), "(an empty name)"),
        (integer(1), "#020101"),
    ],
)
def test_odd_names(subject: bytes, shown: str) -> None:
    found = changed(subject=subject)
    assert found.subject == shown
    assert found.subject_name == subject
    assert repr(found).isprintable()


@pytest.mark.parametrize(
    ("changes", "version", "faults"),
    [
        ({"version": b"", "extensions": b""}, 1, ()),
        ({"version": b""}, 1, ("it is of version 1 and has what only later versions have",)),
        ({"version": tlv(0xA0, integer(1))}, 2, ()),
        ({"version": tlv(0xA0, integer(8))}, 9, ("it is of version 9, and there are 1 to 3",)),
    ],
)
def test_versions(changes: dict[str, bytes], version: int, faults: tuple[str, ...]) -> None:
    found = changed(**changes)
    assert (found.version, found.faults) == (version, faults)


def test_an_extension_that_cannot_be_read_is_told_beside_the_others() -> None:
    usages = forged.extension("551d0f", tlv(3, b"\x07\x80"))
    found = changed(extensions=forged.extensions(forged.extension("551d13", octets(b"")), usages))
    assert found.usages == ("digitalSignature",)
    assert found.authority is None
    assert found.faults[0].startswith("the extension basicConstraints cannot be read")


# --- keys ---


def test_keys() -> None:
    private = describe(Piece(Kind.PRIVATE_KEY, ORIGIN, secret=Secret(LEAF.private_key_der)))
    info = LEAF.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    public = describe(Piece(Kind.PUBLIC_KEY, ORIGIN, info))
    for found in (private, public):
        assert isinstance(found, KeyDescription)
        assert (found.key, found.key_bits, found.faults) == ("EC P-256", 256, ())
        assert found.public_key_fingerprint == sha256(info).hexdigest()
    assert repr(LEAF.private_key_der)[2:40] not in repr(private)


def test_keys_that_protect_nothing_are_told_wherever_they_are() -> None:
    info = forged.rsa_public_key(CLOSE, 65537)
    found = changed(public_key=info)
    assert found.weaknesses == (CLOSE_PRIMES,)
    public = describe(Piece(Kind.PUBLIC_KEY, ORIGIN, info))
    halves = forged.RSANumbers(0, CLOSE, 65537, 1, P, CLOSE // P, 1, 1, 1)
    whole = forged.rsa_private_key(halves)
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    inner = b64decode("".join(whole.split("\n")[1:-2]))
    private = describe(Piece(Kind.PRIVATE_KEY, ORIGIN, secret=Secret(sequence(integer(0), algorithm, octets(inner)))))
    asked = sequence(integer(0), named("a").public_bytes(), info, tlv(0xA0, b""))
    request = describe(Piece(Kind.REQUEST, ORIGIN, sequence(asked, ECDSA_SHA256, bits(b""))))
    for one in (found, public, private, request):
        assert isinstance(one, CertificateDescription | KeyDescription | RequestDescription)
        assert one.faults == (CLOSE_PRIMES.clause,)


def test_a_key_without_a_public_half() -> None:
    data = sequence(integer(0), sequence(tlv(6, b"\x2a\x03")), octets(b""))
    found = describe(Piece(Kind.PRIVATE_KEY, ORIGIN, secret=Secret(data)))
    assert isinstance(found, KeyDescription)
    assert (found.key, found.public_key_fingerprint) == ("algorithm 1.2.3", "")
    assert found.faults == ("its public half cannot be computed here",)


# --- requests ---


def request(challenge: bytes | None = None) -> bytes:
    key = rsa_key()
    builder = x509.CertificateSigningRequestBuilder().subject_name(named("a.example"))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("a.example")]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    if challenge:
        builder = builder.add_attribute(AttributeOID.CHALLENGE_PASSWORD, challenge)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_a_request() -> None:
    found = describe(Piece(Kind.REQUEST, ORIGIN, request(b"open sesame")))
    assert isinstance(found, RequestDescription)
    assert (found.subject, found.names, found.authority) == ("CN=a.example,O=Example", ("DNS:a.example",), True)
    assert (found.key, found.key_bits, found.signature) == ("RSA 2048", 2048, "SHA-256 with RSA")
    assert found.signature_holds is True
    assert found.has_challenge_password
    assert found.faults == ()
    info = rsa_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert found.public_key_fingerprint == sha256(info).hexdigest()


def test_a_request_that_was_changed_or_cannot_be_checked() -> None:
    tampered = request().replace(b"a.example", b"b.example")
    found = describe(Piece(Kind.REQUEST, ORIGIN, tampered))
    assert isinstance(found, RequestDescription)
    assert found.signature_holds is False
    part, _, signature = forged.split(request())
    unknown = describe(Piece(Kind.REQUEST, ORIGIN, sequence(part, sequence(tlv(6, b"\x2a\x03")), signature)))
    assert isinstance(unknown, RequestDescription)
    assert unknown.signature_holds is None
    assert not unknown.has_challenge_password


# --- revocation lists ---

DATE = tlv(0x17, b"260101000000Z")


def revocation_list(*values: bytes) -> bytes:
    return sequence(sequence(*values), ECDSA_SHA256, bits(b""))


@pytest.mark.parametrize(
    ("version", "rest", "following", "count"),
    [
        (integer(1), (DATE, sequence(*[sequence(integer(1), DATE)] * 3)), datetime(2026, 1, 1, tzinfo=UTC), 3),
        (b"", (DATE,), datetime(2026, 1, 1, tzinfo=UTC), 0),
        (b"", (), None, 0),
        (integer(1), (sequence(sequence(integer(1), DATE)), tlv(0xA0, sequence())), None, 1),
    ],
)
def test_revocation_lists(version: bytes, rest: tuple[bytes, ...], following: datetime | None, count: int) -> None:
    data = revocation_list(version, ECDSA_SHA256, ROOT.certificate.subject.public_bytes(), DATE, *rest)
    found = describe(Piece(Kind.REVOCATION_LIST, ORIGIN, data))
    assert isinstance(found, RevocationListDescription)
    assert (found.issuer, found.signature) == ("CN=Root,O=Example", "SHA-256 with ECDSA")
    assert (found.this_update, found.next_update, found.count) == (datetime(2026, 1, 1, tzinfo=UTC), following, count)


# --- what is none of them ---


def test_what_could_not_be_read_keeps_its_problem() -> None:
    problem = NotRecognised("it is a cat", "give a certificate")
    found = describe(Unreadable(ORIGIN, problem))
    assert isinstance(found, OtherDescription)
    assert (found.what, found.reason, found.problem) == ("unreadable", "it is a cat", problem)


def test_parameters() -> None:
    found = describe(Piece(Kind.PARAMETERS, ORIGIN, b"\x06\x00"))
    assert isinstance(found, OtherDescription)
    assert (found.what, found.reason) == ("parameters", "")


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.PARAMETERS])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30\x80",
        sequence(),
        sequence(sequence(), ECDSA_SHA256, bits(b"")),
        revocation_list(integer(1), ECDSA_SHA256, sequence(), integer(1)),
        revocation_list(integer(1), sequence(), integer(1), *[sequence()] * 5),
    ],
)
def test_nothing_crashes(kind: Kind, data: bytes) -> None:
    found = describe(Piece(kind, ORIGIN, data, Secret(data)))
    assert isinstance(found, OtherDescription)
    assert found.what == kind
    assert found.reason


def test_a_private_key_without_content() -> None:
    found = describe(Piece(Kind.PRIVATE_KEY, ORIGIN))
    assert isinstance(found, OtherDescription)
    assert found.reason == "it has no content"


def test_keys_are_as_different_as_they_are() -> None:
    first, second = (
        describe(Piece(Kind.PRIVATE_KEY, ORIGIN, secret=Secret(ROOT.again(key=ec_key()).private_key_der)))
        for _ in range(2)
    )
    assert isinstance(first, KeyDescription)
    assert isinstance(second, KeyDescription)
    assert first.public_key_fingerprint != second.public_key_fingerprint
