"""How an agreement stands on the page, and whether it covers at this very minute: by the wall and the holidays where the patients are."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from app.db.agreements import AgreementRow
from app.services.agreements import AgreementLine, line

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
SUNDAY_NIGHT = [6 * 1440 + 18 * 60], [7 * 1440 + 8 * 60]


def seen(now: datetime, **more: Any) -> AgreementLine:
    row = {
        "id": UUID(int=1),
        "side": "covered",
        "partner_id": UUID(int=2),
        "partner": "Établissement B",
        "disciplines": ["level2"],
        "regimen_levels": None,
        "regimens": None,
        "from_minutes": SUNDAY_NIGHT[0],
        "to_minutes": SUNDAY_NIGHT[1],
        "holidays": "as_usual",
        "from_on": date(2026, 11, 1),
        "until_on": date(2026, 12, 31),
        "shares": ["alert"],
        "proposed_at": AT,
        "signed_at": AT,
        "signed_by": "manager A",
        "partner_signed_at": AT,
        "ended_at": None,
        "timezone": "Europe/Paris",
    }
    return line(AgreementRow(**{**row, **more}), now)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_night_over_sunday_covers_until_monday_morning() -> None:
    assert seen(at("2026-11-22T16:59+00:00")).covers_until is None
    for minute in ("2026-11-22T17:00+00:00", "2026-11-23T06:59+00:00"):
        assert seen(at(minute)).covers_until == at("2026-11-23T07:00+00:00"), minute
    assert seen(at("2026-11-23T07:00+00:00")).covers_until is None


def test_a_public_holiday_covers_all_day_where_it_is_agreed_so() -> None:
    noon = at("2026-11-11T11:00+00:00")  # a Wednesday, 11 November
    assert seen(noon).covers_until is None
    assert seen(noon, holidays="all_day").covers_until == at("2026-11-11T23:00+00:00")
    sunday = at("2026-11-22T20:00+00:00")
    assert seen(sunday, holidays="only").covers_until is None, "an ordinary Sunday is no holiday"


def test_hours_and_days_are_those_where_the_patients_are() -> None:
    now = at("2026-11-22T14:30+00:00")  # Sunday half past three in Paris, half past six in the evening on Réunion
    assert seen(now).covers_until is None
    assert seen(now, timezone="Indian/Reunion").covers_until == at("2026-11-23T04:00+00:00")
    late = at("2026-12-31T23:30+00:00")  # already the new year in Paris
    assert seen(late).stands == "past"
    assert seen(late, timezone="America/Martinique").stands == "running"


def test_the_last_night_goes_on_into_the_day_after() -> None:
    last = {"until_on": date(2026, 11, 22)}
    monday = seen(at("2026-11-23T05:00+00:00"), **last)
    assert (monday.stands, monday.covers_until) == ("past", at("2026-11-23T07:00+00:00"))


@pytest.mark.parametrize(
    ("more", "stands"),
    [
        ({"signed_at": None}, "to_sign"),
        ({"partner_signed_at": None}, "waiting"),
        ({"from_on": date(2026, 11, 29)}, "ahead"),
        ({}, "running"),
        ({"until_on": date(2026, 11, 15)}, "past"),
        ({"ended_at": AT}, "ended"),
        ({"ended_at": AT, "partner_signed_at": None}, "refused"),
    ],
)
def test_how_it_stands_and_only_what_both_have_signed_covers(more: dict[str, Any], stands: str) -> None:
    found = seen(at("2026-11-22T20:00+00:00"), **more)
    assert found.stands == stands
    assert (found.covers_until is not None) == (stands == "running")
