"""Can the plan of a regimen file be carried out? Days inside the cycle, windows that do not overlap, doses that the tablets make."""

from collections.abc import Iterator

from app.domain.dosing import DoseUnreachable, units
from app.domain.drugs import Schedule
from app.domain.itemfiles import RegimenValue
from app.domain.yamls import Problem


def check_drugs(file: str, path: str, value: RegimenValue) -> Iterator[Problem]:
    """Everything in the calendar and drugs of a regimen that cannot be, with what would be valid."""
    if value.drugs and value.schedule is None:
        yield Problem(
            file, path, "drugs need a `schedule`: without it nobody knows when", "schedule: {cycle_days: 28, …}"
        )
    names = [drug.inn for drug in value.drugs]
    for i, drug in enumerate(value.drugs):
        here = f"{path}.drugs[{i}]"
        if names.count(drug.inn) > 1:
            yield Problem(file, f"{here}.inn", f"the drug `{drug.inn}` is there twice", f"inn: {drug.inn}_evening")
        line = drug.schedule or value.schedule
        if line is not None:
            yield from _check_schedule(file, f"{here}.schedule" if drug.schedule else f"{path}.schedule", line)
        doses = (
            drug.dose.mg,
            *(other.mg for other in drug.dose.others),
            *(drug.dose.ramp_up.mg if drug.dose.ramp_up else ()),
        )
        for mg in doses:
            if mg is None or not drug.strengths_mg:
                continue
            try:
                units(drug, mg)
            except DoseUnreachable as error:
                yield Problem(file, f"{here}.strengths_mg", str(error), "strengths_mg: [20, 40, 60]")


def _check_schedule(file: str, path: str, line: Schedule) -> Iterator[Problem]:
    calendars = [(line.cycle_days, line.on_days), *((a.cycle_days, a.on_days) for a in line.alternates)]
    for size, on_days in calendars:
        days = [day for first, last in on_days for day in range(first, last + 1)]
        if not days or days != sorted(set(days)) or days[0] < 1 or days[-1] > size or any(b < a for a, b in on_days):
            text = f"on_days are blocks of days from 1 to {size}, in order, none twice"
            yield Problem(file, f"{path}.on_days", text, "on_days: [[1, 5], [8, 12]]")
    if line.continuous and line.on_days != ((1, line.cycle_days),):
        yield Problem(
            file, f"{path}.on_days", "continuous means every day of the cycle", f"on_days: [[1, {line.cycle_days}]]"
        )
    if not 1 <= line.times_per_day <= 4:
        yield Problem(file, f"{path}.times_per_day", "one to four intakes a day", "times_per_day: 2")
    if not 1 <= line.timing_window_h <= line.interval_h // 2:
        text = "the window, each side, is at most half the interval: else one hour belongs to two intakes"
        yield Problem(file, f"{path}.timing_window_h", text, "timing_window_h: 3")
