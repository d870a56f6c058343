"""A change of the validation method under way: the new records are looked for, and when all are there it is made.

Not here: who asks for a change (`operations.acm.options`), the looking itself (`validating`), renewals.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sealstone.model.certificate import Certificate
from sealstone.model.certificate_request import (
    VALIDATION_ENDS,
    CertificateRequest,
    DomainValidation,
    MethodUpdate,
    UpdateStatus,
    ValidationStatus,
)
from sealstone.workers.errands import Step
from sealstone.workers.validating import Validator, look_again_after

_LOG: Final = logging.getLogger("sealstone.issuing")

About = Callable[[timedelta], timedelta]
"""The pause, a little longer or shorter."""
NOTHING: Final = Step(lambda present: present, None)
"""There is no change under way."""


def looked(
    validator: Validator, certificate: Certificate, request: CertificateRequest, now: datetime, about: About
) -> Step:
    """One look at every domain that has not been shown yet.

    Source: user guide, "Updating a certificate's validation method": the records have 72 hours. Until all are found
    the old method holds, and afterwards as well when they are not.
    """
    update = request.method_update
    if update is None or not request.is_updating:
        return NOTHING
    asked = certificate.requested(request.changed(validations=update.validations))
    found, reason = validator.checked(asked, now)
    if all(one.status is ValidationStatus.SUCCESS for one in found):
        return _changed(certificate, update, found, now)
    return _going_on(certificate, replace(update, validations=found), reason, now, about)


def put_off(certificate: Certificate, request: CertificateRequest, reason: str, now: datetime, about: About) -> Step:
    """A look that came to nothing, for a reason of ours: as one that found nothing new."""
    update = request.method_update
    return _going_on(certificate, update, reason, now, about) if update and request.is_updating else NOTHING


def _going_on(certificate: Certificate, update: MethodUpdate, reason: str, now: datetime, about: About) -> Step:
    """Another look later, while there is time for one."""
    if now >= update.requested_at + VALIDATION_ENDS:
        _LOG.warning("%s is still validated by %s: %s", certificate.arn, update.old_method, reason)
        failed = update.ended(UpdateStatus.FAILED, now, reason)
        return Step(lambda present: present.changed(method_update=failed), None)
    going_on = replace(update, explanation=reason)
    again_at = now + about(look_again_after(now - update.requested_at))
    return Step(lambda present: present.changed(method_update=going_on), again_at)


def _changed(
    certificate: Certificate, update: MethodUpdate, found: tuple[DomainValidation, ...], now: datetime
) -> Step:
    """What owners were asked by mail needs no answer any more."""
    _LOG.info("%s is validated by %s from now on", certificate.arn, update.new_method)
    return Step(lambda present: present.method_changed(update, found, now), None, asks_anew=True)
