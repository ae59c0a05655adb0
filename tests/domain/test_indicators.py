"""A rate needs something to be a rate of, and a cell is never a formula."""

from __future__ import annotations

from app.domain.indicators import LEAST_FOLLOW_UP, cell, rate


def test_there_is_no_rate_under_the_least_follow_up() -> None:
    assert rate(200, 0.0) is None
    assert rate(200, LEAST_FOLLOW_UP - 0.01) is None, "two alerts in somebody's first hours are not 20,000 a week"
    assert rate(200, LEAST_FOLLOW_UP) == 200
    assert rate(0, 4.0) == 0, "nothing in four weeks is a rate"


def test_what_is_not_known_is_an_empty_cell_and_no_cell_is_a_formula() -> None:
    assert cell(None) == ""
    assert cell(1.0) == "1.00"
    assert cell("=1+1") == "'=1+1"
