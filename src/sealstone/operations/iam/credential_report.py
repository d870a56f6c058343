"""The credential report: a CSV of all users and root, with their passwords, keys and certificates, by date.

Source: IAM user guide, "Getting credential reports": columns, words, and the four hours that a report holds.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sealstone.model import arn
from sealstone.model.identity import AccessKey, LastUse, Status
from sealstone.model.password import LoginProfile
from sealstone.operations.call import Call
from sealstone.operations.errors import ReportExpired, ReportNotPresent
from sealstone.operations.iam.summary import account_wide
from sealstone.operations.operation import operation
from sealstone.store import accounts, login_profiles, password_policies
from sealstone.store import credential_reports as stored

_LIFETIME: Final = timedelta(hours=4)
_SLOTS: Final = 2
_NOT_APPLICABLE: Final = "N/A"
_NOT_SUPPORTED: Final = "not_supported"
# Of a password that was never used; nobody signs in with one here.
_NO_INFORMATION: Final = "no_information"
_COLUMNS: Final = (
    *("user", "arn", "user_creation_time"),
    *("password_enabled", "password_last_used", "password_last_changed", "password_next_rotation", "mfa_active"),
    *("access_key_1_active", "access_key_1_last_rotated", "access_key_1_last_used_date"),
    *("access_key_1_last_used_region", "access_key_1_last_used_service"),
    *("access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date"),
    *("access_key_2_last_used_region", "access_key_2_last_used_service"),
    *("cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated"),
)


# AWS lists it as a read; here it is what writes the report.
@operation("iam", on=account_wide, access="Write")
def generate_credential_report(call: Call) -> Mapping[str, Any]:
    """Make the report of this moment; it is there when this answers."""
    rows = io.StringIO(newline="")
    # Lines end in LF alone, as AWS's do [inferred].
    writer = csv.writer(rows, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(_rows(call))
    report = stored.Report(rows.getvalue().removesuffix("\n"), call.now.replace(microsecond=0))
    stored.put(call.tx, call.account_id, report)
    return {"State": "COMPLETE"}


@operation("iam", on=account_wide, access="Read")
def get_credential_report(call: Call) -> Mapping[str, Any]:
    """The last report that was generated, for four hours."""
    report = stored.find(call.tx, call.account_id)
    if report is None:
        # AWS says no more than the code (recorded).
        raise ReportNotPresent("")
    if call.now - report.generated_time > _LIFETIME:
        raise ReportExpired("The credential report is older than four hours. Call GenerateCredentialReport first.")
    return {
        "Content": report.content.encode(),
        "ReportFormat": "text/csv",
        "GeneratedTime": report.generated_time,
    }


def _rows(call: Call) -> Iterator[Sequence[str]]:
    """Root first, then users by name."""
    keys = stored.keys_by_owner(call.tx, call.account_id)
    certificates = stored.certificates_by_owner(call.tx, call.account_id)
    profiles = {item.user_id: item for item in login_profiles.of_account(call.tx, call.account_id)}
    policy = password_policies.find(call.tx, call.account_id)
    longest = policy.max_password_age if policy else None
    account = accounts.find(call.tx, call.account_id)
    created = _time(account.create_date) if account else _NOT_APPLICABLE
    root_password = (_NOT_SUPPORTED, _NO_INFORMATION, _NOT_SUPPORTED, _NOT_SUPPORTED)
    credentials = (*_keys(keys.get(None, ())), *_certificates(certificates.get(None, ())))
    yield "<root_account>", arn.root(call.account_id), created, *root_password, "false", *credentials
    for user in stored.every_user(call.tx, call.account_id):
        user_id = user.unique_id
        password = _password(profiles.get(user_id), longest)
        credentials = (*_keys(keys.get(user_id, ())), *_certificates(certificates.get(user_id, ())))
        yield user.name, user.arn, _time(user.create_date), *password, "false", *credentials


def _password(profile: LoginProfile | None, longest: int | None) -> Sequence[str]:
    """Enabled, last used, last changed, and by when it must be changed; `longest` in days."""
    if profile is None:
        return ("false", _NOT_APPLICABLE, _NOT_APPLICABLE, _NOT_APPLICABLE)
    due = _time(profile.password_date + timedelta(days=longest)) if longest else _NOT_APPLICABLE
    return ("true", _NO_INFORMATION, _time(profile.password_date), due)


def _keys(keys: Sequence[tuple[AccessKey, LastUse | None]]) -> Iterator[str]:
    """Two slots, the older key first; a key that is not Active has no date of rotation (documented)."""
    for key, use in keys[:_SLOTS]:
        yield from _active(key.status, key.create_date)
        yield from (_time(use.at), use.region, use.service) if use else [_NOT_APPLICABLE] * 3
    yield from ("false", *[_NOT_APPLICABLE] * 4) * (_SLOTS - len(keys))


def _certificates(certificates: Sequence[stored.Dated]) -> Iterator[str]:
    for certificate in certificates[:_SLOTS]:
        yield from _active(certificate.status, certificate.upload_date)
    yield from ("false", _NOT_APPLICABLE) * (_SLOTS - len(certificates))


def _active(status: Status, since: datetime) -> tuple[str, str]:
    return ("true", _time(since)) if status is Status.ACTIVE else ("false", _NOT_APPLICABLE)


def _time(moment: datetime) -> str:
    """As AWS writes it: `2026-11-21T12:00:00+00:00`."""
    return moment.isoformat(timespec="seconds")
