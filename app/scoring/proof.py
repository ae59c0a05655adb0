"""Monotonicity read off the tables: no search, no sample."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from app.scoring.card import Card


def violations(card: Card) -> list[str]:
    """Every place where a worse value would lower a risk, or a blank would weigh more than the worst or less than the best value.

    Empty is a proof: a total is a sum in which a report's answers appear once each, and both horizons grow with both totals.
    """
    return list(_violations(card))


def _violations(card: Card) -> Iterator[str]:
    for name, table in (("within 7 days", card.table), ("day 8 to 14", card.late)):
        for feature, points in zip(card.features, table.points, strict=True):
            *given, missing = points
            if feature.monotone and any(b < a for a, b in pairwise(given)):
                yield f"{name}: {feature.name} falls while its value gets worse"
            if not min(given) <= missing <= max(given):
                yield f"{name}: {feature.name} left blank weighs {missing}, outside {min(given)} to {max(given)}"
