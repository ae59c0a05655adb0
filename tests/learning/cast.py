"""A small cohort and a small card, made once for all tests: eight sites, few patients, few trees."""

from __future__ import annotations

from datetime import date
from functools import cache

import msgspec
import numpy as np

from app.learning.boosting import Recipe
from app.learning.cohort import Cohort
from app.learning.simulator.parameters import parameters
from app.learning.simulator.run import simulate
from app.learning.simulator.sites import default_site
from app.learning.training import Order, Trained, train
from tests.rules.book import rulebook

TODAY = date(2026, 11, 24)
ORDER = Order(
    model_id="small-synthetic",
    seed=3,
    reviewed_on=TODAY,
    train=0.7,
    calibrate=0.3,
    recipe=Recipe(iterations=120, min_leaf=30),
)


@cache
def many() -> Cohort:
    """What the small card learns from."""
    return simulate(rulebook(), 1600, 5, sites=8)


@cache
def others() -> Cohort:
    """Other patients of other sites."""
    return simulate(rulebook(), 900, 77, sites=6)


@cache
def one_site() -> Cohort:
    """A site of its own, of which nothing was learned."""
    return simulate(rulebook(), 1200, 4, site=default_site(rulebook(), parameters(), monitored=False))


@cache
def trained() -> Trained:
    """The small card."""
    return train(many(), rulebook(), ORDER)


def few(patients: int) -> Cohort:
    """The first patients of the site."""
    keep = np.array([i < patients for i in range(len(one_site().patients.ids))])
    return one_site().part(keep)


def quick(**changes: object) -> Order:
    """The order of the small card, changed."""
    return msgspec.structs.replace(ORDER, **changes)
