"""What one service demands beyond the engine: refusals that follow from the fields of a `Target`."""

import re
from collections.abc import Iterator
from typing import Final

from sealstone.x509 import pem, presentable, server_names
from sealstone.x509.description import CertificateDescription
from sealstone.x509.escaping import shown
from sealstone.x509.findings import Finding, Severity
from sealstone.x509.problems import Part, X509Problem
from sealstone.x509.rules.subject import Subject, read_certificate
from sealstone.x509.submission import Submission
from sealstone.x509.targets import Target, takes, wanted

_COMMON_NAME: Final = re.compile(r"(?:^|[,+])CN=((?:\\.|[^\\,+])*)")
_BLANKS: Final = (" ", "\t")
_EMPTY_NAME: Final = b"\x30\x00"
# RFC 5280 4.2.1.12; and the two by which old authorities let servers use strong ciphers (Server Gated Cryptography).
_TLS_USAGES: Final = frozenset({"serverAuth", "clientAuth", "any", "msSGC", "nsSGC"})


def of(subject: Subject, target: Target) -> Iterator[Finding]:
    """Refusals by the target alone."""
    leaf = subject.leaf_description
    if leaf is None:
        return
    yield from _key(subject, target)
    yield from _signatures(subject, leaf, target)
    yield from _form(leaf, target)
    yield from _usages(leaf, target)
    yield from _names(leaf, target)
    yield from _chain(subject, leaf, target)


def of_texts(submission: Submission, target: Target) -> Iterator[Finding]:
    """Refusals of how the texts are written, which the engine takes."""
    for given, part in (
        (submission.certificate_body, Part.CERTIFICATE),
        (submission.private_key, Part.PRIVATE_KEY),
        (submission.certificate_chain, Part.CHAIN),
    ):
        is_judged = given and target.format_page and pem.count(given.text)
        lines = given.text.splitlines() if given and is_judged else []
        number = next((number for number, line in enumerate(lines, start=1) if line.endswith(_BLANKS)), 0)
        if number:
            cause = f"line {number} of the {part} ends with a blank, and {_short(target)} takes no such line"
            cure = "remove the blanks at the ends of lines"
            yield Finding("blank-at-line-end", Severity.REFUSAL, part, cause, target.format_page, cure)


def has_alternatives(leaf: CertificateDescription) -> bool:
    """Whether one of its alternative names is a server's: a domain name or an address, not a mailbox or a URI."""
    return any(name.startswith(("DNS:", "IP:")) for name in leaf.alternative_names)


def domain_names(leaf: CertificateDescription) -> tuple[str, ...]:
    """Its DNS names, or its common name when no alternative name is a server's (RFC 6125 6.4.4)."""
    if has_alternatives(leaf):
        return tuple(name.removeprefix("DNS:") for name in leaf.alternative_names if name.startswith("DNS:"))
    common = _COMMON_NAME.search(leaf.subject)
    return (common[1],) if common and common[1] else ()


def is_for_tls(leaf: CertificateDescription) -> bool:
    """Whether its extended key usages leave room for TLS, be it as a client; without any it is for everything."""
    return not leaf.extended_usages or not _TLS_USAGES.isdisjoint(leaf.extended_usages)


def _refusal(target: Target, rule: str, part: Part, cause: str, cure: str) -> Finding:
    return Finding(rule, Severity.REFUSAL, part, cause, target.page, cure)


def _key(subject: Subject, target: Target) -> Iterator[Finding]:
    """The key may be stored and yet not be attached; what cannot even be stored is the engine's refusal."""
    read = subject.leaf_read
    if read is None or subject.leaf is None or takes(target.keys, read.key):
        return
    if not isinstance(read_certificate(subject.leaf, target.store), X509Problem):
        yield _refusal(
            target,
            "key-type",
            Part.CERTIFICATE,
            f"the public key of the certificate is {read.key}, which {_short(target)} does not take",
            f"use {wanted(target.keys)} and have a certificate issued for it",
        )


def _signatures(subject: Subject, leaf: CertificateDescription, target: Target) -> Iterator[Finding]:
    is_demanded = target.unloadable_weighs is Severity.REFUSAL
    if is_demanded and (problem := presentable.problem(leaf, subject.chain_descriptions)):
        yield _refusal(target, "signature", problem.part, problem.cause, problem.cure)


def _form(leaf: CertificateDescription, target: Target) -> Iterator[Finding]:
    if target.needs_version_3 and leaf.version != 3:
        cause = f"the certificate is of X.509 version {leaf.version}, and {_short(target)} takes version 3 only"
        yield _refusal(target, "version", Part.CERTIFICATE, cause, "have it issued again, with extensions")
    if 0 < target.longest_responder_url < leaf.longest_responder_url:
        size, most = leaf.longest_responder_url, target.longest_responder_url
        cause = f"the URL of the OCSP responder in the certificate has {size:,} characters, and {most:,} is the most"
        yield _refusal(target, "ocsp-url", Part.CERTIFICATE, cause, "have it issued with a shorter URL, or without")
    if target.needs_issuer and leaf.issuer_name == _EMPTY_NAME:
        cause = "the name of the certificate's issuer is empty"
        yield _refusal(target, "issuer-name", Part.CERTIFICATE, cause, "have it issued by an authority with a name")


def _usages(leaf: CertificateDescription, target: Target) -> Iterator[Finding]:
    if target.needs_tls_usage and not is_for_tls(leaf):
        usages = shown(", ".join(leaf.extended_usages))
        cause = f"the certificate is for {usages}, and {_short(target)} takes certificates for TLS only"
        cure = "have it issued with the extended key usage serverAuth, or without extended key usages"
        yield _refusal(target, "usage", Part.CERTIFICATE, cause, cure)


def _names(leaf: CertificateDescription, target: Target) -> Iterator[Finding]:
    served = server_names.of(leaf.piece.der, leaf.subject_name)
    if target.needs_domain_name and not any(map(server_names.is_fully_qualified, served)):
        found = f"; it has {shown(', '.join(served))}" if served else ""
        yield _refusal(
            target,
            "domain-name",
            Part.CERTIFICATE,
            f"the certificate has no fully qualified domain name{found}",
            "have it issued for the name under which clients will connect",
        )
    elif target.needs_name and not has_alternatives(leaf) and not domain_names(leaf):
        cause = "the certificate has neither a domain name nor an IP address"
        cure = "have it issued for the name under which clients will connect"
        yield _refusal(target, "domain-name", Part.CERTIFICATE, cause, cure)


def _chain(subject: Subject, leaf: CertificateDescription, target: Target) -> Iterator[Finding]:
    if target.refuses_certificate_in_chain and subject.leaf and subject.leaf.der in {c.der for c in subject.chain}:
        cause = "the certificate itself is repeated in the chain"
        yield _refusal(target, "chain-order", Part.CHAIN, cause, "leave it out of the chain")
    if target.needs_public_issuer and leaf.is_self_issued:
        cause = f"the certificate is self-signed, and {_short(target)} takes those of public authorities only"
        yield _refusal(target, "public-issuer", Part.CERTIFICATE, cause, "have one issued by a public authority")
    elif target.needs_public_issuer and not subject.chain and not subject.chain_given:
        cause = f"there is no certificate chain, and {_short(target)} wants the intermediates"
        cure = f"send the chain too, beginning with the certificate of {shown(leaf.issuer)}"
        yield _refusal(target, "chain-missing", Part.CHAIN, cause, cure)


def _short(target: Target) -> str:
    return target.title.partition(" (")[0]
