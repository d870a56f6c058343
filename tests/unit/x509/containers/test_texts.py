"""Texts of any encoding, labels that lie, base64 without PEM, and what files hold instead."""

import base64

import pytest
from tests.pki import EC_PARAMETERS_PEM
from tests.unit.x509.containers.samples import CERTIFICATE, KEY, recorded, sequence

from sealstone.x509.containers import reading, texts
from sealstone.x509.material import Container, Form, Kind, Origin, Piece, Unreadable

CERT_PEM = recorded("cert.pem")
KEY_PEM = recorded("key.pem")
CRL_PEM = recorded("crl.pem")


def one(data: bytes) -> Piece:
    (found,) = reading.contents(data, "file")
    assert isinstance(found, Piece)
    return found


def why(data: bytes) -> str:
    (found,) = reading.contents(data, "file")
    assert isinstance(found, Unreadable)
    return str(found.problem)


def labelled(label: str, pem: bytes = CERT_PEM, old: str = "CERTIFICATE") -> bytes:
    return pem.replace(old.encode(), label.encode())


@pytest.mark.parametrize(
    ("data", "remarks"),
    [
        (CERT_PEM, ()),
        (CERT_PEM.replace(b"\n", b"\r\n"), ()),
        (CERT_PEM.replace(b"\n", b"\r"), ()),
        (b"\xef\xbb\xbf" + CERT_PEM, ("the text starts with a byte order mark",)),
        (CERT_PEM.decode().encode("utf-16"), ("the text is UTF-16",)),
        (b"\xfe\xff" + CERT_PEM.decode().encode("utf-16-be"), ("the text is UTF-16",)),
        (CERT_PEM.decode().encode("utf-16-le"), ("the text is UTF-16",)),
        (CERT_PEM.decode().encode("utf-16-be"), ("the text is UTF-16",)),
        ("schön\n".encode("latin-1") + CERT_PEM, ("text stands before its BEGIN line",)),
        (b"subject=/CN=x\n" + CERT_PEM, ("text stands before its BEGIN line",)),
    ],
)
def test_encodings(data: bytes, remarks: tuple[str, ...]) -> None:
    found = one(data)
    assert (found.kind, found.der, found.label, found.remarks) == (
        Kind.CERTIFICATE,
        CERTIFICATE,
        "CERTIFICATE",
        remarks,
    )
    assert found.origin == Origin("file", "", (Form.PEM,))


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (labelled("X509 CERTIFICATE"), Kind.CERTIFICATE, "obsolete"),
        (labelled("TRUSTED CERTIFICATE"), Kind.CERTIFICATE, "only OpenSSL"),
        (
            labelled("CERTIFICATE REQUEST"),
            Kind.CERTIFICATE,
            "its label is CERTIFICATE REQUEST, and it is a certificate",
        ),
        (labelled("SOMETHING"), Kind.CERTIFICATE, "its label is SOMETHING, and it is a certificate"),
        (labelled("PKCS7"), Kind.CERTIFICATE, "its label is PKCS7, and it is a certificate"),
        (labelled("PRIVATE KEY", CRL_PEM, "X509 CRL"), Kind.REVOCATION_LIST, "it is a certificate revocation list"),
    ],
)
def test_labels_that_lie_or_are_old(data: bytes, kind: Kind, words: str) -> None:
    found = one(data)
    assert found.kind is kind
    assert words in "; ".join(found.remarks)


def test_trust_settings_are_left_out() -> None:
    body = base64.encodebytes(CERTIFICATE + sequence(sequence()))
    found = one(b"-----BEGIN TRUSTED CERTIFICATE-----\n" + body + b"-----END TRUSTED CERTIFICATE-----\n")
    assert found.der == CERTIFICATE
    assert len(found.remarks) == 1


def test_a_key_behind_ec_parameters_says_so() -> None:
    parameters, key = reading.contents(EC_PARAMETERS_PEM.encode() + KEY_PEM, "file")
    assert isinstance(parameters, Piece)
    assert isinstance(key, Piece)
    assert (parameters.kind, parameters.origin.place) == (Kind.PARAMETERS, "block 1")
    assert (key.origin.place, key.remarks) == ("block 2", ("a block EC PARAMETERS stands before it",))
    assert key.secret
    assert key.secret.reveal() == KEY


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (CERT_PEM[:300], "the block CERTIFICATE cannot be read: it has no END line"),
        (b"-----BEGIN CERTIFICATE\n", "a block cannot be read: its BEGIN line"),
        (CERT_PEM.replace(b"M", b"!", 1), "line 2 after its BEGIN line is not base64"),
        (b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----", "the certificate cannot be read"),
        (b"-----BEGIN PGP MESSAGE-----\nAAAA\n-----END PGP MESSAGE-----", "the block PGP MESSAGE is not read here"),
        (b"-----BEGIN \x1b[31m-----\nAAAA\n-----END \x1b[31m-----", r"\1B"),
        (b"", "empty"),
        (b" \n", "empty"),
        (b"<html>", "web page"),
        (b'{"a": 1}', "JSON"),
        (b"PuTTY-User-Key-File-2: ssh-rsa", "puttygen"),
        (b"---- BEGIN SSH2 PUBLIC KEY ----", "SSH public key"),
        (b"hello", "nothing that is known here"),
        (b"AAAA", "nothing that is known here"),
        (b"AAA", "nothing that is known here"),
        ("ä".encode() * 40, "nothing that is known here"),
    ],
)
def test_what_cannot_be_read_is_said(data: bytes, words: str) -> None:
    assert words in why(data) or words in why(data).replace("line 1", "line 2")


def test_base64_on_its_own() -> None:
    found = one(base64.encodebytes(CERTIFICATE))
    assert (found.der, found.remarks) == (CERTIFICATE, ("it has no BEGIN and END lines",))
    assert found.origin.forms == (Form.BASE64,)


def test_base64_of_pem() -> None:
    """As Kubernetes keeps it in a Secret."""
    found = one(base64.b64encode(CERT_PEM))
    assert (found.der, found.remarks) == (CERTIFICATE, ("the PEM text is written in base64 again",))
    assert found.origin.forms == (Form.BASE64, Form.PEM)


def test_base64_of_a_container() -> None:
    (found,) = reading.contents(base64.b64encode(recorded("modern.p12")), "file")
    assert isinstance(found, Container)
    assert found.origin.forms == (Form.BASE64, Form.PKCS12)


@pytest.mark.parametrize(("label", "name"), [("PKCS7", "two.p7b"), ("CMS", "stream.p7m"), ("PKCS12", "modern.p12")])
def test_containers_in_pem(label: str, name: str) -> None:
    body = base64.encodebytes(recorded(name)).decode()
    (found,) = reading.contents(f"-----BEGIN {label}-----\n{body}-----END {label}-----\n".encode(), "file")
    assert isinstance(found, Container)
    assert found.data == recorded(name)
    assert found.origin.forms[0] is Form.PEM


def test_a_byte_order_mark_before_a_container_is_not_told() -> None:
    (found,) = reading.contents(b"\xef\xbb\xbf" + recorded("aes-128-cbc.pem"), "file")
    assert isinstance(found, Container)
    assert found.data.startswith(b"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n")
    assert found.data.endswith(b"-----END EC PRIVATE KEY-----\n")


def test_a_flood_of_blocks_is_stopped() -> None:
    found = texts.contents(b"-----BEGIN CERTIFICATE-----\n" * 100_000, Origin("file"))
    assert len(found) == 1001
    last = found[-1]
    assert isinstance(last, Unreadable)
    assert "more than 1,000" in str(last.problem)


def test_a_label_is_never_shown_raw() -> None:
    found = one(labelled("X\x1b[31m"))
    assert "\x1b" not in "".join(found.remarks)
