"""`sealstone create key`, `csr` and `self-signed`: what needs no authority."""

from dataclasses import dataclass
from os import urandom
from pathlib import Path

import click

from sealstone.cli import upload_lines
from sealstone.cli.create_options import (
    about,
    about_key,
    csr_option,
    days_option,
    encrypt_option,
    force_option,
    key_of,
    key_options,
    key_pem,
    names_option,
    new_password,
    output_option,
    problems_told,
    request_of,
    subject_option,
    told,
    upload,
    usage_option,
)
from sealstone.cli.files import CERTIFICATE, PRIVATE_KEY, vacant, write_each, write_private
from sealstone.cli.material import Passwords, password_options
from sealstone.model.secret import Secret
from sealstone.server.clock import system_clock
from sealstone.x509 import writing
from sealstone.x509.making import certificates, keys, names, requests
from sealstone.x509.making.certificates import Period, Usage
from sealstone.x509.making.names import Subject


@dataclass(frozen=True, slots=True)
class ChosenKey:
    """A private key, and whether it is new and so to be written."""

    secret: Secret
    path: str
    kind: str
    """The type of a new one; empty for one that is there already."""


@click.command(short_help="Make a private key.")
@click.option(
    "--type",
    "kind",
    type=click.Choice(keys.KINDS, case_sensitive=False),
    default=keys.DEFAULT,
    show_default=True,
    help="RSA of so many bits, or the curve P-256, P-384 or P-521.",
)
@output_option(PRIVATE_KEY, "Where to write; - is standard output.")
@encrypt_option
@force_option
@password_options
def key(kind: str, output: str, encrypt: bool, force: bool, passwords: Passwords) -> None:
    """Make a private key (PKCS #8, PEM)."""
    if passwords.known() and not encrypt:
        raise click.UsageError("a password protects the key only with --encrypt")
    vacant(output, force=force)
    password = new_password(passwords, encrypt=encrypt)
    write_private(output, key_pem(keys.new(kind), password), force)
    told(output, about_key(output, kind, encrypted=encrypt))


@click.command(short_help="Make a certificate request (CSR).")
@key_options
@subject_option()
@names_option
@output_option("CertificateRequest.pem", "Where to write; - is standard output.")
@force_option
@password_options
def csr(
    key_file: str | None,
    new_key: str | None,
    key_output: str,
    subject: str,
    alternatives: tuple[str, ...],
    output: str,
    force: bool,
    passwords: Passwords,
) -> None:
    """Make a certificate request (CSR) to send to a certificate authority.

    Without --key a new private key is made. A common name that is a host's is among the names by itself.
    """
    with problems_told():
        holder = _subject(subject, alternatives)
        chosen = _chosen(key_file, new_key, key_output, output, force=force, passwords=passwords)
        request = requests.new(holder, chosen.secret)
    _write(chosen, output, writing.pem(writing.REQUEST, request), force=force)
    told(output, *_told_key(chosen), about(output, holder))


@click.command("self-signed", short_help="Make a certificate that signs itself.")
@key_options
@csr_option
@subject_option()
@names_option
@days_option(str(certificates.DAYS))
@usage_option
@output_option(CERTIFICATE, "Where to write; - is standard output.")
@force_option
@password_options
def self_signed(
    key_file: str | None,
    new_key: str | None,
    key_output: str,
    request: str | None,
    subject: str,
    alternatives: tuple[str, ...],
    days: int | None,
    usage: tuple[Usage, ...],
    output: str,
    force: bool,
    passwords: Passwords,
) -> None:
    """Make a certificate that signs itself, to test with.

    Without --key a new private key is made. With --csr the subject and the names are those of the request, which
    must have been made with --key.
    """
    days = days or certificates.DAYS
    at = system_clock()
    if request and (subject or alternatives or not key_file):
        raise click.UsageError("--csr goes with --key, and without --subject and --name")
    with problems_told():
        wanted = requests.read(request_of(request)) if request else None
        holder = wanted.subject if wanted else _subject(subject, alternatives)
        chosen = _chosen(key_file, new_key, key_output, output, force=force, passwords=passwords)
        if wanted:
            requests.check_key(wanted, chosen.secret)
        made = certificates.self_signed(holder, chosen.secret, at=at, days=days, usages=usage, random=urandom)
    _write(chosen, output, writing.certificates_pem([made]), force=force)
    files = upload_lines.Files(output, chosen.path, None)
    told(output, *_told_key(chosen), about(output, holder, Period.of(at, days)), *upload(files, holder, usage))


def _subject(text: str, given: tuple[str, ...]) -> Subject:
    if not text and not given:
        raise click.UsageError("for whom is it? give --subject, or --name with a host name")
    return names.server(text, given)


def _chosen(
    file: str | None, new: str | None, path: str, output: str, *, force: bool, passwords: Passwords
) -> ChosenKey:
    """The key to use. A place that is taken is noticed before anything is made."""
    if file and new:
        raise click.UsageError("--key and --new-key exclude each other")
    if not file and output != "-" and Path(path).resolve() == Path(output).resolve():
        raise click.UsageError(f"{path} cannot hold both the new key and what is made with it: see --key-output and -o")
    vacant(output, *([] if file else [path]), force=force)
    if file:
        return ChosenKey(key_of(file, passwords), file, "")
    kind = new or keys.DEFAULT
    return ChosenKey(keys.new(kind), path, kind)


def _write(chosen: ChosenKey, output: str, text: str, *, force: bool) -> None:
    """The key first: a request or a certificate without its key is worth nothing."""
    contents: dict[str, bytes | Secret] = {chosen.path: key_pem(chosen.secret, None)} if chosen.kind else {}
    write_each({**contents, output: text.encode("ascii")}, force)


def _told_key(chosen: ChosenKey) -> tuple[str, ...]:
    return (about_key(chosen.path, chosen.kind, encrypted=False),) if chosen.kind else ()
