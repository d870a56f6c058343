"""UploadServerCertificate: RSA-2048 with a chain of two, durable, against the bare cryptography it needs."""

from collections.abc import Mapping
from typing import Final

from tests.bench import house
from tests.bench.figures import Row, times
from tests.bench.processes import answer_to, window
from tests.server import Server

_OPERATION: Final = "UploadServerCertificate"
_PATH: Final = "/bench/uploads/"


def measure(server: Server, material: Mapping[str, str], *, rounds: int, uploads: int, disk: float) -> list[Row]:
    """Uploads of unique names one after the other, in turn with the bare work; `disk` is one durable write."""
    signer = house.signer(server, house.caller(server, f"iam:{_OPERATION}", f"{_PATH}*"))
    fixed = {
        "Path": _PATH,
        "CertificateBody": material["certificate"],
        "CertificateChain": material["chain"],
        "PrivateKey": material["private_key"],
    }
    names = [f"upload-{number:06}" for number in range(rounds * uploads)]
    requests = [signer.request(_OPERATION, {**fixed, "ServerCertificateName": name}) for name in names]
    cpu: list[float] = []
    latency: list[float] = []
    bare: list[dict[str, float]] = []
    for number in range(rounds):
        part = requests[number * uploads : (number + 1) * uploads]
        found = window(house.peer(server), part, connections=1, once=True)
        if found.answers != uploads:
            raise RuntimeError(f"{uploads} uploads, but {found.answers} answers")
        cpu.append(found.cpu_per_request)
        latency.append(found.latency)
        bare.append(answer_to("tests.bench.bare_upload", {**material, "count": uploads}))
    what = "UploadServerCertificate, RSA-2048, chain of two"
    return [
        times(f"{what}, server CPU", cpu, [each["cpu"] for each in bare], "bare cryptography", unit="ms", at_most=3),
        times("the same, latency", latency, [each["wall"] for each in bare], "bare cryptography", unit="ms"),
        times("the same", latency, [disk] * rounds, "one durable write of this disk", unit="ms"),
    ]
