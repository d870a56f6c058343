"""The other direction: each form read back, by this project and by `cryptography`."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key, pkcs7, pkcs12
from tests.pki import NOW, PASSWORD, Authority, Leaf
from tests.submissions import items_of

from sealstone.model.secret import Secret
from sealstone.x509.conversion import NoPrivateKey, gathered
from sealstone.x509.packaging import PACKAGES, Files

ROOT = Authority("Example Root", valid_at=NOW)
LOWER = ROOT.authority("Example Lower")
LEAF = LOWER.leaf("build.example.com")
TRIPLE_DES = bytes.fromhex("2a864886f70d010c0103")  # pbeWithSHAAnd3-KeyTripleDES-CBC, RFC 7292 appendix C


def packed(form: str, *, leaf: Leaf = LEAF, with_key: bool = True, with_root: bool = False) -> Files:
    texts = leaf.chain_pem + leaf.certificate_pem + (leaf.private_key_pem if with_key else "")
    found = gathered(items_of(texts.encode(), "all.pem"), at=NOW, key_needed=with_key)
    return PACKAGES[form].make(found, with_root, Secret(PASSWORD.encode()))


def only(files: Files, name: str) -> bytes:
    """The one file; a private one is a Secret."""
    assert list(files) == [name]
    return content(files, name)


def content(files: Files, name: str) -> bytes:
    found = files[name]
    return found.reveal() if isinstance(found, Secret) else found


@pytest.mark.parametrize(("form", "name"), [("pkcs12", "CertificateBundle.p12"), ("java", "Keystore.p12")])
@pytest.mark.parametrize("with_root", [False, True])
def test_keystores(form: str, name: str, with_root: bool) -> None:
    files = packed(form, with_root=with_root)
    assert isinstance(files[name], Secret)
    assert (TRIPLE_DES in only(files, name)) is (form == "java"), "Java 8 knows no AES here"
    store = pkcs12.load_pkcs12(only(files, name), PASSWORD.encode())
    assert store.cert is not None
    assert store.cert.certificate == LEAF.certificate
    assert store.cert.friendly_name == b"build.example.com"
    assert {other.certificate for other in store.additional_certs} == {
        issuer.certificate for issuer in LEAF.issuers[: 2 if with_root else 1]
    }
    assert store.key is not None
    assert store.key.public_key() == LEAF.key.public_key()


def test_pkcs7_is_pem_and_needs_no_key() -> None:
    data = only(packed("pkcs7", with_key=False), "CertificateBundle.p7b")
    assert set(pkcs7.load_pem_pkcs7_certificates(data)) == {LEAF.certificate, LOWER.certificate}
    assert not PACKAGES["pkcs7"].key_needed


def test_der_is_one_file_each() -> None:
    files = packed("der", with_root=True)
    assert list(files) == ["Certificate.der", "CertificateChain-1.der", "CertificateChain-2.der", "PrivateKey.der"]
    assert x509.load_der_x509_certificate(content(files, "Certificate.der")) == LEAF.certificate
    assert content(files, "CertificateChain-2.der") == ROOT.certificate_der
    assert isinstance(files["PrivateKey.der"], Secret)
    key = load_der_private_key(content(files, "PrivateKey.der"), None)
    assert key.public_key() == LEAF.key.public_key()
    assert list(packed("der", with_key=False)) == ["Certificate.der", "CertificateChain-1.der"]


def test_haproxy_wants_all_in_one() -> None:
    files = packed("haproxy")
    text = only(files, "haproxy.pem").decode()
    assert isinstance(files["haproxy.pem"], Secret)
    assert text == LEAF.certificate_pem + LOWER.certificate_pem + LEAF.private_key_pem


def test_nginx_wants_two() -> None:
    files = packed("nginx")
    assert content(files, "nginx.crt").decode() == LEAF.certificate_pem + LOWER.certificate_pem
    assert isinstance(files["nginx.key"], Secret)
    assert load_pem_private_key(content(files, "nginx.key"), None).public_key() == LEAF.key.public_key()


@pytest.mark.parametrize("form", [form for form, package in PACKAGES.items() if package.key_needed])
def test_a_form_that_holds_the_key_is_not_made_without_it(form: str) -> None:
    with pytest.raises(NoPrivateKey):
        packed(form, with_key=False)
