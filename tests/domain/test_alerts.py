"""Episodes: how reports open one, join it, raise it, or reopen it after somebody had taken it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from app.domain.alerts import READ_BY_HAND, AlertState, Episode, OpenAlert, join
from app.domain.triage import Recipient, TriageLevel, Verdict

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NEW_ALERT, FIRST_REPORT, NEXT_REPORT = (UUID(int=n) for n in (1, 2, 3))
GREEN, YELLOW, ORANGE, RED = TriageLevel


def verdict(level: TriageLevel, *reasons: str, emergency: bool = False, hold: bool = False) -> Verdict:
    recipient = {
        GREEN: Recipient.NONE,
        YELLOW: Recipient.LEVEL1,
        ORANGE: Recipient.LEVEL2,
        RED: Recipient.EMERGENCY if emergency else Recipient.ONCOLOGIST,
    }[level]
    return Verdict(level, emergency, recipient, reasons, (), {}, hold, (), "2026-01-01.0")


def opened(said: Verdict, at: datetime = NOON) -> OpenAlert:
    episode = join(None, said, NEW_ALERT, FIRST_REPORT, at, at)
    assert episode is not None
    return episode.alert


def taken(said: Verdict, at: datetime = NOON) -> OpenAlert:
    return structs.replace(opened(said, at), state=AlertState.ACKNOWLEDGED, version=2)


def after(current: OpenAlert, said: Verdict, told: datetime = NOON + timedelta(hours=1)) -> Episode:
    episode = join(current, said, UUID(int=99), NEXT_REPORT, told, NOON + timedelta(hours=2))
    assert episode is not None
    return episode


def test_a_green_report_opens_nothing() -> None:
    assert join(None, verdict(GREEN), NEW_ALERT, FIRST_REPORT, NOON, NOON) is None


@pytest.mark.parametrize("level", [YELLOW, ORANGE, RED])
def test_anything_worse_than_green_opens_an_episode_and_calls(level: TriageLevel) -> None:
    episode = join(None, verdict(level, "why", hold=True), NEW_ALERT, FIRST_REPORT, NOON - timedelta(hours=3), NOON)
    assert episode is not None
    assert (episode.verb, episode.calls) == ("alert_opened", True)
    alert = episode.alert
    assert (alert.id, alert.version, alert.round, alert.state, alert.level) == (NEW_ALERT, 1, 1, AlertState.OPEN, level)
    assert (alert.reasons, alert.hold, alert.reports, alert.last_report_id) == (("why",), True, 1, FIRST_REPORT)
    assert (alert.opened_at, alert.last_report_at) == (NOON, NOON - timedelta(hours=3))


def test_a_second_report_as_grave_joins_without_calling_again() -> None:
    episode = after(opened(verdict(ORANGE, "diarrhoea")), verdict(ORANGE, "vomiting"))
    assert (episode.verb, episode.calls) == ("alert_joined", False)
    assert (episode.alert.id, episode.alert.round, episode.alert.reports) == (NEW_ALERT, 1, 2)
    assert episode.alert.reasons == ("diarrhoea", "vomiting"), "both reasons are seen by whoever opens it"


def test_a_worse_report_raises_the_episode_and_calls_again() -> None:
    episode = after(opened(verdict(YELLOW, "fatigue")), verdict(RED, "chest_pain", emergency=True))
    alert = episode.alert
    assert (episode.verb, episode.calls, alert.round, alert.state) == ("alert_raised", True, 2, AlertState.OPEN)
    assert (alert.level, alert.emergency, alert.recipient, alert.reasons) == (
        RED,
        True,
        Recipient.EMERGENCY,
        ("chest_pain",),
    )


def test_an_emergency_is_worse_than_another_red() -> None:
    episode = after(taken(verdict(RED, "fever")), verdict(RED, "fever", emergency=True))
    assert (episode.verb, episode.alert.emergency, episode.alert.recipient) == (
        "alert_reopened",
        True,
        Recipient.EMERGENCY,
    )


def test_a_milder_report_never_lowers_or_closes_an_episode() -> None:
    for current in (opened(verdict(RED, "fever", hold=True)), taken(verdict(RED, "fever", hold=True))):
        for said in (verdict(GREEN), verdict(YELLOW, "fatigue")):
            episode = after(current, said)
            assert (episode.verb, episode.calls) == ("alert_joined", False)
            assert (episode.alert.level, episode.alert.state, episode.alert.reasons, episode.alert.hold) == (
                RED,
                current.state,
                ("fever",),
                True,
            )
            assert episode.alert.version == current.version + 1, "the worklist sees that something came"


def test_a_late_green_leaves_the_newer_red_as_the_latest_word() -> None:
    episode = after(opened(verdict(RED, "fever")), verdict(GREEN), told=NOON - timedelta(days=2))
    assert (episode.alert.last_report_id, episode.alert.last_report_at) == (FIRST_REPORT, NOON)
    assert episode.alert.level is RED


def test_a_late_red_raises_the_episode_though_something_newer_was_told() -> None:
    episode = after(opened(verdict(YELLOW, "fatigue")), verdict(RED, "fever"), told=NOON - timedelta(days=2))
    assert (episode.verb, episode.calls, episode.alert.level) == ("alert_raised", True, RED)
    assert episode.alert.last_report_at == NOON


def test_acknowledging_covers_what_was_known_at_that_time() -> None:
    same = after(taken(verdict(ORANGE, "diarrhoea")), verdict(ORANGE, "diarrhoea"))
    assert (same.verb, same.calls, same.alert.state) == ("alert_joined", False, AlertState.ACKNOWLEDGED)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (verdict(ORANGE, "diarrhoea"), verdict(ORANGE, "diarrhoea", "vomiting")),  # a new reason
        (verdict(ORANGE, "diarrhoea"), verdict(RED, "diarrhoea")),  # worse
        (verdict(YELLOW, "fatigue"), verdict(ORANGE, "fatigue")),  # worse
        (verdict(RED, "fever"), verdict(ORANGE, "vomiting")),  # milder, but nobody knew of it
    ],
)
def test_something_worse_or_new_reopens_what_was_acknowledged(known: Verdict, said: Verdict) -> None:
    episode = after(taken(known), said)
    assert (episode.verb, episode.calls, episode.alert.state) == ("alert_reopened", True, AlertState.OPEN)
    assert episode.alert.round == 2
    assert episode.alert.level == max(known.level, said.level)
    assert set(said.reasons) <= set(episode.alert.reasons)


def test_a_new_yellow_reason_does_not_reopen() -> None:
    episode = after(taken(verdict(YELLOW, "fatigue")), verdict(YELLOW, "insomnia"))
    assert (episode.calls, episode.alert.state) == (False, AlertState.ACKNOWLEDGED)


def test_a_report_to_be_read_by_hand_marks_the_episode_for_good() -> None:
    alert = opened(verdict(ORANGE, READ_BY_HAND))
    assert alert.read_by_hand
    assert after(alert, verdict(RED, "fever")).alert.read_by_hand
    assert after(opened(verdict(RED, "fever")), verdict(ORANGE, READ_BY_HAND)).alert.read_by_hand


def test_something_worse_calls_again_where_nobody_could_be_reached() -> None:
    lost = structs.replace(opened(verdict(ORANGE, "diarrhoea")), state=AlertState.UNDELIVERABLE)
    assert after(lost, verdict(RED, "fever")).alert.state is AlertState.OPEN
    assert after(lost, verdict(GREEN)).alert.state is AlertState.UNDELIVERABLE, "green hides nothing"


@dataclass(frozen=True)
class Told:
    """A report as Hypothesis draws it: what was said, when, and whether somebody takes the alert afterwards."""

    said: Verdict
    hours_ago: int
    taken: bool


VERDICTS = st.one_of(
    st.just(verdict(GREEN)),
    st.builds(
        lambda level, reasons, hold, emergency: verdict(
            level, *sorted(reasons), hold=hold, emergency=emergency and level is RED
        ),
        st.sampled_from([YELLOW, ORANGE, RED]),
        st.sets(st.sampled_from(["fever", "diarrhoea", "vomiting", READ_BY_HAND]), min_size=1),
        st.booleans(),
        st.booleans(),
    ),
)


@given(st.lists(st.builds(Told, VERDICTS, st.integers(0, 72), st.booleans()), min_size=1, max_size=12))
def test_whatever_comes_in_whatever_order_the_episode_only_gets_graver(story: list[Told]) -> None:
    alert: OpenAlert | None = None
    known: set[str] = set()  # what whoever took it last had seen
    for n, told in enumerate(story):
        before = alert
        episode = join(alert, told.said, NEW_ALERT, UUID(int=100 + n), NOON - timedelta(hours=told.hours_ago), NOON)
        if episode is None:
            assert before is None
            assert told.said.level is GREEN
            continue
        alert = episode.alert
        assert alert.level >= told.said.level
        assert alert.hold >= told.said.hold
        assert alert.last_report_at >= NOON - timedelta(hours=told.hours_ago)
        if before is not None:
            assert (alert.id, alert.version, alert.reports) == (before.id, before.version + 1, before.reports + 1)
            assert (alert.level, alert.emergency) >= (before.level, before.emergency)
            assert alert.round == before.round + episode.calls
            if before.state is AlertState.ACKNOWLEDGED:
                news = (told.said.level, told.said.emergency) > (before.level, before.emergency) or (
                    told.said.level >= ORANGE and not set(told.said.reasons) <= known
                )
                assert (alert.state is AlertState.OPEN) == news == episode.calls
        if told.taken:
            alert = structs.replace(alert, state=AlertState.ACKNOWLEDGED)
            known = set(alert.reasons)
