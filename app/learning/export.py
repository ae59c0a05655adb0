"""From the fitted learner to tables, through its public interface alone: what one level adds, everything else being typical."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.learning.boosting import F64, design
from app.learning.calibration import Line
from app.learning.matrix import I16
from app.scoring.batch import Levels
from app.scoring.card import PHASES, Feature, Table

TOLERANCE = 1e-9
"""The tables and the learner may differ by this much, in logits."""

Raw = Callable[[F64], F64]


class NotAdditive(RuntimeError):
    """The tables do not give back what the learner says; exporting it would change its scores."""


class Effects(msgspec.Struct, frozen=True):
    """Tables in logits, before calibration: `points[j]` has a number per level and a last one for missing."""

    at_reference: float
    block: F64
    points: tuple[F64, ...]

    def total(self, rows: I16, phases: I16, levels: Levels) -> F64:
        """The sum for each report."""
        total = self.at_reference + self.block[rows, phases]
        for column, points in enumerate(self.points):
            total = total + points[levels[:, column]]
        return np.asarray(total)


def effects(raw: Raw, features: Sequence[Feature], regimens: int, reference: tuple[int, int, I16]) -> Effects:
    """What each level of each feature, and each cell of the block, adds to the reference report (row, phase, levels)."""
    row, phase, typical = reference
    counts = [feature.levels + 1 for feature in features]
    n = sum(counts)
    levels = np.tile(typical, (n, 1)).astype(np.int16)
    start = 0
    for column, count in enumerate(counts):
        levels[start : start + count, column] = [*range(count - 1), -1]
        start += count
    rows, phases = np.full(n, row, np.int16), np.full(n, phase, np.int16)
    at_reference = float(raw(design(rows[:1], phases[:1], typical[None, :].astype(np.int16)))[0])
    alone = raw(design(rows, phases, levels)) - at_reference
    cells = np.array([(r, f) for r in range(regimens + 1) for f in range(PHASES)], np.int16)
    block = raw(design(cells[:, 0], cells[:, 1], np.tile(typical, (len(cells), 1)).astype(np.int16))) - at_reference
    return Effects(
        at_reference,
        block.reshape(regimens + 1, PHASES),
        tuple(np.split(alone, np.cumsum(counts)[:-1])),
    )


def check_equal(found: Effects, raw: Raw, rows: I16, phases: I16, levels: Levels) -> float:
    """The largest difference with the learner on these reports. Raises NotAdditive above the tolerance."""
    worst = 0.0
    for start in range(0, len(rows), 20_000):
        part = slice(start, start + 20_000)
        said = raw(design(rows[part], phases[part], levels[part]))
        added = found.total(rows[part], phases[part], levels[part])
        worst = max(worst, float(np.abs(said - added).max()))
    if worst > TOLERANCE:
        raise NotAdditive(
            f"the tables differ from the learner by {worst:.3g} logits: a forbidden interaction was learned. "
            "Are the categorical columns first?"
        )
    return worst


def random_grid(
    features: Sequence[Feature], regimens: int, n: int, dice: np.random.Generator
) -> tuple[I16, I16, Levels]:
    """Reports drawn evenly from the whole grid, blanks included."""
    levels = np.column_stack([dice.integers(-1, feature.levels, n) for feature in features]).astype(np.int16)
    return (
        dice.integers(0, regimens + 1, n).astype(np.int16),
        dice.integers(0, PHASES, n).astype(np.int16),
        levels,
    )


def clipped(found: Effects, features: Sequence[Feature]) -> Effects:
    """The same with every blank held between the best and the worst value of its feature."""
    points = []
    for feature, values in zip(features, found.points, strict=True):
        given = values[:-1]
        low, high = (given[0], given[-1]) if feature.monotone else (given.min(), given.max())
        points.append(np.concatenate([given, [min(max(values[-1], low), high)]]))
    return msgspec.structs.replace(found, points=tuple(points))


def table(found: Effects, line: Line, weights: NDArray[np.float64]) -> Table:
    """Whole thousandths of a logit, calibration included; `weights` has the share of reports in each cell of the block."""
    block = np.rint(1000 * line.slope * found.block).astype(np.int64)
    return Table(
        intercept=round(1000 * (line.intercept + line.slope * found.at_reference)),
        block=tuple(tuple(row) for row in block.tolist()),
        base_block=round(float((block * weights).sum() / weights.sum())),
        points=tuple(tuple(np.rint(1000 * line.slope * p).astype(np.int64).tolist()) for p in found.points),
    )
