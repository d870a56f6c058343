"""The command lines that upload three files, ready to be pasted: IAM and ACM, aws CLI version 1 and version 2.

Version 2 reads binary parameters, which ACM's are, from `fileb://`; version 1 took `file://` and encoded them itself.
IAM's parameters are text, so `file://` is right for both.
"""

import re
import shlex
from dataclasses import dataclass
from typing import Final

_FORBIDDEN: Final = re.compile(r"[^\w+=,.@-]+", re.ASCII)
_LONGEST_NAME: Final = 128
_FALLBACK: Final = "ExampleCertificate"


@dataclass(frozen=True, slots=True)
class Files:
    """Where the three files are, as the shell will see them."""

    certificate: str
    private_key: str
    chain: str | None


def server_certificate_name(name: str) -> str:
    """A name that IAM takes (API model: serverCertificateNameType), from any other."""
    star = name.replace("*", "wildcard")
    return _FORBIDDEN.sub("-", star)[:_LONGEST_NAME].strip("-") or _FALLBACK


def iam(files: Files, name: str) -> str:
    """`aws iam upload-server-certificate`, for both versions."""
    return _command(
        "aws iam upload-server-certificate",
        ("--server-certificate-name", shlex.quote(server_certificate_name(name))),
        ("--certificate-body", _url("file", files.certificate)),
        *((("--certificate-chain", _url("file", files.chain)),) if files.chain else ()),
        ("--private-key", _url("file", files.private_key)),
    )


def signing(files: Files) -> str:
    """`aws iam upload-signing-certificate`, of the certificate alone, for the user who calls."""
    return _command("aws iam upload-signing-certificate", ("--certificate-body", _url("file", files.certificate)))


def acm(files: Files, scheme: str) -> str:
    """`aws acm import-certificate`: scheme `fileb` for version 2, `file` for version 1."""
    return _command(
        "aws acm import-certificate",
        ("--certificate", _url(scheme, files.certificate)),
        *((("--certificate-chain", _url(scheme, files.chain)),) if files.chain else ()),
        ("--private-key", _url(scheme, files.private_key)),
    )


def _url(scheme: str, path: str) -> str:
    return shlex.quote(f"{scheme}://{path}")


def _command(start: str, *options: tuple[str, str]) -> str:
    """On lines of their own, which a shell reads as one."""
    return " \\\n".join((start, *(f"    {option} {value}" for option, value in options)))
