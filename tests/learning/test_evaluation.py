"""Figures of an evaluation against what can be counted by hand, and the page that shows them."""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Literal

import msgspec
import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from app.learning import alerts, metrics, worklist
from app.learning.cohort import Events
from app.learning.evaluation import Evaluation, evaluate, scored
from app.learning.report import page
from app.learning.report_words import WORDS
from app.learning.rules import rule_levels
from app.scoring.catalogue import catalogue
from tests.learning.cast import few, others, trained
from tests.rules.book import rulebook


@cache
def evaluation() -> Evaluation:
    return evaluate(others(), trained().card, rulebook(), rounds=40)


def test_auroc_and_average_precision_agree_with_the_library() -> None:
    dice = np.random.default_rng(1)
    y = (dice.random(3000) < 0.1).astype(float)
    p = np.round(dice.random(3000) * 0.5 + 0.2 * y, 2)
    weight = dice.integers(0, 3, 3000).astype(float)
    assert metrics.auroc(y, p) == pytest.approx(roc_auc_score(y, p))
    assert metrics.auroc(y, p, weight) == pytest.approx(roc_auc_score(y, p, sample_weight=weight))
    assert metrics.auprc(y, p) == pytest.approx(average_precision_score(y, p))
    assert metrics.auprc(y, p, weight) == pytest.approx(average_precision_score(y, p, sample_weight=weight))
    assert math.isnan(metrics.auroc(np.zeros(5), np.arange(5.0)))


def test_the_exact_interval_of_observed_over_expected_is_the_poisson_one() -> None:
    found = metrics.poisson_interval(10, 10.0)
    assert found.value == 1
    assert found.low == pytest.approx(0.4795, abs=1e-3)
    assert found.high == pytest.approx(1.839, abs=1e-3)
    assert metrics.poisson_interval(0, 2.0).high == pytest.approx(3.689 / 2, abs=1e-3)


def test_an_event_is_seen_when_an_alert_came_on_one_of_the_seven_days_before() -> None:
    cohort = few(40)
    r = cohort.reports
    days = r.day[r.patient == 0]
    events = Events(
        patient=np.array([0, 0, 0], np.int32),
        day=np.array([days[2] + 1, days[2], days[2] + 8], np.int32),
        kind=np.zeros(3, np.int8),
    )
    alerting = np.zeros(len(r.day), np.bool_)
    alerting[np.flatnonzero(r.patient == 0)[2]] = True
    found = alerts.caught(cohort, events, alerting)
    assert found.seen.tolist() == [True, False, False]
    assert found.lead.tolist() == [1, 0, 0]


def test_the_model_is_set_against_the_products_own_rules_at_the_same_reports() -> None:
    rules, alone, *both = evaluation().policies
    levels = rule_levels(others(), rulebook())
    assert rules.alerts_per_month == pytest.approx((levels >= 2).sum() / evaluation().patient_months)
    assert alone.alerts_per_month == pytest.approx(rules.alerts_per_month, rel=0.02)
    for policy, extra in zip(both, (0.05, 0.10, 0.20, 0.30), strict=True):
        assert policy.alerts_per_month - rules.alerts_per_month == pytest.approx(extra, abs=0.02)
        assert (policy.caught.value or 0) >= (rules.caught.value or 1)
        assert policy.gain is not None
        assert policy.gain.low is not None
    assert both[-1].caught.value >= both[0].caught.value  # type: ignore[operator] # there are events


def test_figures_are_counted_on_reports_at_risk_with_a_known_outcome() -> None:
    seven = evaluation().horizons[0]
    r = others().reports
    known = r.at_risk & (r.outcome_7d >= 0) & ~np.isnan(scored(others(), trained().card).p7)
    assert seven.reports == known.sum()
    assert seven.events == (r.outcome_7d[known] == 1).sum()
    assert seven.auroc.low is not None
    assert seven.auroc.low < (seven.auroc.value or 0) < (seven.auroc.high or 0)
    assert sum(b.reports for b in seven.calibration) == seven.reports
    assert {g.name for g in evaluation().groups if g.kind == "regimen"} <= set(others().regimens)


def test_the_small_card_already_ranks_better_than_the_highest_answer() -> None:
    seven = evaluation().horizons[0]
    assert (seven.auroc.value or 0) > (seven.highest_answer_auroc.value or 1) + 0.05


TITLES = {f.name: f.title for f in catalogue(rulebook())} | {r.id: r.title for r in rulebook().regimens.values()}
PLOTS = {
    "fr": (
        "ROC, 7 jours",
        "Précision et rappel",
        "Calibration par dixièmes, 14 jours",
        "Courbe de décision",
        "alertes par mois-patient",
    ),
    "en": (
        "ROC, 7 days",
        "Precision and recall",
        "Calibration by tenths, 14 days",
        "Decision curve",
        "alerts per patient-month",
    ),
}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_is_one_file_says_synthetic_and_names_every_figure(language: Literal["fr", "en"]) -> None:
    html = page(evaluation(), language, TITLES)
    assert f"<html lang='{language}'>" in html
    assert not re.search(r"(?:src|href)=|https?://|@import|url\(", html)
    assert ("inventés" if language == "fr" else "invented") in html
    assert all(words in html for words in PLOTS[language])
    assert html.count("<svg") == 10
    assert not re.search(r"\bnan\b", html)
    auroc = f"{evaluation().horizons[0].auroc.value:.3f}"
    assert (auroc.replace(".", ",") if language == "fr" else auroc) in html
    assert rulebook().regimens["letrozole"].title.of(language) in html


def test_the_page_in_french_has_no_english_left_on_it() -> None:
    """Every text between tags is another in the other language, but for figures, hashes and words that both have."""
    french, english = (set(re.findall(r">([^<>]+)<", page(evaluation(), lang, TITLES))) for lang in ("fr", "en"))
    both = {text.fr for text in (*WORDS.values(), *TITLES.values()) if text.fr == text.en}
    own = {page_style(), evaluation().rulebook, evaluation().card_sha256[:16]}
    left = {words for words in (french & english) - both - own if re.search(r"[a-z]{2}", words)}
    assert not left


def test_the_page_is_in_french_unless_asked_otherwise() -> None:
    assert page(evaluation()) == page(evaluation(), "fr") != page(evaluation(), "en")
    assert msgspec.json.decode(msgspec.json.encode(evaluation()), type=Evaluation) == evaluation()


def page_style() -> str:
    return re.findall(r"<style>([^<]+)</style>", page(evaluation()))[0]


def test_a_worklist_ordered_by_the_model_sees_more_events_coming_and_crosses_no_level() -> None:
    levels = rule_levels(others(), rulebook())
    orders = worklist.compare(others(), levels, scored(others(), trained().card).p7, rounds=20)
    assert all((o.with_model.value or 0) >= (o.without.value or 1) - 0.01 for o in orders)
    assert any((o.gain.value or 0) > 0.02 for o in orders)
    flat = worklist.compare(others(), levels, np.zeros(len(levels)), rounds=20)
    assert all(o.gain.value == 0 for o in flat)
    assert worklist.table(orders).count("\n") == len(orders) + 1
