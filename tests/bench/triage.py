"""How long one judgement takes: a full report with history, beside the floor of decoding the same report.

.venv/bin/python -m tests.bench.triage
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import msgspec

from app.domain.cases import VignetteFile
from app.domain.reports import Chart, PastReport, ReportDraft
from app.domain.triage import triage
from app.domain.yamls import load
from app.services import rulebooks
from tests.bench.reports import ROOT, body
from tests.bench.told import told

ROUNDS = 2000


def microseconds(work: Callable[[], object]) -> tuple[float, float]:
    """Median and 95th centile of many single runs."""
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter_ns()
        work()
        took.append((time.perf_counter_ns() - started) / 1000)
    took.sort()
    return statistics.median(took), took[int(len(took) * 0.95)]


def main() -> None:
    """Print the table."""
    rulebook = rulebooks.read(ROOT / "rules")
    content = body("bench", told(1)[0])
    draft = msgspec.json.decode(content, type=ReportDraft)
    past = tuple(PastReport(days, draft.answers, draft.measurements) for days in (3.0, 7.0, 14.0, 20.0))
    chart = Chart("capecitabine_mono", 2, 9, history=past)
    decoder = msgspec.json.Decoder(ReportDraft)
    file = load("vignettes.yaml", (ROOT / "rules" / "vignettes.yaml").read_bytes(), VignetteFile, [])
    vignettes = file.vignettes if file else ()
    rows = {
        "floor: strict decode": lambda: decoder.decode(content),
        "triage, 20 answers, 4 earlier": lambda: triage(draft.answers, draft.measurements, chart, rulebook),
        "triage, all vignettes": lambda: [v.verdict(rulebook) for v in vignettes],
    }
    for name, work in rows.items():
        median, late = (
            microseconds(work) if "all" not in name else tuple(t / len(vignettes) for t in microseconds(work))
        )
        print(f"{name:<32} p50 {median:7.1f} µs   p95 {late:7.1f} µs")


if __name__ == "__main__":
    main()
