"""The services a certificate may be meant for, and what each demands of it: data with sources, no judging.

A certificate is first stored (in IAM or ACM, by three texts) and then attached (to a load balancer, a distribution).
A target is one whole way: `store` says how the texts are taken, `keys` which key may be attached at the end.
Sources: the API models, the user guides named in `page`, and answers of AWS recorded in public issues.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from sealstone.x509 import acceptance
from sealstone.x509.acceptance import Acceptance
from sealstone.x509.findings import Severity
from sealstone.x509.public_keys import EC, KeyKind


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something that a stored certificate can be attached to."""

    title: str
    keys: Acceptance
    source: str
    severity: Severity = Severity.WARNING
    """How much it weighs that a key cannot be attached."""


CLOUDFRONT_DISTRIBUTION: Final = Attachment(
    "a CloudFront distribution",
    acceptance.CLOUDFRONT,
    "CloudFront Developer Guide, Requirements for using SSL/TLS certificates with CloudFront",
)
_APPLICATION: Final = Attachment(
    "an Application Load Balancer",
    acceptance.ELB,
    "Elastic Load Balancing, SSL certificates for your Application Load Balancer",
)
NETWORK_LOAD_BALANCER: Final = Attachment(
    # AWS's API takes RSA 4096 and leaves the listener broken (recorded: mattclay/aws-terminator#309); ours refuses it.
    "a Network Load Balancer",
    replace(acceptance.IAM, rsa_bits_max=3072),
    "Elastic Load Balancing, Server certificates for your Network Load Balancer",
)
_CLASSIC_FROM_ACM: Final = Attachment(
    "a Classic Load Balancer out of ACM (out of IAM it can)",
    replace(acceptance.ACM, rsa_bits_max=3072, curves=frozenset()),
    "Elastic Load Balancing, SSL/TLS certificates for Classic Load Balancers",
    Severity.NOTE,
)

_IAM_PAGE: Final = "IAM User Guide, Managing server certificates in IAM"
_ACM_PAGE: Final = "ACM User Guide, Prerequisites for importing ACM certificates"


@dataclass(frozen=True, slots=True)
class Target:
    """One service. Texts as IAM takes them, and no demand beyond that, unless a field says otherwise."""

    name: str
    """As `explain --for` takes it."""
    title: str
    page: str
    """The AWS document that states its demands."""
    store_page: str = _IAM_PAGE
    """The AWS document about the texts."""
    store: Acceptance = acceptance.IAM
    keys: Acceptance = acceptance.IAM
    attachments: tuple[Attachment, ...] = ()
    """Where else people want to use what is stored there."""
    strips_ec_parameters: bool = False
    needs_version_3: bool = False
    needs_issuer: bool = False
    """The issuer's name must not be empty."""
    unloadable_weighs: Severity | None = None
    """How much it weighs that no listener can load a certificate or its chain; None where there are no listeners."""
    needs_tls_usage: bool = False
    """Certificates for code signing, for mail or for any other use but TLS are refused."""
    needs_name: bool = False
    """A domain name or an IP address must be there."""
    needs_domain_name: bool = False
    """One of the names must be fully qualified."""
    needs_public_issuer: bool = False
    """Self-signed ones and ones without their intermediates are refused."""
    refuses_certificate_in_chain: bool = False
    wants_path: str = ""
    """The path under which it must be uploaded, which no file shows."""
    longest_responder_url: int = 0
    """Characters that the URL of an OCSP responder may have; 0 means any number."""
    format_page: str = ""
    """The AWS document that forbids blanks at the ends of lines; without, they are taken."""
    wants_issuer_of_same_kind: bool = False
    """The document asks for RSA below RSA and EC below EC; others are imported widely all the same."""


IAM: Final = Target(
    name="iam",
    title="IAM (upload-server-certificate)",
    page=_IAM_PAGE,
    attachments=(CLOUDFRONT_DISTRIBUTION, _APPLICATION, NETWORK_LOAD_BALANCER),
    unloadable_weighs=Severity.WARNING,
)
ACM: Final = Target(
    name="acm",
    title="ACM (import-certificate)",
    page=_ACM_PAGE,
    store_page=_ACM_PAGE,
    store=acceptance.ACM,
    keys=acceptance.ACM,
    attachments=(CLOUDFRONT_DISTRIBUTION, NETWORK_LOAD_BALANCER, _CLASSIC_FROM_ACM),
    unloadable_weighs=Severity.WARNING,
    strips_ec_parameters=True,
    needs_version_3=True,
    needs_issuer=True,
    # The same page: certificates for code signing, email encryption or any other use cannot be imported.
    needs_tls_usage=True,
    needs_name=True,
    refuses_certificate_in_chain=True,
    # The page on prerequisites: the URL of the OCSP responder, if there is one, is not longer.
    longest_responder_url=1000,
    # A space added to the end of any line makes certificate, chain or private key invalid, says the document.
    format_page="ACM User Guide, Certificate and key format for importing",
    wants_issuer_of_same_kind=True,
)
ELB: Final = Target(
    name="elb",
    title="Elastic Load Balancing (a certificate in IAM on a listener)",
    page=_APPLICATION.source,
    keys=acceptance.ELB,
    attachments=(NETWORK_LOAD_BALANCER,),
    # UnsupportedCertificate: "must have a fully-qualified domain name, a supported signature, and a supported key
    # size" (recorded: hashicorp/terraform-provider-aws#26245). Classic load balancers look at no names.
    needs_domain_name=True,
    unloadable_weighs=Severity.REFUSAL,
)
CLOUDFRONT: Final = Target(
    name="cloudfront",
    title="CloudFront (a certificate in IAM under the path /cloudfront/)",
    page=CLOUDFRONT_DISTRIBUTION.source,
    keys=acceptance.CLOUDFRONT,
    needs_domain_name=True,
    needs_public_issuer=True,
    wants_path="/cloudfront/",
)

TARGETS: Final[Mapping[str, Target]] = {target.name: target for target in (IAM, ACM, ELB, CLOUDFRONT)}
"""All of them by name."""


def takes(accepted: Acceptance, key: KeyKind) -> bool:
    """Whether the key is of a kind and size that is accepted."""
    if key.name == EC:
        return key.curve in accepted.curves
    in_bounds = accepted.rsa_bits_min <= key.bits <= accepted.rsa_bits_max
    return in_bounds and (not accepted.rsa_sizes or key.bits in accepted.rsa_sizes)


def wanted(accepted: Acceptance) -> str:
    """Which keys are accepted, in words."""
    if accepted.rsa_sizes:
        sizes = [str(size) for size in sorted(accepted.rsa_sizes) if size <= accepted.rsa_bits_max]
        rsa = f"RSA of {', '.join(sizes[:-1])} or {sizes[-1]} bits"
    else:
        rsa = f"RSA of {accepted.rsa_bits_min} to {accepted.rsa_bits_max} bits"
    return f"{rsa} or EC on {', '.join(sorted(accepted.curves))}" if accepted.curves else rsa
