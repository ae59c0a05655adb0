"""Learning a card: the traps of the library, each with its precaution, and the same card twice."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_info

from app.domain.reports import AdherenceFacts, Baseline, Chart, PastReport
from app.learning import boosting, export
from app.learning.export import Effects, NotAdditive
from app.learning.files import answers_of, measurements_of
from app.learning.matrix import card_matrix
from app.learning.split import by_enrolment
from app.learning.training import Refused, hidden, train
from app.scoring.batch import Batch
from app.scoring.card import Feature, encode_card
from app.scoring.catalogue import catalogue
from app.scoring.features import Person, features
from app.scoring.proof import violations
from app.scoring.score import Model
from tests.learning.cast import ORDER, few, many, others, quick, trained
from tests.rules.book import rulebook


def test_the_same_data_seed_and_code_give_the_same_card_to_the_last_byte() -> None:
    again = train(many(), rulebook(), ORDER)
    assert again.card.sha256 == trained().card.sha256
    assert encode_card(again.card) == encode_card(trained().card)


def test_tables_equal_the_learner_on_real_reports_and_on_the_whole_grid() -> None:
    assert trained().checked >= 2 * 50_000
    assert trained().largest_difference <= 1e-9


def test_a_card_carries_its_support_its_origin_and_vectors_that_it_passes() -> None:
    card = trained().card
    assert Model(card).fault is None
    assert violations(card) == []
    assert len(card.vectors) >= 12
    assert card.trained_on.kind == "synthetic"
    assert card.trained_on.sites == 8
    assert sum(r.reports for r in card.regimens) == card.trained_on.reports
    assert all(sum(counts) == card.trained_on.reports for counts in card.support)


def test_one_by_one_and_all_at_once_give_the_same_levels_and_the_same_sums() -> None:
    card, cohort = trained().card, few(60)
    r, people = cohort.reports, cohort.patients
    grid, model = card_matrix(cohort, card), Model(card)
    totals = Batch(card).totals(grid.rows, grid.phases, grid.levels)
    late = Batch(card).totals(grid.rows, grid.phases, grid.levels, late=True)
    for i in range(0, len(r.day), 3):
        who = int(r.patient[i])
        earlier = [j for j in range(i - 1, max(i - 4, -1), -1) if r.patient[j] == who]
        history = tuple(PastReport(float(r.day[i] - r.day[j]), answers_of(cohort, j)) for j in earlier)
        chart = Chart(
            cohort.regimens[people.regimen[who]],
            int(r.cycle[i]),
            int(r.day_of_cycle[i]),
            Baseline(float(people.weight_kg[who])),
            history,
            AdherenceFacts(),
        )
        person = Person(
            age=float(people.age[who]),
            ecog=int(people.ecog[who]),
            comorbidities=int(people.comorbidities[who]),
            prior_grade3=bool(r.prior[i, 0]),
            prior_visit=bool(r.prior[i, 1]),
        )
        found = features(card, answers_of(cohort, i), measurements_of(cohort, i), chart, person)
        assert found.levels == tuple(grid.levels[i].tolist())
        assert (found.row, found.phase) == (grid.rows[i], grid.phases[i])
        assert model.totals(found.row, found.phase, found.levels) == (totals[i], late[i])


def test_trap_1_the_categorical_column_comes_first_or_a_forbidden_interaction_is_learned() -> None:
    """The library moves categories to the front and forgets to move `interaction_cst` with them."""
    dice = np.random.default_rng(1)
    n = 6000
    regimen, phase, answer = dice.integers(0, 4, n), dice.integers(0, 4, n), dice.integers(0, 5, n)
    logit = 1.5 * ((regimen == 1) & (phase == 2)) + 0.6 * answer * (regimen == 3) - 2
    y = (dice.random(n) < 1 / (1 + np.exp(-logit))).astype(np.int8)
    feature = [Feature(name="pain", kind="symptom", title=rulebook().title, levels=5)]
    levels = answer[:, None].astype(np.int16)
    ours = boosting.learner(feature, boosting.Recipe(iterations=60, columns=1.0), 1)
    boosting.fit(ours, boosting.design(regimen.astype(np.int16), phase.astype(np.int16), levels), y)
    typical = (0, 0, np.array([0], np.int16))

    def raw(x: np.ndarray) -> np.ndarray:
        return boosting.raw(ours, x)

    effects = export.effects(raw, feature, 3, typical)
    everything = (regimen.astype(np.int16), phase.astype(np.int16), levels)
    assert export.check_equal(effects, raw, *everything) <= 1e-9

    last = HistGradientBoostingClassifier(
        max_iter=60, categorical_features=[2], interaction_cst=[{0}, {1, 2}], early_stopping=False, random_state=1
    ).fit(np.column_stack([answer, phase, regimen]), y)

    def swapped(x: np.ndarray) -> np.ndarray:
        return np.asarray(last.decision_function(x[:, [2, 1, 0]]))

    with pytest.raises(NotAdditive, match="categorical columns first"):
        export.check_equal(export.effects(swapped, feature, 3, typical), swapped, *everything)


def test_trap_2_a_blank_is_held_between_the_best_and_the_worst_value() -> None:
    feature = [Feature(name="temperature_c", kind="measurement", title=rulebook().title, levels=3)]
    wild = Effects(0.0, np.zeros((2, 16)), (np.array([0.0, 0.4, 0.9, 1.7]),))
    assert export.clipped(wild, feature).points[0].tolist() == [0.0, 0.4, 0.9, 0.9]
    low = Effects(0.0, np.zeros((2, 16)), (np.array([0.0, 0.4, 0.9, -0.2]),))
    assert export.clipped(low, feature).points[0].tolist() == [0.0, 0.4, 0.9, 0.0]


def test_trap_2_the_library_lets_a_blank_score_above_the_worst_value() -> None:
    dice = np.random.default_rng(2)
    value = dice.integers(0, 3, 4000).astype(float)
    blank = dice.random(4000) < 0.3
    y = (dice.random(4000) < np.where(blank, 0.6, 0.05 + 0.05 * value)).astype(np.int8)
    x = np.where(blank, np.nan, value)[:, None]
    model = HistGradientBoostingClassifier(max_iter=40, monotonic_cst=[1], early_stopping=False).fit(x, y)
    worst, missing = model.decision_function([[2.0], [np.nan]])
    assert missing > worst


def test_trap_3_one_thread_is_used_and_only_while_learning() -> None:
    with boosting.one_thread():
        pools = [pool["num_threads"] for pool in threadpool_info()]
    assert pools
    assert set(pools) == {1}


def test_trap_4_nothing_is_split_by_row() -> None:
    split = by_enrolment(many(), 0.65, 0.15)
    assert (split.train.astype(int) + split.calibrate + split.test == 1).all()
    enrolled = many().patients.enrolled
    assert enrolled[split.train].max() < enrolled[split.calibrate].min()
    assert enrolled[split.calibrate].max() < enrolled[split.test].min()
    model = boosting.learner(catalogue(rulebook()), boosting.Recipe(iterations=5), 1)
    assert model.get_params()["early_stopping"] is False
    dice = np.random.default_rng(1)
    boosting.fit(
        model, dice.integers(0, 2, (12_000, 2 + len(catalogue(rulebook())))).astype(float), np.arange(12_000) % 2
    )
    assert model.n_iter_ == 5
    assert model.do_early_stopping_ is False


def test_trap_5_an_input_that_nobody_has_weighs_nothing_and_the_rest_is_learned() -> None:
    """The platform keeps no ECOG: a site that learns alone has a column without a single value, and the library fails on it."""
    dice = np.random.default_rng(3)
    known = dice.integers(0, 5, 4000)
    y = (dice.random(4000) < 0.05 + 0.1 * known).astype(np.int8)
    levels = np.column_stack([known, np.full(4000, -1)]).astype(np.int16)
    features = [Feature(name=name, kind="person", title=rulebook().title, levels=5) for name in ("known", "ecog")]
    x = boosting.design(np.zeros(4000, np.int16), np.zeros(4000, np.int16), levels)
    with pytest.raises(ValueError, match="window shape"):
        boosting.learner(features, boosting.Recipe(iterations=20), 1).fit(x, y)
    model = boosting.fit(boosting.learner(features, boosting.Recipe(iterations=20), 1), x, y)
    given = boosting.design(
        np.zeros(5, np.int16), np.zeros(5, np.int16), np.array([[4, level] for level in range(5)], np.int16)
    )
    assert np.ptp(boosting.raw(model, given)) == 0
    assert boosting.raw(model, x[known == 4])[0] > boosting.raw(model, x[known == 0])[0]


def test_a_prevalent_episode_and_an_unknown_outcome_are_not_learned_from() -> None:
    r = many().reports
    card = trained().card
    split = by_enrolment(many(), ORDER.train, ORDER.calibrate)
    learned = split.train[r.patient] & r.at_risk & (r.outcome_7d >= 0)
    assert card.trained_on.reports == learned.sum() < split.train[r.patient].sum()
    assert card.trained_on.events == (r.outcome_7d[learned] == 1).sum()


def test_a_quarter_of_the_regimens_is_hidden_while_learning_and_none_while_calibrating() -> None:
    card = trained().card
    grid = card_matrix(many(), card)
    away = hidden(grid, many(), card.features, ORDER, len(card.regimens))
    assert 0.23 < (away.rows == len(card.regimens)).mean() < 0.27
    shown = hidden(grid, many(), card.features, ORDER, len(card.regimens), regimen=False)
    assert np.array_equal(shown.rows, grid.rows)


def test_too_few_events_are_refused() -> None:
    with pytest.raises(Refused, match="too few to learn from"):
        train(few(30), rulebook(), quick(train=0.5, calibrate=0.5))


def test_probabilities_within_14_days_are_never_below_those_within_7() -> None:
    grid = card_matrix(others(), trained().card)
    p7, p14 = Batch(trained().card).probabilities(grid.rows, grid.phases, grid.levels)
    assert (p14 >= p7).all()
    dice = np.random.default_rng(3)
    rows, phases, levels = export.random_grid(trained().card.features, len(trained().card.regimens), 50_000, dice)
    p7, p14 = Batch(trained().card).probabilities(rows, phases, levels)
    assert (p14 >= p7).all()
