"""For programs: call the API with a signing certificate and its private key in place of an access key.

    import boto3
    from sealstone.signer import session
    iam = boto3.Session(botocore_session=session("Certificate.pem", "PrivateKey.pem")).client("iam")

The endpoint is configured as for every SDK (`AWS_ENDPOINT_URL`). The key stays in this process: only signatures
leave it. What the server makes of them is in `sealstone.endpoint.x509_signature`.
"""

import base64
from pathlib import Path
from typing import Any, Final, Self

import botocore.auth
import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sealstone.x509 import certificate, keys, pem, request_signatures
from sealstone.x509.acceptance import IAM
from sealstone.x509.keys import PrivateKey
from sealstone.x509.problems import Part

SIGNATURE_VERSION: Final = "v4-x509"
_HEADER: Final = "X-Amz-X509"
_FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"


class SigningCertificate(Credentials):  # type: ignore[misc] # botocore has no types
    """A certificate and its private key where botocore expects an access key: the serial number is the key id."""

    def __init__(self, der: bytes, private_key: PrivateKey) -> None:
        """The key must be the certificate's: `read` proves it."""
        super().__init__(str(request_signatures.serial_number(der)), "-", None, "signing-certificate")
        self.der = der
        self.private_key = private_key

    @classmethod
    def read(cls, certificate_body: str, private_key: str) -> Self:
        """From two PEM texts. Raises X509Problem: not PEM, encrypted, or not belonging together."""
        block, *_ = pem.blocks(pem.normalised(certificate_body), Part.CERTIFICATE)
        found = certificate.read(block, IAM)
        key = keys.read(pem.normalised(private_key), IAM)
        keys.prove(key, found)
        return cls(found.der, key)

    @classmethod
    def read_files(cls, certificate_file: str | Path, private_key_file: str | Path) -> Self:
        """From two files of PEM. Raises OSError, and X509Problem for whatever else is in them, DER too."""
        names = (certificate_file, private_key_file)
        return cls.read(*(Path(name).read_bytes().decode("utf-8", "replace") for name in names))

    def get_frozen_credentials(self) -> Self:
        """Itself: nothing of it changes."""
        return self


class X509Auth(botocore.auth.SigV4Auth):  # type: ignore[misc] # botocore has no types
    """Signature Version 4 with the certificate's key in place of the secret."""

    def string_to_sign(self, request: AWSRequest, canonical_request: str) -> str:
        """The four lines, with the algorithm that the key has."""
        _, _, rest = super().string_to_sign(request, canonical_request).partition("\n")
        return f"{self._algorithm}\n{rest}"

    def signature(self, string_to_sign: str, request: AWSRequest) -> str:  # noqa: ARG002
        """In hex."""
        return request_signatures.signed(self.credentials.private_key, string_to_sign.encode()).hex()

    @property
    def _algorithm(self) -> str:
        return request_signatures.algorithm(self.credentials.private_key)

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        super()._modify_request_before_signing(request)
        if _HEADER in request.headers:  # a request that is sent again
            del request.headers[_HEADER]
        request.headers[_HEADER] = base64.b64encode(self.credentials.der).decode()

    def _inject_signature_to_request(self, request: AWSRequest, signature: str) -> AWSRequest:
        super()._inject_signature_to_request(request, signature)
        written = request.headers["Authorization"]
        del request.headers["Authorization"]
        request.headers["Authorization"] = written.replace("AWS4-HMAC-SHA256", self._algorithm, 1)
        return request


def session(certificate_file: str | Path, private_key_file: str | Path) -> botocore.session.Session:
    """A botocore session whose every request is signed by the certificate's key. Raises OSError, X509Problem."""
    return session_of(SigningCertificate.read_files(certificate_file, private_key_file))


def session_of(signer: SigningCertificate) -> botocore.session.Session:
    """A botocore session whose every request is signed by this certificate."""
    botocore.auth.AUTH_TYPE_MAPS[SIGNATURE_VERSION] = X509Auth
    made = botocore.session.Session()
    made._credentials = signer  # noqa: SLF001 - botocore's own way goes through texts that hold no key
    made.register("choose-signer", _choose)
    return made


def _choose(**_: Any) -> str:
    return SIGNATURE_VERSION


def signed_headers(
    signer: SigningCertificate, method: str, url: str, body: bytes, *, service: str, region: str
) -> dict[str, str]:
    """The headers that make one request of any HTTP client a signed one."""
    request = AWSRequest(method=method, url=url, data=body, headers={"Content-Type": _FORM} if body else {})
    auth = X509Auth(signer, service, region)
    auth.add_auth(request)
    return dict(request.headers.items())
