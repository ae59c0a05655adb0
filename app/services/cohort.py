"""The cohort: every patient's adherence over a window, molecule by molecule, and who stands out."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from statistics import median, quantiles
from typing import Literal
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.db import cohort, events
from app.db.cohort import CohortRow
from app.domain.civil import local_day
from app.domain.errors import ContentRefused, Fault
from app.domain.intensity import Intensity
from app.domain.people import Caller
from app.domain.rulebook import Rulebook
from app.domain.texts import Text
from app.services.measures import Counted, Rates, rates
from app.services.vault import Safe

LOW = 0.8  # adherence.md section 5: the customary cut-off, not a safety threshold
TOO_MUCH = 1.05  # the same: a total intake ratio above 105 % is shown even if each dose too many was handled
FAR = 1.5  # times the distance between the quartiles below the lower one: the usual fence of a box plot (D)
LEAST = 8  # patients of a molecule before one of them can be said to stand out from the others (D)
LONGEST = 366

Flag = Literal["low", "excess", "too_much", "unreported", "apart"]


class CohortAsk(Struct, frozen=True):
    """What is wanted: days, filters, and a page of the lines."""

    first: date | None = None
    last: date | None = None
    regimen: str | None = None
    drug: str | None = None
    state: str | None = None
    flag: Flag | None = None
    offset: int = 0
    limit: int = 50


class CohortLine(Struct, frozen=True):
    """One drug of one patient, and why it stands out: rate under 80 %, doses too many, total intake above 105 %, mostly unreported,
    or far below the others on the same molecule.
    """

    patient_id: UUID
    name: str
    regimen: Text
    drug: str
    title: Text
    state: str
    started_on: date
    open_alert: UUID | None
    counts: Counted
    rates: Rates
    relative_intensity: float | None
    flags: list[Flag]


class MoleculeLine(Struct, frozen=True):
    """All patients of one molecule in this centre; quartiles of the taking rate."""

    drug: str
    title: Text
    patients: int
    counts: Counted
    rates: Rates
    lower_quartile: float | None
    median: float | None
    upper_quartile: float | None
    median_intensity: float | None
    below_80: int
    below_90: int
    with_excess: int


class Cohort(Struct, frozen=True):
    """A centre over a window. `lines`: most striking first; `total` counts all that the filters let through."""

    centre: str
    first: date
    last: date
    patients: int
    molecules: list[MoleculeLine]
    total: int
    lines: list[CohortLine]


async def page(
    con: asyncpg.Connection, safe: Safe, rulebook: Rulebook, caller: Caller, ask: CohortAsk, now: datetime
) -> Cohort:
    """The centre's cohort; reading it is written down. Raises ContentRefused."""
    today = local_day(now, safe.establishment.timezone)
    last = min(ask.last or today, today)
    first = ask.first or last - timedelta(days=89)
    if not 0 <= (last - first).days < LONGEST:
        raise ContentRefused(faults=(Fault("from", f"A window of 1 to {LONGEST} days, not in the future."),))
    rows = await cohort.rows(con, caller, first, last, today, ask.regimen, ask.drug, ask.state)
    await events.add(con, caller, "cohort_read")
    fences = {drug: _fence(each) for drug, each in _by_drug(rows).items()}
    flagged = [(row, _flags(row, fences[row.drug])) for row in rows]
    wanted = [(row, flags) for row, flags in flagged if (ask.flag in flags if ask.flag else flags)]
    wanted.sort(key=lambda each: (-len(each[1]), _taking(each[0]), each[0].patient_id))
    titles = {d.inn: d.title for r in rulebook.regimens.values() for d in r.drugs}
    return Cohort(
        centre=safe.establishment.name,
        first=first,
        last=last,
        patients=len({row.patient_id for row in rows}),
        molecules=[_molecule(drug, each, titles) for drug, each in sorted(_by_drug(rows).items())],
        total=len(wanted),
        lines=[
            _line(row, flags, safe, rulebook, titles)
            for row, flags in wanted[ask.offset : ask.offset + min(ask.limit, 200)]
        ],
    )


def _by_drug(rows: list[CohortRow]) -> dict[str, list[CohortRow]]:
    found: dict[str, list[CohortRow]] = defaultdict(list)
    for row in rows:
        found[row.drug].append(row)
    return found


def _taking(row: CohortRow) -> float:
    return row.taken / row.expected if row.expected else 1.0


def _fence(rows: list[CohortRow]) -> float:
    """Below this a patient stands apart from the others on the molecule."""
    taking = [_taking(row) for row in rows if row.expected]
    if len(taking) < LEAST:
        return 0.0
    low, _, high = quantiles(taking, n=4, method="inclusive")
    return low - FAR * (high - low)


def _flags(row: CohortRow, fence: float) -> list[Flag]:
    excess = row.extra + row.rest_day + row.during_hold
    flags: list[Flag] = []
    if row.expected and row.taken / row.expected < LOW:
        flags.append("low")
    if excess:
        flags.append("excess")
    if row.expected and (row.taken + excess) / row.expected > TOO_MUCH:
        flags.append("too_much")
    if row.expected and row.unreported * 2 > row.expected:
        flags.append("unreported")
    if row.expected and row.taken / row.expected < fence:
        flags.append("apart")
    return flags


def _counts(row: CohortRow) -> Counted:
    return Counted(**{name: getattr(row, name) for name in Counted.__struct_fields__})


def _relative(row: CohortRow) -> float | None:
    if row.planned_ug is None or row.delivered_ug is None or row.prescribed_ug is None:
        return None
    total = Intensity(
        planned_ug=row.planned_ug,
        prescribed_ug=row.prescribed_ug,
        delivered_ug=row.delivered_ug,
        protocol_days=row.protocol_days,
        elapsed_days=row.elapsed_days,
    )
    return None if total.relative is None else float(total.relative)


def _line(row: CohortRow, flags: list[Flag], safe: Safe, rulebook: Rulebook, titles: dict[str, Text]) -> CohortLine:
    counts = _counts(row)
    return CohortLine(
        patient_id=row.patient_id,
        name=safe.identity(row.patient_id, row.identity).name,
        regimen=rulebook.regimen(row.regimen).title,
        drug=row.drug,
        title=titles.get(row.drug, Text(row.drug, row.drug)),
        state=row.state,
        started_on=row.started_on,
        open_alert=row.open_alert,
        counts=counts,
        rates=rates(counts),
        relative_intensity=_relative(row),
        flags=flags,
    )


def _molecule(drug: str, rows: list[CohortRow], titles: dict[str, Text]) -> MoleculeLine:
    taking = sorted(_taking(row) for row in rows if row.expected)
    low, middle, high = (
        quantiles(taking, n=4, method="inclusive")
        if len(taking) > 1
        else (taking * 3 if taking else (None, None, None))
    )
    total = Counted(**{name: sum(getattr(row, name) for row in rows) for name in Counted.__struct_fields__})
    intensities = [value for row in rows if (value := _relative(row)) is not None]
    return MoleculeLine(
        drug=drug,
        title=titles.get(drug, Text(drug, drug)),
        patients=len(rows),
        counts=total,
        rates=rates(total),
        lower_quartile=low,
        median=middle,
        upper_quartile=high,
        median_intensity=median(intensities) if intensities else None,
        below_80=sum(rate < LOW for rate in taking),
        below_90=sum(rate < 0.9 for rate in taking),  # adherence.md section 5: dashboards show 80 and 90 %
        with_excess=sum(bool(row.extra + row.rest_day + row.during_hold) for row in rows),
    )
