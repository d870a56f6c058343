"""Would it be accepted, and if not, why not: all findings about a submission for one target.

`accepted` agrees with the server: for IAM it is true exactly when `bundle.read` accepts the three texts. The findings
come from `rules`; how they are shown is the affair of the command line.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sealstone.x509 import paths
from sealstone.x509.escaping import shown
from sealstone.x509.findings import Finding, Severity
from sealstone.x509.problems import Part
from sealstone.x509.rules import advice, demands, refusals, subject
from sealstone.x509.submission import Submission
from sealstone.x509.targets import Target

_WEIGHT: Final = {Severity.REFUSAL: 0, Severity.WARNING: 1, Severity.NOTE: 2}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The verdict and its reasons, the heaviest first."""

    target: Target
    findings: tuple[Finding, ...]

    @property
    def accepted(self) -> bool:
        """Whether there is no refusal."""
        return not any(finding.severity is Severity.REFUSAL for finding in self.findings)


def explain(submission: Submission, target: Target, at: datetime) -> Explanation:
    """Everything there is to say. `at` is the time of the upload, with a zone. Raises nothing for foreign bytes."""
    judged = subject.of(submission)
    found = [
        *refusals.of(submission, judged, target, at),
        *demands.of_texts(submission, target),
        *demands.of(judged, target),
        *advice.of(judged, target, at),
        *_asides(submission, target),
    ]
    found.sort(key=lambda finding: _WEIGHT[finding.severity])
    return Explanation(target, tuple(found))


def _asides(submission: Submission, target: Target) -> list[Finding]:
    """What the submission shows of how it was put together."""
    found = [
        Finding(
            "file-unused",
            Severity.NOTE,
            Part.FILE,
            f"{shown(name)} has no place in the upload",
            target.page,
            "leave it out",
        )
        for name in submission.unused
    ]
    if submission.not_looked_at:
        cause, source = paths.beyond(submission.not_looked_at), "limits of this program"
        found.append(Finding("too-many-certificates", Severity.WARNING, Part.FILE, cause, source, "give fewer files"))
    if target.wants_path:
        cause = f"it must be uploaded with --path and a path that begins with {target.wants_path} and ends with a slash"
        found.append(Finding("upload-path", Severity.NOTE, Part.FILE, cause, target.store_page))
    key = submission.private_key
    if target.strips_ec_parameters and key and refusals.has_ec_parameters(key, target):
        cause = "the private key field holds a block EC PARAMETERS, which ACM takes away by itself"
        source = "ACM User Guide, Certificate and key format for importing"
        found.append(Finding("ec-parameters", Severity.NOTE, Part.PRIVATE_KEY, cause, source, "IAM refuses it"))
    return found
