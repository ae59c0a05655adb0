"""How long one judgement takes, beside the floor (decoding the same report). By hand: `python -m tests.rules.bench`."""

import random
import statistics
import time
from collections.abc import Callable

import msgspec

from app.domain.reports import AdherenceFacts, Answer, Baseline, Chart, PastReport, ReportDraft
from app.domain.triage import triage
from tests.rules.book import rulebook

ROUNDS = 3000


def full_answers(seed: int) -> dict[str, Answer]:
    """Twenty symptoms, every attribute answered, none of them quiet on purpose: the worst a phone sends."""
    rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
    letters = rulebook().grader.letters
    return {
        symptom: Answer(**{a: rng.randint(0, 1 if a == "P" else 4) for a in letters[symptom]})
        for symptom in rng.sample(sorted(letters), 20)
    }


def spent(job: Callable[[int], object]) -> str:
    times = []
    for i in range(ROUNDS):
        start = time.perf_counter()
        job(i)
        times.append((time.perf_counter() - start) * 1e6)
    times.sort()
    return f"p50 {statistics.median(times):6.1f} µs   p99 {times[ROUNDS * 99 // 100]:6.1f} µs   best {times[0]:6.1f} µs"


def main() -> None:
    measured = {"temperature_c": 37.2, "weight_kg": 69.0, "systolic": 130.0, "diastolic": 80.0}
    answers = [full_answers(seed) for seed in range(50)]
    history = tuple(PastReport(3.0 * i, full_answers(100 + i), {"temperature_c": 37.0}) for i in range(1, 6))
    bodies = [
        msgspec.json.encode(
            {"answered_at": "2026-11-22T10:00:00Z", "questionnaire": "x", "answers": a, "measurements": measured}
        )
        for a in answers
    ]
    decoder = msgspec.json.Decoder(ReportDraft)
    print(f"floor, decode of the same report   {spent(lambda i: decoder.decode(bodies[i % 50]))}")
    for regimen in ("letrozole", "capecitabine_mono", "sunitinib_4_2", "dabrafenib_trametinib"):
        chart = Chart(regimen, 1, 10, Baseline(70.0, {"fatigue": 1}), history, AdherenceFacts(7, 14, 13))
        line = spent(lambda i, chart=chart: triage(answers[i % 50], measured, chart, rulebook()))  # type: ignore[misc] # a default binds the chart
        print(f"triage, {regimen:<26} {line}")


if __name__ == "__main__":
    main()
