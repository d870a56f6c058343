"""Submissions for tests of what is said of an upload: from texts, from a leaf of `tests/pki.py`, from files."""

from dataclasses import replace
from datetime import datetime

from tests.pki import NOW, Issued

from sealstone.model.secret import Secret
from sealstone.x509.containers import reading
from sealstone.x509.explanation import Explanation, explain
from sealstone.x509.findings import Finding
from sealstone.x509.material import Container, Piece, Unreadable
from sealstone.x509.problems import X509Problem
from sealstone.x509.submission import Field, File, Submission
from sealstone.x509.targets import TARGETS


def items_of(data: bytes, name: str, password: str | None = None) -> tuple[Piece | Unreadable, ...]:
    """What the command line makes of a file, in this process."""
    found: list[Piece | Unreadable] = []
    for item in reading.contents(data, name):
        if not isinstance(item, Container):
            found.append(item)
            continue
        try:
            found += reading.opened(item, None if password is None else Secret(password.encode()))
        except X509Problem as problem:
            found.append(Unreadable(item.origin, problem))
    return tuple(found)


def file_of(name: str, content: str | bytes, password: str | None = None) -> File:
    """A file as read."""
    data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    return File(name, data, items_of(data, name, password))


def field_of(text: str, name: str) -> Field:
    """One text of an upload."""
    return Field(text, (name,), file_of(name, text).items)


def submission_of(body: str | None, key: str | None, chain: str | None = None) -> Submission:
    """The three texts in their fields, whatever they hold."""
    return Submission(
        certificate_body=None if body is None else field_of(body, "Certificate.pem"),
        private_key=None if key is None else field_of(key, "PrivateKey.pem"),
        certificate_chain=None if chain is None else field_of(chain, "CertificateChain.pem"),
    )


def of_leaf(leaf: Issued, *, chain: str | None = "") -> Submission:
    """A leaf with its key and its chain without the root, unless another one is given."""
    given = leaf.chain_without_root_pem or None if chain == "" else chain
    return submission_of(leaf.certificate_pem, leaf.private_key_pem, given)


def explained(submission: Submission, target: str = "iam", at: datetime = NOW) -> Explanation:
    """For a target by its name."""
    return explain(submission, TARGETS[target], at)


def said(submission: Submission, target: str = "iam", at: datetime = NOW) -> dict[str, Finding]:
    """The findings by their rules; of several by one rule, the first."""
    findings = explained(submission, target, at).findings
    return {finding.rule: finding for finding in reversed(findings)}


def with_unused(submission: Submission, *names: str) -> Submission:
    """The same, beside files that have no role."""
    return replace(submission, unused=names)
