"""Several things in one file, and right things in the encodings that editors, mail and web pages make of them."""

from base64 import b64encode

from tests.corpus.answers import Refusal, Thing
from tests.corpus.containers import Chain
from tests.corpus.workshop import Workshop


def make(shop: Workshop) -> None:
    """All of them."""
    chain = Chain(shop)
    _several_things(shop, chain)
    _encodings(shop, chain)
    _wrappings(shop, chain)


def _several_things(shop: Workshop, chain: Chain) -> None:
    leaf, key = chain.leaf, chain.leaf.key
    certificates = [found.thing("PEM") for found in chain.certificates]
    texts = [found.pem for found in chain.certificates]
    private = key.thing("PEM")
    shop.keep("mixture-key-first.pem", key.pem + "".join(texts), "key, leaf, issuers", [private, *certificates])
    shop.keep("mixture-key-last.pem", "".join(texts) + key.pem, "leaf, issuers, key", [*certificates, private])
    between = texts[0] + key.pem + texts[1]
    shop.keep("mixture-key-between.pem", between, "leaf, key, issuer", [certificates[0], private, certificates[1]])
    request = shop.request("/CN=www.example", key)
    wanted = Thing("certificate request", ("PEM",), key.name, "CN=www.example", key.digest)
    shop.keep("mixture-request-and-key.pem", request.read_text() + key.pem, "request, key", [wanted, private])
    other = shop.key("rsa:2048")
    two = [private, other.thing("PEM")]
    shop.keep("mixture-two-keys.pem", key.pem + other.pem, "two keys", two)
    leaves = [shop.issue(f"/CN=host{number}.example", "ec:P-256") for number in range(3)]
    pieces = [found.thing("PEM") for found in leaves]
    shop.keep("mixture-three-leaves.pem", "".join(found.pem for found in leaves), "three leaves", pieces)
    strange = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQENBA==\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n"
    shop.keep("mixture-with-pgp.pem", leaf.pem + strange, "leaf, a PGP block", certificates[:1], [Refusal("", "PGP")])
    damaged = texts[1][:60] + "#" + texts[1][61:]
    shop.keep(
        "mixture-one-damaged.pem",
        texts[0] + damaged + texts[2],
        "the second of three with '#' in its base64",
        [certificates[0], certificates[2]],
        [Refusal("Damaged", "base64")],
    )


def _encodings(shop: Workshop, chain: Chain) -> None:
    text, leaf = chain.leaf.pem, chain.leaf
    for name, content, remark in (
        ("crlf", text.replace("\n", "\r\n").encode(), ""),
        ("cr", text.replace("\n", "\r").encode(), ""),
        ("bom", b"\xef\xbb\xbf" + text.encode(), "byte order mark"),
        ("utf-16-le", b"\xff\xfe" + text.encode("utf-16-le"), "UTF-16"),
        ("utf-16-be", b"\xfe\xff" + text.encode("utf-16-be"), "UTF-16"),
        ("no-final-newline", text.rstrip("\n").encode(), ""),
        ("blank-lines", text.replace("\n", "\n\n").encode(), ""),
        ("trailing-blanks", text.replace("\n", "  \n").encode(), ""),
        ("indented", "".join(f"    {line}\n" for line in text.splitlines()).encode(), ""),
        ("nul-at-end", text.encode() + b"\x00", "text"),
    ):
        shop.keep(f"encoding-{name}.pem", content, f"the leaf, {name}", [leaf.thing("PEM", remark=remark)])
    one_line = "".join(text.splitlines()[1:-1])
    framed = f"-----BEGIN CERTIFICATE-----\n{one_line}\n-----END CERTIFICATE-----\n"
    shop.keep("encoding-one-long-line.pem", framed, "base64 in one line", [leaf.thing("PEM")])
    der = shop.der(leaf.path)
    shop.keep("encoding-bare-base64.txt", b64encode(der), "base64 without BEGIN and END", [leaf.thing("bare base64")])
    wrapped = "\n".join(text.splitlines()[1:-1]) + "\n"
    shop.keep("encoding-bare-base64-lines.txt", wrapped, "the same in lines", [leaf.thing("bare base64")])
    everything = [found.thing("PEM") for found in chain.certificates]
    joined = "".join(found.pem.rstrip("\n") for found in chain.certificates)
    shop.keep("joined-without-newline.pem", joined, "cat of files without final newlines", everything)


def _wrappings(shop: Workshop, chain: Chain) -> None:
    text, leaf = chain.leaf.pem, chain.leaf
    around = leaf.thing("PEM", remark="text")
    shop.keep("around-mail.txt", f"Dear customer,\n\nyour certificate:\n\n{text}\nRegards\n", "a mail", [around])
    shop.keep("around-subject-lines.pem", f"subject=CN = a\nissuer=CN = b\n\n{text}", "as s_client has it", [around])
    page = f"<html><body><pre>\n{text}</pre></body></html>\n"
    shop.keep("around-html.html", page, "a web page with a certificate", [around])
    quoted = "".join(f"> {line}\n" for line in text.splitlines())
    shop.keep("around-quoted.txt", quoted, "quoted in a mail", (), [Refusal("Damaged")])
    escaped = '{"certificate": "' + text.replace("\n", "\\n") + '"}\n'
    in_json = leaf.thing("PEM", remark="\\n")
    shop.keep("around-json.json", escaped, "in JSON, with \\n for newlines", [in_json])
    dashes = text.replace("-----", "\u2014\u2014-")
    shop.keep("around-smart-dashes.txt", dashes, "dashes made pretty by a word processor", (), [Refusal("", "")])
    headers = text.replace("-----\n", "-----\nComment: made by hand\nX-Note: two\n\n", 1)
    shop.keep("around-headers.pem", headers, "RFC 1421 headers in the block", [leaf.thing("PEM")])
