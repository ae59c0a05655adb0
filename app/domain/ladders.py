"""Cases beside the escalation policies: an alert of a day and an hour, who is called when, and when its end is seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from app.domain.civil import OpeningHours
from app.domain.escalation import plan
from app.domain.policies import STANDARD
from app.domain.rulebook import Rulebook, outcome_name
from app.domain.rulefiles import Id
from app.domain.verdicts import Recipient, TriageLevel
from app.domain.yamls import Problem, load

PATH = "escalation/policies.cases.yaml"
_ZONE = "Europe/Paris"  # times in the file are on the wall in Paris
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Wall = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$")]


class Rung(Struct, frozen=True, forbid_unknown_fields=True):
    """Who is called at that time if nobody has the alert. Nobody: it is visibly undeliverable."""

    at: Wall
    call: tuple[str, ...]


class LadderCase(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One alert, and the whole ladder that it must get with the rulebook's opening hours."""

    why: str
    at: Wall
    level: TriageLevel
    recipient: Recipient
    rungs: Annotated[tuple[Rung, ...], Meta(min_length=2)]
    policy: Id = STANDARD
    emergency: bool = False


class LadderFile(Struct, frozen=True, forbid_unknown_fields=True):
    """escalation/policies.cases.yaml."""

    cases: tuple[LadderCase, ...]


def read(files: Mapping[str, bytes], problems: list[Problem]) -> tuple[LadderCase, ...]:
    """The cases of the policies; what cannot be read is told in `problems`."""
    file = load(PATH, files[PATH], LadderFile, problems) if PATH in files else None
    return file.cases if file else ()


def failure(case: LadderCase, rulebook: Rulebook) -> str | None:
    """What a case finds wrong with its policy, in words; None when it holds."""
    at = _utc(case.at)
    book = rulebook.on(at.date())
    policy = book.policies.on(case.policy, at.date())
    h = book.opening_hours
    days = frozenset(_DAYS.index(day) for day in h.days)
    hours = OpeningHours(_ZONE, time.fromisoformat(h.opens), time.fromisoformat(h.closes), days)
    steps = plan(case.recipient, case.level, case.emergency, policy, book, at, hours)
    got = [(step.due_at, step.recipients) for step in steps]
    want = [(_utc(rung.at), rung.call) for rung in case.rungs]
    if got == want:
        return None
    ladder = "; ".join(f"{_wall(when)} {', '.join(who) or 'undeliverable'}" for when, who in got)
    return f"the ladder is: {ladder}"


def uncovered(cases: Iterable[LadderCase], rulebook: Rulebook) -> list[str]:
    """Policies that lack a case of some level, in words."""
    told = {(case.policy, outcome_name(case.level, case.emergency)) for case in cases}
    levels = ("yellow", "orange", "red", "red_emergency")
    missing = ((id_, level) for id_ in sorted(rulebook.policies.names()) for level in levels)
    return [f"escalation policy {id_}: no case of {level}" for id_, level in missing if (id_, level) not in told]


def _utc(wall: str) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(_ZONE)).astimezone(UTC)


def _wall(at: datetime) -> str:
    return at.astimezone(ZoneInfo(_ZONE)).strftime("%Y-%m-%dT%H:%M")
