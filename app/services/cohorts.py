"""An establishment's own reports as cohort files: pseudonymised, for those who evaluate, and written down.

Names, addresses, free text and identifiers stay here; dates, answers and outcomes go out. Such a file is still personal data: who has
it could find a patient in it by what they know of them.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import secrets
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from msgspec import Struct, json

from app.db import cohorts, events, outcomes
from app.db.cohorts import CohortRow
from app.db.outcomes import ClosedRow
from app.domain.outcomes import HORIZONS, Known, Label, at_risk, first_event, label
from app.domain.people import Caller
from app.domain.reports import Baseline, KeptContent
from app.domain.risk_modes import evaluates
from app.domain.rulebook import Rulebook
from app.services.outcomes import known_of_all
from app.services.risk_scoring import person
from app.services.vault import Safe, SealBroken


class Exported(Struct, frozen=True):
    """How much was written."""

    reports: int
    patients: int


class NotAnEvaluatorError(Exception):
    """The named person does not evaluate the model at this establishment."""


_content = json.Decoder(KeptContent)
_baseline = json.Decoder(Baseline)
_OUTCOME = {Label.YES: 1, Label.NO: 0, Label.PENDING: None, Label.UNKNOWN: None}


async def export(
    con: asyncpg.Connection,
    safe: Safe,
    rulebook: Rulebook,
    by: Caller,
    folder: Path,
    now: datetime,
    *,
    purpose: str,
    synthetic: bool,
    since: date = date.min,
    until: date = date.max,
) -> Exported:
    """Write the cohort of the caller's establishment; `since` and `until` choose courses by their first day.

    `synthetic`: this house holds invented patients (demonstration, test), and whatever learns from them says so for ever.
    Raises NotAnEvaluatorError.
    """
    if not evaluates(by):
        raise NotAnEvaluatorError
    here, today = by.establishment_id, now.date()
    known, key = await known_of_all(con, here), secrets.token_bytes(32)
    treated = await outcomes.closed_alerts(con, here)
    lines: list[dict[str, Any]] = []
    follow: dict[str, tuple[str, str, int]] = {}
    happened: set[tuple[str, int, str]] = set()
    care: list[tuple[str, str, int]] = []
    async for row in cohorts.reports(con, here, since, until):
        of = known.get(row.patient_id, Known())
        who = _alias(key, row.patient_id, row.course_id)
        lines.append(_line(row, who, key, of, safe, rulebook, today))
        last = min(today, row.left_on or today)
        follow[who] = (row.regimen, row.started_on.isoformat(), (last - row.started_on).days)
        happened |= {
            (who, (h.on - row.started_on).days, h.kind) for h in of.happenings if row.started_on <= h.on <= last
        }
        care.append((who, lines[-1]["report_id"], int(_acted(row, treated))))
    lines.sort(key=lambda line: (line["patient_id"], line["day"]))
    _write(folder, lines, follow, sorted(happened), care, synthetic=synthetic)
    detail = json.encode({"purpose": purpose, "reports": str(len(lines))}).decode()
    await events.add(con, by, "cohort_exported", detail=detail)
    return Exported(len(lines), len(follow))


def _line(
    row: CohortRow, who: str, key: bytes, known: Known, safe: Safe, rulebook: Rulebook, today: date
) -> dict[str, Any]:
    """One line of reports.jsonl."""
    content, baseline = _content.decode(row.content), _baseline.decode(row.baseline)
    first, seven, fourteen = (
        first_event(row.told_on, known),
        label(row.told_on, HORIZONS[0], today, known),
        label(row.told_on, HORIZONS[1], today, known),
    )
    told = {symptom for symptom in content.answers if symptom in rulebook.symptoms}
    return {
        "patient_id": who,
        "report_id": _alias(key, row.patient_id, row.report_id),
        "regimen": row.regimen,
        "level": int(rulebook.regimen(row.regimen).level),
        "day": (row.told_on - row.started_on).days,
        "cycle": max(1, row.cycle),
        "day_of_cycle": max(1, row.day_of_cycle),
        "enrolled": row.started_on,
        "submitted": row.told_on,
        "patient": dict(_known_on(row, known, safe)),
        "baseline": baseline,
        "answers": {symptom: content.answers[symptom] for symptom in sorted(told)},
        "measurements": content.measurements,
        "at_risk": int(at_risk(row.told_on, known.happenings)),
        "outcome_7d": _OUTCOME[seven],
        "outcome_14d": _OUTCOME[fourteen],
        "event_kind_14d": first[0] if first and fourteen is Label.YES else None,
        "days_to_event": first[1] if first and fourteen is Label.YES else None,
    }


def _known_on(row: CohortRow, known: Known, safe: Safe) -> Iterator[tuple[str, int]]:
    """What was on record of the patient on the day of the report."""
    try:
        born_on = safe.identity(row.patient_id, row.identity).born_on
    except SealBroken:
        born_on = None
    on_record = {h.kind for h in known.happenings if (h.until or h.on) < row.told_on}
    found = person(born_on, row.told_on, "toxicity" in on_record, "visit" in on_record)
    if found.age is not None:
        yield "age", int(found.age)
    yield "prior_grade3", int(bool(found.prior_grade3))
    yield "prior_visit", int(bool(found.prior_visit))


def _acted(row: CohortRow, closed: list[ClosedRow]) -> bool:
    """Whether somebody did something about the alert that was open on that day: without it, what happened cannot be compared."""
    return any(a.patient_id == row.patient_id and a.acted and a.opened_on <= row.told_on <= a.closed_on for a in closed)


def _alias(key: bytes, patient_id: UUID, of: UUID) -> str:
    """A name that this export alone uses: the key is thrown away."""
    return hmac.new(key, patient_id.bytes + of.bytes, hashlib.sha256).hexdigest()[:16]


def _write(
    folder: Path,
    lines: list[dict[str, Any]],
    follow: dict[str, tuple[str, str, int]],
    happened: list[tuple[str, int, str]],
    care: list[tuple[str, str, int]],
    *,
    synthetic: bool,
) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / "reports.jsonl").write_bytes(b"".join(json.encode(line) + b"\n" for line in lines))
    rows = [(who, *rest) for who, rest in sorted(follow.items())]
    _table(folder / "followup.csv", ("patient_id", "regimen", "enrolled", "last_day"), rows)
    _table(folder / "events.csv", ("patient_id", "day", "kind"), happened)
    _table(folder / "care.csv", ("patient_id", "report_id", "acted_on"), sorted(care))
    manifest = {"synthetic": synthetic, "pseudonymised": True}
    (folder / "manifest.json").write_bytes(json.encode(manifest) + b"\n")


def _table(path: Path, head: tuple[str, ...], rows: list[Any]) -> None:
    with path.open("w", newline="", encoding="utf-8") as text:
        out = csv.writer(text, lineterminator="\n")
        out.writerow(head)
        out.writerows(rows)
