"""What is done with an alert: taking, closing."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

import asyncpg
from msgspec import Meta, Struct

from app.db import alerts
from app.db.alerts import AlertRow, Closing
from app.domain.alerts import Action, AlertState, Outcome
from app.domain.errors import AlertChanged, AlertNotAcknowledged, ContentRefused, Fault, NotFound
from app.domain.people import Caller
from app.domain.rulebook import Rulebook
from app.domain.triage import TriageLevel


class Toxicity(Struct, frozen=True, forbid_unknown_fields=True):
    """An adverse event confirmed by a clinician."""

    symptom: Annotated[str, Meta(max_length=64)]
    ctcae_grade: Annotated[int, Meta(ge=0, le=5)]


class CloseAlert(Struct, frozen=True, forbid_unknown_fields=True):
    """How the episode ended; these are also the labels that the risk model will learn from."""

    version: int
    action: Action
    outcome: Outcome
    toxicity: Toxicity | None
    hospitalised: bool
    dose_changed: bool
    verdict: Annotated[str, Meta(pattern="^(useful|not_useful)$")]
    note: Annotated[str, Meta(max_length=2000)] | None = None


async def acknowledge(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, alert_id: UUID, version: int
) -> None:
    """ "I have it", as the alert was at `version`. Raises NotFound, AlertChanged."""
    row = await seen(con, caller, alert_id)
    if not await alerts.acknowledge(con, caller, alert_id, version, forgotten_after(rulebook, row)):
        raise AlertChanged


def forgotten_after(rulebook: Rulebook, row: AlertRow) -> timedelta | None:
    """How long this alert may lie untouched once somebody has it, by the policy that it was born with."""
    return rulebook.policies.of_alert(row.policy).forgotten_after(TriageLevel(row.level))


async def close(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, alert_id: UUID, ending: CloseAlert
) -> None:
    """End the episode. Raises NotFound, AlertChanged, AlertNotAcknowledged, ContentRefused."""
    row = await seen(con, caller, alert_id)
    if ending.toxicity and ending.toxicity.symptom not in rulebook.symptoms:
        raise ContentRefused(
            faults=(Fault("toxicity.symptom", "Not in the rulebook. Use one of the symptoms of the report."),)
        )
    if row.state in (AlertState.OPEN, AlertState.UNDELIVERABLE):
        raise AlertNotAcknowledged
    closing = Closing(
        action=ending.action,
        outcome=ending.outcome,
        toxicity_symptom=ending.toxicity.symptom if ending.toxicity else None,
        toxicity_grade=ending.toxicity.ctcae_grade if ending.toxicity else None,
        hospitalised=ending.hospitalised,
        dose_changed=ending.dose_changed,
        useful=ending.verdict == "useful",
        note=ending.note,
    )
    if not await alerts.close(con, caller, alert_id, ending.version, closing):
        raise AlertChanged


async def seen(con: asyncpg.Connection, caller: Caller, alert_id: UUID) -> AlertRow:
    """The alert, if the caller may see it. Raises NotFound."""
    row = await alerts.one(con, caller, alert_id)
    if row is None:
        raise NotFound
    return row
