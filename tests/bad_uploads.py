"""Uploads that must be refused, as data: what is wrong, the finding in process, and the AWS error over the wire.

    for upload in bad_uploads(datetime.now(UTC)): ...

Codes are recorded or documented unless a description says otherwise; messages are given where AWS's are recorded.
"""

from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from tests import bad_chains, bad_keys, forged
from tests.pki import NOW, chain_of, ec_key, public_key_pem, self_signed
from tests.uploads import MALFORMED, NOT_A_CERTIFICATE, VALIDATION, Scene, Upload

from sealstone.x509 import problems
from sealstone.x509.problems import X509Problem

CSR: Final = forged.pem(b"\x30\x03\x02\x01\x00", "CERTIFICATE REQUEST")


def bad_uploads(at: datetime = NOW) -> tuple[Upload, ...]:
    """All of them, for certificates that are valid at that time."""
    scene = Scene.around(at)
    return (
        *_no_pem(scene),
        *_other_blocks(scene),
        *_framing(scene),
        *_structure(scene),
        *_certificate_keys(scene),
        *_validity(scene),
        *bad_keys.uploads(scene),
        *bad_chains.uploads(scene),
    )


def _body(
    scene: Scene,
    id_: str,
    description: str,
    body: str,
    problem: type[X509Problem],
    *words: str,
    code: str = MALFORMED,
) -> Upload:
    """A certificate field that is refused, with a good key and no chain."""
    message = NOT_A_CERTIFICATE if code == MALFORMED else ""
    return Upload(
        id_, description, body, scene.leaf.private_key_pem, None, problem, code=code, message=message, words=words
    )


def _no_pem(scene: Scene) -> Iterator[Upload]:
    pem, der = scene.leaf.certificate_pem, scene.leaf.certificate_der
    not_pem = problems.NotPEM
    for id_, body in (
        ("file-name", "my-certificate.pem"),
        ("path", "/etc/ssl/certs/build.crt"),
        ("file-url", "file://Certificate.pem"),
    ):
        yield _body(scene, id_, "file:// was forgotten, or got lost (recorded)", body, not_pem, "file", "file://")
    yield _body(scene, "hello", "any text", "hello", not_pem, "no BEGIN line")
    yield _body(scene, "empty", "an empty field", "", not_pem, "empty", code=VALIDATION)
    yield _body(scene, "blank", "white space only", " \r\n\t ", not_pem, "empty or blank")
    yield _body(scene, "nul", "NUL within", pem.replace("MII", "\x00II"), not_pem, "not base64", code=VALIDATION)
    yield _body(scene, "not-latin-1", "typographic dashes", pem.replace("-----", "\u2014"), not_pem, code=VALIDATION)
    yield _body(scene, "der", "DER read as Latin-1", _printable(der), not_pem, "binary DER", "-inform DER")
    bare = b64encode(der).decode()
    yield _body(scene, "bare-base64", "base64 without BEGIN and END", bare, not_pem, "without its BEGIN")
    yield _body(scene, "web-page", "a log-in page instead of the file", "<!DOCTYPE html><p>", not_pem, "web page")
    yield _body(scene, "json", "the answer of an API", '{"certificate": "x"}', not_pem, "JSON")
    yield _body(scene, "ssh-key", "an SSH public key", "ssh-rsa AAAAB3NzaC1yc2E= me@here", not_pem, "SSH")
    yield _body(scene, "utf-16", "UTF-16 with its mark", "\u00ff\u00fe-\u00a0-", not_pem, "UTF-16")


def _printable(der: bytes) -> str:
    """As it passes the API's character rule: control characters lost on the way."""
    return "".join(character for character in der.decode("latin-1") if character >= " ")


def _other_blocks(scene: Scene) -> Iterator[Upload]:
    leaf, wrong = scene.leaf, problems.WrongBlock
    pem, key = leaf.certificate_pem, leaf.private_key_pem
    pkcs7 = forged.pem(b"\x30\x00", "PKCS7")
    yield _body(scene, "csr", "the request instead of the certificate", CSR, wrong, "signing request")
    yield _body(scene, "key-as-certificate", "fields swapped", key, wrong, "private key", "swapped")
    yield _body(scene, "public-key", "the public key", public_key_pem(leaf.key), wrong, "public key")
    yield _body(scene, "pkcs7", "a PKCS #7 bundle", pkcs7, wrong, "openssl pkcs7")
    yield _body(scene, "crl", "a revocation list", forged.pem(b"\x30\x00", "X509 CRL"), wrong, "revocation")
    trusted = pem.replace("CERTIFICATE", "TRUSTED CERTIFICATE")
    yield _body(scene, "trusted", "OpenSSL's own form", trusted, wrong, "only OpenSSL")
    old = pem.replace("CERTIFICATE", "X509 CERTIFICATE")
    yield _body(scene, "obsolete-label", "X509 CERTIFICATE", old, wrong, "obsolete")
    unknown = pem.replace("CERTIFICATE", "CERTIFICAT")
    yield _body(scene, "unknown-label", "no label that anybody knows", unknown, wrong, "not known")
    yield _body(scene, "certificate-and-key", "certificate and key in one file", pem + key, wrong, "private key")
    several = problems.SeveralCertificates
    yield _body(scene, "two-certificates", "leaf and issuer", chain_of([leaf, scene.lower]), several, "2 certificates")
    full = chain_of([leaf, *leaf.issuers])
    yield _body(scene, "full-chain", "the whole chain in the certificate field", full, several, "4 certificates")
    yield _body(scene, "same-twice", "the same certificate twice", pem * 2, several, "2 certificates")


def _framing(scene: Scene) -> Iterator[Upload]:
    pem, not_pem, around = scene.leaf.certificate_pem, problems.NotPEM, problems.TextAroundPEM
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    lines = pem.splitlines(keepends=True)
    yield _body(scene, "no-end", "cut off", pem.replace(end, ""), not_pem, "without its END")
    yield _body(scene, "no-begin", "the first line is missing", "".join(lines[1:]), not_pem, "BEGIN")
    yield _body(scene, "no-newlines", "line breaks lost", pem.replace("\n", " "), not_pem, "line breaks")
    literal = pem.replace("\n", "\\n")
    yield _body(scene, "escaped-newlines", "line breaks as backslash n", literal, not_pem, "two characters \\n")
    other_end = pem.replace(end, "-----END PRIVATE KEY-----")
    yield _body(scene, "ends-differ", "BEGIN and END differ", other_end, not_pem, "does not match")
    yield _body(scene, "four-hyphens", "a hyphen lost", pem[1:], not_pem)
    yield _body(
        scene, "header", "a header in the block", pem.replace(begin, f"{begin}\nComment: x\n"), not_pem, "a header"
    )
    yield _body(scene, "bad-base64", "a character of no base64", pem.replace("MII", "M*I", 1), not_pem, "not base64")
    missing = "".join([*lines[:3], lines[3][:-2] + "\n", *lines[4:]])
    yield _body(scene, "missing-character", "a character lost", missing, not_pem, "missing or too many")
    yield _body(scene, "empty-block", "nothing between BEGIN and END", f"{begin}\n{end}\n", not_pem, "empty")
    yield _body(scene, "bom", "a byte order mark", f"\u00ef\u00bb\u00bf{pem}", not_pem, "byte order mark")
    yield _body(
        scene,
        "text-before",
        "openssl -text output",
        f"Certificate:\n  Data:\n{pem}",
        around,
        "before",
        "openssl prints",
    )
    yield _body(scene, "text-after", "a remark behind it", f"{pem}# build server\n", around, "after", "several words")
    yield _body(scene, "many-begins", "500 BEGIN lines", f"{begin}\n" * 500, not_pem, "without its END")
    yield _body(scene, "hyphens", "nothing but hyphens", "-" * 16000, not_pem, "no BEGIN")
    damaged = "".join([*lines[:4], *lines[5:]])
    yield _body(scene, "missing-line", "a line lost", damaged, problems.NotCertificate, "cut short")


def _structure(scene: Scene) -> Iterator[Upload]:
    alone, wrong = scene.alone, problems.NotCertificate
    der = alone.certificate_der

    def changed(**fields: bytes) -> str:
        return forged.forged(alone, alone.key, **fields)

    constraints = forged.extension("551d13", b"\x30\x00")
    twice = forged.extensions(constraints, constraints)
    bad_time = forged.sequence(forged.tlv(0x17, b"261332250000Z"), forged.tlv(0x17, b"271101000000Z"))
    year_0 = forged.sequence(forged.tlv(0x18, b"00000101000000Z"), forged.tlv(0x18, b"20500101000000Z"))
    version_8 = forged.tlv(0xA0, forged.integer(7))
    yield _body(scene, "trailing-bytes", "bytes after the DER", forged.pem(der + b"\x00\x00"), wrong, "2 bytes follow")
    ber = b"\x30\x80" + der[4:] + b"\x00\x00"
    yield _body(scene, "ber", "indefinite length", forged.pem(ber), wrong, "BER")
    yield _body(scene, "cut-der", "DER cut", forged.pem(der[:-20]), wrong, "cut short")
    yield _body(scene, "other-der", "DER of something else", forged.pem(forged.sequence(forged.integer(1))), wrong)
    yield _body(scene, "no-der", "text as base64", forged.pem(b"hello, world, this is no DER at all"), wrong)
    yield _body(scene, "version-8", "a version that is none", changed(version=version_8), wrong, "RFC 5280")
    yield _body(scene, "extension-twice", "RFC 5280 4.2 (inferred)", changed(extensions=twice), wrong, "2.5.29.19")
    yield _body(scene, "month-13", "an impossible date", changed(validity=bad_time), wrong)
    yield _body(scene, "year-0", "a year that Python does not know", changed(validity=year_0), wrong)
    serial = forged.tlv(2, b"\x01" * 2000)
    yield _body(scene, "huge-serial", "2000 bytes (inferred)", changed(serial=serial), wrong, "serial")
    null = changed(signature=forged.ECDSA_SHA256_WITH_NULL)
    yield _body(scene, "ecdsa-with-null", "RFC 5758 3.2 (inferred)", null, wrong, "RFC 5758")
    two = forged.forged(alone, alone.key, inner_signature=forged.RSA_SHA256)
    yield _body(scene, "two-algorithms", "RFC 5280 4.1.1.2 (inferred)", two, wrong, "two signature algorithms")


def _certificate_keys(scene: Scene) -> Iterator[Upload]:
    alone, unsupported = scene.alone, problems.UnsupportedKey
    for id_, modulus, exponent, words in (
        ("modulus-20000", (1 << 19999) + 1, 65537, "20000"),
        ("modulus-even", 1 << 2047, 65537, "even modulus"),
        ("exponent-1", (1 << 2047) + 1, 1, "exponent"),
        ("exponent-even", (1 << 2047) + 1, 65536, "exponent"),
        ("exponent-huge", (1 << 2047) + 1, (1 << 2000) + 1, "exponent"),
    ):
        body = forged.forged(alone, alone.key, public_key=forged.rsa_public_key(modulus, exponent))
        yield _body(scene, id_, "numbers out of bounds (inferred)", body, unsupported, words)
    small = forged.forged(alone, alone.key, public_key=forged.rsa_public_key((1 << 511) + 1, 65537))
    yield _body(scene, "rsa-512", "too small (inferred)", small, unsupported, "RSA of 512 bits")
    off = forged.sequence(
        bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107"), forged.bits(b"\x04" + b"\x01" * 64)
    )
    off_curve = forged.forged(alone, alone.key, public_key=off)
    yield _body(scene, "point-off-curve", "no point of it", off_curve, problems.NotCertificate, "no EC P-256 key")
    explicit = forged.sequence(
        forged.sequence(bytes.fromhex("06072a8648ce3d0201"), forged.sequence(forged.integer(1))), forged.bits(b"\x04")
    )
    body = forged.forged(alone, alone.key, public_key=explicit)
    yield _body(scene, "explicit-curve", "explicit EC parameters", body, unsupported, "explicit curve")


def _validity(scene: Scene) -> Iterator[Upload]:
    for id_, before, after, problem, word in (
        ("expired", -400, -1, problems.Expired, "expired"),
        ("expired-long-ago", -9000, -8000, problems.Expired, "expired"),
        ("expired-an-hour-ago", -10, -1 / 24, problems.Expired, "expired"),
        ("not-yet-valid", 2, 300, problems.NotYetValid, "not valid before"),
        ("valid-in-an-hour", 1 / 24, 300, problems.NotYetValid, "not valid before"),
    ):
        leaf = self_signed("time.example.com", not_before=scene.day(before), not_after=scene.day(after), key=ec_key())
        yield Upload(
            id_,
            "not valid at the time of the upload (recorded; AWS's text is not)",
            leaf.certificate_pem,
            leaf.private_key_pem,
            None,
            problem,
            code=MALFORMED,
            words=(word, "UTC"),
        )
