"""A site makes a card its own, step by step, and no step without the events for it."""

from __future__ import annotations

import re
from functools import cache

import msgspec
import numpy as np
import pytest

from app.domain.verdicts import TriageLevel
from app.learning import metrics
from app.learning.alerts import threshold_for
from app.learning.calibration import NoFit, fit_line
from app.learning.challenge import Terms, challenge
from app.learning.cohort import Cohort
from app.learning.evaluation import scored
from app.learning.recalibration import Refused, evidence, recalibrate, retrain
from app.learning.rules import rule_levels
from app.learning.simulator.parameters import parameters
from app.learning.simulator.run import simulate
from app.learning.simulator.sites import default_site
from app.scoring.card import Card, sealed
from app.scoring.proof import violations
from app.scoring.score import Model
from tests.learning.cast import TODAY, few, many, one_site, others, quick, trained
from tests.rules.book import rulebook

LARGE_MIX = {
    "capecitabine_mono": 3.0,
    "regorafenib": 2.0,
    "abemaciclib": 2.0,
    "lenalidomide_dex": 2.0,
    "erlotinib": 2.0,
}


def first(share: float) -> tuple[Cohort, Cohort]:
    """Those of the site who enrolled first, and the newest."""
    enrolled = one_site().patients.enrolled
    limit = np.quantile(enrolled, share)
    return one_site().part(enrolled <= limit), one_site().part(enrolled > limit)


def few_events() -> Cohort:
    """The site's first patients, just enough of them for the first step."""
    enough = next(n for n in range(40, 900, 10) if evidence(few(n), trained().card).steps)
    return few(enough)


def ratio(cohort: Cohort, card: Card) -> float:
    r = cohort.reports
    p = scored(cohort, card).p7
    use = r.at_risk & (r.outcome_7d >= 0) & ~np.isnan(p)
    return float(r.outcome_7d[use].sum() / p[use].sum())


def test_too_few_events_leave_the_card_as_it_is() -> None:
    cohort = few(12)
    assert evidence(cohort, trained().card).steps == ()
    with pytest.raises(Refused, match="needs 50 reports before an event from 25 patients"):
        recalibrate(cohort, trained().card, model_id="local-1", reviewed_on=TODAY)


def test_with_few_events_only_the_intercept_moves_and_with_more_the_slope_too() -> None:
    small = few_events()
    assert evidence(small, trained().card).steps == ("intercept",)
    done = recalibrate(small, trained().card, model_id="local-1", reviewed_on=TODAY)
    assert (done.step, done.slope) == ("intercept", 1.0)
    with pytest.raises(Refused, match="intercept and slope needs 100"):
        recalibrate(small, trained().card, model_id="local-1", reviewed_on=TODAY, step="intercept and slope")
    large, newest = first(0.6)
    assert "intercept and slope" in evidence(large, trained().card).steps
    done = recalibrate(large, trained().card, model_id="local-2", reviewed_on=TODAY)
    assert done.step == "intercept and slope"
    assert abs(np.log(ratio(newest, done.card))) < abs(np.log(ratio(newest, trained().card)))


def test_a_recalibrated_card_names_its_parent_stays_synthetic_and_keeps_every_promise() -> None:
    large, _ = first(0.6)
    card = recalibrate(large, trained().card, model_id="local-2", reviewed_on=TODAY).card
    assert card.trained_on.parent == trained().card.sha256
    assert card.synthetic
    assert Model(card).fault is None
    assert violations(card) == []
    again = recalibrate(large, trained().card, model_id="local-2", reviewed_on=TODAY).card
    assert again.sha256 == card.sha256


def test_a_slope_out_of_bounds_is_refused() -> None:
    large, _ = first(0.6)
    r = large.reports
    dice = np.random.default_rng(1)
    noise = np.where(r.outcome_7d < 0, -1, dice.random(len(r.day)) < 0.1).astype(np.int8)
    shuffled = msgspec.structs.replace(large, reports=msgspec.structs.replace(r, outcome_7d=noise))
    with pytest.raises(Refused, match=r"outside 0\.3 to 2"):
        recalibrate(shuffled, trained().card, model_id="local-3", reviewed_on=TODAY)


def test_a_local_model_needs_more_than_two_thousand_events() -> None:
    with pytest.raises(Refused, match="local needs 2001"):
        retrain(one_site(), trained().card, rulebook(), quick(), None)


@cache
def large_site() -> Cohort:
    """A site of five treatments under usual care, with enough events for every step of the ladder."""
    site = msgspec.structs.replace(default_site(rulebook(), parameters(), monitored=False), mix=LARGE_MIX)
    return simulate(rulebook(), 2700, 8, site=site)


def halves(cohort: Cohort, share: float = 0.7) -> tuple[Cohort, Cohort]:
    """Those who enrolled first, and the newest: no patient is in both."""
    limit = np.quantile(cohort.patients.enrolled, share, method="lower")
    return cohort.part(cohort.patients.enrolled <= limit), cohort.part(cohort.patients.enrolled > limit)


@pytest.mark.parametrize(("step", "failed"), [("pooled", set()), ("local", {"same inputs"})])
def test_a_large_site_learns_anew_and_its_card_meets_the_gate(step: str, failed: set[str]) -> None:
    """Pooled it passes whole; learned from five treatments alone it may not replace a card that knows thirty, and nothing else stops it."""
    older, newest = halves(large_site())
    assert evidence(older, trained().card).steps == ("intercept", "intercept and slope", "pooled", "local")
    prior = many() if step == "pooled" else None
    card = retrain(older, trained().card, rulebook(), quick(model_id=f"site-{step}"), prior).card
    assert card.synthetic
    assert Model(card).fault is None
    assert violations(card) == []
    if step == "local":
        assert {r.id for r in card.regimens} == {r for r in large_site().regimens if r in LARGE_MIX}
    calm = rule_levels(newest, rulebook()) < TriageLevel.ORANGE.rank
    weeks = float((np.minimum(newest.patients.last_day, 179) + 1).sum()) / 7
    threshold = threshold_for(np.nan_to_num(scored(newest, card).p7, nan=-1.0), calm, 5 * weeks / 100)
    found = verdicts(trained().card, card, newest, Terms(threshold=threshold, budget=5.0, shadow_days=20))
    assert found.pop("two named people approve") == "open"
    assert {name for name, verdict in found.items() if verdict != "passed"} == failed


def test_calibration_without_an_event_is_refused() -> None:
    with pytest.raises(NoFit):
        fit_line(np.arange(10.0), np.zeros(10))


def test_platt_finds_the_line_it_was_drawn_from() -> None:
    dice = np.random.default_rng(4)
    score = dice.normal(-2, 1, 60_000)
    y = (dice.random(60_000) < 1 / (1 + np.exp(-(0.4 + 1.3 * score)))).astype(float)
    line = fit_line(score, y)
    assert abs(line.slope - 1.3) < 3 * line.slope_se < 0.2
    assert abs(line.intercept - 0.4) < 4 * line.intercept_se
    assert metrics.ece(y, 1 / (1 + np.exp(-(line.intercept + line.slope * score)))) < 0.01


def verdicts(champion: Card, challenger: Card, cohort: Cohort, terms: Terms) -> dict[str, str]:
    return {c.name.en: c.verdict for c in challenge(champion, challenger, cohort, rulebook(), terms, rounds=60)}


def test_a_recalibrated_card_passes_the_gate_that_a_spoiled_one_fails() -> None:
    older, newest = first(0.6)
    old = trained().card
    card = recalibrate(older, old, model_id="local-2", reviewed_on=TODAY).card
    found = verdicts(old, card, newest, Terms(shadow_days=20))
    assert found["worse answers never lower it"] == "passed"
    assert found["newest patients, never used for fitting"] == "passed"
    assert found["AUROC not worse by more than 0.01"] == "passed"
    assert found["log loss better"] == "passed"
    assert found["two weeks in shadow"] == "passed"
    assert found["two named people approve"] == "open"
    flat = msgspec.structs.replace(card.table, points=tuple(tuple(0 for _ in p) for p in card.table.points))
    spoiled = verdicts(old, _sealed(card, flat), newest, Terms(shadow_days=3))
    assert spoiled["AUROC not worse by more than 0.01"] == "failed"
    assert spoiled["two weeks in shadow"] == "failed"


def test_the_gate_speaks_both_languages_and_says_the_same_in_each() -> None:
    older, newest = first(0.6)
    old = trained().card
    card = recalibrate(older, old, model_id="local-2", reviewed_on=TODAY).card
    terms = Terms(threshold=0.1, budget=2.5, shadow_days=20)
    found = challenge(old, card, newest, rulebook(), terms, rounds=20)
    assert len({c.name.fr for c in found}) == len(found) == 11
    for one in found:
        assert one.name.fr != one.name.en
        for fr, en in ((one.name.fr, one.name.en), (one.found.fr, one.found.en)):
            figures = re.findall(r"\d+[.,]\d+", fr)
            assert [f.replace(",", ".") for f in figures] == re.findall(r"\d+\.\d+", en), (fr, en)
            assert not any("." in f for f in figures), fr


def test_patients_who_were_fitted_on_may_not_judge() -> None:
    older, _ = first(0.6)
    card = recalibrate(older, trained().card, model_id="local-2", reviewed_on=TODAY).card
    assert verdicts(trained().card, card, older, Terms())["newest patients, never used for fitting"] == "failed"


def test_the_alert_budget_is_held_or_not() -> None:
    card = trained().card
    name = "alerts within the budget, give or take 20 %"
    assert verdicts(card, card, others(), Terms())[name] == "open"
    assert verdicts(card, card, others(), Terms(threshold=0.9999, budget=5))[name] == "failed"


def _sealed(card: Card, table: object) -> Card:

    fresh = msgspec.structs.replace(card, table=table)
    model = Model(fresh)
    vectors = tuple(
        msgspec.structs.replace(v, total=t, total_late=u)
        for v in card.vectors
        for t, u in [model.totals(v.row, v.phase, v.levels)]
    )
    return sealed(msgspec.structs.replace(fresh, vectors=vectors))
