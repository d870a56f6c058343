"""Warnings and notes: what is accepted, and clients or other services may not like."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sealstone.x509 import presentable
from sealstone.x509.description import CertificateDescription
from sealstone.x509.escaping import shown
from sealstone.x509.findings import Finding, Severity
from sealstone.x509.problems import NOT_IN_CHAIN, Part, which
from sealstone.x509.public_keys import RSA
from sealstone.x509.rules.demands import domain_names, has_alternatives, is_for_tls
from sealstone.x509.rules.subject import Subject
from sealstone.x509.targets import Target, takes, wanted

_SOON: Final = timedelta(days=30)
_LONGEST: Final = timedelta(days=825)
_STRONG_RSA: Final = 2048
_WEAK_SIGNATURES: Final = ("SHA-1", "MD5", "MD2")
_BASELINE: Final = "CA/Browser Forum Baseline Requirements 6.1.5, 7.1.3"
_TLS: Final = "RFC 8446 4.4.2"


def of(subject: Subject, target: Target, at: datetime) -> Iterator[Finding]:
    """Everything that is worth knowing and no refusal."""
    leaf = subject.leaf_description
    if leaf is None:
        return
    yield from _dates(leaf, at)
    yield from _key(subject)
    yield from _weaknesses(subject, leaf)
    yield from _attachments(subject, target)
    yield from _listeners(subject, leaf, target)
    yield from _names(leaf)
    yield from _usages(leaf, target)
    yield from _signatures(subject, leaf)
    yield from _chain(subject, leaf, target)
    yield from _issuers(subject, at)


def _warning(rule: str, part: Part, cause: str, source: str, cure: str = "") -> Finding:
    return Finding(rule, Severity.WARNING, part, cause, source, cure)


def _note(rule: str, part: Part, cause: str, source: str, cure: str = "") -> Finding:
    return Finding(rule, Severity.NOTE, part, cause, source, cure)


def _dates(leaf: CertificateDescription, at: datetime) -> Iterator[Finding]:
    left = leaf.not_after - at
    if timedelta(0) <= left < _SOON:
        days = f"{left.days} days" if left.days != 1 else "1 day"
        cause = f"the certificate expires in {days}, at {leaf.not_after:%Y-%m-%d %H:%M:%S} UTC"
        yield _warning("expires-soon", Part.CERTIFICATE, cause, "RFC 5280 4.1.2.5", "have it renewed")
    if leaf.not_after - leaf.not_before > _LONGEST:
        days = str((leaf.not_after - leaf.not_before).days)
        cause = f"the certificate is valid for {days} days, and Apple's clients refuse more than {_LONGEST.days}"
        source = "Apple, Requirements for trusted certificates in iOS 13 and macOS 10.15"
        yield _warning("validity-long", Part.CERTIFICATE, cause, source, "have it issued for a shorter time")


def _key(subject: Subject) -> Iterator[Finding]:
    read = subject.leaf_read
    if read and read.key.name == RSA and read.key.bits < _STRONG_RSA:
        cause = f"the key is {read.key}, and clients refuse RSA below {_STRONG_RSA} bits"
        cure = f"make a new key of {_STRONG_RSA} bits or on P-256 and have a certificate issued for it"
        yield _warning("key-weak", Part.CERTIFICATE, cause, "NIST SP 800-131A; " + _BASELINE, cure)


def _weaknesses(subject: Subject, leaf: CertificateDescription) -> Iterator[Finding]:
    """Keys that anybody can break: Boulder refuses them, AWS is not known to, and no client looks."""
    for at, certificate in enumerate((leaf, *subject.chain_descriptions), start=NOT_IN_CHAIN):
        for weakness in certificate.weaknesses:
            part = Part.CERTIFICATE if at == NOT_IN_CHAIN else Part.CHAIN
            cause = f"the key of {which(at)} protects nothing: {weakness.clause}"
            cure = "make a new key with other software, have a certificate issued for it, and have this one revoked"
            yield _warning(weakness.rule, part, cause, weakness.source, cure)


def _attachments(subject: Subject, target: Target) -> Iterator[Finding]:
    """What the certificate cannot be attached to, although the target takes it."""
    read = subject.leaf_read
    for attachment in target.attachments if read and takes(target.keys, read.key) else ():
        if read and not takes(attachment.keys, read.key):
            cause = f"the key is {read.key}, so the certificate cannot be put on {attachment.title}"
            cure = f"for that use {wanted(attachment.keys)}"
            yield Finding("key-not-for-service", attachment.severity, Part.CERTIFICATE, cause, attachment.source, cure)


def _listeners(subject: Subject, leaf: CertificateDescription, target: Target) -> Iterator[Finding]:
    """What may be stored, and not be attached to any load balancer."""
    is_advised = target.unloadable_weighs is Severity.WARNING
    if is_advised and (problem := presentable.problem(leaf, subject.chain_descriptions)):
        source = "Elastic Load Balancing, UnsupportedCertificate"
        yield _warning("not-for-listeners", problem.part, problem.cause, source, problem.cure)


def _names(leaf: CertificateDescription) -> Iterator[Finding]:
    if not has_alternatives(leaf):
        names = ", ".join(domain_names(leaf))
        which_ones = "that name a server" if leaf.alternative_names else ""
        cause = f"the certificate has no subject alternative names {which_ones}".rstrip()
        cause += ", and clients look at nothing else"
        cure = f"have it issued with its names there{f', such as DNS:{shown(names)}' if names else ''}"
        yield _warning("names-missing", Part.CERTIFICATE, cause, "RFC 9525 2, RFC 6125 6.4.4", cure)


def _usages(leaf: CertificateDescription, target: Target) -> Iterator[Finding]:
    refused = target.needs_tls_usage and not is_for_tls(leaf)
    if leaf.extended_usages and not refused and not {"serverAuth", "any"} & set(leaf.extended_usages):
        usages = shown(", ".join(leaf.extended_usages))
        cause = f"the certificate is for {usages} and not for servers (serverAuth)"
        cure = "have it issued with the extended key usage serverAuth"
        yield _warning("usage-not-server", Part.CERTIFICATE, cause, "RFC 5280 4.2.1.12", cure)
    if leaf.usages and "digitalSignature" not in leaf.usages:
        cause = "the certificate's key usage does not allow signatures, which TLS 1.3 and all ECDHE suites need"
        cure = "have it issued with the key usage digitalSignature"
        yield _warning("usage-no-signature", Part.CERTIFICATE, cause, "RFC 8446 4.4.2.2", cure)
    if leaf.authority:
        cause = "the certificate is an authority's (CA:TRUE), not a server's"
        cure = "use a certificate that is no authority: whoever trusts this one trusts all that its key signs"
        yield _warning("authority", Part.CERTIFICATE, cause, "RFC 5280 4.2.1.9", cure)


def _signatures(subject: Subject, leaf: CertificateDescription) -> Iterator[Finding]:
    """Weak signatures; a root's own proves nothing to anybody, so it does not matter."""
    chain = subject.chain_descriptions
    for at, certificate in enumerate((leaf, *chain), start=-1):
        weak = certificate.signature.startswith(_WEAK_SIGNATURES)
        if weak and not (at >= 0 and certificate.is_self_issued):
            part = Part.CERTIFICATE if at < 0 else Part.CHAIN
            cause = f"{which(at)} is signed with {certificate.signature}, which clients refuse"
            cure = "have it issued again with SHA-256 or better"
            yield _warning("signature-weak", part, cause, _BASELINE, cure)


def _chain(subject: Subject, leaf: CertificateDescription, target: Target) -> Iterator[Finding]:
    chain = subject.chain_descriptions
    if leaf.is_self_issued:
        if not target.needs_public_issuer:
            cause = "the certificate is self-signed: clients trust it only when they are told to, one by one"
            yield _note("self-signed", Part.CERTIFICATE, cause, _TLS)
    elif not chain and not subject.chain_given and not target.needs_public_issuer:
        cause = "there is no certificate chain, and the certificate is not self-signed: clients cannot find its issuer"
        cure = f"send the chain too, beginning with the certificate of {shown(leaf.issuer)}"
        yield _warning("chain-missing", Part.CHAIN, cause, f"{target.page}; {_TLS}", cure)
    elif len(chain) > 1 and chain[-1].is_self_issued:
        cause = "the chain ends with its root, which clients have already: it costs bytes in every handshake"
        yield _note("root-in-chain", Part.CHAIN, cause, _TLS, "leave it out if you like")
    if target.needs_public_issuer and not leaf.is_self_issued:
        cause = "whether the issuer is on Mozilla's list of public authorities is not looked at here"
        yield _note("public-issuer", Part.CHAIN, cause, target.page)
    if target.wants_issuer_of_same_kind and chain and chain[0].key.split()[0] != leaf.key.split()[0]:
        cause = f"the certificate's key is {leaf.key} and its issuer's {chain[0].key}: the document asks for one kind"
        yield _note("key-kinds-differ", Part.CHAIN, cause, target.page, "nothing need be done: such ones are taken")


def _issuers(subject: Subject, at: datetime) -> Iterator[Finding]:
    """IAM does not look at the dates of issuers; whoever connects does."""
    for number, issuer in enumerate(subject.chain_descriptions):
        when = _out_of(issuer, at)
        if when:
            cause = f"{which(number)} (subject {shown(issuer.subject)}) {when}"
            cure = "take the authority's current certificate for it"
            yield _warning("issuer-dates", Part.CHAIN, cause, "RFC 5280 6.1.3", cure)


def _out_of(issuer: CertificateDescription, at: datetime) -> str:
    """How its validity period misses the time; empty when it does not."""
    if at < issuer.not_before:
        return f"is not valid before {issuer.not_before:%Y-%m-%d}"
    return f"expired at {issuer.not_after:%Y-%m-%d}" if at.replace(microsecond=0) > issuer.not_after else ""
