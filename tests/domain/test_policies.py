"""Escalation policies as files: what is refused, what an alert keeps, and that nobody is ever left without a last resort."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.policies import PoliciesFile, shelf
from app.domain.rulebook import RulebookErrors, decode
from app.domain.triage import TriageLevel
from app.domain.yamls import load
from tests.rules.book import files

PATH = "escalation/policies.yaml"
TEXT = files()[PATH].decode()


def refused(text: str) -> str:
    with pytest.raises(RulebookErrors) as why:
        decode({**files(), PATH: text.encode()})
    return str(why.value)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("level2: [any_oncologist]", "level2: []", "fallback.level2"),
        ("          level1: [any_coordinator]\n", "", "`level1` is missing"),
        ("red: {minutes: [30, 30]}", "red: {minutes: [30, 90]}", "`red` may never wait longer than `orange`"),
        (
            "red_emergency: {minutes: [15, 15]}",
            "red_emergency: {minutes: [45]}",
            "`red_emergency` may never wait longer",
        ),
        ("red: 240}", "red: 2000}", "red may never wait longer than orange"),
        ("- id: standard", "- id: other", "id: standard"),
        ("orange: 3}", "orange: 3, red: 1}", "`red` is not known here"),
        ("call: [level1]", "call: [leval1]", "steps.level1"),
    ],
)
def test_a_policy_that_would_leave_somebody_unheard_is_refused(before: str, after: str, said: str) -> None:
    assert before in TEXT
    assert said in refused(TEXT.replace(before, after, 1))


def test_an_alert_finds_the_policy_that_it_was_born_with_after_it_has_changed() -> None:
    value = TEXT[TEXT.index("      - from: 2026-01-01") :]
    later = value.replace("2026-01-01", "2027-03-01").replace("red: {minutes: [30, 30]}", "red: {minutes: [20, 20]}")
    document = load(PATH, (TEXT + later).encode(), PoliciesFile, [])
    assert document is not None
    policies = shelf(document)
    old, new = policies.on("standard", date(2027, 2, 28)), policies.on("standard", date(2027, 3, 1))
    assert (old.key, new.key) == ("standard.2026-01-01", "standard.2027-03-01")
    assert policies.of_alert(old.key).value.waits.red.minutes == (30, 30)
    assert policies.of_alert("gone.2020-01-01") is new, "an alert whose policy is gone is not left without one"
    assert policies.on("unheard_of", date(2027, 2, 28)) is old


def test_red_and_orange_are_called_again_when_forgotten_and_red_is_never_silent() -> None:
    policy = decode(files()).policies.on("standard", date(2026, 11, 23))
    hours = {
        level: after and after.total_seconds() / 3600
        for level in TriageLevel
        if (after := policy.forgotten_after(level)) or True
    }
    assert (hours[TriageLevel.RED], hours[TriageLevel.ORANGE], hours[TriageLevel.YELLOW]) == (4, 24, None)
    assert policy.mute_at_most(TriageLevel.RED) is None
