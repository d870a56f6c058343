"""A rotation without a server: the deploy worker takes a round whenever the rotation waits.

with rotating(tmp_path) as here:
    here.at(3, Killed())          # the third time that it asks for the time, for chance or waits
    here.rotate()
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from tests.deploying import Scene, deploying
from tests.house_fixture import ACCOUNT, Chance
from tests.pki import NOW, Issued, self_signed

from sealstone.model.secret import Secret
from sealstone.server import rotation, rotation_plan
from sealstone.server.rotation_plan import Plan
from sealstone.server.rotation_proof import Vaulted
from sealstone.server.serving import LOCK
from sealstone.store import certificate_uses, rotations, server_certificates
from sealstone.x509 import bundle
from sealstone.x509.acceptance import IAM
from sealstone.x509.bundle import CertificateBundle


class Killed(BaseException):
    """Nothing catches it, as nothing catches SIGKILL."""


class Rotation:
    """The scene with a certificate on two listeners, and the files of the next one."""

    def __init__(self, scene: Scene, directory: Path) -> None:
        self.scene = scene
        self.directory = directory
        self.told: list[str] = []
        self.chance = Chance()
        self.bundle = bundle_of(self_signed("next.example.com"))
        self.pause: Callable[[], None] = scene.deployer.round
        self.step: Callable[[], None] = lambda: None
        """Called before everything that a rotation asks of the world around it."""
        self.pauses_count = True
        self.is_interrupted: Callable[[], bool] = lambda: False
        scene.certificate("ASCA1")
        scene.listener("l1", 443, "ASCA1")
        scene.listener("l2", 8443, "ASCA1")
        scene.deployer.round()

    def planned(self) -> Plan:
        with self.scene.store.reading() as tx:
            return rotation_plan.plan(tx, ACCOUNT, "ASCA1")

    def rotate(self, *, keep_old: bool = False) -> str:
        done = rotation.rotate(self.vault(), self.planned(), self.bundle, keep_old=keep_old, tell=self.told.append)
        return done.unique_id

    def vault(self) -> Vaulted:
        return Vaulted(
            self.scene.store,
            self.scene.keyring,
            Secret(bytes(32)),
            self.directory,
            self._time,
            self._random,
            self._wait,
            self._is_interrupted,
        )

    def at(self, number: int, fault: BaseException, *, for_good: bool = False) -> list[int]:
        """Let the step of that number fail, from 1, and with `for_good` all after it; the steps taken so far.

        Pauses are steps too, but not where all of them fail: then it is the store that does.
        """
        taken: list[int] = []
        self.pauses_count = not for_good

        def count() -> None:
            taken.append(len(taken) + 1)
            if taken[-1] == number or (for_good and taken[-1] > number):
                raise fault

        self.step = count
        return taken

    def another(self, name: str) -> None:
        """Other files are rotated from now on."""
        self.bundle = bundle_of(self_signed(name))

    def names(self) -> dict[str, str]:
        with self.scene.store.reading() as tx:
            return {one.name: one.fingerprint for one in server_certificates.every(tx)}

    def used(self) -> set[str]:
        with self.scene.store.reading() as tx:
            return {use.certificate_id for use in certificate_uses.every(tx)}

    def left(self) -> list[str]:
        """The names of what rotations have stored and not ended."""
        with self.scene.store.reading() as tx:
            return [one.name for old in server_certificates.every(tx) for one in rotations.left(tx, old)]

    def _is_interrupted(self) -> bool:
        return self.is_interrupted()

    def _time(self) -> datetime:
        self.step()
        return self.scene.clock()

    def _random(self, size: int) -> bytes:
        self.step()
        return self.chance(size)

    def _wait(self, _seconds: float) -> None:
        if self.pauses_count:
            self.step()
        self.pause()


def bundle_of(issued: Issued, chain: str | None = None) -> CertificateBundle:
    return bundle.read(issued.certificate_pem, issued.private_key_pem, chain, at=NOW, acceptance=IAM)


@contextmanager
def a_server(directory: Path) -> Iterator[None]:
    """Somebody deploys."""
    with (directory / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def rotating(directory: Path) -> Iterator[Rotation]:
    """A rotation beside a server that deploys."""
    with deploying(directory) as scene, a_server(directory):
        yield Rotation(scene, directory)
