"""What rotations have stored: known by the row, for as long as it is that certificate under that name."""

from tests.unit.store.conftest import ACCOUNT, NOW

from sealstone.model.secret import Sealed
from sealstone.model.server_certificate import ServerCertificate
from sealstone.store import rotations, server_certificates
from sealstone.store.engine import Store


def certificate(name: str) -> ServerCertificate:
    return ServerCertificate(ACCOUNT, f"ASCA-{name}", name, "/", "PEM", None, "ab", NOW, NOW)


OLD, NEW, OTHER = certificate("site"), certificate("site-new-20261121120000"), certificate("site-new-20261121120001")


def filled(store: Store) -> None:
    with store.writing() as tx:
        for one in (OLD, NEW, OTHER):
            server_certificates.add(tx, one, Sealed(b"sealed"))
        rotations.begin(tx, NEW, OLD)


def left(store: Store) -> tuple[ServerCertificate, ...]:
    with store.reading() as tx:
        return rotations.left(tx, OLD)


def test_the_row_says_it_and_not_the_name(store: Store) -> None:
    filled(store)
    assert left(store) == (NEW,)
    with store.reading() as tx:
        assert rotations.left(tx, OTHER) == ()
        assert rotations.is_begun(tx, NEW)
        assert not rotations.is_begun(tx, OTHER)


def test_what_was_renamed_is_left_no_more(store: Store) -> None:
    filled(store)
    with store.writing() as tx:
        server_certificates.save(tx, NEW.moved(name="mine", path=None))
    assert left(store) == ()


def test_what_was_deleted_is_left_no_more(store: Store) -> None:
    filled(store)
    with store.writing() as tx:
        server_certificates.remove(tx, NEW)
    assert left(store) == ()


def test_an_end(store: Store) -> None:
    filled(store)
    with store.writing() as tx:
        rotations.begin(tx, OTHER, OLD)
        rotations.end(tx, NEW)
    assert left(store) == (NEW, OTHER)
    with store.writing() as tx:
        rotations.end(tx, OLD)
    assert left(store) == ()
