"""AWS's words for what certificates say: names, usages, algorithms."""

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from tests.pki import Authority, Issued, ec_key, rsa_key, self_signed
from tests.rest_json import USAGES

from sealstone.model.certificate_detail import CertificateDetail
from sealstone.x509.description import CertificateDescription, describe
from sealstone.x509.details import detail_of
from sealstone.x509.material import Kind, Origin, Piece

O, CN, OU = x509.NameOID.ORGANIZATION_NAME, x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATIONAL_UNIT_NAME  # noqa: E741


def detail(issued: Issued) -> CertificateDetail:
    description = describe(Piece(Kind.CERTIFICATE, Origin(""), issued.certificate_der))
    assert isinstance(description, CertificateDescription)
    return detail_of(description)


def name(*attributes: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in attributes])


def of(**options: Any) -> CertificateDetail:
    return detail(self_signed("x", **options))


def test_the_common_name_comes_before_alternative_names() -> None:
    both = of(subject=name((O, "Example"), (CN, "cn.example")), alternative_names=["a.example", "b.example"])
    assert (both.domain_name, both.names) == ("cn.example", ("a.example", "b.example"))
    without = of(subject=name((O, "Example")), alternative_names=["a.example", "10.0.0.1"])
    assert (without.domain_name, without.names) == ("a.example", ("a.example", "10.0.0.1"))
    alone = of(subject=name((CN, "cn.example")), alternative_names=())
    assert alone.names == ("cn.example",)


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        (name((O, "A, B"), (OU, "C"), (CN, "d.example")), "O=A\\, B,OU=C,CN=d.example"),
        (name((O, "back\\slash"), (CN, "d")), "O=back\\\\slash,CN=d"),
        (name((O, "A + B"), (CN, 'quo"te')), 'O=A \\+ B,CN=quo\\"te'),
    ],
)
def test_a_subject_is_told_with_its_highest_part_first(subject: x509.Name, told: str) -> None:
    assert of(subject=subject).subject == told


@pytest.mark.parametrize(
    ("subject", "issuer"),
    [
        (name((O, "Example"), (CN, "Root")), "Example"),
        (name((CN, "Root")), "Root"),
        (name((OU, "Unit")), "OU=Unit"),
        (name((O, "a\nb"), (CN, "Root")), "a\\0Ab"),
    ],
)
def test_the_issuer_is_its_organization_where_there_is_one(subject: x509.Name, issuer: str) -> None:
    root = Authority("Root", subject=subject)
    assert detail(root.leaf("a.example")).issuer == issuer


def test_usages_have_aws_s_names() -> None:
    purposes = [
        *(f"1.3.6.1.5.5.7.3.{number}" for number in range(1, 10)),
        *("2.5.29.37.0", "1.3.6.1.5.5.7.3.17", "1.3.6.1.4.1.311.10.3.3", "2.16.840.1.113730.4.1", "1.2.3.4"),
    ]
    each = dict.fromkeys(USAGES, True)
    found = of(
        extensions=[
            x509.ExtendedKeyUsage([x509.ObjectIdentifier(purpose) for purpose in purposes]),
            x509.KeyUsage(**each),
        ]
    )
    assert found.extended_key_usages == tuple(
        zip(
            (
                *("TLS_WEB_SERVER_AUTHENTICATION", "TLS_WEB_CLIENT_AUTHENTICATION", "CODE_SIGNING"),
                *("EMAIL_PROTECTION", "IPSEC_END_SYSTEM", "IPSEC_TUNNEL", "IPSEC_USER", "TIME_STAMPING"),
                *("OCSP_SIGNING", "ANY", "CUSTOM", "CUSTOM", "CUSTOM", "CUSTOM"),
            ),
            purposes,
            strict=True,
        )
    )
    assert found.key_usages == (
        *("DIGITAL_SIGNATURE", "NON_REPUDIATION", "KEY_ENCIPHERMENT", "DATA_ENCIPHERMENT", "KEY_AGREEMENT"),
        *("CERTIFICATE_SIGNING", "CRL_SIGNING", "ENCIPHER_ONLY", "DECIPHER_ONLY"),
    )
    assert (of().key_usages, of().extended_key_usages) == ((), ())


@pytest.mark.parametrize(
    ("options", "key", "signature"),
    [
        ({"key": rsa_key()}, "RSA_2048", "SHA256WITHRSA"),
        ({"key": rsa_key(3072), "algorithm": hashes.SHA384()}, "RSA_3072", "SHA384WITHRSA"),
        ({"key": ec_key(), "algorithm": hashes.SHA512()}, "EC_prime256v1", "SHA512WITHECDSA"),
        ({"key": ec_key(ec.SECP521R1())}, "EC_secp521r1", "SHA256WITHECDSA"),
    ],
    ids=["RSA 2048", "RSA 3072", "P-256", "P-521"],
)
def test_algorithms_have_aws_s_names(options: dict[str, Any], key: str, signature: str) -> None:
    found = of(**options)
    assert (found.key_algorithm, found.signature_algorithm) == (key, signature)
