"""Cohort files: what is written is read back whole, and a mistake is told with its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.learning.evaluation import evaluate, scored
from app.learning.files import CohortRefused, read, write
from app.learning.training import data_sha256
from tests.learning.cast import few, trained
from tests.rules.book import rulebook


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(few(40), tmp_path)
    return tmp_path


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "reports.jsonl").read_text("utf-8").splitlines()]


def put(folder: Path, rows: list[dict[str, Any]]) -> None:
    (folder / "reports.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def test_what_is_written_is_read_back_whole(folder: Path) -> None:
    found = read(folder, rulebook())
    assert found.warnings == ()
    assert found.cohort.synthetic
    assert data_sha256(found.cohort) == data_sha256(few(40))
    assert found.cohort.events is not None
    assert len(found.cohort.patients.ids) == 40


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"answers": {"toothache": {"S": 2}}}, "line 3: there is no symptom `toothache`"),
        ({"answers": {"nausea": {"F": 5}}}, "line 3: .*<= 4"),
        ({"baseline": {"symptoms": {"toothache": 1}}}, "line 3: there is no symptom `toothache`"),
        ({"outcome_7d": 2}, "line 3: .*<= 1"),
        ({"day": -1}, "line 3: .*>= 0"),
        ({"enrolled": "2024-13-01"}, "line 3: "),
        ({"patient": {"ecog": 7}}, "line 3: .*<= 4"),
    ],
)
def test_a_wrong_value_is_refused_with_its_line(folder: Path, change: dict[str, Any], words: str) -> None:
    rows = lines(folder)
    rows[2] |= change
    put(folder, rows)
    with pytest.raises(CohortRefused, match=f"reports.jsonl, {words}"):
        read(folder, rulebook())


def test_reports_out_of_order_are_refused(folder: Path) -> None:
    rows = lines(folder)
    put(folder, [*rows[1:], rows[0]])
    with pytest.raises(CohortRefused, match=f"line {len(rows)}: reports must be sorted by patient, then by day"):
        read(folder, rulebook())


def test_what_is_not_part_of_the_format_is_named_once(folder: Path) -> None:
    rows = lines(folder)
    for row in rows:
        row["shoe_size"] = 43
        row["measurements"]["steps"] = 5000
    put(folder, rows)
    assert read(folder, rulebook()).warnings == (
        "ignored, because they are not part of the format: measurements.steps, shoe_size",
    )


def test_an_unknown_regimen_is_kept_and_abstained_on(folder: Path) -> None:
    rows = lines(folder)
    first = rows[0]["patient_id"]
    for row in rows:
        if row["patient_id"] == first:
            row["regimen"] = "newdrug"
    put(folder, rows)
    cohort = read(folder, rulebook()).cohort
    own = cohort.reports.patient == cohort.patients.ids.index(first)
    found = scored(cohort, trained().card)
    assert np.isnan(found.p7[own]).all()
    assert found.reasons["regimen_unknown"] == own.sum()


def test_without_events_lead_times_are_left_out_and_the_report_says_so(folder: Path) -> None:
    (folder / "events.csv").unlink()
    (folder / "followup.csv").unlink()
    (folder / "manifest.json").unlink()
    found = read(folder, rulebook())
    assert found.warnings == ("no events.csv: alerts and lead times are left out",)
    assert not found.cohort.synthetic
    told = evaluate(found.cohort, trained().card, rulebook(), rounds=10, warnings=found.warnings)
    assert told.policies == ()
    assert told.data == "site"


def test_an_event_of_an_unknown_kind_or_patient_is_refused(folder: Path) -> None:
    for row, words in (("nobody,3,visit", "no report or follow-up"), ("s01-p00001,3,death", "toxicity or visit")):
        (folder / "events.csv").write_text(f"patient_id,day,kind\n{row}\n", "utf-8")
        with pytest.raises(CohortRefused, match=f"events.csv, line 2: .*{words}"):
            read(folder, rulebook())


def test_a_declined_item_counts_as_not_answered(folder: Path) -> None:
    rows = lines(folder)
    for symptom in ("fatigue", "nausea", "vomiting"):
        rows[0]["answers"][symptom] = {}
    put(folder, rows)
    cohort = read(folder, rulebook()).cohort
    assert cohort.reports.answered[0] == pytest.approx(0.7)
    assert np.isnan(scored(cohort, trained().card).p7[0])
