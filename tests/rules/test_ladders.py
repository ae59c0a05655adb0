"""The escalation policies give the ladders that their cases say, and a policy without cases is told."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec import structs

from app.domain import ladders
from app.domain.ladders import LadderCase
from app.domain.yamls import Problem
from app.services.rule_tools import check
from tests.rules.book import files, rulebook

PROBLEMS: list[Problem] = []
CASES = ladders.read(files(), PROBLEMS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.why)
def test_the_ladder_is_as_the_case_says(case: LadderCase) -> None:
    assert not PROBLEMS
    assert ladders.failure(case, rulebook()) is None


def test_every_policy_has_a_case_of_each_level() -> None:
    assert ladders.uncovered(CASES, rulebook()) == []
    assert "escalation policy standard: no case of orange" in ladders.uncovered(CASES[:1], rulebook())


def test_a_ladder_that_differs_would_be_told() -> None:
    wrong = structs.replace(CASES[0], rungs=CASES[1].rungs)
    assert "the ladder is: 2026-11-23T09:00 level1" in str(ladders.failure(wrong, rulebook()))


def test_the_check_of_the_rules_runs_these_cases_too() -> None:
    path = "escalation/policies.yaml"
    slower = files()[path].replace(b"orange: {minutes: [120, 60, 60]}", b"orange: {minutes: [120, 120]}")
    told = check({**files(), path: slower}, date(2026, 11, 24))
    assert told.status == 1
    assert "policies.cases.yaml: cases[1]" in told.text
