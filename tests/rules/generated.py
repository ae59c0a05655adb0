"""Reports made up at random from the rulebook itself, always the same ones."""

import random
from collections.abc import Iterator

from app.domain.cases import Given
from app.domain.reports import AdherenceFacts, Answer, Baseline, PastReport
from app.domain.rulebook import Rulebook

_WEIGHTS = (0.30, 0.25, 0.20, 0.15, 0.10)


def reports(rulebook: Rulebook, number: int, seed: int = 1) -> Iterator[Given]:
    """Many small reports: a few symptoms each, so that levels of every colour come up."""
    rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
    for _ in range(number):
        yield _report(rulebook, rng)


def _report(rulebook: Rulebook, rng: random.Random) -> Given:
    age = 0.0
    history = []
    for _ in range(rng.choice((0, 0, 1, 2, 3))):
        age += rng.choice((1, 2.5, 3, 4, 7, 14, 15, 21))
        history.append(PastReport(age, _answers(rulebook, rng), _measurements(rulebook, rng)))
    return Given(
        regimen=rng.choice([*rulebook.regimens, "not_in_the_rulebook"]),
        cycle=rng.randint(1, 3),
        day_of_cycle=rng.randint(1, 40),
        baseline=Baseline(
            rng.choice((None, 50.0, 66.0, 80.0)),
            {s: rng.randint(0, 3) for s in rng.sample(list(rulebook.symptoms), rng.randint(0, 4))},
        ),
        history=tuple(history),
        answers=_answers(rulebook, rng),
        measurements=_measurements(rulebook, rng),
        adherence=_adherence(rng),
    )


def _answers(rulebook: Rulebook, rng: random.Random) -> dict[str, Answer]:
    return {s: _answer(rulebook, s, rng) for s in rng.sample(list(rulebook.symptoms), rng.randint(0, 5))}


def _answer(rulebook: Rulebook, symptom: str, rng: random.Random) -> Answer:
    scores: dict[str, int | None] = {}
    for attribute in rulebook.symptoms[symptom].attributes:
        if rng.random() < 0.05:
            scores[attribute] = None
        elif attribute == "P":
            scores[attribute] = int(rng.random() < 0.4)
        else:
            scores[attribute] = rng.choices(range(5), _WEIGHTS)[0]
    return Answer(**scores)


def _measurements(rulebook: Rulebook, rng: random.Random) -> dict[str, float]:
    values = {}
    for id_ in rng.sample(list(rulebook.measurements), rng.choice((0, 0, 1, 2))):
        measurement = rulebook.measurements[id_]
        low, high = _NEAR.get(id_, measurement.plausible)
        steps = round((high - low) / measurement.step)
        values[id_] = round(low + rng.randint(0, steps) * measurement.step, 1)
    return values


# where the limits of the rules lie, so that both sides of each come up
_NEAR = {
    "temperature_c": (35.5, 40.5),
    "weight_kg": (38.0, 90.0),
    "systolic": (85.0, 190.0),
    "diastolic": (60.0, 125.0),
    "spo2_pct": (86.0, 99.0),
    "glucose_mmol_l": (5.0, 30.0),
    "stools_over_baseline": (0.0, 9.0),
    "vomiting_episodes_24h": (0.0, 8.0),
    "days_without_stool_over_usual": (0.0, 4.0),
}


def _adherence(rng: random.Random) -> AdherenceFacts:
    if rng.random() < 0.6:
        return AdherenceFacts(7, 7, 7)
    expected = rng.choice((0, 5, 7, 14, 28))
    return AdherenceFacts(
        window_days=7,
        doses_expected=expected,
        doses_taken=rng.randint(0, expected),
        extra_doses=rng.choice((0, 0, 0, 1, 2)),
        rest_day_doses=rng.choice((0, 0, 0, 1)),
        doses_during_hold=rng.choice((0, 0, 0, 1)),
        consecutive_days_missed=rng.randint(0, 4),
        patient_stopped=rng.random() < 0.1,
        reports_missed_consecutive=rng.choice((0, 0, 1, 2, 3, 4)),
        days_not_begun=rng.choice((0, 0, 0, 6, 7)),
        missed_reasons={r: 1 for r in ("side_effect", "ran_out", "travel", "forgot") if rng.random() < 0.3},
    )
