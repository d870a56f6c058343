"""`sealstone sign-request`: one request signed by a signing certificate's private key, as a line for curl.

For a look at the wire, for scripts, and for places without an SDK; programs take `sealstone.signer`.
"""

import re
import shlex
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import click

from sealstone.cli.files import CERTIFICATE, PRIVATE_KEY
from sealstone.signer import SigningCertificate, signed_headers
from sealstone.x509.problems import X509Problem

# Visible ASCII, as an HTTP request line has it: whatever else must be percent-encoded by who writes the URL.
_WRITTEN: Final = re.compile(r"[!-~]+")
_ABOUT_URL: Final = "URL is http://HOST[:PORT]/ or https://HOST[:PORT]/, with anything odd percent-encoded"
_METHOD: Final = re.compile(r"[A-Z]{1,16}")


@click.command("sign-request", short_help="Sign one request with a certificate's key.")
@click.option("--certificate", default=CERTIFICATE, show_default=True, metavar="FILE", help="Signing certificate, PEM.")
@click.option("--private-key", default=PRIVATE_KEY, show_default=True, metavar="FILE", help="Its private key, PEM.")
@click.option("--service", default="iam", show_default=True, metavar="NAME", help="Service of the credential scope.")
@click.option("--region", default="us-east-1", show_default=True, metavar="NAME", help="Region of the same.")
@click.argument("method")
@click.argument("url")
@click.argument("body", default="")
def sign_request(
    certificate: str, private_key: str, service: str, region: str, method: str, url: str, body: str
) -> None:
    """Sign one request with a signing certificate's private key, and print the curl command that sends it.

    The private key is not in it. It is good for exactly this request, for as long as the server's clock window
    (15 minutes).

    \b
    sealstone sign-request POST "$AWS_ENDPOINT_URL" 'Action=GetUser&Version=2010-05-08' | sh
    """  # noqa: D301 - the backslash is click's mark of a paragraph that stays as it is
    method = method.upper()
    _check(method, url)
    sent = body.encode("utf-8", "surrogateescape")
    try:
        signer = SigningCertificate.read_files(certificate, private_key)
    except X509Problem as problem:
        raise click.ClickException(str(problem)) from None
    except OSError as fault:
        name = click.format_filename(fault.filename)
        raise click.ClickException(f"cannot read {name}: {fault.strerror}") from fault
    headers = signed_headers(signer, method, url, sent, service=service, region=region)
    click.echo(curl_line(method, url, headers, body).encode("utf-8", "surrogateescape"))


def curl_line(method: str, url: str, headers: Mapping[str, str], body: str) -> str:
    """A command for a POSIX shell, on several lines. curl changes nothing of what was signed."""
    # Without --globoff curl reads brackets in a URL, without --path-as-is it takes dots out of its path; --data-raw
    # takes a body that begins with @ for no file's name.
    lines = [f"curl --silent --show-error --globoff --path-as-is --request {method} {shlex.quote(url)}"]
    lines += [f"--header {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()]
    if body:
        lines.append(f"--data-raw {shlex.quote(body)}")
    return " \\\n    ".join(lines)


def _check(method: str, url: str) -> None:
    if not _METHOD.fullmatch(method):
        raise click.UsageError("METHOD is POST or GET")
    try:
        parts = urlsplit(url)
        there = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError as fault:
        raise click.UsageError(_ABOUT_URL) from fault
    if not there or not _WRITTEN.fullmatch(url):
        raise click.UsageError(_ABOUT_URL)
    if "@" in parts.netloc or parts.fragment:
        raise click.UsageError("URL has neither a user name nor a fragment: neither can be signed")
