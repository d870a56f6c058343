"""What one DER value is, told from its structure alone (RFC 5280, 2986, 5958, 8017, 5915, 7292, 2315).

The label of a PEM block is at most a hint: files are often labelled as what they are not.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from sealstone.x509 import der
from sealstone.x509.border import Otherwise
from sealstone.x509.containers import private_keys
from sealstone.x509.containers.problems import Damaged, FileProblem, NotRecognised, TooMany
from sealstone.x509.material import Container, Form, Kind, Origin, Piece, Unreadable

MOST_PIECES: Final = 1000
"""Of one file."""
_VERSION: Final = 0xA0
_TIMES: Final = (0x17, 0x18)
_PKCS7_FAMILY: Final = bytes.fromhex("2a864886f70d0107")  # 1.2.840.113549.1.7, RFC 2315 section 14
_LONGEST_PUBLIC_KEY: Final = 8 * 1024
_USUAL_EXPONENTS: Final = (b"\x03", b"\x11", b"\x01\x01", b"\x01\x00\x01")
_BY_FIRST_TAGS: Final[tuple[tuple[tuple[int, ...], Kind | Form], ...]] = (
    ((der.INTEGER, der.SEQUENCE, der.OCTET_STRING), Kind.PRIVATE_KEY),  # PKCS #8, RFC 5958 section 2
    ((der.INTEGER, der.OCTET_STRING), Kind.PRIVATE_KEY),  # RFC 5915 section 3
    ((der.INTEGER,) * 9, Kind.PRIVATE_KEY),  # RFC 8017 A.1.2
    ((der.INTEGER,) * 6, Kind.PRIVATE_KEY),  # DSA as OpenSSL writes it
    ((der.INTEGER,) * 3, Kind.PARAMETERS),  # DSA (RFC 3279 2.3.2), DH with a length (PKCS #3)
    ((der.INTEGER, der.SEQUENCE, der.SEQUENCE, der.OCTET_STRING), Kind.PARAMETERS),  # X9.62 explicit curves
    ((der.SEQUENCE, der.OCTET_STRING), Form.ENCRYPTED_PKCS8),  # RFC 5958 section 3
    ((der.SEQUENCE, der.BIT_STRING), Kind.PUBLIC_KEY),  # RFC 5280 4.1
)
NAMES: Final[Mapping[Kind, str]] = {
    Kind.CERTIFICATE: "the certificate",
    Kind.PRIVATE_KEY: private_keys.WHAT,
    Kind.PUBLIC_KEY: "the public key",
    Kind.REQUEST: "the certificate request",
    Kind.REVOCATION_LIST: "the revocation list",
    Kind.PARAMETERS: "the parameters",
}

Item = Piece | Container | Unreadable


def looks_like_der(data: bytes) -> bool:
    """Whether it starts as a SEQUENCE does, or is wholly one other value; text may start with the digit 0, too."""
    if data[:1] == b"0" and data[1:2] >= b"\x80":
        return True
    try:
        outer = der.element(data, 0, len(data))
    except der.Malformed:
        return False
    return outer.tag in {der.SEQUENCE, der.OBJECT_IDENTIFIER} and not data[outer.end :].strip()


def contents(data: bytes, origin: Origin, form: Form = Form.DER) -> tuple[Item, ...]:
    """The values that follow one another: some tools write certificates so. Never empty."""
    found: list[Item] = []
    at = 0
    while True:
        if len(found) == MOST_PIECES:
            found.append(Unreadable(origin, TooMany(MOST_PIECES)))
            break
        try:
            # PKCS #12 and PKCS #7 may be BER, whose end only their own reader finds.
            end = len(data) if container_form(data[at : at + 64]) else der.element(data, at, len(data)).end
        except der.Malformed as fault:
            found.append(Unreadable(origin, Damaged("the file" if not found else "what follows", str(fault))))
            break
        found.append(item(data[at:end], replace(origin, forms=(*origin.forms, form))))
        at = end
        if data[at : at + 1] != b"0":
            found[-1] = _with_rest(found[-1], data[at:])
            break
    return _placed(found)


def _with_rest(found: Item, rest: bytes) -> Item:
    """Line ends behind DER come from editors; anything else is remarked on."""
    if isinstance(found, Piece) and rest.strip():
        return replace(found, remarks=(*found.remarks, f"{len(rest):,} bytes follow its end"))
    return found


def _placed(found: list[Item]) -> tuple[Item, ...]:
    if len(found) == 1:
        return tuple(found)
    return tuple(
        replace(one, origin=replace(one.origin, place=f"value {number}")) for number, one in enumerate(found, start=1)
    )


def item(data: bytes, origin: Origin, label: str = "", expected: Kind | None = None) -> Item:
    """What one value is. `origin.forms` ends with how it is written; `expected` is what its label says."""
    if form := container_form(data[:64]):
        return _container(form, data, origin)
    try:
        outer = der.element(data, 0, len(data))
        shape = _shape(data, outer, expected)
    except der.Malformed as fault:
        return Unreadable(origin, Damaged(NAMES[expected] if expected else "the value", str(fault)))
    whole, rest = data[: outer.end], data[outer.end :]
    if isinstance(shape, Form):
        return _container(shape, whole, origin)
    if shape is None:
        return Unreadable(origin, _unknown(expected))
    remarks: tuple[str, ...] = ()
    if rest.strip(b"\0\r\n "):
        remarks = (f"{len(rest):,} bytes follow its end",)
    try:
        return _piece(Piece(shape, origin, whole, None, label, remarks))
    except FileProblem as problem:
        return Unreadable(origin, problem)


def piece(data: bytes, origin: Origin, label: str, expected: Kind) -> Piece | Unreadable:
    """What one value in a container is, which is no container itself."""
    found = item(data, origin, label, expected)
    if isinstance(found, Container):
        return Unreadable(origin, Damaged(NAMES[expected], f"it is {found.form} itself"))
    return found


def container_form(start: bytes) -> Form | None:
    """PKCS #12 or PKCS #7 from the first bytes, DER or BER; None for anything else."""
    tag, at = _first(start, 0)
    if tag != der.SEQUENCE:
        return None
    tag, inside = _first(start, at)
    if tag == der.OBJECT_IDENTIFIER and start[inside:].startswith(_PKCS7_FAMILY):
        return Form.PKCS7
    if start[at : at + 4] == b"\x02\x01\x03\x30":  # version 3, and a SEQUENCE: RFC 7292 section 4
        _, inside = _first(start, at + 3)
        tag, inside = _first(start, inside)
        if tag == der.OBJECT_IDENTIFIER and start[inside:].startswith(_PKCS7_FAMILY):
            return Form.PKCS12
    return None


def _first(data: bytes, at: int) -> tuple[int, int]:
    """Tag and start of the content of the value at `at`, however long; (0, at) when there is none."""
    if at + 2 > len(data):
        return 0, at
    length = data[at + 1]
    return data[at], at + 2 + (length & 0x7F if length > 0x80 else 0)


def _container(form: Form, data: bytes, origin: Origin) -> Container:
    """A container is written in DER without saying."""
    outer = tuple(one for one in origin.forms if one is not Form.DER)
    return Container(form, replace(origin, forms=(*outer, form)), data, password_needed=form is not Form.PKCS7)


def _shape(data: bytes, outer: der.Element, expected: Kind | None) -> Kind | Form | None:
    if outer.tag == der.OBJECT_IDENTIFIER:
        return Kind.PARAMETERS  # a named curve, RFC 5480 2.1.1
    if outer.tag != der.SEQUENCE:
        return None
    fields = der.children(data, outer, 64)
    tags = tuple(value.tag for value in fields)
    if tags == (der.SEQUENCE, der.SEQUENCE, der.BIT_STRING):
        return _signed(tuple(value.tag for value in der.children(data, fields[0])))
    if tags == (der.INTEGER, der.INTEGER):
        # RSAPublicKey (RFC 8017 A.1.1) and DHParameter (PKCS #3) are both two numbers.
        usual = der.content(data, fields[1]) in _USUAL_EXPONENTS
        return Kind.PUBLIC_KEY if expected is Kind.PUBLIC_KEY or (usual and expected is None) else Kind.PARAMETERS
    for start, shape in _BY_FIRST_TAGS:
        if tags[: len(start)] == start:
            return shape
    return None


def _signed(tags: tuple[int, ...]) -> Kind | None:
    """What is signed: RFC 5280 4.1 (certificate) and 5.1 (list), RFC 2986 section 4 (request)."""
    if tags[:1] == (_VERSION,):
        return Kind.CERTIFICATE
    name_and_key = (der.INTEGER, der.SEQUENCE, der.SEQUENCE)
    if tags[:6] == (*name_and_key, der.SEQUENCE, der.SEQUENCE, der.SEQUENCE):
        return Kind.CERTIFICATE  # version 1
    if tags[1:3] == (der.SEQUENCE, der.SEQUENCE) and tags[3:4] and tags[3] in _TIMES:
        return Kind.REVOCATION_LIST
    if tags[:2] == (der.SEQUENCE, der.SEQUENCE) and tags[2:3] and tags[2] in _TIMES:
        return Kind.REVOCATION_LIST  # version 1
    if tags in {name_and_key, (*name_and_key, _VERSION)}:
        return Kind.REQUEST
    return None


def _piece(found: Piece) -> Piece:
    """Private keys in PKCS #8, public keys as SubjectPublicKeyInfo. Raises Damaged."""
    if found.kind is Kind.PRIVATE_KEY:
        secret, remarks = private_keys.normalised(found.der)
        return replace(found, der=b"", secret=secret, remarks=(*found.remarks, *remarks))
    if found.kind is Kind.PUBLIC_KEY and der.whole_sequence(found.der)[0].tag == der.INTEGER:
        return replace(found, der=_public_key_info(found.der))
    return found


def _public_key_info(data: bytes) -> bytes:
    if len(data) > _LONGEST_PUBLIC_KEY:
        raise Damaged(NAMES[Kind.PUBLIC_KEY], f"it has {len(data):,} bytes, and {_LONGEST_PUBLIC_KEY:,} is the most")
    with Otherwise(lambda _: Damaged(NAMES[Kind.PUBLIC_KEY], "its numbers are damaged")):
        return load_der_public_key(data).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _unknown(expected: Kind | None) -> FileProblem:
    if expected:
        return Damaged(NAMES[expected], "it has another structure")
    return NotRecognised(
        "the content is DER of a kind that is not known here",
        "give certificates, requests, keys, revocation lists, PKCS #12, PKCS #7 or Java keystores",
    )
