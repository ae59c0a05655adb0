"""Everything we may refuse, each with a stable code and words that say what to do."""

from __future__ import annotations

from msgspec import Struct


class Fault(Struct, frozen=True):
    """One thing wrong at one place of what was sent."""

    path: str
    message: str


class Refusal(Exception):
    """Base of all refusals. `code` is stable, `status` is HTTP's, `title` names the kind, the message says what to do."""

    code = "refused"
    status = 400
    title = "Refused"

    def __init__(self, detail: str | None = None, *, faults: tuple[Fault, ...] = (), retry_after: int | None = None):
        super().__init__(detail or (self.__doc__ or self.title))
        self.faults = faults
        self.retry_after = retry_after

    @property
    def detail(self) -> str:
        """The sentence shown to whoever sent the request."""
        return str(self.args[0])


class BodyRefused(Refusal):
    """The body could not be read as this endpoint's JSON. Correct it and send it again."""

    code, status, title = "body_refused", 400, "Body refused"


class ContentRefused(Refusal):
    """A value in the body is not acceptable. See `errors` for where and why."""

    code, status, title = "content_refused", 422, "Content refused"


class ValueImplausible(Refusal):
    """A measurement is outside the plausible range. Correct it, or list it in `confirmed` when it is really so."""

    code, status, title = "value_implausible", 422, "Please check a value"


class EndpointRefused(Refusal):
    """This push endpoint is not one of a known push service. Subscribe again from the browser."""

    code, status, title = "endpoint_refused", 422, "Push endpoint refused"


class BodyTooLarge(Refusal):
    """The body is larger than this endpoint accepts. Send less at once."""

    code, status, title = "body_too_large", 413, "Body too large"


class MediaTypeRefused(Refusal):
    """Send the body as `Content-Type: application/json` in UTF-8."""

    code, status, title = "media_type_refused", 415, "Media type refused"


class SignInNeeded(Refusal):
    """Nobody is signed in here, or the session has ended. Sign in again; nothing on this device is lost."""

    code, status, title = "sign_in_needed", 401, "Sign-in needed"


class CodeRefused(Refusal):
    """This code is not valid: mistyped, already used, or older than its time. Ask your care team for a new one."""

    code, status, title = "code_refused", 401, "Code refused"


class CredentialsRefused(Refusal):
    """Login, password or six-digit code is not right. Check them and try again."""

    code, status, title = "credentials_refused", 401, "Sign-in refused"


class BoxRefused(Refusal):
    """This box is not known here, or its token was revoked. Ask the care team for a new one."""

    code, status, title = "box_refused", 401, "Box refused"


class NotForYou(Refusal):
    """Your role does not do this."""

    code, status, title = "not_for_your_role", 403, "Not for your role"


class ForeignOrigin(Refusal):
    """Writes are accepted from Vigie's own pages only."""

    code, status, title = "foreign_origin", 403, "Foreign origin"


class NotFound(Refusal):
    """There is nothing here, or it is not yours to see."""

    code, status, title = "not_found", 404, "Not found"


class ReportDiffers(Refusal):
    """A report with this id was received with other content. Both are kept and a person will look; send changes under a new id."""

    code, status, title = "report_differs", 409, "Report differs"


class IntakeDiffers(Refusal):
    """An intake with this id was received with other content. Both are kept and a person will look; send changes under a new id."""

    code, status, title = "intake_differs", 409, "Intake differs"


class IntakeUnknown(Refusal):
    """No intake of yours has this id. If it was never sent, send it; there is nothing to undo."""

    code, status, title = "not_found", 404, "Not found"


class IntakeTooOld(Refusal):
    """This can no longer be undone. Send a correction: a new entry with `replaces`."""

    code, status, title = "intake_too_old", 409, "Too late to undo"


class NoCourse(Refusal):
    """No treatment is recorded for this patient. The care team records it first."""

    code, status, title = "no_course", 409, "No treatment recorded"


class CourseChanged(Refusal):
    """There is a newer order for this treatment. Read it, then decide again."""

    code, status, title = "course_changed", 409, "Treatment changed"


class OrderRefused(Refusal):
    """This order does not follow from the treatment as it stands. See `errors` for where and why."""

    code, status, title = "order_refused", 422, "Order refused"


class CannotSnooze(Refusal):
    """There is no reminder to put off, or its time would be past the intake's window. Take the dose now or say that you missed it."""

    code, status, title = "cannot_snooze", 409, "Cannot be put off"


class AlertChanged(Refusal):
    """This alert has changed since you opened it. Read it again, then decide."""

    code, status, title = "alert_changed", 409, "Alert changed"


class AlertNotAcknowledged(Refusal):
    """Take the alert first (acknowledge), then do this with it."""

    code, status, title = "alert_not_acknowledged", 409, "Alert not acknowledged"


class NotYours(Refusal):
    """This case is not yours to give, or was not offered to you. Read it again, or take it over."""

    code, status, title = "case_not_yours", 409, "Not your case"


class AgreementSettled(Refusal):
    """This agreement is signed or ended already. Read it again; other terms are a new agreement."""

    code, status, title = "agreement_settled", 409, "Agreement settled"


class PatientKnown(Refusal):
    """A patient with these names and this birth date is already followed here. Look in the list of patients."""

    code, status, title = "patient_known", 409, "Patient already enrolled"


class CaregiversFull(Refusal):
    """Five people may speak for this patient already. End one first."""

    code, status, title = "caregivers_full", 409, "Too many caregivers"


class TooManyDevices(Refusal):
    """Ten devices are registered already. Remove one first."""

    code, status, title = "too_many_devices", 409, "Too many devices"


class TooManyContacts(Refusal):
    """Six addresses and numbers are kept already. Remove one first."""

    code, status, title = "too_many_contacts", 409, "Too many contacts"


class CannotResend(Refusal):
    """This cannot be sent again: the alert is taken or closed, or nobody wants the message any more."""

    code, status, title = "cannot_resend", 409, "Not sent again"


class NotReadyForLive(Refusal):
    """The model may not speak here yet. See `errors` for what is missing; it stays in shadow meanwhile."""

    code, status, title = "not_ready_for_live", 409, "Not ready for live"


class ProposalGone(Refusal):
    """This proposal is no longer open: approved, replaced, overtaken by another decision, or older than 14 days."""

    code, status, title = "proposal_gone", 409, "Proposal no longer open"


class NothingToRollBack(Refusal):
    """There is no earlier decision to go back to."""

    code, status, title = "nothing_to_roll_back", 409, "Nothing to roll back to"


class TooManyTries(Refusal):
    """Too many tries. Wait, then try again."""

    code, status, title = "too_many_tries", 429, "Too many tries"


class Unavailable(Refusal):
    """Vigie cannot reach its database just now. What you sent was not kept: send it again in a moment."""

    code, status, title = "unavailable", 503, "Temporarily unavailable"
