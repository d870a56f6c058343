"""What a service accepts: limits and named choices, each with its source. Judging is done where the thing is read."""

from dataclasses import dataclass, replace
from typing import Final

P256: Final = "P-256"
P384: Final = "P-384"
P521: Final = "P-521"


@dataclass(frozen=True, slots=True)
class Sending:
    """How the aws command is given the three texts: the names of its options, and what stands before a file's name."""

    certificate: str
    private_key: str
    certificate_chain: str
    scheme: str


AS_TEXTS: Final = Sending("--certificate-body", "--private-key", "--certificate-chain", "file://")
"""IAM's, which are strings."""
AS_BLOBS: Final = Sending("--certificate", "--private-key", "--certificate-chain", "fileb://")
"""ACM's. Of `file://` version 2 of the aws command decodes the content as base64 (its setting cli_binary_format)."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The limits of one service. Sizes of texts are in characters, of keys in bits."""

    rsa_bits_min: int
    rsa_bits_max: int
    curves: frozenset[str]
    """Named curves, by their NIST names; explicit curve parameters are never accepted (CVE-2022-0778)."""
    max_chain_certificates: int
    max_certificate_body: int
    max_private_key: int
    max_certificate_chain: int
    refuse_issuers_marked_as_no_ca: bool
    """A chain certificate with BasicConstraints and no CA flag there is refused (RFC 5280 4.2.1.9)."""
    rsa_sizes: frozenset[int] = frozenset()
    """The only sizes of RSA keys between the bounds that are taken; when empty, every one is."""
    sending: Sending = AS_TEXTS
    """For cures."""


IAM: Final = Acceptance(
    # 1024 bits are accepted (recorded: Terraform's acceptance tests upload such a key). Elastic Load Balancing
    # names 1024, 2048 and 4096; IAM's documents name no upper bound. 16,384 bits are where OpenSSL stops too.
    rsa_bits_min=1024,
    rsa_bits_max=16384,
    # Which curves IAM takes is documented nowhere; these are the ones that ACM's KeyAlgorithm lists [inferred].
    curves=frozenset({P256, P384, P521}),
    # No number is documented. Real chains have up to 4; 10 bounds the work of one call [inferred].
    max_chain_certificates=10,
    # UploadServerCertificate, API model: certificateBodyType, privateKeyType, certificateChainType.
    max_certificate_body=16384,
    max_private_key=16384,
    max_certificate_chain=2097152,
    # IAM's documents ask for order only; no recording has such a chain [inferred].
    refuse_issuers_marked_as_no_ca=True,
)

_RSA_OF_ACM: Final = frozenset({1024, 2048, 3072, 4096})

ACM: Final = Acceptance(
    # ImportCertificate, API model: KeyAlgorithm lists RSA of these four sizes and EC on these three curves.
    rsa_bits_min=1024,
    rsa_bits_max=4096,
    rsa_sizes=_RSA_OF_ACM,
    curves=frozenset({P256, P384, P521}),
    max_chain_certificates=IAM.max_chain_certificates,
    # API model: CertificateBodyBlob, CertificateChainBlob. Of the key the model takes 8,192 bytes, and the user guide
    # ("Prerequisites for importing ACM certificates") 5,120: the smaller one is the promise.
    max_certificate_body=32768,
    max_private_key=5120,
    max_certificate_chain=2097152,
    refuse_issuers_marked_as_no_ca=True,
    sending=AS_BLOBS,
)

# What may be attached, beyond what may be stored: about the key of the server's own certificate only. Authorities
# above it are free to have other keys; Let's Encrypt signs P-256 certificates with a P-384 key.

# "Certificates for your Application Load Balancer": RSA up to 4096 bits from IAM, the three curves.
ELB: Final = replace(IAM, rsa_bits_max=4096)

# "Requirements for using SSL/TLS certificates with CloudFront": RSA of four sizes, and EC on P-256 alone.
CLOUDFRONT: Final = replace(IAM, rsa_bits_max=4096, rsa_sizes=_RSA_OF_ACM, curves=frozenset({P256}))
