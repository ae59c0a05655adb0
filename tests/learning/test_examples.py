"""Reports for the people of the demonstration: of their regimen, of the last weeks, another patient each time."""

from __future__ import annotations

from app.domain.plausibility import implausible, unknown
from app.learning.examples import lives
from tests.rules.book import rulebook


def test_every_call_tells_of_another_patient_of_that_regimen_in_the_last_weeks() -> None:
    told = lives(rulebook(), 28, 1)
    first, second = told("capecitabine_mono", 90), told("capecitabine_mono", 90)
    assert first
    assert second
    assert first != second
    for report in (*first, *second):
        assert 0 < report.days_ago <= 28
        assert unknown(report.answers, report.measurements, rulebook()) == []
        assert implausible(report.measurements, (), rulebook()) == []
        assert "weight_kg" not in report.measurements
    assert told("newdrug", 90) == []
    assert told("capecitabine_mono", 1) == []
