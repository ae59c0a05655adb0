"""Patients of another making: they are whole, the same every time, and what a card is worth on them can be told."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from app.learning.cohort import Cohort
from app.learning.elsewhere import elsewhere
from app.learning.files import read, write
from app.learning.training import data_sha256
from tests.learning.cast import quick, trained
from tests.learning.other_world import other_patients
from tests.rules.book import rulebook


@cache
def others() -> Cohort:
    return other_patients(rulebook(), 900, 31)


def test_the_other_patients_are_the_same_every_time_and_pass_through_files(tmp_path: Path) -> None:
    few = other_patients(rulebook(), 60, 31)
    assert data_sha256(few) == data_sha256(other_patients(rulebook(), 60, 31))
    write(few, tmp_path)
    found = read(tmp_path, rulebook())
    assert found.warnings == ()
    assert found.cohort.synthetic
    assert found.cohort.manifest["generator"] == "tests/learning/other_world.py"
    assert data_sha256(found.cohort) == data_sha256(few)


def test_labels_say_what_happened_within_seven_days_and_censored_is_not_a_no() -> None:
    r, events = others().reports, others().events
    assert events is not None
    happened = {(int(who), int(day)) for who, day in zip(events.patient, events.day, strict=True)}
    for i in range(0, len(r.day), 7):
        who, day = int(r.patient[i]), int(r.day[i])
        soon = any((who, day + ahead) in happened for ahead in range(1, 8))
        followed = int(others().patients.last_day[who]) >= day + 7
        assert r.outcome_7d[i] == (1 if soon else 0 if followed else -1)


def test_a_card_is_tried_as_it_comes_recalibrated_and_against_one_learned_there() -> None:
    order = quick(train=0.7, calibrate=0.3)
    found = elsewhere(others(), trained().card, rulebook(), order)
    assert found.patients + found.learned_patients == 900
    assert found.recalibrated_by in ("intercept", "intercept and slope")
    assert found.as_it_comes.auroc.value == found.recalibrated.auroc.value, "moving a line changes no order"
    assert abs(np.log(found.recalibrated.observed_over_expected.value or 0)) < abs(
        np.log(found.as_it_comes.observed_over_expected.value or 0)
    )
    assert found.learned_there.auroc.value is None, "fifteen patients of each treatment: such a card says nothing"
