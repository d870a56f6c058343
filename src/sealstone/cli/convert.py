"""`sealstone convert`: from whatever files there are to the three of an upload, or to what another program wants."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from sealstone.cli import losses, upload_lines
from sealstone.cli.files import settle, write_all
from sealstone.cli.issuers import fetched
from sealstone.cli.losses import Conversion
from sealstone.cli.material import Passwords, password_options, proven_material_of
from sealstone.model.secret import Secret
from sealstone.server.clock import system_clock
from sealstone.x509.conversion import Gathered, ThreeFiles, converted, gathered, not_looked_at
from sealstone.x509.description import CertificateDescription
from sealstone.x509.escaping import shown
from sealstone.x509.material import Piece, Unreadable
from sealstone.x509.packaging import PACKAGES, Package
from sealstone.x509.paths import beyond
from sealstone.x509.problems import X509Problem

CERTIFICATE: Final = "Certificate.pem"
CHAIN: Final = "CertificateChain.pem"
PRIVATE_KEY: Final = "PrivateKey.pem"
_PEM: Final = "pem"


@dataclass(frozen=True, slots=True)
class Writing:
    """Where and how to write."""

    directory: Path
    force: bool
    with_root: bool
    inputs: tuple[str, ...]

    def write(
        self, contents: Mapping[str, bytes | Secret], found: Gathered, items: Sequence[Piece | Unreadable]
    ) -> tuple[tuple[Path, ...], Conversion]:
        """Write all or none, and nothing that was given is lost. Raises ClickException."""
        _warn_of_weak_keys((found.leaf, *found.above(with_root=self.with_root)))
        conversion = Conversion(self.inputs, items, found, self.with_root, self.directory, contents)
        return write_all(self.directory, contents, self.force, without=conversion.without), conversion


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("-o", "--output", default=".", metavar="DIR", help="Where to write. [default: here]")
@click.option(
    "--to",
    "form",
    type=click.Choice([_PEM, *PACKAGES]),
    default=_PEM,
    show_default=True,
    help="pem: the three files of an upload.",
)
@click.option("--with-root", is_flag=True, help="Let the chain end with its root, if it is there.")
@click.option("--fetch-issuers", is_flag=True, help="Fetch missing issuers from where the certificates say they are.")
@click.option("--alias", metavar="NAME", help="Which entry of a keystore with several keys; inspect shows the names.")
@click.option("--force", is_flag=True, help="Overwrite files.")
@password_options
@click.option("--new-password-file", metavar="FILE", help="File whose first line protects a new keystore.")
@click.option("--new-password-env", metavar="NAME", help="Environment variable with that password.")
def convert(
    files: tuple[str, ...],
    output: str,
    form: str,
    with_root: bool,
    fetch_issuers: bool,
    alias: str | None,
    force: bool,
    passwords: Passwords,
    new_password_file: str | None,
    new_password_env: str | None,
) -> None:
    """Turn any certificate and key files into the PEM that is accepted.

    Writes Certificate.pem, CertificateChain.pem and PrivateKey.pem, and prints the commands that upload them.
    FILE is anything: PEM, DER, PKCS #12, PKCS #7, Java keystores, encrypted keys, in any order and mixture.
    """
    if alias == "":
        raise click.UsageError("--alias is empty; leave it out, or take one of the names that sealstone inspect shows")
    at = system_clock()
    writing = Writing(Path(output), force, with_root, files)
    settle(writing.directory, *(Path(file).parent for file in files))
    items = proven_material_of(files, passwords)
    try:
        if fetch_issuers:
            items = (*items, *fetched(items, at=at, alias=alias))
        if count := not_looked_at(items):
            click.echo(f"Warning: {beyond(count)}; give fewer files.", err=True)
        if form == _PEM:
            _three(converted(items, with_root=with_root, at=at, alias=alias), writing, items)
        else:
            found = gathered(items, at=at, key_needed=PACKAGES[form].key_needed, alias=alias)
            new = Passwords(_given(new_password_file), _given(new_password_env))
            _packed(found, PACKAGES[form], writing, new, items)
    except X509Problem as problem:
        raise click.ClickException(str(problem)) from None


def _given(name: str | None) -> tuple[str, ...]:
    return () if name is None else (name,)


def _warn_of_weak_keys(certificates: Sequence[CertificateDescription]) -> None:
    """Of keys that protect nothing; AWS is not known to refuse them."""
    for one in certificates:
        for weakness in one.weaknesses:
            click.echo(
                f"Warning: the key of {shown(one.subject)} protects nothing: {weakness.clause}; make a new key with "
                "other software, have a certificate issued for it, and have this one revoked",
                err=True,
            )


def _packed(
    found: Gathered,
    package: Package,
    writing: Writing,
    passwords: Passwords,
    items: Sequence[Piece | Unreadable],
) -> None:
    """Write another program's files and tell which they are."""
    password = _new_password(passwords) if package.password_needed else Secret(b"")
    paths, conversion = writing.write(package.make(found, writing.with_root, password), found, items)
    written = (f"Wrote {click.format_filename(path)}" for path in paths)
    click.echo("\n".join((*written, *_told(found), *losses.told(conversion))))


# --- the three files ---


def _three(files: ThreeFiles, writing: Writing, items: Sequence[Piece | Unreadable]) -> None:
    """Write them, tell what they are, and how to upload them. A result that would be refused is exit status 1."""
    contents: dict[str, bytes | Secret] = {CERTIFICATE: files.certificate_pem.encode("ascii")}
    if files.certificate_chain_pem:
        contents[CHAIN] = files.certificate_chain_pem.encode("ascii")
    contents[PRIVATE_KEY] = files.private_key_pem
    _, conversion = writing.write(contents, files.gathered, items)
    click.echo("\n".join((*_summary(files, writing), *_told(files.gathered), *losses.told(conversion))))
    if files.refused:
        raise click.ClickException(f"the files are written, but IAM refuses them: {files.refused}")
    has_chain = bool(files.chain) or CHAIN in conversion.left
    click.echo("\n".join(("", *_upload(files, writing, has_chain=has_chain))))


def _summary(files: ThreeFiles, writing: Writing) -> Iterator[str]:
    leaf = files.gathered.leaf
    chain = "; ".join(shown(issuer.subject) for issuer in files.chain)
    yield f"{_path(writing, CERTIFICATE)}: {shown(leaf.subject)}, valid until {leaf.not_after:%Y-%m-%d}"
    if files.chain:
        yield f"{_path(writing, CHAIN)}: {chain}"
    yield f"{_path(writing, PRIVATE_KEY)}: {leaf.key}, unencrypted, readable by you alone"


def _path(writing: Writing, name: str) -> str:
    return click.format_filename(writing.directory / name)


def _told(found: Gathered) -> Iterator[str]:
    yield from (f"Mended: {remark}" for remark in found.remarks)
    yield from (f"Not checked: {thing}" for thing in found.unchecked)
    yield from (f"Left out: {thing}" for thing in found.left_out)
    if found.missing_issuer:
        yield (
            f"Missing: the certificate of the issuer {shown(found.missing_issuer)}; "
            "give its file too, or use --fetch-issuers"
        )


def _upload(files: ThreeFiles, writing: Writing, *, has_chain: bool) -> Iterator[str]:
    at = upload_lines.Files(
        certificate=_path(writing, CERTIFICATE),
        private_key=_path(writing, PRIVATE_KEY),
        chain=_path(writing, CHAIN) if has_chain else None,
    )
    yield "# IAM, aws CLI version 1 and version 2"
    yield upload_lines.iam(at, files.gathered.name)
    yield "\n# ACM, aws CLI version 2"
    yield upload_lines.acm(at, "fileb")
    yield "\n# ACM, aws CLI version 1"
    yield upload_lines.acm(at, "file")


def _new_password(passwords: Passwords) -> Secret:
    """What protects a new keystore: as given, or typed twice at a terminal."""
    given = passwords.known()
    if given:
        return given[0]
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.ClickException("a keystore needs a password: --new-password-file or --new-password-env")
    typed: str = click.prompt("Password of the new keystore", hide_input=True, confirmation_prompt=True, err=True)
    return Secret(typed.encode("utf-8", "surrogateescape"))
