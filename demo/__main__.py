"""The main job from start to end: each command as one would type it, then what it printed.

    python -m demo

Everything lives in a temporary directory and is gone afterwards. The exit status says whether all went as it should.
"""

import json
import shlex
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from tests.pki import Authority, rsa_key
from tests.server import Credentials, Server, StartFailed

from demo.issuing import issue
from demo.serving import serve
from sealstone.server.clock import system_clock

WIDTH: Final = 98
NAME: Final = "--server-certificate-name"
FILES: Final = "--certificate-body file://Certificate.pem --certificate-chain file://CertificateChain.pem"
METADATA: Final = "ServerCertificate.ServerCertificateMetadata"


class Demo:
    """A server, a directory with the three files, and a list of what did not go as it should."""

    def __init__(self, server: Server, files: Path) -> None:
        self.server = server
        self.files = files
        self.who: Credentials = server.credentials()
        self.wrong: list[str] = []

    def say(self, text: str) -> None:
        """A line between the commands."""
        print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}", flush=True)

    def run(self, line: str, expected: Callable[[Any], bool], *, status: int = 0) -> Any:
        """Show and run one aws command; `expected` judges its answer (JSON, or text when it is none)."""
        print(f"\n$ {shown(line)}", flush=True)
        result = self.server.aws(*shlex.split(line)[1:], who=self.who, cwd=self.files)
        printed = (result.stdout + result.stderr).strip()
        if printed:
            print(printed, flush=True)
        answer = printed
        with suppress(json.JSONDecodeError):
            answer = json.loads(printed)
        good = result.returncode == status
        try:
            good = good and expected(answer)
        except (KeyError, IndexError, TypeError):
            good = False
        if not good:
            self.wrong.append(line)
        return answer


def shown(line: str) -> str:
    """The command as a person types it: when it is long, each option with its values begins a line or shares one."""
    command, *options = line.split(" --")
    rows = [command]
    for option in options:
        if len(rows[-1]) + len(option) + len(" -- \\") > WIDTH:
            rows.append(f"    --{option}")
        else:
            rows[-1] += f" --{option}"
    return " \\\n".join(rows)


def make_certificates(directory: Path) -> None:
    """A root, an intermediate and a leaf with an RSA key, in files named as in AWS's document; and a wrong key."""
    root = Authority("Example Root CA", valid_at=system_clock())
    leaf = root.authority("Example Intermediate CA").leaf("www.example.com", key=rsa_key())
    for name, text in (
        ("Certificate.pem", leaf.certificate_pem),
        ("CertificateChain.pem", leaf.chain_pem),
        ("Root.pem", root.certificate_pem),
        ("PrivateKey.pem", leaf.traditional_private_key_pem),
        ("OldPrivateKey.pem", root.leaf("old.example.com", key=rsa_key(2048, 1)).traditional_private_key_pem),
    ):
        (directory / name).write_text(text, encoding="ascii")


def upload_and_get(demo: Demo) -> str:
    """The certificate goes in, and comes out without its key; its unique id."""
    arn = f"arn:aws:iam::{demo.who.account_id}:server-certificate/ExampleCertificate"
    get = f"aws iam get-server-certificate {NAME} ExampleCertificate --query"
    body, chain = (demo.files / "Certificate.pem").read_text(), (demo.files / "CertificateChain.pem").read_text()
    demo.say("Upload a certificate with its chain and its private key")
    uploaded = demo.run(
        f"aws iam upload-server-certificate {NAME} ExampleCertificate {FILES} --private-key file://PrivateKey.pem",
        lambda got: got["ServerCertificateMetadata"]["Arn"] == arn,
    )
    demo.say("Get it back: the certificate and the chain as uploaded, and never the private key")
    demo.run(f"{get} ServerCertificate.CertificateBody --output text", lambda got: got.split() == body.split())
    demo.run(f"{get} ServerCertificate.CertificateChain --output text", lambda got: got.split() == chain.split())
    demo.run(
        f"{get} 'keys(ServerCertificate)' --output text",
        lambda got: got.split() == ["ServerCertificateMetadata", "CertificateBody", "CertificateChain", "Tags"],
    )
    demo.say("List what there is")
    demo.run("aws iam list-server-certificates", lambda got: len(got["ServerCertificateMetadataList"]) == 1)
    return uploaded["ServerCertificateMetadata"]["ServerCertificateId"] if isinstance(uploaded, dict) else ""


def tag(demo: Demo) -> None:
    """Two tags, and both of them back."""
    demo.say("Tag it")
    tags = "--tags Key=Team,Value=Web Key=Stage,Value=production"
    demo.run(f"aws iam tag-server-certificate {NAME} ExampleCertificate {tags}", lambda got: got == "")
    demo.run(
        f"aws iam list-server-certificate-tags {NAME} ExampleCertificate --output text",
        lambda got: got.split("\n") == ["TAGS\tStage\tproduction", "TAGS\tTeam\tWeb"],
    )


def rename_and_delete(demo: Demo, unique_id: str) -> None:
    """Another name, another path, another ARN, the same id; then nothing."""
    arn = f"arn:aws:iam::{demo.who.account_id}:server-certificate/cloudfront/CloudFrontCertificate"
    demo.say("Rename and move it: the id stays, the ARN changes")
    demo.run(
        f"aws iam update-server-certificate {NAME} ExampleCertificate "
        "--new-server-certificate-name CloudFrontCertificate --new-path /cloudfront/",
        lambda got: got == "",
    )
    demo.run(
        f"aws iam get-server-certificate {NAME} CloudFrontCertificate "
        f"--query {METADATA}.[Arn,ServerCertificateId] --output text",
        lambda got: got.split() == [arn, unique_id],
    )
    demo.run(
        "aws iam list-server-certificates --path-prefix /cloudfront/ "
        "--query ServerCertificateMetadataList[].ServerCertificateName --output text",
        lambda got: got == "CloudFrontCertificate",
    )
    demo.say("Delete it")
    demo.run(f"aws iam delete-server-certificate {NAME} CloudFrontCertificate", lambda got: got == "")
    demo.run("aws iam list-server-certificates", lambda got: got == {"ServerCertificateMetadataList": []})


def perform(demo: Demo) -> None:
    """Everything in its order, and one upload that is refused."""
    demo.say("Who am I?")
    demo.run("aws sts get-caller-identity", lambda got: got["Account"] == demo.who.account_id)
    unique_id = upload_and_get(demo)
    tag(demo)
    rename_and_delete(demo, unique_id)
    demo.say("And a mistake: the private key of the certificate before")
    demo.run(
        f"aws iam upload-server-certificate {NAME} ExampleCertificate {FILES} --private-key file://OldPrivateKey.pem",
        lambda got: "(KeyPairMismatch)" in got,
        status=255,
    )
    directory = str(demo.files)
    serve(demo, directory, lambda port: issue(demo, directory, port))


def main() -> int:
    """0 when everything went as it should, 1 when not, 130 after Ctrl-C."""
    try:
        with tempfile.TemporaryDirectory(prefix="sealstone-demo-") as directory:
            make_certificates(Path(directory))
            with Server(Path(directory) / "server") as server:
                print(f"Sealstone listens on {server.endpoint} (data in a temporary directory)", flush=True)
                demo = Demo(server, Path(directory))
                try:
                    perform(demo)
                finally:
                    server.done("listeners", "stop")
                server.stop()
    except StartFailed as fault:
        print(f"\nThe server did not start: {fault}")
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the server was stopped.")
        return 130
    if demo.wrong:
        print("\nNot as it should be:", *(f"  $ {shown(line)}" for line in demo.wrong), sep="\n")
        return 1
    print("\nEverything went as it should.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
