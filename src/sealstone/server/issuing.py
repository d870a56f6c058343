"""The threads beside the door that issue and renew certificates; all processes of a store share the work."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sealstone.issuers.issuer import Issuer
from sealstone.model.authority import Holder
from sealstone.model.certificate import Certificate, CertificateType
from sealstone.operations.call import House
from sealstone.probe.domain_names import Resolver
from sealstone.server.mailing import approval_page, mailer
from sealstone.server.settings import Settings
from sealstone.workers.authority import AuthorityKeeper
from sealstone.workers.issuing import Issuing
from sealstone.workers.validating import DomainValidator, Mail
from sealstone.x509.making.certificates import Usage

_THREADS: Final = 3
"""So that a name server that does not answer holds up one certificate and not all."""
_ENDS: Final = 15.0


def keeper_of(settings: Settings, house: House) -> AuthorityKeeper:
    """The private authority, as the settings want it."""
    return AuthorityKeeper(house.store, house.keyring, house.chance, house.clock, settings.authority_plan)


@contextmanager
def issuing(settings: Settings, house: House) -> Iterator[AuthorityKeeper]:
    """Issue, renew and keep revocation lists fresh until the end."""
    keeper = keeper_of(settings, house)
    sender = mailer(settings)
    mail = Mail(sender.send if sender else None, approval_page(settings))
    resolver = Resolver(settings.dns_servers)
    validator = DomainValidator(house.store, resolver, mail, house.chance, http_port=settings.validation_http_port)

    def issuer_of(certificate: Certificate) -> Issuer:
        holder = Holder(certificate.account_id, certificate.region, certificate.unique_id)
        # What names an authority gets what AWS Private CA gives; public certificates are for servers alone.
        usages = (Usage.SERVER, Usage.CLIENT) if certificate.kind is CertificateType.PRIVATE else (Usage.SERVER,)
        return keeper.issuer(holder, usages=usages)

    worker = Issuing(house.store, house.keyring, issuer_of, validator, clock=house.clock, chance=house.chance)
    stopped = threading.Event()
    threads = [threading.Thread(target=worker.run, args=(stopped,), name=f"issue-{n}") for n in range(_THREADS)]
    threads.append(threading.Thread(target=keeper.run, args=(stopped,), name="authority"))
    for thread in threads:
        thread.start()
    try:
        yield keeper
    finally:
        stopped.set()
        for thread in threads:
            thread.join(_ENDS)
