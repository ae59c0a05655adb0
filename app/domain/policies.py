"""Escalation policies: who is called one after the other, how long each is waited for, and what may wait."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from app.domain.rulefiles import Dated, Id, Outcome, Sourced
from app.domain.texts import Text
from app.domain.verdicts import Recipient, TriageLevel
from app.domain.yamls import Problem

Discipline = Literal["level1", "level2", "oncologist"]
Everyone = Literal["any_coordinator", "any_oncologist"]
Positive = Annotated[int, Meta(ge=1)]
STANDARD = "standard"
PARTNER = "partner_"  # a partner's discipline, as it stands among the recipients of a rung


class CallStep(Struct, frozen=True, forbid_unknown_fields=True):
    """One rung: these on duty are called; where none of `call` is, a partner's under a cooperation agreement."""

    call: Annotated[tuple[Discipline, ...], Meta(min_length=1)]
    or_partner: tuple[Discipline, ...] = ()

    @property
    def recipients(self) -> tuple[str, ...]:
        """As the rung keeps them."""
        return (*self.call, *(PARTNER + who for who in self.or_partner))


Ladder = Annotated[tuple[CallStep, ...], Meta(min_length=1)]
LastResort = Annotated[tuple[Everyone, ...], Meta(min_length=1)]


class Steps(Struct, frozen=True, forbid_unknown_fields=True):
    """The rungs by whose task it is."""

    level1: Ladder
    level2: Ladder
    oncologist: Ladder
    emergency: Ladder


class Fallback(Struct, frozen=True, forbid_unknown_fields=True):
    """Who is called last, on duty or not: never empty."""

    level1: LastResort
    level2: LastResort
    oncologist: LastResort
    emergency: LastResort


class Minutes(Struct, frozen=True, forbid_unknown_fields=True):
    """Minutes after each call, on the calendar of the level."""

    minutes: Annotated[tuple[Positive, ...], Meta(min_length=1)]


class WorkingDays(Struct, frozen=True, forbid_unknown_fields=True):
    """Working days after each call."""

    working_days: Annotated[tuple[Positive, ...], Meta(min_length=1)]


class Waits(Struct, frozen=True, forbid_unknown_fields=True):
    """How long each call is waited for; the last one repeats."""

    yellow: WorkingDays
    orange: Minutes
    red: Minutes
    red_emergency: Minutes


class Urgent(Struct, frozen=True, forbid_unknown_fields=True):
    """Minutes by urgent level."""

    orange: Positive
    red: Positive


class ByLevel(Struct, frozen=True, forbid_unknown_fields=True):
    """Minutes by level."""

    yellow: Positive
    orange: Positive
    red: Positive


class MuteDays(Struct, frozen=True, forbid_unknown_fields=True):
    """Days by level that may be silent. Red never is: it is not among the fields."""

    yellow: Positive
    orange: Positive | None = None


class Coverage(Struct, frozen=True, forbid_unknown_fields=True):
    """When somebody must be on duty."""

    level1: Literal["always", "opening_hours"]
    level2: Literal["always", "opening_hours"]
    oncologist: Literal["always", "opening_hours"]


class PolicyValue(Dated, frozen=True, kw_only=True):
    """A policy as it is from a day on."""

    steps: Steps
    fallback: Fallback
    waits: Waits
    forgotten_minutes: Urgent
    pause_at_most_minutes: ByLevel
    mute_at_most_days: MuteDays
    coverage: Coverage


class PolicyEntry(Sourced, frozen=True, kw_only=True):
    """One policy; establishments choose it by its id."""

    id: Id
    title: Text
    values: Annotated[tuple[PolicyValue, ...], Meta(min_length=1)]


class PoliciesFile(Struct, frozen=True, forbid_unknown_fields=True):
    """escalation/policies.yaml: every policy, and every day from which it was another."""

    policies: Annotated[tuple[PolicyEntry, ...], Meta(min_length=1)]


class Policy(Struct, frozen=True):
    """One policy as of one day. An alert keeps its `key`."""

    id: str
    since: date
    title: Text
    value: PolicyValue
    source: str
    owner: str
    review_by: date

    @property
    def key(self) -> str:
        """What an alert keeps: `standard.2026-01-01`."""
        return f"{self.id}.{self.since.isoformat()}"

    def rungs(self, recipient: Recipient) -> tuple[tuple[str, ...], ...]:
        """Who is called one after the other for whose task it is; the last resort included."""
        name = "level1" if recipient is Recipient.NONE else recipient.value
        steps: tuple[CallStep, ...] = getattr(self.value.steps, name)
        last: tuple[str, ...] = getattr(self.value.fallback, name)
        return (*(step.recipients for step in steps), last)

    def wait(self, outcome: Outcome, name: str, call: int) -> Outcome:
        """The delays of the level, with this policy's patience after the call of this number (0 is the first)."""
        patience = getattr(self.value.waits, name)
        if isinstance(patience, WorkingDays):
            return msgspec.structs.replace(outcome, acknowledge_working_days=_nth(patience.working_days, call))
        return msgspec.structs.replace(outcome, acknowledge_minutes=_nth(patience.minutes, call))

    def forgotten_after(self, level: TriageLevel) -> timedelta | None:
        """How long after it was taken, or last touched, an alert is called again (F13); None for a level that is not."""
        minutes: int | None = getattr(self.value.forgotten_minutes, level.value, None)
        return timedelta(minutes=minutes) if minutes else None

    def pause_at_most(self, level: TriageLevel) -> timedelta:
        """The longest pause of a case of this level."""
        return timedelta(minutes=getattr(self.value.pause_at_most_minutes, level.value))

    def mute_at_most(self, level: TriageLevel) -> timedelta | None:
        """How long a symptom of this level may be silent; None for never."""
        days: int | None = getattr(self.value.mute_at_most_days, level.value, None)
        return timedelta(days=days) if days else None


class PolicyShelf(Struct, frozen=True):
    """Every policy of every day: nothing is overwritten, so an old alert finds its own."""

    by_key: Mapping[str, Policy]
    entries: tuple[PolicyEntry, ...] = ()  # as the file has them, to be read

    def of_alert(self, key: str) -> Policy:
        """The policy that an alert was born with; today's common rule where that one is gone from the files."""
        return self.by_key.get(key) or self.on(key.partition(".")[0], date.max)

    def on(self, id_: str, day: date) -> Policy:
        """The policy of this id as it is on a day; the common rule where there is none of that name."""
        return self._latest(id_, day) or self._latest(STANDARD, day) or self._first(STANDARD)

    def names(self) -> dict[str, Text]:
        """What an establishment may choose from."""
        return {policy.id: policy.title for policy in self.by_key.values()}

    def _latest(self, id_: str, day: date) -> Policy | None:
        mine = [p for p in self.by_key.values() if p.id == id_ and p.since <= day]
        return max(mine, key=lambda p: p.since, default=None)

    def _first(self, id_: str) -> Policy:
        return min((p for p in self.by_key.values() if p.id == id_), key=lambda p: p.since)


def shelf(file: PoliciesFile) -> PolicyShelf:
    """Every policy of the file by its key."""
    policies = [
        Policy(entry.id, value.since, entry.title, value, entry.source, entry.owner, entry.review_by)
        for entry in file.policies
        for value in entry.values
    ]
    return PolicyShelf({policy.key: policy for policy in policies}, file.policies)


def check_policies(path: str, file: PoliciesFile) -> Iterable[Problem]:
    """What the shape of the file cannot say: one policy for everybody, and red never slower than orange."""
    ids = [entry.id for entry in file.policies]
    if STANDARD not in ids:
        yield Problem(path, "policies", f"there must be one with `id: {STANDARD}`: it holds where none was chosen")
    for id_ in sorted({id_ for id_ in ids if ids.count(id_) > 1}):
        yield Problem(path, "policies", f"`{id_}` is there twice")
    for i, entry in enumerate(file.policies):
        days = [value.since for value in entry.values]
        if len(days) != len(set(days)):
            yield Problem(
                path, f"policies[{i}].values", "two values begin on one day: an alert could not say which is its own"
            )
        for j, value in enumerate(entry.values):
            yield from _too_slow(path, f"policies[{i}].values[{j}]", value)


def _too_slow(path: str, where: str, value: PolicyValue) -> Iterable[Problem]:
    """Each rung of the more urgent is reached no later, and its end too, whosever task the milder one is."""
    quicker = (("red_emergency", "red"), ("red", "orange"))
    for fast, slow in quicker:
        mine, other = getattr(value.waits, fast).minutes, getattr(value.waits, slow).minutes
        if any(_nth(mine, call) > _nth(other, call) for call in range(max(len(mine), len(other)))):
            yield Problem(
                path, f"{where}.waits", f"`{fast}` may never wait longer than `{slow}`", f"{fast}: {{minutes: [15]}}"
            )
    milder = max(len(value.steps.level1), len(value.steps.level2))
    for name in ("oncologist", "emergency"):
        if len(getattr(value.steps, name)) > min(len(value.steps.level2), milder):
            yield Problem(path, f"{where}.steps.{name}", "has more steps than `level2`: its end would come later", "")
    times = {
        "forgotten_minutes": (value.forgotten_minutes.red, value.forgotten_minutes.orange),
        "pause_at_most_minutes": (value.pause_at_most_minutes.red, value.pause_at_most_minutes.orange),
    }
    for name, (red, orange) in times.items():
        if red > orange:
            yield Problem(path, f"{where}.{name}", "red may never wait longer than orange", "{orange: 1440, red: 240}")


def _nth(values: tuple[int, ...], n: int) -> int:
    return values[min(n, len(values) - 1)]
