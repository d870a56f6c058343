"""A store with one load balancer, a data plane that only remembers, and proofs that find what they should."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from tests.databases import migrated
from tests.house_fixture import ACCOUNT, Chance, Clock
from tests.pki import NOW, self_signed

from sealstone.dataplane.recording import Recording
from sealstone.dataplane.wanted import Listener as WantedListener
from sealstone.model.balancing import Balancing
from sealstone.model.classic_detail import ClassicDetail, ClassicListener, HealthCheck, Policy, document_of
from sealstone.model.instance import Instance
from sealstone.model.listener import CertificateUse, Listener
from sealstone.model.load_balancer import Generation, Kind, LoadBalancer
from sealstone.model.secret import Secret
from sealstone.model.server_certificate import ServerCertificate
from sealstone.seal.envelope import Keyring, MasterKeys
from sealstone.store import (
    certificate_uses,
    instances,
    listener_states,
    listeners,
    load_balancers,
    server_certificates,
)
from sealstone.store.engine import Store
from sealstone.workers.certificates import Opened
from sealstone.workers.deploy import Deployer
from sealstone.workers.proof import Proof

POLICY = Policy("tls", "SSLNegotiationPolicyType", (("Protocol-TLSv1.2", "true"), ("AES128-SHA", "true")))
DETAIL = ClassicDetail("site.example", HealthCheck("HTTP:80/"), instances=("i-1",), policies=(POLICY,))


class Later(Executor):
    """Does what it was given when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, partial(fn, *args, **kwargs)))
        return future

    def end(self, which: int) -> None:
        """The one at that place of those that wait."""
        future, work = self.waiting.pop(which)
        future.set_result(work())


class Scene:
    """A store with one load balancer, a recording data plane, and proofs that find what they should."""

    def __init__(self, store: Store, keyring: Keyring) -> None:
        self.store = store
        self.clock = Clock()
        self.seconds = 0.0
        self.plane = Recording()
        self.proofs: list[str] = []
        self.broken: dict[str, str] = {}
        self.keyring = keyring
        self.deployer = self.another()

    def another(self) -> Deployer:
        return Deployer(self.store, self.keyring, Balancing(), self.plane, self.clock, self.prove, self.ticks)

    def prove(self, listener: WantedListener, opened: Mapping[str, Opened], beginning: int = 0) -> Proof:
        self.proofs.append(listener.listener_id)
        name = listener.default_certificate_id
        return Proof(self.broken.get(listener.listener_id, ""), opened[name].fingerprint if name else "")

    def ticks(self) -> float:
        """The seconds that have passed."""
        return self.seconds

    def passed(self, seconds: float) -> None:
        """Time goes on, by the clock too."""
        self.seconds += seconds
        self.clock.advance(seconds)

    def write(self, change: Callable[[Any], None]) -> None:
        with self.store.writing() as tx:
            change(tx)

    def certificate(self, unique_id: str, bound_to: str | None = None) -> None:
        pair = self_signed(f"{unique_id}.example")
        record = ServerCertificate(
            ACCOUNT, unique_id, unique_id, "/", pair.certificate_pem, None, f"fingerprint of {unique_id}", NOW, NOW
        )
        sealed = self.keyring.seal(Secret(b"key of " + unique_id.encode()), bound_to=bound_to or record.bound_to)
        self.write(lambda tx: server_certificates.add(tx, record, sealed))

    def listener(self, listener_id: str, port: int, certificate_id: str = "") -> None:
        document = document_of(ClassicListener(80, "HTTP", ("tls",)))
        row = Listener(ACCOUNT, listener_id, "lb", port, "HTTPS" if certificate_id else "HTTP", document)

        def add(tx: Any) -> None:
            listeners.add(tx, row)
            if certificate_id:
                certificate_uses.add(tx, CertificateUse(ACCOUNT, listener_id, certificate_id))

        self.write(add)

    def without_listeners(self) -> None:
        """All of them are deleted."""
        with self.store.writing() as tx:
            for row in listeners.every(tx):
                certificate_uses.remove_all(tx, row.account_id, row.listener_id)
                listeners.remove(tx, row)

    def states(self) -> dict[str, tuple[str, str, int]]:
        with self.store.reading() as tx:
            found = listener_states.every(tx)
        return {state.listener_id: (state.status.value, state.reason, state.generation) for state in found}

    def looked_at(self) -> set[datetime]:
        """When listeners were last looked at."""
        with self.store.reading() as tx:
            return {state.checked_at for state in listener_states.every(tx)}

    def served(self) -> dict[str, str]:
        with self.store.reading() as tx:
            return {state.listener_id: state.served_fingerprint for state in listener_states.every(tx)}


@contextmanager
def deploying(directory: Path) -> Iterator[Scene]:
    """A scene with the load balancer `lb` and one instance, and no listener."""
    store = migrated(directory / "store.db")
    made = Scene(store, Keyring(MasterKeys({"00" * 8: Secret(bytes(32))}, "00" * 8), Chance()))

    def fill(tx: Any) -> None:
        load_balancers.add(
            tx,
            LoadBalancer(
                *(ACCOUNT, "lb", "us-east-1", Generation.CLASSIC, Kind.CLASSIC, "site", "127.0.0.1", NOW),
                document_of(DETAIL),
            ),
        )
        instances.add(tx, Instance(ACCOUNT, "i-1", "192.0.2.1"))

    made.write(fill)
    yield made
    store.close()
