"""The learner: monotone gradient boosting, additive but for one block. The only file that imports scikit-learn.

Five traps of the library, measured on 1.9 and each held by a test:
- categorical columns are moved to the front inside, `interaction_cst` is not remapped: ours come first;
- a missing value has its own bin and may score above the worst answer: clipped when exported;
- fit and predict take every OpenMP thread: one, or a row takes 40 ms on a busy machine;
- `early_stopping="auto"` splits by row, so a patient would be on both sides: off;
- a column without any value (ECOG, where a site does not keep it) makes it fail: it learns from a constant, which weighs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.learning.matrix import I16
from app.scoring.batch import Levels
from app.scoring.card import Feature

F64 = NDArray[np.float64]


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the learner; risk model notes, section 5, for the block.

    Chosen on the validation draw of the shipped recipe (AUROC, 7 days): 600 trees of 8 leaves and a tenth of the columns 0.8205, three
    tenths 0.8206; 900 trees of 24 leaves and three tenths 0.8262, unrestricted 0.8354. Leaves only matter to the table of regimen and
    cycle day: any other tree has one input. Telling the first cycles from later ones in that table lost (0.8169, 0.8154 with 600
    trees), and the worst answer of the last cycle's same days gained nothing (0.8257).
    """

    iterations: int = 900
    learning_rate: float = 0.06
    leaves: int = 24
    min_leaf: int = 60
    l2: float = 1.0
    columns: float = 0.3
    restricted: bool = True


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep OpenMP and BLAS to one thread: the same sums in the same order, and no waiting for a busy core."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield


def design(rows: I16, phases: I16, levels: Levels) -> F64:
    """The columns the learner sees, the categorical one first; NaN is missing."""
    x = np.empty((len(rows), levels.shape[1] + 2))
    x[:, 0], x[:, 1] = rows, phases
    x[:, 2:] = np.where(levels < 0, np.nan, levels)
    return x


def learner(features: Sequence[Feature], recipe: Recipe, seed: int) -> Any:
    """An unfitted classifier. Unrestricted, it is the yardstick only: it is never exported."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    free = not recipe.restricted
    return HistGradientBoostingClassifier(
        max_iter=recipe.iterations,
        learning_rate=recipe.learning_rate,
        max_leaf_nodes=recipe.leaves,
        min_samples_leaf=recipe.min_leaf,
        l2_regularization=recipe.l2,
        max_features=1.0 if free else recipe.columns,
        categorical_features=[0],
        monotonic_cst=None if free else [0, 0, *(feature.monotone for feature in features)],
        interaction_cst=None if free else [{0, 1}, *({i + 2} for i in range(len(features)))],
        early_stopping=False,
        random_state=seed,
    )


def fit(model: Any, x: F64, y: NDArray[np.int8]) -> Any:
    """Fit on one thread."""
    empty = np.isnan(x).all(axis=0)
    with one_thread():
        return model.fit(np.where(empty, 0.0, x) if empty.any() else x, y)


def raw(model: Any, x: F64) -> F64:
    """Raw scores (logits before calibration), on one thread."""
    with one_thread():
        return np.asarray(model.decision_function(x), np.float64)


def libraries() -> str:
    """Versions that decide what comes out."""
    import sklearn

    return f"scikit-learn {sklearn.__version__}, numpy {np.__version__}"
