"""What people send where PEM belongs, told apart, so that the cure is the right one: the common mistakes of framing.

Words only; nothing here decides whether something is accepted. Of what is no PEM nothing is repeated but names of
files that end as such do and have no sign that URLs and settings have: it may be a password, sent by mistake. Of a
private key's text nothing is repeated at all.
"""

from collections.abc import Callable
from typing import Final

from sealstone.x509 import appearance
from sealstone.x509.acceptance import AS_BLOBS, AS_TEXTS, Sending
from sealstone.x509.escaping import quotable, shown
from sealstone.x509.problems import NotPEM, Part, TextAroundPEM, WrongBlock, X509Problem

_FILES: Final = {
    Part.CERTIFICATE: "Certificate.pem",
    Part.PRIVATE_KEY: "PrivateKey.pem",
    Part.CHAIN: "CertificateChain.pem",
}
_SUFFIXES: Final = (".pem", ".crt", ".cer", ".cert", ".key", ".der", ".p7b", ".p7c", ".p12", ".pfx", ".txt", ".chain")
_PATH_STARTS: Final = ("/", "./", "../", "~/", "file:", "fileb:", "C:\\", "c:\\")
_OPENSSL: Final = {Part.CERTIFICATE: "x509", Part.PRIVATE_KEY: "pkey", Part.CHAIN: "x509"}
_BASE64: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n")
_PLAIN: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/~")
_DECODED: Final = tuple("\x04A\u0088" + sign for sign in "4567")
"""The letters BEGIN, decoded as base64; the lowest bits of the last byte are of the word behind."""
_LOST: Final = "\ufffd"
"""What became of a byte that is no UTF-8."""
_HEAD: Final = 64
_START: Final = 24
_VERSION_3: Final = "\x02\x01\x030"
_PKCS7_FAMILY: Final = "\x06\x09*\ufffdH\ufffd\ufffd\n\x01\x07"  # 1.2.840.113549.1.7, CR read as a line end
_JAVA: Final = tuple("\ufffd\ufffd\ufffd\ufffd\0\0\0" + version for version in "\x01\x02")
_REPAIR_LINES: Final = "send the file with its line breaks; in a shell, put quotes around the variable that holds it"


def no_block(text: str, part: Part, sending: Sending = AS_TEXTS) -> NotPEM:
    """There is no BEGIN line at all: says what the text is instead. `sending`: how the service in question takes it."""
    option = _option(part, sending)
    whole = f"send the content of a PEM file, for example {option}"
    if not text:
        return NotPEM(part, f"the {part} is empty or blank", whole)
    if _is_path(text):
        is_told = part is not Part.PRIVATE_KEY and _has_suffix(text) and _is_plain(text) and quotable(text)
        name = f" ('{shown(text)}')" if is_told else ""
        # Only the aws command reads what file:// names; whoever else sent it has to read the file.
        cure = (
            "read the file and send what is in it: only the aws command does that by itself for a name with "
            f"{sending.scheme}"
            if text.startswith(("file://", "fileb://"))
            else f"put {sending.scheme} before the name, so that the aws command sends the content: {option}"
        )
        return NotPEM(part, f"the {part} is the name of a file{name} and not its content", cure)
    for looks_so, is_binary, what, cure in _LOOKS:
        if looks_so(text):
            damage = ", and has been damaged on its way as text" if is_binary and _LOST in text else ""
            return NotPEM(part, f"the {part} {what}{damage}", cure.format(file=_FILES[part], kind=_OPENSSL[part]))
    if sending is AS_BLOBS and appearance.is_binary(text):
        decoded = text.startswith(_DECODED)
        what = "is PEM that was decoded as base64 on its way" if decoded else "is binary data and not PEM"
        why = "what version 2 of the aws command reads by file:// it decodes as base64 before it is sent"
        return NotPEM(part, f"the {part} {what}", f"write {option}: {why}")
    instead = "" if part is Part.PRIVATE_KEY else f"; it is {appearance.told(text)}"
    return NotPEM(part, f"the {part} has no BEGIN line, so it is not PEM{instead}", whole)


def _option(part: Part, sending: Sending) -> str:
    options = {Part.CERTIFICATE: sending.certificate, Part.PRIVATE_KEY: sending.private_key}
    return f"{options.get(part, sending.certificate_chain)} {sending.scheme}{_FILES[part]}"


def text_before(text: str, part: Part) -> X509Problem:
    """The first BEGIN line is not the first line."""
    if text.startswith(("\ufeff", "\u00ef\u00bb\u00bf")) and len(text) <= 3:
        return NotPEM(
            part, f"the {part} starts with a byte order mark", "save the file as UTF-8 without BOM, or as ASCII"
        )
    return TextAroundPEM(part, "before the first BEGIN line", text)


def begin_line_goes_on(rest: str, part: Part) -> NotPEM:
    """Something stands behind the BEGIN line, on the same line."""
    if rest.startswith(("\\n", "\\r")):
        return NotPEM(part, f"the {part} has the two characters \\n where line breaks belong", _REPAIR_LINES)
    if not rest.strip():
        return NotPEM(
            part, f"the {part} has a BEGIN line without its END line", "send the whole file; it seems cut off"
        )
    return line_breaks_lost(part)


def line_breaks_lost(part: Part) -> NotPEM:
    """BEGIN, base64 and END do not stand on lines of their own."""
    return NotPEM(part, f"the {part} has lost its line breaks: BEGIN and END must be lines of their own", _REPAIR_LINES)


def joined(part: Part) -> NotPEM:
    """`cat a.pem b.pem` where the first file did not end with a line break."""
    return NotPEM(
        part,
        f"an END line and a BEGIN line of the {part} share one line",
        "put a line break between them; the files were joined without one",
    )


def _is_path(text: str) -> bool:
    return len(text) <= 1024 and "\n" not in text and (text.startswith(_PATH_STARTS) or _has_suffix(text))


def _has_suffix(text: str) -> bool:
    """A secret in base64 may begin like a path, but does not end like the name of such a file."""
    return text.lower().endswith(_SUFFIXES)


def _is_plain(text: str) -> bool:
    """Whether it has no place for a password, as URLs (`https://user:password@host/a.pem`) and settings have."""
    return not set(text.removeprefix("fileb://").removeprefix("file://")) - _PLAIN


def _head(text: str) -> str:
    """Its beginning, with one and the same sign for every byte beyond ASCII, be it Latin-1 now or lost."""
    return "".join(sign if sign.isascii() else _LOST for sign in text[:_HEAD]).replace("\r", "\n")


def _is_der(text: str) -> bool:
    """SEQUENCE with a long length, however the bytes were turned into characters."""
    return text[:1] == "0" and not text[1:2].isascii()


def _is_pkcs12(text: str) -> bool:
    """RFC 7292 section 4: version 3, then a ContentInfo."""
    head = _head(text)
    return _is_der(text) and _VERSION_3 in head[:_START] and _PKCS7_FAMILY in head


def _is_pkcs7(text: str) -> bool:
    """RFC 5652 section 3: the kind of the content first."""
    return _is_der(text) and _PKCS7_FAMILY in _head(text)[:_START]


def _is_java_keystore(text: str) -> bool:
    """JKS and JCEKS: four bytes beyond ASCII, then the version, 1 or 2."""
    return _head(text).startswith(_JAVA)


def _is_utf16(text: str) -> bool:
    """By its byte order mark, or by every other byte that is zero."""
    zeros = "\x00" * (_START // 2)
    return text.startswith(("\u00ff\u00fe", "\u00fe\u00ff", "\ufffd\ufffd")) or zeros in {
        text[:_START:2],
        text[1:_START:2],
    }


def _is_bare_base64(text: str) -> bool:
    return text.startswith("MI") and not set(text[:60]) - _BASE64


def _is_markup(text: str) -> bool:
    return text[:1] in {"<", "{"}


def _is_ssh(text: str) -> bool:
    return text.startswith(("ssh-", "ecdsa-sha2-", "---- BEGIN SSH2"))


_FROM_DER: Final = (
    "convert the original file: sealstone convert FILE..., or openssl {kind} -inform DER -in FILE -outform PEM "
    "-out {file}"
)
_FROM_PKCS12: Final = (
    "convert the original file: sealstone convert FILE, or openssl pkcs12 -in FILE -out CertificateBundle.pem -nodes"
)
_FROM_PKCS7: Final = (
    "convert the original file: sealstone convert FILE PRIVATE_KEY, or openssl pkcs7 -inform DER -in FILE "
    "-print_certs -out CertificateBundle.pem"
)
_FROM_JAVA: Final = (
    "convert the original file: sealstone convert FILE, or keytool -importkeystore -srckeystore FILE "
    "-destkeystore NEW.p12 -deststoretype PKCS12, and then openssl pkcs12 -in NEW.p12"
)
_LOOKS: Final[tuple[tuple[Callable[[str], bool], bool, str, str], ...]] = (
    (_is_pkcs12, True, "is a PKCS #12 file, not PEM", _FROM_PKCS12),
    (_is_pkcs7, True, "is a PKCS #7 file in binary DER, not PEM", _FROM_PKCS7),
    (_is_java_keystore, True, "is a Java keystore (JKS or JCEKS), not PEM", _FROM_JAVA),
    (_is_der, True, "is binary DER, not PEM", _FROM_DER),
    (_is_utf16, False, "is UTF-16 text", "save the file as ASCII or UTF-8 and send it again"),
    (
        _is_bare_base64,
        False,
        "is base64 without its BEGIN and END lines",
        "send the whole file, with the lines that start with five hyphens",
    ),
    (_is_markup, False, "is a web page, XML or JSON and not PEM", "take the PEM file out of it or download it again"),
    (
        _is_ssh,
        False,
        "is an SSH key and not PEM",
        "send an X.509 certificate and its private key; SSH keys are another kind of thing",
    ),
)


# --- blocks of another kind than the field is for ---

_PRIVATE_KEY: Final = "PRIVATE KEY"
_OTHER_BLOCKS: Final = {
    "CERTIFICATE REQUEST": (
        "a certificate signing request",
        "send the certificate that the authority issued for this request",
    ),
    "TRUSTED CERTIFICATE": (
        "a certificate in the form that only OpenSSL uses",
        "convert it: openssl x509 -in FILE -out Certificate.pem",
    ),
    "X509 CERTIFICATE": (
        "a certificate under an obsolete label",
        "convert it: openssl x509 -in FILE -out Certificate.pem",
    ),
    "X509 CRL": ("a revocation list", "send certificates only"),
    "PKCS7": (
        "a PKCS #7 container",
        "convert it: openssl pkcs7 -in CertificateBundle.p7b -print_certs -out CertificateBundle.pem",
    ),
    "PKCS12": (
        "a PKCS #12 container",
        "convert it: openssl pkcs12 -in CertificateBundle.p12 -out CertificateBundle.pem -nodes",
    ),
    "PUBLIC KEY": (
        "a public key",
        "send the certificate, and the private key in its own field",
    ),
    "EC PARAMETERS": ("parameters of a curve", "delete that block"),
    "DH PARAMETERS": ("Diffie-Hellman parameters", "delete that block"),
    "OPENSSH PRIVATE KEY": (
        "a private key in OpenSSH's own form",
        "convert a copy of it: ssh-keygen -p -m PEM -f COPY, and then openssl pkey -in COPY -out PrivateKey.pem",
    ),
}
_ALIASES: Final = {
    "NEW CERTIFICATE REQUEST": "CERTIFICATE REQUEST",
    "CMS": "PKCS7",
    "PKCS #7 SIGNED DATA": "PKCS7",
    "RSA PUBLIC KEY": "PUBLIC KEY",
    "X.509 CERTIFICATE": "X509 CERTIFICATE",
}


def wrong_block(label: str, part: Part) -> WrongBlock:
    """A block whose label the field is not for."""
    known = label in _OTHER_BLOCKS or label in _ALIASES or label == "CERTIFICATE"
    name = shown(label) if known or (part is not Part.PRIVATE_KEY and quotable(label)) else "of another kind"
    if part is Part.PRIVATE_KEY and label == "CERTIFICATE":
        what, cure = "a certificate", "send the private key there, and the certificate in its own field"
    elif part is not Part.PRIVATE_KEY and label.endswith(_PRIVATE_KEY):
        what, cure = "a private key", _MOVE_KEY[part]
    else:
        what, cure = _OTHER_BLOCKS.get(
            _ALIASES.get(label, label), ("of a kind that is not known here", "send what the field is for")
        )
    return WrongBlock(part, name, f"the {part} field holds a block {name}: {what}", cure)


_MOVE_KEY: Final = {
    Part.CERTIFICATE: "send the certificate there, and the private key as the private key; they may be swapped",
    Part.CHAIN: "take it out at once: a chain is handed to everybody who connects",
}
