"""The weekly look: exact intervals, sums that add up, and the three reasons to freeze, each seen on both sides."""

from __future__ import annotations

import math
import random
from datetime import date

import pytest

from app.domain.watching import Scored, Watch, calibration, freeze_reason, poisson_interval, psi, watch

TODAY = date(2026, 11, 24)


def seen(p7: float | None = 0.1, *, happened: bool | None = None, why: str | None = None, **more: object) -> Scored:
    """A score of a report that the rules called green."""
    fields = {"missing": (), "rules_level": "green", "model_level": "green", "raised": False} | more
    return Scored(p7=p7, abstained=why, happened=happened, **fields)  # type: ignore[arg-type] # fields of the Struct


@pytest.mark.parametrize(
    ("count", "low", "high"),  # Garwood's table, as chi-squared quantiles give it
    [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (5, 1.6235, 11.6683), (60, 45.7863, 77.2319), (500, 457.1286, 545.8093)],
)
def test_the_interval_of_a_count_is_exact(count: int, low: float, high: float) -> None:
    assert poisson_interval(count) == pytest.approx((low, high), abs=1e-3)


def test_observed_over_expected_counts_known_outcomes_of_reports_at_risk_only() -> None:
    found = calibration(
        [
            seen(0.2, happened=True),
            seen(0.3, happened=False),
            seen(0.9, happened=None),
            seen(0.9, happened=True, at_risk=False),
            seen(None, happened=True, why="failed"),
        ]
    )
    assert (found.reports, found.observed) == (2, 1)
    assert found.expected == pytest.approx(0.5)
    assert found.ratio == pytest.approx(2.0)


def test_the_two_sums_rise_where_more_and_where_less_happens_than_expected() -> None:
    more = calibration([seen(0.1, happened=True)] * 5)
    less = calibration([seen(0.5, happened=False)] * 8)
    assert (more.rising, more.falling) == (pytest.approx(4.5), 0.0)
    assert (less.rising, less.falling) == (0.0, pytest.approx(4.0))


def test_without_an_outcome_nothing_is_said_of_calibration() -> None:
    assert calibration([seen()]).ratio is None


def many(observed: int, reports: int, p7: float) -> Watch:
    """A site where `observed` of `reports` had an event and each was given the same risk."""
    return watch([], [seen(p7, happened=k < observed) for k in range(reports)])


@pytest.mark.parametrize(
    ("observed", "reports", "p7", "expected"),
    [
        (60, 400, 0.05, "calibration"),  # 60 seen, 20 expected
        (8, 400, 0.10, "calibration"),  # 8 seen, 40 expected
        (22, 400, 0.05, None),
        (3, 20, 0.05, None),  # three times the expected, on one expected event: the interval says nothing
    ],
)
def test_it_freezes_when_the_interval_excludes_what_is_allowed(
    observed: int, reports: int, p7: float, expected: str | None
) -> None:
    assert freeze_reason(many(observed, reports, p7), None, TODAY) == expected


@pytest.mark.parametrize(("without", "of", "expected"), [(4, 10, "abstention"), (3, 10, None), (2, 2, None)])
def test_it_freezes_when_too_many_reports_get_no_score(without: int, of: int, expected: str | None) -> None:
    week = [seen(None, why="too_few_items") if k < without else seen() for k in range(of)]
    assert freeze_reason(watch(week, []), None, TODAY) == expected


@pytest.mark.parametrize(
    ("made", "expected"), [(date(2025, 11, 24), "card_age"), (date(2025, 11, 25), None), (None, None)]
)
def test_it_freezes_when_nobody_has_reviewed_the_card_for_a_year(made: date | None, expected: str | None) -> None:
    assert freeze_reason(watch([], []), made, TODAY) == expected


def test_a_week_counts_alerts_abstentions_and_what_was_missing() -> None:
    week = [
        seen(missing=("age",)),
        seen(rules_level="orange", missing=("age", "ecog")),
        seen(model_level="orange"),
        seen(None, why="regimen_unknown"),
    ]
    found = watch(week, [])
    assert (found.reports, found.scored, found.alerts, found.alerts_by_model) == (4, 3, 2, 1)
    assert found.abstained == {"regimen_unknown": 1}
    assert found.missing == {"age": 0.5, "ecog": 0.25}


def test_psi_is_silent_under_five_hundred_reports_and_sees_a_shift_above() -> None:
    dice = random.Random(1)  # noqa: S311 - the same sample every time
    before = [dice.gauss(0, 1) for _ in range(600)]
    same, moved = [dice.gauss(0, 1) for _ in range(600)], [dice.gauss(1, 1) for _ in range(600)]
    assert psi(before[:499], same) is None
    assert psi(before, same[:499]) is None
    alike, apart = psi(before, same), psi(before, moved)
    assert alike is not None
    assert apart is not None
    assert alike < 0.05 < 0.5 < apart
    assert math.isfinite(psi([0.0] * 600, [1.0] * 600) or 0.0)
