"""What is fuzzed: one function for each reader. Each takes any bytes, and nothing but an X509Problem may leave it.

The targets know nothing of Atheris: `tests/unit/x509/test_corpus_fuzz.py` runs each over its seeds.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from sealstone.model.secret import Secret
from sealstone.x509 import der, names
from sealstone.x509.containers import reading
from sealstone.x509.description import describe
from sealstone.x509.material import Container, Form, Kind, Origin, Piece, Unreadable
from sealstone.x509.problems import X509Problem

_PASSWORD: Final = Secret(b"sealstone-test")
_ORIGIN: Final = Origin("fuzzed")


def contents(data: bytes) -> None:
    """Whatever a file may hold, told apart and described; never empty, and never an exception."""
    found = reading.contents(data, "fuzzed")
    assert found
    _tell(item for item in found if not isinstance(item, Container))


def pkcs12(data: bytes) -> None:
    """Bytes that claim to be PKCS #12, with a password and without."""
    _open(Form.PKCS12, data)


def pkcs7(data: bytes) -> None:
    """Bytes that claim to be PKCS #7."""
    _open(Form.PKCS7, data)


def keystores(data: bytes) -> None:
    """Bytes that claim to be a Java keystore, as JKS and as JCEKS."""
    _open(Form.JKS, data)
    _open(Form.JCEKS, data)


def encrypted_keys(data: bytes) -> None:
    """Bytes that claim to be an encrypted key: PKCS #8, and the text of a traditional PEM block."""
    _open(Form.ENCRYPTED_PKCS8, data)
    _open(Form.ENCRYPTED_PEM, data)


def openssh(data: bytes) -> None:
    """Bytes that claim to be an OpenSSH private key."""
    _open(Form.OPENSSH, data)


def structures(data: bytes) -> None:
    """The DER reader, names, and the description of a piece of each kind made of any bytes."""
    try:
        for value in der.whole_sequence(data):
            der.integer(data, value)
    except der.Malformed:
        pass
    assert names.as_text(data).isprintable()
    _tell(Piece(kind, _ORIGIN, data) for kind in Kind if kind is not Kind.PRIVATE_KEY)
    _tell([Piece(Kind.PRIVATE_KEY, _ORIGIN, secret=Secret(data))])


def _open(form: Form, data: bytes) -> None:
    for password in (_PASSWORD, None):
        try:
            found = reading.opened(Container(form, _ORIGIN, data, password_needed=True), password)
        except X509Problem as problem:
            _check(problem)
        else:
            _tell(found)


def _tell(found: Iterable[Piece | Unreadable]) -> None:
    for item in found:
        describe(item)
        if isinstance(item, Unreadable):
            _check(item.problem)


def _check(problem: X509Problem) -> None:
    assert problem.cause
    assert str(problem).isprintable()


TARGETS: Final[Mapping[str, Callable[[bytes], None]]] = {
    target.__name__: target for target in (contents, pkcs12, pkcs7, keystores, encrypted_keys, openssh, structures)
}
