"""Ansible's modules for application and network load balancers: run twice, and the second run changes nothing.

The module for application load balancers asks EC2 for security groups; here a stub of that one call answers for EC2.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Final

from tests.clients.ansible import play
from tests.server import Credentials, Server

_GROUPS: Final = (
    b'<DescribeSecurityGroupsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>1</requestId>'
    b"<securityGroupInfo><item><groupId>sg-0123456789abcdef0</groupId><groupName>web</groupName></item>"
    b"</securityGroupInfo></DescribeSecurityGroupsResponse>"
)


class _EC2(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """One security group, whatever is asked."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(_GROUPS)))
        self.end_headers()
        self.wfile.write(_GROUPS)

    def log_message(self, *_arguments: object) -> None:
        """Nothing is logged."""


@contextmanager
def ec2() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _EC2)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _play(server: Server, name: str, who: Credentials, files: Path, ec2_endpoint: str, **values: str) -> int:
    return play(name, who, files, values, {"AWS_ENDPOINT_URL": server.endpoint, "AWS_ENDPOINT_URL_EC2": ec2_endpoint})


def _made(server: Server, who: Credentials, files: Path) -> dict[str, str]:
    """What the playbook needs: certificates and target groups, by the name of its variable."""
    made: dict[str, str] = {}
    with server.client("iam", who) as iam:
        for variable, body, key in (
            ("certificate", "Certificate.pem", "PrivateKey.pem"),
            ("more_certificate", "public_key_certificate_file", "privatekey.pem"),
        ):
            answer: Any = iam.upload_server_certificate(
                ServerCertificateName=variable,
                CertificateBody=(files / body).read_text(),
                PrivateKey=(files / key).read_text(),
            )
            made[variable] = answer["ServerCertificateMetadata"]["Arn"]
    with server.client("elbv2", who) as elbv2:
        for variable, protocol in (("target_group", "HTTP"), ("tcp_target_group", "TCP")):
            group: Any = elbv2.create_target_group(Name=protocol, Protocol=protocol, Port=80, VpcId="vpc-1")
            made[variable] = group["TargetGroups"][0]["TargetGroupArn"]
    return made


def test_load_balancers_are_as_wanted_after_one_run(tmp_path: Path, files: Path) -> None:
    settings = {"listener_addresses": "127.85.0.0/24", "listener_port_offset": "20000"}
    with Server(tmp_path / "own", settings=settings) as server, ec2() as endpoint:
        try:
            _as_wanted(server, files, endpoint)
            server.stop()
        finally:
            server.done("listeners", "stop")


def _as_wanted(server: Server, files: Path, endpoint: str) -> None:
    who = server.account()
    made = _made(server, who, files)
    assert _play(server, "application_lb.yml", who, files, endpoint, **made) == 3
    assert _play(server, "application_lb.yml", who, files, endpoint, **made) == 0
    with server.client("elbv2", who) as elbv2:
        (site,) = elbv2.describe_load_balancers(Names=["site"])["LoadBalancers"]
        ports = elbv2.describe_listeners(LoadBalancerArn=site["LoadBalancerArn"])["Listeners"]
        assert [one["Port"] for one in ports] == [80, 443]
        listed = elbv2.describe_listener_certificates(ListenerArn=ports[1]["ListenerArn"])["Certificates"]
        assert sorted(one["CertificateArn"] for one in listed) == sorted(
            [made["certificate"], made["more_certificate"]]
        )
    assert _play(server, "application_lb_gone.yml", who, files, endpoint) == 2
    assert _play(server, "application_lb_gone.yml", who, files, endpoint) == 0
