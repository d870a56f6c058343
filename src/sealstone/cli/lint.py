"""`sealstone lint`: what pkilint finds in certificates. pkilint is another project's linter, and installed on request.

It is imported only here and only when called, and it runs within this process: it is pure Python over one small
certificate that was read before.
"""

import importlib
import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import click

from sealstone.cli.expected import certificates_of
from sealstone.cli.material import Passwords, material_of, password_options
from sealstone.cli.screen import Row, Screen, Style
from sealstone.x509.description import CertificateDescription
from sealstone.x509.escaping import shown

RULES: Final = ("rfc5280", "cabf")
"""RFC 5280 for any certificate; the CA/Browser Forum's Baseline Requirements on top for publicly trusted ones."""

_INSTALL: Final = "pkilint is not installed; get it with: pip install 'sealstone[lint]'"
_BAD: Final = ("FATAL", "ERROR", "WARNING")
_QUIET: Final = ("INFO", "DEBUG")
_STYLES: Final = {"FATAL": Style.BAD, "ERROR": Style.BAD, "WARNING": Style.WARNING}


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One finding of pkilint's, escaped for showing."""

    severity: str
    """FATAL, ERROR, WARNING, NOTICE, INFO or DEBUG, as pkilint has them."""
    code: str
    """pkilint's name for the rule: `pkix.subject_key_identifier_extension_absent`."""
    path: str
    """Where in the certificate: `certificate.tbsCertificate.extensions`."""
    message: str


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--rules", type=click.Choice(RULES), default=RULES[0], show_default=True, help="Which rules to apply.")
@click.option("--all", "everything", is_flag=True, help="Show what is only informative, too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@password_options
def lint(file: str, rules: str, everything: bool, as_json: bool, passwords: Passwords) -> None:
    """Show what pkilint finds in the certificates of a file.

    Exit status 0 when it warns of nothing, 1 otherwise.
    """
    certificates = certificates_of(material_of([file], passwords))
    if not certificates:
        raise click.ClickException(f"there is no certificate in {shown(file)}")
    found = []
    for one in certificates:
        findings = linted(one.piece.der, rules)
        shown_ones = tuple(each for each in findings if everything or each.severity not in _QUIET)
        found.append((one, shown_ones))
    if as_json:
        click.echo(json.dumps({"rules": rules, "certificates": [_members(*each) for each in found]}, indent=2))
    else:
        screen = Screen()
        for one, findings in found:
            _show(screen, one, findings)
    if any(finding.severity in _BAD for _, findings in found for finding in findings):
        raise click.exceptions.Exit(1)


def linted(certificate: bytes, rules: str) -> tuple[LintFinding, ...]:
    """The findings about a certificate in DER, by severity. Raises ClickException when pkilint is not installed."""
    try:
        loader, document = importlib.import_module("pkilint.loader"), importlib.import_module("pkilint.document")
        errors = importlib.import_module("pyasn1.error")
    except ImportError:
        raise click.ClickException(_INSTALL) from None
    # What pkilint cannot judge becomes a finding of severity FATAL; the trace that it also logs is for its authors.
    logging.getLogger("pkilint").addHandler(logging.NullHandler())
    try:
        loaded = loader.RFC5280CertificateDocumentLoader().load_der_document(certificate, "certificate")
        results = _cabf(loaded) if rules == "cabf" else _rfc5280().validate(loaded.root)
        return tuple(each for _, each in sorted(_findings(results), key=lambda pair: pair[0]))
    except (ValueError, RecursionError, document.SubstrateDecodingFailedError, errors.PyAsn1Error) as fault:
        raise click.ClickException(f"pkilint cannot read the certificate: {shown(str(fault), 200)}") from None


def _rfc5280() -> Any:
    """The validator for RFC 5280, as pkilint's own command `lint_pkix_cert` puts it together."""
    certificate = importlib.import_module("pkilint.pkix.certificate")
    names = importlib.import_module("pkilint.pkix.name")
    extensions = importlib.import_module("pkilint.pkix.extension")
    return certificate.create_pkix_certificate_validator_container(
        certificate.create_decoding_validators(names.ATTRIBUTE_TYPE_MAPPINGS, extensions.EXTENSION_MAPPINGS),
        [
            certificate.create_issuer_validator_container([]),
            certificate.create_validity_validator_container(),
            certificate.create_subject_validator_container([]),
            certificate.create_extensions_validator_container([]),
            certificate.create_spki_validator_container([]),
        ],
    )


def _cabf(loaded: Any) -> Iterable[Any]:
    """The results for the kind of certificate that it seems to be, as `lint_cabf_serverauth_cert --detect` has them."""
    certificate = importlib.import_module("pkilint.pkix.certificate")
    serverauth = importlib.import_module("pkilint.cabf.serverauth")
    finding_filter = importlib.import_module("pkilint.finding_filter")
    kind = serverauth.determine_certificate_type(loaded)
    validator = certificate.create_pkix_certificate_validator_container(
        serverauth.create_decoding_validators(), serverauth.create_validators(kind)
    )
    filters = serverauth.create_serverauth_finding_filters(kind)
    results: Iterable[Any]
    results, _ = finding_filter.filter_results(filters, validator.validate(loaded.root))
    return results


def _findings(results: Iterable[Any]) -> Iterator[tuple[int, LintFinding]]:
    """Each finding with its rank; messages are foreign text."""
    for result in results:
        for described in result.finding_descriptions:
            severity = described.finding.severity
            message = shown(described.message or "", 300)
            yield int(severity), LintFinding(severity.name, described.finding.code, result.node.path, message)


def _members(one: CertificateDescription, findings: Iterable[LintFinding]) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "fingerprint": one.fingerprint,
        "findings": [
            {"severity": each.severity, "code": each.code, "path": each.path, "message": each.message}
            for each in findings
        ],
    }


def _show(screen: Screen, one: CertificateDescription, findings: tuple[LintFinding, ...]) -> None:
    count = f"{len(findings)} finding{'' if len(findings) == 1 else 's'}" if findings else "nothing to find fault with"
    screen.parts([(one.subject, Style.TITLE), (f": {count}", Style.PLAIN)])
    for each in findings:
        screen.block(
            (
                Row(each.severity, each.code, _STYLES.get(each.severity, Style.PLAIN)),
                Row("", f"at {each.path}"),
                Row("", each.message),
            )
        )
