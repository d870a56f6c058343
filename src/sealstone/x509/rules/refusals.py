"""What the engine refuses of a submission: its verdict first, as the server gives it, then everything behind it.

`bundle.read` stops at the first fault, as AWS does. The others are found by asking the same functions about each part
alone, and about what stands within a part whose text is at fault.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, ParamSpec

from sealstone.x509 import bundle, chain, keys, pem, problems
from sealstone.x509.acceptance import Acceptance
from sealstone.x509.description import NO_BEGIN
from sealstone.x509.findings import Finding, Severity
from sealstone.x509.problems import NOT_IN_CHAIN, Part, X509Problem
from sealstone.x509.rules import subject as subjects
from sealstone.x509.rules.subject import Subject
from sealstone.x509.submission import Field, Submission
from sealstone.x509.targets import Target

_P = ParamSpec("_P")
_NO_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
_RULES: Final[Mapping[type[X509Problem], tuple[str, str]]] = {
    problems.NotPEM: ("pem", "RFC 7468"),
    problems.TooLong: ("size", "API model"),
    problems.TextAroundPEM: ("text-around-pem", "recorded: aws/aws-cli#715"),
    problems.WrongBlock: ("block-kind", "RFC 7468"),
    problems.SeveralCertificates: ("one-certificate", "Elastic Load Balancing, SSL certificates"),
    problems.NotCertificate: ("certificate-readable", "RFC 5280 4.1"),
    problems.NotYetValid: ("not-yet-valid", "RFC 5280 4.1.2.5"),
    problems.Expired: ("expired", "RFC 5280 4.1.2.5"),
    problems.SeveralPrivateKeys: ("one-private-key", "Elastic Load Balancing, SSL certificates"),
    problems.KeyEncrypted: ("key-encrypted", ""),
    problems.ECParametersPresent: ("ec-parameters", "Elastic Load Balancing, SSL certificates"),
    problems.KeyUnreadable: ("key-readable", "RFC 8017 3.2, RFC 5915 3"),
    problems.UnsupportedKey: ("key-type", "API model"),
    problems.KeyMismatch: ("key-match", "API model: KeyPairMismatch"),
    problems.ChainBroken: ("chain-order", ""),
    problems.UnsupportedSignature: ("chain-signature", "inferred"),
    problems.TooManyChainCertificates: ("chain-length", "inferred"),
}


def of(submission: Submission, subject: Subject, target: Target, at: datetime) -> Iterator[Finding]:
    """Refusals of the engine. There is one exactly when the target's store refuses the three texts."""
    yield from _missing(submission, target)
    verdict = _verdict(submission, subject, target, at)
    if verdict is None and submission.certificate_body and submission.private_key:
        return
    said: set[object] = set()
    for problem in (*((verdict,) if verdict else ()), *_behind(submission, subject, target, at)):
        if (about := _about(problem)) not in said:
            said.add(about)
            yield finding(problem, target)


def finding(problem: X509Problem, target: Target) -> Finding:
    """A problem as a refusal by a target."""
    rule, clause = _RULES[type(problem)]
    source = f"{target.store_page}; {clause}" if clause else target.store_page
    return Finding(rule, Severity.REFUSAL, problem.part, problem.cause, source, problem.cure)


def _missing(submission: Submission, target: Target) -> Iterator[Finding]:
    for given, part, rule in (
        (submission.certificate_body, Part.CERTIFICATE, "certificate-missing"),
        (submission.private_key, Part.PRIVATE_KEY, "key-missing"),
    ):
        if given is None:
            cure = f"give the file that holds the {part} too"
            yield Finding(rule, Severity.REFUSAL, part, f"there is no {part} among the files", target.store_page, cure)


def _verdict(submission: Submission, subject: Subject, target: Target, at: datetime) -> X509Problem | None:
    """What the server says of the three texts, when there are a certificate and a key."""
    body, chain_field = submission.certificate_body, submission.certificate_chain
    if body is None or submission.private_key is None:
        return None
    text = chain_field.text if chain_field else None
    return _caught(
        bundle.read, body.text, _key_text(submission.private_key, subject, target), text, at=at, acceptance=target.store
    )


def _about(problem: X509Problem) -> object:
    """What makes two problems the same; a key that is not taken is said once of certificate and private key."""
    at = getattr(problem, "at", NOT_IN_CHAIN)
    if isinstance(problem, problems.UnsupportedKey):
        return problem.kind, problem.bits, at
    return type(problem), problem.part, at


def _behind(submission: Submission, subject: Subject, target: Target, at: datetime) -> Iterator[X509Problem]:
    """Every problem of each part by itself, in the order in which the server looks at them."""
    if submission.certificate_body:
        yield from _of_certificate(submission.certificate_body, subject, target.store)
    if submission.private_key:
        yield from _of_key(_key_text(submission.private_key, subject, target), subject, target.store)
    yield from _of_match(subject)
    if submission.certificate_chain:
        yield from _of_chain(submission.certificate_chain, target.store)
    yield from _of_links(subject, target.store)
    yield from _of_validity(subject, at)


def _of_certificate(given: Field, subject: Subject, store: Acceptance) -> Iterator[X509Problem]:
    # With an empty key the bundle's reader gets as far as the certificate: what is of another part is not asked here.
    stopped = _caught(bundle.read, given.text, "", None, at=_NO_TIME, acceptance=store)
    if stopped and stopped.part is Part.CERTIFICATE:
        yield stopped
    if subject.leaf and isinstance(found := subjects.read_certificate(subject.leaf, store), X509Problem):
        yield found


def _of_key(text: str, subject: Subject, store: Acceptance) -> Iterator[X509Problem]:
    if len(text) > store.max_private_key:
        yield problems.TooLong(Part.PRIVATE_KEY, len(text), store.max_private_key)
    if stopped := _caught(keys.read, pem.normalised(text), store):
        yield stopped
    if subject.key and isinstance(found := subjects.read_key(subject.key, store), X509Problem):
        yield found


def _of_match(subject: Subject) -> Iterator[X509Problem]:
    """A mismatch also says whether the key belongs to a certificate of the chain."""
    leaf, key = subject.leaf_read, subject.key_read
    if leaf and key and (problem := _caught(keys.prove, key, leaf)):
        mismatch = isinstance(problem, problems.KeyMismatch)
        yield keys.mismatch(key, leaf, subject.chain_read) if mismatch else problem


def _of_chain(given: Field, store: Acceptance) -> Iterator[X509Problem]:
    if len(given.text) > store.max_certificate_chain:
        yield problems.TooLong(Part.CHAIN, len(given.text), store.max_certificate_chain)
    if stopped := _caught(chain.read, pem.normalised(given.text), store):
        yield stopped


def _of_links(subject: Subject, store: Acceptance) -> Iterator[X509Problem]:
    for at, piece in enumerate(subject.chain):
        if isinstance(found := subjects.read_certificate(piece, store, at), X509Problem):
            yield found
    leaf, whole = subject.leaf_read, len(subject.chain_read) == len(subject.chain)
    if leaf and whole and (problem := _caught(chain.prove, leaf, subject.chain_read, store)):
        yield problem


def _of_validity(subject: Subject, at: datetime) -> Iterator[X509Problem]:
    leaf = subject.leaf_description
    if leaf is None or leaf.not_before == NO_BEGIN:  # dates that cannot be read are a fault of another kind
        return
    if at < leaf.not_before:
        yield problems.NotYetValid(leaf.not_before, at)
    if at.replace(microsecond=0) > leaf.not_after:
        yield problems.Expired(leaf.not_after, at)


def _key_text(given: Field, subject: Subject, target: Target) -> str:
    """The private key as the target's store reads it: ACM takes a block EC PARAMETERS away by itself."""
    if target.strips_ec_parameters and subject.key and has_ec_parameters(given, target):
        return subjects.key_pem(subject.key)
    return given.text


def has_ec_parameters(given: Field, target: Target) -> bool:
    """Whether nothing but a block EC PARAMETERS keeps the key from being read."""
    return isinstance(_caught(keys.read, pem.normalised(given.text), target.store), problems.ECParametersPresent)


def _caught(check: Callable[_P, object], *arguments: _P.args, **options: _P.kwargs) -> X509Problem | None:
    """The problem that a check raises, if it raises one."""
    try:
        check(*arguments, **options)
    except X509Problem as problem:
        return problem
    return None
