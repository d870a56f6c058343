"""Rotation without a server: the deploy worker takes a round whenever the rotation waits."""

import contextlib
import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.deploying import Scene, deploying
from tests.house_fixture import ACCOUNT, Chance
from tests.pki import NOW, self_signed

from sealstone.model.listener import CertificateUse
from sealstone.model.secret import Secret
from sealstone.server import rotation
from sealstone.server.faults import RotationFailed
from sealstone.server.rotation import Vaulted
from sealstone.server.serving import LOCK
from sealstone.store import certificate_uses, server_certificates
from sealstone.store.schema import AUDIT
from sealstone.x509 import bundle
from sealstone.x509.acceptance import IAM
from sealstone.x509.bundle import CertificateBundle


class Rotation:
    """The scene with a certificate on two listeners, and the files of the next one."""

    def __init__(self, scene: Scene, directory: Path) -> None:
        self.scene = scene
        self.directory = directory
        self.told: list[str] = []
        self.chance = Chance()
        pair = self_signed("next.example.com")
        self.bundle: CertificateBundle = bundle.read(
            pair.certificate_pem, pair.private_key_pem, None, at=NOW, acceptance=IAM
        )
        self.pause: Callable[[], None] = scene.deployer.round
        scene.certificate("ASCA1")
        scene.listener("l1", 443, "ASCA1")
        scene.listener("l2", 8443, "ASCA1")
        scene.deployer.round()

    def rotate(self, *, keep_old: bool = False) -> str:
        vault = Vaulted(
            self.scene.store,
            self.scene.keyring,
            Secret(bytes(32)),
            self.directory,
            self.scene.clock,
            self.chance,
            lambda _seconds: self.pause(),
        )
        with self.scene.store.reading() as tx:
            planned = rotation.plan(tx, ACCOUNT, "ASCA1")
        return rotation.rotate(vault, planned, self.bundle, keep_old=keep_old, tell=self.told.append).unique_id

    def names(self) -> dict[str, str]:
        with self.scene.store.reading() as tx:
            return {one.name: one.fingerprint for one in server_certificates.every(tx)}

    def used(self) -> set[str]:
        with self.scene.store.reading() as tx:
            return {use.certificate_id for use in certificate_uses.every(tx)}


@contextmanager
def a_server(directory: Path) -> Iterator[None]:
    """Somebody deploys."""
    with (directory / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Rotation]:
    with deploying(tmp_path) as scene, a_server(tmp_path):
        yield Rotation(scene, tmp_path)


def test_all_listeners_and_then_the_name(here: Rotation) -> None:
    new = here.rotate()
    assert here.used() == {new}
    assert here.names() == {"ASCA1": here.bundle.fingerprint}
    assert here.told == ["site, port 443: proven", "site, port 8443: proven"]


def test_the_old_one_is_kept_under_a_free_name(here: Rotation) -> None:
    here.scene.certificate("ASCA2")
    with here.scene.store.writing() as tx:
        taken = server_certificates.find(tx, ACCOUNT, "ASCA2")
        assert taken
        server_certificates.save(tx, taken.moved(name=f"ASCA1-until-{NOW:%Y%m%d}", path=None))
    here.rotate(keep_old=True)
    assert set(here.names()) == {"ASCA1", f"ASCA1-until-{NOW:%Y%m%d}", f"ASCA1-until-{NOW:%Y%m%d}-2"}


def test_a_failure_brings_everything_back(here: Rotation) -> None:
    here.scene.broken["l2"] = "it serves something else"
    before = here.names()
    with pytest.raises(RotationFailed, match="site, port 8443: it serves something else; every listener has the old"):
        here.rotate()
    assert here.used() == {"ASCA1"}
    assert here.names() == before


def test_a_worker_that_never_comes_is_a_failure(here: Rotation) -> None:
    here.pause = lambda: None
    with pytest.raises(RotationFailed, match="did not deploy it within 30 seconds"):
        here.rotate()
    assert here.used() == {"ASCA1"}


class Killed(BaseException):
    """Nothing catches it, as nothing catches SIGKILL."""


@pytest.mark.parametrize("after", [1, 2, 3])
def test_what_a_kill_left_is_ended_by_the_next(here: Rotation, after: int) -> None:
    rounds: list[int] = []

    def die() -> None:
        rounds.append(1)
        if len(rounds) == after:
            raise Killed
        here.scene.deployer.round()

    here.pause = die
    if after <= 2:
        with pytest.raises(Killed):
            here.rotate()
        assert len(here.names()) == 2
    here.pause = here.scene.deployer.round
    new = here.rotate()
    assert here.used() == {new}
    assert here.names() == {"ASCA1": here.bundle.fingerprint}


def test_a_failure_after_a_kill_brings_everything_back(here: Rotation) -> None:
    rounds: list[int] = []

    def die() -> None:
        rounds.append(1)
        if len(rounds) == 2:
            raise Killed
        here.scene.deployer.round()

    here.pause = die
    with pytest.raises(Killed):
        here.rotate()
    here.pause = here.scene.deployer.round
    here.scene.broken["l2"] = "no"
    with pytest.raises(RotationFailed):
        here.rotate()
    assert here.used() == {"ASCA1"}
    assert list(here.names()) == ["ASCA1"]


def test_a_listener_made_meanwhile_is_not_forgotten(here: Rotation) -> None:
    rounds: list[int] = []

    def meanwhile() -> None:
        rounds.append(1)
        if len(rounds) == 1:
            here.scene.listener("l3", 9443, "ASCA1")
        here.scene.deployer.round()

    here.pause = meanwhile
    with pytest.raises(RotationFailed, match="put on another listener meanwhile"):
        here.rotate()
    here.pause = here.scene.deployer.round
    new = here.rotate()
    assert here.used() == {new}


def test_a_kill_and_then_other_files(here: Rotation) -> None:
    """Every listener that belongs to the certificate gets the new one, what the first try left as well."""

    def die() -> None:
        raise Killed

    here.pause = die
    with pytest.raises(Killed):
        here.rotate()
    here.pause = here.scene.deployer.round
    pair = self_signed("other.example.com")
    here.bundle = bundle.read(pair.certificate_pem, pair.private_key_pem, None, at=NOW, acceptance=IAM)
    new = here.rotate()
    assert here.used() == {new}
    assert here.names() == {"ASCA1": here.bundle.fingerprint}


def test_what_somebody_else_changes_meanwhile_is_left(here: Rotation) -> None:
    here.scene.certificate("ASCA2")
    rounds: list[int] = []

    def meanwhile() -> None:
        rounds.append(1)
        if len(rounds) == 1:
            use = CertificateUse(ACCOUNT, "l2", "ASCA2")
            here.scene.write(lambda tx: certificate_uses.add(tx, use))
        here.scene.deployer.round()

    here.pause = meanwhile
    new = here.rotate()
    assert here.used() == {new, "ASCA2"}
    assert here.told == ["site, port 443: proven", "site, port 8443: changed by somebody else meanwhile, left as it is"]


def test_a_listener_that_goes_meanwhile_is_passed_over(here: Rotation) -> None:
    def meanwhile() -> None:
        here.scene.without_listeners()

    here.pause = meanwhile
    here.rotate()
    assert here.told[0] == "site, port 443: changed by somebody else meanwhile, left as it is"
    assert here.names() == {"ASCA1": here.bundle.fingerprint}


def test_a_server_that_ends_is_told(tmp_path: Path) -> None:
    with deploying(tmp_path) as scene:
        with a_server(tmp_path):
            here = Rotation(scene, tmp_path)

        with contextlib.ExitStack() as server:
            server.enter_context(a_server(tmp_path))
            here.pause = server.close
            with pytest.raises(RotationFailed, match=r"did not deploy it .* served when a server runs"):
                here.rotate()
        assert here.used() == {"ASCA1"}


def test_tags_set_meanwhile_stay(here: Rotation) -> None:
    def meanwhile() -> None:
        with here.scene.store.writing() as tx:
            old = server_certificates.find(tx, ACCOUNT, "ASCA1")
            assert old
            server_certificates.save(tx, old.tagged({"team": "web"}))
        here.scene.deployer.round()

    here.pause = meanwhile
    here.rotate()
    with here.scene.store.reading() as tx:
        (one,) = server_certificates.every(tx)
    assert one.tags == {"team": "web"}


def test_without_a_server_nothing_begins(tmp_path: Path) -> None:
    with deploying(tmp_path) as scene:
        here = Rotation(scene, tmp_path)
        for _ in range(2):
            with pytest.raises(RotationFailed, match="sealstone up"):
                here.rotate()
            (tmp_path / LOCK).touch()
        assert list(here.names()) == ["ASCA1"]


def test_one_rotation_at_a_time(tmp_path: Path) -> None:
    with rotation.alone(tmp_path), pytest.raises(RotationFailed, match="another rotation"), rotation.alone(tmp_path):
        pass


def test_a_certificate_that_nobody_has_is_not_rotated(here: Rotation) -> None:
    with here.scene.store.reading() as tx, pytest.raises(RotationFailed, match="no server certificate named"):
        rotation.plan(tx, ACCOUNT, "other")


def test_no_key_is_in_the_audit_log(here: Rotation) -> None:
    here.rotate()
    with here.scene.store.reading() as tx:
        records = [row[0] for row in tx.rows(AUDIT.select().with_only_columns(AUDIT.c.record), {})]
    assert [json.loads(record)["parameters"]["Step"] for record in records] == [
        "stored",
        "listener",
        "listener",
        "named",
    ]
    assert not any("KEY" in record for record in records)
