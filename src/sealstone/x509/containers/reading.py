"""The two questions of this package: what do these bytes hold (`contents`), and what is inside of this (`opened`).

`contents` derives no keys and decrypts nothing: it is safe to call on any bytes. `opened` does; the command line
and the server call it through `sealstone.isolation`, in a child process with limits.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sealstone.model.secret import Secret
from sealstone.x509 import der
from sealstone.x509.containers import (
    encrypted_keys,
    java_keystores,
    openssh,
    pkcs7,
    pkcs12,
    structures,
    texts,
)
from sealstone.x509.containers.passwords import Password
from sealstone.x509.containers.problems import ContainerUnreadable, NotRecognised, TooLarge
from sealstone.x509.material import Container, Form, Origin, Piece, Unreadable

MOST_BYTES: Final = 16 * 1024 * 1024
"""Of one file: the largest truststores have a few."""

_Opener = Callable[[Container, Password], tuple[Piece | Unreadable, ...]]
_OPENERS: Final[Mapping[Form, _Opener]] = {
    Form.PKCS12: pkcs12.opened,
    Form.PKCS7: pkcs7.opened,
    Form.JKS: java_keystores.opened,
    Form.JCEKS: java_keystores.opened,
    Form.OPENSSH: openssh.opened,
    Form.ENCRYPTED_PKCS8: encrypted_keys.opened_pkcs8,
    Form.ENCRYPTED_PEM: encrypted_keys.opened_traditional,
}


def contents(data: bytes, file: str) -> tuple[Piece | Container | Unreadable, ...]:
    """What the bytes of a file hold, in their order; never empty. `file` is its name, as the origin of all.

    Raises nothing: what cannot be read is an Unreadable. Takes time in proportion to the size.
    """
    origin = Origin(file)
    if len(data) > MOST_BYTES:
        return (Unreadable(origin, TooLarge(len(data), MOST_BYTES)),)
    if not data.strip():
        return (Unreadable(origin, NotRecognised("the file is empty", "give the name of another file")),)
    if form := java_keystores.form_of(data):
        return (java_keystores.container(data, form, origin),)
    if structures.looks_like_der(data):
        return structures.contents(data, origin)
    return texts.contents(data, origin)


def opened(
    container: Container, password: Secret | None, others: Sequence[Secret] = ()
) -> tuple[Piece | Unreadable, ...]:
    """What is inside, in its order; `password` is text in UTF-8, and None means that there is none.

    `others` are tried at the keys and encrypted parts of a keystore (Java's, PKCS #12) that the password opens as a
    whole, where a key has a password of its own.

    Without one, PKCS #12 is tried without a password and with the empty one; it and a Java keystore then give what
    lies in the open, and an Unreadable with PasswordNeeded for the rest. Never empty.

    Raises PasswordNeeded, WrongPassword, TooManyRounds, TooMuchMemory, ContainerUnreadable, UnsupportedContainer.
    """
    try:
        found = _OPENERS[container.form](container, Password(password, others))
    except der.Malformed as fault:
        raise ContainerUnreadable(_NAMES[container.form], str(fault)) from None
    if found:
        return found
    cure = "if something should be in it, export it anew"
    return (Unreadable(container.origin, NotRecognised(f"{_NAMES[container.form]} is empty", cure)),)


_NAMES: Final[Mapping[Form, str]] = {
    Form.PKCS12: pkcs12.WHAT,
    Form.PKCS7: pkcs7.WHAT,
    Form.JKS: java_keystores.WHAT,
    Form.JCEKS: java_keystores.WHAT,
    Form.OPENSSH: openssh.WHAT,
    Form.ENCRYPTED_PKCS8: encrypted_keys.WHAT,
    Form.ENCRYPTED_PEM: encrypted_keys.WHAT,
}
