"""Calls of ACM as a client makes them: JSON written by botocore's serializer, signed, and read back by its parser.

arn = imported(world, leaf)
asked(world, "DescribeCertificate", {"CertificateArn": arn}).parsed["Certificate"]
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from botocore.serialize import create_serializer
from tests.house_fixture import Answer, Key, World, read, signed
from tests.pki import Issued

from sealstone.endpoint.aws_json import CONTENT_TYPE
from sealstone.endpoint.request import Request
from sealstone.operations.service_model import service

REGION: Final = "eu-central-1"
PREFIX: Final = "CertificateManager"


def request(
    world: World, name: str, parameters: Mapping[str, Any] | bytes, *, key: Key | None = None, region: str = REGION
) -> Request:
    """A request as it arrives; bytes are a body as it is."""
    body = parameters if isinstance(parameters, bytes) else serialised(name, parameters)
    headers = {"x-amz-target": f"{PREFIX}.{name}", "content-type": CONTENT_TYPE}
    caller = key or world.administrator
    return signed("acm", body, caller, region=region, headers=headers.items(), at=world.clock.now)


def serialised(name: str, parameters: Mapping[str, Any]) -> bytes:
    """The body, with blobs in base64."""
    serializer = create_serializer("json", include_validation=False)
    body = serializer.serialize_to_request(dict(parameters), service("acm").operation_model(name))["body"]
    return body if isinstance(body, bytes) else str(body).encode()


def asked(world: World, name: str, parameters: Mapping[str, Any] | bytes, **how: Any) -> Answer:
    """Sign (as the administrator unless told otherwise), handle, parse."""
    return read(world.endpoint.handle(request(world, name, parameters, **how)), "acm", name)


def done(world: World, name: str, parameters: Mapping[str, Any], **how: Any) -> Mapping[str, Any]:
    """The same, which must succeed."""
    answer = asked(world, name, parameters, **how)
    assert answer.status == 200, answer
    return answer.parsed


def texts(issued: Issued, *, chain: str | None = "") -> dict[str, str]:
    """The parameters of an import: with the chain without its root, unless another one is given."""
    given = issued.chain_without_root_pem if chain == "" else chain
    texts = {"Certificate": issued.certificate_pem, "PrivateKey": issued.private_key_pem}
    return texts | ({"CertificateChain": given} if given else {})


def imported(world: World, issued: Issued, *, region: str = REGION, **parameters: Any) -> str:
    """The ARN of a certificate that was imported."""
    return str(done(world, "ImportCertificate", texts(issued) | parameters, region=region)["CertificateArn"])


def message(answer: Answer) -> str:
    """Of a refusal."""
    return str(json.loads(answer.body).get("message", ""))
