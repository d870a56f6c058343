"""Uploads that must be accepted: each row of what AWS is recorded to accept, and the variations of them.

Sources are in the descriptions: recorded, documented, or inferred.
"""

from collections.abc import Iterator
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from tests import forged, pki
from tests.pki import NOW, chain_of, ec_key, rsa_key, self_signed
from tests.uploads import Scene, Upload


def good_uploads(at: datetime = NOW) -> tuple[Upload, ...]:
    """All of them, for certificates that are valid at that time."""
    scene = Scene.around(at)
    return (*_keys(scene), *_chains(scene), *_certificates(scene), *_texts(scene))


def _keys(scene: Scene) -> Iterator[Upload]:
    body, leaf = scene.rsa_leaf.certificate_pem, scene.leaf
    yield Upload("rsa-pkcs1", "RSA key as PKCS #1 (recorded)", body, scene.rsa_leaf.traditional_private_key_pem)
    yield Upload("rsa-pkcs8", "RSA key as PKCS #8 (recorded 2026)", body, scene.rsa_leaf.private_key_pem)
    for bits in (1024, 3072):
        small = self_signed("small.example.com", key=rsa_key(bits), valid_at=scene.at)
        description = f"RSA of {bits} bits (1024: recorded, 3072: inferred)"
        yield Upload(f"rsa-{bits}", description, small.certificate_pem, small.traditional_private_key_pem)
    yield Upload(
        "ec-sec1",
        "EC key as SEC 1 without parameters (documented)",
        leaf.certificate_pem,
        leaf.traditional_private_key_pem,
    )
    yield Upload("ec-pkcs8", "EC key as PKCS #8 (inferred)", leaf.certificate_pem, leaf.private_key_pem)
    curves: tuple[ec.EllipticCurve, ...] = (ec.SECP384R1(), ec.SECP521R1())
    for curve in curves:
        other = self_signed("curve.example.com", key=ec_key(curve), valid_at=scene.at)
        yield Upload(f"ec-{curve.name}", f"EC on {curve.name} (inferred)", other.certificate_pem, other.private_key_pem)


def _chains(scene: Scene) -> Iterator[Upload]:
    body, key = scene.leaf.certificate_pem, scene.leaf.private_key_pem
    below_root = scene.root.leaf("direct.example.com")
    alone = scene.alone
    odd_root = forged.forged(scene.root, scene.root.key, serial=forged.integer(0))
    yield Upload("no-chain", "issued by an authority, no chain given (recorded)", body, key)
    yield Upload("whole-chain", "intermediates and root, in order (documented)", body, key, scene.leaf.chain_pem)
    yield Upload("chain-without-root", "intermediates only (recorded)", body, key, scene.leaf.chain_without_root_pem)
    yield Upload("first-link-only", "the direct issuer only (recorded)", body, key, scene.lower.certificate_pem)
    yield Upload(
        "root-only",
        "chain of the root that signed it (recorded)",
        below_root.certificate_pem,
        below_root.private_key_pem,
        below_root.chain_pem,
    )
    yield Upload(
        "its-own-chain",
        "self-signed, given as its own chain (recorded)",
        alone.certificate_pem,
        alone.private_key_pem,
        alone.certificate_pem,
    )
    server = self_signed("server.example.com", is_authority=False, valid_at=scene.at)
    yield Upload(
        "its-own-chain-ca-false",
        "the same with CA:FALSE (inferred)",
        server.certificate_pem,
        server.private_key_pem,
        server.certificate_pem,
    )
    yield Upload(
        "root-with-serial-0",
        "roots of the last century have serial number 0 (inferred)",
        body,
        key,
        chain_of([scene.lower, scene.upper]) + odd_root,
    )
    old = scene.root.authority("Old", not_before=scene.day(-900), not_after=scene.day(-1))
    below_old = old.leaf("old.example.com", valid_at=scene.at)
    yield Upload(
        "expired-issuer",
        "validity is asked of the certificate, not of its issuers (inferred)",
        below_old.certificate_pem,
        below_old.private_key_pem,
        below_old.chain_pem,
    )
    unmarked = pki.Authority("Unmarked Root", is_authority=None, valid_at=scene.at)
    below = unmarked.leaf("unmarked.example.com")
    yield Upload(
        "issuer-without-basic-constraints",
        "absent BasicConstraints say nothing (inferred)",
        below.certificate_pem,
        below.private_key_pem,
        below.chain_pem,
    )


def _certificates(scene: Scene) -> Iterator[Upload]:
    root, alone = scene.root, scene.alone
    yield Upload("self-signed", "self-signed, no chain (documented)", alone.certificate_pem, alone.private_key_pem)
    yield Upload("authority-as-leaf", "self-signed with CA:TRUE (recorded)", root.certificate_pem, root.private_key_pem)
    plain = self_signed("only-cn.example.com", alternative_names=(), valid_at=scene.at)
    yield Upload("only-cn", "no subjectAltName (recorded)", plain.certificate_pem, plain.private_key_pem)
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    signer = self_signed("signer.example.com", extensions=[usage], valid_at=scene.at)
    yield Upload(
        "key-cert-sign-as-leaf",
        "keyCertSign and cRLSign without BasicConstraints (recorded)",
        signer.certificate_pem,
        signer.private_key_pem,
    )
    yield Upload(
        "version-1",
        "version 1, as the Elastic Load Balancing document has it made (documented)",
        forged.version_1(alone, alone.key),
        alone.private_key_pem,
    )
    for number in (0, -(2**70)):
        odd = forged.forged(alone, alone.key, serial=forged.integer(number))
        yield Upload(
            f"serial-{number}-its-own-chain",
            "serial number not positive, the link proven over the original bytes (inferred)",
            odd,
            alone.private_key_pem,
            odd,
        )
    old = forged.forged(scene.rsa_leaf, rsa_key(), signature=forged.RSA_SHA1)
    yield Upload(
        "sha-1-without-chain", "no chain, so no signature to prove (inferred)", old, scene.rsa_leaf.private_key_pem
    )


def _texts(scene: Scene) -> Iterator[Upload]:
    leaf = scene.leaf
    body, key, chain = leaf.certificate_pem, leaf.private_key_pem, leaf.chain_pem
    for id_, end in (("crlf", "\r\n"), ("cr", "\r")):
        other = [text.replace("\n", end) for text in (body, key, chain)]
        yield Upload(id_, "line ends other than LF (CRLF: recorded)", other[0], other[1], other[2])
    yield Upload("trailing-newlines", "white space around (recorded)", f"\n{body}\n\n", f" {key}\n", f"\n{chain}\t\n")
    yield Upload("no-final-newline", "no line break at the end", body.strip(), key.strip(), chain.strip())
    blank_lines = "\n\n".join(certificate.certificate_pem for certificate in leaf.issuers)
    yield Upload("blank-lines-between", "blank lines in the chain (inferred)", body, key, blank_lines)
    flat = (
        body.replace("\n", "").replace("CERTIFICATE-----MII", "CERTIFICATE-----\nMII").replace("-----END", "\n-----END")
    )
    yield Upload("one-long-line", "base64 in one line (inferred)", flat, key)
    yield Upload("blanks-at-line-ends", "blanks before line breaks (inferred)", body.replace("\n", " \n"), key)
