"""Who is learned from, who calibrates, who tests: by enrolment date, every patient whole on one side."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.learning.cohort import Cohort

Mask = NDArray[np.bool_]


class Split(msgspec.Struct, frozen=True):
    """A flag per patient; each patient has exactly one."""

    train: Mask
    calibrate: Mask
    test: Mask


def by_enrolment(cohort: Cohort, train: float, calibrate: float) -> Split:
    """The first to enrol train, the next ones calibrate, the newest test. Those of one day stay together."""
    enrolled = cohort.patients.enrolled
    first, second = np.quantile(enrolled, [train, min(train + calibrate, 1.0)], method="lower")
    if train + calibrate >= 1:
        second = enrolled.max() + 1
    return Split(enrolled < first, (enrolled >= first) & (enrolled < second), enrolled >= second)
