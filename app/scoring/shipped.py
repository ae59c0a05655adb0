"""The card that comes with the product."""

from __future__ import annotations

from importlib.resources import files

CARD = "shipped.json"
FIGURES = "shipped.figures.json"
RECIPE = "recipe.yaml"


def read(name: str = CARD) -> bytes:
    """Bytes of the shipped card, of its figures or of its recipe."""
    return files("app.scoring").joinpath("cards", name).read_bytes()
