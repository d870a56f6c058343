"""`--expect` of `sealstone check`: the certificate that a server should have, from a file or by its ARN from AWS's API.

The API is asked as the aws CLI would ask it: endpoint, credentials and profile by the same environment and files.
"""

import importlib
import re
from collections.abc import Iterable
from contextlib import closing
from typing import Any, Final

import click

from sealstone.cli.material import Passwords, proven_material_of
from sealstone.x509 import paths
from sealstone.x509.containers import reading
from sealstone.x509.description import CertificateDescription, KeyDescription, describe
from sealstone.x509.escaping import shown
from sealstone.x509.material import UNCHECKED, Piece, Unreadable
from sealstone.x509.problems import X509Problem

# IAM User Guide, "IAM identifiers": arn:partition:iam::account:server-certificate/path/name
_ARN: Final = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:server-certificate/(?:[!-~]*/)?(?P<name>[\w+=,.@-]{1,128})\Z")
_ANY_REGION: Final = "us-east-1"  # IAM is global; a signature needs some region all the same


def expected(source: str, passwords: Passwords) -> CertificateDescription:
    """The certificate that `source` means: a file with it, or the ARN of an IAM server certificate.

    Raises ClickException when there is none, or more than one that could be meant.
    """
    items = _uploaded(source) if source.startswith("arn:") else proven_material_of([source], passwords)
    refuse_unchecked(items)
    certificates = certificates_of(items)
    if not certificates:
        raise click.ClickException(f"there is no certificate in {shown(source)}{_why(items)}")
    keys = tuple(one for one in map(describe, items) if isinstance(one, KeyDescription))
    try:
        return certificates[0] if len(certificates) == 1 else paths.leaf_of(certificates, keys)
    except X509Problem as problem:
        raise click.ClickException(f"{shown(source)}: {problem}") from None


def certificates_of(items: tuple[Piece | Unreadable, ...]) -> tuple[CertificateDescription, ...]:
    """The certificates among what was read, in their order."""
    found = (describe(item) for item in items)
    return tuple(one for one in found if isinstance(one, CertificateDescription))


def refuse_unchecked(items: Iterable[Piece | Unreadable]) -> None:
    """What is to be compared with or trusted must not come from a keystore whose password nobody gave.

    Raises ClickException.
    """
    for item in items:
        if isinstance(item, Piece) and item.doubt == UNCHECKED:
            raise click.ClickException(
                f"{shown(item.origin.file)} is a keystore, and {UNCHECKED}: "
                "give its password (--password-file, --password-env), or the certificates as PEM"
            )


def _why(items: tuple[Piece | Unreadable, ...]) -> str:
    return next((f": {item.problem}" for item in items if isinstance(item, Unreadable)), "")


def _uploaded(arn: str) -> tuple[Piece | Unreadable, ...]:
    """What GetServerCertificate answers. Raises ClickException, in one line."""
    match = _ARN.match(arn)
    if match is None:
        raise click.ClickException(
            f"{shown(arn, 200)} is not the ARN of an IAM server certificate "
            "(arn:aws:iam::ACCOUNT:server-certificate/NAME)"
        )
    answer = _answer(match["name"])
    if answer["ServerCertificateMetadata"]["Arn"] != arn:
        found = shown(str(answer["ServerCertificateMetadata"]["Arn"]), 200)
        raise click.ClickException(f"these credentials are of another account: there the certificate is {found}")
    body = reading.contents(str(answer["CertificateBody"]).encode(), arn)
    return tuple(item for item in body if isinstance(item, Piece | Unreadable))


def _answer(name: str) -> Any:
    """The ServerCertificate of that name. botocore is imported only here."""
    exceptions = importlib.import_module("botocore.exceptions")
    session = importlib.import_module("botocore.session").get_session()
    try:
        region = session.get_config_variable("region") or _ANY_REGION
        with closing(session.create_client("iam", region_name=region)) as client:
            return client.get_server_certificate(ServerCertificateName=name)["ServerCertificate"]
    except (exceptions.BotoCoreError, exceptions.ClientError) as fault:
        raise click.ClickException(f"cannot get server certificate {name}: {shown(str(fault), 300)}") from None
