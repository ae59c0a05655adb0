"""Every rule speaks where its cases say, and stays silent just short of it."""

import pytest

from app.domain.cases import Case, Vignette, difference, failure, uncovered
from tests.rules.book import cases, rulebook, vignettes


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{path}[{i}] {case.rule}") for i, (path, case) in enumerate(cases())]
)
def test_case(case: Case) -> None:
    assert failure(case, rulebook()) is None, case.why


def test_every_rule_has_a_case_that_fires_and_one_just_short_of_it() -> None:
    assert uncovered([case for _, case in cases()], rulebook()) == []


def test_cases_lie_beside_the_rules_they_are_about() -> None:
    rules = rulebook().rules
    astray = [
        f"{case.rule} in {path}"
        for path, case in cases()
        if rules[case.rule].file != path.replace(".cases.yaml", ".yaml") and path != "symptoms/fever.cases.yaml"
    ]
    assert astray == []


@pytest.mark.parametrize("vignette", vignettes(), ids=lambda v: v.id)
def test_vignette(vignette: Vignette) -> None:
    assert difference(vignette, vignette.verdict(rulebook())) is None, vignette.summary


def test_all_forty_vignettes_are_there() -> None:
    assert len(vignettes()) == 40
    assert all(v.expect for v in vignettes())
