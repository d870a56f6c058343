"""Files that are broken, cut, or something else altogether: each must be refused with a cause, or read as it stands."""

import gzip
import io
import zipfile
from collections.abc import Iterator

from tests.corpus.answers import FILES, PASSWORD, Refusal, Thing
from tests.corpus.containers import Chain
from tests.corpus.workshop import Workshop


def make(shop: Workshop) -> None:
    """All of them; the last kinds are changed copies of files that are in the corpus already."""
    chain = Chain(shop)
    _nothing(shop)
    _something_else(shop)
    _framing(shop, chain)
    _framing_that_is_forgiven(shop, chain)
    _der(shop, chain)
    _containers(shop)
    _keys(shop)


def _nothing(shop: Workshop) -> None:
    shop.keep("empty.pem", b"", "no byte", (), [Refusal("", "empty")])
    shop.keep("blank.pem", b" \n\t\r\n\n", "white space", (), [Refusal("", "empty")])
    shop.keep("nul.bin", bytes(100), "100 zero bytes", (), [Refusal("", "")])


def _something_else(shop: Workshop) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr(zipfile.ZipInfo("certificate.pem"), "hello")
    for name, content in (
        ("page.html", b"<!DOCTYPE html>\n<html><head><title>403 Forbidden</title></head></html>\n"),
        ("archive.zip", archive.getvalue()),
        ("archive.gz", gzip.compress(b"hello", mtime=0)),
        ("image.png", bytes.fromhex("89504e470d0a1a0a0000000d49484452")),
        ("document.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
        ("text.txt", "Grüße, this is no certificate.\n".encode()),
        ("path.txt", b"file://Certificate.pem\n"),
        ("program.elf", b"\x7fELF\x02\x01\x01" + bytes(9)),
        ("noise.bin", bytes((number * 167 + 13) % 251 for number in range(500))),
        ("json.json", b'{"Certificate": null}\n'),
        ("sequence-of-nothing.der", b"\x30\x00"),
        ("huge-length.der", b"\x30\x84\x7f\xff\xff\xff" + bytes(20)),
        ("deep.der", b"\x30\x80" * 200),
    ):
        shop.keep(f"other-{name}", content, "made by hand", (), [Refusal("", "")])


def _framing(shop: Workshop, chain: Chain) -> None:
    text = chain.leaf.pem
    lines = text.splitlines(keepends=True)
    for name, content, word in (
        ("no-end", "".join(lines[:-1]), "END"),
        ("no-begin", "".join(lines[1:]), ""),
        ("begin-only", lines[0], "END"),
        ("end-only", lines[-1], ""),
        ("empty-block", lines[0] + lines[-1], "empty"),
        ("not-base64", text.replace(lines[3], "?" + lines[3][1:]), "base64"),
        ("missing-characters", text.replace(lines[3], lines[3][2:]), ""),
        ("line-missing", "".join(lines[:3] + lines[4:]), ""),
        ("cut-in-the-middle", text[: len(text) // 2], "END"),
        ("four-dashes", text.replace("-----BEGIN", "----BEGIN"), ""),
        ("lower-case", text.replace("BEGIN CERTIFICATE", "begin certificate"), ""),
    ):
        shop.keep(f"damaged-{name}.pem", content, f"the leaf, {name}", (), [Refusal("", word)])


def _framing_that_is_forgiven(shop: Workshop, chain: Chain) -> None:
    """What OpenSSL refuses, or reads otherwise, and what is no danger to read: it is written anew anyway."""
    text = chain.leaf.pem
    lines = text.splitlines(keepends=True)
    leaf = chain.leaf
    other_end = text.replace("END CERTIFICATE", "END PRIVATE KEY")
    shop.keep("damaged-other-end.pem", other_end, "another END line", [leaf.thing("PEM", remark="END line")])
    inner, cut = leaf.thing("PEM", remark="text"), Refusal("Damaged", "END")
    shop.keep("damaged-nested.pem", lines[0] + text + lines[-1], "a block in a block", [inner], [cut])
    # Padding where RFC 4648 section 4 has none: OpenSSL refuses it, some readers of base64 do not.
    whole = next(found for found in _leaves(shop) if "=" not in found)
    padded = whole.replace("\n-----END", "\n====\n-----END")
    refusal = [Refusal("Damaged", "base64")]
    shop.keep("damaged-padding-added.pem", padded, "padding behind whole quartets", (), refusal)


def _leaves(shop: Workshop) -> Iterator[str]:
    """Certificates until one has the length that is wanted: that of a signature varies."""
    while True:
        yield shop.issue("/CN=padded.example", "ec:P-256").pem


def _der(shop: Workshop, chain: Chain) -> None:
    der = shop.der(chain.leaf.path)
    # The same value with an indefinite length (BER, X.690 8.1.3.6), which RFC 5280 4.1 does not allow.
    ber = b"\x30\x80" + der[4:] + b"\x00\x00"
    for name, content, word in (
        ("cut", der[:-20], "cut"),
        ("half", der[: len(der) // 2], "cut"),
        ("ber", ber, "BER"),
        ("wrong-tag", b"\x31" + der[1:], ""),
    ):
        shop.keep(f"damaged-{name}.der", content, f"the leaf, {name}", (), [Refusal("", word)])
    flipped = bytearray(der)
    # What follows is a certificate as far as its structure goes; what it lacks is told by its description.
    for name, content in (
        ("version-9", der.replace(bytes.fromhex("a003020102"), bytes.fromhex("a003020108"), 1)),
        ("empty-signature", _emptied(der)),
    ):
        thing = Thing("certificate", ("DER",), chain.leaf.key.name, chain.leaf.subject, shop.digest(content))
        shop.keep(f"damaged-{name}.der", content, f"the leaf, {name}", [thing])
    flipped[-3] ^= 1
    path = shop.write(shop.run("openssl x509 -inform DER", bytes(flipped)))
    found = shop.certificate(path, chain.leaf.subject, chain.leaf.key)
    more = chain.leaf.thing("DER", remark="follow")
    shop.keep("damaged-trailing-bytes.der", der + b"\x00\x01\x02", "three bytes behind it", [more])
    # A certificate all the same: that its signature is wrong is seen only beside its issuer.
    shop.keep("damaged-signature.der", bytes(flipped), "a bit of the signature flipped", [found.thing("DER")])
    two = der + shop.der(chain.root.path)
    things = [chain.leaf.thing("DER"), chain.root.thing("DER")]
    shop.keep("two-in-one.der", two, "two DER certificates in one file, as some tools write them", things)


def _emptied(der: bytes) -> bytes:
    """The certificate with a signature of no bits, its outer length made right."""
    at = der.rindex(b"\x03", 0, len(der) - 60)
    while der[at + 1] != len(der) - at - 2:
        at = der.rindex(b"\x03", 0, at)
    body = der[4:at] + b"\x03\x01\x00"
    return b"\x30\x82" + len(body).to_bytes(2, "big") + body


def _containers(shop: Workshop) -> None:
    for file in (
        "pkcs12-modern.p12",
        "pkcs12-no-encryption.p12",
        "pkcs7-three.p7b",
        "keystore-jks.jks",
        "keystore-jceks.jks",
    ):
        data = (FILES / file).read_bytes()
        middle = bytearray(data)
        middle[len(data) // 2] ^= 1
        stem, _, suffix = file.rpartition(".")
        password = None if "pkcs7" in file else PASSWORD
        cut = data[: len(data) * 2 // 3]
        shop.keep(
            f"damaged-{stem}-cut.{suffix}", cut, f"{file}, the last third cut off", (), [Refusal("", "")], password
        )
        if "pkcs7" not in file:
            made = f"{file}, a bit in the middle flipped"
            shop.keep(f"damaged-{stem}-flipped.{suffix}", bytes(middle), made, (), [Refusal("", "")], password)
    for file in ("encrypted-pbes2-aes256.der", "encrypted-scrypt.der"):
        changed = bytearray((FILES / file).read_bytes())
        changed[-1] ^= 1
        made = f"{file}, the last bit flipped"
        refusal = [Refusal("WrongPassword", "password")]
        shop.keep(f"damaged-{file}", bytes(changed), made, (), refusal, PASSWORD)
    data = (FILES / "openssh-ed25519.pem").read_bytes()
    lines = data.splitlines(keepends=True)
    cut_text = b"".join([*lines[:-3], lines[-1]])
    shop.keep("damaged-openssh.pem", cut_text, "openssh-ed25519.pem without its last lines", (), [Refusal("", "")])


def _keys(shop: Workshop) -> None:
    der = bytearray((FILES / "key-rsa-2048.der").read_bytes())
    der[len(der) // 2 + 100] ^= 1  # in one of the primes
    # OpenSSL reads it without a word, until `pkey -check` multiplies its primes.
    refusal = [Refusal("Damaged", "prime")]
    shop.keep("damaged-key-rsa.der", bytes(der), "a bit of a prime flipped", (), refusal)
    der = bytearray((FILES / "key-ec-p-256.der").read_bytes())
    der[-1] ^= 1  # in the public half
    refusal = [Refusal("Damaged", "")]
    shop.keep("damaged-key-ec.der", bytes(der), "a bit of the public half flipped", (), refusal)
    whole = (FILES / "key-rsa-2048.der").read_bytes()
    shop.keep("damaged-key-cut.der", whole[:-30], "the end cut off", (), [Refusal("", "cut")])
    key = shop.key("ec:P-256")
    label = key.pem.replace("PRIVATE KEY", "CERTIFICATE")
    thing = key.thing("PEM", remark="label")
    shop.keep("damaged-key-as-certificate.pem", label, "a key under the label CERTIFICATE", [thing])
    certificate = shop.issue("/CN=mislabelled.example", "ec:P-256")
    label = certificate.pem.replace("CERTIFICATE", "PRIVATE KEY")
    thing = certificate.thing("PEM", remark="label")
    shop.keep("damaged-certificate-as-key.pem", label, "a certificate under the label PRIVATE KEY", [thing])
