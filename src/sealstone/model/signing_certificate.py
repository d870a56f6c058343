"""The IAM signing certificate as a record: whose it is, its text, and what a signature made with its key is held to."""

from dataclasses import dataclass
from datetime import datetime

from sealstone.model.identity import Status


@dataclass(frozen=True, slots=True)
class SigningCertificate:
    """A certificate whose private key, which never comes here, signs requests. `user_id` is None for root's."""

    account_id: str
    user_id: str | None
    certificate_id: str
    certificate_body: str
    """The text as it was uploaded, to the byte: AWS answers it so (recorded)."""
    fingerprint: str
    """SHA-256 over the DER of the certificate, lower-case hex."""
    serial_number: int
    """As encoded; a request names it in decimal. RFC 5280 4.1.2.2 wants it positive, and not every one is."""
    not_before: datetime
    not_after: datetime
    """UTC, both inclusive (RFC 5280 4.1.2.5)."""
    status: Status
    upload_date: datetime
