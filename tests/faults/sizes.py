"""How large each goal of reliability.md is tried, and where what was measured is written down.

`VIGIE_FAULTS=release` takes the sizes before a release; `VIGIE_FAULTS_MINUTES` ends each long one after that time, short of its size;
`VIGIE_FAULTS_REPORT` names a file for one JSON line per measurement. All are set by `python -m tests.faults.release`.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

MINUTES = float(os.environ.get("VIGIE_FAULTS_MINUTES", "0"))
RELEASE = os.environ.get("VIGIE_FAULTS") == "release"


class Sizes(Struct, frozen=True):
    """How often, or how many."""

    server_kills: int  # N1
    database_kills: int  # N2
    copies: int  # N3
    reds: int  # N4
    due_at_once: int  # N7
    open: int  # N7: alerts that wait meanwhile, those that are due among them
    races: int  # N8
    alerts: int  # N9
    machines: int  # N21: examples
    steps: int  # N21: steps of each


CI = Sizes(50, 10, 10_000, 25, 10_000, 10_000, 10_000, 200, 300, 50)
BEFORE_A_RELEASE = Sizes(1_000, 200, 100_000, 500, 10_000, 100_000, 100_000, 2_000, 10_000, 100)
SIZES = BEFORE_A_RELEASE if RELEASE else CI


def as_time_allows(count: int) -> Iterator[int]:
    """1, 2, … up to `count`, or to where the time was up: whoever measures says how far it went."""
    begun = time.monotonic()
    for done in range(1, count + 1):
        yield done
        if MINUTES and time.monotonic() - begun > MINUTES * 60:
            return


def measured(goal: str, wanted: str, found: object, *, well: bool) -> None:
    """Write one measurement down; the assertion is the test's own."""
    line = {"goal": goal, "wanted": wanted, "found": str(found), "well": bool(well)}
    print(json.dumps(line, ensure_ascii=False))
    if report := os.environ.get("VIGIE_FAULTS_REPORT"):
        with Path(report).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def quantile(values: list[float], share: float) -> float:
    """The value below which this share lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
