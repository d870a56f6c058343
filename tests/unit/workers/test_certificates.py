"""Keys of certificates in use: opened once for what they are bound to, told of when they cannot be read or opened."""

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID
from tests.house_fixture import Chance
from tests.pki import self_signed
from tests.unit.model.test_certificate import ONE

from sealstone.model.secret import Secret
from sealstone.seal.envelope import Keyring, MasterKeys
from sealstone.store.served_certificates import Servable, ServedCertificate
from sealstone.workers.certificates import Certificates

RING = Keyring(MasterKeys({"00" * 8: Secret(bytes(32))}, "00" * 8), Chance())
LEAF = self_signed("WWW.example.com")
IMPORTED = Servable(ONE.account_id, ONE.unique_id, ONE.arn, ONE.name, ONE.bound_to, LEAF.certificate_pem, None, "00")
UPLOADED = Servable("1", "ASCA1", "arn:site", "site", "server-certificate|1", LEAF.certificate_pem, None, "00")


def served(certificate: Servable) -> ServedCertificate:
    return ServedCertificate(certificate, RING.seal(Secret(b"key"), bound_to=certificate.bound_to))


def test_a_key_is_opened_once_for_each_version() -> None:
    keeping = Certificates(RING)
    first, _ = keeping.of([served(IMPORTED), served(UPLOADED)])
    again, _ = keeping.of([served(IMPORTED), served(UPLOADED)])
    assert all(again[name] is first[name] for name in ("x-1", "ASCA1"))
    assert first["x-1"].certificate.names == ("www.example.com",)
    anew, faults = keeping.of([served(replace(IMPORTED, bound_to="another", certificate_chain="chain"))])
    assert anew.keys() == {"x-1"}
    assert anew["x-1"].certificate.chain == "chain"
    assert faults == {}


def test_a_key_that_does_not_open_is_told_and_keeps_nobody_waiting() -> None:
    wrong = ServedCertificate(IMPORTED, RING.seal(Secret(b"key"), bound_to="elsewhere"))
    opened, faults = Certificates(RING).of([wrong, served(UPLOADED)])
    assert opened.keys() == {"ASCA1"}
    assert faults["x-1"].startswith(f"the private key of {IMPORTED.arn} cannot be opened")


@pytest.mark.parametrize(
    "body",
    [
        "no PEM at all",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
    ],
)
def test_a_certificate_that_cannot_be_read_is_told_and_keeps_nobody_waiting(body: str) -> None:
    opened, faults = Certificates(RING).of([served(replace(IMPORTED, certificate_body=body)), served(UPLOADED)])
    assert opened.keys() == {"ASCA1"}
    assert faults["x-1"].startswith(f"the certificate {IMPORTED.arn} cannot be read: ")


def test_a_certificate_whose_names_cannot_be_read_is_served_without() -> None:
    garbled = x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, b"garbage")
    leaf = self_signed("www.example.com", alternative_names=(), extensions=[garbled])
    opened, faults = Certificates(RING).of([served(replace(IMPORTED, certificate_body=leaf.certificate_pem))])
    assert opened["x-1"].certificate.names == ()
    assert faults == {}
