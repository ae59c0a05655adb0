"""How fast the model is: one report, many reports, loading a card, simulating patients; each in bulk beside a floor in the same run.

    .venv/bin/python -m tests.bench.scoring

Bulk figures are per second of processor time on one core, so that neighbours on a shared machine weigh less; the ratio to the floor
weighs them hardly at all. Floor of the batch: reading as many numbers from as many tables, and adding them. Floor of the simulator:
drawing the random numbers that its answers alone need.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from app.domain.reports import Answer, Chart, PastReport
from app.learning.cohort import Cohort
from app.learning.export import random_grid
from app.learning.matrix import I16, card_matrix
from app.learning.simulator.parameters import parameters
from app.learning.simulator.run import simulate
from app.learning.simulator.sites import default_site
from app.scoring import shipped
from app.scoring.batch import Batch, Levels
from app.scoring.card import Card
from app.scoring.features import Person, features
from app.scoring.score import explain, load, score
from tests.rules.book import rulebook

ROUNDS = 5000
MANY = 200_000
PATIENTS = 5000


def microseconds(work: Callable[[], object]) -> tuple[float, float]:
    """Median and 95th centile of many single runs."""
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter_ns()
        work()
        took.append((time.perf_counter_ns() - started) / 1000)
    took.sort()
    return statistics.median(took), took[int(len(took) * 0.95)]


def seconds(work: Callable[[], object], rounds: int = 5) -> float:
    """Processor time of the best of a few runs."""
    best = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best


def gathered(card: Card, levels: Levels) -> NDArray[np.int64]:
    """The floor of the batch: a number from each table of both horizons for each report, and their sum."""
    total = np.zeros(len(levels), np.int64)
    for table in (card.table, card.late):
        for column, points in enumerate(table.points):
            total += np.array(points, np.int32)[levels[:, column]]
    return total


def drawn(reports: int, numbers: int) -> None:
    """The floor of the simulator: normal numbers for every score of every report."""
    dice = np.random.default_rng(1)
    for _ in range(0, reports, 1000):
        dice.standard_normal((1000, numbers), np.float32)


def main() -> None:
    """Print the table."""
    content = shipped.read()
    model = load(content)
    card, today = model.card, model.card.reviewed_on
    answers = {name: Answer(F=2, S=2) for name in ("nausea", "vomiting")} | {
        name: Answer(S=2) for name in ("fatigue", "decreased_appetite", "mouth_sores", "hand_foot_syndrome")
    }
    measurements = {"temperature_c": 37.4, "weight_kg": 66.0, "heart_rate": 92.0}
    history = tuple(PastReport(days, answers) for days in (3.0, 7.0, 14.0))
    chart = Chart("capecitabine_mono", 2, 9, history=history)
    person = Person(age=67, ecog=1, comorbidities=1, prior_grade3=False, prior_visit=False)
    found = features(card, answers, measurements, chart, person)
    for name, work in {
        "features of one report": lambda: features(card, answers, measurements, chart, person),
        "score of one report": lambda: score(model, found, today),
        "features and score": lambda: score(model, features(card, answers, measurements, chart, person), today),
        "score and explanation": lambda: (score(model, found, today), explain(model, found)),
    }.items():
        median, late = microseconds(work)
        print(f"{name:<28} p50 {median:7.1f} µs   p95 {late:7.1f} µs   (goal: 50 µs)")
    batch = Batch(card)
    grid = random_grid(card.features, len(card.regimens), MANY, np.random.default_rng(1))
    took = seconds(lambda: batch.probabilities(*grid))
    least = seconds(lambda: gathered(card, grid[2]))
    print(
        f"{'batch, both horizons':<28} {MANY / took:10.0f} reports/s   (goal: 200,000)   {took / least:.1f} x the floor"
    )
    cohort = simulate(rulebook(), 1500, 3, sites=2)
    took = seconds(lambda: batch.probabilities(*_levels(cohort, card)))
    print(f"{'batch from answers':<28} {len(cohort.reports.day) / took:10.0f} reports/s")
    print(f"{'load and self-test':<28} {1000 * seconds(lambda: load(content)):10.2f} ms          (goal: 20 ms)")
    print(f"{'size of the card':<28} {len(content) / 1000:10.1f} kB          (goal: 200 kB)")
    site = default_site(rulebook(), parameters(), level=2)
    weeks = PATIENTS * (parameters().horizon.days + parameters().horizon.tail) / 7
    lived = simulate(rulebook(), PATIENTS, 1, site=site)
    took = seconds(lambda: simulate(rulebook(), PATIENTS, 1, site=site), 1)
    scores = lived.reports.scores
    least = seconds(lambda: drawn(len(scores), scores[0].size), 2)
    print(f"{'simulator':<28} {weeks / took:10.0f} patient-weeks/s   (goal: 20,000)   {took / least:.1f} x the floor")


def _levels(cohort: Cohort, card: Card) -> tuple[I16, I16, Levels]:
    grid = card_matrix(cohort, card)
    return grid.rows, grid.phases, grid.levels


if __name__ == "__main__":
    main()
