"""GetServerCertificate: signed, authorized, audited, 10,000 stored, against moto's server and a constant answer."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import boto3
import botocore.config
from tests.bench import house
from tests.bench.figures import Row, rates, times
from tests.bench.processes import Peer, Window, exchanged, hello_server, moto_server, window
from tests.bench.signed import Signer
from tests.server import Server

_CONNECTIONS: Final = 16
_DIFFERENT: Final = 500
_OPERATION: Final = "GetServerCertificate"
_MOTO: Final = Signer(0, "AKIDEXAMPLE000000000", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")


@dataclass
class _Side:
    """One server under the same load, and its windows."""

    peer: Peer
    requests: Sequence[bytes]
    windows: list[Window] = field(default_factory=list)

    def measure(self, seconds: float) -> None:
        """One more window."""
        self.windows.append(window(self.peer, self.requests, connections=_CONNECTIONS, seconds=seconds))

    @property
    def rates(self) -> list[float]:
        """Requests per second, round by round."""
        return [each.rate for each in self.windows]

    @property
    def cpu(self) -> list[float]:
        """Seconds of the server's CPU per request, round by round."""
        return [each.cpu_per_request for each in self.windows]


def measure(
    server: Server, stored: int, material: Mapping[str, str], directory: Path, *, rounds: int, seconds: float
) -> list[Row]:
    """The three servers in turn, `rounds` times. `server` holds the certificates already."""
    before = house.audited(server)
    ours = _ours(server, stored)
    headers, body = exchanged(ours.peer.port, ours.requests[0])
    with ExitStack() as stack:
        moto = stack.enter_context(_moto(material))
        hello = _Side(stack.enter_context(hello_server(headers, body, directory)), ours.requests)
        for _ in range(rounds):
            for side in (ours, moto, hello):
                side.measure(seconds)
    answered = sum(each.answers for each in ours.windows)
    recorded = house.audited(server) - before
    if recorded < answered:
        raise RuntimeError(f"{answered} answers, but {recorded} audit records")
    what = f"GetServerCertificate, {stored:,} stored"
    return [
        rates(f"{what}, requests", ours.rates, moto.rates, "moto", 10),
        rates("the same", ours.rates, hello.rates, "constant answer", 0.2),
        times("server CPU for each", ours.cpu, moto.cpu, "moto", unit="us"),
        times("the same", ours.cpu, hello.cpu, "constant answer", unit="us"),
    ]


def _ours(server: Server, stored: int) -> _Side:
    """A user whose one policy names the path; requests for certificates all over the table."""
    who = house.caller(server, f"iam:{_OPERATION}", f"{house.PATH}*")
    signer = house.signer(server, who)
    names = [house.name_of(number) for number in range(0, stored, max(1, stored // _DIFFERENT))]
    requests = [signer.request(_OPERATION, {"ServerCertificateName": name}) for name in names]
    return _Side(house.peer(server), requests)


@contextmanager
def _moto(material: Mapping[str, str]) -> Iterator[_Side]:
    """Moto with one certificate of the same texts; it checks no signature and no policy."""
    with moto_server() as peer:
        iam = boto3.session.Session().client(
            "iam",
            region_name="us-east-1",
            endpoint_url=f"http://127.0.0.1:{peer.port}",
            aws_access_key_id=_MOTO.access_key_id,
            aws_secret_access_key=_MOTO.secret_access_key,
            config=botocore.config.Config(retries={"total_max_attempts": 1}),
        )
        name = house.name_of(0)
        iam.upload_server_certificate(
            Path=house.PATH,
            ServerCertificateName=name,
            CertificateBody=material["certificate"],
            CertificateChain=material["chain"],
            PrivateKey=material["private_key"],
        )
        iam.close()
        signer = Signer(peer.port, _MOTO.access_key_id, _MOTO.secret_access_key)
        yield _Side(peer, [signer.request(_OPERATION, {"ServerCertificateName": name})])
