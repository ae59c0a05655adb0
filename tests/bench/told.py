"""What the patients of the load generator answer: the simulator's, on capecitabine, each asked the same twenty questions."""

from __future__ import annotations

import msgspec
import numpy as np

from app.domain.reports import Answer
from app.learning.files import answers_of, measurements_of
from app.learning.simulator.parameters import parameters
from app.learning.simulator.run import simulate
from app.learning.simulator.sites import Site, default_site
from tests.rules.book import rulebook

REGIMEN = "capecitabine_mono"
SEED = 11
FEVER = 38.4
SYMPTOMS = """
diarrhoea vomiting nausea constipation mouth_sores decreased_appetite taste_change fatigue pain hot_flashes insomnia itching
dry_skin cough headache dizziness numbness_tingling joint_pain muscle_pain hand_foot_syndrome
""".split()  # noqa: SIM905 - twenty names as twenty lines hide what they are

Told = tuple[dict[str, Answer], dict[str, float]]


def told(reports: int) -> list[Told]:
    """Answers and measurements of so many simulated reports. All twenty questions are answered, those not felt by 0.

    Each has a fever besides, so that it is red at any hour of any day and takes the whole way to a call.
    """
    book = rulebook()
    cohort = simulate(book, 60, SEED, site=_all_on_it())
    rows = np.flatnonzero(cohort.reports.day > 0)
    found: list[Told] = []
    for i in range(reports):
        row = int(rows[i % len(rows)])
        felt = answers_of(cohort, row)
        zero = {s: Answer(**{book.symptoms[s].attributes[0]: 0}) for s in SYMPTOMS}
        measured = measurements_of(cohort, row) | {"temperature_c": FEVER}
        measured.pop("weight_kg", None)  # the patients of the bench have a weight of their own
        found.append(({s: felt.get(s, zero[s]) for s in SYMPTOMS}, measured))
    return found


def _all_on_it() -> Site:
    site = default_site(rulebook(), parameters())
    return msgspec.structs.replace(site, mix={REGIMEN: 1.0})
