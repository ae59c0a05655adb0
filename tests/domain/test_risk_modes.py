"""How far the model may speak: never lower, never red, within a budget, and only after two people have said so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.people import Role
from app.domain.risk import Risk, Thresholds
from app.domain.risk_modes import (
    Budget,
    Mode,
    Setting,
    Shadowed,
    agreed,
    missing_for_live,
    order,
    raised,
    thresholds_for,
)
from app.domain.verdicts import Recipient, TriageLevel, Verdict

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LIVE = Setting(Mode.LIVE, "a" * 64, Thresholds(0.05, 0.2))


def verdict(level: TriageLevel, *, emergency: bool = False) -> Verdict:
    """What the rules said."""
    return Verdict(level, emergency, Recipient.NONE, ("a_rule",), (), {}, False, (), "v")


def risk(p7: float | None, *, synthetic: bool = True) -> Risk:
    """What the model said."""
    abstained = None if p7 is not None else "regimen_unknown"
    return Risk(model_id="m", card_sha256="a" * 64, synthetic=synthetic, p7=p7, abstained=abstained)


@given(st.sampled_from(list(TriageLevel)), st.one_of(st.none(), st.floats(0, 1)), st.booleans())
def test_the_model_never_lowers_and_never_says_red(level: TriageLevel, p7: float | None, simple: bool) -> None:
    before = verdict(level, emergency=level is TriageLevel.RED)
    after = raised(before, risk(p7), LIVE, simple)
    assert after.level >= before.level
    assert after.level is not TriageLevel.RED or after == before
    assert after.hold == before.hold


@pytest.mark.parametrize(
    "setting",
    [
        Setting(Mode.SHADOW, None, Thresholds(0.01, 0.02)),
        Setting(Mode.OFF, None, Thresholds(0.01, 0.02)),
        Setting(Mode.LIVE, None, Thresholds(0.01, 0.02), frozen=True),
    ],
)
def test_in_shadow_off_or_frozen_the_verdict_is_the_rules_own(setting: Setting) -> None:
    before = verdict(TriageLevel.GREEN)
    assert raised(before, risk(0.99), setting, simple=False) is before


def test_what_the_model_raises_says_that_it_was_the_model_and_what_it_learned_from() -> None:
    assert raised(verdict(TriageLevel.YELLOW), risk(0.3), LIVE, simple=True).reasons == ("risk_model_synthetic",)
    after = raised(verdict(TriageLevel.GREEN), risk(0.1, synthetic=False), LIVE, simple=True)
    assert (after.level, after.reasons, after.recipient) == (TriageLevel.YELLOW, ("risk_model",), Recipient.LEVEL1)


@pytest.mark.parametrize(
    ("p7", "simple", "recipient"),
    [(0.1, True, Recipient.LEVEL1), (0.1, False, Recipient.LEVEL2), (0.3, True, Recipient.LEVEL2)],
)
def test_orange_goes_to_nursing_coordination_whatever_the_regimen(
    p7: float, simple: bool, recipient: Recipient
) -> None:
    assert raised(verdict(TriageLevel.GREEN), risk(p7), LIVE, simple).recipient is recipient


def shadow(*risks: float, level: TriageLevel = TriageLevel.GREEN) -> list[Shadowed]:
    """Reports with these risks."""
    return [Shadowed(p7, level) for p7 in risks]


def test_thresholds_keep_within_the_budget() -> None:
    found = thresholds_for(Budget(orange=2, yellow=4), shadow(*(k / 100 for k in range(1, 51))), 100)
    assert (found.to_orange, found.to_yellow) == (2, 4)
    assert found.thresholds == Thresholds(0.45, 0.49)


def test_equal_risks_stay_together_on_the_quiet_side() -> None:
    found = thresholds_for(Budget(orange=2), shadow(0.5, 0.4, 0.4, 0.4, 0.1), 100)
    assert (found.thresholds.orange, found.to_orange) == (0.5, 1)
    assert thresholds_for(Budget(orange=2), shadow(0.4, 0.4, 0.4), 100).thresholds.orange is None


def test_what_the_rules_call_orange_already_costs_no_budget() -> None:
    reports = shadow(0.9, 0.8, level=TriageLevel.ORANGE) + shadow(0.3, 0.2, 0.1)
    assert thresholds_for(Budget(orange=1), reports, 100).thresholds.orange == 0.3


@given(
    st.lists(st.tuples(st.floats(0.001, 0.999), st.sampled_from(list(TriageLevel))), max_size=60),
    st.floats(0.1, 50),
    st.floats(0.1, 50),
    st.floats(0, 300),
)
def test_no_budget_is_ever_passed(
    reports: list[tuple[float, TriageLevel]], orange: float, yellow: float, weeks: float
) -> None:
    told = [Shadowed(p7, level) for p7, level in reports]
    found = thresholds_for(Budget(orange, yellow), told, weeks)
    setting = Setting(Mode.LIVE, None, found.thresholds)
    after = [raised(verdict(r.rules_level), risk(r.p7), setting, simple=False).level for r in told]
    to_orange = sum(a is TriageLevel.ORANGE > r.rules_level for a, r in zip(after, told, strict=True))
    to_yellow = sum(a is TriageLevel.YELLOW > r.rules_level for a, r in zip(after, told, strict=True))
    assert (to_orange, to_yellow) == (found.to_orange, found.to_yellow)
    assert to_orange <= orange * weeks / 100 + 1e-6
    assert to_yellow <= yellow * weeks / 100 + 1e-6


def test_live_needs_two_weeks_in_shadow_and_ten_reports_above_the_threshold() -> None:
    enough = thresholds_for(Budget(orange=10), shadow(*(k / 100 for k in range(1, 51))), 100)
    few = thresholds_for(Budget(orange=9), shadow(*(k / 100 for k in range(1, 51))), 100)
    assert missing_for_live(NOW - timedelta(days=14), NOW, enough) == []
    assert missing_for_live(NOW - timedelta(days=13), NOW, enough) == ["shadow_too_short"]
    assert missing_for_live(None, NOW, few) == ["shadow_too_short", "too_few_reports"]


@pytest.mark.parametrize(
    ("roles", "knowing", "synthetic", "enough"),
    [
        ([Role.ONCOLOGIST], [True], True, False),
        ([Role.ONCOLOGIST, Role.ONCOLOGIST], [True, True], True, True),
        ([Role.ONCOLOGIST, Role.AUDITOR], [True, True], True, True),
        ([Role.AUDITOR, Role.AUDITOR], [True, True], True, False),
        ([Role.ONCOLOGIST, Role.ONCOLOGIST], [True, False], True, False),
        ([Role.ONCOLOGIST, Role.ONCOLOGIST], [False, False], False, True),
    ],
)
def test_two_named_people_of_whom_one_is_a_clinician(
    roles: list[Role], knowing: list[bool], synthetic: bool, enough: bool
) -> None:
    assert agreed(roles, knowing, synthetic) is enough


@given(st.lists(st.tuples(st.sampled_from(["red", "orange", "yellow"]), st.one_of(st.none(), st.integers(-5, 5)))))
def test_the_order_never_crosses_a_level(rows: list[tuple[str, int | None]]) -> None:
    kept = sorted(rows, key=lambda row: ["red", "orange", "yellow"].index(row[0]))
    after = order(kept, lambda row: row[0], lambda row: row[1])
    assert [row[0] for row in after] == [row[0] for row in kept]
    assert sorted(after, key=repr) == sorted(kept, key=repr)
    for level in ("red", "orange", "yellow"):
        risks = [row[1] for row in after if row[0] == level]
        known = [r for r in risks if r is not None]
        assert risks == [*sorted(known, reverse=True), *(None for r in risks if r is None)]


def test_without_a_risk_the_order_is_as_it_was() -> None:
    rows = [("red", 1), ("red", 2), ("yellow", 3)]
    assert order(rows, lambda row: row[0], lambda row: None) == rows
