"""How the owners of domains show that they agree: a record, mailboxes or a token, laid down with the request.

Source: user guide, "AWS Certificate Manager DNS validation", "... email validation", "... HTTP validation". Who looks
whether they did is a worker.
"""

import hmac
from collections.abc import Mapping, Sequence
from typing import Final

from sealstone.model.certificate_request import DomainValidation, ValidationMethod, ValidationStatus
from sealstone.model.ids import Chance
from sealstone.model.secret import Secret
from sealstone.operations.acm.domains import WILDCARD, host_of
from sealstone.operations.acm.wording import explained
from sealstone.operations.call import Call
from sealstone.operations.errors import ValidationError
from sealstone.store.certificate_requests import token_path
from sealstone.x509.escaping import shown

PURPOSE: Final = "domain validation"
"""What the key of the records is derived for."""
# User guide, "AWS Certificate Manager email validation": the five that are always written to.
_MAILBOXES: Final = ("admin", "administrator", "hostmaster", "postmaster", "webmaster")
_WWW: Final = "www."
_ZONE: Final = "acm-validations.aws."
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_HALF: Final = 16  # bytes: 32 digits of hex
_TAIL: Final = 10  # letters
_TOKEN: Final = 20  # bytes


def planned(
    call: Call, names: Sequence[str], method: ValidationMethod, domains: Mapping[str, str]
) -> tuple[DomainValidation, ...]:
    """One for each name, in order. Raises ValidationError for a wildcard that is to be validated over HTTP."""
    if method is ValidationMethod.HTTP:
        return tuple(_over_http(call, name, domains.get(name, name)) for name in names)
    if method is ValidationMethod.EMAIL:
        return tuple(by_mail(name, domains.get(name)) for name in names)
    key = call.house.keyring.derive(PURPOSE)
    return tuple(_by_record(key, call.account_id, name, domains.get(name, name)) for name in names)


def none_needed(names: Sequence[str]) -> tuple[DomainValidation, ...]:
    """What a private authority asks for: nothing."""
    return tuple(DomainValidation(name, name, None, ValidationStatus.SUCCESS) for name in names)


def by_mail(name: str, domain: str | None) -> DomainValidation:
    """With no domain of its own, the name's without a leading `www.` or `*.` is written to (user guide)."""
    host = host_of(domain or name)
    shorter = host.removeprefix(_WWW)
    if domain is None and "." in shorter:
        host = shorter
    emails = tuple(f"{mailbox}@{host}" for mailbox in _MAILBOXES)
    return DomainValidation(name, domain or name, ValidationMethod.EMAIL, emails=emails)


def _by_record(key: Secret, account_id: str, name: str, domain: str) -> DomainValidation:
    """The record is the same for `a.example` and `*.a.example`, in every Region and for ever (documented).

    So it depends on nothing but the account, the domain and a key of the installation.
    """
    host = host_of(name)
    digest = hmac.digest(key.reveal(), f"{account_id}|{host}".encode("ascii"), "sha512")
    left, right, tail = digest[:_HALF].hex(), digest[_HALF : 2 * _HALF].hex(), digest[2 * _HALF :][:_TAIL]
    letters = "".join(_LETTERS[byte % len(_LETTERS)] for byte in tail)
    return DomainValidation(
        name, domain, ValidationMethod.DNS, record_name=f"_{left}.{host}.", record_value=f"_{right}.{letters}.{_ZONE}"
    )


def _over_http(call: Call, name: str, domain: str) -> DomainValidation:
    if name.startswith(WILDCARD):
        raise ValidationError(
            explained(
                f"The domain name {shown(name)} cannot be validated over HTTP",
                "a host that answers shows nothing about the others below the same domain",
                "validate a wildcard by DNS",
            )
        )
    token = call.house.chance(_TOKEN).hex()
    # Where nobody but this installation would send anybody: listeners answer the path under every host name.
    host = f"validation.{call.region}.{call.house.balancing.domain}"
    return DomainValidation(
        name, domain, ValidationMethod.HTTP, token=token, redirect_to=f"http://{host}{token_path(token)}"
    )


def redirected_from(one: DomainValidation) -> str:
    """The URL that is asked for the token (documented form)."""
    return f"http://{one.domain_name}{token_path(one.token)}"


def token_body(chance: Chance) -> str:
    """What the path of a token answers: nothing that could be known from the path."""
    return chance(2 * _HALF).hex()
