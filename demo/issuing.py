"""After the demo's listener: ACM issues a certificate from the private authority, and renews it while it serves."""

import json
import time
from typing import Any, Final

from demo.serving import HOST, Stage, curl, own

_WITHIN: Final = 15.0


def issue(stage: Stage, directory: str, port: int) -> None:
    """Export the root, request a certificate, put it on the listener of the load balancer, renew it there."""
    stage.say("Have a certificate issued by this installation's own authority")
    own(stage, f"sealstone ca export --out {directory}/Authority.pem", lambda _: True)
    authority = json.loads(stage.server.done("ca", "show", "--json"))["Arns"][0]
    arn = stage.run(
        f"aws acm request-certificate --domain-name {HOST} --certificate-authority-arn {authority} "
        "--query CertificateArn --output text",
        lambda got: ":certificate/" in got,
    )
    _until(stage, arn, "Status", is_="ISSUED")
    stage.run(f"aws acm wait certificate-validated --certificate-arn {arn}", lambda got: got == "")
    stage.say("Put it on the listener in the place of the other one")
    stage.run(
        f"aws elb set-load-balancer-listener-ssl-certificate --load-balancer-name site --load-balancer-port {port} "
        f"--ssl-certificate-id {arn}",
        lambda got: got == "",
    )
    _wait(stage, " serving ")
    ask = f"curl -sS --cacert Authority.pem --resolve {HOST}:{port}:127.0.0.1 https://{HOST}:{port}/"
    curl(stage, ask, directory)
    stage.say("Renew it now, as it would be by itself 60 days before its end: same ARN, no connection lost")
    stage.run(f"aws acm renew-certificate --certificate-arn {arn}", lambda got: got == "")
    summary = f"aws acm describe-certificate --certificate-arn {arn} --query"
    _until(stage, arn, "RenewalSummary", "RenewalStatus", is_="SUCCESS")
    stage.run(f"{summary} Certificate.RenewalSummary.RenewalStatus --output text", lambda got: got == "SUCCESS")
    curl(stage, ask, directory)
    own(stage, "sealstone events tail", lambda got: "Available" in got)


def _wait(stage: Stage, text: str) -> None:
    deadline = time.monotonic() + _WITHIN
    while time.monotonic() < deadline:
        if text in stage.server.command("listeners").stdout:
            return
        time.sleep(0.1)


def _until(stage: Stage, arn: str, *path: str, is_: str) -> None:
    """Until the description says so: the commands that are shown would look once a minute."""
    deadline = time.monotonic() + _WITHIN
    with stage.server.client("acm", stage.who) as acm:
        while time.monotonic() < deadline:
            found: Any = acm.describe_certificate(CertificateArn=arn)["Certificate"]
            for name in path:
                found = found.get(name, {})
            if found == is_:
                return
            time.sleep(0.2)
