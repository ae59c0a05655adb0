"""The recipe of a card that is trained on the simulator, and how it is followed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from app.domain.rulebook import Rulebook
from app.domain.yamls import Problem, load
from app.learning.cohort import Cohort
from app.learning.simulator.run import simulate
from app.learning.training import Order, Trained, train

MIN_SITES = 8
"""A model of one synthetic site does not carry over to another (simulator notes, section 10)."""


class Draw(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An independent draw of the simulator."""

    seed: int
    sites: Annotated[int, Meta(ge=1)]
    patients: Annotated[int, Meta(ge=50)]


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that decides the card, beside the code.

    Settings of the learner were chosen on `validation`; `test` was drawn once, afterwards, and its seed written down before.
    """

    model_id: str
    reviewed_on: date
    seed: int
    sites: Annotated[int, Meta(ge=MIN_SITES)]
    patients: Annotated[int, Meta(ge=200)]
    train: float
    calibrate: float
    test: Draw
    validation: Draw | None = None

    @property
    def order(self) -> Order:
        """What is asked of the training."""
        return Order(
            model_id=self.model_id,
            seed=self.seed,
            reviewed_on=self.reviewed_on,
            train=self.train,
            calibrate=self.calibrate,
            note=f"{self.sites} randomised synthetic sites",
        )


class RecipeRefused(ValueError):
    """The recipe cannot be followed; the message says what is wrong with it."""


def read_recipe(path: Path) -> Recipe:
    """A recipe from its file. Raises RecipeRefused."""
    problems: list[Problem] = []
    found = load(path.name, path.read_bytes(), Recipe, problems)
    if found is None:
        raise RecipeRefused("\n".join(map(str, problems)))
    return found


def training_cohort(recipe: Recipe, rulebook: Rulebook) -> Cohort:
    """The patients it learns from."""
    return simulate(rulebook, recipe.patients, recipe.seed, sites=recipe.sites)


def independent_cohort(recipe: Recipe, rulebook: Rulebook) -> Cohort:
    """The patients it is judged on: other sites, another seed."""
    return simulate(rulebook, recipe.test.patients, recipe.test.seed, sites=recipe.test.sites)


def follow(recipe: Recipe, rulebook: Rulebook, say: Callable[[str], None] = lambda _: None) -> Trained:
    """Simulate and train."""
    say(f"simulating {recipe.patients} patients of {recipe.sites} sites")
    return train(training_cohort(recipe, rulebook), rulebook, recipe.order, say)
