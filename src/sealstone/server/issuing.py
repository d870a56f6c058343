"""The threads beside the door that issue and renew certificates; all processes of a store share the work."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import Final

from sealstone.issuers.issuer import Issuer
from sealstone.model.authority import Holder
from sealstone.model.certificate import Certificate, CertificateType
from sealstone.model.certificate_request import INSIDE, OUTSIDE
from sealstone.operations.call import House
from sealstone.probe.domain_names import Resolver
from sealstone.server.mailing import approval_page, mailer
from sealstone.server.operator import SERVER, record_for_all
from sealstone.server.settings import Settings
from sealstone.store.engine import Tx
from sealstone.workers.authority import AuthorityKeeper
from sealstone.workers.authority_making import Made
from sealstone.workers.issuing import Issuing
from sealstone.workers.own_addresses import OwnAddresses
from sealstone.workers.validating import DomainValidator, Mail
from sealstone.x509.making.certificates import Usage

_THREADS: Final = 2
"""Of each kind: what waits for somebody's name server holds up no issuing."""
_ENDS: Final = 5.0
"""Seconds that all of them have to end."""


def keeper_of(settings: Settings, house: House) -> AuthorityKeeper:
    """The private authority, as the settings want it."""

    def renewed(tx: Tx, made: Made, at: datetime) -> None:
        parameters = {"AuthorityId": made.intermediate.authority_id, "Root": made.root is not None}
        record_for_all(tx, house.audit_key, at, house.chance, "RotateAuthority", parameters, SERVER)

    return AuthorityKeeper(house.store, house.keyring, house.chance, house.clock, settings.authority_plan, renewed)


@contextmanager
def issuing(settings: Settings, house: House) -> Iterator[AuthorityKeeper]:
    """Issue, renew and keep revocation lists fresh until the end."""
    keeper = keeper_of(settings, house)
    sender = mailer(settings)
    mail = Mail(sender.send if sender else None, approval_page(settings))
    resolver = Resolver(settings.dns_servers)
    stopped = threading.Event()
    validator = DomainValidator(
        house.store,
        resolver,
        mail,
        house.chance,
        OwnAddresses(house.store, house.balancing),
        http_port=settings.validation_http_port,
        is_stopping=stopped.is_set,
    )

    def issuer_of(certificate: Certificate) -> Issuer:
        holder = Holder(certificate.account_id, certificate.region, certificate.unique_id)
        # What names an authority gets what AWS Private CA gives; public certificates are for servers alone.
        usages = (Usage.SERVER, Usage.CLIENT) if certificate.kind is CertificateType.PRIVATE else (Usage.SERVER,)
        return keeper.issuer(holder, usages=usages)

    worker = Issuing(house.store, house.keyring, issuer_of, validator, clock=house.clock, chance=house.chance)
    threads = [
        *(_thread(f"issue-{n}", worker.run, stopped, INSIDE) for n in range(_THREADS)),
        *(_thread(f"validate-{n}", worker.run, stopped, OUTSIDE) for n in range(_THREADS)),
        _thread("authority", keeper.run, stopped),
    ]
    try:
        yield keeper
    finally:
        stopped.set()
        deadline = monotonic() + _ENDS
        for thread in threads:
            thread.join(max(deadline - monotonic(), 0))


def _thread(name: str, run: Callable[..., None], *arguments: object) -> threading.Thread:
    """One that runs. What still waits for somebody's name server when the process ends is not waited for."""
    thread = threading.Thread(target=run, args=arguments, name=name, daemon=True)
    thread.start()
    return thread
