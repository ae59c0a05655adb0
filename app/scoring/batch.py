"""Many reports at once, with numpy: the same whole numbers as one by one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.scoring.card import Card, Feature, Table

Levels = NDArray[np.int16]
"""A row per report, a column per feature, -1 for a missing value."""


def quantised(feature: Feature, values: NDArray[np.float64]) -> Levels:
    """Values of one feature to levels; NaN is missing."""
    missing = np.isnan(values)
    levels = np.floor((np.where(missing, feature.low, values) - feature.low) / feature.step + 0.5)
    return np.where(missing, -1, np.clip(levels, 0, feature.levels - 1)).astype(np.int16)


class Batch:
    """The tables of a card laid flat."""

    def __init__(self, card: Card) -> None:
        widths = [feature.levels + 1 for feature in card.features]
        self._starts = np.cumsum([0, *widths[:-1]]).astype(np.int32)
        self._missing = (self._starts + np.array(widths) - 1).astype(np.int32)
        self._flat = [np.concatenate([np.array(p, np.int32) for p in t.points]) for t in (card.table, card.late)]
        self._block = [np.array(t.block, np.int32) for t in (card.table, card.late)]
        self._tables: tuple[Table, Table] = (card.table, card.late)

    def totals(
        self, rows: NDArray[np.int16], phases: NDArray[np.int16], levels: Levels, *, late: bool = False
    ) -> NDArray[np.int64]:
        """Sums in thousandths of a logit."""
        flat, block, table = self._flat[late], self._block[late], self._tables[late]
        total = np.full(len(rows), table.intercept, np.int64) + block[rows, phases]
        for column in range(levels.shape[1]):
            level = levels[:, column]
            total += flat[np.where(level < 0, self._missing[column], self._starts[column] + level)]
        return total

    def probabilities(
        self, rows: NDArray[np.int16], phases: NDArray[np.int16], levels: Levels
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Probabilities within 7 and within 14 days."""
        p7 = logistic(self.totals(rows, phases, levels))
        q = logistic(self.totals(rows, phases, levels, late=True))
        return p7, np.maximum(p7, 1 - (1 - p7) * (1 - q))


def logistic(totals: NDArray[np.int64]) -> NDArray[np.float64]:
    """Thousandths of a logit to probabilities."""
    found: NDArray[np.float64] = 1 / (1 + np.exp(-totals / 1000))
    return found
