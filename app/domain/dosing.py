"""From a dose in milligrams to what lies in the hand: which boxes, how many of each, the fewest that make it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import gcd

import msgspec

from app.domain.drugs import Dose, Drug

_MOST = 40  # more tablets than any regimen asks for in one intake


class DoseUnreachable(ValueError):
    """No number of these tablets makes this dose; `below` and `above` are the nearest doses that can be made, in mg."""

    def __init__(
        self, drug: str, mg: float, strengths: Iterable[float], below: float | None, above: float | None
    ) -> None:
        self.below, self.above = below, above
        near = " or ".join(f"{x:g} mg" for x in (below, above) if x is not None) or "another strength"
        made = ", ".join(f"{s:g} mg" for s in strengths)
        super().__init__(f"{drug}: {mg:g} mg cannot be made of {made}; nearest: {near}")


class Units(msgspec.Struct, frozen=True):
    """So many tablets or capsules of one strength; `written` is the strength as it stands on the box."""

    strength_mg: float
    count: int
    written: str


def units(drug: Drug, mg: float) -> tuple[Units, ...]:
    """The fewest tablets that make the dose exactly, largest strength first; empty when the strengths are not in the file.

    Raises DoseUnreachable, with the nearest doses on either side.
    """
    if not drug.strengths_mg:
        return ()
    strengths = tuple(sorted((_ug(s) for s in drug.strengths_mg), reverse=True))
    made = _fewest(strengths, _ug(mg))
    if made is None:
        below, above = _nearest(strengths, _ug(mg))
        raise DoseUnreachable(drug.inn, mg, drug.strengths_mg, below and below / 1000, above and above / 1000)
    written = dict(zip(map(_ug, drug.strengths_mg), drug.written, strict=True)) if drug.written else {}
    return tuple(Units(s / 1000, made.count(s), written.get(s, f"{s / 1000:g} mg")) for s in strengths if made.count(s))


def sold_as(drug: Drug) -> tuple[tuple[float, str], ...]:
    """Every strength of a drug in mg, largest first, and how it is written on the box."""
    written = drug.written or tuple(f"{mg:g} mg" for mg in drug.strengths_mg)
    return tuple(sorted(zip(drug.strengths_mg, written, strict=True), reverse=True))


def calculated(dose: Dose, body_surface_m2: float | None = None) -> float:
    """Label dose of one intake in mg: fixed, or for a body surface in m2, rounded and capped as the label says.

    Raises ValueError when the dose goes by body surface and none is known.
    """
    if dose.mg is not None:
        return dose.mg
    if body_surface_m2 is None or dose.per_m2_mg is None:
        raise ValueError("this dose goes by body surface: give it in m2")
    if not 0.5 <= body_surface_m2 <= 3.5:
        raise ValueError(f"{body_surface_m2:g} m2 is not a body surface: between 0.5 and 3.5 m2")
    mg = dose.per_m2_mg * body_surface_m2
    if dose.round_to_mg is not None:
        mg = round(mg / dose.round_to_mg) * dose.round_to_mg
    return round(min(mg, dose.max_mg) if dose.max_mg is not None else mg, 3)


def reachable(drug: Drug, mg: float) -> tuple[float | None, float | None]:
    """The nearest doses in mg that its tablets make, at or below and at or above; for a prescriber to choose from."""
    if not drug.strengths_mg:
        return mg, mg
    strengths = tuple(sorted((_ug(s) for s in drug.strengths_mg), reverse=True))
    if _fewest(strengths, _ug(mg)) is not None:
        return mg, mg
    below, above = _nearest(strengths, _ug(mg))
    return below and below / 1000, above and above / 1000


def _ug(mg: float) -> int:
    return round(mg * 1000)


@lru_cache(maxsize=4096)
def _fewest(strengths: tuple[int, ...], ug: int) -> tuple[int, ...] | None:
    """Strengths as taken from the boxes, largest first; of equally few the one with the largest strengths."""
    step = gcd(*strengths)
    if ug <= 0 or ug % step or ug > _MOST * strengths[0]:
        return None
    goal = ug // step
    best: list[tuple[int, ...] | None] = [()] + [None] * goal
    sizes = [s // step for s in strengths]
    for total in range(1, goal + 1):
        for size in sizes:
            rest = best[total - size] if size <= total else None
            here = best[total]
            if rest is None or len(rest) >= _MOST:
                continue
            made = tuple(sorted((*rest, size * step), reverse=True))
            if here is None or (len(made), tuple(-s for s in made)) < (len(here), tuple(-s for s in here)):
                best[total] = made
    return best[goal]


def _nearest(strengths: tuple[int, ...], ug: int) -> tuple[int | None, int | None]:
    step = gcd(*strengths)
    down = range(ug // step * step, 0, -step)
    up = range(-(-ug // step) * step, min(ug + 2 * strengths[0], _MOST * strengths[0]) + 1, step)
    below = next((x for x in down if _fewest(strengths, x) is not None), None)
    above = next((x for x in up if _fewest(strengths, x) is not None), None)
    return below, above
