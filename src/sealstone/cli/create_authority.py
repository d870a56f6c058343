"""`sealstone create ca` and `issue`: a small private authority in a directory, and what it issues.

The directory holds Certificate.pem, PrivateKey.pem and, below another authority, CertificateChain.pem with those above.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import urandom
from pathlib import Path
from typing import Final

import click

from sealstone.cli import upload_lines
from sealstone.cli.create_options import (
    about,
    about_key,
    certificates_of,
    csr_option,
    days_option,
    encrypt_option,
    force_option,
    key_of,
    key_pem,
    names_option,
    new_key_option,
    new_password,
    new_password_options,
    problems_told,
    request_of,
    subject_option,
    told,
    upload,
    usage_option,
)
from sealstone.cli.files import CERTIFICATE, CHAIN, PRIVATE_KEY, settle, vacant, write_all
from sealstone.cli.material import Passwords, password_options
from sealstone.model.secret import Secret
from sealstone.server.clock import system_clock
from sealstone.x509 import writing
from sealstone.x509.making import authority, certificates, constraints, keys, names, requests
from sealstone.x509.making.alternatives import read
from sealstone.x509.making.certificates import Usage
from sealstone.x509.making.names import Subject

_ROOT: Final = "ca"
_INTERMEDIATE: Final = "intermediate-ca"
_CONSTRAINT: Final = "DNS:example.com, IP:10.0.0.0/8, email:example.com or URI:host"
_NAMES: Final = (CERTIFICATE, CHAIN, PRIVATE_KEY)


@click.command(short_help="Make a certificate authority, a root or one below another.")
@subject_option()
@click.option("-o", "--output", metavar="DIR", help=f"Its directory. [default: {_ROOT}, or {_INTERMEDIATE}]")
@click.option("--issuer", metavar="DIR", help="Directory of the authority that issues it; without, it is a root.")
@new_key_option(authority.KEY_TYPE)
@days_option(f"{authority.ROOT_DAYS} for a root, {authority.INTERMEDIATE_DAYS} below another")
@click.option(
    "--path-length",
    type=click.IntRange(0, 9),
    help="How many authorities may follow below it. [default: any number for a root, else 0]",
)
@click.option("--permit", multiple=True, metavar="NAMES", help=f"It may issue for these names only: {_CONSTRAINT}.")
@click.option("--exclude", multiple=True, metavar="NAMES", help="It may not issue for these.")
@encrypt_option
@force_option
@password_options
@new_password_options
def ca(
    subject: str,
    output: str | None,
    issuer: str | None,
    new_key: str,
    days: int | None,
    path_length: int | None,
    permit: tuple[str, ...],
    exclude: tuple[str, ...],
    encrypt: bool,
    force: bool,
    passwords: Passwords,
    new_password_file: str | None,
    new_password_env: str | None,
) -> None:
    """Make a certificate authority: a root, or, with --issuer, one below another.

    --password-file and --password-env give the password of the issuer's key and, with --encrypt, of the new one, unless
    --new-password-file or --new-password-env gives that another.
    """
    if not subject:
        raise click.UsageError("the authority needs a name: --subject 'CN=Example Root,O=Example'")
    folder = Path(output or (_INTERMEDIATE if issuer else _ROOT))
    vacant(*(folder / name for name in _NAMES), force=force)
    at = system_clock()
    with problems_told():
        holder = names.authority(subject)
        limits = constraints.read(permit, exclude)
        above = _opened(issuer, passwords) if issuer else None
        new = Passwords(filter(None, [new_password_file]), filter(None, [new_password_env]))
        password = new_password(passwords, encrypt=encrypt, new=new)
        key = keys.new(new_key)
        if above:
            made = authority.intermediate(
                above, holder, key, at=at, days=days, path_length=path_length or 0, names=limits, random=urandom
            )
        else:
            days = days or authority.ROOT_DAYS
            made = authority.root(holder, key, at=at, days=days, path_length=path_length, names=limits, random=urandom)
    _write(folder, made.certificate, made.above, key_pem(key, password), force=force)
    told(
        "",
        about(folder / CERTIFICATE, holder, made.period),
        about_key(folder / PRIVATE_KEY, new_key, encrypted=encrypt),
        f"Issue certificates with: sealstone create issue --ca {click.format_filename(folder)} --name HOST",
    )


@click.command(short_help="Issue a certificate by an authority of yours.")
@click.option("--ca", "folder", required=True, metavar="DIR", help="Directory of the authority.")
@csr_option
@new_key_option()
@subject_option(" Instead of the request's, if there is one.")
@names_option
@days_option(f"{certificates.DAYS}, or what the authority has left")
@usage_option
@click.option("--with-root", is_flag=True, help="Let the chain end with the root.")
@click.option("-o", "--output", default=".", metavar="DIR", help="Where to write. [default: here]")
@force_option
@password_options
def issue(
    folder: str,
    request: str | None,
    new_key: str | None,
    subject: str,
    alternatives: tuple[str, ...],
    days: int | None,
    usage: tuple[Usage, ...],
    with_root: bool,
    output: str,
    force: bool,
    passwords: Passwords,
) -> None:
    """Issue a certificate by an authority of yours, ready for upload.

    For a certificate request (--csr), of which only the subject and the names are taken, or with a new private key.
    Names given by --name replace those of the request. --password-file opens the authority's key.
    """
    if request and new_key:
        raise click.UsageError("--csr and --new-key exclude each other")
    if not (request or subject or alternatives):
        raise click.UsageError("for whom is it? give --name with a host name, --subject or --csr")
    place = Path(output)
    vacant(*(place / name for name in ((CERTIFICATE, CHAIN) if request else _NAMES)), force=force)
    with problems_told():
        above = _opened(folder, passwords)
        if request:
            wanted = _asked(requests.read(request_of(request)), subject, alternatives)
        else:
            wanted = _new(new_key or keys.DEFAULT, subject, alternatives)
        made = authority.issue(
            above, wanted.subject, wanted.public_key, at=system_clock(), days=days, usages=usage, random=urandom
        )
    chain = made.chain(with_root=with_root)
    _write(place, made.certificate, chain, key_pem(wanted.key, None) if wanted.key else None, force=force)
    told("", about(place / CERTIFICATE, wanted.subject, made.period), *_told(place, wanted))
    told("", *upload(_files(place), wanted.subject, usage))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a certificate is to be issued for."""

    subject: Subject
    public_key: keys.PublicHandle
    key: Secret | None = None
    """A new one, to be written; the key of a request is elsewhere."""
    kind: str = ""
    left_out: tuple[str, ...] = ()


def _new(kind: str, subject: str, alternatives: tuple[str, ...]) -> _Wanted:
    """A new key, and whom it is for."""
    holder = names.server(subject, alternatives)
    key = keys.new(kind)
    return _Wanted(holder, keys.loaded(key).public_key(), key, kind)


def _asked(request: requests.Request, subject: str, alternatives: tuple[str, ...]) -> _Wanted:
    """What the request asks for, as far as it is taken, unless the command line says otherwise."""
    name = names.authority(subject).name if subject else request.subject.name
    general = [read(each) for each in alternatives] if alternatives else request.subject.alternatives
    return _Wanted(names.completed(name, general), request.public_key, left_out=request.left_out)


def _opened(folder: str, passwords: Passwords) -> authority.Authority:
    """The authority in a directory. Raises ClickException, IssuerRefused."""
    place = Path(folder)
    settle(place)
    above = certificates_of(str(place / CHAIN)) if (place / CHAIN).exists() else ()
    own = certificates_of(str(place / CERTIFICATE))
    return authority.opened((*own, *above), key_of(str(place / PRIVATE_KEY), passwords))


def _write(folder: Path, certificate: bytes, chain: Sequence[bytes], key: Secret | None, *, force: bool) -> None:
    """The files, and nothing of an earlier authority or certificate beside them."""
    contents: dict[str, bytes | Secret] = {} if key is None else {PRIVATE_KEY: key}
    contents[CERTIFICATE] = writing.certificates_pem([certificate]).encode("ascii")
    if chain:
        contents[CHAIN] = writing.certificates_pem(chain).encode("ascii")
    write_all(folder, contents, force, without=lambda: () if chain else (CHAIN,))


def _told(place: Path, wanted: _Wanted) -> Iterator[str]:
    if wanted.key:
        yield about_key(place / PRIVATE_KEY, wanted.kind, encrypted=False)
    else:
        yield f"{click.format_filename(place / PRIVATE_KEY)}: put the key there that the request was made with"
    for each in wanted.left_out:
        yield f"Left out of what the request asks for: {each}"


def _files(place: Path) -> upload_lines.Files:
    return upload_lines.Files(*(click.format_filename(place / name) for name in (CERTIFICATE, PRIVATE_KEY, CHAIN)))
