"""A site: how many patients of which regimen it has, how ill and how well looked after they are."""

from __future__ import annotations

import msgspec
import numpy as np

from app.domain.rulebook import Rulebook
from app.learning.simulator.parameters import Parameters


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """What differs from one site to another; `mix` gives each regimen's share, `drift_day` counts from the first enrolment."""

    rho: float
    c: float
    severe: float = 1.0
    visits: float = 1.0
    frailty: float
    symptoms: float
    disease: float
    support: float
    monitored: bool
    mix: dict[str, float]
    mix_after: dict[str, float] = {}
    drift_day: int | None = None


def default_mix(rulebook: Rulebook, p: Parameters, level: int | None = None) -> dict[str, float]:
    """Three quarters complex treatments, a quarter simple ones; or those of one level only."""
    by_level = {n: sorted(r.id for r in rulebook.regimens.values() if r.level == n and r.schedule) for n in (1, 2)}
    share = {2: p.population["level_2_share"], 1: 1 - p.population["level_2_share"]}
    if level is not None:
        share = {level: 1.0}
    return {id_: share[n] / len(by_level[n]) for n in share for id_ in by_level[n]}


def default_site(rulebook: Rulebook, p: Parameters, *, monitored: bool = True, level: int | None = None) -> Site:
    """The site that the targets of the specification are about."""
    visit = p.events["visit"]
    return Site(
        rho=p.severity["rho"],
        c=p.severity["c"],
        frailty=visit["frailty"],
        symptoms=visit["symptoms"],
        disease=visit["disease"],
        support=p.care["support"],
        monitored=monitored,
        mix=default_mix(rulebook, p, level),
    )


def random_site(rulebook: Rulebook, p: Parameters, dice: np.random.Generator, drift_day: int | None = None) -> Site:
    """A draw of a site, section 10 of the specification."""
    ranges = p.site
    mix = default_mix(rulebook, p)
    names, weights = list(mix), np.array(list(mix.values()))
    rho, frailty, symptoms, disease, c, severe, support = (
        float(dice.uniform(*ranges[name]))
        for name in ("rho", "frailty", "symptoms", "disease", "c", "severe", "support")
    )
    return Site(
        rho=rho,
        c=c,
        severe=severe,
        visits=float(np.exp(dice.normal(0, ranges["visit_spread"]))),
        frailty=frailty,
        symptoms=symptoms,
        disease=disease,
        support=support,
        monitored=bool(dice.random() < ranges["monitored"]),
        mix=dict(zip(names, dice.dirichlet(ranges["mix"] * weights).tolist(), strict=True)),
        mix_after=dict(zip(names, dice.dirichlet(ranges["mix"] * weights).tolist(), strict=True)),
        drift_day=drift_day,
    )
