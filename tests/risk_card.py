"""A small card for tests: made by hand, every point can be checked by eye.

Each point of a symptom's score weighs 100 (fever 900), a degree above 37 °C 500; a missing value weighs nothing. So a report without any
complaint has a risk of 2.9 %, and one with all four answers of two symptoms at their worst some 13 %.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import msgspec

from app.domain.rulebook import Rulebook
from app.domain.texts import Text
from app.scoring.card import (
    PHASES,
    Calibration,
    Card,
    Feature,
    Points,
    Provenance,
    RegimenSupport,
    Table,
    Vector,
    encode_card,
    sealed,
)
from app.scoring.catalogue import catalogue
from tests.rules.book import rulebook

INTERCEPT = -3500
PER_SCORE = 100
RARE = "sunitinib_4_2"  # a regimen that the card has seen on 12 patients only


def points(feature: Feature) -> Points:
    """Points of one input, level by level, then of a missing value."""
    if feature.kind == "symptom":
        weight = 900 if feature.name == "fever" else PER_SCORE
        return (*(weight * level for level in range(feature.levels)), 0)
    if feature.name == "temperature_c":
        return (*(max(0, 50 * (level - 20)) for level in range(feature.levels)), 0)
    return (0,) * (feature.levels + 1)


def card(book: Rulebook | None = None, *, kind: str = "synthetic", intercept: int = INTERCEPT) -> Card:
    """The card, sealed; `kind` "site" makes one that claims real patients."""
    features = catalogue(book or rulebook())
    tables = tuple(points(feature) for feature in features)
    regimens = tuple(
        RegimenSupport(id=regimen, cycle_days=28, patients=12 if regimen == RARE else 300, reports=3000, events=90)
        for regimen in sorted((book or rulebook()).regimens)
    )
    block = tuple((0,) * PHASES for _ in range(len(regimens) + 1))
    reference = tuple(-1 if feature.kind != "symptom" else 0 for feature in features)
    fitted = Calibration(method="platt", slope=1.0, intercept=0.0, patients=500, reports=9000, events=250)
    typical = Vector(row=0, phase=0, levels=reference, total=intercept, total_late=intercept - 300)
    return sealed(
        Card(
            schema=1,
            model_id=f"test-{kind}",
            unit="millilogit",
            horizons_days=(7, 14),
            outcome=Text("événement grave", "severe event"),
            reviewed_on=date(2026, 11, 1),
            expires_on=date(2027, 11, 1),
            trained_on=Provenance(
                kind="site" if kind == "site" else "synthetic",
                patients=1200,
                reports=22000,
                events=640,
                sites=8,
                first_enrolled="2024-01-01",
                last_enrolled="2025-12-31",
                seed=1,
                code="test",
                data_sha256="0" * 64,
                libraries="none",
            ),
            calibration=fitted,
            calibration_late=fitted,
            features=features,
            regimens=regimens,
            reference=reference,
            table=Table(intercept=intercept, block=block, base_block=0, points=tables),
            late=Table(intercept=intercept - 300, block=block, base_block=0, points=tables),
            support=tuple((1000,) * (feature.levels + 1) for feature in features),
            novelty_limit=10**9,
            vectors=(typical,),
            sha256="",
        )
    )


@cache
def content() -> bytes:
    """The synthetic card as a file holds it."""
    return encode_card(card())


def altered() -> bytes:
    """The same card after somebody has changed one point and nothing else."""
    good = card()
    first, *rest = good.table.points
    table = msgspec.structs.replace(good.table, points=((0, *(p + 1 for p in first[1:])), *rest))
    return encode_card(msgspec.structs.replace(good, table=table))


def forged() -> bytes:
    """An altered card with a fresh sha256 over it: only its own test vectors can tell."""
    good = card()
    return encode_card(sealed(msgspec.structs.replace(good, table=msgspec.structs.replace(good.table, intercept=-900))))
