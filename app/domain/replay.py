"""What other rules would have said of the past: alerts gained and lost. Nothing is written, nobody is told."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from app.domain.verdicts import TriageLevel, Verdict


class Replayed(msgspec.Struct, frozen=True):
    """One stored report judged again: `before` as it was judged then, `after` by the other rules."""

    report: str
    regimen: str
    before: TriageLevel
    after: TriageLevel
    before_reasons: tuple[str, ...]
    after_reasons: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Whether the level differs; other reasons for the same level are no other alert."""
        return self.before is not self.after


def replayed(report: str, regimen: str, before: Verdict, after: Verdict) -> Replayed:
    """Compare the two verdicts of one report."""
    return Replayed(report, regimen, before.level, after.level, before.reasons, after.reasons)


class Tally(msgspec.Struct, frozen=True):
    """Alerts gained and lost per level and per regimen, over so many reports and patient-weeks."""

    reports: int
    patient_weeks: float
    gained: dict[TriageLevel, int]
    lost: dict[TriageLevel, int]
    by_regimen: dict[str, tuple[int, int]]
    changed: tuple[Replayed, ...]

    def per_100_patient_weeks(self, number: int) -> float:
        """A count as a rate; 0 when nobody was followed."""
        return 100 * number / self.patient_weeks if self.patient_weeks else 0.0


def tally(reports: Iterable[Replayed], patient_weeks: float) -> Tally:
    """Count level by level: a report that goes from yellow to orange is an orange gained and a yellow lost."""
    gained: Counter[TriageLevel] = Counter()
    lost: Counter[TriageLevel] = Counter()
    up: Counter[str] = Counter()
    down: Counter[str] = Counter()
    changed = []
    number = 0
    for each in reports:
        number += 1
        if not each.changed:
            continue
        changed.append(each)
        if each.after is not TriageLevel.GREEN:
            gained[each.after] += 1
        if each.before is not TriageLevel.GREEN:
            lost[each.before] += 1
        (up if each.after > each.before else down)[each.regimen] += 1
    regimens = sorted({*up, *down})
    return Tally(
        number, patient_weeks, dict(gained), dict(lost), {r: (up[r], down[r]) for r in regimens}, tuple(changed)
    )


def told(count: Tally) -> str:
    """The tally in words, the list of changed reports last."""
    lines = [f"{count.reports} reports judged again, {len(count.changed)} get another level"]
    for level in (TriageLevel.RED, TriageLevel.ORANGE, TriageLevel.YELLOW):
        gained, lost = count.gained.get(level, 0), count.lost.get(level, 0)
        rates = f"{count.per_100_patient_weeks(gained):.1f} and {count.per_100_patient_weeks(lost):.1f}"
        lines.append(f"{level}: {gained} gained, {lost} lost ({rates} per 100 patient-weeks)")
    lines += [f"{r}: {up} more urgent, {down} less urgent" for r, (up, down) in count.by_regimen.items()]
    lines += [
        f"{c.report} {c.regimen}: {c.before} ({', '.join(c.before_reasons) or '-'}) → "
        f"{c.after} ({', '.join(c.after_reasons) or '-'})"
        for c in count.changed
    ]
    return "\n".join(lines)
