"""`sealstone inspect`: what is in these files, whatever they are. Nothing is judged but whether links hold.

The JSON form and its keys are told in `inspect_document`.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import click

from sealstone.cli.inspect_document import document
from sealstone.cli.material import Passwords, material_of, password_options, refuses_password
from sealstone.cli.screen import Node, Part, Row, Screen, Style, left
from sealstone.server.clock import system_clock
from sealstone.x509.description import (
    CertificateDescription,
    KeyDescription,
    OtherDescription,
    RequestDescription,
    RevocationListDescription,
)
from sealstone.x509.escaping import shown
from sealstone.x509.inspection import Entry, Inspection, Pair, Validity, inspected
from sealstone.x509.links import VERIFIED, State
from sealstone.x509.material import ALIASED, Unreadable
from sealstone.x509.paths import beyond
from sealstone.x509.trees import Branch

_MOST_NAMES: Final = 12
_LONGEST_NAME: Final = 200
_LONGEST_IN_TREE: Final = 120
_LONGEST_SERIAL: Final = 64  # characters: a line; those of real authorities have 59 at most
_LINKS: Final = {State.VERIFIED: "signature verified", State.UNPROVEN: "not proven", State.BROKEN: "BROKEN"}
_LINK_STYLES: Final = {State.VERIFIED: Style.GOOD, State.UNPROVEN: Style.WARNING, State.BROKEN: Style.BAD}


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@password_options
def inspect(files: tuple[str, ...], as_json: bool, passwords: Passwords) -> None:
    """Show what certificate and key files hold, whatever they are; - is standard input.

    Certificates, keys, requests and revocation lists in PEM, DER, PKCS #12, PKCS #7, Java keystores and OpenSSH's
    form; then the chains with every link checked, and which key belongs to which certificate.

    Exit status 1 when nothing in the files can be read, or when a password that was given does not open one of them.
    """
    items = material_of(files, passwords)
    inspection = inspected(files, items, system_clock())
    if as_json:
        click.echo(json.dumps(document(inspection), indent=2))
    else:
        show(inspection)
    refused = any(isinstance(item, Unreadable) and refuses_password(item) for item in items)
    if refused or all(entry.is_unreadable for entry in inspection.entries):
        raise click.exceptions.Exit(1)


def show(inspection: Inspection) -> None:
    """The whole, for a person."""
    screen = Screen()
    for entry in inspection.entries:
        screen.parts(_heading(entry))
        screen.block(_rows(entry, inspection))
        screen.line()
    if inspection.branches:
        screen.line("Chains" if len(inspection.branches) > 1 else "Chain", Style.TITLE)
        screen.tree(_tops(inspection))
        screen.line()
    if inspection.not_looked_at:
        screen.line(beyond(inspection.not_looked_at), Style.WARNING)
        screen.line()
    if inspection.pairs:
        screen.line("Keys", Style.TITLE)
        for pair in inspection.pairs:
            screen.parts(_pair(pair, inspection), hanging=4)
        screen.line()


# --- items ---


def _heading(entry: Entry) -> Iterator[tuple[str, Style]]:
    origin = entry.origin
    place = f", {shown(origin.place)}" if origin.place else ""
    forms = " in ".join(str(form) for form in reversed(origin.forms))
    yield f"[{entry.number}] ", Style.FAINT
    yield entry.kind.capitalize(), Style.BAD if entry.is_unreadable else Style.TITLE
    yield f"  {shown(origin.file, _LONGEST_NAME)}{place}", Style.PLAIN
    yield f" ({forms})" if forms else "", Style.FAINT


def _rows(entry: Entry, inspection: Inspection) -> Iterator[Row]:
    told = entry.description
    if entry.same_as:
        yield Row("Same as", f"[{entry.same_as}]")
    elif isinstance(told, CertificateDescription):
        yield from _certificate(told, inspection)
    elif isinstance(told, KeyDescription):
        yield Row("Key", told.key)
        yield Row("Public key", told.public_key_fingerprint)
    elif isinstance(told, RequestDescription):
        yield from _request(told)
    elif isinstance(told, RevocationListDescription):
        yield from _revocation_list(told, inspection.at)
    else:
        yield from _other(told)
    if not ALIASED.isdisjoint(entry.origin.forms):
        yield Row("Alias", shown(entry.label))
    for fault in entry.faults:
        yield Row("Fault", fault, Style.WARNING)
    for remark in entry.remarks:
        yield Row("Note", remark)


def _certificate(told: CertificateDescription, inspection: Inspection) -> Iterator[Row]:
    yield Row("Subject", shown(told.subject, _LONGEST_NAME))
    yield Row("Names", _names(told.alternative_names))
    yield Row("Issuer", "itself" if told.is_self_issued else shown(told.issuer, _LONGEST_NAME))
    yield Row("Serial", shown(told.serial, _LONGEST_SERIAL))
    yield Row("Valid", *_valid(told, inspection))
    yield Row("Key", told.key)
    is_weak = told.signed.algorithm.proves_nothing and not told.is_self_issued
    weak = ", which proves nothing any more" if is_weak else ""
    yield Row("Signature", told.signature + weak, Style.WARNING if is_weak else Style.PLAIN)
    yield Row("Usage", _usage(told))
    yield Row("Authority", _authority(told))
    yield Row("Version", "" if told.version == 3 else str(told.version))
    yield Row("SHA-256", told.fingerprint)
    yield Row("SHA-1", told.fingerprint_sha1)
    yield Row("Public key", told.public_key_fingerprint)
    yield Row("Issuer at", "\n".join(told.issuer_urls))
    yield Row("OCSP at", "\n".join(told.responder_urls))
    yield Row("CRL at", "\n".join(told.revocation_list_urls))
    yield Row("Also has", ", ".join(told.other_extensions))


def _valid(told: CertificateDescription, inspection: Inspection) -> tuple[str, Style]:
    validity = inspection.validity(told)
    words, style = left(validity, told.not_before, told.not_after, inspection.at)
    if validity is Validity.UNKNOWN:
        return words, style
    return f"{_date(told.not_before)} to {_date(told.not_after)}, {words}", style


def _date(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat(' ', 'minutes')}"


def _names(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(shown(name, _LONGEST_NAME) for name in names[:_MOST_NAMES]) + more


def _usage(told: CertificateDescription | RequestDescription) -> str:
    return "; ".join(", ".join(usages) for usages in (told.usages, told.extended_usages) if usages)


def _authority(told: CertificateDescription) -> str:
    if told.authority is None:
        return "does not say"
    length = "" if told.path_length is None else f", {told.path_length} more below it at most"
    return f"yes{length}" if told.authority else "no"


def _request(told: RequestDescription) -> Iterator[Row]:
    yield Row("Subject", shown(told.subject, _LONGEST_NAME))
    yield Row("Names", _names(told.names))
    yield Row("Key", told.key)
    holds = {True: ("verified", Style.GOOD), False: ("BROKEN", Style.BAD), None: ("not checked", Style.WARNING)}
    word, style = holds[told.signature_holds]
    yield Row("Signature", f"{told.signature}, {word}", style)
    yield Row("Usage", _usage(told))
    yield Row("Authority", "yes" if told.authority else "")
    yield Row("Public key", told.public_key_fingerprint)
    if told.has_challenge_password:
        yield Row("Note", "it holds a challenge password, in plain text")


def _revocation_list(told: RevocationListDescription, at: datetime) -> Iterator[Row]:
    yield Row("Issuer", shown(told.issuer, _LONGEST_NAME))
    yield Row("Updated", _date(told.this_update))
    if told.next_update:
        is_late = told.next_update < at
        late, style = (", which is over", Style.BAD) if is_late else ("", Style.PLAIN)
        yield Row("Next update", _date(told.next_update) + late, style)
    yield Row("Revoked", f"{told.count:,} certificates" if told.count != 1 else "1 certificate")
    yield Row("Signature", told.signature)


def _other(told: OtherDescription) -> Iterator[Row]:
    yield Row("Why", told.reason)
    yield Row("Cure", told.problem.cure if told.problem else "")


# --- chains and keys ---


def _tops(inspection: Inspection) -> list[Node]:
    """The trees, each issuer that is not there standing above those that name it."""
    tops: list[Node] = []
    orphans: dict[str, list[Node]] = {}
    for branch in inspection.branches:
        node = _node(branch, inspection)
        if branch.link is None:
            orphans.setdefault(branch.certificate.issuer, []).append(node)
        else:
            tops.append(node)
    for issuer, nodes in orphans.items():
        name = (shown(issuer, _LONGEST_IN_TREE), Style.FAINT)
        tops.append(Node(((name,), (("not in these files", Style.WARNING),)), tuple(nodes)))
    return tops


def _node(top: Branch, inspection: Inspection) -> Node:
    """A branch as nodes, without recursion: below a thousand authorities there may be another."""
    order = [top]
    for branch in order:  # grows while it is walked
        order += branch.children
    made: dict[str, Node] = {}
    for branch in reversed(order):
        children = tuple(made[child.certificate.fingerprint] for child in branch.children)
        made[branch.certificate.fingerprint] = Node(tuple(_lines(branch, inspection)), children)
    return made[top.certificate.fingerprint]


def _lines(branch: Branch, inspection: Inspection) -> Iterator[tuple[Part, ...]]:
    told = branch.certificate
    number = inspection.number_of(told)
    words, style = left(inspection.validity(told), told.not_before, told.not_after, inspection.at)
    yield (shown(told.subject, _LONGEST_IN_TREE), Style.PLAIN), (f" [{number}]", Style.FAINT)
    yield (*_link(branch), (words, style))


def _link(branch: Branch) -> Iterator[Part]:
    link, told = branch.link, branch.certificate
    if branch.is_self_signed and told.signed.algorithm.proves_nothing:
        yield f"self-signed with {told.signature}, ", Style.PLAIN  # nobody relies on a root's own signature
    elif link == VERIFIED and branch.is_self_signed:
        yield "self-signed, ", Style.PLAIN
    elif link:
        reason = f": {link.reason}" if link.reason else ""
        yield f"{_LINKS[link.state]}{reason}", _LINK_STYLES[link.state]
        yield ", ", Style.PLAIN


def _pair(pair: Pair, inspection: Inspection) -> Iterator[Part]:
    """`[4] private key, EC P-256, belongs to [1] CN=build.example.com`."""
    key = inspection.entries[pair.key - 1]
    told = key.description
    yield f"[{key.number}] ", Style.FAINT
    yield f"{key.kind}, {told.key if isinstance(told, KeyDescription) else ''}, ", Style.PLAIN
    others = [inspection.entries[number - 1] for number in (*pair.certificates, *pair.requests)]
    if isinstance(told, KeyDescription) and not told.public_key_fingerprint:
        yield "and what it belongs to is not known, since its public half cannot be computed here", Style.WARNING
    elif not others:
        yield "belongs to nothing in these files", Style.WARNING
    for at, other in enumerate(others):
        yield (" and " if at else "belongs to "), Style.GOOD
        yield f"[{other.number}] {_subject(other)}", Style.PLAIN


def _subject(entry: Entry) -> str:
    told = entry.description
    is_request = isinstance(told, RequestDescription)
    subject = told.subject if isinstance(told, CertificateDescription | RequestDescription) else ""
    return f"{'the request of ' if is_request else ''}{shown(subject, _LONGEST_NAME)}"
